"""The transcript of the demo: readable in any terminal, and true to what was sent."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from doctocbot.chat.rendering import Code, Document, Person, Strong
from doctocbot.demo.cast import ANNE, KARIM, PLAYERS
from doctocbot.demo.french import french
from doctocbot.demo.transcript import Place, Transcript
from doctocbot.images import Removed

_LONG = "Éruption depuis ce matin sur les joues, les avant-bras et les genoux, rien sur le tronc. " * 3


def _written(
    *, terminal: bool = False, environment: dict[str, str] | None = None
) -> tuple[Transcript, io.StringIO]:
    paper = io.StringIO()
    console = Console(
        file=paper,
        width=80,
        highlight=False,
        force_terminal=terminal,
        _environ=environment or {},
        color_system="auto",
    )
    return Transcript(console), paper


def _card(words: str) -> dict[str, object]:
    document = (
        Document().title("#1 · diagnostic · ouvert — 2 réponses").line("par ", Person("Dr Léa", "@lea:x"))
    )
    return document.quote(words).items([("1. ", Strong("Gianotti-Crosti"), " : 2 d'accord")]).content()


def test_fits_eighty_columns() -> None:
    """Nothing is wider than a narrow terminal, whoever speaks and wherever."""
    transcript, paper = _written()
    transcript.says(ANNE, _LONG + "https://example.org/" + "a" * 200, Place.THREAD)
    transcript.does(KARIM, f"📷 {'très_' * 30}long.jpg")
    transcript.card(_card(_LONG))
    transcript.carried({"nom du fichier": "x" * 120}, {"nom du fichier": "case-1-1.jpg"}, {Removed.PLACE})
    transcript.fault("pas vu de tous", _LONG, None)

    assert max(cell_len(line) for line in paper.getvalue().split("\n")) <= 80


def test_words_start_under_words() -> None:
    """The second line of what somebody says begins where the first does, so that names stand alone at the left."""
    transcript, paper = _written()
    transcript.says(KARIM, _LONG)
    first, second, *_ = paper.getvalue().split("\n")

    assert first.startswith("Dr Karim Benali  Éruption")
    assert second[:17].isspace()
    assert not second[17].isspace()


def test_thread_has_a_bar_on_every_line() -> None:
    """What is said in a thread can be told from the room at a glance, also when it is long."""
    transcript, paper = _written()
    transcript.says(KARIM, _LONG, Place.THREAD)

    assert all(line[17] == "┊" for line in paper.getvalue().rstrip("\n").split("\n"))


def test_card_says_the_question_whole_only_once() -> None:
    """An updated card is printed again with the question cut to a line, and the opinions whole."""
    transcript, paper = _written()
    transcript.card(_card(_LONG))
    whole = paper.getvalue()
    transcript.card(_card(_LONG))
    again = paper.getvalue().removeprefix(whole)

    assert "la fiche, mise à jour" in again
    assert whole.count("▏") > 3
    assert again.count("▏") == 1
    assert "…" in again
    assert "1. Gianotti-Crosti : 2 d'accord" in again


def test_words_of_people_are_never_markup() -> None:
    """Brackets and angle brackets are shown as typed: rich's markup and HTML mean nothing in a message."""
    transcript, paper = _written()
    transcript.says(ANNE, "[bold]T[/bold] 38 <b>ou plus</b> [/]")
    transcript.bot(Document().line("<script>", Code("!aide")).content())

    assert "[bold]T[/bold] 38 <b>ou plus</b> [/]" in paper.getvalue()
    assert "<script>!aide" in paper.getvalue()


def test_plain_where_there_is_no_terminal() -> None:
    """A pipe or a log gets words and lines, no escape sequences; a terminal gets each speaker's colour."""
    plain, paper = _written()
    plain.says(ANNE, "Bonjour")
    coloured, screen = _written(terminal=True, environment={"TERM": "xterm-256color"})
    coloured.says(ANNE, "Bonjour")

    assert "\x1b" not in paper.getvalue()
    assert "\x1b[1;35m" in screen.getvalue()


def test_no_color_is_heeded() -> None:
    """Where NO_COLOR is set a terminal gets no colours either."""
    transcript, screen = _written(terminal=True, environment={"TERM": "xterm-256color", "NO_COLOR": "1"})
    transcript.says(ANNE, "Bonjour")
    transcript.seen(PLAYERS, 0.4)

    assert "35m" not in screen.getvalue()
    assert "32m" not in screen.getvalue()


def test_table_says_what_is_left() -> None:
    """Whatever the copy lacks is said to be nothing, and what was taken away is named as the bot names it."""
    transcript, paper = _written()
    transcript.carried(
        {"lieu (GPS)": "48° N", "image": "2 × 2"}, {"image": "2 × 2"}, {Removed.PLACE, Removed.DATE}
    )
    rows = [line.split() for line in paper.getvalue().split("\n")]

    assert ["lieu", "(GPS)", "48°", "N", "rien"] in rows
    assert ["image", "2", "×", "2", "2", "×", "2"] in rows
    assert "date et heure, lieu" in paper.getvalue()


@pytest.mark.parametrize(
    ("typed", "set_right"),
    [
        ("Rubéole ?", "Rubéole\u202f?"),
        ("à sa place :", "à sa place\u00a0:"),
        ("crée « DocTocToc », chiffré", "crée «\u00a0DocTocToc\u00a0», chiffré"),
        ("serveur » :", "serveur\u00a0»\u00a0:"),
        ("supprimée ; la photo", "supprimée\u202f; la photo"),
        ("Demandez !résumé #1", "Demandez !résumé #1"),
        ("il est 12:30", "il est 12:30"),
    ],
)
def test_french_spaces(typed: str, set_right: str) -> None:
    """Double punctuation never stands alone at the beginning of a line; commands keep their plain space."""
    assert french(typed) == set_right


def test_line_never_begins_with_a_colon() -> None:
    """Where a line has to break, a no-break space holds, though rich would break there."""
    for width in range(30, 60):
        transcript, paper = _written()
        transcript.remark("x" * width + " la photo rejoint le fil du cas :")
        assert not any(line.strip().startswith(":") for line in paper.getvalue().split("\n"))
