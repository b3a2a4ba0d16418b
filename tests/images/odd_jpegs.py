"""Odd JPEGs, built by hand, each with its expected fate."""

import io

import numpy as np
from PIL import Image

from doctocbot.images import RefusalReason
from tests.images import metadata
from tests.images.coded_jpeg import EOI, HUFFMAN, JFIF, Coded, Part, adobe, huffman, quantisation
from tests.images.metadata import jpeg_segment

NAME = b"DUPONT Jean 1950"
WORDS_AS_STEPS = quantisation(0, (NAME * 4)[:64])
WORDS_AS_CODES = jpeg_segment(0xC4, b"\x13" + bytes((0, 0, 0, 0, 16, *(0,) * 11)) + NAME)
TABLES = Coded().tables
CODES = huffman(0x00, HUFFMAN[0x00]) + huffman(0x10, HUFFMAN[0x10])
PLAIN = Coded()
RGB_NUMBERS = Coded(parts=tuple(Part(number) for number in b"RGB"))
INKS = Coded(parts=tuple(Part(number) for number in (1, 2, 3, 4)))
GREY = Coded(parts=(Part(1),))
SLOTS = (Part(1, 2, 2, 2), Part(2, 1, 1, 3), Part(3, 1, 1, 2))


def pieces(*parts: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(parts) + EOI


def numbered(*numbers: int) -> Coded:
    return Coded(parts=(Part(numbers[0], 2, 2), *(Part(number) for number in numbers[1:])))


def sampled(*factors: tuple[int, int]) -> Coded:
    parts = tuple(Part(number, *pair) for number, pair in enumerate(factors, start=1))
    return Coded(parts=parts, width=53, height=37)


def with_steps(*tables: bytes, marker: int = 0xC0) -> bytes:
    return Coded(tables=b"".join(tables) + CODES, marker=marker).picture(JFIF)


def scans_with(segment: bytes, after: bytes = b"") -> bytes:
    first, rest = PLAIN.scan(0), PLAIN.scan(1) + PLAIN.scan(2)
    return pieces(JFIF, TABLES, PLAIN.frame(), first, segment, rest, after)


def progressive() -> bytes:
    buffer = io.BytesIO()
    levels = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(levels).save(buffer, "JPEG", progressive=True, quality=60)
    return buffer.getvalue()


def first_scans(count: int) -> bytes:
    """A progressive picture whose last scans are missing, politely ended."""
    data = progressive()
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    tables = data.rindex(b"\xff\xc4", 0, starts[count])
    return data[: tables if data[tables - 2 : tables] != b"\xff\x00" else starts[count]] + EOI


# Other ways to code the one picture of PLAIN: they must not be told apart once clean.
SAME = {
    "plain": PLAIN.picture(JFIF),
    "no marker": PLAIN.picture(),
    "numbers from 0": numbered(0, 1, 2).picture(JFIF),
    "numbers that spell": numbered(*b"DUP").picture(JFIF),
    "numbers that spell, no marker": numbered(*b"DUP").picture(),
    "adobe YCbCr": PLAIN.picture(adobe(1)),
    "adobe YCbCr before JFIF": PLAIN.picture(adobe(1), JFIF),
    "adobe RGB overruled by JFIF": PLAIN.picture(JFIF, adobe(0)),
    "JFIF after adobe RGB": PLAIN.picture(adobe(0), JFIF),
    "two adobe markers": PLAIN.picture(adobe(0), adobe(1)),
    "unknown adobe transform": PLAIN.picture(adobe(77)),
    "adobe RGB after the first scan": scans_with(adobe(0)),
    "JFIF 2.1": PLAIN.picture(jpeg_segment(0xE0, b"JFIF\0\2\1\0\0\1\0\1\0\0")),
    "a scan for each component": PLAIN.picture(JFIF, scans=[[0], [1], [2]]),
    "scans in another order": PLAIN.picture(JFIF, scans=[[2], [1], [0]]),
    "colours in one scan": PLAIN.picture(JFIF, scans=[[0], [1, 2]]),
    "restart after every unit": Coded(restart=1).picture(JFIF),
    "restart after every block of a scan": Coded(restart=1).picture(JFIF, scans=[[0], [1], [2]]),
    "restart never reached": Coded(restart=1000).picture(JFIF),
    "a restart after the last unit": Coded(restart=1).picture(JFIF)[:-2] + b"\xff\xd5" + EOI,
    "unused codes": PLAIN.picture(JFIF, WORDS_AS_CODES),
    "codes overwritten": PLAIN.picture(JFIF, jpeg_segment(0xC4, b"\x00" + WORDS_AS_CODES[5:])),
    "codes after the scan": PLAIN.picture(JFIF)[:-2] + WORDS_AS_CODES + EOI,
    "codes in one segment": Coded(
        tables=quantisation(0, [3] * 64)
        + jpeg_segment(0xC4, b"\x00" + HUFFMAN[0x00] + b"\x10" + HUFFMAN[0x10])
    ).picture(JFIF),
    "no codes, which means the standard's": Coded(tables=quantisation(0, [3] * 64)).picture(JFIF),
    "unused steps": PLAIN.picture(JFIF, quantisation(3, (NAME * 4)[:64])),
    "steps overwritten": PLAIN.picture(JFIF, WORDS_AS_STEPS),
    "steps repeated between scans": scans_with(quantisation(0, [3] * 64)),
    "small steps of 16 bits": with_steps(quantisation(0, [3] * 64, wide=True)),
    "equal steps in two slots": Coded(
        parts=SLOTS, tables=quantisation(2, [3] * 64) + quantisation(3, [3] * 64) + CODES
    ).picture(JFIF),
    "extended sequential": Coded(marker=0xC1).picture(JFIF),
    "scan parameters that spell": pieces(JFIF, TABLES, PLAIN.frame(), PLAIN.scan(0, 1, 2, parameters=b"DUP")),
    "fill bytes": PLAIN.picture(JFIF).replace(b"\xff\xda", b"\xff" * 9 + b"\xff\xda", 1),
    "fill bytes before the end": PLAIN.picture(JFIF)[:-2] + b"\xff" * 7 + EOI,
    "comment between scans": scans_with(jpeg_segment(0xFE, NAME)),
    "comment after the scan": PLAIN.picture(JFIF)[:-2] + jpeg_segment(0xFE, NAME) + EOI,
    "orientation after the scan": PLAIN.picture(JFIF)[:-2]
    + jpeg_segment(0xE1, b"Exif\0\0" + metadata.tiff_block(orientation=6))
    + EOI,
    "profile with a piece missing": PLAIN.picture(jpeg_segment(0xE2, b"ICC_PROFILE\0\1\2" + NAME * 20)),
    "scan after the end": PLAIN.picture(JFIF) + PLAIN.scan(0) + EOI,
    "picture after the end": PLAIN.picture(JFIF) * 2,
}


def flat(words: bytes) -> bytes:
    """A picture of one grey, with words in the place of all steps but the first."""
    buffer = io.BytesIO()
    Image.new("L", (40, 24), 90).save(buffer, "JPEG", qtables=[[8] * 64])
    return buffer.getvalue().replace(quantisation(0, [8] * 64), quantisation(0, (b"\x08" + words * 8)[:64]))


FLAT = {words: flat(words) for words in (NAME, b"other words")}
CARRIED_OVER = {
    **SAME,
    "RGB by numbers": RGB_NUMBERS.picture(),
    "RGB numbers overruled by JFIF": RGB_NUMBERS.picture(JFIF),
    "RGB numbers overruled by adobe": RGB_NUMBERS.picture(adobe(1)),
    "RGB by adobe": PLAIN.picture(adobe(0)),
    "JFIF between frame and scan": pieces(TABLES, RGB_NUMBERS.frame(), JFIF, RGB_NUMBERS.scan(0, 1, 2)),
    "grey": GREY.picture(JFIF),
    "grey by adobe": GREY.picture(adobe(0)),
    "grey sampled 2x2": Coded(parts=(Part(1, 2, 2),), width=41, height=27).picture(JFIF),
    "grey sampled 2x2, restarts": Coded(parts=(Part(1, 2, 2),), restart=1).picture(JFIF),
    "inks": INKS.picture(),
    "inks with JFIF": INKS.picture(JFIF),
    "inks by adobe": INKS.picture(adobe(0)),
    "YCCK": INKS.picture(adobe(2)),
    "YCCK by an odd transform": INKS.picture(adobe(1)),
    "YCCK of fewer colours": Coded(parts=(Part(1, 2, 2), Part(2), Part(3), Part(4, 2, 2))).picture(adobe(2)),
    "4:4:4": sampled((1, 1), (1, 1), (1, 1)).picture(JFIF),
    "4:2:2": sampled((2, 1), (1, 1), (1, 1)).picture(JFIF),
    "4:4:0": sampled((1, 2), (1, 1), (1, 1)).picture(JFIF),
    "4:1:1": sampled((4, 1), (1, 1), (1, 1)).picture(JFIF),
    "4:4:1": sampled((1, 4), (1, 1), (1, 1)).picture(JFIF),
    "4:1:0": sampled((4, 2), (1, 1), (1, 1)).picture(JFIF),
    "3x1": sampled((3, 1), (1, 1), (1, 1)).picture(JFIF),
    "3x2 in scans": sampled((3, 2), (1, 1), (1, 1)).picture(JFIF, scans=[[0], [1], [2]]),
    "colours finer than light": sampled((1, 1), (2, 2), (2, 2)).picture(JFIF),
    "all different": sampled((2, 2), (2, 1), (1, 2)).picture(JFIF),
    "2x1 thrice": sampled((2, 1), (2, 1), (2, 1)).picture(JFIF),
    "large steps": with_steps(quantisation(0, [3] * 60 + [300] * 4, wide=True)),
    "large steps, extended": with_steps(quantisation(0, [3] * 60 + [300] * 4, wide=True), marker=0xC1),
    "largest steps": with_steps(quantisation(0, [65535] * 64, wide=True)),
    "steps in slots 2 and 3": Coded(
        parts=SLOTS, tables=quantisation(2, [3] * 64) + quantisation(3, [5] * 64) + CODES
    ).picture(JFIF),
    "one pixel": Coded(width=1, height=1).picture(JFIF),
    "one column": Coded(parts=(Part(1),), width=1, height=65500).picture(JFIF),
    "one row": Coded(parts=(Part(1),), width=9000, height=1).picture(JFIF),
    "progressive": progressive(),
}
ENCODED_AGAIN = {
    "steps changed between scans": scans_with(quantisation(0, [9] * 64)),
    "steps changed after the scan": PLAIN.picture(JFIF)[:-2] + WORDS_AS_STEPS + EOI,
    "a step of nothing": with_steps(quantisation(0, [3] * 63 + [0])),
    "more blocks than a unit can hold": sampled((4, 4), (1, 1), (1, 1)).picture(JFIF, scans=[[0], [1], [2]]),
}
CUT, BAD, UNREAD = RefusalReason.TRUNCATED, RefusalReason.DAMAGED, RefusalReason.UNSUPPORTED_VARIANT
RESTARTS = Coded(restart=1).picture(JFIF)
REFUSED = {
    "cut": (PLAIN.picture(JFIF)[:-60], CUT),
    "cut, end mended": (PLAIN.picture(JFIF)[:-60] + EOI, CUT),
    "three bytes short, end mended": (PLAIN.picture(JFIF)[:-5] + EOI, CUT),
    "no end": (PLAIN.picture(JFIF)[:-2], CUT),
    "half an end": (PLAIN.picture(JFIF)[:-1], CUT),
    "no scan": (pieces(JFIF, TABLES, PLAIN.frame()), CUT),
    "a component missing": (PLAIN.picture(JFIF, scans=[[0], [1]]), CUT),
    "last component cut": (PLAIN.picture(JFIF, scans=[[0], [1], [2]])[:-30] + EOI, CUT),
    "first progressive scan alone": (first_scans(1), CUT),
    "last progressive scan missing": (first_scans(-1), CUT),
    "last progressive scan cut": (progressive()[:-9] + EOI, CUT),
    "a component twice": (PLAIN.picture(JFIF, scans=[[0], [1], [2], [0]]), BAD),
    "two components of one number": (Coded(parts=(Part(1), Part(1), Part(1))).picture(JFIF), BAD),
    "components out of order": (PLAIN.picture(JFIF, scans=[[1, 0, 2]]), BAD),
    "two components": (Coded(parts=(Part(1), Part(2))).picture(JFIF), BAD),
    "restart misnumbered": (RESTARTS.replace(b"\xff\xd3", b"\xff\xd5", 1), BAD),
    "restart missing": (RESTARTS.replace(b"\xff\xd3", b"", 1), BAD),
    "restarts after the codes": (RESTARTS[:-2] + b"\xff\xd0\xff\xd3" + EOI, BAD),
    "words after the codes": (PLAIN.picture(JFIF)[:-2] + NAME + EOI, BAD),
    "words between segments": (PLAIN.picture(JFIF).replace(b"\xff\xda", NAME + b"\xff\xda", 1), BAD),
    "a byte between segments": (PLAIN.picture(JFIF).replace(b"\xff\xda", b"\0\xff\xda", 1), BAD),
    "words in the restart interval": (PLAIN.picture(JFIF, jpeg_segment(0xDD, b"\0\0" + NAME)), BAD),
    "words after a table": (PLAIN.picture(JFIF, jpeg_segment(0xC4, b"\3" + HUFFMAN[0] + NAME)), BAD),
    "words in the frame": (
        pieces(JFIF, TABLES, jpeg_segment(0xC0, PLAIN.frame()[4:] + NAME), PLAIN.scan(0, 1, 2)),
        BAD,
    ),
    "table in slot 9": (PLAIN.picture(JFIF, huffman(9, HUFFMAN[0])), BAD),
    "no steps": (with_steps(), BAD),
    "two frames": (pieces(JFIF, TABLES, PLAIN.frame(), PLAIN.frame(), PLAIN.scan(0, 1, 2)), BAD),
    "no frame": (pieces(JFIF, TABLES, PLAIN.scan(0, 1, 2)), BAD),
    "two starts": (b"\xff\xd8" + PLAIN.picture(JFIF), BAD),
    "height told later": (
        pieces(JFIF, TABLES, Coded(height=0).frame(), PLAIN.scan(0, 1, 2), jpeg_segment(0xDC, b"\0\x18")),
        BAD,
    ),
    "more rows than told": (
        pieces(JFIF, TABLES, Coded(height=8).frame(), PLAIN.scan(0, 1, 2)),
        BAD,
    ),
    "sequential scan in a progressive frame": (Coded(marker=0xC2).picture(JFIF), BAD),
    "expansion": (PLAIN.picture(JFIF, jpeg_segment(0xDF, b"\x11")), BAD),
    "12 bits": (PLAIN.picture(JFIF).replace(PLAIN.frame()[:5], PLAIN.frame()[:4] + b"\x0c", 1), UNREAD),
    "arithmetic codes": (Coded(marker=0xC9).picture(JFIF), UNREAD),
    "lossless process": (Coded(marker=0xC3).picture(JFIF), UNREAD),
    "65535 rows": (Coded(parts=(Part(1),), width=1, height=65535).picture(JFIF), UNREAD),
}
