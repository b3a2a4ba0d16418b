"""What was answered to a case: the answers, the opinions among them, and what refers to them. It only reads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from doctocbot.cases.model import Apart, Case, Opinion, Standing, Tally, Vote, standing, tally
from doctocbot.cases.sameness import sameness, surely_says
from doctocbot.rooms import members, options
from doctocbot.rooms.labels import Label
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


def answers(tx: Transaction, case_id: int) -> Answers:
    """How a case was answered."""
    row = tx.row(
        "SELECT count(*), count(DISTINCT sender), min(sent_at) FROM answer WHERE case_id = :id", id=case_id
    )
    return Answers(row[0], row[1], row[2]) if row else Answers(0, 0, None)


def answer(tx: Transaction, event_id: str) -> Row | None:
    """The row of an answer."""
    return tx.row("SELECT * FROM answer WHERE event_id = :id", id=event_id)


def proposal(tx: Transaction, event_id: str) -> Row | None:
    """The proposal that a message is, or None."""
    return tx.row("SELECT * FROM proposal WHERE event_id = :id", id=event_id)


def is_own(tx: Transaction, event_id: str, user: str) -> bool:
    """Whether somebody has said what an answer or a proposal says, also by a message of the bot's for them."""
    found = tx.value(_IS_OWN, id=event_id, user=user)
    return found is not None


