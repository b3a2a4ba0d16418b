"""What a message contributes to a case: an answer, an opinion that was not there yet, references; and their end."""

from dataclasses import asdict, dataclass

from doctocbot.cases import notices, opinions
from doctocbot.cases.model import Case, CaseState, keycaps, opinion_line, references_in, without_references
from doctocbot.cases.sameness import respells, sameness
from doctocbot.cases.screening import identifiers_in, screened
from doctocbot.chat.rendering import Document, Link
from doctocbot.chat.replies import Conversation
from doctocbot.chat.smalltalk import is_smalltalk
from doctocbot.matrix import Outgoing, event_link, reaction
from doctocbot.store import Row, Transaction


def keep_answer(c: Conversation, case: Case, text: str) -> None:
    """Keep what the message being handled says as an answer, unless the case's author says it to themselves.

    `text` is without the command, so that a thumb under `!ref …` makes no opinion of it.
    """
    if c.sender != case.known_author:
        notices.take_back(c, c.event.event_id)
        c.tx.execute(
            _KEEP_ANSWER,
            id=c.event.event_id,
            case_id=case.id,
            sender=c.sender,
            at=c.event.sent_at,
            words_event=c.cause,
            text=text,
        )
    known = opinions.proposal(c.tx, c.event.event_id)
    keep_references(c, case, known["opinion_id"] if known else None)


_KEEP_ANSWER = (
    "INSERT INTO answer (event_id, case_id, sender, sent_at, words_event, text)"
    " VALUES (:id, :case_id, :sender, :at, :words_event, :text)"
    " ON CONFLICT (event_id) DO UPDATE SET text = excluded.text, words_event = excluded.words_event"
)


def keep_references(c: Conversation, case: Case, opinion_id: int | None) -> None:
    """Keep the references in the message being handled, in the place of those it held before an edit."""
    c.tx.execute("DELETE FROM reference WHERE event_id = :id", id=c.event.event_id)
    # A link that names or singles out somebody is shown by nothing of the bot's.
    for address in (each for each in references_in(c.event.text) if not identifiers_in(each)):
        c.tx.execute(
            "INSERT INTO reference (case_id, opinion_id, event_id, sender, address)"
            " VALUES (:case_id, :opinion, :event, :sender, :address) ON CONFLICT DO NOTHING",
            case_id=case.id,
            opinion=opinion_id,
            event=c.event.event_id,
            sender=c.sender,
            address=address,
        )


def propose_here(c: Conversation, case: Case, text: str) -> None:
    """Make the message being handled a proposal of an opinion."""
    keep_answer(c, case, text)
    opinion_id = _opinion_like(c.tx, case.id, _listed(text), _meant(text))
    _propose(c, case, opinion_id, _here(c, text, explicit=True))
    _agree_again(c, case, opinion_id)


def _agree_again(c: Conversation, case: Case, opinion_id: int) -> None:
    """Let a proposal be the last word of somebody who has voted on the opinion, or turned neutral, before."""
    if c.sender != case.known_author:
        c.tx.execute(_AGREE_AGAIN, opinion=opinion_id, event=c.event.event_id, voter=c.sender, at=c.now)


_AGREE_AGAIN = (
    "INSERT INTO vote (event_id, opinion_id, voter, says, sent_at, on_event)"
    " SELECT :event, :opinion, :voter, 'agree', :at, :event"
    " WHERE EXISTS (SELECT 1 FROM vote WHERE opinion_id = :opinion AND voter = :voter) ON CONFLICT DO NOTHING"
)


def acted_on(c: Conversation, case: Case, event_id: str) -> int | None:
    """The opinion that a message is; an answer becomes one when somebody acts on it. None for anything else."""
    known = opinions.proposal(c.tx, event_id)
    if known is not None:
        found: int = known["opinion_id"]
        return found
    said = opinions.answer(c.tx, event_id)
    if said is None or not _listed(said["text"] or ""):
        return None
    listed = _listed(said["text"])
    opinion_id = _opinion_like(c.tx, case.id, listed, without_references(said["text"]))
    words_event = said["words_event"]
    message = _Proposal(event_id, said["sender"], said["sent_at"], words_event, listed, explicit=False)
    _propose(c, case, opinion_id, message)
    return opinion_id


def reword(c: Conversation, case: Case, text: str, *, proposes: bool = False) -> bool:
    """Follow the edit of a message that stands behind an opinion; returns whether words on the card changed.

    Votes were given to what it said before: they go with the old opinion when nobody else stands behind that one,
    unless the edit only mends its spelling. `proposes` says that the message is a `!dx` now.
    """
    known = opinions.proposal(c.tx, c.event.event_id)
    keep_answer(c, case, text)
    if known is None or not _listed(text):
        return False
    explicit = proposes or bool(known["explicit"])
    meant = _meant(text) if explicit else without_references(text)
    mended = _mend(c.tx, known, meant)
    opinion_id = _opinion_like(c.tx, case.id, _listed(text), meant)
    message = _here(c, text, explicit=explicit)
    if opinion_id == known["opinion_id"]:
        c.tx.execute(_PROPOSE, opinion=opinion_id, **asdict(message))
    else:
        _change_opinion(c, case, known["opinion_id"], opinion_id, message, votes_too=mended)
    _tidy(c.tx, case.id)
    return True


