"""Draws a message's HTML on a terminal: the few tags that the bot writes, the way Element shows them."""

from collections.abc import Iterator
from html.parser import HTMLParser

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

_INLINE = {"strong": "bold", "em": "italic", "code": "bold cyan", "a": "underline"}
_BLOCKS = {"h4": "bold", "p": "", "li": "", "blockquote": "italic"}


class Barred:
    """Something with a bar down its left side: a quotation, or what stands in a thread."""

    def __init__(self, inside: RenderableType, bar: str = "▏ ", style: str = "dim") -> None:
        self._inside = inside
        self._bar = bar
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bar = Segment(self._bar, Style.parse(self._style))
        narrower = options.update(width=options.max_width - len(self._bar))
        for line in console.render_lines(self._inside, narrower, pad=False):
            yield bar
            yield from line
            yield Segment.line()


def drawn(html: str, *, brief: bool = False) -> Iterator[RenderableType]:
    """The blocks of a formatted body, top to bottom; `brief` cuts quotations, which were shown before, to a line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    for tag, text in reader.blocks:
        if tag == "blockquote":
            text.no_wrap, text.overflow = brief, "ellipsis" if brief else "fold"
            yield Barred(text)
        elif tag == "li":
            item = Table.grid(padding=(0, 1))
            item.add_row("•", text)
            yield item
        else:
            yield text


class _Reader(HTMLParser):
    """Collects the blocks of a message, each a tag and its styled text."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, Text]] = []
        self._styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.blocks.append((tag, Text(style=_BLOCKS[tag])))
        elif tag in _INLINE:
            self._styles.append(_INLINE[tag])
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _INLINE and self._styles:
            self._styles.pop()

    def handle_data(self, data: str) -> None:
        if not self.blocks:
            self.blocks.append(("p", Text()))
        self.blocks[-1][1].append(data, " ".join(self._styles))
