"""`!mydata`: everything that is stored about the asker, as a file in their direct chat, and what is not in it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from babel.dates import format_datetime

from doctocbot.chat.commands import Command
from doctocbot.chat.replies import At, Conversation
from doctocbot.matrix import Outgoing
from doctocbot.privacy import holdings
from doctocbot.privacy.holding import Subject
from doctocbot.rooms import audit, direct
from doctocbot.store import Row, Transaction

_NOT_IN_FILE = ("crypto", "rooms", "server", "backups", "logs")
"""What the file cannot show, as sentences of the catalogue (`mydata.not.<name>`)."""


def mydata(c: Conversation, words: str) -> None:
    """`!mydata`: send the asker a file with everything that is stored about them."""
    text = report(c)
    # Phones take a text without this mark for one of another alphabet.
    data = text.encode("utf-8-sig")
    attachment_id = c.tx.insert(
        "INSERT INTO attachment (mimetype, extension, width, height, size, data)"
        " VALUES ('text/plain', 'txt', 0, 0, :size, :data)",
        size=len(data),
        data=data,
    )
    key = f"{c.cause}:mydata"
    c.tx.execute(
        "INSERT INTO data_file (attachment_id, user_id, key) VALUES (:id, :user, :key)",
        id=attachment_id,
        user=c.sender,
        key=key,
    )
    direct.note_private(c.tx, c.event.room_id)
    name = f"{c.wording.say('mydata.file-name')}.txt"
    content = {"body": c.wording.say("mydata.here"), "filename": name, "m.mentions": {}}
    c.send([Outgoing(key=key, room_id=c.event.room_id, content=content, attachment_id=attachment_id)])


def forget_files(tx: Transaction, now: int, at: At) -> int:
    """Forget the bytes and the key of files that have been sent. A ticker that says nothing."""
    for row in tx.rows(_ARRIVED):
        tx.execute("DELETE FROM data_file WHERE attachment_id = :id", id=row["attachment_id"])
        tx.execute("DELETE FROM attachment WHERE id = :id", id=row["attachment_id"])
    return 0


_ARRIVED = (
    "SELECT attachment_id FROM data_file JOIN outbox USING (key) WHERE outbox.state IN ('sent', 'dropped')"
)


def report(c: Conversation) -> str:
    """The file: what is kept by section, what the audit keeps and why, and what is kept elsewhere."""
    subject = Subject.of(c.sender, c.outbox)
    lines = [
        f"# {c.wording.say('mydata.title', who=c.sender, at=_moment(c, c.now))}",
        "",
        c.wording.say("mydata.intro"),
    ]
    for section, rows in holdings.told(c.tx, subject):
        lines += ["", f"## {c.wording.say(f'mydata.{section}')} ({len(rows)})", ""]
        lines += [_line(c, row) for row in rows]
    lines += ["", f"## {c.wording.say('mydata.audit')}", "", c.wording.say("mydata.audit-why"), ""]
    lines += [_deed(c, row) for row in audit.rows_about(c.tx, c.sender, c.outbox.pseudonym(c.sender))]
    lines += ["", f"## {c.wording.say('mydata.elsewhere')}", ""]
    lines += [f"- {c.wording.say(f'mydata.not.{name}')}" for name in _NOT_IN_FILE]
    return "\n".join(lines) + "\n"


def _line(c: Conversation, row: Row) -> str:
    """One row: when, where, in which case, what it is, and the words."""
    known: dict[str, Any] = dict(row)
    what = known.get("what")
    return _listed(*_place(c, known), what and _named(c, f"mydata.what.{what}", what), known.get("words"))


def _deed(c: Conversation, row: Row) -> str:
    """One row of the audit: when, where, in which case, what was done, by them or to them, and the reason given."""
    deed = _named(c, f"audit.deed.{row['what']}", row["what"])
    by = c.wording.say("mydata.by-you" if row["did"] else "mydata.about-you")
    return _listed(*_place(c, dict(row)), deed, by, row["words"])


def _listed(*parts: object) -> str:
    """One line of a list, or several where the words have several."""
    return "- " + "\n  ".join(" · ".join(str(part) for part in parts if part not in (None, "")).splitlines())


def _named(c: Conversation, key: str, otherwise: str) -> str:
    """What something is called; a word of ours where the catalogue does not know it yet."""
    return c.wording.say(key) if c.wording.has(key) else otherwise


def _place(c: Conversation, row: Mapping[str, Any]) -> Iterator[str]:
    """When, in which room and in which case."""
    if row.get("at"):
        yield _moment(c, row["at"])
    if row.get("room_id"):
        yield c.world.state(row["room_id"]).name or row["room_id"]
    if row.get("case_id"):
        yield f"#{row['case_id']}"


def _moment(c: Conversation, at: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, c.world.zone)
    return format_datetime(moment, "d MMMM yyyy HH:mm", locale=c.wording.language)


COMMANDS = (Command(("mydata", "mesdonnées"), mydata),)
