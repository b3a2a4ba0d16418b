"""What an answer says, and whether it is right: pure rules, and an order of choices that tells nothing."""

import hashlib
import hmac
import re
from collections.abc import Sequence

from doctocbot.cases.sameness import sameness
from doctocbot.chat.parsing import fold
from doctocbot.quiz.free_words import says
from doctocbot.quiz.model import LETTERS, Choice, Question, QuestionKind


def lettered(question: Question, seed: str) -> tuple[Choice, ...]:
    """The choices in an order that tells nothing: by a keyed hash of `seed`, so the same after a crash.

    What a question in free words accepts stays in its order: the first is how it is told.
    """
    options = list(question.options)
    if question.kind is not QuestionKind.FREE:
        options.sort(
            key=lambda option: hmac.new(seed.encode(), option.text.encode(), hashlib.sha256).digest()
        )
    letters = LETTERS if question.kind is not QuestionKind.FREE else map(str, range(1, len(options) + 1))
    return tuple(
        Choice(letter, option.text, option.is_right, option.why)
        for letter, option in zip(letters, options, strict=False)
    )


def given(kind: QuestionKind, choices: Sequence[Choice], words: str) -> str | None:
    """What somebody answers by `B`, `b)`, the words of a choice, `B D`, or their own words; None where it is nothing.

    Letters come back in order and once each, own words as typed.
    """
    if not fold(words).strip(" .):"):
        return None
    if kind is QuestionKind.FREE:
        return words.strip()
    named = _letters(choices, words) or _by_words(choices, words)
    if kind is QuestionKind.SEVERAL and not named:
        parts = [_by_words(choices, part) for part in re.split(r"[,;+\n]", words) if part.strip()]
        named = set().union(*parts) if all(parts) else set()
    if not named or (kind is QuestionKind.ONE and len(named) > 1):
        return None
    return "".join(sorted(named))


def is_right(kind: QuestionKind, choices: Sequence[Choice], answer: str) -> bool:
    """Whether an answer as `given` returns it is right: all right letters and no other, or accepted words."""
    if kind is QuestionKind.FREE:
        return any(choice.is_right and says(answer, choice.text) for choice in choices)
    return answer == "".join(sorted(choice.letter for choice in choices if choice.is_right))


_BETWEEN_LETTERS = frozenset(("et", "and", "puis", "les", "reponse", "reponses", "answer", "answers"))


def _letters(choices: Sequence[Choice], words: str) -> set[str]:
    """The letters in `B`, `b)`, `B D`, `b,d`, `BD`, `B et D`; none where anything else is said."""
    known = {choice.letter.casefold(): choice.letter for choice in choices}
    tokens = [token for token in re.split(r"[\s.,;:/+&()\-–]+", fold(words)) if token]
    tokens = [token for token in tokens if token not in _BETWEEN_LETTERS] or tokens
    if not all(letter in known for token in tokens for letter in token):
        return set()
    return {known[letter] for token in tokens for letter in token}


def _by_words(choices: Sequence[Choice], words: str) -> set[str]:
    """The letter of the choice that has these words."""
    meant = sameness(words)
    return {choice.letter for choice in choices if sameness(choice.text) == meant}
