"""What one person sees of a review in their direct chat: the question, what is told to their answer, the grades."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outgoing, reaction
from doctocbot.quiz import showing
from doctocbot.quiz.model import Choice, Question
from doctocbot.quiz.review_rows import Session
from doctocbot.quiz.scheduling import Grade

BUTTONS: Mapping[str, Grade] = {"🔁": Grade.AGAIN, "😓": Grade.HARD, "👍": Grade.GOOD, "🌟": Grade.EASY}
"""The reactions that stand under a right answer, in the order in which they are placed."""

_GRADES: Mapping[Grade, tuple[str, ...]] = {
    Grade.AGAIN: ("again", "encore", "à revoir", "1"),
    Grade.HARD: ("hard", "difficile", "dur", "2"),
    Grade.GOOD: ("good", "bien", "bon", "3"),
    Grade.EASY: ("easy", "facile", "4"),
}
_NEXT = ("next", "suivant", "suivante", "question suivante")
_DECORATION = dict.fromkeys((0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)))
"""What a client adds to an emoji: the mark of a picture, and the tones of skin."""

_BY_WORD = {fold(word): grade for grade, words in _GRADES.items() for word in words}
_BY_WORD |= {fold(word): Grade.GOOD for word in _NEXT}


def grade_of_button(emoji: str) -> Grade | None:
    """Which grade a reaction gives."""
    return BUTTONS.get(emoji.translate(_DECORATION))


def grade_of_words(words: str) -> Grade | None:
    """Which grade bare words give; going on without one means good."""
    return _BY_WORD.get(fold(words).strip(" .!"))


def is_next(words: str) -> bool:
    """Whether bare words ask for the next question."""
    return fold(words).strip(" .!") in _NEXT


def digest(question: Question, choices: Sequence[Choice]) -> str:
    """What tells whether the choices are still those that were shown, without keeping their words."""
    shown = json.dumps([question.kind, *([each.letter, each.text, each.is_right] for each in choices)])
    return hashlib.sha256(shown.encode()).hexdigest()


def question(c: Conversation, at: Session, asked: Question, choices: Sequence[Choice]) -> list[Outgoing]:
    """What asks a question in a direct chat, in the order in which it is sent."""
    title = Document().line(*c.wording.spans("quiz.review-question", number=str(at.done + 1)))
    words = showing.in_words(asked, choices, c.wording, title, private=True)
    return [
        *showing.pictures(c, asked, at.key, at.chat_id),
        _of(at, asked, at.stem_key, words),
    ]


def told(
    c: Conversation, at: Session, asked: Question, choices: Sequence[Choice], *, right: bool
) -> list[Outgoing]:
    """What is told to an answer: whether it is right, why, and after a right one how it may be graded."""
    document = Document().line(*c.wording.spans("quiz.review-right" if right else "quiz.review-wrong"))
    showing.explained(c, asked, choices, document)
    if not right:
        return [_of(at, asked, at.told_key, document, reply_to=c.event.event_id)]
    document.line(*c.wording.spans("quiz.review-how-was-it"))
    return [
        _of(at, asked, at.told_key, document, reply_to=c.event.event_id),
        *(
            reaction(f"{at.key}grade:{grade}", at.chat_id, at.told_key, emoji, asked.case_id)
            for emoji, grade in BUTTONS.items()
        ),
    ]


def _of(at: Session, asked: Question, key: str, document: Document, reply_to: str | None = None) -> Outgoing:
    """A message of a review; of a question made from a case a pull of that case reaches it."""
    return Outgoing(
        key=key,
        room_id=at.chat_id,
        content=document.content(),
        reply_to=reply_to,
        case_id=asked.case_id,
        quotes=asked.case_id is not None,
    )
