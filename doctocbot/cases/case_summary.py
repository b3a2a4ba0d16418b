"""`!summary #12`: one case with all that came of it, every line with the way to its message.

For those who joined later and cannot read the encrypted history, this is the history.
"""

from collections.abc import Iterable, Iterator, Mapping

from doctocbot.cases import opinions, queries, waiting
from doctocbot.cases.card import opinion_lines, outcome
from doctocbot.cases.lists import case_link
from doctocbot.cases.model import Case, CaseState, Consensus, Opinion, Tally
from doctocbot.chat.rendering import Document, Link, Span, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import event_link
from doctocbot.rooms import upgrade
from doctocbot.rooms.labels import spelled_by_trade
from doctocbot.store import Row, Transaction

Line = tuple[Span, ...]


def sum_up(c: Conversation, case: Case) -> None:
    """Answer with a case: question and facts, answers, opinions, how it stands and ended, and how it went on."""
    found, brought = opinions.opinions(c.tx, case.id), _references(c.tx, case)
    document = Document().title(*c.wording.spans("summary.title.case", case=case_link(c, case)))
    if case.text:
        document.quote(case.text)
    document.lines(_additions(c, case))
    document.lines([*_pictures(c, case), *_answers(c, case)])
    tallies = opinions.tallies(c.tx, case, found)
    document.lines(_opinions(c, case, found, tallies, brought))
    document.line(*_status(c, tallies))
    others = [address for address in brought if not any(address in opinion.references for opinion in found)]
    if others:
        document.line(Strong(c.wording.say("summary.references")))
        document.items((Link(address, address), *_see(c, case, brought[address])) for address in others)
    if case.outcome:
        closing = c.tx.value("SELECT closing_event FROM medical_case WHERE id = :id", id=case.id)
        document.line(*outcome(case, c.wording), *_see(c, case, closing))
    document.lines(_followups(c, case))
    c.reply(document, quotes_case=case.id, quiet=False)


def _additions(c: Conversation, case: Case) -> Iterator[Line]:
    rows = c.tx.rows(
        "SELECT key, text FROM addition WHERE case_id = :id AND text != '' ORDER BY id", id=case.id
    )
    for row in rows:
        said = c.wording.spans("summary.addition", text=row["text"])
        yield (*said, *_see(c, case, c.outbox.event_id(c.tx, row["key"])))


def _pictures(c: Conversation, case: Case) -> Iterator[Line]:
    count = queries.picture_count(c.tx, case.id)
    if count:
        yield (
            c.wording.count("summary.pictures", count),
            *_see(c, case, c.tx.value(_FIRST_PICTURE, id=case.id)),
        )


def _answers(c: Conversation, case: Case) -> Iterator[Line]:
    """How many answers, by whom, and after how long the first."""
    answers = opinions.answers(c.tx, case.id)
    first_after = answers.first_after(case)
    if first_after is None:
        yield (c.wording.say("card.unanswered"),)
        return
    said = f"{c.wording.count('card.answers', answers.count)}, {_by_whom(c, case, answers)}"
    first = c.wording.say("card.first-answer", delay=c.wording.duration(first_after))
    yield (f"{said} · {first}", *_see(c, case, c.tx.value(_FIRST_ANSWER, id=case.id)))
    if waiting.is_waiting(c.tx, case.id):
        yield (c.wording.say("cases.waiting"),)


def _by_whom(c: Conversation, case: Case, answers: opinions.Answers) -> str:
    """Who answered: how many people, and of which trades where any of them has one."""
    people = c.wording.count("summary.people", answers.people)
    trades = spelled_by_trade(opinions.by_trade(c.tx, case).people, c.wording)
    return f"{people} ({trades})" if trades else people


