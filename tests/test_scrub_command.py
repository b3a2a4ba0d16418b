"""`doctocbot scrub` as it is typed: what it prints, its exit status, and what stands in the folder when it ends."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from doctocbot.cli import app
from tests.images import metadata, photos

pytestmark = pytest.mark.slow

MANY = 200
KEYS = ["input", "output", "outcome", "reason", "removed", "format", "size"]


def invoke(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["scrub", *(str(word) for word in words)], env={"LC_ALL": "C"})


def started(
    *words: str | Path, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> "subprocess.Popen[bytes]":
    """The command as a process of its own."""
    program = [sys.executable, "-m", "doctocbot", "scrub", *(str(word) for word in words)]
    environment = os.environ | {"LC_ALL": "C.UTF-8", "TERM": "xterm"}
    return subprocess.Popen(program, env=environment, stdout=stdout, stderr=stderr)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / metadata.FILE_NAME
    path.write_bytes(photos.jpeg_with(photos.exif_segment(metadata.tiff_block())))
    return path


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of photographs that takes its time."""
    folder = tmp_path / "many"
    folder.mkdir()
    content = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))
    for number in range(MANY):
        (folder / f"{number:03}.jpg").write_bytes(content)
    return folder


def test_one_object_a_line_and_nothing_overwritten(tmp_path: Path, photo: Path) -> None:
    """Each file gets its line with what came of it; a second run writes beside the first; a refusal means status 3."""
    note, out = tmp_path / "note.jpg", tmp_path / "out"
    note.write_text("no picture at all")
    result = invoke(photo, note, tmp_path / "gone.png", "--out", out, "--json")
    assert result.exit_code == 3
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    first = (out / "image-1.jpg").read_bytes()
    assert [list(line) for line in lines] == [KEYS] * 3
    assert [list(line.values()) for line in lines] == [
        [
            *(str(photo), str(out / "image-1.jpg"), "clean-lossless", None),
            *({"date": 3, "device": 3, "name": 2, "place": 1, "text": 6}, "image/jpeg", len(first)),
        ],
        [str(note), None, "refused", "not-an-image", {}, None, None],
        [str(tmp_path / "gone.png"), None, "refused", "unreadable", {}, None, None],
    ]
    assert not [needle for needle in metadata.needles() if needle in first]
    result = invoke(photo, "--out", out)
    assert result.exit_code == 0
    assert (out / "image-1.jpg").read_bytes() == first
    assert sorted(path.name for path in out.iterdir()) == ["image-1.jpg", "image-2.jpg"]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "fr_FR.UTF-8",
            "retiré\u00a0: date et heure 3, appareil 3, noms 2, lieu 1, textes et commentaires 6.",
        ),
        ("C", "removed: date and time 3, camera or device 3, names 2, place 1, texts and comments 6."),
    ],
)
def test_a_line_tells_how_much_of_each_kind_was_removed(
    tmp_path: Path, photo: Path, language: str, told: str
) -> None:
    """The line for a person counts by kind, in their language, and quotes nothing; of a bare picture, nothing."""
    bare = tmp_path / "bare.jpg"
    bare.write_bytes(photos.jpeg())
    words = ["scrub", str(photo), str(bare), "--out", str(tmp_path / "out")]
    first, second = CliRunner().invoke(app, words, env={"LC_ALL": language}).stdout.splitlines()
    assert told in first
    assert not [each for each in (metadata.NAME, metadata.PLACE, metadata.SERIAL) if each in first]
    assert told.partition(":")[0] in second
    assert ("rien." if language.startswith("fr") else "nothing.") in second


def test_names_are_kept_when_asked_for(tmp_path: Path, photo: Path) -> None:
    """With --keep-names a copy is called like its original, by what it has become."""
    assert invoke(photo, "--out", tmp_path / "out", "--keep-names").exit_code == 0
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out" / metadata.FILE_NAME]


