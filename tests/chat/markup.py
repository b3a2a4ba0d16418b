"""What Element lets through of a message's HTML, and a check that nothing else is in ours."""

from html.parser import HTMLParser

ALLOWED = frozenset(["h4", "p", "blockquote", "ul", "li", "br", "strong", "em", "code", "a"])
_VOID = frozenset({"br"})


class MarkupFault(AssertionError):
    """A formatted body holds something that it must not."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            raise MarkupFault(f"<{tag}>")
        for name, value in attrs:
            if tag == "a" and name == "href":
                if not (value or "").startswith(("https://", "http://")):
                    raise MarkupFault(f"href {value!r}")
            elif not name.startswith("data-mx-"):
                raise MarkupFault(f"attribute {name!r}")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise MarkupFault(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise MarkupFault("comment")

    def handle_decl(self, decl: str) -> None:
        raise MarkupFault("declaration")

    def handle_pi(self, data: str) -> None:
        raise MarkupFault("processing instruction")

    def unknown_decl(self, data: str) -> None:
        raise MarkupFault("declaration")


def text_of(formatted_body: str) -> str:
    """The text that a formatted body shows; raises MarkupFault for any tag or attribute that is not ours."""
    reader = _Reader()
    reader.feed(formatted_body)
    reader.close()
    if reader.open:
        raise MarkupFault(f"left open: {reader.open}")
    return reader.text
