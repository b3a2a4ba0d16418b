"""The boxes around a HEIC or AVIF picture: enough of them to know, before decoding, that there is one still picture.

Source: ISO/IEC 14496-12 (boxes, `meta`, `iloc`, `iinf`, `iref`), ISO/IEC 23008-12 sections 6 and 9 (image items,
`ispe`, `auxC`, `grid`), ISO/IEC 23000-22 (MIAF), ITU-T H.273 (code points of `nclx`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from doctocbot.images.model import MAX_PIXELS, RefusalReason, RefusedError, Removed

_MAX_BOXES = 4096
_SEQUENCES = frozenset((b"moov", b"moof"))
# Items that are no pictures: metadata, and the tone map that belongs to a gain map.
_NO_PICTURES = frozenset((b"Exif", b"mime", b"uri ", b"tmap"))
_DEPENDENT = (b"thmb", b"auxl")


@dataclass(slots=True)
class Still:
    """What the boxes tell of the primary picture, and the kinds of content that stand around it.

    `coding` is its item type (`hvc1`, `av01`, `grid`...); `nclx` holds primaries, transfer and matrix (H.273), where
    told.
    """

    coding: bytes = b""
    nclx: tuple[int, int, int] | None = None
    removed: set[Removed] = field(default_factory=set)


@dataclass(slots=True)
class _Meta:
    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    references: list[tuple[bytes, int, tuple[int, ...]]] = field(default_factory=list)
    extents: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    associations: dict[int, tuple[int, ...]] = field(default_factory=dict)


class _Fields:
    """The fields of one box, read forwards; running out of them is damage."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def number(self, size: int) -> int:
        if self._at + size > len(self._body):
            raise RefusedError(RefusalReason.DAMAGED)
        self._at += size
        return int.from_bytes(self._body[self._at - size : self._at], "big")

    def name(self) -> bytes:
        return self.number(4).to_bytes(4, "big")

    def version_and_flags(self) -> tuple[int, int]:
        return self.number(1), self.number(3)


def inspect(data: bytes) -> Still:
    """Read the boxes of a file; raises RefusedError unless they announce one whole still picture of bearable size."""
    still = Still()
    meta: _Meta | None = None
    at = 0
    for name, start, end in _boxes(data, 0, len(data)):
        at = end
        if name in _SEQUENCES:
            raise RefusedError(RefusalReason.ANIMATED)
        if name == b"meta" and meta is None:
            meta = _read_meta(data, start, end)
        elif name not in (b"ftyp", b"mdat", b"free", b"skip"):
            # Motion photos carry their film in a box of its own (`mpvd`), content credentials theirs (`uuid`).
            still.removed.add(Removed.OTHER if name == b"uuid" else Removed.TRAILER)
    if at < len(data):
        still.removed.add(Removed.TRAILER)
    if meta is None:
        raise RefusedError(RefusalReason.TRUNCATED)
    _require_whole(meta, len(data))
    _require_bearable(meta, data)
    _require_one_picture(meta)
    _describe(meta, still)
    return still


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name the boxes between two places and the places of their bodies, up to the first that is none."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        size, body = int.from_bytes(data[start : start + 4], "big"), start + 8
        name = data[start + 4 : body]
        if size == 1:
            size, body = int.from_bytes(data[body : body + 8], "big"), body + 8
        elif size == 0:
            size = end - start
        if size < body - start or start + size > end:
            return
        yield name, body, start + size
        start += size


def _read_meta(data: bytes, start: int, end: int) -> _Meta:
    meta = _Meta()
    for name, body, stop in _boxes(data, start + 4, end):
        fields = _Fields(data[body:stop])
        if name == b"pitm":
            version, _ = fields.version_and_flags()
            meta.primary = fields.number(4 if version else 2)
        elif name == b"iinf":
            version, _ = fields.version_and_flags()
            fields.number(4 if version else 2)
            _read_items(meta, data, body + (8 if version else 6), stop)
        elif name == b"iref":
            _read_references(meta, data, body, stop)
        elif name == b"iloc":
            _read_extents(meta, fields)
        elif name == b"iprp":
            _read_properties(meta, data, body, stop)
    return meta


