"""Words in pictures: what is read, that it can be blanked, and what a reader may never do."""

import asyncio
import importlib.util
import os
import re
import time
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from doctocbot.images import CleanImage, Limits, reading, scrub
from doctocbot.images.box import Box
from doctocbot.images.mask import mask
from doctocbot.images.reading import Line, Reader
from doctocbot.images.spots import ALL_TEXT, boxes_for, identifying
from tests.images.prints import Print, one_of_each, prints

pytestmark = pytest.mark.slow

HOSTILE = (str(Path(__file__).with_name("hostile_reader.py")),)
# What a picture takes on a machine that is busy with other tests says nothing about the reader.
PATIENT = Limits(memory=2 * 1024**3, cpu_seconds=60, wall_seconds=120)
SIZE = (900, 600)


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    async with Reader(PATIENT) as opened:
        if not opened.available:
            missing = "nothing was read in pictures: install the extra, pip install -e '.[ocr]'"
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)
        yield opened


@pytest.fixture
async def hostile(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reader]:
    monkeypatch.setattr(reading, "ENGINES", ("json",))
    async with Reader(Limits(memory=1024**3, cpu_seconds=1, wall_seconds=4), program=HOSTILE) as opened:
        yield opened


def bare(words: str) -> str:
    spelled = unicodedata.normalize("NFD", words).lower()
    return re.sub(r"[^a-z0-9]", "", spelled)


def planted_in(picture: Print, lines: list[Line]) -> list[str]:
    """The planted words that can be read in some line."""
    read = [bare(line.text) for line in lines]
    return [words for words, _ in picture.planted if any(bare(words) in line for line in read)]


async def test_planted_identifiers_are_read_and_pointed_at(reader: Reader) -> None:
    """On prints and screens of six kinds, flat and photographed, at least nine identifiers in ten are pointed at."""
    planted = pointed = 0
    for picture in one_of_each(seed=2026):
        lines = await reader.read(picture.jpeg())
        assert lines is not None
        spots = {spot.box for spot in identifying(lines, picture.image.size)}
        planted += len(picture.planted)
        pointed += len(planted_in(picture, [line for line in lines if line.box in spots]))
    # Measured over 36 other prints: all but a few in two hundred.
    assert planted >= 25
    assert pointed >= 0.9 * planted


async def test_masked_text_can_no_longer_be_read(reader: Reader) -> None:
    """What `all-text` blanks is unreadable afterwards, in a JPEG and in a PNG."""
    for picture in prints(2, seed=5):
        for data in (picture.jpeg(), picture.png()):
            clean = scrub(data)
            assert isinstance(clean, CleanImage)
            before = await reader.read(clean.data)
            assert before and len(planted_in(picture, before)) >= 4
            size = (clean.width, clean.height)
            masked = mask(clean.data, boxes_for(ALL_TEXT, before, identifying(before, size), size))
            after = await reader.read(masked)
            assert after is not None
            assert planted_in(picture, after) == []


async def test_lines_stand_where_the_picture_shows_them(reader: Reader) -> None:
    """The box of a line covers the planted words, also where the picture was scaled down to be read."""
    picture = prints(1, seed=9)[0]
    large = Print("large", picture.image.resize((3200, 2000)), picture.planted)
    lines = await reader.read(large.jpeg())
    assert lines
    for words, box in picture.planted:
        found = [line.box for line in lines if bare(words) in bare(line.text)]
        middle = (2 * box.left + box.width, 2 * box.top + box.height)
        assert any(b.left <= middle[0] <= b.right and b.top <= middle[1] <= b.bottom for b in found)


async def test_what_is_no_picture_is_not_read(reader: Reader) -> None:
    """Bytes that no decoder takes give None, and the next picture is read all the same."""
    assert await reader.read(b"") is None
    assert await reader.read(b"\xff\xd8\xff\xe0 and no more") is None
    assert await reader.read(prints(1)[0].png())


async def test_without_the_extra_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an engine the reader says so, answers None, and starts no process."""
    monkeypatch.setattr(reading, "ENGINES", ("no_such_engine",))
    async with Reader(program=("-c", "raise SystemExit")) as opened:
        assert not opened.available
        assert await opened.read(prints(1)[0].png()) is None


async def test_an_engine_that_does_not_start_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a library of the system is missing the extra counts as missing, too."""
    monkeypatch.setattr(reading, "ENGINES", ("json",))
    async with Reader(program=("-c", "raise ImportError('libGL.so.1')")) as opened:
        assert opened.available
        assert await opened.read(b"picture") is None
        assert not opened.available


@pytest.mark.parametrize("order", [b"crash", b"sleep", b"spin", b"babble", b"flood", b"eat"])
async def test_a_hostile_picture_costs_itself_alone(hostile: Reader, order: bytes) -> None:
    """Whatever a picture does to the process, the answer is None in time, and the next picture is read."""
    started = time.monotonic()
    assert await hostile.read(order) is None
    assert time.monotonic() - started < 10
    answer = await hostile.read(b"plain")
    assert answer == [Line("Nom : DUPONT", Box(1, 2, 30, 4), 0.9)]


async def test_the_loop_goes_on_while_a_picture_is_read(hostile: Reader) -> None:
    """A picture that hangs keeps the event loop from nothing."""
    reading_it = asyncio.create_task(hostile.read(b"sleep"))
    ticks = 0
    while not reading_it.done():
        await asyncio.sleep(0.05)
        ticks += 1
    assert await reading_it is None
    assert ticks > 20


async def test_a_cancelled_reading_leaves_no_answer_behind(hostile: Reader) -> None:
    """After a reading was cancelled, the next picture gets its own answer."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(hostile.read(b"sleep"), 1.5)
    assert await hostile.read(b"plain")


async def test_the_process_inherits_no_environment(hostile: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets in the bot's environment are not there for a picture to read."""
    monkeypatch.setenv("DOCTOCBOT_SECRET", "hush")
    answer = await hostile.read(b"tell DOCTOCBOT_SECRET")
    assert answer is not None
    assert answer[0].text == "Nom : DUPONT"


async def test_the_process_ends_when_idle_and_with_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine holds hundreds of megabytes: it goes when nobody needs it, and comes back when somebody does."""
    monkeypatch.setattr(reading, "ENGINES", ("json",))
    async with Reader(idle_seconds=0.2, program=HOSTILE) as opened:
        assert await opened.read(b"plain")
        process = opened._process
        assert process is not None
        await asyncio.wait_for(process.wait(), 10)
        assert await opened.read(b"plain")
        second = opened._process
        assert second is not None
    assert second.returncode is not None


@pytest.mark.skipif(importlib.util.find_spec("resource") is None, reason="needs a Unix system")
def test_the_engines_keep_from_the_network() -> None:
    """Once the hook is in place, what would open a connection or start a program raises instead."""
    from doctocbot.images.reading_worker import _forbid

    for event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.exec"):
        with pytest.raises(PermissionError):
            _forbid(event, ())
    _forbid("open", ())
