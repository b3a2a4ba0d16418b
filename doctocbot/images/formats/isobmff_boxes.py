"""Read the boxes around a HEIC or AVIF picture, and the fields of those that tell of its items.

Source: ISO/IEC 14496-12 (boxes, `meta`, `iloc`, `iinf`, `iref`), ISO/IEC 23008-12 section 9 (`iprp`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from doctocbot.images.model import RefusalReason, RefusedError

_MAX_BOXES = 4096


@dataclass(slots=True)
class Meta:
    """The fields of a `meta` box: items by their numbers, properties in order.

    `extents` are places in the file, `inner` places in `store`, which is the `idat` of the box. `words` are all that a
    writer may name things by, `others` the boxes that nothing here reads.
    """

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    references: list[tuple[bytes, int, tuple[int, ...]]] = field(default_factory=list)
    extents: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    associations: dict[int, tuple[int, ...]] = field(default_factory=dict)
    words: list[bytes] = field(default_factory=list)
    others: set[bytes] = field(default_factory=set)
    store: bytes = b""
    inner: list[tuple[int, int]] = field(default_factory=list)


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


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
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


def read_meta(data: bytes, start: int, end: int) -> Meta:
    """Read a `meta` box from between two places; raises RefusedError where a box in it is cut."""
    meta = Meta()
    for name, body, stop in boxes(data, start + 4, end):
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
        elif name == b"hdlr":
            meta.words.append(data[body + 24 : stop])
        elif name == b"idat":
            meta.store = data[body:stop]
        elif name != b"dinf":
            meta.others.add(name)
    return meta


def _read_items(meta: Meta, data: bytes, start: int, end: int) -> None:
    for name, body, stop in boxes(data, start, end):
        if name != b"infe":
            continue
        fields = _Fields(data[body:stop])
        version, flags = fields.version_and_flags()
        if version not in (2, 3):
            raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
        item = fields.number(2 if version == 2 else 4)
        fields.number(2)
        meta.kinds[item] = fields.name()
        meta.words += data[body + (12 if version == 2 else 14) : stop].split(b"\0")
        if flags & 1:
            meta.hidden.add(item)


def _read_references(meta: Meta, data: bytes, start: int, end: int) -> None:
    width = 4 if data[start] else 2
    for name, body, stop in boxes(data, start + 4, end):
        fields = _Fields(data[body:stop])
        source, count = fields.number(width), fields.number(2)
        meta.references.append((name, source, tuple(fields.number(width) for _ in range(count))))


def _read_extents(meta: Meta, fields: _Fields) -> None:
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
            elif method == 1:
                meta.inner.append((start, start + length))


def _read_properties(meta: Meta, data: bytes, start: int, end: int) -> None:
    for name, body, stop in boxes(data, start, end):
        if name == b"ipco":
            meta.properties += [(kind, data[at:until]) for kind, at, until in boxes(data, body, stop)]
        elif name == b"ipma":
            fields = _Fields(data[body:stop])
            version, flags = fields.version_and_flags()
            for _ in range(fields.number(4)):
                item = fields.number(4 if version else 2)
                width = 2 if flags & 1 else 1
                indices = (fields.number(width) for _ in range(fields.number(1)))
                meta.associations[item] = tuple(index & (0x7FFF if width == 2 else 0x7F) for index in indices)
