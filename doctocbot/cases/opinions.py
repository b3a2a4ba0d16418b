"""Answers and opinions: who said what to a case, who agrees, what refers to it."""

from dataclasses import dataclass

from doctocbot.cases import notices
from doctocbot.cases.model import Case, Opinion, opinion_line, references_in, sameness, without_references
from doctocbot.chat.replies import Conversation
from doctocbot.store import Row, Transaction


@dataclass(frozen=True, slots=True)
class Answers:
    """What came in answer to a case: how many messages, from how many people, and when the first."""

    count: int
    people: int
    first_at: int | None

    def first_after(self, case: Case) -> int | None:
        """How long the first answer took, in ms, or None while there is none."""
        return None if self.first_at is None else max(self.first_at - case.opened_at, 0)


def keep_answer(c: Conversation, case: Case, text: str) -> None:
    """Keep what the message being handled says as an answer, unless the case's author says it to themselves.

    `text` is without the command, so that a thumb under `!ref …` makes no opinion of it.
    """
    if c.sender != case.author:
        notices.take_back(c, c.event.event_id)
        add_answer(c.tx, case.id, c.event.event_id, c.sender, c.event.sent_at, text, words_event=c.cause)
    known = proposal(c.tx, c.event.event_id)
    keep_references(c, case, known["opinion_id"] if known else None)


def keep_references(c: Conversation, case: Case, opinion_id: int | None) -> None:
    """Keep the references in the message being handled, in the place of those it held before an edit."""
    c.tx.execute("DELETE FROM reference WHERE event_id = :id", id=c.event.event_id)
    for address in references_in(c.event.text):
        add_reference(c.tx, case.id, opinion_id, c.event.event_id, c.sender, address)


def propose_here(c: Conversation, case: Case, text: str) -> int:
    """Make the message being handled a proposal of an opinion; returns the opinion's id."""
    keep_answer(c, case, text)
    opinion_id = opinion_like(c.tx, case.id, text)
    propose(c.tx, opinion_id, c.event.event_id, c.sender, c.event.sent_at, words_event=c.cause)
    attach_references(c.tx, c.event.event_id, opinion_id)
    return opinion_id


def reword(c: Conversation, case: Case, text: str) -> bool:
    """Follow the edit of a message that stands behind an opinion; returns whether words on the card changed.

    Votes were given to what it said before: they go with the old opinion when nobody else stands behind that one.
    """
    known = proposal(c.tx, c.event.event_id)
    keep_answer(c, case, text)
    if known is None or not opinion_line(text):
        return False
    old: int = known["opinion_id"]
    new = opinion_like(c.tx, case.id, text)
    if new == old:
        c.tx.execute("UPDATE opinion SET text = :text WHERE id = :id", text=_listed(text), id=old)
        c.tx.execute(
            "UPDATE proposal SET words_event = :words WHERE event_id = :id",
            words=c.cause,
            id=c.event.event_id,
        )
        return True
    explicit = bool(known["explicit"])
    propose(c.tx, new, c.event.event_id, c.sender, c.event.sent_at, words_event=c.cause, explicit=explicit)
    attach_references(c.tx, c.event.event_id, new)
    _forget_unproposed(c.tx, case.id)
    return True


def acted_on(tx: Transaction, event_id: str) -> int | None:
    """The opinion that a message is; an answer becomes one when somebody acts on it. None for anything else."""
    known = proposal(tx, event_id)
    if known is not None:
        found: int = known["opinion_id"]
        return found
    said = answer(tx, event_id)
    if said is None or not _listed(said["text"] or ""):
        return None
    opinion_id = opinion_like(tx, said["case_id"], said["text"])
    propose(
        tx,
        opinion_id,
        event_id,
        said["sender"],
        said["sent_at"],
        words_event=said["words_event"],
        explicit=False,
    )
    attach_references(tx, event_id, opinion_id)
    return opinion_id


def _listed(text: str) -> str:
    """The words by which an opinion is listed: those of its message without the references, which are counted."""
    line = opinion_line(without_references(text)) or opinion_line(text)
    # "Rubéole ?" is how one asks; on the card it stands among the others.
    return line.rstrip(" \u202f\u00a0?!.") or line


def attach_references(tx: Transaction, event_id: str, opinion_id: int) -> None:
    """Let the references in a message count for the opinion that it proposes."""
    tx.execute(
        "UPDATE reference SET opinion_id = :opinion WHERE event_id = :id", opinion=opinion_id, id=event_id
    )


