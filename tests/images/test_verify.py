"""The second reader is no formality: it objects to whatever a faulty writer might let through."""

import dataclasses
import io
from collections.abc import Callable

import pytest
from PIL import Image

from doctocbot.images.formats import jpeg, png, webp
from doctocbot.images.model import Candidate, Outcome, RefusalReason, RefusedError, Removals
from doctocbot.images.verify import verify
from tests.images import metadata, photos
from tests.images.metadata import jpeg_segment, png_chunk, riff_chunk

NAME = metadata.NAME.encode()
OWNED = metadata.icc_with_owner(photos.srgb_profile())


def after_header(segment: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:20] + segment + data[20:]


def before_codes(segment: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"\xff\xda", segment + b"\xff\xda", 1)


def before_data(chunk: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:33] + chunk + data[33:]


def appended(tail: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data + tail


def riff_with(chunk: bytes) -> Callable[[bytes], bytes]:
    def planted(data: bytes) -> bytes:
        body = data[8:] + chunk
        return b"RIFF" + len(body).to_bytes(4, "little") + body

    return planted


JPEG_FAULTS = {
    "comment": after_header(jpeg_segment(0xFE, NAME)),
    "exif": after_header(jpeg_segment(0xE1, b"Exif\0\0" + metadata.tiff_block())),
    "xmp": after_header(jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + metadata.xmp())),
    "orientation": after_header(
        jpeg_segment(0xE1, b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")
    ),
    "profile": after_header(jpeg_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + OWNED)),
    "private segment": after_header(jpeg_segment(0xE9, NAME)),
    "late segment": before_codes(jpeg_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + OWNED)),
    "table tail": before_codes(jpeg_segment(0xDD, b"\0\0" + NAME)),
    "words between": before_codes(NAME),
    "trailer": appended(NAME),
    "density": lambda data: data.replace(b"\x01\x01\0\0\x01\0\x01", b"\x01\x01\x01\0\x48\0\x48", 1),
    "cut": lambda data: data[:-40],
}
PNG_FAULTS = {
    "text": before_data(png_chunk(b"tEXt", b"Author\0" + NAME)),
    "exif": before_data(png_chunk(b"eXIf", metadata.tiff_block())),
    "private chunk": before_data(png_chunk(b"prVt", NAME)),
    "suggested palette": before_data(png_chunk(b"PLTE", NAME[:21])),
    "named profile": before_data(png_chunk(b"iCCP", NAME + b"\0\0")),
    "trailer": appended(NAME),
    "end with words": lambda data: data[:-12] + png_chunk(b"IEND", NAME),
    "second end": appended(png_chunk(b"IEND", b"")),
    "data after the data": lambda data: data[:-12] + png_chunk(b"IDAT", NAME) + data[-12:],
    "checksum": lambda data: data[:-1] + bytes((data[-1] ^ 1,)),
    "cut": lambda data: data[:-40],
}
WEBP_FAULTS = {
    "exif": riff_with(riff_chunk(b"EXIF", metadata.tiff_block())),
    "unknown chunk": riff_with(riff_chunk(b"note", NAME)),
    "trailer": appended(NAME),
    "cut": lambda data: data[:-40],
}


def objected(original: bytes, mimetype: str, candidate: Candidate) -> bool:
    try:
        verify(original, mimetype, candidate)
    except RefusedError as refused:
        return refused.reason in (RefusalReason.UNVERIFIED, RefusalReason.DAMAGED, RefusalReason.TRUNCATED)
    return False


def spoilt(candidate: Candidate, fault: Callable[[bytes], bytes]) -> Candidate:
    data = fault(candidate.data)
    assert data != candidate.data
    return dataclasses.replace(candidate, data=data)


@pytest.mark.parametrize("fault", JPEG_FAULTS)
def test_a_jpeg_with_anything_planted_is_refused(fault: str) -> None:
    """One segment, table tail or byte too many in a JPEG that is about to leave, and it stays."""
    original = photos.jpeg()
    candidate = jpeg.clean(original)
    verify(original, "image/jpeg", candidate)
    assert objected(original, "image/jpeg", spoilt(candidate, JPEG_FAULTS[fault]))


@pytest.mark.parametrize("fault", PNG_FAULTS)
def test_a_png_with_anything_planted_is_refused(fault: str) -> None:
    """One chunk or byte too many in a PNG that is about to leave, and it stays."""
    original = photos.png()
    candidate = png.clean(original)
    verify(original, "image/png", candidate)
    assert objected(original, "image/png", spoilt(candidate, PNG_FAULTS[fault]))