def follow_reason(c: Conversation, case: Case) -> None:
    """Follow the edit of a vote in words into the answer that its reason was, and the opinion made of that."""
    event_id = c.event.event_id
    said = opinions.answer(c.tx, event_id)
    if said is None:
        return
    if said["words_event"] == c.cause:
        reword(c, case, said["text"])
        return
    notices.take_back(c, event_id)
    c.tx.execute("DELETE FROM answer WHERE event_id = :id", id=event_id)
    c.tx.execute("DELETE FROM proposal WHERE event_id = :id", id=event_id)
    _tidy(c.tx, case.id)


def _mend(tx: Transaction, known: Row, meant: str) -> bool:
    """Rename the opinion of a message if nobody else's stands behind it and an edit only mends its spelling.

    Returns whether that is all the edit does; where the case has the right spelling already, there is no renaming.
    """
    opinion_id: int = known["opinion_id"]
    old: str = tx.value("SELECT sameness FROM opinion WHERE id = :id", id=opinion_id)
    said = tx.value("SELECT count(*) FROM proposal WHERE opinion_id = :id", id=opinion_id)
    meant = screened(meant)
    if said > 1 or not respells(old, meant):
        return False
    tx.execute(
        "UPDATE OR IGNORE opinion SET sameness = :same WHERE id = :id", same=sameness(meant), id=opinion_id
    )
    return True


def _change_opinion(
    c: Conversation, case: Case, old: int, new: int, message: "_Proposal", *, votes_too: bool
) -> None:
    """Put a message behind another opinion, with its sender's references; the votes come along or stay behind."""
    event_id = message.event_id
    for row in c.outbox.under(c.tx, _number_key(event_id)):
        c.outbox.take_back(c.tx, row)
    lost = None if votes_too else c.tx.value(_VOTED_BEFORE, opinion=old, event=event_id, sender=c.sender)
    _propose(c, case, new, message)
    c.tx.execute(_REFERENCES_TOO, old=old, new=new, sender=c.sender)
    if votes_too:
        c.tx.execute("UPDATE vote SET opinion_id = :new WHERE opinion_id = :old", old=old, new=new)
        return
    c.tx.execute("DELETE FROM vote WHERE event_id = :id AND on_event = :id", id=event_id)
    if message.explicit:
        _agree_again(c, case, new)
    if lost is not None and case.state is CaseState.OPEN:
        _ask_to_vote_again(c, case)


_VOTED_BEFORE = (
    "SELECT 1 FROM vote WHERE opinion_id = :opinion AND voter != :sender AND says != 'neutral' AND (on_event = :event"
    " OR NOT EXISTS (SELECT 1 FROM proposal WHERE opinion_id = :opinion AND event_id != :event)) LIMIT 1"
)
_REFERENCES_TOO = (
    "UPDATE reference SET opinion_id = :new WHERE opinion_id = :old AND sender = :sender"
    " AND NOT EXISTS (SELECT 1 FROM proposal WHERE opinion_id = :old AND sender = :sender)"
)


def _ask_to_vote_again(c: Conversation, case: Case) -> None:
    """Say in the thread that votes were for other words: their thumbs are still to be seen under the new ones."""
    message = Link(c.wording.say("opinion.this-message"), event_link(case.room_id, c.event.event_id))
    document = Document().line(*c.wording.spans("opinion.vote-again", message=message))
    content = document.content("m.notice")
    key = f"{c.cause}:vote-again"
    c.send([Outgoing(key=key, room_id=case.room_id, content=content, thread=case.card_key, case_id=case.id)])


def _listed(text: str) -> str:
    """The words by which an opinion is listed: those of its message without the references, which are counted."""
    lines = [line for line in without_references(text).split("\n") if not is_smalltalk(line)]
    said = "\n".join(lines).strip() or without_references(text).strip() or text
    # Screened as a whole: a telephone number cut in two is none for the guard.
    line = opinion_line(screened(said))
    # "Rubéole ?" is how one asks; on the card it stands among the others.
    return line.rstrip(" \u202f\u00a0?!.") or line


def _meant(text: str) -> str:
    """What a proposal is, whole: its first line; what follows gives the reasons.

    Of an answer that was not made to be one, all words count: "Bonjour," says nothing about who is of one mind.
    """
    lines = (line for line in without_references(text).split("\n") if not is_smalltalk(line))
    return next(lines, text)


