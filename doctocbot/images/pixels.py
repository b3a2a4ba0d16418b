"""Pixels in, pixels out: the few things that are done with Pillow, none of which carries its `info` along."""

import io
import zlib
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin

from doctocbot.images import profile
from doctocbot.images.model import MAX_PIXELS, THUMBNAIL_SIDE, RefusalReason, RefusedError

Picture: TypeAlias = Image.Image

# The reader's limit for whatever a PNG holds deflated beside its pixels. Only the profile is shown to it.
_MOST_PROFILE = 4 << 20
PngImagePlugin.MAX_TEXT_CHUNK = _MOST_PROFILE

_STRIP = 512
_FORMATS = {
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}
_PICTURE_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"IDAT", b"IEND")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow raises on bytes it cannot decode, over all its plugins.
DECODE_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
)


def opened(data: bytes, mimetype: str) -> ImageFile.ImageFile:
    """Read the header of one picture, by the one reader named; raises RefusedError, decodes nothing yet."""
    try:
        if mimetype == "image/jpeg":
            # Not Image.open: that hands a multi-picture file to another reader.
            picture: ImageFile.ImageFile = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
        else:
            data = _without_words(data) if mimetype == "image/png" else data
            picture = Image.open(io.BytesIO(data), formats=[_FORMATS[mimetype]])
    except Image.DecompressionBombError as error:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS) from error
    except DECODE_ERRORS as error:
        raise RefusedError(RefusalReason.DAMAGED) from error
    if picture.width * picture.height > MAX_PIXELS:
        raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
    return picture


def _without_words(data: bytes) -> bytes:
    """Copy the chunks of a PNG that make the picture: its reader would inflate every text, and trip over bad ones."""
    kept, at, profiles = [data[:8]], 8, 0
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        profiles += name == b"iCCP"
        if name in _PICTURE_CHUNKS and (
            name != b"iCCP" or (profiles == 1 and _inflates(data[at + 8 : end - 4]))
        ):
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _inflates(profile_chunk: bytes) -> bool:
    _, _, packed = profile_chunk.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed[1:], _MOST_PROFILE)
    except zlib.error:
        return False
    return packed[:1] == b"\0" and unpacker.eof


def load(data: bytes, mimetype: str) -> Picture:
    """Decode one picture whole; raises RefusedError where it is damaged or cut short."""
    return loaded(opened(data, mimetype))


def loaded(picture: Picture) -> Picture:
    """Decode a picture that is open already, whole; raises RefusedError where it is damaged or cut short."""
    try:
        picture.load()
    except DECODE_ERRORS as error:
        cut = "truncated" in str(error).lower()
        raise RefusedError(RefusalReason.TRUNCATED if cut else RefusalReason.DAMAGED) from error
    # Readers of WebP and AVIF keep their decoder, and with it more canvases, for as long as the picture lives.
    vars(picture).pop("_decoder", None)
    return picture


def upright(picture: Picture, orientation: int) -> Picture:
    """Turn the picture the right way up, exactly, by its EXIF orientation (1-8)."""
    return picture.transpose(_TURNS[orientation]) if orientation in _TURNS else picture


def srgb(picture: Picture, icc: bytes) -> Picture:
    """Turn the colours to sRGB by a profile that could not be rebuilt; raises RefusedError where that fails."""
    if picture.mode == "P":
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    converted = profile.to_srgb(picture, icc)
    if converted is None:
        raise RefusedError(RefusalReason.UNVERIFIED)
    # A profile may give even black, where nobody sees it, some colour.
    return without_hidden_colour(converted)


def jpeg(picture: Picture, quality: int) -> bytes:
    """Encode as JPEG, 4:4:4, from the pixels alone."""
    mode = picture.mode if picture.mode in ("L", "CMYK") else "RGB"
    buffer = io.BytesIO()
    bare(picture if picture.mode == mode else picture.convert(mode)).save(
        buffer, "JPEG", quality=quality, subsampling=0, exif=b""
    )
    return buffer.getvalue()


def bare(picture: Picture) -> Picture:
    """Give the pixels (and palette) as a picture that has no `info` at all, without a copy where it has none yet."""
    if not picture.info:
        return picture
    copy = picture.copy()
    copy.info = {}
    return copy


def decibels(reference: Picture, output: Picture) -> float:
    """Measure how close two pictures of one size are (peak signal-to-noise ratio over all 8-bit samples)."""
    mode = "RGBA" if "A" in reference.mode or "transparency" in reference.info else "RGB"
    squares, samples = 0.0, 0
    for left, right in zip(strips(reference, mode), strips(output, mode), strict=True):
        difference = np.frombuffer(left, np.uint8).astype(np.int32) - np.frombuffer(right, np.uint8)
        squares += float(np.dot(difference.ravel(), difference.ravel()))
        samples += difference.size
    return 100.0 if squares == 0 else float(10 * np.log10(255.0**2 * samples / squares))


def strips(picture: Picture, mode: str) -> Iterator[bytes]:
    """Give the pixels out in strips of a mode, so that no second copy of a large picture is ever held."""
    for top in range(0, picture.height, _STRIP):
        strip = picture.crop((0, top, picture.width, min(top + _STRIP, picture.height)))
        yield (strip if strip.mode == mode else strip.convert(mode)).tobytes()


def without_hidden_colour(picture: Picture) -> Picture:
    """Blacken the colour of fully transparent pixels: nobody sees it, and an editor's eraser leaves it behind."""
    if not hides_colour(picture):
        return picture
    shown = picture.getchannel("A").point(lambda alpha: 255 if alpha else 0)
    black = Image.new(picture.mode, picture.size)
    return Image.composite(picture, black, shown)


def hides_colour(picture: Picture) -> bool:
    """Whether a fully transparent pixel has a colour other than black."""
    if picture.mode not in ("RGBA", "LA"):
        return False
    return any(
        bool((samples[samples[:, -1] == 0] != 0).any())
        for samples in (
            np.frombuffer(strip, np.uint8).reshape(-1, len(picture.mode))
            for strip in strips(picture, picture.mode)
        )
    )


def thumbnail(picture: Picture) -> Picture | None:
    """Scale an upright sRGB picture to a longest side of 800 pixels on white, or None if it is no larger."""
    if max(picture.size) <= THUMBNAIL_SIDE:
        return None
    picture = _eight_bit(picture)
    if picture.mode in ("1", "P"):
        # Neither can be scaled smoothly as it is.
        picture = picture.convert("L" if picture.mode == "1" else "RGBA")
    scale = THUMBNAIL_SIDE / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if picture.mode in ("LA", "RGBA"):
        picture = Image.alpha_composite(Image.new("RGBA", size, "white"), picture.convert("RGBA"))
    return picture.convert("L" if picture.mode == "L" else "RGB")


def _eight_bit(picture: Picture) -> Picture:
    if not picture.mode.startswith("I"):
        return picture
    # Pillow clips 16-bit grey on conversion; scale it instead.
    return picture.convert("I").point(lambda level: level / 256).convert("L")
