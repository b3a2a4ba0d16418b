"""Which originals may stay: only those that were read to the last byte and hold nothing but their picture."""

import io
import struct
import zlib

import pytest
from PIL import Image

from doctocbot.images import CleanImage, scrub
from doctocbot.images.staying import may_stay
from tests.images import metadata, photos
from tests.images.metadata import png_chunk

WORDS = metadata.NAME.encode()


def stays(data: bytes) -> bool:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return may_stay(data, answer)


def indexed(palette: bytes, transparency: bytes = b"") -> bytes:
    """A PNG all of whose pixels have the first colour of its palette."""
    rows = bytes((photos.WIDTH + 1) * photos.HEIGHT)
    extra = (png_chunk(b"tRNS", transparency),) if transparency else ()
    return photos.raw_png(rows, 8, 3, png_chunk(b"PLTE", palette), *extra)


def spelt(words: bytes) -> bytes:
    """Words as the unused entries of a palette."""
    return words.ljust(-(-len(words) // 3) * 3)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "I;16"])
def test_a_bare_png_stays(mode: str) -> None:
    """Nobody is bothered for a screenshot that holds nothing but its pixels."""
    assert stays(photos.png(mode))


def test_a_screenshot_of_a_phone_stays() -> None:
    """Its PNG says how many bits were significant and how many dots make a metre, as a million others do."""
    chunks = png_chunk(b"sBIT", b"\x08\x08\x08\x08"), png_chunk(b"pHYs", struct.pack(">IIB", 3780, 3780, 1))
    opaque = Image.new("RGBA", (40, 80), (10, 20, 30, 255))
    assert stays(photos.png_with(*chunks, base=photos.saved(opaque, "PNG")))


def test_a_bare_palette_stays() -> None:
    """An entry for each colour in use, and zeros to fill it up, tell nothing."""
    assert stays(indexed(b"\x10\x20\x30" + bytes(9)))


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}])
def test_a_bare_jpeg_stays(options: dict[str, bool]) -> None:
    """What a messenger has encoded anew holds tables and scans and nothing else."""
    assert stays(photos.jpeg(**options))


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_formats_that_are_not_read_whole_never_stay(kind: str) -> None:
    """An empty list of what was removed proves nothing where words can stand unread."""
    options = {"lossless": True} if kind == "WEBP" else {}
    assert not stays(photos.saved(photos.picture(), kind, **options))


def test_whatever_is_clean_already_stays() -> None:
    """A picture that the scrubber itself has made is the same bytes a second time."""
    once = scrub(photos.saved(photos.picture(), "WEBP", lossless=True))
    assert isinstance(once, CleanImage)
    assert stays(once.data)


@pytest.mark.parametrize(
    "data",
    [
        indexed(b"\x10\x20\x30" + spelt(WORDS)),
        indexed(b"\x10\x20\x30" + bytes(60), b"\xff" + WORDS[:20]),
        indexed(b"JEAN D"[:3], b"\0"),
        photos.png_with(png_chunk(b"PLTE", spelt(WORDS))),
        photos.png_with(png_chunk(b"pHYs", WORDS[:9])),
        photos.png_with(png_chunk(b"bKGD", WORDS[:6])),
        photos.png_with(png_chunk(b"sBIT", WORDS[:3])),
        photos.png_with(*(png_chunk(b"pHYs", struct.pack(">IIB", dots, 1, 1)) for dots in WORDS)),
        photos.png_with(*(png_chunk(b"gAMA", struct.pack(">I", 45000 + letter)) for letter in WORDS)),
        photos.png_with(png_chunk(b"zzZz", WORDS)),
        photos.png()[:-12] + png_chunk(b"IEND", WORDS),
        photos.png() + WORDS,
        photos.raw_png(photos.packed_rows(2), 2, 0),
    ],
    ids=[
        *(
            "unused entries",
            "unused alphas",
            "an invisible entry",
            "a suggested palette",
            "dots",
            "background",
        ),
        *("bits", "many dots", "many gammas", "a private chunk", "behind the end", "a trailer", "padding"),
    ],
)
def test_words_in_any_part_of_a_png_make_it_go(data: bytes) -> None:
    """Wherever no pixel comes from."""
    assert not stays(data)


def test_a_histogram_of_words_makes_a_png_go() -> None:
    """Half a kilobyte beside a palette, which nothing shows."""
    whole = indexed(b"\x10\x20\x30")
    at = whole.index(b"IDAT") - 4
    assert not stays(whole[:at] + png_chunk(b"hIST", WORDS.ljust(512)) + whole[at:])


def test_two_profiles_make_a_png_go() -> None:
    """Readers take the first and pass over the second."""
    profile = png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(photos.srgb_profile()))
    second = png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(WORDS))
    assert not stays(photos.png_with(profile, second))


def test_a_profile_is_no_reason_to_go_once_rebuilt() -> None:
    """What `scrub` has written under a neutral name with neutral numbers stays."""
    buffer = io.BytesIO()
    photos.picture().save(buffer, "PNG", icc_profile=photos.srgb_profile())
    once = scrub(buffer.getvalue())
    assert isinstance(once, CleanImage)
    assert stays(once.data)


JFIF = struct.pack(">5s3B2H2B", b"JFIF\0", 1, 1, 0, 1, 1, 0, 0)


@pytest.mark.parametrize(
    "segments",
    [
        [metadata.jpeg_segment(0xE0, JFIF[:8] + bytes((letter,)) + JFIF[9:]) for letter in WORDS],
        [metadata.jpeg_segment(0xE0, b"JFIF\0" + WORDS[:7] + bytes(2))],
        [metadata.jpeg_segment(0xEE, b"Adobe" + WORDS[:6] + b"\1")],
        [metadata.jpeg_segment(0xEE, b"Adobe\0d" + bytes(4) + b"\1")] * 2,
        [metadata.jpeg_segment(0xDD, WORDS[at : at + 2]) for at in range(0, 10, 2)]
        + [metadata.jpeg_segment(0xDD, bytes(2))],
        [metadata.jpeg_segment(0xFE, WORDS)],
    ],
    ids=["many JFIF", "letters in JFIF", "letters in Adobe", "two Adobe", "many intervals", "a comment"],
)
def test_words_in_any_part_of_a_jpeg_make_it_go(segments: list[bytes]) -> None:
    """Also where they stand in the numbers of headers that every JPEG has."""
    assert not stays(photos.jpeg_with(*segments))
