"""What a student says to an open case in their direct chat: posted in its thread without a name, or kept between us.

    !avis #12 … -> a row -> the bot's message in the thread -> once sent, an answer and an opinion like all others
    !avis #12 privé … -> a row
    the case is closed -> each is compared with the outcome, in private

The answer stands under a name that is nobody's; counted are students as students, each once. Nobody is ever shown who
it was, and nobody but the student whether they were right.
"""

import re

from doctocbot.cases import contributions, desk, notices, opinions, queries
from doctocbot.cases.lists import case_link
from doctocbot.cases.model import Case, CaseState, student_voice
from doctocbot.cases.sameness import sameness, surely_says
from doctocbot.cases.screening import identifiers_in, kinds_in_words
from doctocbot.chat.commands import Command
from doctocbot.chat.rendering import Document, Strong
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.matrix import MESSAGE, Event, Outgoing, reaction
from doctocbot.rooms import members, private
from doctocbot.rooms.policy import Act
from doctocbot.rooms.roles import Standing
from doctocbot.store import Row, Transaction, tidying

_MOST_OF_ONE = 3
"""How many opinions one student has standing on one case."""
_LONGEST = 1_000
_MOST_AT_ONCE = 50
_BETWEEN_US = re.compile(r"\W*(?:(?:en|in)\s+)?(?:priv[ée]e?|private)(?!\w)[\s:.,–—)\]-]*", re.IGNORECASE)


def propose(c: Conversation, words: str) -> None:
    """`!avis #12 WORDS` in a direct chat: what a student thinks, for the thread or, after `privé`, for later alone."""
    case, text = desk.named_case(c, words)
    desk.open_or_refuse(case)
    desk.require(c, Act.ANSWER, case)
    label = members.label_of(c.tx, case.room_id, c.sender)
    if label is None or not label.student:
        raise Refusal("student.students-only", number=f"#{case.id}")
    if case.author == c.sender:
        raise Refusal("student.own-case", number=f"#{case.id}")
    found = _BETWEEN_US.match(text)
    between_us = found is not None
    said = text[found.end() if found else 0 :].strip()
    _check(c, case, said)
    key = f"student:{c.cause}"
    c.tx.execute(
        _KEEP,
        key=key,
        case_id=case.id,
        user=c.sender,
        source=c.event.event_id,
        text=said,
        private=between_us,
        now=c.now,
    )
    if between_us:
        c.tell("student.kept", number=f"#{case.id}")
        return
    _post(c.at(case.room_id), case, key, said)
    c.tell("student.posted", number=f"#{case.id}")


_KEEP = (
    "INSERT INTO student_opinion (key, case_id, user_id, source_event, text, private, said_at)"
    " VALUES (:key, :case_id, :user, :source, :text, :private, :now)"
)


def _check(c: Conversation, case: Case, said: str) -> None:
    """Raise a Refusal for what cannot be said: nothing is kept of it then."""
    if not said:
        raise Refusal("dx.empty")
    if len(said) > _LONGEST:
        raise Refusal("student.too-long", most=str(_LONGEST))
    if found := identifiers_in(said):
        raise Refusal("student.identifies", kinds=kinds_in_words(found, c.wording))
    if len(_of(c.tx, case.id, c.sender)) >= _MOST_OF_ONE:
        raise Refusal("student.too-many", most=str(_MOST_OF_ONE), number=f"#{case.id}")


def _of(tx: Transaction, case_id: int, user: str) -> list[Row]:
    return tx.rows(
        "SELECT * FROM student_opinion WHERE case_id = :id AND user_id = :user ORDER BY id",
        id=case_id,
        user=user,
    )


def _post(there: Conversation, case: Case, key: str, said: str) -> None:
    """Say it in the thread; the row bears the key too, so that the message is known again once it is sent."""
    case = desk.card_here(there, case)
    lines = said.split("\n")
    document = Document().line(*there.wording.spans("student.proposes", opinion=Strong(lines[0])))
    for line in filter(str.strip, lines[1:]):
        document.line(line)
    message = Outgoing(
        key=key,
        room_id=case.room_id,
        content=document.content(),
        thread=case.card_key,
        case_id=case.id,
    )
    there.send([message])


def tick(tx: Transaction, now: int, at: At) -> int:
    """Count what has been posted, and compare what was thought of closed cases; returns how many. A ticker."""
    done = 0
    for row in tx.rows(_UNCOUNTED, most=_MOST_AT_ONCE):
        done += _count(tx, at, row)
    for row in tx.rows(_TO_COMPARE, most=_MOST_AT_ONCE):
        done += _compare(tx, at, row, now)
    return done


_UNCOUNTED = (
    "SELECT student_opinion.*, outbox.event_id AS sent_as, outbox.state AS sent FROM student_opinion"
    " JOIN outbox ON outbox.key = student_opinion.key"
    " WHERE NOT private AND posted_event IS NULL AND outbox.state IN ('sent', 'dropped')"
    " ORDER BY student_opinion.id LIMIT :most"
)
_TO_COMPARE = (
    "SELECT student_opinion.*, closing_words_event FROM student_opinion"
    " JOIN medical_case ON medical_case.id = case_id WHERE state = 'closed' AND NOT hidden AND outcome IS NOT NULL"
    " AND compared_with IS NOT closing_words_event"
    " ORDER BY student_opinion.id LIMIT :most"
)


