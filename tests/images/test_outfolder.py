"""The folder of clean copies: whole files, nothing replaced, nothing left of what was not finished."""

import errno
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import doctocbot
from doctocbot.images import outfolder
from doctocbot.images.outfolder import OutFolder

ROOT = str(Path(doctocbot.__file__).parent.parent)


def stems() -> Iterator[str]:
    yield from (f"image-{number}" for number in itertools.count(1))


@pytest.fixture(params=["nameless", "hidden", "without links"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The three ways to write: of Linux, of other systems, and on a memory stick that knows no hard links."""
    if request.param != "nameless":
        monkeypatch.setattr(outfolder, "_NAMELESS", 0)
    if request.param == "without links":
        monkeypatch.setattr(os, "link", _unsupported)
    return str(request.param)


def _unsupported(source: object, target: object, **_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted", source, target)


@pytest.mark.usefixtures("way")
def test_nothing_is_replaced(tmp_path: Path) -> None:
    """A name that is taken is passed over, be it by a file, by a link that leads nowhere, or by another format."""
    (tmp_path / "image-1.jpg").write_text("somebody else's")
    (tmp_path / "image-2.jpg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "image-3.png").mkdir()
    with OutFolder(tmp_path) as folder:
        written = [folder.write(b"clean", stems(), "jpg"), folder.write(b"clean too", stems(), "png")]
    assert [path.name for path in written] == ["image-4.jpg", "image-5.png"]
    assert [path.read_bytes() for path in written] == [b"clean", b"clean too"]
    assert (tmp_path / "image-1.jpg").read_text() == "somebody else's"
    assert len(list(tmp_path.iterdir())) == 5
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.usefixtures("way")
def test_only_its_owner_reads_a_copy(tmp_path: Path) -> None:
    """A clean picture is still a patient's: folder and file are for the one who made them."""
    with OutFolder(tmp_path / "new") as folder:
        written = folder.write(b"clean", stems(), "jpg")
    assert (written.stat().st_mode & 0o777, written.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_name_that_is_too_long_is_cut(tmp_path: Path) -> None:
    """A kept name and its number fit into what a file system takes."""
    with OutFolder(tmp_path) as folder:
        names = [folder.write(b"clean", iter(("é" * 127, "é" * 99 + "2")), "jpg").name for _ in range(2)]
    assert [len(os.fsencode(name)) for name in names] == [204, 203]


def test_a_link_is_no_folder(tmp_path: Path) -> None:
    """Where a link leads, nothing is written."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="out") as caught:
        OutFolder(tmp_path / "out")
    assert caught.value.errno == errno.ELOOP
    assert not any((tmp_path / "elsewhere").iterdir())


def test_another_folder_put_in_its_place_gets_nothing(tmp_path: Path) -> None:
    """The folder stays the one that was opened, whatever is moved meanwhile."""
    (tmp_path / "elsewhere").mkdir()
    with OutFolder(tmp_path / "out") as folder:
        (tmp_path / "out").rename(tmp_path / "moved")
        (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
        folder.write(b"clean", stems(), "jpg")
    assert not any((tmp_path / "elsewhere").iterdir())
    assert (tmp_path / "moved" / "image-1.jpg").read_bytes() == b"clean"


@pytest.mark.usefixtures("way")
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written to its end gets no name, and the fault names the folder."""

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with OutFolder(tmp_path) as folder, pytest.raises(OSError, match="No space left") as caught:
        folder.write(b"clean", stems(), "jpg")
    assert caught.value.filename == str(tmp_path)
    assert not list(tmp_path.iterdir())


PROGRAM = textwrap.dedent(
    """
    import itertools, sys
    from pathlib import Path
    from doctocbot.images.outfolder import OutFolder

    with OutFolder(Path(sys.argv[1])) as folder:
        print("writing", flush=True)
        stems = (f"image-{number}" for number in itertools.count(1))
        while True:
            folder.write(bytes(3_000_000), stems, "jpg")
    """
)


@pytest.mark.slow
def test_a_killed_run_leaves_whole_files_alone(tmp_path: Path) -> None:
    """Whenever the process is killed without a word, each file in the folder is whole and none is hidden."""
    for number in range(5):
        out = tmp_path / str(number)
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(out)], env={"PYTHONPATH": ROOT}, stdout=subprocess.PIPE
        )
        with program:
            assert program.stdout is not None
            program.stdout.readline()
            time.sleep(0.05 + 0.013 * number)
            program.send_signal(signal.SIGKILL)
        assert {path.stat().st_size for path in out.iterdir()} <= {3_000_000}
        assert all(path.name.startswith("image-") for path in out.iterdir())
