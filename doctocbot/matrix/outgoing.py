"""What the bot decides to send, written down before it is sent."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import quote, unquote

from doctocbot.matrix.events import BOT_MARKER

MESSAGE = "m.room.message"
REACTION = "m.reaction"
REDACTION = "m.room.redaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One event to send. `key` names its cause and effect; the same key is sent once, whatever happens.

    The events it points at (`thread` root, `reply_to`, `edits`, `refers_to`, `target` of a reaction or redaction) are
    named by their event id or, when the bot itself has yet to send them, by their own key.
    `renders` names a renderer that makes the content at the moment of sending, so that a message edited often is sent
    with its latest state; `quotes` says that it holds words of the case's author, which have to go when they correct
    them; `shows` are further cases of which it shows anything; `people` are those whom it names or quotes beside those
    whom its content shows by pills and mentions (`people_in`); `even_unserved` lets a refusal be explained in a room
    that is not served; `opens` is the message from which the case of this card was opened.
    """

    key: str
    room_id: str
    type: str = MESSAGE
    content: Mapping[str, Any] = field(default_factory=dict)
    thread: str | None = None
    reply_to: str | None = None
    edits: str | None = None
    refers_to: str | None = None
    target: str | None = None
    case_id: int | None = None
    attachment_id: int | None = None
    renders: str | None = None
    quotes: bool = False
    shows: tuple[int, ...] = ()
    people: tuple[str, ...] = ()
    even_unserved: bool = False
    opens: str | None = None

    def to_json(self) -> str:
        """The form in which the outbox keeps it."""
        # `asdict` would copy the whole content first.
        values = {name: getattr(self, name) for name in _STORED}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, stored: str) -> "Outgoing":
        """What `to_json` wrote."""
        values = json.loads(stored)
        lists = {name: tuple(values.get(name, ())) for name in ("shows", "people")}
        return cls(**values | lists)

    @property
    def points_at(self) -> list[str]:
        """All events it points at."""
        names = (self.thread, self.reply_to, self.edits, self.refers_to, self.target)
        return [name for name in names if name is not None]


_STORED = tuple(each.name for each in fields(Outgoing))

_PILL = re.compile(r"https://matrix\.to/#/(@[^\s\"'<>?]+)")
_USER_ID = re.compile(r"@[^\s:@<>«»]{1,255}:[A-Za-z0-9\-.\[\]]+(?::\d{1,5})?(?<![.\-])")


def people_in(content: Mapping[str, Any]) -> set[str]:
    """The people whom a content shows as pills, mentions (spec, "User and room mentions") or by their user id.

    So nobody who writes a message has to remember them; whom it names otherwise, or quotes, its writer says.
    """
    mentions = content.get("m.mentions")
    named = mentions.get("user_ids", ()) if isinstance(mentions, Mapping) else ()
    html = content.get("formatted_body")
    pills = _PILL.findall(html) if isinstance(html, str) and "matrix.to/#/@" in html else ()
    body = content.get("body")
    ids = _USER_ID.findall(body) if isinstance(body, str) and "@" in body else ()
    return {*named, *map(unquote, pills), *ids}


def finished_content(
    outgoing: Outgoing, content: Mapping[str, Any], ids: Mapping[str, str]
) -> dict[str, Any]:
    """The content as it goes over the wire: marked as a bot's, with its relation (spec, "Relationship types").

    `ids` holds the event id for everything the event points at.
    """
    if outgoing.type == REACTION:
        relation = {"rel_type": "m.annotation", "event_id": ids[outgoing.target or ""], "key": content["key"]}
        return {"m.relates_to": relation}
    marked = {**content, BOT_MARKER: True}
    if outgoing.edits:
        # For clients without edits the first line will do; the whole would double the size of the event.
        first_line = str(content.get("body", "")).split("\n", 1)[0]
        relation = {"rel_type": "m.replace", "event_id": ids[outgoing.edits]}
        return {
            "msgtype": content.get("msgtype"),
            "body": f"* {first_line}",
            "m.mentions": {},
            BOT_MARKER: True,
            "m.new_content": marked,
            "m.relates_to": relation,
        }
    made = _relation(outgoing, ids)
    return {**marked, "m.relates_to": made} if made else marked


def _relation(outgoing: Outgoing, ids: Mapping[str, str]) -> dict[str, Any]:
    reply = {"m.in_reply_to": {"event_id": ids[outgoing.reply_to]}} if outgoing.reply_to else {}
    if outgoing.thread:
        root = ids[outgoing.thread]
        # Clients without threads show the fallback reply instead.
        fallback = {"m.in_reply_to": {"event_id": root}, "is_falling_back": True}
        return {"rel_type": "m.thread", "event_id": root, **(reply or fallback)}
    if outgoing.refers_to:
        return {"rel_type": "m.reference", "event_id": ids[outgoing.refers_to]}
    return dict(reply)


def reaction(key: str, room_id: str, target: str, emoji: str, case_id: int | None = None) -> Outgoing:
    """A reaction of the bot's under an event."""
    return Outgoing(
        key=key, room_id=room_id, type=REACTION, content={"key": emoji}, target=target, case_id=case_id
    )


def redaction(room_id: str, target: str, case_id: int | None = None) -> Outgoing:
    """The redaction of an event; its key comes from its target, since one redaction is enough."""
    return Outgoing(
        key=f"redact:{target}",
        room_id=room_id,
        type=REDACTION,
        target=target,
        case_id=case_id,
        even_unserved=True,
    )


def event_link(room_id: str, event_id: str) -> str:
    """The address under which clients open an event (spec, "matrix.to navigation")."""
    return f"https://matrix.to/#/{quote(room_id)}/{quote(event_id)}"
