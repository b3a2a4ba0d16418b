"""PNG: keep the filtered scanlines and their depth where they hold nothing but what is seen, and write the rest anew.

Where the scanlines cannot be carried over as they are, the samples are written again at the depth they had: a picture
to be turned, bits of padding at the end of each row, a palette, colour under full transparency. Carried over are also
the filter bytes, five choices a row that a hostile encoder could spell words with; they are part of the coded picture,
as coefficients are in a JPEG, and no tool that writes metadata touches them.
Source: PNG third edition (W3C, 2025), sections 4.3, 7, 9, 11.
"""

import numpy as np
from numpy.typing import NDArray

from doctocbot.images import deep, pixels, profile
from doctocbot.images.formats import png_filters, png_writer
from doctocbot.images.formats.png_chunks import Parsed, inflated, parse
from doctocbot.images.formats.png_writer import Header
from doctocbot.images.model import Candidate, Outcome, RefusalReason, RefusedError, Removals, Removed

_MIMETYPE = "image/png"
_Colour = list[tuple[bytes, bytes]]


def clean(data: bytes) -> Candidate:
    """Propose the same pixels at the same depth without anything else; raises RefusedError where it cannot."""
    parsed = parse(data)
    colour = _colour_chunks(parsed)
    rows = inflated(parsed)
    if colour is None:
        return _converted(data, parsed)
    output = None
    if parsed.orientation == 1:
        output = _carried_over(data, parsed, rows, colour)
    else:
        parsed.removed[Removed.ORIENTATION] += 1
    if output is None and parsed.header.depth == 16:
        output = _rewritten_deep(data, parsed, colour)
    elif output is None:
        output = _rewritten(data, parsed, rows, colour)
    return Candidate(output, _MIMETYPE, Outcome.LOSSLESS, Removals(parsed.removed), parsed.orientation)


def _carried_over(data: bytes, parsed: Parsed, rows: bytearray, colour: _Colour) -> bytes | None:
    """Write the file around the scanlines as they are, or give None where they could hold what is not seen."""
    header = parsed.header
    if header.depth < 8 or header.kind == png_writer.INDEXED:
        return None
    if header.kind in (png_writer.GREY_ALPHA, png_writer.RGB_ALPHA) and _hides_colour(data, header):
        return None
    transparency = _seen_transparency(data, parsed)
    return png_writer.assemble(header, png_writer.deflated(rows), b"", transparency, colour)


def _hides_colour(data: bytes, header: Header) -> bool:
    if header.depth == 8:
        return pixels.hides_colour(pixels.load(data, _MIMETYPE))
    return deep.hides_colour(deep.samples(data, _MIMETYPE))


def _seen_transparency(data: bytes, parsed: Parsed) -> bytes:
    """Give the body of tRNS for grey and RGB within the depth it is for, or nothing where no pixel has its colour."""
    header, body = parsed.header, parsed.transparency
    if not body or header.kind not in (png_writer.GREY, png_writer.RGB):
        return b""
    most = (1 << header.depth) - 1
    key = [int.from_bytes(body[at : at + 2], "big") & most for at in range(0, len(body), 2)]
    if header.depth == 16:
        levels: np.ndarray[tuple[int, ...], np.dtype[np.uint16]] = deep.samples(data, _MIMETYPE)
    else:
        picture = pixels.load(data, _MIMETYPE)
        shallow = np.asarray(picture.convert("L") if picture.mode == "1" else picture, np.uint16)
        levels = shallow.reshape(header.height, header.width, -1) // (255 // most)
    seen = bool((levels == key).all(axis=2).any())
    kept = b"".join(level.to_bytes(2, "big") for level in key) if seen else b""
    if kept != body:
        parsed.removed[Removed.OTHER] += 1
    return kept