def add_answer(
    tx: Transaction, case_id: int, event_id: str, sender: str, sent_at: int, text: str, *, words_event: str
) -> None:
    """Keep an answer, with the event that gave it its present words."""
    tx.execute(
        "INSERT INTO answer (event_id, case_id, sender, sent_at, words_event, text)"
        " VALUES (:id, :case_id, :sender, :at, :words_event, :text)"
        " ON CONFLICT (event_id) DO UPDATE SET text = excluded.text, words_event = excluded.words_event",
        id=event_id,
        case_id=case_id,
        sender=sender,
        at=sent_at,
        words_event=words_event,
        text=text,
    )


def worded_by(tx: Transaction, event_id: str) -> str | None:
    """The answer or proposal whose present words came with this edit, or None."""
    found: str | None = tx.value(
        "SELECT event_id FROM answer WHERE words_event = :id AND event_id != :id"
        " UNION ALL SELECT event_id FROM proposal WHERE words_event = :id AND event_id != :id",
        id=event_id,
    )
    return found


def shows_words_of(tx: Transaction, event_id: str) -> bool:
    """Whether what the bot shows of a case holds words or references of this message."""
    found = tx.value(
        "SELECT 1 FROM proposal WHERE event_id = :id UNION ALL SELECT 1 FROM reference WHERE event_id = :id",
        id=event_id,
    )
    return found is not None


def answer(tx: Transaction, event_id: str) -> Row | None:
    """The row of an answer."""
    return tx.row("SELECT * FROM answer WHERE event_id = :id", id=event_id)


def answers(tx: Transaction, case_id: int) -> Answers:
    """How a case was answered."""
    row = tx.row(
        "SELECT count(*), count(DISTINCT sender), min(sent_at) FROM answer WHERE case_id = :id", id=case_id
    )
    return Answers(row[0], row[1], row[2]) if row else Answers(0, 0, None)


def opinion_like(tx: Transaction, case_id: int, text: str) -> int:
    """The opinion of the case that says the same as `text`, made if there is none; returns its id."""
    line = _listed(text)
    found: int | None = tx.value(
        "SELECT id FROM opinion WHERE case_id = :id AND sameness = :same", id=case_id, same=sameness(line)
    )
    if found is not None:
        return found
    return tx.insert(
        "INSERT INTO opinion (case_id, number, sameness, text) VALUES (:id, :number, :same, :text)",
        id=case_id,
        number=tx.value("SELECT coalesce(max(number), 0) + 1 FROM opinion WHERE case_id = :id", id=case_id),
        same=sameness(line),
        text=line,
    )


def propose(
    tx: Transaction,
    opinion_id: int,
    event_id: str,
    sender: str,
    sent_at: int,
    *,
    words_event: str,
    explicit: bool = True,
) -> None:
    """Put somebody behind an opinion by one of their messages; a message stands behind one opinion only."""
    tx.execute(
        "INSERT INTO proposal (event_id, opinion_id, sender, sent_at, words_event, explicit)"
        " VALUES (:id, :opinion, :sender, :at, :words_event, :explicit)"
        " ON CONFLICT (event_id) DO UPDATE SET opinion_id = excluded.opinion_id, words_event = excluded.words_event",
        id=event_id,
        opinion=opinion_id,
        sender=sender,
        at=sent_at,
        words_event=words_event,
        explicit=explicit,
    )


def proposal(tx: Transaction, event_id: str) -> Row | None:
    """The proposal that a message is, or None."""
    return tx.row("SELECT * FROM proposal WHERE event_id = :id", id=event_id)


def last_proposal_of(tx: Transaction, case_id: int, sender: str) -> int | None:
    """The opinion that somebody proposed last in a case."""
    found: int | None = tx.value(
        "SELECT opinion_id FROM proposal JOIN opinion ON opinion.id = opinion_id"
        " WHERE case_id = :id AND sender = :sender AND explicit ORDER BY sent_at DESC LIMIT 1",
        id=case_id,
        sender=sender,
    )
    return found


def opinion_numbered(tx: Transaction, case_id: int, number: int) -> int | None:
    """The id of the opinion with this number in the case, if it is one that is shown."""
    return next((opinion.id for opinion in opinions(tx, case_id) if opinion.number == number), None)


