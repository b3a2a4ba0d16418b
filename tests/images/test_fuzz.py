"""Damaged files, thousands of kinds: each is refused or comes out clean, and nothing crashes, hangs or leaks."""

import os
import random

import pytest

from doctocbot.images import CleanImage, Outcome, Refusal, scrub
from tests.images import metadata, photos

# `FUZZ_FILES=200000 pytest tests/images/test_fuzz.py` for a longer run.
FILES = int(os.environ.get("FUZZ_FILES", "5000"))
STEP = FILES // 10
ORIGINALS = [
    photo.data
    for photo in photos.all_photos()
    if photo.outcome is not Outcome.REFUSED and len(photo.data) < 60_000 and "avif" not in photo.name
]


def damaged(seed: int) -> bytes:
    """One of the originals with bytes flipped, cut out, or spliced in from another."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    data = bytearray(chance.choice(ORIGINALS))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + chance.randrange(1, 64)] = b""
            case 2:
                other = chance.choice(ORIGINALS)
                start = chance.randrange(len(other))
                data[at:at] = other[start : start + chance.randrange(1, 256)]
            case _:
                del data[max(at, 12) :]
        if not data:
            break
    return bytes(data)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("start", range(0, FILES, STEP))
def test_damaged_files_are_refused_or_clean(start: int) -> None:
    """A file that was damaged at random is refused with a reason, or its output is clean and stable."""
    for seed in range(start, start + STEP):
        answer = scrub(damaged(seed))
        if isinstance(answer, Refusal):
            continue
        assert not [needle for needle in metadata.needles() if needle in answer.data], seed
        again = scrub(answer.data)
        assert isinstance(again, CleanImage), seed
        assert again.data == answer.data, seed
