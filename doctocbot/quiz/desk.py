"""What happens to a quiz in its room: chosen, asked, ended. `answering` counts, `taking_back` takes it back."""

from collections.abc import Callable, Iterator

from doctocbot.cases import queries as case_queries
from doctocbot.cases.model import CaseState
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.matrix import Event
from doctocbot.quiz import grading, making, poll, queries, questions, scores
from doctocbot.quiz.model import Question, QuestionKind, Quiz
from doctocbot.rooms import options
from doctocbot.rooms.admittance import takes_part
from doctocbot.rooms.specialties import canonical
from doctocbot.store import Transaction

_MINUTE_MS = 60_000
_MOST_TAGS = 12


class QuizDesk:
    """Asks and ends questions; one runs for `minutes` if its room does not say, `seed` keys the order of choices.

    `heard_until` tells up to which moment before another all that was said is known: no question ends before the
    answers given in time are in, however long the homeserver cannot be reached.
    """

    def __init__(self, minutes: int, seed: str, heard_until: Callable[[int], int] = lambda now: now) -> None:
        self._minutes = minutes
        self.seed = seed
        self._heard_until = heard_until

    def ask(self, c: Conversation, question: Question, minutes: int | None = None) -> None:
        """Ask the room a question, for so many minutes or as long as is set there."""
        if minutes is None:
            minutes = int(options.get(c.tx, c.event.room_id, options.QUIZ_MINUTES, str(self._minutes)))
        quiz = queries.add(
            c.tx, question, key=f"quiz:{c.cause}:", room=c.event.room_id, asked_by=c.sender, now=c.now,
            ends_at=c.now + minutes * _MINUTE_MS,
            choices=grading.lettered(question, f"{self.seed}:{c.event.event_id}"),
        )  # fmt: skip
        c.send(poll.asked(c, quiz, question))

    def pick(self, c: Conversation, tag: str = "") -> Question:
        """The question of this subject that has waited longest: first those never asked, cases before the bank.

        Raises a Refusal that says what there is instead where there is none.
        """
        known = [*queries.candidates(c.tx, c.event.room_id, c.wording.language)]
        wanted = canonical(tag) if tag else ""
        for candidate in known:
            if wanted and wanted not in map(canonical, candidate.tags):
                continue
            try:
                return self._question(c, candidate)
            except Refusal:
                # Nothing to choose from there: the next one may do.
                continue
        tags = dict.fromkeys(name for candidate in known for name in candidate.tags)
        if tag and tags:
            raise Refusal("quiz.no-such-tag", tags=", ".join([*tags][:_MOST_TAGS]))
        raise Refusal("quiz.none-ready")

    def _question(self, c: Conversation, candidate: queries.Candidate) -> Question:
        if candidate.case_id is not None:
            case = case_queries.case_by_id(c.tx, candidate.case_id)
            if case is None:
                raise Refusal("quiz.none-ready")
            return making.question_of(c.tx, case, c.now)
        question = questions.by_id(c.tx, candidate.question_id or 0)
        if question is None:
            raise Refusal("quiz.none-ready")
        return question

    def end(self, c: Conversation, quiz: Quiz) -> None:
        """End a question and tell the result in the poll's thread; the answers of those who have left do not count."""
        queries.end(c.tx, quiz, c.now)
        question = questions.by_id(c.tx, quiz.question_id)
        case = case_queries.case_by_id(c.tx, quiz.case_id) if quiz.case_id is not None else None
        if question is None or (case is not None and case.state is not CaseState.CLOSED):
            return
        for voter in queries.given(c.tx, quiz):
            if not takes_part(c.tx, c.room, voter):
                queries.take_back(c.tx, quiz, voter, c.now)
        given, right = queries.given(c.tx, quiz), queries.right_voters(c.tx, quiz)
        named = scores.willing(c.tx, right)
        c.send([*poll.over(c, quiz), poll.result(c, quiz, question, given, right=len(right), named=named)])
        if quiz.kind is QuestionKind.FREE:
            queries.forget_own_words(c.tx, quiz)

    def stop(self, c: Conversation, quiz: Quiz) -> None:
        """End a question now, or as soon as the answers in private are counted that were given before."""
        quiz = queries.shorten(c.tx, quiz, c.now)
        if not queries.awaits_answers(c.tx, quiz, c.event.event_id, c.now):
            self.end(c, quiz)

    def end_due(self, tx: Transaction, now: int, at: At) -> int:
        """End every question whose time is up, or that everybody has answered; returns how many."""
        due = {
            quiz.id: quiz
            for quiz in (*queries.overdue(tx, now, self._heard_until(now)), *self._answered(tx, now, at))
        }
        ended = 0
        for quiz in due.values():
            moment = _moment(quiz, tx, now, at)
            # Thrown out of the room, the bot knows nobody there any more: their answers wait until it is back.
            if moment.room.is_member(moment.bot):
                self.end(moment, quiz)
                ended += 1
        return ended

    def _answered(self, tx: Transaction, now: int, at: At) -> Iterator[Quiz]:
        """The questions that everybody has answered who takes part now, but for the bot and the author who is known."""
        for quiz, answers in queries.answered(tx):
            if not answers:
                continue
            c = _moment(quiz, tx, now, at)
            answered = queries.given(tx, quiz).keys()
            missing = c.room.members - answered - {c.bot, known_author(tx, quiz)}
            # The first who is still waited for settles it: a large room is not looked through every second.
            if not any(takes_part(tx, c.room, each) for each in missing):
                yield quiz


def known_author(tx: Transaction, quiz: Quiz) -> str | None:
    """Who is known to have posted the case of a question: they know the answer, so theirs does not count."""
    case = case_queries.case_by_id(tx, quiz.case_id) if quiz.case_id is not None else None
    return case.known_author if case is not None else None


def _moment(quiz: Quiz, tx: Transaction, now: int, at: At) -> Conversation:
    return at(tx, Event(f"{quiz.key}time", quiz.room_id, quiz.asked_by, "org.doctocbot.time", now))
