"""Damaged files, thousands of kinds: each is refused or comes out clean, and nothing crashes, hangs or leaks."""

import io
import os
import re
import time

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped]
from PIL import Image, ImageFile

from doctocbot.images import CleanImage, Outcome, Refusal, scrub
from tests.images import manifest, metadata
from tests.images.damage import damaged
from tests.images.manifest import turned
from tests.images.viewer import as_a_viewer_shows, inflated, pixels_of

pytestmark = pytest.mark.slow

# `FUZZ_FILES=200000 pytest tests/images/test_fuzz.py` for a longer run.
FILES = int(os.environ.get("FUZZ_FILES", "6000"))
STEP = FILES // 10
MOST_SECONDS = 20
UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, Image.DecompressionBombError)
ORIGINALS = [
    photo.data
    for photo in manifest.all_photos()
    # Encoding AVIF and HEIC anew takes its time; a bomb of text takes space.
    if photo.outcome is not Outcome.REFUSED and len(photo.data) < 60_000 and photo.data[4:8] != b"ftyp"
]
SLOW = [photo.data for photo in manifest.all_photos() if photo.data[4:8] == b"ftyp"]


def decoded(data: bytes) -> Image.Image | None:
    """What a reader that lets nothing pass shows of a file, or None where it shows nothing."""
    try:
        if data.startswith(b"\xff\xd8"):
            simplejpeg.decode_jpeg(data, strict=True)
        picture = Image.open(io.BytesIO(data))
        picture.load()
    except UNREADABLE:
        return None
    return as_a_viewer_shows(data)


def judge(seed: int, data: bytes) -> bool:
    """Scrub one damaged file and judge what comes of it; tells whether anything came out."""
    begun = time.monotonic()
    answer = scrub(data)
    assert time.monotonic() - begun < MOST_SECONDS, seed
    if isinstance(answer, Refusal):
        return False
    content = answer.data + (answer.thumbnail or b"")
    # Words that were spliced into the samples of a BMP or TIFF are to be seen in the picture, and stay.
    samples = inflated(content) if data[:2] not in (b"BM", b"II", b"MM") else b""
    assert not [needle for needle in metadata.needles() if needle in content + samples], seed
    again = scrub(answer.data)
    assert isinstance(again, CleanImage), seed
    assert again.data == answer.data, seed
    assert not again.carried_metadata, seed
    return True


def test_a_truncated_file_would_be_noticed() -> None:
    """The reader that lets nothing pass is one: it shows no file of which a piece is missing."""
    whole = manifest.photo("jpeg plain").data
    assert decoded(whole) is not None
    assert decoded(whole[:-700] + b"\xff\xd9") is None
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("start", range(0, FILES, STEP))
def test_damaged_files_are_refused_or_clean(start: int) -> None:
    """A file that was damaged at random is refused with a reason, or its output is clean, stable, and the picture.

    Where a strict reader shows something of the damaged file, the output shows the very same.
    """
    came_out = 0
    for seed in range(start, start + STEP):
        data = damaged(seed, ORIGINALS)
        if not judge(seed, data):
            continue
        came_out += 1
        answer = scrub(data)
        shown = decoded(data)
        if isinstance(answer, CleanImage) and answer.outcome is Outcome.LOSSLESS and shown is not None:
            assert is_shown(shown, as_a_viewer_shows(answer.data), data), seed
    # Damage that is always fatal would test nothing beyond the first check.
    assert came_out > STEP // 10


def is_shown(shown: Image.Image, output: Image.Image, data: bytes) -> bool:
    """Whether two pictures are the same; of a damaged EXIF no two readers make the same way up."""
    turns = range(1, 9) if re.search(rb"exif", data, re.IGNORECASE) else (1,)
    pixels = pixels_of(output)
    return any(np.array_equal(pixels_of(turned(shown, turn)), pixels) for turn in turns)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_films_and_pages_are_refused_or_clean() -> None:
    """So are HEIC and AVIF, fewer of them: those that come out are encoded anew each time."""
    for seed in range(FILES // 30):
        judge(seed, damaged(2 * seed, SLOW))
