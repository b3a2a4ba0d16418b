"""Answers to the question that runs in a room: by its poll, in words there, or in words in a direct chat."""

from doctocbot.chat.poll import poll_vote
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import redaction
from doctocbot.quiz import grading, queries, reviews, taking_back
from doctocbot.quiz.desk import known_author
from doctocbot.quiz.model import QuestionKind, Quiz
from doctocbot.rooms import private
from doctocbot.rooms.concerned import one_of, rooms_around
from doctocbot.rooms.policy import Act, may
from doctocbot.rooms.roles import Standing


def vote(c: Conversation) -> bool:
    """Count a vote cast in the native poll; the last one before the end counts. Returns whether it did."""
    quiz = queries.of_message(c.tx, c.event.room_id, c.event.related_id or "")
    letter = poll_vote(c.event.content)
    if quiz is None or not quiz.open_at(c.now) or not may(c.tx, Act.ANSWER_QUIZ, c.sender, c.room):
        return False
    if known_author(c.tx, quiz) == c.sender:
        _tell_author(c, quiz)
        return False
    if letter is None or letter not in {choice.letter for choice in quiz.choices}:
        # A spoilt vote takes the earlier one back, as it does in Element (MSC3381).
        queries.take_back(c.tx, quiz, c.sender, c.now)
        return True
    _count(c, quiz, letter)
    return True


def _tell_author(c: Conversation, quiz: Quiz) -> None:
    """Tell the author in private, once, that their vote counts for nothing: Element shows it as cast."""
    wording = private.wording_for(c, c.sender)
    words = Document().line(*wording.spans("quiz.own-vote", number=f"#{quiz.case_id}"))
    meant_for = private.MeantFor(quiz.room_id, Standing.MEMBER)
    cause = f"{quiz.key}own"
    private.tell(c, c.sender, "own-case", words, case_id=quiz.case_id, cause=cause, meant_for=meant_for)


def in_room(c: Conversation, words: str) -> None:
    """`!answer B` in the room: count it and take it out of there, so that it gives nothing away."""
    quiz = queries.running(c.tx, c.event.room_id)
    if quiz is None or not quiz.open_at(c.now):
        raise Refusal("quiz.none-running")
    own, refusal = known_author(c.tx, quiz) == c.sender, None
    try:
        if not own:
            _answer(c, quiz, words)
    except Refusal as why_not:
        # What they have typed goes all the same: it may be the outcome.
        refusal = why_not
    if c.room.can_redact(c.bot):
        for event_id in {c.cause, c.event.event_id}:
            c.send([redaction(c.event.room_id, event_id, quiz.case_id)])
    elif not own and refusal is None:
        c.tell("quiz.counted-but-visible")
    if own:
        c.tell("quiz.own-case")
    if refusal is not None and not c.room.can_redact(c.bot):
        raise refusal
    if refusal is not None:
        c.refuse(refusal)


def in_chat(c: Conversation, words: str) -> None:
    """`!answer B` in a direct chat, where nobody sees it: to the question in review, or the one that runs in a room."""
    if c.event.replies_to is not None and reviews.is_of(c, c.event.replies_to):
        reviews.answer(c, words)
        return
    running = {
        room.room_id: quiz
        for room in rooms_around(c)
        if (quiz := queries.running(c.tx, room.room_id)) is not None and quiz.open_at(c.now)
    }
    if not running and reviews.awaits(c):
        reviews.answer(c, words)
        return
    if not running:
        raise Refusal("quiz.none-running")
    room, rest = one_of([c.world.state(room_id) for room_id in running], words)
    quiz = running[room.room_id]
    answer = _answer(c, quiz, rest)
    left = c.wording.duration(max(quiz.ends_at - c.now, 0))
    c.tell("quiz.counted", room=room.name or room.room_id, answer=answer, left=left)


def reworded(c: Conversation, words: str) -> bool:
    """Count what an edited `!answer` of a direct chat says now; returns whether the message had given an answer.

    Raises a Refusal where it says none; what it had said stands then.
    """
    quiz = queries.answered_by(c.tx, c.event.event_id)
    if quiz is None or not quiz.open_at(c.now):
        return False
    room = c.world.state(quiz.room_id)
    _, rest = one_of([room], words)
    answer = _answer(c, quiz, rest)
    left = c.wording.duration(max(quiz.ends_at - c.now, 0))
    c.tell("quiz.counted", room=room.name or room.room_id, answer=answer, left=left)
    return True


def _answer(c: Conversation, quiz: Quiz, words: str) -> str:
    """Count an answer in words; returns how it was understood, or raises a Refusal that says how to answer."""
    if known_author(c.tx, quiz) == c.sender:
        raise Refusal("quiz.own-case")
    answer = grading.given(quiz.kind, quiz.choices, words)
    if answer is None and quiz.kind is QuestionKind.FREE:
        raise Refusal("quiz.which-words")
    if answer is None:
        raise Refusal("quiz.which-answer", letters=", ".join(each.letter for each in quiz.choices))
    _count(c, quiz, answer)
    return answer


def _count(c: Conversation, quiz: Quiz, answer: str) -> None:
    right = grading.is_right(quiz.kind, quiz.choices, answer)
    queries.answer(c.tx, quiz, c.sender, answer, c.event.event_id, c.now, right=right)


def forget(c: Conversation, event_id: str) -> None:
    """Follow a redaction: of an answer, which counts no more, or of question or poll, which ends it unsolved."""
    quiz = queries.of_message(c.tx, c.event.room_id, event_id)
    if quiz is not None and quiz.ended_at is None:
        taking_back.abandon(c, quiz)
    c.tx.execute(_FORGET, id=event_id, who=c.sender)


# Their own deleting: the bot's of what it has counted does not come this way, and a moderator who does it in the bot's
# place takes nobody's answer.
_FORGET = (
    "DELETE FROM quiz_answer WHERE event_id = :id AND voter = :who"
    " AND EXISTS (SELECT 1 FROM quiz WHERE quiz.id = quiz_id AND ended_at IS NULL)"
)
