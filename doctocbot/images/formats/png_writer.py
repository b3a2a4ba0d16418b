"""Write a PNG from scanlines or exact samples: the target of every format that is not kept in its own."""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from doctocbot.images.model import RefusalReason, RefusedError

GREY, RGB, INDEXED, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
PROFILE_NAME = b"icc"
_CHANNELS = {GREY: 1, RGB: 3, INDEXED: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
_MODES = {"L": GREY, "RGB": RGB, "LA": GREY_ALPHA, "RGBA": RGB_ALPHA}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE = 1 << 20


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
        bits = self.depth * _CHANNELS[self.kind]
        passes = _ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        total = 0
        for left, top, across, down in passes:
            columns = -(-(self.width - left) // across)
            lines = -(-(self.height - top) // down)
            if columns > 0 and lines > 0:
                total += lines * (1 + (columns * bits + 7) // 8)
        return total


def encode(picture: Image.Image, icc: bytes = b"") -> bytes:
    """Encode the exact samples of a decoded picture at the depth they have; raises RefusedError for other modes.

    `icc`, a rebuilt profile, is written along; nothing else of the picture is.
    """
    palette = transparency = b""
    if picture.mode == "P":
        palette = bytes(picture.getpalette("RGB") or ())
        palette, transparency = used_palette(picture, palette, _palette_transparency(picture))
    kind, depth = _kind_and_depth(picture, len(palette) // 3)
    header = Header(picture.width, picture.height, depth, kind, interlaced=False)
    colour = [(b"iCCP", profile_chunk(icc))] if icc else []
    return assemble(header, packed_rows_of(picture, header), palette, transparency, colour)


def _kind_and_depth(picture: Image.Image, entries: int) -> tuple[int, int]:
    if picture.mode in _MODES:
        return _MODES[picture.mode], 8
    if picture.mode == "P":
        return INDEXED, next(bits for bits in (1, 2, 4, 8) if entries <= 1 << bits)
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


def used_palette(picture: Image.Image, palette: bytes, transparency: bytes) -> tuple[bytes, bytes]:
    """Blank the palette entries that no pixel uses and cut those after the last used one."""
    used = [index for index, count in enumerate(picture.histogram()) if count]
    if used[-1] * 3 + 3 > len(palette):
        raise RefusedError(RefusalReason.DAMAGED)
    kept = bytearray(3 * (used[-1] + 1))
    alpha = bytearray(b"\xff" * (used[-1] + 1))
    for index in used:
        kept[3 * index : 3 * index + 3] = palette[3 * index : 3 * index + 3]
        if index < len(transparency):
            alpha[index] = transparency[index]
    return bytes(kept), bytes(alpha).rstrip(b"\xff")


def packed_rows_of(picture: Image.Image, header: Header) -> bytes:
    """Lay the samples of a decoded picture out as deflated scanlines at the header's depth."""
    # Few colours are quick to deflate, and their tools deflate them hard: keep up with those.
    level = 9 if header.depth < 8 or header.kind == INDEXED else 6
    return deflated([_rows_of(picture, header)], level)


def _rows_of(picture: Image.Image, header: Header) -> bytes:
    lines = _packed_lines(picture, header)
    filtered = np.empty((lines.shape[0], lines.shape[1] + 1), np.uint8)
    if header.depth < 8 or header.kind == INDEXED:
        filtered[:, 0] = 0
        filtered[:, 1:] = lines
    else:
        filtered[:, 0] = 2
        filtered[0, 1:] = lines[0]
        np.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])
    return filtered.tobytes()


def _packed_lines(picture: Image.Image, header: Header) -> NDArray[np.uint8]:
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


def deflated(rows: Iterable[bytes], level: int = 6) -> bytes:
    """Deflate scanlines into one zlib stream."""
    packer = zlib.compressobj(level)
    pieces = [packer.compress(piece) for piece in rows]
    return b"".join([*pieces, packer.flush()])


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), name) + body + struct.pack(">I", zlib.crc32(name + body))
