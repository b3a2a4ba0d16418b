"""Account for what stands in a HEIC or AVIF file beside its items: words can hide where no reader of pictures looks.

Source: ISO/IEC 14496-12 sections 8.1 (`mdat`, `free`, `skip`) and 8.11 (`meta`), ISO/IEC 23008-12 section 6.5.
"""

from collections import Counter
from collections.abc import Iterable

from doctocbot.images.formats.isobmff_boxes import Meta, boxes
from doctocbot.images.model import Removed

_PICTURE_PROPERTIES = frozenset(
    (
        *(b"hvcC", b"av1C", b"ispe", b"pixi", b"colr", b"pasp", b"clap", b"irot", b"imir", b"auxC", b"lsel"),
        *(b"a1op", b"a1lx", b"clli", b"mdcv", b"cclv", b"amve", b"rloc"),
    )
)
# What writers name their items and their metadata by.
_PLAIN_WORDS = frozenset(
    (b"", b"Color", b"Alpha", b"Exif", b"XMP", b"Image", b"HEVC Image", b"application/rdf+xml")
)
# Nobody spreads one picture over more boxes than this.
_MOST_STORES = 16


def kinds(data: bytes, meta: Meta) -> Counter[Removed]:
    """Count what stands in names, in boxes that are no part of a picture, and in bytes that belong to no item."""
    found: Counter[Removed] = Counter()
    found[Removed.TEXT] += sum(word.rstrip(b"\0") not in _PLAIN_WORDS for word in meta.words)
    names = list(meta.kinds.values())
    # Of each kind of metadata the readers show the first.
    found[Removed.OTHER] += sum(max(0, names.count(name) - 1) for name in (b"Exif", b"mime"))
    found[Removed.OTHER] += sum(kind not in _PICTURE_PROPERTIES for kind, _ in meta.properties)
    found[Removed.OTHER] += len(meta.others) + _uncovered(meta.store, 0, len(meta.store), meta.inner)
    extents = sorted(extent for item in meta.extents.values() for extent in item)
    stores = [box[1:] for box in boxes(data, 0, len(data)) if box[0] in (b"mdat", b"free", b"skip")]
    if len(stores) > _MOST_STORES:
        found[Removed.OTHER] += 1
    else:
        found[Removed.OTHER] += sum(_uncovered(data, start, end, extents) for start, end in stores)
    return found


def _uncovered(data: bytes, start: int, end: int, extents: Iterable[tuple[int, int]]) -> bool:
    """Whether anything but zeros stands between two places outside all extents."""
    for first, last in sorted(extents):
        if any(data[start : min(first, end)]):
            return True
        start = max(start, last)
    return any(data[start:end])
