"""Past cases like a new one: shown once in its thread, if there are any that are really like it, and else nothing.

Only cases of the same room count, those that are closed, by their own words, opinions and outcome. What the index has
not read yet is left out: a case that was closed within the last seconds is nobody's memory.
"""

import json

from doctocbot.cases import queries
from doctocbot.cases.card import outcome
from doctocbot.cases.likeness import LEAST_RARE, Rarity, likeness, telling, telling_among
from doctocbot.cases.lists import case_link
from doctocbot.cases.model import Case
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outgoing
from doctocbot.store import Row, Transaction

_MOST = 3
_CANDIDATES = 12
_TERMS_ASKED = 12


def show(c: Conversation, case: Case) -> None:
    """Show up to three closed cases of the room that are like a case just opened, in its thread; or say nothing."""
    _say(c, case, similar(c.tx, case))


def show_again(c: Conversation, case: Case) -> None:
    """Have the thread of a case whose words are corrected show what is like it now."""
    found = similar(c.tx, case)
    standing = [row for row in c.outbox.under(c.tx, _prefix(case)) if _stands(c, row)]
    if any(_shown(c.tx, row) == {each.id for each in found} for row in standing):
        return
    for row in standing:
        c.outbox.take_back(c.tx, row)
    _say(c, case, found)


def _stands(c: Conversation, row: Row) -> bool:
    return c.outbox.state(c.tx, f"redact:{row['key']}") is None


def _shown(tx: Transaction, row: Row) -> set[int]:
    rows = tx.rows("SELECT case_id FROM outbox_shows WHERE seq = :seq", seq=row["seq"])
    return {each["case_id"] for each in rows}


def _prefix(case: Case) -> str:
    return f"case:{case.id}:similar:"


def _say(c: Conversation, case: Case, found: list[Case]) -> None:
    if not found:
        return
    there = c.at(case.room_id)
    document = Document().line(*there.wording.spans("similar.title"))
    document.items((case_link(there, each), " — ", *outcome(each, there.wording)) for each in found)
    message = Outgoing(
        key=f"{_prefix(case)}{c.cause}",
        room_id=case.room_id,
        content=document.content("m.notice"),
        thread=case.card_key,
        case_id=case.id,
        # It repeats outcomes and tags: those that are corrected go from here as well.
        quotes=True,
        shows=tuple(each.id for each in found),
    )
    c.send([message])


def similar(tx: Transaction, case: Case) -> list[Case]:
    """The closed cases of the room that are like this one, the most like first, at most three."""
    new = telling(case.text)
    rarity = _rarity(tx, new)
    # Whatever is alike shares some of these; a term that no case holds finds none.
    rare = sorted(
        (term for term in new if rarity.holding.get(term) and rarity.is_rare(term)),
        key=lambda term: (rarity.holding[term], term),
    )
    if len(rare) < LEAST_RARE:
        return []
    asked = " OR ".join(f'"{term}"' for term in rare[:_TERMS_ASKED])
    rows = tx.rows(
        _CANDIDATES_AMONG,
        query=f"{{words outcome opinions}} : ({asked})",
        room=case.room_id,
        own=case.id,
        most=_CANDIDATES,
    )
    scored = ((likeness(new, telling_among(row["terms"].split()), rarity), row["id"]) for row in rows)
    best = sorted((each for each in scored if each[0] > 0), reverse=True)[:_MOST]
    return queries.cases_numbered(tx, (number for _, number in best))


def _rarity(tx: Transaction, terms: frozenset[str]) -> Rarity:
    """How rare terms are among all cases that the bot knows: that much of other rooms nobody can tell from it."""
    rows = tx.rows(
        "SELECT term, doc FROM case_term WHERE term IN (SELECT value FROM json_each(:terms))",
        terms=json.dumps(sorted(terms)),
    )
    cases: int = tx.value("SELECT max(id) FROM medical_case")
    return Rarity(cases, {row["term"]: row["doc"] for row in rows})


_CANDIDATES_AMONG = (
    "SELECT id, concat_ws(' ', case_search.words, case_search.outcome, case_search.opinions) AS terms"
    " FROM case_search JOIN medical_case ON medical_case.id = case_search.rowid"
    " WHERE case_search MATCH :query AND room_id = :room AND state = 'closed' AND id != :own"
    " AND medical_case.outcome IS NOT NULL AND NOT hidden ORDER BY rank LIMIT :most"
)
