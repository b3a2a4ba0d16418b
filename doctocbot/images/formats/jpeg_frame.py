"""The coded picture of a JPEG: its frame, tables and scans, each read strictly and laid out in one way only.

What no pixel depends on (component numbers, parameters a sequential decoder ignores, tables no scan uses) is laid out
anew or counted as carried along. Source: ITU-T T.81 sections B.2.2 to B.2.4, G.1.1.
"""

import struct
from dataclasses import dataclass, field

from doctocbot.images.model import MAX_PIXELS, RefusalReason, RefusedError

_SEQUENTIAL_SCAN = b"\x00\x3f\x00"
_LAST_COEFFICIENT = 63
_UNKNOWN = -1
_DC, _AC, _QUANTISATION = 0, 1, 2
# libjpeg's own limit, and with it that of nearly every viewer.
_MOST_SIDE = 65500
_HONEST_NUMBERS = (
    (1,),
    (0,),
    (1, 2, 3),
    (0, 1, 2),
    tuple(b"RGB"),
    (1, 2, 3, 4),
    (0, 1, 2, 3),
    tuple(b"CMYK"),
)


def _require(condition: bool) -> None:
    if not condition:
        raise RefusedError(RefusalReason.DAMAGED)


@dataclass(slots=True)
class Component:
    """One component and how far its coefficients are known: the lowest bit seen of each, -1 where none is."""

    number: int
    sampling: int
    table: int
    lowest_bits: list[int] = field(default_factory=lambda: [_UNKNOWN] * (_LAST_COEFFICIENT + 1))


@dataclass(slots=True)
class Frame:
    """The frame header of a picture, and what its scans have brought so far."""

    marker: int
    width: int
    height: int
    components: list[Component]

    @classmethod
    def parse(cls, marker: int, payload: bytes) -> "Frame":
        """Read a frame header; raises RefusedError for sizes and depths that are not read."""
        _require(len(payload) >= 6)
        precision, height, width, count = struct.unpack_from(">BHHB", payload)
        if precision != 8:
            raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
        _require(width > 0 and height > 0 and count in (1, 3, 4) and len(payload) == 6 + 3 * count)
        if width * height > MAX_PIXELS:
            raise RefusedError(RefusalReason.TOO_MANY_PIXELS)
        if max(width, height) > _MOST_SIDE:
            raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
        components = [Component(*payload[at : at + 3]) for at in range(6, len(payload), 3)]
        for component in components:
            across, down = component.sampling >> 4, component.sampling & 15
            _require(1 <= across <= 4 and 1 <= down <= 4 and component.table <= 3)
        _require(len({component.number for component in components}) == count)
        return cls(marker, width, height, components)

    @property
    def progressive(self) -> bool:
        """Whether the picture comes in ever finer scans."""
        return self.marker == 0xC2

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers that the components go by; three of them may spell a colour model."""
        return tuple(component.number for component in self.components)

    def honest(self) -> bool:
        """Whether the components go by numbers that encoders use, rather than by something to be told."""
        return self.numbers in _HONEST_NUMBERS

    def payload(self) -> bytes:
        """Lay the header out with components numbered from 1; the sampling of a single one means nothing."""
        alone = len(self.components) == 1
        body = struct.pack(">BHHB", 8, self.height, self.width, len(self.components))
        return body + b"".join(
            bytes((place, 0x11 if alone else component.sampling, component.table))
            for place, component in enumerate(self.components, start=1)
        )

    def take_scan(self, payload: bytes, tables: "Tables") -> bytes:
        """Note what a scan brings, and lay its header out anew; raises RefusedError for what no scan may bring."""
        count = payload[0] if payload else 0
        _require(1 <= count <= 4 and len(payload) == 4 + 2 * count)
        places = [self._place(payload[at]) for at in range(1, 2 * count, 2)]
        _require(places == sorted(set(places)))
        body = b"".join(bytes((place + 1, payload[2 + 2 * at])) for at, place in enumerate(places))
        first, last, bits = payload[-3:]
        if not self.progressive:
            first, last, bits = _SEQUENTIAL_SCAN
        _require(first <= last <= _LAST_COEFFICIENT)
        for at, place in enumerate(places):
            component = self.components[place]
            self._refine(component, first, last, bits)
            tables.use(_QUANTISATION, component.table)
            if first == 0 and bits >> 4 == 0:
                tables.use(_DC, payload[2 + 2 * at] >> 4)
            if last > 0:
                tables.use(_AC, payload[2 + 2 * at] & 15)
        return bytes((count,)) + body + bytes((first, last, bits))

    def require_whole(self) -> None:
        """Raise RefusedError unless every bit of every coefficient was brought: a cut picture may end politely."""
        if any(bit != 0 for component in self.components for bit in component.lowest_bits):
            raise RefusedError(RefusalReason.TRUNCATED)

    def _place(self, number: int) -> int:
        _require(number in self.numbers)
        return self.numbers.index(number)

    def _refine(self, component: Component, first: int, last: int, bits: int) -> None:
        before, after = bits >> 4, bits & 15
        for at in range(first, last + 1):
            known = component.lowest_bits[at]
            fresh = known == _UNKNOWN and before == 0
            finer = known == before > 0 and after == before - 1
            _require(fresh or finer)
            component.lowest_bits[at] = after


@dataclass(slots=True)
class Tables:
    """Which tables were defined and not yet used: one that is never used may hold anything at all."""

    _waiting: set[tuple[int, int]] = field(default_factory=set)
    overwritten: bool = False
    silences: bool = False

    @property
    def some_unused(self) -> bool:
        """Whether a table was defined that no scan has used."""
        return self.overwritten or bool(self._waiting)

    def use(self, kind: int, slot: int) -> None:
        """Note that a scan uses the table."""
        self._waiting.discard((kind, slot))

    def take_quantisation(self, payload: bytes) -> None:
        """Note the quantisation tables of a segment; raises RefusedError unless they fill it."""
        at = 0
        while at < len(payload):
            wide, slot = payload[at] >> 4, payload[at] & 15
            end = at + 1 + 64 * (wide + 1)
            _require(wide <= 1 and slot <= 3 and end <= len(payload))
            steps = struct.unpack_from(">64H" if wide else ">64B", payload, at + 1)
            # What is multiplied with nothing shows in no pixel, and could hold anything.
            self.silences |= 0 in steps
            self._define(_QUANTISATION, slot)
            at = end

    def take_huffman(self, payload: bytes) -> None:
        """Note the Huffman tables of a segment; raises RefusedError unless they fill it."""
        at = 0
        while at < len(payload):
            _require(at + 17 <= len(payload))
            kind, slot = payload[at] >> 4, payload[at] & 15
            count = sum(payload[at + 1 : at + 17])
            _require(kind <= 1 and slot <= 3 and count <= 256 and at + 17 + count <= len(payload))
            self._define(kind, slot)
            at += 17 + count

    def _define(self, kind: int, slot: int) -> None:
        self.overwritten |= (kind, slot) in self._waiting
        self._waiting.add((kind, slot))
