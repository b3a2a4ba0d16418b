"""What cannot be proved clean, each with the reason that a doctor is given."""

import struct
import zlib
from collections.abc import Iterator

from doctocbot.images import RefusalReason
from tests.images import containers
from tests.images.manifest.bombs import bombs
from tests.images.manifest.photo import Photo, refused
from tests.images.metadata import FILE_NAME, NAME, SERIAL, jpeg_segment, png_chunk
from tests.images.photos import (
    gif,
    grey_rows,
    heic,
    jpeg,
    jpeg_with,
    picture,
    png,
    png_with,
    raw_png,
    saved,
)

_DAMAGED, _TRUNCATED = RefusalReason.DAMAGED, RefusalReason.TRUNCATED
_ANIMATED, _UNSUPPORTED = RefusalReason.ANIMATED, RefusalReason.UNSUPPORTED_VARIANT


def refused_photos() -> Iterator[Photo]:
    """Everything that must not come out."""
    yield from _cut_short()
    yield from _damaged_jpegs()
    yield from _damaged_pngs()
    yield from _several()
    yield from bombs()
    yield from _no_photographs()


def _cut_short() -> Iterator[Photo]:
    files = {
        "jpeg": jpeg(),
        "progressive jpeg": jpeg(progressive=True),
        "png": png(),
        "webp": saved(picture(), "WEBP"),
        "lossless webp": saved(picture(), "WEBP", lossless=True),
        "gif": gif(),
        "bmp": saved(picture(), "BMP"),
        "tiff": saved(picture(), "TIFF"),
        "heic": heic(picture()),
        "avif": saved(picture(), "AVIF"),
    }
    for name, data in files.items():
        for part in (1, 2):
            yield refused(
                f"{name} cut after {part} thirds", data[: len(data) * part // 3], _TRUNCATED, _DAMAGED
            )
    for name in ("jpeg", "progressive jpeg"):
        mended = files[name][:-900] + b"\xff\xd9"
        yield refused(f"{name} cut, end mended", mended, _TRUNCATED, _DAMAGED)
    yield refused("png cut, end mended", png()[:-900] + png()[-12:], _TRUNCATED, _DAMAGED)
    yield refused("jpeg without an end", jpeg()[:-2], _TRUNCATED)
    yield refused("png without an end", png()[:-12], _TRUNCATED)
    yield refused("jpeg magic alone", b"\xff\xd8\xff", _TRUNCATED)
    magic = b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(8)
    yield refused("bmp magic alone", magic, _TRUNCATED, _DAMAGED)


def _damaged_jpegs() -> Iterator[Photo]:
    between = jpeg()[:20] + NAME.encode() + jpeg()[20:]
    yield refused("jpeg bytes between segments", between, _DAMAGED)
    reserved = jpeg_with(jpeg_segment(0xF4, SERIAL.encode()))
    yield refused("jpeg reserved marker", reserved, _DAMAGED)
    yield refused("jpeg of two starts", b"\xff\xd8" + jpeg(), _DAMAGED, _TRUNCATED)
    frame = jpeg().index(b"\xff\xc0")
    for marker in (0xC3, 0xC5, 0xC9, 0xCA):
        other = jpeg()[: frame + 1] + bytes((marker,)) + jpeg()[frame + 2 :]
        yield refused(f"jpeg frame of kind {marker:02x}", other, _UNSUPPORTED, _DAMAGED, _TRUNCATED)
    deep = jpeg()[: frame + 4] + b"\x0c" + jpeg()[frame + 5 :]
    yield refused("jpeg of 12 bits", deep, _UNSUPPORTED, _DAMAGED)
    scan = jpeg().index(b"\xff\xda") + 40
    broken = jpeg()[:scan] + b"\xff\xb7" + jpeg()[scan:]
    yield refused("jpeg marker in the codes", broken, _DAMAGED, _TRUNCATED)


def _damaged_pngs() -> Iterator[Photo]:
    wrong = bytearray(png())
    wrong[-20] ^= 1
    yield refused("png wrong checksum", bytes(wrong), _DAMAGED)
    tampered = png_chunk(b"tEXt", b"Author\0a")[:-1] + b"\0"
    yield refused("png wrong checksum of a text", png_with(tampered), _DAMAGED)
    adler = zlib.compress(grey_rows())[:-4] + b"\0\0\0\0"
    head, end = raw_png(b"", 8, 0)[:33], png_chunk(b"IEND", b"")
    yield refused("png wrong checksum within", head + png_chunk(b"IDAT", adler) + end, _DAMAGED)
    yield refused("png unknown critical chunk", png_with(png_chunk(b"KRTx", NAME.encode())), _UNSUPPORTED)
    scattered = png()[:-12] + png_chunk(b"tEXt", b"a\0b") + png_chunk(b"IDAT", b"") + end
    yield refused("png text between the data", scattered, _DAMAGED)
    yield refused("png filter of no kind", raw_png(b"\x07" + grey_rows()[1:], 8, 0), _DAMAGED)
    few = raw_png(grey_rows(), 8, 3, png_chunk(b"PLTE", bytes(30)))
    yield refused("png colours beyond the palette", few, _DAMAGED)


def _several() -> Iterator[Photo]:
    frames = [picture("P").rotate(90 * turn) for turn in range(3)]
    moving = [frame.convert("RGB") for frame in frames]
    for kind, pictures in (("GIF", frames), ("PNG", moving), ("WEBP", moving), ("AVIF", moving)):
        animation = saved(pictures[0], kind, save_all=True, append_images=pictures[1:])
        yield refused(f"{kind.lower()} animated", animation, _ANIMATED)
    pages = saved(moving[0], "TIFF", save_all=True, append_images=moving[1:])
    yield refused("tiff of several pages", pages, RefusalReason.SEVERAL_PAGES)


def _no_photographs() -> Iterator[Photo]:
    reason = RefusalReason
    svg = f'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><text>{NAME}</text></svg>'.encode()
    html = f"<!DOCTYPE html><html><body>{NAME}</body></html>".encode()
    office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NAME.encode("utf-16-le")
    yield refused("svg", svg, reason.VECTOR)
    yield refused("svgz", b"\x1f\x8b\x08" + bytes(7) + zlib.compress(svg)[2:-4], reason.ARCHIVE)
    yield refused("pdf", b"%PDF-1.7\n" + NAME.encode(), reason.DOCUMENT)
    yield refused("html", html, reason.DOCUMENT)
    yield refused("office document", office, reason.DOCUMENT)
    yield refused("dicom", bytes(128) + b"DICM" + NAME.encode(), reason.DICOM)
    yield refused("video", containers.film(), reason.VIDEO)
    yield refused("archive", containers.archive(), reason.ARCHIVE)
    yield refused("psd", b"8BPS\0\1" + bytes(64), reason.UNKNOWN_FORMAT)
    yield refused("text", b"Madame Lavalliere, 79 ans", reason.NOT_AN_IMAGE)
    yield refused("file name", FILE_NAME.encode(), reason.NOT_AN_IMAGE)
    yield refused("nothing", b"", reason.EMPTY)
    yield refused("zeros", bytes(4096), reason.NOT_AN_IMAGE)
    yield refused("png called riff", b"RIFF" + struct.pack("<I", 4) + b"WEBP" + png(), _TRUNCATED, _DAMAGED)
