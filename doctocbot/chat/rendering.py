"""From what is to be said to a Matrix message: plain text and the HTML that Element draws, escaped by construction.

A document is made of blocks, a block of spans, a span of plain text: nothing that comes from a person can become
markup. Only tags that Element shows well are used (shared/MATRIX-FACTS.md, "How Element shows things").
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote

_LENGTHS = (16_000, 8_000, 4_000)
_SHORTEST = 1_500
"""Characters of plain text in one message, to be tried from the longest; the shortest fits whatever they are."""

_MOST_BYTES = 40_000
"""What a content may weigh as JSON: encrypted and in base64 it stays below the 65,536 bytes of an event (spec,
"Size limits"), also with the relation and the device keys around it."""


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that matter."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Words said with another voice: a trade, a remark."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Something to type."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address under words; only http and https become links, all else stays text."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by their name in the room, as a pill that Element draws."""

    name: str
    user_id: str


Span = str | Strong | Emphasis | Code | Link | Person


@dataclass(frozen=True, slots=True)
class _Block:
    tag: str
    lines: tuple[tuple[Span, ...], ...]


@dataclass(slots=True)
class Document:
    """What one message says, block by block; every method returns the document, so that calls can be chained."""

    blocks: list[_Block] = field(default_factory=list)

    def title(self, *spans: Span) -> "Document":
        """A card's heading."""
        return self._add("h4", [spans])

    def line(self, *spans: Span) -> "Document":
        """A paragraph."""
        return self._add("p", [spans])

    def quote(self, text: str) -> "Document":
        """Somebody's own words, line breaks kept."""
        return self._add("blockquote", [(line,) for line in text.split("\n")])

    def lines(self, lines: Iterable[Sequence[Span]]) -> "Document":
        """Several lines of one paragraph, for what bears numbers of its own; nothing when there are none."""
        return self._add("p", [tuple(line) for line in lines])

    def items(self, lines: Iterable[Sequence[Span]]) -> "Document":
        """A list; nothing when there are no lines."""
        return self._add("ul", [tuple(line) for line in lines])

    def content(self, msgtype: str = "m.text") -> dict[str, Any]:
        """The content of an `m.room.message`; mentions nobody by accident (spec, "User and room mentions")."""
        contents = (self._content(msgtype, _shortened(self.blocks, length)) for length in _LENGTHS)
        fitting = (content for content in contents if len(json.dumps(content)) <= _MOST_BYTES)
        return next(fitting, self._content(msgtype, _shortened(self.blocks, _SHORTEST)))

    def _content(self, msgtype: str, blocks: list[_Block]) -> dict[str, Any]:
        return {
            "msgtype": msgtype,
            "body": "\n".join(_plain_block(block) for block in blocks),
            "format": "org.matrix.custom.html",
            "formatted_body": "".join(_html_block(block) for block in blocks),
            "m.mentions": {},
        }

    @property
    def plain(self) -> str:
        """The whole as plain text, uncut."""
        return "\n".join(_plain_block(block) for block in self.blocks)

    def _add(self, tag: str, lines: list[tuple[Span, ...]]) -> "Document":
        if lines:
            self.blocks.append(_Block(tag, tuple(lines)))
        return self


def _plain_block(block: _Block) -> str:
    before = {"ul": "• ", "blockquote": "> "}.get(block.tag, "")
    return "\n".join(before + "".join(plain_span(span) for span in line) for line in block.lines)


def plain_span(span: Span) -> str:
    """A span without its looks."""
    if isinstance(span, str):
        return span
    if isinstance(span, Link):
        return f"{span.text} ({span.address})" if span.text != span.address else span.text
    return span.name if isinstance(span, Person) else span.text


def _html_block(block: _Block) -> str:
    lines = ["".join(_html_span(span) for span in line) for line in block.lines]
    if block.tag == "ul":
        return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"
    return f"<{block.tag}>" + "<br>".join(lines) + f"</{block.tag}>"


def _html_span(span: Span) -> str:
    match span:
        case str():
            return escape(span)
        case Strong(text):
            return f"<strong>{escape(text)}</strong>"
        case Emphasis(text):
            return f"<em>{escape(text)}</em>"
        case Code(text):
            return f"<code>{escape(text)}</code>"
        case Person(name, user_id):
            return f'<a href="{pill_address(user_id)}">{escape(name)}</a>'
        case Link(text, address):
            if not address.startswith(("https://", "http://")):
                return escape(text)
            return f'<a href="{escape(address)}">{escape(text)}</a>'


def pill_address(user_id: str) -> str:
    """The address behind the name of somebody, from which clients draw a pill (spec, "matrix.to navigation")."""
    return f"https://matrix.to/#/{quote(user_id, safe='@:')}"


def _shortened(blocks: list[_Block], length: int) -> list[_Block]:
    """The blocks cut where a message would become too large to send; the cut is shown by an ellipsis."""
    left, kept = length, []
    for block in blocks:
        size = len(_plain_block(block))
        if size <= left:
            kept.append(block)
            left -= size
            continue
        lines: list[tuple[Span, ...]] = []
        for line in block.lines:
            plain = _plain_line(line)
            if len(plain) >= left:
                lines.append((plain[:left] + "…",))
                break
            lines.append(line)
            left -= len(plain) + 1
        kept.append(_Block(block.tag, tuple(lines)))
        break
    return kept


def _plain_line(line: tuple[Span, ...]) -> str:
    return "".join(plain_span(span) for span in line)
