"""Small files that claim to be enormous pictures; those that hold real data besides would really unpack to it."""

import struct
import zlib
from collections.abc import Iterator

from doctocbot.images import RefusalReason
from tests.images.manifest.photo import Photo, refused
from tests.images.metadata import jpeg_segment, png_chunk
from tests.images.photos import HEIGHT, WIDTH, gif, jpeg, picture, raw_png, saved

_PIECE = 1 << 24


def bombs() -> Iterator[Photo]:
    """Pictures of more pixels than are ever read, and a file of more bytes."""
    most = RefusalReason.TOO_MANY_PIXELS
    claimed = raw_png(b"\0", 8, 2, size=(25_000, 20_000))
    yield refused("png bomb by its header", claimed, most)
    yield refused("png bomb", png_of_zeros(40_000), most)
    yield refused("jpeg bomb by its header", resized_jpeg(65_500, 65_500), most)
    yield refused("jpeg bomb", grey_jpeg(65_500), most)
    screen = struct.pack("<HH", 65_500, 65_500)
    yield refused("gif bomb", gif()[:6] + screen + gif()[10:], most)
    bmp = saved(picture(), "BMP")
    yield refused("bmp bomb", bmp[:18] + struct.pack("<ii", 40_000, 40_000) + bmp[26:], most)
    yield refused("tiff bomb", _tiff_of(1_000_000), most)
    webp = saved(picture(), "WEBP", lossless=True)
    size = 16_383 | 16_383 << 14
    yield refused("webp bomb", webp[:21] + struct.pack("<I", size) + webp[25:], most)
    yield refused("too many bytes", jpeg() + bytes(41 * 1024 * 1024), RefusalReason.TOO_LARGE)


def _tiff_of(side: int) -> bytes:
    data = saved(picture(), "TIFF")
    for tag, length in ((256, WIDTH), (257, HEIGHT)):
        data = data.replace(struct.pack("<HHII", tag, 4, 1, length), struct.pack("<HHII", tag, 4, 1, side))
    return data


def resized_jpeg(width: int, height: int) -> bytes:
    """A small JPEG that claims to be of another size."""
    data = jpeg()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def grey_jpeg(side: int) -> bytes:
    """A whole grey JPEG of side by side pixels, at two bits for each block of 64 (T.81 annex B)."""
    blocks = ((side + 7) // 8) ** 2
    one_code = b"\x01" + bytes(15) + b"\0"
    frame = struct.pack(">BHHB3B", 8, side, side, 1, 1, 0x11, 0)
    head = jpeg_segment(0xDB, b"\0" + b"\x10" * 64) + jpeg_segment(0xC0, frame)
    head += jpeg_segment(0xC4, b"\0" + one_code) + jpeg_segment(0xC4, b"\x10" + one_code)
    codes = bytes(blocks // 4) + (b"\x3f" if blocks % 4 else b"")
    return b"\xff\xd8" + head + jpeg_segment(0xDA, b"\x01\x01\0\0\x3f\0") + codes + b"\xff\xd9"


def png_of_zeros(side: int) -> bytes:
    """A whole black RGB PNG of side by side pixels: gigabytes of zeros, deflated."""
    total = side * (1 + 3 * side)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(_PIECE)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(total % _PIECE)) + packer.flush()
    # The checksum (Adler-32) of n zeros needs no zeros: its low half stays 1 and its high half counts them.
    packed = b"\x78\xda" + piece * (total // _PIECE) + rest + struct.pack(">HH", total % 65_521, 1)
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks
