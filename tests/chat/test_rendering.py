"""From what is to be said to a message that Element draws."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.chat.rendering import Code, Document, Emphasis, Link, Person, Span, Strong
from tests.chat.markup import text_of

FITS = 44_000
"""Bytes of JSON that stay under an event's 65,536 when encrypted: base64 adds a third, the envelope some hundreds."""

HOSTILE = (
    "<script>alert(1)</script>",
    "</p><img src=x onerror=alert(1)>",
    '"><a href="javascript:alert(1)">x</a>',
    "<!-- ",
    "<![CDATA[",
    "&lt;b&gt; &amp; &#x3c;",
    "' onmouseover='x",
    "\x00\x1f\u202e",
    "`code` {author} {0} %s",
)


def weight(document: Document) -> int:
    """Bytes of a message's content, of which every part must be one that Element shows."""
    content = document.content()
    text_of(content["formatted_body"])
    return len(json.dumps(content, ensure_ascii=False).encode())


def _spans(text: str) -> list[Span]:
    return [
        text,
        Strong(text),
        Emphasis(text),
        Code(text),
        Link(text, text),
        Link(text, "https://example.org/" + text),
        Person(text, text),
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_from_a_person_becomes_markup(text: str) -> None:
    """Every kind of span and block shows hostile text as text."""
    for span in _spans(text):
        document = Document().title(span).line(span, span).quote(text).items([(span,), (span, "!")])
        shown = text_of(document.content()["formatted_body"])
        assert text in shown


@given(st.text())
def test_any_text_comes_out_as_the_same_text(text: str) -> None:
    """What is quoted can be read word by word, in words and in HTML."""
    content = Document().quote(text).content()
    assert text_of(content["formatted_body"]) == text.replace("\n", "")
    assert content["body"] == "\n".join(f"> {line}" for line in text.split("\n"))


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.org", "//x.org", "", " https://x.org"]
)
def test_only_web_addresses_become_links(address: str) -> None:
    """All else stays text."""
    assert "<a" not in Document().line(Link("ici", address)).content()["formatted_body"]


def test_a_person_becomes_a_pill_and_is_not_mentioned() -> None:
    """Element draws matrix.to links to people as pills; only `m.mentions` would ring their phone."""
    content = Document().line(Person("Léa", "@lea:clinic.example")).content()
    assert content["formatted_body"] == '<p><a href="https://matrix.to/#/@lea:clinic.example">Léa</a></p>'
    assert content["body"] == "Léa"
    assert content["m.mentions"] == {}


def test_a_message_reads_the_same_without_its_looks() -> None:
    """Phones that show no HTML get lines, bullets and quotation marks."""
    document = (
        Document().title("#12 · ouvert").line("par ", Strong("Léa")).quote("a\nb").items([("x",), ("y",)])
    )
    assert document.content()["body"] == "#12 · ouvert\npar Léa\n> a\n> b\n• x\n• y"


def test_an_empty_list_leaves_no_trace() -> None:
    """Cards without opinions have no empty bullet."""
    assert Document().line("x").items([]).content()["formatted_body"] == "<p>x</p>"


@pytest.mark.parametrize("piece", ["a", "é", "😀", '"', "<", "&", "\n", "\\", "\x00", "a\n", "👨‍👩‍👧 <b>\n"])
def test_sixty_kilobytes_of_anything_fit_into_an_event(piece: str) -> None:
    """However much somebody writes, the card can be sent."""
    text = piece * (60_000 // len(piece.encode()))
    for document in (
        Document().title("#1").quote(text),
        Document().line(Strong(text)),
        Document().items([(line,) for line in text.split("\n")]),
        Document().line(Link(text, "https://example.org/" + text)),
    ):
        assert weight(document) < FITS


def test_a_line_that_ends_exactly_at_the_limit_lets_nothing_else_in() -> None:
    """The next line is cut like any other that does not fit."""
    text = "a" * 1_500 + "\n" + "😀" * 15_000
    assert weight(Document().quote(text)) < FITS


@given(st.lists(st.integers(0, 3), max_size=8), st.sampled_from([16_000, 8_000, 4_000, 1_500]), st.data())
def test_no_arrangement_of_lines_grows_too_large(cuts: list[int], limit: int, data: st.DataObject) -> None:
    """Lines as long as the limits, a little longer, a little shorter."""
    lines = [
        data.draw(st.sampled_from(["a", "😀", "&"])) * max(limit // 2**cut + data.draw(st.integers(-2, 2)), 0)
        for cut in cuts
    ]
    assert weight(Document().title("#1").quote("\n".join(lines)).items([(line,) for line in lines])) < FITS


def test_what_is_cut_says_so() -> None:
    """An ellipsis shows that there is more."""
    body = Document().quote("mot " * 20_000).content()["body"]
    assert body.endswith("…")


def test_short_messages_are_never_cut() -> None:
    """A long case of two pages is shown whole."""
    text = "Enfant de trois ans, éruption depuis ce matin. " * 150
    assert Document().quote(text).content()["body"] == "> " + text