def _count(tx: Transaction, at: At, row: Row) -> bool:
    """Make the bot's message that has been sent an answer and a proposal; returns whether it counts now."""
    case = queries.case_by_id(tx, row["case_id"])
    if case is None or case.state is not CaseState.OPEN or row["sent"] == "dropped":
        # Nobody can answer it any more: it is compared like what was kept between us.
        tx.execute("UPDATE student_opinion SET private = 1 WHERE id = :id", id=row["id"])
        if case is not None and row["sent"] == "dropped" and case.state is CaseState.OPEN:
            _tell_unposted(tx, at, row, case)
        return False
    posted: str = row["sent_as"]
    tx.execute("UPDATE student_opinion SET posted_event = :event WHERE id = :id", event=posted, id=row["id"])
    content = {"msgtype": "m.text", "body": row["text"]}
    voice = student_voice(tx.value(_FIRST, case_id=case.id, user=row["user_id"]))
    c = at(tx, Event(posted, case.room_id, voice, MESSAGE, row["said_at"], content=content))
    contributions.propose_here(c, case, row["text"])
    for emoji in ("👍", "👎"):
        c.send([reaction(f"{posted}:{emoji}", case.room_id, posted, emoji, case.id)])
    desk.refresh_card(c, case.id)
    return True


def _tell_unposted(tx: Transaction, at: At, row: Row, case: Case) -> None:
    """Tell a student alone that what they were told was posted is not: the server has refused it."""
    c = at(tx, Event(row["key"], case.room_id, row["user_id"], "org.doctocbot.time", row["said_at"]))
    document = Document().line(
        *private.wording_for(c, row["user_id"]).spans("student.unposted", number=f"#{case.id}")
    )
    meant_for = private.MeantFor(case.room_id, Standing.MEMBER)
    private.tell(c, row["user_id"], "unposted", document, case_id=case.id, meant_for=meant_for)


_FIRST = "SELECT min(id) FROM student_opinion WHERE case_id = :case_id AND user_id = :user"


def _compare(tx: Transaction, at: At, row: Row, now: int) -> bool:
    """Tell a student alone how what they thought compares with the outcome; returns whether there was one."""
    case = queries.case_by_id(tx, row["case_id"])
    if case is None or case.outcome is None:
        return False
    closing: str = row["closing_words_event"]
    tx.execute(
        "UPDATE student_opinion SET compared_with = :closing WHERE id = :id", closing=closing, id=row["id"]
    )
    cause = f"{row['key']}:{closing}"
    c = at(tx, Event(cause, case.room_id, row["user_id"], "org.doctocbot.time", now))
    wording = private.wording_for(c, row["user_id"])
    right = sameness(case.outcome) == sameness(row["text"]) or surely_says(case.outcome, row["text"])
    key = "student.compared-right" if right else "student.compared-other"
    said = row["text"].split("\n")[0]
    document = Document().line(
        *wording.spans(key, number=f"#{case.id}", opinion=Strong(said), outcome=Strong(case.outcome))
    )
    document.line(*wording.spans("summary.case-link", case=case_link(c, case)))
    meant_for = private.MeantFor(case.room_id, Standing.MEMBER)
    private.tell(c, row["user_id"], "compared", document, case_id=case.id, quotes=True, meant_for=meant_for)
    return True


def withdraw(c: Conversation, case: Case) -> bool:
    """`!neutre #12` in a direct chat: take back all that a student said to a case there; returns whether any."""
    rows = _of(c.tx, case.id, c.sender)
    for row in rows:
        _take_back(c, row)
    if rows:
        c.tell("student.taken-back", number=f"#{case.id}")
    return bool(rows)


def make_way(c: Conversation) -> bool:
    """Take back what the message being handled has brought, for what its edit says; returns whether it had.

    Not once the case is closed: then it stays as it was compared.
    """
    row = c.tx.row("SELECT * FROM student_opinion WHERE source_event = :id", id=c.event.event_id)
    case = queries.case_by_id(c.tx, row["case_id"]) if row is not None else None
    if row is None or case is None or case.state is not CaseState.OPEN:
        return False
    _take_back(c, row)
    return True


def forget(c: Conversation, event_id: str) -> Case | None:
    """Take back what a message of a student's brought, or what the bot's for them showed, because it was redacted.

    Returns the case that has shown its words.
    """
    row = c.tx.row(
        "SELECT * FROM student_opinion WHERE source_event = :id OR posted_event = :id"
        " OR key = (SELECT key FROM outbox WHERE event_id = :id)",
        id=event_id,
    )
    return _take_back(c, row) if row is not None else None


def forget_person(c: Conversation, user: str) -> list[Case]:
    """Take back all that somebody ever said so; returns the cases that have shown its words."""
    rows = c.tx.rows("SELECT * FROM student_opinion WHERE user_id = :user ORDER BY id", user=user)
    cases = [_take_back(c, row) for row in rows]
    return [case for case in cases if case is not None]


def _take_back(c: Conversation, row: Row) -> Case | None:
    """Erase one, with the message that shows it and all that stands on that; returns the case that has shown it."""
    posted: str | None = row["posted_event"]
    for sent in c.outbox.under(c.tx, row["key"]):
        if sent["key"] == row["key"] and sent["state"] != "dropped":
            c.outbox.take_back(c.tx, sent)
    c.tx.execute("DELETE FROM student_opinion WHERE id = :id", id=row["id"])
    tidying.words_went(c.tx)
    case = queries.case_by_id(c.tx, row["case_id"])
    if posted is None or case is None:
        return None
    shown = opinions.shows_words_of(c.tx, posted)
    there = c.at(case.room_id)
    notices.take_back(there, posted)
    contributions.forget_message(c.tx, posted)
    if case.state is CaseState.PULLED:
        return None
    if shown:
        desk.take_quotes_back(there, case.id)
    else:
        desk.refresh_card(there, case.id)
    return case if shown else None


IN_CHATS = (Command(("dx", "avis"), propose),)
"""In rooms `!avis` is what `opinion_commands` says; from a direct chat it is the students' way."""