def _opinions(
    c: Conversation, case: Case, found: list[Opinion], tallies: list[Tally], brought: Mapping[str, str]
) -> Iterator[Line]:
    """Each opinion with how it stands, then why somebody is against it and what refers to it, one under the other."""
    proposed = {row["opinion_id"]: row["event_id"] for row in c.tx.rows(_FIRST_PROPOSALS, id=case.id)}
    reasons = c.tx.rows(_REASONS, id=case.id)
    for opinion, line in zip(found, opinion_lines(found, tallies, c.wording), strict=True):
        yield (*line, *_see(c, case, proposed.get(opinion.id)))
        for row in _of(opinion, reasons):
            said = c.wording.spans("summary.against", reason=row["reason"])
            yield ("– ", *said, *_see(c, case, row["event_id"]))
        for address in opinion.references:
            yield ("– ", Link(address, address), *_see(c, case, brought.get(address)))


def _of(opinion: Opinion, reasons: Iterable[Row]) -> Iterator[Row]:
    """The reasons against an opinion of those who are against it still."""
    return (
        row for row in reasons if row["opinion_id"] == opinion.id and opinion.votes.get(row["voter"]) is False
    )


def _status(c: Conversation, tallies: list[Tally]) -> Line:
    """How the case stands by the published definition: with consensus as soon as one opinion has it."""
    standing = {count.consensus for count in tallies}
    best = next((each for each in (Consensus.REACHED, Consensus.OPPOSED) if each in standing), Consensus.OPEN)
    return c.wording.spans(f"summary.status.{best}")


def _references(tx: Transaction, case: Case) -> dict[str, str]:
    """Every reference of a case, with the message that brought it first."""
    rows = tx.rows("SELECT address, event_id FROM reference WHERE case_id = :id ORDER BY id DESC", id=case.id)
    first = {row["address"]: row["event_id"] for row in rows}
    return dict(reversed(first.items()))


def _followups(c: Conversation, case: Case) -> Iterator[Line]:
    """How it went on, as its author told."""
    if case.state is not CaseState.CLOSED:
        return
    for row in c.tx.rows("SELECT * FROM followup WHERE case_id = :id ORDER BY at, event_id", id=case.id):
        day = row["day"]
        when = c.wording.count("summary.days-later", day) if day else c.wording.say("summary.later")
        # What the author told in private stands in the thread in the bot's words (`followups`).
        told = [each["event_id"] for each in c.outbox.under(c.tx, f"followup:{row['event_id']}:")]
        said = c.wording.spans("summary.followup", when=when, text=row["text"])
        yield (*said, *_see(c, case, told[-1] if told else None))


def _see(c: Conversation, case: Case, event_id: str | None) -> Line:
    """The way to a message, if it stands in the case's room or in one that this replaces, and not in private."""
    place = c.tx.value(_PLACE, id=event_id) if event_id else None
    if event_id is None or place not in upgrade.lineage(c.tx, case.room_id):
        return ()
    return (" · ", Link(c.wording.say("summary.see"), event_link(place, event_id)))


_PLACE = (
    "SELECT room_id FROM inbox WHERE event_id = :id UNION ALL SELECT room_id FROM outbox WHERE event_id = :id"
)
_FIRST_PICTURE = (
    "SELECT event_id FROM picture JOIN outbox ON outbox.key = posted_key"
    " WHERE picture.case_id = :id AND NOT dropped ORDER BY number LIMIT 1"
)
_FIRST_ANSWER = "SELECT event_id FROM answer WHERE case_id = :id ORDER BY sent_at LIMIT 1"
_FIRST_PROPOSALS = (
    "SELECT opinion_id, event_id, min(proposal.sent_at) FROM proposal JOIN opinion ON opinion.id = opinion_id"
    " WHERE case_id = :id GROUP BY opinion_id"
)
_REASONS = (
    "SELECT opinion_id, voter, vote.event_id, reason FROM vote JOIN opinion ON opinion.id = opinion_id"
    " WHERE case_id = :id AND says = 'oppose' AND reason IS NOT NULL ORDER BY vote.sent_at, vote.seq"
)