def _read_items(meta: _Meta, data: bytes, start: int, end: int) -> None:
    for name, body, stop in _boxes(data, start, end):
        if name != b"infe":
            continue
        fields = _Fields(data[body:stop])
        version, flags = fields.version_and_flags()
        if version not in (2, 3):
            raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
        item = fields.number(2 if version == 2 else 4)
        fields.number(2)
        meta.kinds[item] = fields.name()
        if flags & 1:
            meta.hidden.add(item)


def _read_references(meta: _Meta, data: bytes, start: int, end: int) -> None:
    width = 4 if data[start] else 2
    for name, body, stop in _boxes(data, start + 4, end):
        fields = _Fields(data[body:stop])
        source, count = fields.number(width), fields.number(2)
        meta.references.append((name, source, tuple(fields.number(width) for _ in range(count))))


def _read_extents(meta: _Meta, fields: _Fields) -> None:
    version, _ = fields.version_and_flags()
    sizes = fields.number(1)
    offset_size, length_size = sizes >> 4, sizes & 15
    sizes = fields.number(1)
    base_size, index_size = sizes >> 4, sizes & 15 if version in (1, 2) else 0
    for _ in range(fields.number(4 if version == 2 else 2)):
        item = fields.number(4 if version == 2 else 2)
        method = fields.number(2) & 15 if version in (1, 2) else 0
        fields.number(2)
        base = fields.number(base_size)
        for _ in range(fields.number(2)):
            fields.number(index_size)
            start = base + fields.number(offset_size)
            length = fields.number(length_size)
            if method == 0:
                meta.extents.setdefault(item, []).append((start, start + length))


def _read_properties(meta: _Meta, data: bytes, start: int, end: int) -> None:
    for name, body, stop in _boxes(data, start, end):
        if name == b"ipco":
            meta.properties += [(kind, data[at:until]) for kind, at, until in _boxes(data, body, stop)]
        elif name == b"ipma":
            fields = _Fields(data[body:stop])
            version, flags = fields.version_and_flags()
            for _ in range(fields.number(4)):
                item = fields.number(4 if version else 2)
                width = 2 if flags & 1 else 1
                indices = (fields.number(width) for _ in range(fields.number(1)))
                meta.associations[item] = tuple(index & (0x7FFF if width == 2 else 0x7F) for index in indices)


def _require_whole(meta: _Meta, length: int) -> None:
    if not meta.primary or meta.primary not in meta.kinds:
        raise RefusedError(RefusalReason.DAMAGED)
    if any(end > length for extents in meta.extents.values() for _, end in extents):
        raise RefusedError(RefusalReason.TRUNCATED)


def _require_bearable(meta: _Meta, data: bytes) -> None:
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


def _require_one_picture(meta: _Meta) -> None:
    tiles = {target for kind, _, targets in meta.references if kind == b"dimg" for target in targets}
    dependent = {source for kind, source, _ in meta.references if kind in _DEPENDENT}
    pictures = {item for item, kind in meta.kinds.items() if kind not in _NO_PICTURES}
    if len((pictures - meta.hidden - tiles - dependent) | {meta.primary}) > 1:
        raise RefusedError(RefusalReason.SEVERAL_PAGES)


def _describe(meta: _Meta, still: Still) -> None:
    still.coding = meta.kinds[meta.primary]
    tiles = next(
        (to for kind, source, to in meta.references if (kind, source) == (b"dimg", meta.primary)), ()
    )
    for item in (meta.primary, *tiles[:1]):
        for index in meta.associations.get(item, ()):
            kind, body = meta.properties[index - 1] if 0 < index <= len(meta.properties) else (b"", b"")
            if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 10 and still.nclx is None:
                primaries, transfer, matrix = (int.from_bytes(body[at : at + 2], "big") for at in (4, 6, 8))
                still.nclx = primaries, transfer, matrix
    references = {kind for kind, _, _ in meta.references}
    kinds = set(meta.kinds.values())
    if b"thmb" in references:
        still.removed.add(Removed.THUMBNAIL)
    if b"uri " in kinds or b"tmap" in kinds:
        still.removed.add(Removed.OTHER)
    if any(kind == b"udes" for kind, _ in meta.properties):
        still.removed.add(Removed.TEXT)
    if any(
        kind == b"auxC" and b"alpha" not in body and b"auxid:1" not in body for kind, body in meta.properties
    ):
        # Depth, mattes, gain maps: pictures of their own.
        still.removed.add(Removed.OTHER)
