"""Find the end of the codes of a GIF: whatever its sub-blocks hold behind it is no part of the picture.

Source: GIF89a specification, appendix F (variable-length-code LZW).
"""

_MOST_BITS = 12
# More codes than this cost more time than the answer is worth.
_MOST_BYTES = 1 << 19


def codes_end(codes: bytes, least_bits: int) -> int:
    """Count the bytes up to the end-of-information code, that of its last bit included; all, where there is none.

    Only the widths of the codes are followed: nothing is unpacked. More than half a megabyte counts as all picture.
    """
    if len(codes) > _MOST_BYTES:
        return len(codes)
    clear = 1 << least_bits
    width, known, held, bits = least_bits + 1, clear + 2, 0, 0
    fresh = True
    for at, octet in enumerate(codes, start=1):
        held |= octet << bits
        bits += 8
        while bits >= width:
            code = held & ((1 << width) - 1)
            held >>= width
            bits -= width
            if code == clear + 1:
                return at
            if code == clear:
                width, known, fresh = least_bits + 1, clear + 2, True
                continue
            # The first code after a clear adds no entry to the table.
            known += not fresh
            fresh = False
            if known == 1 << width and width < _MOST_BITS:
                width += 1
            known = min(known, 1 << _MOST_BITS)
    return len(codes)