_IS_OWN = (
    "SELECT 1 FROM answer WHERE event_id = :id AND sender = :user"
    " UNION ALL SELECT 1 FROM proposal WHERE event_id = :id AND sender = :user"
    " UNION ALL SELECT 1 FROM student_opinion WHERE posted_event = :id AND user_id = :user"
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
    """Whether what the bot shows of a case holds words, a reason or references of this message."""
    found = tx.value(
        "SELECT 1 FROM proposal WHERE event_id = :id UNION ALL SELECT 1 FROM reference WHERE event_id = :id"
        " UNION ALL SELECT 1 FROM vote WHERE event_id = :id AND reason IS NOT NULL",
        id=event_id,
    )
    return found is not None


def words_of(tx: Transaction, event_id: str) -> list[str]:
    """The words, reasons and references of this message that the bot shows of a case."""
    rows = tx.rows(
        "SELECT text AS words FROM proposal WHERE event_id = :id"
        " UNION ALL SELECT address FROM reference WHERE event_id = :id"
        " UNION ALL SELECT reason FROM vote WHERE event_id = :id AND reason IS NOT NULL",
        id=event_id,
    )
    return [row["words"] for row in rows]


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
    """The id of the opinion with this number in the case, also of one on which no act stands any more."""
    found: int | None = tx.value(
        "SELECT id FROM opinion WHERE case_id = :id AND number = :number", id=case_id, number=number
    )
    return found


def message_of(tx: Transaction, opinion_id: int) -> str | None:
    """The message on which an act by number is done: one made to propose the opinion, else one acted on, else any."""
    found: str | None = tx.value(
        "SELECT event_id FROM proposal WHERE opinion_id = :id ORDER BY explicit DESC,"
        " EXISTS (SELECT 1 FROM vote WHERE on_event = proposal.event_id AND opinion_id = :id"
        "  AND says != 'neutral') DESC, sent_at, event_id LIMIT 1",
        id=opinion_id,
    )
    return found


def references(tx: Transaction, case_id: int) -> list[str]:
    """All references of a case, each once."""
    rows = tx.rows("SELECT DISTINCT address FROM reference WHERE case_id = :id ORDER BY id", id=case_id)
    return [row["address"] for row in rows]


def confirmed(tx: Transaction, case_id: int) -> list[Opinion]:
    """The opinions of a closed case that its outcome has confirmed; none while it is open."""
    return [opinion for opinion in opinions(tx, case_id) if opinion.confirmed]


def opinions(tx: Transaction, case_id: int) -> list[Opinion]:
    """The opinions of a case: those proposed outright, and answers on which an act still stands."""
    rows = tx.rows(_OPINIONS, id=case_id)
    if not rows:
        return []
    proposals = _by_opinion(tx.rows(_PROPOSALS, id=case_id))
    acts = _by_opinion(tx.rows(_VOTES, id=case_id))
    addresses = _by_opinion(tx.rows(_REFERENCES, id=case_id))
    found = (_opinion(row, proposals[row["id"]], acts[row["id"]], addresses[row["id"]]) for row in rows)
    return [opinion for opinion in found if opinion is not None]


def _opinion(row: Row, proposals: list[Row], acts: list[Row], addresses: list[Row]) -> Opinion | None:
    """An opinion with what people did to it, or None when nothing makes it one."""
    stands = standing((act["voter"], Vote(act["says"])) for act in acts)
    counted = _counted(proposals, acts, stands)
    if not proposals or not (counted or stands.voices):
        return None
    left_out = {proposal["event_id"] for proposal in proposals} - {each["event_id"] for each in counted}
    addresses = [each for each in addresses if each["event_id"] not in left_out]
    return Opinion(
        id=row["id"],
        number=row["number"],
        text=row["text"],
        proposers=frozenset(proposal["sender"] for proposal in counted),
        votes=stands.votes,
        references=tuple(dict.fromkeys(each["address"] for each in addresses)),
        cited_by=_cited_by(addresses),
        neutral=stands.neutral,
        told=max(len(counted), 1),
        kept=stands.kept,
        confirmed=_is_confirmed(row["outcome"], row["text"], kept=stands.kept),
    )


def _cited_by(addresses: list[Row]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for each in addresses:
        found.setdefault(each["address"], set()).add(each["sender"])
    return {address: frozenset(people) for address, people in found.items()}


def tallies(tx: Transaction, case: Case, found: list[Opinion]) -> list[Tally]:
    """How each of a case's opinions stands in its room, by what people are there now."""
    apart = _apart(tx, case.room_id, found) if found else {}
    return [tally(opinion, case.known_author, apart) for opinion in found]


def _apart(tx: Transaction, room_id: str, found: list[Opinion]) -> dict[str, Apart]:
    """Who of those who say something to these opinions is counted apart in the room: students, and as it is set."""
    people = {person for each in found for person in (*each.proposers, *each.votes)}
    people |= {person for each in found for brought in each.cited_by.values() for person in brought}
    labels = members.labels_of(tx, room_id, people)
    proved_only = options.get(tx, room_id, options.VOTES) == options.CLINICIANS
    labelled_only = options.get(tx, room_id, options.UNLABELLED) == options.APART
    apart: dict[str, Apart] = {}
    for person in people:
        label = labels.get(person)
        if label is not None and label.student:
            apart[person] = Apart.STUDENT
        elif (proved_only and not (label and label.proved)) or (labelled_only and label is None):
            apart[person] = Apart.UNPROVED
    return apart


@dataclass(frozen=True, slots=True)
class ByTrade:
    """How many answers came from people of each label, and from how many people; None are those without one."""

    answers: Mapping[Label | None, int]
    people: Mapping[Label | None, int]


def by_trade(tx: Transaction, case: Case) -> ByTrade:
    """Who answered a case, by what they are in its room now."""
    rows = tx.rows(_BY_TRADE, id=case.id, room=case.room_id)
    labelled = [(members.label_in(row), row["answers"], row["people"]) for row in rows]
    return ByTrade(
        {label: answers for label, answers, _ in labelled}, {label: people for label, _, people in labelled}
    )


# Who is behind a message: of a student's opinion that the bot has posted, the student, so that nobody counts twice.
# Who that is, is shown nowhere.
_PERSON = "coalesce(student_opinion.user_id, sender) AS sender"
_PERSONS = "LEFT JOIN student_opinion ON posted_event = event_id"
_BY_TRADE = (
    f"WITH said AS (SELECT {_PERSON} FROM answer {_PERSONS} WHERE answer.case_id = :id)"  # noqa: S608 (fixed text)
    " SELECT trade, specialty, student, grounds, count(*) AS answers, count(DISTINCT sender) AS people FROM said"
    " LEFT JOIN member_label ON member_label.room_id = :room AND user_id = sender"
    " GROUP BY trade, specialty, student, grounds"
)


def _counted(proposals: list[Row], acts: list[Row], stands: Standing) -> list[Row]:
    """The proposals that count: those made to be one, and answers on which themselves an act stands.

    Whoever has only said the same in passing agrees with nobody yet.
    """
    acted_on = {
        act["on_event"] for act in acts if act["voter"] in stands.voices and act["says"] != Vote.NEUTRAL
    }
    return [each for each in proposals if each["explicit"] or each["event_id"] in acted_on]


def _is_confirmed(outcome: str | None, text: str, *, kept: bool) -> bool:
    if not outcome:
        return False
    return sameness(outcome) == sameness(text) or (kept and surely_says(outcome, text))


def _by_opinion(rows: Iterable[Row]) -> defaultdict[int | None, list[Row]]:
    sorted_out: defaultdict[int | None, list[Row]] = defaultdict(list)
    for row in rows:
        sorted_out[row["opinion_id"]].append(row)
    return sorted_out


_OPINIONS = (
    "SELECT opinion.id, number, opinion.text, outcome FROM opinion JOIN medical_case ON medical_case.id = case_id"
    " WHERE case_id = :id ORDER BY number"
)
_PROPOSALS = (
    f"SELECT opinion_id, event_id, {_PERSON}, explicit FROM proposal"  # noqa: S608 (fixed text)
    f" JOIN opinion ON opinion.id = opinion_id {_PERSONS} WHERE opinion.case_id = :id"
)
_VOTES = (
    # In the order in which they came: the clocks of two servers say nothing about who acted last.
    "SELECT opinion_id, voter, says, on_event FROM vote JOIN opinion ON opinion.id = opinion_id WHERE case_id = :id"
    " ORDER BY vote.seq"
)
_REFERENCES = (
    # The case's author does not count, with a reference either; nobody may see that an anonymous one does not.
    f"SELECT opinion_id, address, event_id, {_PERSON} FROM reference"  # noqa: S608 (fixed text)
    f" JOIN medical_case ON medical_case.id = reference.case_id {_PERSONS}"
    " WHERE reference.case_id = :id AND (anonymous OR sender != author) ORDER BY reference.id"
)
