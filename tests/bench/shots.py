"""The pictures that are cleaned in the bench: a phone's photograph with all a phone writes, and a scanned page."""

import io
import struct
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from tests.images import colour_profiles, containers, metadata
from tests.images.makernotes import maker_note
from tests.images.metadata import jpeg_segment, png_chunk

_PHONE = (4032, 3024)
_SCAN = (2048, 1536)


@dataclass(frozen=True, slots=True)
class Shot:
    """A file, and what to call it."""

    name: str
    suffix: str
    data: bytes = field(repr=False)


def phone_photo(size: tuple[int, int] = _PHONE) -> Shot:
    """A photograph with a sensor's noise: EXIF with places and a thumbnail, maker note, XMP, a wide profile."""
    image = _photograph(size, grain=5.0)
    small = io.BytesIO()
    image.resize((160, 120)).save(small, "JPEG")
    note = maker_note("apple", ">")
    exif = metadata.tiff_block(">", 6, thumbnail=small.getvalue(), maker_note=note)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=94, subsampling=2, icc_profile=colour_profiles.display_p3())
    segments = (
        jpeg_segment(0xE1, b"Exif\0\0" + exif),
        jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + metadata.xmp()),
        jpeg_segment(0xED, metadata.photoshop()),
    )
    base = buffer.getvalue()
    data = base[:20] + b"".join(segments) + base[20:] + containers.samsung_trailer()
    return Shot(f"JPEG, {_megapixels(size)} MP, a phone's", ".jpg", data)


def scan(size: tuple[int, int] = _SCAN) -> Shot:
    """A PNG of a little grain, with texts and a time."""
    buffer = io.BytesIO()
    _photograph(size, grain=1.0).save(buffer, "PNG")
    base = buffer.getvalue()
    chunks = (
        png_chunk(b"tEXt", b"Author\0" + metadata.NAME.encode()),
        png_chunk(b"eXIf", metadata.tiff_block()),
        png_chunk(b"tIME", struct.pack(">H5B", 2026, 10, 3, 9, 12, 44)),
    )
    return Shot(f"PNG, {_megapixels(size)} MP", ".png", base[:33] + b"".join(chunks) + base[33:])


def _megapixels(size: tuple[int, int]) -> str:
    return f"{size[0] * size[1] / 1e6:.1f}".removesuffix(".0")


def _photograph(size: tuple[int, int], grain: float) -> Image.Image:
    """Light, shapes and edges of every scale, and grain; the same every time."""
    random = np.random.default_rng(2018)
    width, height = size
    levels = np.zeros((height, width, 3), np.float32)
    for scale, strength in ((4, 70), (16, 40), (64, 20), (256, 10)):
        coarse = random.normal(0, 1, (scale * 3 // 4 + 1, scale + 1, 3)).astype(np.float32)
        for channel in range(3):
            layer = Image.fromarray(coarse[..., channel]).resize(size, Image.Resampling.BICUBIC)
            levels[..., channel] += strength * np.asarray(layer)
    luminance = random.normal(0, grain, (height, width, 1)).astype(np.float32)
    return Image.fromarray((128 + levels + luminance).clip(0, 255).astype(np.uint8))
