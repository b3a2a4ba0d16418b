"""Count what XMP, IPTC and text blocks give away, so that the author can be told; nothing in them is ever kept."""

import re
from collections import Counter
from itertools import islice

from doctocbot.images.model import MOST_COUNTED, Removed

_XMP_SIGNS: tuple[tuple[bytes, Removed], ...] = (
    (b"GPS", Removed.PLACE),
    (b"photoshop:City", Removed.PLACE),
    (b"Location", Removed.PLACE),
    (b"Date", Removed.DATE),
    (b"tiff:Model", Removed.DEVICE),
    (b"SerialNumber", Removed.DEVICE),
    (b"CreatorTool", Removed.DEVICE),
    (b"dc:creator", Removed.NAME),
    (b"PersonInImage", Removed.NAME),
    (b"OwnerName", Removed.NAME),
    (b"thumbnail", Removed.THUMBNAIL),
    (b"Thumbnails", Removed.THUMBNAIL),
)
# A property begins as an element or stands as an attribute; where an element ends it is not counted again.
_XMP_PROPERTY = re.compile(rb"""<([\w.-]+:[\w.-]+)|\s([\w.-]+:[\w.-]+)\s*=\s*["']""")
_XMP_KEYWORD = b"XML:com.adobe.xmp"

# IPTC-IIM 4.2, record 2: dataset number -> kind. Dataset 0 is the version of the record.
_IPTC_RECORD, _IPTC_VERSION = b"\x1c\x02", 0
_IPTC_DATASETS: dict[int, Removed] = {
    **dict.fromkeys((26, 27, 90, 92, 95, 100, 101), Removed.PLACE),
    **dict.fromkeys((30, 35, 37, 38, 55, 60, 62, 63), Removed.DATE),
    **dict.fromkeys((65, 70), Removed.DEVICE),
    **dict.fromkeys((80, 110, 115, 116, 118, 122), Removed.NAME),
}
_PHOTOSHOP_THUMBNAILS = (b"8BIM\x04\x0c", b"8BIM\x04\x09")


def xmp_kinds(packet: bytes) -> Counter[Removed]:
    """Count the properties of an XMP packet that are known by their names; all the rest of it counts as one text."""
    plain = packet.replace(b"\x00", b"")
    found = Counter({Removed.TEXT: 1})
    for match in islice(_XMP_PROPERTY.finditer(plain), MOST_COUNTED):
        kind = _kind_of_words(match[1] or match[2])
        if kind is not None:
            found[kind] += 1
    for sign, kind in _XMP_SIGNS:
        # It may stand where a broken packet has no property, or beyond those that were looked at.
        if kind not in found and sign in plain:
            found[kind] = 1
    return found


def chunk_kinds(body: bytes) -> Counter[Removed]:
    """Count a text chunk of a PNG: one, of the kind that its keyword tells of, unless it holds an XMP packet."""
    keyword, _, _ = body.partition(b"\x00")
    if keyword == _XMP_KEYWORD:
        return xmp_kinds(body)
    return Counter({_kind_of_words(keyword) or Removed.TEXT: 1})


def iptc_kinds(block: bytes) -> Counter[Removed]:
    """Count the datasets and thumbnails of a Photoshop or IPTC block; where it has none, it counts as one text."""
    found: Counter[Removed] = Counter()
    at = block.find(_IPTC_RECORD)
    while at != -1 and at + 5 <= len(block):
        if block[at + 2] != _IPTC_VERSION:
            found[_IPTC_DATASETS.get(block[at + 2], Removed.TEXT)] += 1
        end = at + 5 + int.from_bytes(block[at + 3 : at + 5], "big")
        # What claims to be longer than the block is none, or was cut: others may stand right behind its number.
        at = block.find(_IPTC_RECORD, end if end <= len(block) else at + 2)
    thumbnails = sum(block.count(resource) for resource in _PHOTOSHOP_THUMBNAILS)
    if thumbnails:
        found[Removed.THUMBNAIL] = thumbnails
    return found or Counter({Removed.TEXT: 1})


def _kind_of_words(words: bytes) -> Removed | None:
    return next((kind for sign, kind in _XMP_SIGNS if sign in words), None)