def test_it_says_where_it_cannot_write(tmp_path: Path, photo: Path) -> None:
    """A folder that is a file, or a link, is no reason for a traceback: one line with its name, and status 2."""
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        result = invoke(photo, "--out", tmp_path / name)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"{tmp_path / name}: ")
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "words", [[], ["a.jpg"], ["--out", "x"], ["a.jpg", "--out"], ["a.jpg", "--out", "x", "--no"]]
)
def test_what_was_typed_wrong_has_a_status_of_its_own(words: list[str]) -> None:
    """Status 2, which no run of files ends with."""
    assert invoke(*words).exit_code == 2


def test_hostile_names_neither_steer_a_terminal_nor_break_a_line(tmp_path: Path) -> None:
    """Line feeds, escapes, marks that turn the writing and bytes that are no text come out escaped, one line each."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in (b"a\nb.jpg", b"\x1b[31mred.jpg", b"\xff\xfe.jpg", "é\u202egpj.jpg".encode()):
        (folder / os.fsdecode(name)).write_bytes(photos.jpeg())
    result = invoke(folder, "--out", tmp_path / "out")
    assert result.exit_code == 0
    shown = [line.split(": ")[0].removeprefix(f"{folder}/") for line in result.stdout.splitlines()]
    assert shown == ["\\x1b[31mred.jpg", "a\\nb.jpg", "é\\u202egpj.jpg", "\\xff\\xfe.jpg"]
    result = invoke(folder, "--out", tmp_path / "out", "--json")
    assert result.stdout.isascii()
    inputs = [Path(json.loads(line)["input"]) for line in result.stdout.splitlines()]
    assert set(inputs) == set(folder.iterdir())


def test_a_bar_counts_the_files_and_the_lines_go_where_they_belong(tmp_path: Path, many: Path) -> None:
    """On a terminal a bar says how far it is; the lines, sent to a file, are all there."""
    leader, follower = pty.openpty()
    with (tmp_path / "lines").open("wb") as lines:
        run = started(many, "--out", tmp_path / "out", "--json", stdout=lines.fileno(), stderr=follower)
        os.close(follower)
        shown = b""
        while select.select([leader], [], [], 30)[0]:
            try:
                shown += os.read(leader, 65536)
            except OSError:
                break
    assert run.wait() == 0
    os.close(leader)
    assert b"%" in shown
    assert b"input" not in shown
    printed = [json.loads(line) for line in (tmp_path / "lines").read_text().splitlines()]
    assert [Path(line["output"]).name for line in printed] == [
        f"image-{number}.jpg" for number in range(1, MANY + 1)
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_leaves_whole_files_alone(tmp_path: Path, many: Path, number: signal.Signals) -> None:
    """Stopped half way, every file in the folder is whole, named and clean, and no worker is left."""
    out = tmp_path / "out"
    run = started(many, "--out", out, "--json")
    assert run.stdout is not None
    for _ in range(20):
        run.stdout.readline()
    workers = children_of(run.pid)
    run.send_signal(number)
    _, errors = run.communicate(timeout=30)
    assert run.returncode == (-9 if number is signal.SIGKILL else 128 + number)
    assert errors.decode() == ("" if number is signal.SIGKILL else "Stopped.\n")
    written = list(out.iterdir())
    assert 20 <= len(written) < MANY
    assert {path.name.split("-")[0] for path in written} == {"image"}
    assert len({path.read_bytes() for path in written}) == 1
    assert workers
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{each}").exists() for each in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [each for each in workers if Path(f"/proc/{each}").exists()]


def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path, many: Path) -> None:
    """`doctocbot scrub … | head -1` ends as other tools do, without a word."""
    run = started(many, "--out", tmp_path / "out")
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.readline()
    run.stdout.close()
    assert run.stderr.read() == b""
    assert run.wait() == 128 + signal.SIGPIPE
    run.stderr.close()


def children_of(pid: int) -> list[str]:
    """The processes that this one has started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(entry.parent.name)
    return found