@pytest.mark.parametrize("fault", WEBP_FAULTS)
def test_a_webp_with_anything_planted_is_refused(fault: str) -> None:
    """One chunk or byte too many in a WebP that is about to leave, and it stays."""
    original = photos.saved(photos.picture(), "WEBP", lossless=True)
    candidate = webp.clean(original)
    verify(original, "image/webp", candidate)
    assert objected(original, "image/webp", spoilt(candidate, WEBP_FAULTS[fault]))


def as_png(*chunks: tuple[bytes, bytes], depth: int = 8, kind: int = 3, row: bytes = bytes(2)) -> bytes:
    """A picture of two pixels on each of two rows."""
    return photos.raw_png(
        2 * (b"\0" + row), depth, kind, *(png_chunk(*chunk) for chunk in chunks), size=(2, 2)
    )


HIDING_PNGS = {
    "colour under transparency": as_png(kind=6, row=b"\1\2\3\0\1\2\3\xff"),
    "grey under transparency": as_png(kind=4, row=b"\7\0\7\xff"),
    "deep colour under transparency": as_png(depth=16, kind=4, row=b"\0\7\0\0\7\7\0\1"),
    "coloured invisible entry": as_png((b"PLTE", NAME[:6]), (b"tRNS", b"\xff\0"), row=b"\0\1"),
    "palette too long": as_png((b"PLTE", NAME[:18]), depth=1, row=b"\x40"),
    "transparency too long": as_png((b"PLTE", NAME[:6]), (b"tRNS", b"\1\2\3"), row=b"\0\1"),
    "transparency that says nothing": as_png((b"PLTE", NAME[:6]), (b"tRNS", b"\1\xff"), row=b"\0\1"),
    "transparent colour out of depth": as_png((b"tRNS", NAME[:6]), kind=2, row=bytes(6)),
}


@pytest.mark.parametrize("name", HIDING_PNGS)
def test_a_png_that_hides_what_is_not_seen_is_refused(name: str) -> None:
    """Even where original and output are one and the same file, nothing invisible may leave in it."""
    data = HIDING_PNGS[name]
    candidate = Candidate(data, "image/png", Outcome.LOSSLESS, Removals())
    assert objected(data, "image/png", candidate)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_one_changed_pixel_is_seen(mode: str) -> None:
    """A lossless output that differs from its original in one pixel is refused, whatever the colour type."""
    original = photos.png(mode)
    changed = Image.open(io.BytesIO(original))
    changed.load()
    zero = {"RGB": (1, 2, 3), "RGBA": (1, 2, 3, 4), "LA": (1, 2)}.get(mode, 0)
    changed.putpixel((96, 60), zero)
    candidate = png.clean(photos.saved(changed, "PNG"))
    assert objected(original, "image/png", candidate)


def test_a_lost_low_byte_is_seen() -> None:
    """A 16-bit RGB output that lost what an 8-bit reader cannot see is refused."""
    rows = photos.rgb16_rows()
    candidate = png.clean(photos.raw_png(rows[:-1] + bytes((rows[-1] ^ 1,)), 16, 2))
    assert objected(photos.raw_png(rows, 16, 2), "image/png", candidate)


def test_a_requantised_jpeg_is_seen() -> None:
    """A JPEG that was encoded again instead of carried over is refused as lossless."""
    original = photos.jpeg(quality=92)
    again = jpeg.clean(photos.saved(Image.open(io.BytesIO(original)), "JPEG", quality=92, subsampling=0))
    assert objected(original, "image/jpeg", again)


def test_the_wrong_way_up_is_seen() -> None:
    """An output that would be shown turned is refused."""
    original = photos.jpeg_with(photos.exif_segment(metadata.tiff_block(orientation=6)))
    candidate = jpeg.clean(original)
    upright = jpeg.clean(photos.jpeg())
    assert objected(original, "image/jpeg", dataclasses.replace(candidate, data=upright.data))


def test_shifted_colours_are_seen() -> None:
    """An output whose profile shows other colours than the original's is refused."""
    original = photos.jpeg(icc_profile=photos.srgb_profile())
    candidate = jpeg.clean(original)
    at = candidate.data.index(b"rXYZ")
    offset = int.from_bytes(candidate.data[at + 4 : at + 8], "big")
    start = candidate.data.index(b"ICC_PROFILE\0") + 14 + offset + 8
    other = candidate.data[:start] + (0x4000).to_bytes(4, "big") + candidate.data[start + 4 :]
    assert objected(original, "image/jpeg", dataclasses.replace(candidate, data=other))
