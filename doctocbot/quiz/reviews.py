"""`!quiz me`: questions that one person is asked in private, one at a time, which come back when they would fade.

    asked -> answered wrong -> "again" by itself, and the next one
          -> answered right -> how was it? a reaction, a word, or just going on (which means good) -> the next one

Where somebody stands is a row, so that a restart asks nothing twice and grades the same. Nobody else learns of it.
"""

import re

from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.matrix import Event, Outgoing
from doctocbot.quiz import grading, progress, review_picking, review_rows, review_showing
from doctocbot.quiz.commands import Subcommand
from doctocbot.quiz.model import Choice, Question, QuestionKind
from doctocbot.quiz.review_rows import Session
from doctocbot.quiz.scheduling import Grade
from doctocbot.rooms import direct
from doctocbot.store import Transaction

_STOP = frozenset(("stop", "fin"))
_PROGRESS = frozenset(("progress", "progres"))
_MOST_TAGS = 12
_OURS = re.compile(r"question:\d+:review:")


def me(c: Conversation, words: str) -> None:
    """`!quiz me [TAG]`: ask the next question; `stop` ends, `progress` shows how far one is."""
    said = fold(words)
    if said in _PROGRESS:
        progress.show(c)
        return
    at = review_rows.session(c.tx, c.sender)
    if at is not None:
        _grade(c, at, Grade.GOOD)
    if said in _STOP:
        _stop(c, at)
        return
    tag = words.strip().lstrip("#")
    direct.note_private(c.tx, c.event.room_id)
    if not _ask_next(c, tag, skip=None):
        _refuse_what_never_is(c, tag)
        _nothing_now(c, tag)


def awaits(c: Conversation) -> bool:
    """Whether a question awaits the answer of the person who speaks, in this chat."""
    at = _here(c)
    return at is not None and at.answered_at is None


def is_of(c: Conversation, event_id: str) -> bool:
    """Whether an event is a message of a review in this chat."""
    key = c.outbox.key_of(c.tx, event_id)
    return key is not None and _OURS.match(key) is not None


def take(c: Conversation) -> bool:
    """Take bare words as an answer, a grade, or the wish for the next question; returns whether they were one.

    A bare letter of the question that awaits one is an answer, as is a reply to it in any words. All else stays what it
    is: what a doctor types there meanwhile may be the beginning of a case.
    """
    at = _here(c)
    if at is None:
        return False
    words, reply = c.event.text.strip(), c.event.replies_to
    if reply is not None and not is_of(c, reply):
        return False
    if at.answered_at is not None:
        grade = review_showing.grade_of_words(words)
        if grade is not None:
            _grade(c, at, grade)
            _go_on(c, at)
        return grade is not None
    if reply is None and review_showing.is_next(words):
        _go_on(c, at)
        return True
    if reply is None and not _is_letter(c, at, words):
        return False
    answer(c, words)
    return True


def answer(c: Conversation, words: str) -> None:
    """Judge an answer to the question that awaits one; raises a Refusal where there is none, or it says nothing."""
    at = _here(c)
    if at is None or at.answered_at is not None:
        raise Refusal("quiz.review-none")
    if c.event.replies_to is not None and is_of(c, c.event.replies_to) and not _is_latest(c, at):
        raise Refusal("quiz.review-older")
    question, choices = _standing(c, at)
    if question is None:
        _taken_back(c, at)
        return
    given = grading.given(question.kind, choices, words)
    if given is None and question.kind is QuestionKind.FREE:
        raise Refusal("quiz.review-which-words")
    if given is None:
        raise Refusal("quiz.review-which-answer", letters=", ".join(each.letter for each in choices))
    right = grading.is_right(question.kind, choices, given)
    c.send(review_showing.told(c, at, question, choices, right=right))
    if right:
        review_rows.answered_right(c.tx, c.sender, c.now)
        return
    review_rows.review(c.tx, c.sender, question.id, Grade.AGAIN, c.now, right=False)
    _go_on(c, at)


def react(c: Conversation) -> bool:
    """Take a reaction as the grade of the latest question; returns whether it was one. It does nothing else."""
    at, grade = _here(c), review_showing.grade_of_button(c.event.emoji)
    if at is None or grade is None or at.answered_at is None:
        return False
    if c.outbox.key_of(c.tx, c.event.related_id or "") != at.told_key:
        return False
    _grade(c, at, grade)
    _go_on(c, at)
    return True


def tick(tx: Transaction, now: int, at: At) -> int:
    """Tell those whose question was taken back, and ask them another one; returns how many."""
    orphaned = review_rows.orphaned(tx)
    for each in orphaned:
        c = at(tx, Event(f"{each.key}gone", each.chat_id, each.user, "org.doctocbot.time", now))
        if direct.partner(tx, each.chat_id) == each.user:
            _taken_back(c, each)
        else:
            review_rows.end(tx, each.user)
    return len(orphaned)


