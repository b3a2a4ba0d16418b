"""What rich lacks for a chat on a terminal: hanging rows, lines that respect French spaces, and a message's HTML."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.containers import Lines
from rich.text import Text

from doctocbot.demo.french import NO_BREAK, THIN_NO_BREAK

_INLINE = {"strong": "bold", "em": "italic", "code": "bold cyan", "a": "underline"}
_BLOCKS = {"h4": "bold", "p": "", "li": "", "blockquote": "italic"}
# Two characters that rich takes for letters; they never reach the screen.
_JOINERS = {ord(NO_BREAK): "\ue000", ord(THIN_NO_BREAK): "\ue001"}
_SPACES = {ord(joiner): chr(space) for space, joiner in _JOINERS.items()}


class Words(Text):
    """A text that is not broken at no-break spaces; rich breaks at any white space."""

    def wrap(self, console: Console, width: int, **how: Any) -> Lines:
        """Break into lines, see `Text.wrap`."""
        joined = self.copy()
        joined.plain = joined.plain.translate(_JOINERS)
        lines = joined.wrap(console, width, **how)
        for line in lines:
            line.plain = line.plain.translate(_SPACES)
        return lines


class Hanging:
    """Something with a text before its first line and another before each of the rest, both of one width."""

    def __init__(self, inside: RenderableType, first: Text, rest: Text | None = None) -> None:
        self._inside = inside
        self._first = first
        self._rest = rest or Text(" " * first.cell_len)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update(width=options.max_width - self._first.cell_len)
        for number, line in enumerate(console.render_lines(self._inside, inner, pad=False, new_lines=True)):
            # Appended to an empty text: only so does rich make its style one that `render` heeds.
            yield from Text().append_text(self._rest if number else self._first).render(console)
            yield from line


def barred(inside: RenderableType, bar: str = "▏ ") -> Hanging:
    """Something with a bar down its left side: a quotation, or what stands in a thread."""
    return Hanging(inside, Text(bar, style="dim"), Text(bar, style="dim"))


def drawn(html: str, *, brief: bool = False) -> Iterator[RenderableType]:
    """The blocks of a formatted body, top to bottom; `brief` cuts quotations, which were shown before, to a line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    for tag, text in reader.blocks:
        if tag == "blockquote":
            text.no_wrap, text.overflow = brief, "ellipsis" if brief else "fold"
            yield barred(text)
        else:
            yield Hanging(text, Text("• ")) if tag == "li" else text


class _Reader(HTMLParser):
    """Collects the blocks of a message, each a tag and its styled text."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, Text]] = []
        self._styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.blocks.append((tag, Words(style=_BLOCKS[tag])))
        elif tag in _INLINE:
            self._styles.append(_INLINE[tag])
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _INLINE and self._styles:
            self._styles.pop()

    def handle_data(self, data: str) -> None:
        if not self.blocks:
            self.blocks.append(("p", Words()))
        self.blocks[-1][1].append(data, " ".join(self._styles))
