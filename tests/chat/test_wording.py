"""Sentences from the catalogues, with values that stay values."""

import pytest

from doctocbot.chat.rendering import Code, Strong
from doctocbot.chat.wording import LANGUAGES, wording

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("milliseconds", "french"),
    [
        (-5_000, "moins d'une minute"),
        (0, "moins d'une minute"),
        (29_000, "moins d'une minute"),
        (31_000, "1 min"),
        (7 * 60_000, "7 min"),
        (59 * 60_000, "59 min"),
        (59.8 * 60_000, "1 h 00"),
        (72 * 60_000, "1 h 12"),
        (47 * HOUR, "47 h 00"),
        (48 * HOUR, "2 j"),
        (400 * HOUR, "16 j"),
    ],
)
def test_a_length_of_time_reads_as_people_say_it(milliseconds: float, french: str) -> None:
    """Nobody reads "432 seconds" between two patients."""
    assert wording("fr").duration(int(milliseconds)) == french


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_sentence_is_a_fault_of_ours(language: str) -> None:
    """A key is never shown to a person."""
    words = wording(language)
    for ask in (words.say, words.spans, lambda key: words.count(key, 1)):
        with pytest.raises(KeyError):
            ask("no.such.sentence")
    assert not words.has("no.such.sentence")
    assert words.has("card.unanswered")


def test_a_language_without_catalogue_is_refused() -> None:
    """Only French and English are spoken."""
    with pytest.raises(ValueError, match="de"):
        wording("de")


def test_values_stay_spans_of_their_own() -> None:
    """A name with braces or backticks in it is a name."""
    spans = wording("fr").spans("card.author", author=Strong("`{x}`"))
    assert spans == ("par ", Strong("`{x}`"))


def test_what_is_to_be_typed_is_shown_as_such_with_what_is_filled_in() -> None:
    """The person can copy the whole command."""
    spans = wording("fr").spans("case.closed-already", number="#12")
    assert Code("!rouvrir #12") in spans
    assert "#12" in spans


@pytest.mark.parametrize(
    ("n", "french", "english"), [(0, "réponse", "answers"), (1, "réponse", "answer"), (2, "réponses", "answers")]
)  # fmt: skip
def test_plurals_follow_their_language(n: int, french: str, english: str) -> None:
    """Nothing is singular in French and plural in English."""
    assert wording("fr").count("card.answers", n) == f"{n} {french}"
    assert wording("en").count("card.answers", n) == f"{n} {english}"
