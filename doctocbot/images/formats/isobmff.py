"""The boxes around a HEIC or AVIF picture: enough of them to know, before decoding, that there is one still picture.

Source: ISO/IEC 14496-12 (boxes, `meta`, `iloc`, `iinf`, `iref`), ISO/IEC 23008-12 sections 6 and 9 (image items,
`ispe`, `auxC`, `grid`), ISO/IEC 23000-22 (MIAF), ITU-T H.273 (code points of `nclx`).
"""

from collections import Counter
from dataclasses import dataclass, field

from doctocbot.images.formats import isobmff_slack
from doctocbot.images.formats.isobmff_boxes import Meta, boxes, read_meta
from doctocbot.images.model import MAX_PIXELS, RefusalReason, RefusedError, Removed

_SEQUENCES = frozenset((b"moov", b"moof"))
# Items that are no pictures: metadata, and the tone map that belongs to a gain map.
_NO_PICTURES = frozenset((b"Exif", b"mime", b"uri ", b"tmap"))
_DEPENDENT = (b"thmb", b"auxl")


@dataclass(slots=True)
class Still:
    """What the boxes tell of the primary picture, and what was counted around it.

    `coding` is its item type (`hvc1`, `av01`, `grid`...); `cropped` tells of a clean aperture, whosesoever; `nclx`
    holds primaries, transfer and matrix (H.273), where told.
    """

    coding: bytes = b""
    cropped: bool = False
    nclx: tuple[int, int, int] | None = None
    removed: Counter[Removed] = field(default_factory=Counter)


def inspect(data: bytes) -> Still:
    """Read the boxes of a file; raises RefusedError unless they announce one whole still picture of bearable size."""
    still = Still()
    meta: Meta | None = None
    at = 0
    for name, start, end in boxes(data, 0, len(data)):
        at = end
        if name in _SEQUENCES:
            raise RefusedError(RefusalReason.ANIMATED)
        if name == b"meta" and meta is None:
            meta = read_meta(data, start, end)
        elif name not in (b"ftyp", b"mdat", b"free", b"skip"):
            # Motion photos carry their film in a box of its own (`mpvd`), content credentials theirs (`uuid`).
            still.removed[Removed.OTHER if name == b"uuid" else Removed.TRAILER] += 1
    if at < len(data):
        still.removed[Removed.TRAILER] += 1
    if meta is None:
        raise RefusedError(RefusalReason.TRUNCATED)
    _require_whole(meta, len(data))
    _require_bearable(meta, data)
    _require_one_picture(meta)
    _require_square_pixels(meta)
    _describe(meta, still)
    still.removed.update(isobmff_slack.kinds(data, meta))
    return still


def _require_whole(meta: Meta, length: int) -> None:
    if not meta.primary or meta.primary not in meta.kinds:
        raise RefusedError(RefusalReason.DAMAGED)
    if any(end > length for extents in meta.extents.values() for _, end in extents):
        raise RefusedError(RefusalReason.TRUNCATED)


def _require_bearable(meta: Meta, data: bytes) -> None:
    """Refuse pictures that claim too many pixels, in their properties or as a grid of tiles."""
    sizes = [body[4:12] for kind, body in meta.properties if kind == b"ispe"]
    if not sizes or any(len(size) < 8 for size in sizes):
        raise RefusedError(RefusalReason.DAMAGED)
    for item, kind in meta.kinds.items():
        for start, end in meta.extents.get(item, [])[:1] if kind == b"grid" else []:
            grid = data[start:end]
            half = 2 if not grid or not grid[1] & 1 else 4
            sizes.append(grid[4 : 4 + half].rjust(4, b"\0") + grid[4 + half : 4 + 2 * half].rjust(4, b"\0"))
    for size in sizes:
        width, height = int.from_bytes(size[:4], "big"), int.from_bytes(size[4:], "big")
        if width * height > MAX_PIXELS:
            raise RefusedError(RefusalReason.TOO_MANY_PIXELS)


def _require_one_picture(meta: Meta) -> None:
    tiles = {target for kind, _, targets in meta.references if kind == b"dimg" for target in targets}
    dependent = {source for kind, source, _ in meta.references if kind in _DEPENDENT}
    pictures = {item for item, kind in meta.kinds.items() if kind not in _NO_PICTURES}
    if len((pictures - meta.hidden - tiles - dependent) | {meta.primary}) > 1:
        raise RefusedError(RefusalReason.SEVERAL_PAGES)


def _require_square_pixels(meta: Meta) -> None:
    """Refuse pixels that viewers would have to stretch: the decoders leave them square."""
    if any(kind == b"pasp" and body[:4] != body[4:8] for kind, body in meta.properties):
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)


def _describe(meta: Meta, still: Still) -> None:
    still.coding = meta.kinds[meta.primary]
    still.cropped = any(kind == b"clap" for kind, _ in meta.properties)
    tiles = next(
        (to for kind, source, to in meta.references if (kind, source) == (b"dimg", meta.primary)), ()
    )
    for item in (meta.primary, *tiles[:1]):
        for index in meta.associations.get(item, ()):
            kind, body = meta.properties[index - 1] if 0 < index <= len(meta.properties) else (b"", b"")
            if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 10 and still.nclx is None:
                primaries, transfer, matrix = (int.from_bytes(body[at : at + 2], "big") for at in (4, 6, 8))
                still.nclx = primaries, transfer, matrix
    _count(meta, still)


def _count(meta: Meta, still: Still) -> None:
    """Count the items and properties that tell of the picture and make no part of it."""
    kinds = list(meta.kinds.values())
    still.removed[Removed.THUMBNAIL] += sum(kind == b"thmb" for kind, _, _ in meta.references)
    still.removed[Removed.TEXT] += sum(kind == b"udes" for kind, _ in meta.properties)
    # Depth, mattes, gain maps: pictures of their own.
    auxiliary = [body for kind, body in meta.properties if kind == b"auxC"]
    others = sum(b"alpha" not in body and b"auxid:1" not in body for body in auxiliary)
    still.removed[Removed.OTHER] += others + kinds.count(b"uri ") + kinds.count(b"tmap")
