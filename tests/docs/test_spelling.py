"""Every word of the documents and of what the bot says is in a dictionary, French or English, or in our list."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from spellchecker import SpellChecker

from tests.docs.pages import PAGES, ROOT, name_of, prose

OURS = frozenset((Path(__file__).parent / "words.txt").read_text(encoding="utf-8").split())
_WORD = re.compile(r"[A-Za-zÀ-ÿœŒ]{4,}")


@cache
def _dictionaries() -> tuple[SpellChecker, SpellChecker]:
    return SpellChecker(language="en"), SpellChecker(language="fr")


def misspelt(text: str) -> set[str]:
    """The words of a text that nobody knows."""
    words = {word.lower() for word in _WORD.findall(text)} - OURS
    english, french = _dictionaries()
    return english.unknown(words) & french.unknown(words)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_word_of_a_page_is_a_word(page: Path) -> None:
    """A new one that is right goes into words.txt."""
    assert misspelt(prose(page)) == set()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_word_that_the_bot_says_is_a_word(language: str) -> None:
    """In both catalogues; what is typed stands in backquotes."""
    path = ROOT / "doctocbot" / "locales" / language / "LC_MESSAGES" / "doctocbot.po"
    with path.open("rb") as file:
        catalogue = read_po(file)
    said = "\n".join(
        each
        for message in catalogue
        if message.id
        for each in (message.string if isinstance(message.string, tuple | list) else [message.string or ""])
        if each
    )
    said = re.sub(r"`[^`]*`|\{\w+\}|![\w-]+|https?://\S+|[A-Z_]{5,}", " ", said)
    assert misspelt(said) == set()


def test_a_slip_is_noticed() -> None:
    """In either language."""
    assert misspelt("the homeserver recieves a mesage; le medecin éxamine") >= {
        "recieves",
        "mesage",
        "éxamine",
    }
