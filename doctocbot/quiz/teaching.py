"""The word that an author gets, in private, when a case of theirs has taught somebody: never who, never who was wrong.

What counts is kept by triggers of the database, as numbers alone: a right answer in a room's quiz that has ended, and
any review in private, the author's own left out. The first is told at the next full hour, later ones once a week.
"""

from doctocbot.cases import notices, queries
from doctocbot.cases.model import Case
from doctocbot.chat.rendering import Document, Link, Span
from doctocbot.chat.replies import At, Conversation
from doctocbot.matrix import Event
from doctocbot.quiz.making import is_askable
from doctocbot.rooms import private
from doctocbot.rooms.private import MeantFor
from doctocbot.rooms.roles import Standing
from doctocbot.store import Row, Transaction

_WEEK_MS = 7 * 24 * 3600 * 1000
_MOST_AT_ONCE = 50


def tick(tx: Transaction, now: int, at: At) -> int:
    """Tell the authors whose cases have taught somebody; returns how many. A ticker, `now` in ms since 1970."""
    told = 0
    for row in tx.rows(_DUE, now=now, most=_MOST_AT_ONCE):
        case = queries.case_by_id(tx, row["case_id"])
        wanted = case is not None and is_askable(case) and notices.is_told(tx, case.author)
        if case is not None and wanted:
            cause = f"question:{row['question_id']}:taught:{row['words']}"
            c = at(tx, Event(cause, case.room_id, case.author, "org.doctocbot.time", now))
            _tell(c, case, row)
            told += 1
        tx.execute(_TOLD, id=row["question_id"], more=int(wanted), next=now + _WEEK_MS)
    return told


_DUE = (
    "SELECT taught.*, case_id FROM taught JOIN question ON question.id = question_id"
    " WHERE due_at <= :now ORDER BY due_at LIMIT :most"
)
_TOLD = "UPDATE taught SET times = 0, words = words + :more, not_before = :next, due_at = NULL WHERE question_id = :id"


def _tell(c: Conversation, case: Case, row: Row) -> None:
    wording = private.wording_for(c, case.author)
    card = c.outbox.address(c.tx, case.card_key)
    number: Span = Link(f"#{case.id}", card) if card else f"#{case.id}"
    if row["words"]:
        times = wording.count("quiz.taught-times", row["times"])
        document = Document().line(*wording.spans("quiz.taught-again", number=number, times=times))
    else:
        document = Document().line(*wording.spans("quiz.taught-first", number=number))
    meant_for = MeantFor(case.room_id, Standing.MEMBER)
    private.tell(c, case.author, "taught", document, case_id=case.id, meant_for=meant_for)