def _rewritten(data: bytes, parsed: Parsed, rows: bytearray, colour: _Colour) -> bytes:
    header = parsed.header
    picture = pixels.upright(pixels.load(data, _MIMETYPE), parsed.orientation)
    parsed.removed[Removed.OTHER] += pixels.hides_colour(picture)
    parsed.removed[Removed.OTHER] += _pads_with_more_than_zeros(data, header, rows)
    if header.kind == png_writer.INDEXED:
        if png_writer.palette_hides(picture, parsed.palette, parsed.transparency):
            parsed.removed[Removed.OTHER] += 1
        return png_writer.encode_indexed(picture, parsed.palette, parsed.transparency, colour)
    turned = Header(picture.width, picture.height, header.depth, header.kind, interlaced=False)
    kinds = _filters(header, rows) if parsed.orientation == 1 else None
    packed = png_writer.packed_rows_of(pixels.without_hidden_colour(picture), turned, kinds)
    return png_writer.assemble(turned, packed, b"", _seen_transparency(data, parsed), colour)


def _pads_with_more_than_zeros(data: bytes, header: Header, rows: bytearray) -> bool:
    """Whether the last byte of a row may hold bits of no pixel; of interlaced rows that is not looked into."""
    if header.width * header.depth % 8 == 0 and not header.interlaced:
        return False
    kinds = _filters(header, rows)
    if kinds is None:
        return header.depth < 8
    lines = png_writer.packed_lines(pixels.load(data, _MIMETYPE), header)
    return png_filters.filtered(lines, header.pixel_bytes(), kinds) != rows


def _filters(header: Header, rows: bytearray) -> NDArray[np.uint8] | None:
    if header.interlaced:
        return None
    return np.frombuffer(rows, np.uint8).reshape(header.height, -1)[:, 0].copy()


def _rewritten_deep(data: bytes, parsed: Parsed, colour: _Colour) -> bytes:
    stored = deep.samples(data, _MIMETYPE)
    parsed.removed[Removed.OTHER] += deep.hides_colour(stored)
    levels = deep.without_hidden_colour(stored)
    del stored
    transparency = _seen_transparency(data, parsed)
    return png_writer.encode_deep(deep.upright(levels, parsed.orientation), colour, transparency)


def _converted(data: bytes, parsed: Parsed) -> Candidate:
    if parsed.header.depth == 16:
        # The colour engine at hand takes and gives 8 bits.
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    picture = pixels.srgb(pixels.load(data, _MIMETYPE), parsed.icc)
    picture = pixels.without_hidden_colour(pixels.bare(pixels.upright(picture, parsed.orientation)))
    removed = Removals(parsed.removed)
    return Candidate(
        png_writer.encode(picture), _MIMETYPE, Outcome.REENCODED, removed, srgb=True, reference=picture
    )


def _colour_chunks(parsed: Parsed) -> _Colour | None:
    """Build the colour chunks to write, or None where the picture must be turned to sRGB."""
    colour = {name: body for name, body in parsed.colour.items() if png_writer.allowed_colour(name, body)}
    parsed.removed[Removed.OTHER] += len(parsed.colour) - len(colour)
    grey = parsed.header.kind in (png_writer.GREY, png_writer.GREY_ALPHA)
    space = b"GRAY" if grey else b"RGB "
    # Readers go by cICP where there is one, whatever a profile says.
    icc = parsed.icc if b"cICP" not in colour else b""
    rebuilt = profile.rebuild(icc, space) if icc else None
    if parsed.profile_changes or (parsed.icc and rebuilt != parsed.icc):
        parsed.removed[Removed.PROFILE] += 1
    if rebuilt is not None:
        return [(b"iCCP", png_writer.profile_chunk(rebuilt))]
    if icc and profile.usable(icc, space):
        return None
    if b"cICP" in colour:
        colour = {b"cICP": colour[b"cICP"]}
    elif b"sRGB" in colour and not icc:
        colour = {b"sRGB": colour[b"sRGB"]}
    return sorted(colour.items())
