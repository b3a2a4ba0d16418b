"""Write a PNG from scanlines or exact samples: the target of every format that is not kept in its own.

Source: PNG third edition (W3C, 2025), sections 5, 7, 9 to 11.
"""

import struct
import zlib
from dataclasses import dataclass

import deflate
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from doctocbot.images import pixels
from doctocbot.images.formats import png_filters
from doctocbot.images.model import RefusalReason, RefusedError

GREY, RGB, INDEXED, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
PROFILE_NAME = b"icc"
CHANNELS = {GREY: 1, RGB: 3, INDEXED: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
_KINDS = {1: GREY, 2: GREY_ALPHA, 3: RGB, 4: RGB_ALPHA}
_MODES = {"L": GREY, "RGB": RGB, "LA": GREY_ALPHA, "RGBA": RGB_ALPHA}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE = 1 << 20
# Bytes of scanlines up to which a level of libdeflate is worth its time; all above is packed by the last.
_LEVELS = ((1 << 20, 12), (1 << 22, 9))
_LEVEL = 6
# Above this, input and output of one call would crowd a worker's memory: such scanlines are deflated in pieces.
_MOST_AT_ONCE = 256 << 20


@dataclass(frozen=True, slots=True)
class Header:
    """What IHDR says; `kind` is the colour type, `depth` the bits of a sample."""

    width: int
    height: int
    depth: int
    kind: int
    interlaced: bool

    def scanline_bytes(self) -> int:
        """Count the bytes of all scanlines with their filter bytes, interlaced or not."""
        bits = self.depth * CHANNELS[self.kind]
        passes = _ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        total = 0
        for left, top, across, down in passes:
            columns = -(-(self.width - left) // across)
            lines = -(-(self.height - top) // down)
            if columns > 0 and lines > 0:
                total += lines * (1 + (columns * bits + 7) // 8)
        return total

    def pixel_bytes(self) -> int:
        """Count the bytes of a pixel, as filters do: at least one."""
        return max(1, self.depth * CHANNELS[self.kind] // 8)


def encode(picture: Image.Image, icc: bytes = b"") -> bytes:
    """Encode the samples of a decoded picture, exact as shown, at the depth they have.

    Colours under full transparency turn black and palettes keep only what is used. `icc`, a rebuilt profile, is
    written along; nothing else of the picture is. Raises RefusedError for modes that PNG does not have.
    """
    colour = [(b"iCCP", profile_chunk(icc))] if icc else []
    if picture.mode == "P":
        palette = bytes(picture.getpalette("RGB") or ())
        return encode_indexed(picture, palette, _palette_transparency(picture), colour)
    kind, depth = _kind_and_depth(picture)
    header = Header(picture.width, picture.height, depth, kind, interlaced=False)
    packed = packed_rows_of(pixels.without_hidden_colour(picture), header)
    return assemble(header, packed, b"", b"", colour)


def encode_indexed(
    picture: Image.Image, palette: bytes, transparency: bytes, colour: list[tuple[bytes, bytes]]
) -> bytes:
    """Encode a picture of indices with a palette in which no entry is unused, doubled, or coloured but invisible."""
    picture, palette, transparency = neutral_palette(picture, palette, transparency)
    entries = len(palette) // 3
    depth = next(bits for bits in (1, 2, 4, 8) if entries <= 1 << bits)
    header = Header(picture.width, picture.height, depth, INDEXED, interlaced=False)
    return assemble(header, packed_rows_of(picture, header), palette, transparency, colour)


def encode_deep(
    levels: NDArray[np.uint16], colour: list[tuple[bytes, bytes]], transparency: bytes = b""
) -> bytes:
    """Encode 16-bit samples (height, width, 1 to 4 channels) exactly."""
    height, width, channels = levels.shape
    header = Header(width, height, 16, _KINDS[channels], interlaced=False)
    rows = levels.astype(">u2").view(np.uint8).reshape(height, -1)
    return assemble(header, _packed(rows, header), b"", transparency, colour)


def _kind_and_depth(picture: Image.Image) -> tuple[int, int]:
    if picture.mode in _MODES:
        return _MODES[picture.mode], 8
    if picture.mode == "1":
        return GREY, 1
    if picture.mode in ("I;16", "I;16B", "I;16L"):
        return GREY, 16
    raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)


def _palette_transparency(picture: Image.Image) -> bytes:
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):
        return b"\xff" * transparent + b"\x00"
    return transparent if isinstance(transparent, bytes) else b""


def neutral_palette(
    picture: Image.Image, palette: bytes, transparency: bytes
) -> tuple[Image.Image, bytes, bytes]:
    """Leave of a palette what is seen: one entry for each colour in use, black where it is invisible.

    Two entries of one colour could tell words by which of them a pixel points at. The order of the entries stays.
    """
    used = _used_entries(picture, palette, transparency)
    places: dict[tuple[bytes, int], int] = {}
    lookup = [0] * 256
    for index, colour in used.items():
        lookup[index] = places.setdefault(colour, len(places))
    if any(lookup[index] != index for index in used):
        indices = np.asarray(lookup, np.uint8)[np.asarray(picture)]
        picture = Image.fromarray(indices)
    alphas = bytes(alpha for _, alpha in places).rstrip(b"\xff")
    return picture, b"".join(seen for seen, _ in places), alphas


def hides_in_palette(picture: Image.Image) -> bool:
    """Whether a decoded picture has a palette of which `palette_hides` is true."""
    if picture.mode != "P":
        return False
    return palette_hides(picture, bytes(picture.getpalette("RGB") or ()), _palette_transparency(picture))


def palette_hides(picture: Image.Image, palette: bytes, transparency: bytes) -> bool:
    """Whether a palette holds what is not seen: in entries that no pixel uses, that look the same, or do not show.

    Entries of nothing but zeros are not counted: palettes are filled up with them.
    """
    used = _used_entries(picture, palette, transparency)
    shown = [index for index in used if transparency[index : index + 1] != b"\0"]
    unseen = [palette[3 * index : 3 * index + 3] for index in range(256) if index not in shown]
    alphas = {alpha for index, alpha in enumerate(transparency) if index not in used}
    return len(set(used.values())) < len(used) or any(map(any, unseen)) or not alphas <= {0, 255}


def _used_entries(picture: Image.Image, palette: bytes, transparency: bytes) -> dict[int, tuple[bytes, int]]:
    """Give the colour and alpha of each index in use, as seen; raises RefusedError where the palette ends before it."""
    used = [index for index, count in enumerate(picture.histogram()) if count]
    alphas = transparency.ljust(256, b"\xff")
    # An invisible entry needs no colour: there are GIFs whose transparent index lies beyond their table.
    if any(3 * index + 3 > len(palette) for index in used if alphas[index]):
        raise RefusedError(RefusalReason.DAMAGED)
    return {
        index: (palette[3 * index : 3 * index + 3] if alphas[index] else bytes(3), alphas[index])
        for index in used
    }


def packed_rows_of(picture: Image.Image, header: Header, kinds: NDArray[np.uint8] | None = None) -> bytes:
    """Lay the samples of a decoded picture out as deflated scanlines at the header's depth.

    `kinds` are the filters (0-4) that the original had for its rows, where it has the same rows but for a few pixels.
    """
    return _packed(packed_lines(picture, header), header, kinds)


def _packed(rows: NDArray[np.uint8], header: Header, kinds: NDArray[np.uint8] | None = None) -> bytes:
    """Deflate rows filtered in some ways, and take the shortest: which it will be, no rule of thumb knows."""
    packed = deflated(png_filters.unfiltered(rows))
    for choice in (None,) if kinds is None else (None, kinds):
        packed = min(packed, deflated(png_filters.filtered(rows, header.pixel_bytes(), choice)), key=len)
    return packed


def packed_lines(picture: Image.Image, header: Header) -> NDArray[np.uint8]:
    """Lay the samples of a decoded picture out as rows of bytes at the header's depth, filled up with zeros."""
    if header.depth == 16:
        samples = np.asarray(picture).astype(">u2")
        return samples.view(np.uint8).reshape(header.height, -1)
    if header.depth == 8:
        return np.asarray(picture, np.uint8).reshape(header.height, -1)
    levels = np.asarray(picture.convert("L") if picture.mode == "1" else picture, np.uint8)
    if header.kind == GREY:
        levels = levels // (255 // ((1 << header.depth) - 1))
    bits = np.unpackbits(levels.reshape(header.height, -1, 1), axis=2)[:, :, 8 - header.depth :]
    return np.packbits(bits.reshape(header.height, -1), axis=1)


def allowed_colour(name: bytes, body: bytes) -> bool:
    """Whether a colour chunk holds nothing but plausible numbers."""
    if name == b"sRGB":
        return len(body) == 1 and body[0] <= 3
    if name == b"gAMA":
        return len(body) == 4 and 10_000 <= int.from_bytes(body, "big") <= 1_000_000
    if name == b"cHRM":
        return len(body) == 32 and all(value <= 200_000 for value in struct.unpack(">8I", body))
    if name == b"cICP":
        return (
            len(body) == 4
            and body[0] in (1, 9, 12)
            and body[1] in (1, 8, 13, 16, 18)
            and body[2:] == b"\x00\x01"
        )
    return False


def profile_chunk(icc: bytes) -> bytes:
    """Lay out the body of an iCCP chunk under a neutral name."""
    return PROFILE_NAME + b"\x00\x00" + zlib.compress(icc, 9)


def assemble(
    header: Header,
    packed: bytes,
    palette: bytes,
    transparency: bytes,
    colour: list[tuple[bytes, bytes]],
) -> bytes:
    """Write the file: header, colour, palette, transparency, the deflated scanlines in IDAT chunks, end."""
    kind = struct.pack(
        ">IIBBBBB", header.width, header.height, header.depth, header.kind, 0, 0, int(header.interlaced)
    )
    parts = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", kind)]
    parts += [_chunk(name, body) for name, body in colour]
    if palette:
        parts.append(_chunk(b"PLTE", palette))
    if transparency:
        parts.append(_chunk(b"tRNS", transparency))
    parts += [_chunk(b"IDAT", packed[at : at + _PIECE]) for at in range(0, len(packed), _PIECE)]
    parts.append(_chunk(b"IEND", b""))
    return b"".join(parts)


def deflated(rows: bytes | bytearray) -> bytes:
    """Deflate scanlines into one zlib stream, always the same for the same scanlines.

    The level depends on their length alone, never on how hard the original was packed: else a picture scrubbed twice
    would not be the same bytes.
    """
    if len(rows) > _MOST_AT_ONCE:
        # An original of 40 MB at most: nothing that long is packed badly by any library.
        packer = zlib.compressobj(_LEVEL)
        pieces = [packer.compress(rows[at : at + _PIECE]) for at in range(0, len(rows), _PIECE)]
        return b"".join([*pieces, packer.flush()])
    level = next((level for most, level in _LEVELS if len(rows) <= most), _LEVEL)
    return bytes(deflate.zlib_compress(rows, level))


def _chunk(name: bytes, body: bytes) -> bytes:
    return (
        struct.pack(">I4s", len(body), name)
        + body
        + struct.pack(">I", deflate.crc32(body, deflate.crc32(name)))
    )
