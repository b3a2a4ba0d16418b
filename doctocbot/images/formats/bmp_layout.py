"""Account for the bytes of a BMP before its pixels: words can stand in them that no viewer shows.

Source: Microsoft BITMAPFILEHEADER to BITMAPV5HEADER (colour tables: RGBTRIPLE, RGBQUAD), OS/2 1.x header.
"""

import struct

_OS2_FIRST, _INFO = 12, 40
_BITFIELDS, _ALPHA_BITFIELDS = 3, 6
_COLOURS_USED = 46


def hides(data: bytes, header_size: int, start: int, bits: int, compression: int) -> bool:
    """Whether anything but zeros stands in reserved fields, or between headers and pixels where no colour is.

    A colour table is accounted for here by its place alone; what stands in entries that no pixel uses is not.
    """
    table = 14 + header_size
    if header_size == _INFO:
        table += {_BITFIELDS: 12, _ALPHA_BITFIELDS: 16}.get(compression, 0)
    entry = 3 if header_size == _OS2_FIRST else 4
    colours = 1 << bits if bits <= 8 else 0
    if colours and header_size >= _INFO and len(data) >= _COLOURS_USED + 4:
        colours = min(colours, struct.unpack_from("<I", data, _COLOURS_USED)[0] or colours)
    end = min(table + entry * colours, start)
    reserved = data[table + 3 : end : 4] if entry == 4 else b""
    return any(data[6:10]) or any(reserved) or any(data[end:start])