def add_vote(
    tx: Transaction,
    opinion_id: int,
    event_id: str,
    voter: str,
    *,
    agrees: bool,
    sent_at: int,
    reason: str = "",
) -> None:
    """Keep an act for or against an opinion."""
    tx.execute(
        "INSERT INTO vote (event_id, opinion_id, voter, agrees, reason, sent_at)"
        " VALUES (:id, :opinion, :voter, :agrees, :reason, :at) ON CONFLICT DO NOTHING",
        id=event_id,
        opinion=opinion_id,
        voter=voter,
        agrees=agrees,
        reason=reason or None,
        at=sent_at,
    )


def add_reference(
    tx: Transaction, case_id: int, opinion_id: int | None, event_id: str, sender: str, address: str
) -> None:
    """Keep a reference, of an opinion or of the case alone."""
    tx.execute(
        "INSERT INTO reference (case_id, opinion_id, event_id, sender, address)"
        " VALUES (:case_id, :opinion, :event, :sender, :address) ON CONFLICT DO NOTHING",
        case_id=case_id,
        opinion=opinion_id,
        event=event_id,
        sender=sender,
        address=address,
    )


def references(tx: Transaction, case_id: int) -> list[str]:
    """All references of a case, each once."""
    rows = tx.rows("SELECT DISTINCT address FROM reference WHERE case_id = :id ORDER BY id", id=case_id)
    return [row["address"] for row in rows]


def opinions(tx: Transaction, case_id: int) -> list[Opinion]:
    """The opinions of a case: those proposed outright, and answers on which an act still stands."""
    rows = tx.rows("SELECT id, number, text FROM opinion WHERE case_id = :id ORDER BY number", id=case_id)
    proposals = tx.rows(_PROPOSALS, id=case_id)
    votes = tx.rows(_VOTES, id=case_id)
    addresses = tx.rows(_REFERENCES, id=case_id)
    found = []
    for row in rows:
        behind = [each for each in proposals if each["opinion_id"] == row["id"]]
        acts = {each["voter"]: bool(each["agrees"]) for each in votes if each["opinion_id"] == row["id"]}
        if not behind or not (acts or any(each["explicit"] for each in behind)):
            continue
        own = tuple(dict.fromkeys(each["address"] for each in addresses if each["opinion_id"] == row["id"]))
        proposers = frozenset(each["sender"] for each in behind)
        found.append(Opinion(row["id"], row["number"], row["text"], proposers, acts, own))
    return found


_PROPOSALS = "SELECT proposal.* FROM proposal JOIN opinion ON opinion.id = opinion_id WHERE case_id = :id"
_VOTES = (
    "SELECT vote.* FROM vote JOIN opinion ON opinion.id = opinion_id WHERE case_id = :id"
    " ORDER BY vote.sent_at, vote.event_id"
)
_REFERENCES = (
    # The case's author does not count, with a reference either.
    "SELECT reference.* FROM reference JOIN medical_case ON medical_case.id = case_id"
    " WHERE case_id = :id AND sender != author ORDER BY reference.id"
)


def forget_message(tx: Transaction, event_id: str) -> int | None:
    """Erase everything that stands on one message (answer, proposal, vote, references); returns the case it was in."""
    case_id: int | None = tx.value(_CASE_OF_ACT, id=event_id)
    for table in ("answer", "proposal", "vote", "reference"):
        tx.execute(f"DELETE FROM {table} WHERE event_id = :id", id=event_id)  # noqa: S608 (fixed names)
    if case_id is not None:
        _forget_unproposed(tx, case_id)
    return case_id


_CASE_OF_ACT = (
    "SELECT coalesce((SELECT case_id FROM answer WHERE event_id = :id),"
    " (SELECT case_id FROM reference WHERE event_id = :id),"
    " (SELECT case_id FROM opinion WHERE id = (SELECT opinion_id FROM vote WHERE event_id = :id)),"
    " (SELECT case_id FROM opinion WHERE id = (SELECT opinion_id FROM proposal WHERE event_id = :id)))"
)


def _forget_unproposed(tx: Transaction, case_id: int) -> None:
    """Erase opinions that nobody stands behind any more, with the votes on them."""
    empty = "SELECT id FROM opinion WHERE case_id = :id AND id NOT IN (SELECT opinion_id FROM proposal)"
    tx.execute(f"DELETE FROM vote WHERE opinion_id IN ({empty})", id=case_id)  # noqa: S608 (fixed text)
    tx.execute(f"UPDATE reference SET opinion_id = NULL WHERE opinion_id IN ({empty})", id=case_id)  # noqa: S608
    tx.execute(f"DELETE FROM opinion WHERE id IN ({empty})", id=case_id)  # noqa: S608 (fixed text)
