"""The full-text index over cases, in the bot's own encrypted database: what is written into it, and what is asked.

The database marks a case as soon as something is added to it, and takes it out of the index as soon as something of
it goes, in the very transaction (migration 0006). The marked ones are read anew before somebody searches, or when the
clock ticks: a case that is being answered is not read anew at every answer.
"""

import json
from collections.abc import Iterable
from time import perf_counter

from doctocbot.cases.model import Case
from doctocbot.cases.queries import cases_numbered
from doctocbot.cases.terms import sought, terms
from doctocbot.chat.replies import At
from doctocbot.chat.wording import LANGUAGES, wording
from doctocbot.store import Row, Transaction

_MOST_TERMS = 16
_MOST = 64
_PATIENCE = 0.01
"""Seconds after which reading anew stops until the next tick or search: when thousands of messages come in after an
outage, it takes a few hundredths of the time; in daily life there is a case or two to read."""


def find(tx: Transaction, rooms: Iterable[str], words: str, most: int) -> tuple[list[Case], bool]:
    """The cases of these rooms that hold all the words, best first; or, if none does, those that hold some.

    Returns the cases, and whether it is all words that they hold. What is typed is never syntax; no words find nothing.
    """
    catch_up(tx)
    quoted = [f'"{term}"' for term in sought(words)[:_MOST_TERMS]]
    if not quoted:
        return [], True
    within = json.dumps(list(rooms))
    every = _matching(tx, within, " AND ".join(quoted), most)
    if every or len(quoted) == 1:
        return every, True
    return _matching(tx, within, " OR ".join(quoted), most), False


def _matching(tx: Transaction, rooms: str, query: str, most: int) -> list[Case]:
    rows = tx.rows(_MATCHING, query=query, rooms=rooms, most=most)
    return cases_numbered(tx, (row["id"] for row in rows))


_MATCHING = (
    "SELECT id FROM case_search JOIN medical_case ON medical_case.id = case_search.rowid"
    " WHERE case_search MATCH :query AND room_id IN (SELECT value FROM json_each(:rooms))"
    " AND state IN ('open', 'closed') AND NOT hidden ORDER BY rank, id DESC LIMIT :most"
)


def catch_up(tx: Transaction) -> None:
    """Read the cases anew of which the index does not know all, newest first, for as long as `_PATIENCE` lasts."""
    began = perf_counter()
    for row in tx.rows("SELECT case_id FROM unindexed ORDER BY case_id DESC LIMIT :most", most=_MOST):
        # A savepoint has the index written down, so that the time for it is counted as well.
        with tx.attempt():
            tx.execute("DELETE FROM case_search WHERE rowid = :id", id=row["case_id"])
            _write(tx, row["case_id"])
            tx.execute("DELETE FROM unindexed WHERE case_id = :id", id=row["case_id"])
        if perf_counter() - began > _PATIENCE:
            break


def tick(tx: Transaction, now: int, at: At) -> int:
    """Keep the index in step with what was said; a ticker that says nothing."""
    catch_up(tx)
    return 0


def _write(tx: Transaction, case_id: int) -> None:
    row = tx.row(_WORDS, id=case_id)
    if row is not None:
        columns = {
            name: " ".join(terms(row[name] or "")) for name in ("words", "outcome", "opinions", "answers")
        }
        tx.execute(_INSERT, id=case_id, tags=" ".join(terms(_tags(row))), **columns)


def _tags(row: Row) -> str:
    """The tags of a case, and its kind in every language."""
    kind = row["kind"]
    return " ".join([row["tags"], *(wording(each).say(f"case.kind.{kind}") for each in LANGUAGES if kind)])


_WORDS = (
    "SELECT kind, tags, outcome,"
    " concat_ws(' ', text, (SELECT group_concat(text, ' ') FROM addition WHERE case_id = :id)) AS words,"
    " (SELECT group_concat(text, ' ') FROM opinion WHERE case_id = :id) AS opinions,"
    " concat_ws(' ', (SELECT group_concat(text, ' ') FROM answer WHERE case_id = :id),"
    "  (SELECT group_concat(text, ' ') FROM followup WHERE case_id = :id)) AS answers"
    " FROM medical_case WHERE id = :id AND state IN ('open', 'closed') AND NOT hidden"
)
_INSERT = (
    "INSERT INTO case_search (rowid, words, outcome, tags, opinions, answers)"
    " VALUES (:id, :words, :outcome, :tags, :opinions, :answers)"
)