def _here(c: Conversation) -> Session | None:
    """Where the person stands who speaks, if that is in this chat."""
    at = review_rows.session(c.tx, c.sender)
    return at if at is not None and at.chat_id == c.event.room_id else None


def _is_latest(c: Conversation, at: Session) -> bool:
    key = c.outbox.key_of(c.tx, c.event.replies_to or "") or ""
    return key.startswith(at.key)


def _standing(c: Conversation, at: Session) -> tuple[Question | None, tuple[Choice, ...]]:
    """The question at which somebody stands with its choices as shown, or None where it cannot be answered any more."""
    question = review_picking.still_askable(c, at.question_id) if at.question_id is not None else None
    if question is None:
        return None, ()
    choices = grading.lettered(question, at.seed)
    # Somebody has changed the choices since: a letter may mean another one now.
    return (question, choices) if review_showing.digest(question, choices) == at.shown else (None, ())


def _is_letter(c: Conversation, at: Session, words: str) -> bool:
    """Whether words are nothing but letters, all of the question that awaits them: `B`, `b)`, `B D`, `BD`."""
    tokens = [token for token in re.split(r"[\s.,;:/+&()]+", words) if token]
    if not tokens or not all(token.isalpha() and (len(token) == 1 or token.isupper()) for token in tokens):
        return False
    question, choices = _standing(c, at)
    if question is None:
        # A letter all the same: they learn that the question is gone.
        return all(len(token) == 1 for token in tokens)
    known = {choice.letter for choice in choices}
    return question.kind is not QuestionKind.FREE and {*"".join(tokens).upper()} <= known


def _grade(c: Conversation, at: Session, grade: Grade) -> None:
    """Grade what was answered right; once."""
    if at.answered_at is None:
        return
    if at.question_id is not None:
        review_rows.review(c.tx, at.user, at.question_id, grade, at.answered_at, right=True)
    c.tx.execute("UPDATE review_session SET answered_at = NULL WHERE user_id = :user", user=at.user)


def _go_on(c: Conversation, at: Session) -> None:
    """Ask the next question, or end where nothing is due and nothing new is left for today."""
    if not _ask_next(c, at.tag, skip=at.question_id, done=at.done + 1):
        _nothing_now(c, at.tag)


def _ask_next(c: Conversation, tag: str, skip: int | None, done: int = 0) -> bool:
    """Ask the next question of this subject; returns whether there was one."""
    question = review_picking.pick(c, tag, skip)
    if question is None:
        return False
    key = f"question:{question.id}:review:{c.cause}:"
    seed = c.outbox.transaction_id(key)
    choices = grading.lettered(question, seed)
    shown = review_showing.digest(question, choices)
    at = Session(c.sender, c.event.room_id, tag, question.id, key, seed, shown, done)
    review_rows.begin(c.tx, at)
    c.send(review_showing.question(c, at, question, choices))
    return True


def _refuse_what_never_is(c: Conversation, tag: str) -> None:
    """Raise a Refusal for a subject of which there is nothing at all, and where there is nothing of any yet."""
    if review_picking.next_due(c, tag) is not None:
        return
    known = review_picking.subjects(c)
    if tag and known:
        raise Refusal("quiz.review-no-such-tag", tags=", ".join(known[:_MOST_TAGS]))
    if not known and progress.of(c).met == 0:
        raise Refusal("quiz.review-none-ready")


def _nothing_now(c: Conversation, tag: str) -> None:
    """End a session for which there is nothing left now: when to come back, and how far one is."""
    review_rows.end(c.tx, c.sender)
    due = review_picking.next_due(c, tag)
    document = Document().line(*c.wording.spans("quiz.review-done"))
    if due is not None:
        left = c.wording.duration(max(due - c.now, 60_000))
        document.line(*c.wording.spans("quiz.review-next-due", left=left))
    if not review_picking.may_meet_new(c):
        document.line(*c.wording.spans("quiz.review-no-more-new", most=str(review_picking.NEW_A_DAY)))
    c.reply(document, purpose="review-done")
    progress.send(c)


def _taken_back(c: Conversation, at: Session) -> None:
    """Say kindly that a question is gone, or another than it was, and go on with the next one."""
    review_rows.end(c.tx, at.user)
    content = Document().line(*c.wording.spans("quiz.review-gone")).content("m.notice")
    c.send([Outgoing(key=f"{at.key}gone", room_id=at.chat_id, content=content)])
    _ask_next(c, at.tag, skip=None, done=at.done)


def _stop(c: Conversation, at: Session | None) -> None:
    if at is None:
        raise Refusal("quiz.review-none")
    review_rows.end(c.tx, c.sender)
    c.tell("quiz.review-stopped")
    progress.send(c)


SUBCOMMANDS = (Subcommand(("me", "moi"), None, me),)
