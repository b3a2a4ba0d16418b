"""`!mod audit`: the last deeds in a room, as its moderators may read them."""

import json

from babel.dates import format_datetime

from doctocbot.chat.parsing import leading_count
from doctocbot.chat.rendering import Document, Person, Span, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.chat.times import by_the_clock
from doctocbot.chat.wording import Wording
from doctocbot.rooms import audit, moderators, upgrade
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.concerned import room_concerned
from doctocbot.rooms.policy import Act
from doctocbot.store import Row

_USUAL, _MOST = 20, 100


def read(c: Conversation, words: str) -> None:
    """`!mod audit [N]`: show the last N deeds in a room, the latest first, to a moderator alone; audited too."""
    there, words = room_concerned(c, words, Act.MODERATE)
    wanted = min(leading_count(words)[0] or _USUAL, _MOST)
    # What was done in the rooms that this one replaces stays written under their names.
    rooms = json.dumps(upgrade.lineage(c.tx, there.room.room_id))
    rows = c.tx.rows(_LAST, rooms=rooms, most=wanted)
    name = Strong(there.room.name or there.room.room_id)

    def told(wording: Wording) -> Document:
        if not rows:
            return Document().line(*wording.spans("audit.nothing", room=name))
        document = Document().line(*wording.spans("audit.title", room=name, n=str(len(rows))))
        document.lines(_line(there, row, wording) for row in rows)
        return document.line(*wording.spans("audit.names"))

    moderators.answer(c, there.room, "audit", told)
    audit.note(there, audit.Deed.READ_AUDIT, room=there.room.room_id)


def _line(there: Conversation, row: Row, wording: Wording) -> tuple[Span, ...]:
    """One deed: its number, when, who, what, to whom, in which case, and why."""
    moment = by_the_clock(row["at"], there.world.zone)
    when = format_datetime(moment, "dd/MM/yyyy HH:mm", locale=wording.language)
    line: list[Span] = [f"{row['id']}. {when} · ", _person(there, row, "actor", wording), " · "]
    line += wording.spans(f"audit.deed.{row['act']}")
    if row["about_name"] is not None or row["about"] is not None:
        line += [" → ", _person(there, row, "about", wording)]
    if row["case_id"] is not None:
        line.append(f" · #{row['case_id']}")
    if row["said"]:
        line.append(f" · {row['said']}")
    return tuple(line)


def _person(there: Conversation, row: Row, part: str, wording: Wording) -> Span:
    """Somebody by their name, or by their pseudonym where it was erased.

    Who asked without their name stays without one here: `!mod who` tells, and is a deed of its own.
    """
    user = row[f"{part}_name"]
    if user is None:
        return row[part] or wording.say("audit.nobody")
    if row["anonymous"] and user == row["author"]:
        return wording.say("audit.nameless-author")
    return Person(there.room.display_name(user), user)


_LAST = (
    "SELECT audit.*, words.actor AS actor_name, words.about AS about_name, words.reason AS said, author, anonymous"
    " FROM audit LEFT JOIN audit_words AS words ON audit_id = audit.id"
    " LEFT JOIN medical_case ON medical_case.id = audit.case_id"
    " WHERE audit.room_id IN (SELECT value FROM json_each(:rooms)) ORDER BY audit.id DESC LIMIT :most"
)

SUBCOMMANDS = (Subcommand(("audit", "journal"), read),)
"""What `!mod` understands about the audit."""
