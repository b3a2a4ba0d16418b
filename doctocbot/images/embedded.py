"""Name what XMP and IPTC blocks give away, so that the author can be told; nothing in them is ever kept."""

from doctocbot.images.model import Removed

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

# IPTC-IIM 4.2, record 2: dataset number -> kind.
_IPTC_DATASETS: dict[int, Removed] = {
    **dict.fromkeys((26, 27, 90, 92, 95, 100, 101), Removed.PLACE),
    **dict.fromkeys((30, 35, 37, 38, 55, 60, 62, 63), Removed.DATE),
    **dict.fromkeys((65, 70), Removed.DEVICE),
    **dict.fromkeys((80, 110, 115, 116, 118, 122), Removed.NAME),
}


def xmp_kinds(packet: bytes) -> frozenset[Removed]:
    """Name the kinds that an XMP packet holds, by the property names in it; always at least text."""
    plain = packet.replace(b"\x00", b"")
    return frozenset({Removed.TEXT, *(kind for sign, kind in _XMP_SIGNS if sign in plain)})


def iptc_kinds(block: bytes) -> frozenset[Removed]:
    """Name the kinds that a Photoshop or IPTC block holds; always at least text."""
    found = {Removed.TEXT}
    at = block.find(b"\x1c\x02")
    while at != -1 and at + 5 <= len(block):
        found.add(_IPTC_DATASETS.get(block[at + 2], Removed.TEXT))
        at = block.find(b"\x1c\x02", at + 2)
    if b"8BIM\x04\x0c" in block or b"8BIM\x04\x09" in block:
        found.add(Removed.THUMBNAIL)
    return frozenset(found)
