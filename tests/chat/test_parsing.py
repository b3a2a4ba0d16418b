"""What a message says to the bot."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.chat.parsing import (
    Called,
    Unknown,
    fold,
    fold_name,
    leading_count,
    leading_number,
    name_table,
    understand,
)
from doctocbot.quiz.desk import QuizDesk
from doctocbot.tables import command_tables

TABLE, _ = command_tables(QuizDesk(15, "seed"))
EVERY_COMMAND = TABLE.listed


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ("!cas Enfant de 3 ans", "case", "Enfant de 3 ans"),
        ("!case Child of 3", "case", "Child of 3"),
        ("!Cas Enfant", "case", "Enfant"),
        ("! cas Enfant", "case", "Enfant"),
        ("!\u00a0cas Enfant", "case", "Enfant"),
        ("!\u202fcas Enfant", "case", "Enfant"),
        ("  !cas Enfant  ", "case", "Enfant"),
        ("\n!cas Enfant", "case", "Enfant"),
        ("!cas\nEnfant\n\nFièvre", "case", "Enfant\n\nFièvre"),
        ("!cas\tEnfant", "case", "Enfant"),
        ("!cas\u00a0Enfant", "case", "Enfant"),
        ("!cas", "case", ""),
        ("!CAS !résumé", "case", "!résumé"),
        ("!d'accord 2", "agree", "2"),
        ("!d’accord 2", "agree", "2"),
        ("!d‘accord 2", "agree", "2"),
        ("!D`ACCORD 2", "agree", "2"),
        ("!daccord 2", "agree", "2"),
        ("!d-accord 2", "agree", "2"),
        ("!agree 2", "agree", "2"),
        ("!contre 2 car fièvre", "oppose", "2 car fièvre"),
        ("!Résumé", "summary", ""),
        ("!RESUME", "summary", ""),
        ("!RÉSUMÉ", "summary", ""),
        ("!resume", "summary", ""),
        ("!summary", "summary", ""),
        ("!rÉponse B", "answer", "B"),
        ("!reponse B", "answer", "B"),
        ("!answer B", "answer", "B"),
        ("!les-cas", "cases", ""),
        ("!lescas ouverts", "cases", "ouverts"),
        ("!avis gianotti-crosti", "dx", "gianotti-crosti"),
        ("!clore probable rougeole", "close", "probable rougeole"),
        ("!rouvrir", "reopen", ""),
        ("!jeter 2", "drop", "2"),
        ("!aide", "help", ""),
        ("!mod set language fr", "mod", "set language fr"),
        ("!quiz", "quiz", ""),
    ],
)
def test_a_command_is_understood_however_a_phone_writes_it(typed: str, name: str, words: str) -> None:
    """Case, accents, hyphens, apostrophes of any shape and a space after the mark make no difference."""
    assert TABLE.understand(typed) == Called(name, words)


@pytest.mark.parametrize(
    "talk",
    [
        "",
        " ",
        "!",
        "!!!",
        "! ",
        "! attention à la déshydratation",
        "!\u202fattention",
        "Attention !cas",
        "c'est grave !",
        "!?",
        "!1",
        "!12 mg",
        "!🩺",
        "cas",
        "#12",
        "?cas",
        "> !cas Enfant",
        "!(cas)",
        "! !cas",
    ],
)
def test_ordinary_words_are_no_command(talk: str) -> None:
    """French puts a space before its exclamation marks, and people shout."""
    assert TABLE.understand(talk) is None


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("!helpme", "help"),
        ("!casa Enfant", "cas"),
        ("!caas Enfant", "cas"),
        ("!sumary", "summary"),
        ("!resumer", "resume"),
        ("!quizz", "quiz"),
        ("!xyzzy", None),
    ],
)
def test_an_unknown_name_is_never_a_prefix_and_gets_the_nearest(typed: str, nearest: str | None) -> None:
    """`!helpme` runs nothing; whoever mistyped is told what it resembles."""
    said = TABLE.understand(typed)
    assert isinstance(said, Unknown)
    assert said.nearest == nearest


@pytest.mark.parametrize("name", sorted({name for command in EVERY_COMMAND for name in command.names}))
def test_no_name_is_understood_as_a_prefix(name: str) -> None:
    """A letter more, and it is another word."""
    said = TABLE.understand(f"!{name}x")
    assert not isinstance(said, Called)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("typed", ["!résumé semaine", "!réponse B", "!RÉPONSE B"])
def test_accents_may_be_composed_or_not(form: Literal["NFC", "NFD", "NFKC", "NFKD"], typed: str) -> None:
    """Some keyboards send an e and an accent, most send é."""
    assert isinstance(TABLE.understand(unicodedata.normalize(form, typed)), Called)


@pytest.mark.parametrize("hyphen", "-‐‑")
def test_any_hyphen_will_do(hyphen: str) -> None:
    """Word processors write hyphens that do not break."""
    assert TABLE.understand(f"!les{hyphen}cas") == Called("cases", "")


def test_two_commands_with_one_name_are_a_fault_of_ours() -> None:
    """They would differ by an accent only, and one of them could never be called."""
    with pytest.raises(ValueError, match="résumé"):
        name_table([("resume",), ("summary", "résumé")])


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    """Whatever somebody types is a command, something like one, or words."""
    assert isinstance(TABLE.understand(text), Called | Unknown | None)
    assert isinstance(TABLE.understand("!" + text), Called | Unknown | None)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    """What is compared is a normal form."""
    assert fold(fold(text)) == fold(text)
    assert fold_name(fold_name(text)) == fold_name(text)


@given(st.sampled_from(sorted({name for command in EVERY_COMMAND for name in command.names})), st.data())
def test_every_spelling_of_a_name_means_the_same(name: str, data: st.DataObject) -> None:
    """Upper and lower case, with or without accents, at random."""
    spelt = "".join(data.draw(st.sampled_from([char, char.upper(), fold(char)])) for char in name)
    assert TABLE.understand(f"!{spelt} 2") == TABLE.understand(f"!{name} 2")


def test_a_hundred_kilobytes_are_understood_at_once() -> None:
    """No text is slow to understand."""
    for text in ("!" + "a" * 100_000, "!cas " + " " * 100_000, " " * 100_000 + "x", "!cas " + "x\n" * 50_000):
        understand(text, {"cas": "case"})


@pytest.mark.parametrize(
    ("words", "number", "rest"),
    [
        ("#12 probable rougeole", 12, "probable rougeole"),
        ("#12", 12, ""),
        ("# 12 rougeole", 12, "rougeole"),
        ("#12\nrougeole", 12, "rougeole"),
        ("#0 x", 0, "x"),
        ("12 rougeole", None, "12 rougeole"),
        ("rougeole #12", None, "rougeole #12"),
        ("#12e", None, "#12e"),
        ("#ecg", None, "#ecg"),
        ("#1234567890123", None, "#1234567890123"),
        ("", None, ""),
    ],
)
def test_a_case_number_stands_first_and_whole(words: str, number: int | None, rest: str) -> None:
    """`#12` names a case, `#ecg` is a tag."""
    assert leading_number(words) == (number, rest)


@pytest.mark.parametrize(
    ("words", "number", "rest"),
    [
        ("2", 2, ""),
        ("2 car pas de fièvre", 2, "car pas de fièvre"),
        ("2, car", 2, "car"),
        ("2: car", 2, "car"),
        ("2 - car", 2, "car"),
        ("n°2 car", 2, "car"),
        ("n° 2", 2, ""),
        ("12", 12, ""),
        ("deux", None, "deux"),
        ("", None, ""),
        ("2.5 mg", None, "2.5 mg"),
        ("2,5 mg", None, "2,5 mg"),
        ("12.5 mg", None, "12.5 mg"),
        ("125,5 mg", None, "125,5 mg"),
        ("250mg", None, "250mg"),
    ],
)
def test_an_opinion_is_named_by_a_plain_number(words: str, number: int | None, rest: str) -> None:
    """A dose is no number of an opinion."""
    assert leading_count(words) == (number, rest)
