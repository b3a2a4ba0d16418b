"""What happens to a quiz: asked, answered, ended."""

from collections.abc import Callable

from doctocbot.cases import desk as cases_desk
from doctocbot.cases import opinions
from doctocbot.cases import queries as case_queries
from doctocbot.cases.model import Case, CaseState
from doctocbot.chat.poll import POLL_END, POLL_START, end_content, poll_vote
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import Event, Outgoing, redaction
from doctocbot.quiz import queries
from doctocbot.quiz.model import Quiz, chosen, make_choices
from doctocbot.quiz.poll import quiz_poll, result
from doctocbot.rooms.policy import Act, may
from doctocbot.store import Transaction

_MINUTE_MS = 60_000


class QuizDesk:
    """Asks and ends questions; `minutes` is how long one runs, `seed` keys the order of its choices."""

    def __init__(self, minutes: int, seed: str) -> None:
        self._minutes = minutes
        self._seed = seed

    def ask(self, c: Conversation, case: Case) -> None:
        """Ask the room a question made from a closed case."""
        if case.state is not CaseState.CLOSED or not case.outcome:
            raise Refusal("quiz.not-closed", number=f"#{case.id}")
        if not case.quiz_allowed:
            raise Refusal("quiz.not-allowed", number=f"#{case.id}")
        given = [opinion.text for opinion in opinions.opinions(c.tx, case.id)]
        choices = make_choices(case.outcome, given, f"{self._seed}:{c.event.event_id}")
        if len(choices) < 2:
            raise Refusal("quiz.too-few-opinions", number=f"#{case.id}")
        quiz = queries.add(
            c.tx, room=case.room_id, case_id=case.id, asked_by=c.sender, now=c.now,
            ends_at=c.now + self._minutes * _MINUTE_MS, choices=choices,
        )  # fmt: skip
        content = quiz_poll(quiz, case, c.wording, self._minutes)
        poll = Outgoing(
            key=quiz.poll_key,
            room_id=quiz.room_id,
            type=POLL_START,
            content=content,
            case_id=case.id,
            quotes=True,
        )
        c.send([poll])

    def pick(self, c: Conversation) -> Case:
        """The closed and allowed case of the room that has waited longest to be asked about."""
        asked = queries.last_asked(c.tx, c.event.room_id)
        ready = [
            case
            for case in case_queries.cases_of_room(c.tx, c.event.room_id)
            if case.state is CaseState.CLOSED and case.quiz_allowed
        ]
        if not ready:
            raise Refusal("quiz.none-ready")
        return min(ready, key=lambda case: (asked.get(case.id, 0), -case.id))

    def end(self, c: Conversation, quiz: Quiz) -> None:
        """End a question and tell the result in the poll's thread."""
        case = case_queries.case_by_id(c.tx, quiz.case_id)
        queries.end(c.tx, quiz, c.now)
        if case is None or case.state is not CaseState.CLOSED:
            return
        key, room = quiz.poll_key, quiz.room_id
        over = Outgoing(
            key=f"{key}:end",
            room_id=room,
            type=POLL_END,
            content=end_content(c.wording.say("quiz.ended")),
            refers_to=key,
            case_id=case.id,
        )
        told = result(c, quiz, case, queries.votes(c.tx, quiz)).content()
        c.send(
            [
                over,
                Outgoing(
                    key=f"{key}:result", room_id=room, content=told, thread=key, case_id=case.id, quotes=True
                ),
            ]
        )

    def end_overdue(
        self, tx: Transaction, now: int, conversation: Callable[[Transaction, Event], Conversation]
    ) -> int:
        """End every question whose time is up; returns how many."""
        ended = 0
        for quiz in queries.overdue(tx, now):
            moment = Event(f"quiz:{quiz.id}:time", quiz.room_id, quiz.asked_by, "org.doctocbot.time", now)
            self.end(conversation(tx, moment), quiz)
            ended += 1
        return ended


def vote(c: Conversation) -> bool:
    """Count a vote cast in the native poll; the last one before the end counts. Returns whether it did."""
    quiz = queries.of_poll(c.tx, c.event.room_id, c.event.related_id or "")
    letter = poll_vote(c.event.content)
    if quiz is None or not quiz.open_at(c.now) or not may(c.tx, Act.ANSWER_QUIZ, c.sender, c.room):
        return False
    if letter is None or letter not in {choice.letter for choice in quiz.choices}:
        # A spoilt vote takes the earlier one back, as it does in Element (MSC3381).
        queries.take_back(c.tx, quiz, c.sender)
        return True
    queries.answer(c.tx, quiz, c.sender, letter, c.event.event_id, c.now)
    return True


def answer_in_words(c: Conversation, words: str) -> None:
    """Count `!answer B` and take it out of the room, so that it gives nothing away."""
    quiz = queries.running(c.tx, c.event.room_id)
    if quiz is None or not quiz.open_at(c.now):
        raise Refusal("quiz.none-running")
    choice = chosen(words, quiz.choices)
    letters = ", ".join(each.letter for each in quiz.choices)
    if choice is None:
        raise Refusal("quiz.which-answer", letters=letters)
    queries.answer(c.tx, quiz, c.sender, choice.letter, c.event.event_id, c.now)
    if c.room.can_redact(c.bot):
        for event_id in {c.cause, c.event.event_id}:
            c.send([redaction(c.event.room_id, event_id, quiz.case_id)])
    else:
        c.tell("quiz.counted-but-visible")


def allow(c: Conversation, words: str, *, allowed: bool) -> None:
    """Keep the author's yes or no to quizzes made from a case; a no ends one that is running."""
    case, _ = cases_desk.named_case(c, words)
    cases_desk.require(c, Act.ALLOW_QUIZ, case)
    case_queries.allow_quiz(c.tx, case.id, allowed=allowed)
    if not allowed:
        call_off(c, case)
    c.tell("quiz.allowed" if allowed else "quiz.forbidden", number=f"#{case.id}")


def call_off(c: Conversation, case: Case) -> None:
    """End a running question about a case without a result and take its poll back: it may not be asked any more.

    The choices of those that have ended are erased as well: words that have to go may be among them.
    """
    queries.forget_choices(c.tx, case.id)
    running = queries.running(c.tx, case.room_id)
    if running is None or running.case_id != case.id:
        return
    queries.end(c.tx, running, c.now)
    for row in c.tx.rows("SELECT * FROM outbox WHERE key = :key", key=running.poll_key):
        c.outbox.take_back(c.tx, row)


def forget(c: Conversation, event_id: str) -> None:
    """Follow a redaction: of an answer, which counts no more, or of the poll, which ends the question unsolved."""
    quiz = queries.of_poll(c.tx, c.event.room_id, event_id)
    if quiz is not None and quiz.ended_at is None:
        queries.end(c.tx, quiz, c.now)
    c.tx.execute("DELETE FROM quiz_answer WHERE event_id = :id", id=event_id)
