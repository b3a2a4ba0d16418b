"""`!mod audit`: the deeds in a room, page by page, as its moderators may read them."""

import json
import re

from babel.dates import format_datetime

from doctocbot.chat.parsing import leading_count
from doctocbot.chat.rendering import Code, Document, Person, Span, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.chat.times import by_the_clock
from doctocbot.chat.wording import Wording
from doctocbot.rooms import audit, moderators, upgrade
from doctocbot.rooms.audit import Deed
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.concerned import room_concerned
from doctocbot.rooms.policy import Act
from doctocbot.store import Row

_USUAL, _MOST = 20, 100
_BEFORE = re.compile(r"\b(?:avant|before)\s+#?(\d{1,9})(?!\w)", re.IGNORECASE)


def read(c: Conversation, words: str) -> None:
    """`!mod audit [N] [before #ROW]`: show N deeds in a room, the latest first, to a moderator alone; audited too.

    Readings are counted beside them: however often it is read, that puts no deed out of sight.
    """
    there, words = room_concerned(c, words, Act.MODERATE)
    before = int(match[1]) if (match := _BEFORE.search(words)) else _NO_END
    wanted = min(leading_count(words)[0] or _USUAL, _MOST)
    # What was done in the rooms that this one replaces stays written under their names.
    rooms = json.dumps(upgrade.lineage(c.tx, there.room.room_id))
    rows = c.tx.rows(_LAST, rooms=rooms, most=wanted + 1, before=before, reading=Deed.READ_AUDIT)
    earlier = len(rows) > wanted
    rows = rows[:wanted]
    since = rows[-1]["id"] if earlier else 0
    readings = c.tx.rows(_READINGS, rooms=rooms, since=since, before=before, reading=Deed.READ_AUDIT)
    name = Strong(there.room.name or there.room.room_id)

    def told(wording: Wording) -> Document:
        if not (rows or readings):
            return Document().line(*wording.spans("audit.nothing", room=name))
        document = Document().line(*wording.spans("audit.title", room=name, n=str(len(rows))))
        if earlier:
            typed = Code(wording.say("audit.earlier-command", n=str(since)))
            document.line(*wording.spans("audit.earlier", command=typed))
        document.lines(_line(there, row, wording) for row in rows)
        document.items(_reading(there, row, wording) for row in readings)
        return document.line(*wording.spans("audit.names"))

    moderators.answer(c, there.room, "audit", told)
    audit.note(there, Deed.READ_AUDIT, room=there.room.room_id)


def _reading(there: Conversation, row: Row, wording: Wording) -> tuple[Span, ...]:
    """How often somebody has read the journal between these deeds, and when last."""
    who = _person(there, row, "actor", wording)
    return wording.spans("audit.read", who=who, n=str(row["times"]), when=_moment(there, row, wording))


def _line(there: Conversation, row: Row, wording: Wording) -> tuple[Span, ...]:
    """One deed: its number, when, who, what, to whom, in which case, and why."""
    line: list[Span] = [
        f"{row['id']}. {_moment(there, row, wording)} · ",
        _person(there, row, "actor", wording),
        " · ",
    ]
    line += wording.spans(f"audit.deed.{row['act']}")
    if row["about_name"] is not None or row["about"] is not None:
        line += [" → ", _person(there, row, "about", wording)]
    if row["case_id"] is not None:
        line.append(f" · #{row['case_id']}")
    if row["said"]:
        line.append(f" · {row['said']}")
    return tuple(line)


def _moment(there: Conversation, row: Row, wording: Wording) -> str:
    moment = by_the_clock(row["at"], there.world.zone)
    return format_datetime(moment, "dd/MM/yyyy HH:mm", locale=wording.language)


def _person(there: Conversation, row: Row, part: str, wording: Wording) -> Span:
    """Somebody by their name, or by their pseudonym where it was erased.

    Who asked without their name has neither here: the one is for `!mod who`, a deed of its own, and the other stands
    at what they did by name as well.
    """
    if row["anonymous"] and (part == "about" or _by_author(row)):
        return wording.say("audit.nameless-author")
    user = row[f"{part}_name"]
    if user is None:
        return row[part] or wording.say("audit.nobody")
    return Person(there.room.display_name(user), user)


def _by_author(row: Row) -> bool:
    """Whether a deed is one of the case's author as such: what others do to it says of whom it is the case."""
    return row["act"] in (Deed.CONSENT, Deed.ANYWAY) or (row["act"] == Deed.PULL and row["about"] is None)


_NO_END = 2**62
_OF_ROOMS = (
    " FROM audit LEFT JOIN audit_words AS words ON audit_id = audit.id"
    " LEFT JOIN medical_case ON medical_case.id = audit.case_id"
    " WHERE audit.room_id IN (SELECT value FROM json_each(:rooms)) AND audit.id < :before"
)
_LAST = (
    "SELECT audit.*, words.actor AS actor_name, words.about AS about_name, words.reason AS said, anonymous"
    + _OF_ROOMS
    + " AND act != :reading ORDER BY audit.id DESC LIMIT :most"
)
_READINGS = (
    "SELECT audit.actor, words.actor AS actor_name, 0 AS anonymous, count(*) AS times, max(at) AS at"
    + _OF_ROOMS
    + " AND act = :reading AND audit.id > :since GROUP BY audit.actor ORDER BY times DESC, audit.actor"
)

SUBCOMMANDS = (Subcommand(("audit", "journal"), read),)
"""What `!mod` understands about the audit."""
