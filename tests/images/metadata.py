"""Metadata that gives a patient away, made by hand so that tests know every identifier in it."""

import struct
import zlib
from typing import TypeAlias

Entry: TypeAlias = tuple[int, int, int, bytes | int]
"""One entry of a directory: tag, type, count, and its value (a number stands in the entry itself)."""

# One name, written in every way that a program might write it.
NAME = "Marguerite Lavalliere"
PLACE = "Saint-Malo 48.6493N"
SERIAL = "SN-7731-KRT-0042"
FILE_NAME = "IMG_lavalliere_1947.jpg"
IDENTIFIERS = (NAME, PLACE, SERIAL, FILE_NAME)


def needles() -> tuple[bytes, ...]:
    """Every identifier in ASCII and both UTF-16s: none may stand in any output."""
    encodings = ("ascii", "utf-16-le", "utf-16-be")
    return tuple(words.encode(encoding) for words in IDENTIFIERS for encoding in encodings)


def tiff_block(
    order: str = "<",
    orientation: int = 1,
    *,
    thumbnail: bytes = b"",
    gps: bool = True,
    rich: bool = True,
    comment: bytes = b"",
    maker_note: bytes = b"",
) -> bytes:
    """An EXIF block (without its `Exif` head) in the byte order given, with names, places, dates and serials.

    `comment` is a whole UserComment, its eight bytes of encoding included; it and `maker_note` have a usual value.
    """
    first: list[Entry] = [(0x0112, 3, 1, orientation)]
    inner: list[Entry] = []
    if rich:
        utf16 = NAME.encode("utf-16-le") + b"\0\0"
        comment = comment or b"UNICODE\0" + NAME.encode("utf-16-le" if order == "<" else "utf-16-be")
        note = maker_note or b"MakerNote " + SERIAL.encode().ljust(30, b"\0")
        first += [
            text_entry(0x010E, NAME),
            text_entry(0x0110, "Phone 12"),
            text_entry(0x0132, "2026:10:03 09:12:44"),
            text_entry(0x013B, NAME),
            *((tag, 1, len(utf16), utf16) for tag in range(0x9C9B, 0x9CA0)),
        ]
        inner = [
            text_entry(0x9003, "2026:10:03 09:12:44"),
            (0x927C, 7, len(note), note),
            (0x9286, 7, len(comment), comment),
            text_entry(0xA431, SERIAL),
        ]
    place = [text_entry(0x001D, "2026:10:03"), text_entry(0x001B, PLACE)] if gps else []
    return _assemble(order, first, inner, place, thumbnail)


def text_entry(tag: int, words: str) -> Entry:
    """An entry of ASCII text, with its final zero."""
    text = words.encode("ascii") + b"\0"
    return tag, 2, len(text), text


def _assemble(
    order: str,
    first: list[Entry],
    inner: list[Entry],
    place: list[Entry],
    thumbnail: bytes,
) -> bytes:
    count = len(first) + bool(inner) + bool(place)
    at = 8 + 2 + 12 * count + 4
    first_extra, at = _extra(first, at)
    inner_at = at
    inner_block, at = directory(order, inner, inner_at) if inner else (b"", at)
    place_at = at
    place_block, at = directory(order, place, place_at) if place else (b"", at)
    entries = list(first)
    entries += [(0x8769, 4, 1, inner_at)] if inner else []
    entries += [(0x8825, 4, 1, place_at)] if place else []
    head, _ = directory(order, sorted(entries, key=lambda entry: entry[0]), 8, at if thumbnail else 0)
    tail = b""
    if thumbnail:
        second: list[Entry] = [
            (0x0201, 4, 1, at + 2 + 24 + 4),
            (0x0202, 4, 1, len(thumbnail)),
        ]
        tail = directory(order, second, at)[0] + thumbnail
    magic = b"II*\0" if order == "<" else b"MM\0*"
    block = magic + struct.pack(order + "I", 8) + head + inner_block + place_block + tail
    assert len(first_extra) == len(head) - (2 + 12 * count + 4)
    return block


def _extra(entries: list[Entry], at: int) -> tuple[bytes, int]:
    extra = b"".join(value for *_, value in entries if isinstance(value, bytes) and len(value) > 4)
    return extra, at + len(extra)


def directory(order: str, entries: list[Entry], start: int, following: int = 0) -> tuple[bytes, int]:
    """A directory that stands at `start`, with the values that its entries point at, and where it ends."""
    table, extra = struct.pack(order + "H", len(entries)), b""
    at = start + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        table += struct.pack(order + "HHI", tag, kind, count)
        if isinstance(value, int):
            table += struct.pack(
                order + ("HH" if kind == 3 else "I"), *((value, 0) if kind == 3 else (value,))
            )
        elif len(value) <= 4:
            table += value.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", at + len(extra))
            extra += value
    return table + struct.pack(order + "I", following) + extra, at + len(extra)


def xmp() -> bytes:
    """An XMP packet that names the person and the place."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f"<dc:creator>{NAME}</dc:creator><exif:GPSLatitude>{PLACE}</exif:GPSLatitude>"
        f"<xmp:CreateDate>2026-10-03</xmp:CreateDate><aux:SerialNumber>{SERIAL}</aux:SerialNumber>"
        '</x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def iptc_record() -> bytes:
    """An IPTC record: byline, city, date, file name."""
    return b"".join(
        b"\x1c\x02" + bytes((dataset,)) + struct.pack(">H", len(words)) + words.encode()
        for dataset, words in ((80, NAME), (90, PLACE), (55, "20261003"), (5, FILE_NAME))
    )


def photoshop() -> bytes:
    """A Photoshop block with an IPTC record."""
    record = iptc_record()
    return b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record


def icc_with_owner(base: bytes) -> bytes:
    """The profile given, with an owner's name appended as a private tag and a date and serial in its header."""
    count = struct.unpack_from(">I", base, 128)[0]
    table = base[132 : 132 + 12 * count]
    moved = b"".join(
        struct.pack(">4sII", name, offset + 12, size)
        for name, offset, size in struct.iter_unpack(">4sII", table)
    )
    body = base[132 + 12 * count :]
    words = b"text\0\0\0\0" + NAME.encode() + b"\0" + SERIAL.encode() + b"\0"
    size = len(base) + 12 + len(words)
    header = bytearray(base[:128])
    header[0:4] = struct.pack(">I", size)
    header[24:36] = struct.pack(">6H", 2026, 10, 3, 9, 12, 44)
    header[48:56] = b"KRT-0042"
    entry = struct.pack(">4sII", b"ownr", len(base) + 12, len(words))
    return bytes(header) + struct.pack(">I", count + 1) + moved + entry + body + words


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    """One JPEG marker segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def png_chunk(name: bytes, body: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def riff_chunk(name: bytes, body: bytes) -> bytes:
    """One RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
