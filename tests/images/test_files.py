"""`doctocbot scrub` on a doctor's folder: clean copies, originals untouched, nothing overwritten or half-written."""

import os
from pathlib import Path

import pytest

from doctocbot.images import CleanImage, Outcome, RefusalReason, ScrubWorkers, scrub
from doctocbot.images.files import FileResult, files_under, scrub_files
from tests.images import metadata, photos

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of photographs as it comes off a phone, one of them no picture at all."""
    home = tmp_path / "photos"
    (home / "sub").mkdir(parents=True)
    (home / metadata.FILE_NAME).write_bytes(photos.jpeg(comment=metadata.NAME.encode()))
    (home / "notes.txt").write_text("Madame Lavalliere")
    (home / "sub" / "scan.png").write_bytes(photos.png())
    return home


async def results(*inputs: Path, out: Path, keep_names: bool = False) -> list[FileResult]:
    return [result async for result in scrub_files(files_under(inputs, out), out, keep_names)]


def names(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir())


async def test_a_folder_is_scrubbed_under_neutral_names(folder: Path, tmp_path: Path) -> None:
    """Every picture under a folder comes out clean under a name that says nothing, with its result in order."""
    out = tmp_path / "out"
    found = await results(folder, out=out)
    assert [result.input.name for result in found] == [metadata.FILE_NAME, "notes.txt", "scan.png"]
    assert [result.outcome for result in found] == [Outcome.LOSSLESS, Outcome.REFUSED, Outcome.LOSSLESS]
    assert found[1].reason is RefusalReason.NOT_AN_IMAGE
    assert found[1].output is None
    assert names(out) == ["image-1.jpg", "image-2.png"]
    expected = scrub((folder / metadata.FILE_NAME).read_bytes())
    assert isinstance(expected, CleanImage)
    assert found[0].output is not None
    assert found[0].output.read_bytes() == expected.data
    assert (found[0].format, found[0].size) == ("image/jpeg", len(expected.data))
    assert found[0].output.stat().st_mode & 0o777 == 0o600


async def test_nothing_is_ever_overwritten(folder: Path, tmp_path: Path) -> None:
    """A second run takes new names and leaves what was there as it was."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "image-1.jpg").write_text("somebody else's")
    await results(folder, out=out)
    await results(folder, out=out, keep_names=True)
    await results(folder, out=out, keep_names=True)
    assert (out / "image-1.jpg").read_text() == "somebody else's"
    kept = {"IMG_lavalliere_1947.jpg", "IMG_lavalliere_1947-2.jpg", "scan.png", "scan-2.png"}
    assert set(names(out)) == {"image-1.jpg", "image-2.jpg", "image-3.png"} | kept


async def test_originals_stay_untouched(folder: Path, tmp_path: Path) -> None:
    """Scrubbing into the very folder reads each original once and changes none."""
    before = {path: path.read_bytes() for path in (folder / metadata.FILE_NAME, folder / "sub" / "scan.png")}
    await results(folder, out=folder)
    assert {path: path.read_bytes() for path in before} == before


async def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    """A link to a file or folder, given or met on the way, is refused and named as a link."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "other.jpg").write_bytes(photos.jpeg())
    (folder / "sub" / "link.jpg").symlink_to(elsewhere / "other.jpg")
    (folder / "sub" / "tree").symlink_to(elsewhere)
    found = await results(folder / "sub", folder / "sub" / "link.jpg", out=tmp_path / "out")
    assert [result.reason for result in found if result.output is None] == [RefusalReason.LINK] * 3
    assert names(tmp_path / "out") == ["image-1.png"]


async def test_what_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    """A missing file and a named pipe are refused at once, without waiting for anybody to write."""
    os.mkfifo(tmp_path / "pipe")
    found = await results(tmp_path / "missing.jpg", tmp_path / "pipe", out=tmp_path / "out")
    assert [result.reason for result in found] == [RefusalReason.UNREADABLE] * 2


async def test_too_large_a_file_is_not_read_whole(tmp_path: Path) -> None:
    """A file of many gigabytes is refused by its size."""
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(8 * 1024**3)
    found = await results(tmp_path / "huge.jpg", out=tmp_path / "out")
    assert found[0].reason is RefusalReason.TOO_LARGE


async def test_stopping_half_way_leaves_only_whole_files(folder: Path, tmp_path: Path) -> None:
    """When the reader of the results walks away, what stands in the folder is whole and clean."""
    out = tmp_path / "out"
    async with ScrubWorkers(1) as workers:
        stream = scrub_files(files_under([folder], out), out, workers=workers)
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
    assert names(out) == ["image-1.jpg"]
    answer = scrub((out / "image-1.jpg").read_bytes())
    assert isinstance(answer, CleanImage)
    assert not answer.carried_metadata


async def test_a_folder_that_is_closed_is_said_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in a folder that may not be read is not passed over in silence."""
    scandir = os.scandir

    def closed(path: Path | str) -> object:
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = await results(folder, out=tmp_path / "out")
    assert found[-1].input == folder / "sub"
    assert found[-1].reason is RefusalReason.UNREADABLE


async def test_what_came_out_is_not_taken_in(folder: Path) -> None:
    """A folder for the clean copies that lies among the originals is not scrubbed again by a second run."""
    out = folder / "sub" / "clean" / "copies"
    await results(folder, out=out)
    again = await results(folder, out=out)
    assert [result.input.name for result in again] == [metadata.FILE_NAME, "notes.txt", "scan.png"]


async def test_a_device_is_no_file(tmp_path: Path) -> None:
    """A device that gives bytes without end is refused, not read."""
    found = await results(Path("/dev/zero"), out=tmp_path / "out")
    assert found[0].reason is RefusalReason.UNREADABLE


async def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    """An empty folder is no fault."""
    (tmp_path / "empty").mkdir()
    assert await results(tmp_path / "empty", out=tmp_path / "out") == []