def _opinion_like(tx: Transaction, case_id: int, listed: str, meant: str) -> int:
    """The opinion of the case that means the same, made if there is none; returns its id.

    The form that is compared is kept as it was when the opinion was made: a rule that changes later counts for what
    is said from then on.
    """
    same = sameness(screened(meant))
    found: int | None = tx.value(
        "SELECT id FROM opinion WHERE case_id = :id AND sameness = :same", id=case_id, same=same
    )
    if found is not None:
        return found
    # Counted, so that the number of an opinion that is gone never comes to mean another.
    tx.execute("UPDATE medical_case SET last_opinion = last_opinion + 1 WHERE id = :id", id=case_id)
    return tx.insert(
        "INSERT INTO opinion (case_id, number, sameness, text)"
        " SELECT id, last_opinion, :same, :text FROM medical_case WHERE id = :id",
        id=case_id,
        same=same,
        text=listed,
    )


@dataclass(frozen=True, slots=True)
class _Proposal:
    """A message that stands behind an opinion: whose, since when, by which event it got its present words.

    `text` is how the card lists it; `explicit` says that it was sent to propose an opinion, and is no answer on which
    somebody acted.
    """

    event_id: str
    sender: str
    sent_at: int
    words_event: str
    text: str
    explicit: bool


def _here(c: Conversation, text: str, *, explicit: bool) -> _Proposal:
    """The message being handled, as a proposal."""
    return _Proposal(c.event.event_id, c.sender, c.event.sent_at, c.cause, _listed(text), explicit)


def _propose(c: Conversation, case: Case, opinion_id: int, message: _Proposal) -> None:
    """Put somebody behind an opinion by one of their messages; a message stands behind one opinion only.

    Its number is shown under the message as a reaction, which wakes nobody's phone; the card lists the same.
    """
    c.tx.execute(_PROPOSE, opinion=opinion_id, **asdict(message))
    c.tx.execute(_REFER, opinion=opinion_id, id=message.event_id)
    number: int = c.tx.value("SELECT number FROM opinion WHERE id = :id", id=opinion_id)
    key = f"{_number_key(message.event_id)}{c.cause}"
    c.send([reaction(key, case.room_id, message.event_id, keycaps(number), case.id)])


_REFER = "UPDATE reference SET opinion_id = :opinion WHERE event_id = :id"
_PROPOSE = (
    "INSERT INTO proposal (event_id, opinion_id, sender, sent_at, words_event, text, explicit)"
    " VALUES (:event_id, :opinion, :sender, :sent_at, :words_event, :text, :explicit)"
    " ON CONFLICT (event_id) DO UPDATE SET opinion_id = excluded.opinion_id, words_event = excluded.words_event,"
    " text = excluded.text, explicit = excluded.explicit"
)


def _number_key(event_id: str) -> str:
    return f"{event_id}:number:"


def forget_message(tx: Transaction, event_id: str) -> int | None:
    """Erase everything that stands on one message (answer, proposal, vote, references); returns the case it was in."""
    case_id: int | None = tx.value(_CASE_OF_ACT, id=event_id)
    for table in ("answer", "proposal", "vote", "reference"):
        tx.execute(f"DELETE FROM {table} WHERE event_id = :id", id=event_id)  # noqa: S608 (fixed names)
    if case_id is not None:
        _tidy(tx, case_id)
    return case_id


_CASE_OF_ACT = (
    "SELECT coalesce((SELECT case_id FROM answer WHERE event_id = :id),"
    " (SELECT case_id FROM reference WHERE event_id = :id),"
    " (SELECT case_id FROM opinion WHERE id = (SELECT opinion_id FROM vote WHERE event_id = :id)),"
    " (SELECT case_id FROM opinion WHERE id = (SELECT opinion_id FROM proposal WHERE event_id = :id)))"
)


def _tidy(tx: Transaction, case_id: int) -> None:
    """Erase opinions that nobody stands behind any more, and words of others that are nobody's message any more."""
    _forget_unproposed(tx, case_id)
    tx.execute(_LIST_ANEW, id=case_id)


_LIST_ANEW = (
    "UPDATE opinion SET text ="
    " (SELECT text FROM proposal WHERE opinion_id = opinion.id ORDER BY sent_at, event_id LIMIT 1)"
    " WHERE case_id = :id AND text NOT IN (SELECT text FROM proposal WHERE opinion_id = opinion.id)"
)


def _forget_unproposed(tx: Transaction, case_id: int) -> None:
    """Erase opinions that nobody stands behind any more, with the votes on them."""
    empty = (
        "SELECT id FROM opinion WHERE case_id = :id"
        " AND NOT EXISTS (SELECT 1 FROM proposal WHERE opinion_id = opinion.id)"
    )
    tx.execute(f"DELETE FROM vote WHERE opinion_id IN ({empty})", id=case_id)  # noqa: S608 (fixed text)
    tx.execute(f"UPDATE reference SET opinion_id = NULL WHERE opinion_id IN ({empty})", id=case_id)  # noqa: S608
    tx.execute(f"DELETE FROM opinion WHERE id IN ({empty})", id=case_id)  # noqa: S608 (fixed text)
