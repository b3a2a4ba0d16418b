"""Deterministic pictures as files of many formats, and ways to plant things in them."""

import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image, ImageCms
from pillow_heif import from_pillow

from tests.images.metadata import jpeg_segment, png_chunk, riff_chunk

WIDTH, HEIGHT = 97, 61


def picture(mode: str = "RGB", size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """A smooth, asymmetric picture with some texture: no two of its corners are alike."""
    width, height = size
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    noise = np.random.default_rng(7).normal(0, 6, (height, width))
    red, green, blue = 230 * across, 200 * down, 120 * (1 - across) * down + 60
    levels = np.stack([red + noise, green + noise, blue - noise], axis=-1).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(levels)
    if mode == "RGBA":
        image.putalpha(Image.fromarray((255 * across).astype(np.uint8)))
        return image
    if mode == "I;16":
        return Image.fromarray((60000 * across + 5000 * down).astype(np.uint16))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file of the format given."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def srgb_profile() -> bytes:
    """A plain sRGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def jpeg(**options: object) -> bytes:
    """A plain JPEG of the picture."""
    return saved(picture(), "JPEG", **{"quality": 92, **options})


def jpeg_with(*segments: bytes, base: bytes | None = None) -> bytes:
    """A JPEG with segments planted right after its start."""
    base = base or jpeg()
    return base[:2] + b"".join(segments) + base[2:]


def exif_segment(block: bytes) -> bytes:
    """An APP1 segment that holds an EXIF block."""
    return jpeg_segment(0xE1, b"Exif\0\0" + block)


def png(mode: str = "RGB", size: tuple[int, int] = (WIDTH, HEIGHT), **options: object) -> bytes:
    """A plain PNG of the picture."""
    return saved(picture(mode, size), "PNG", **options)


def png_with(*chunks: bytes, base: bytes | None = None) -> bytes:
    """A PNG with chunks planted right after its header."""
    base = base or png()
    return base[:33] + b"".join(chunks) + base[33:]


def raw_png(
    rows: bytes,
    depth: int,
    kind: int,
    *chunks: bytes,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    interlaced: bool = False,
    level: int = -1,
) -> bytes:
    """A PNG made from scanlines, of any depth and colour type."""
    header = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, int(interlaced))
    parts = [
        png_chunk(b"IHDR", header),
        *chunks,
        png_chunk(b"IDAT", zlib.compress(rows, level)),
        png_chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def samples16(kind: int) -> bytes:
    """Scanlines of a 16-bit picture of a PNG colour type, whose low bytes matter."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    levels = np.random.default_rng(3).integers(1, 65536, (HEIGHT, WIDTH * channels)).astype(">u2")
    return b"".join(b"\0" + row.tobytes() for row in levels)


def rgb16_rows() -> bytes:
    """Scanlines of a 16-bit RGB picture whose low bytes matter."""
    return samples16(2)


def grey_rows() -> bytes:
    """Scanlines of an 8-bit grey picture."""
    return b"".join(b"\0" + row.tobytes() for row in np.asarray(picture("L")))


def packed_rows(depth: int) -> bytes:
    """Scanlines of a grey picture of few bits, with words in the bits that pad each row."""
    levels = np.asarray(picture("L")) >> (8 - depth)
    bits = np.unpackbits(levels[:, :, None].astype(np.uint8), axis=2)[:, :, 8 - depth :].reshape(HEIGHT, -1)
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)), constant_values=1)
    return b"".join(b"\0" + row.tobytes() for row in np.packbits(padded, axis=1))


def adam7_rows() -> bytes:
    """Scanlines of an 8-bit grey picture in the seven passes of Adam7."""
    levels, rows = np.asarray(picture("L")), b""
    passes = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    for left, top, across, down in passes:
        rows += b"".join(b"\0" + row.tobytes() for row in levels[top::down, left::across])
    return rows


def webp_with(*chunks: bytes, flags: int, lossless: bool = True) -> bytes:
    """A WebP of the extended kind with chunks planted after its picture."""
    plain = saved(picture(), "WEBP", lossless=lossless, quality=90)
    extended = struct.pack("<I", flags) + struct.pack("<I", WIDTH - 1)[:3] + struct.pack("<I", HEIGHT - 1)[:3]
    body = b"WEBP" + riff_chunk(b"VP8X", extended) + plain[12:] + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_with(*blocks: bytes) -> bytes:
    """A GIF with extension blocks planted before its picture."""
    base = gif()
    at = 13 + (3 << (base[10] & 7) + 1)
    return base[:at] + b"".join(blocks) + base[at:]


def gif() -> bytes:
    """A plain still GIF."""
    return saved(picture("P"), "GIF")


def heic(image: Image.Image, thumbnail: int = 0, **options: object) -> bytes:
    """The picture in a HEIC file, with a thumbnail of so many pixels."""
    buffer = io.BytesIO()
    file = from_pillow(image)
    if thumbnail:
        sizes: list[int | None] = [thumbnail]
        file[0].info["thumbnails"] = sizes
    file.save(buffer, **{"quality": 90, **options})
    return buffer.getvalue()
