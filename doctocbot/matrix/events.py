"""What the rest of the bot sees of a Matrix event: plain values, already decrypted, nothing of nio."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BOT_MARKER = "org.doctocbot.bot"
"""Key in the content of everything the bot says, so that bots of this kind never answer each other."""

_STABLE_NAMES = {
    "m.poll.start": "org.matrix.msc3381.poll.start",
    "m.poll.response": "org.matrix.msc3381.poll.response",
    "m.poll.end": "org.matrix.msc3381.poll.end",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a room's timeline; `sent_at` is the server's time in milliseconds since 1970.

    `verified` says that it came encrypted from a device that its sender has cross-signed; for anything sent in the
    clear it is False. `said_as` is the Megolm session and the index in it, while it is being received. Relations are
    read per Matrix 1.11, "Relationship types".
    """

    event_id: str
    room_id: str
    sender: str
    type: str
    sent_at: int
    content: Mapping[str, Any] = field(default_factory=dict)
    encrypted: bool = False
    verified: bool = False
    redacts: str | None = None
    said_as: tuple[str, int] | None = None

    @property
    def _relation(self) -> Mapping[str, Any]:
        relation = self.content.get("m.relates_to")
        return relation if isinstance(relation, Mapping) else {}

    @property
    def relation_type(self) -> str | None:
        """The `rel_type` of its relation, or None."""
        return _text(self._relation.get("rel_type"))

    @property
    def related_id(self) -> str | None:
        """The event that its relation (thread, edit, reaction, reference) points at."""
        return _text(self._relation.get("event_id"))

    @property
    def emoji(self) -> str:
        """What a reaction shows; empty for anything else."""
        return _text(self._relation.get("key")) or ""

    @property
    def thread_root(self) -> str | None:
        """The root of the thread it stands in, or None when it stands in the timeline."""
        return self.related_id if self.relation_type == "m.thread" else None

    @property
    def replies_to(self) -> str | None:
        """The event that the person replied to; the automatic fallback of a thread is no reply."""
        if self.relation_type == "m.thread" and self._relation.get("is_falling_back") is True:
            return None
        reply = self._relation.get("m.in_reply_to")
        return _text(reply.get("event_id")) if isinstance(reply, Mapping) else None

    @property
    def replaces(self) -> str | None:
        """The event that this one edits, or None.

        The relation alone makes no edit: it travels outside the encryption, where the server may write it. What is
        said anew stands inside.
        """
        return self.says_it_replaces if isinstance(self.content.get("m.new_content"), Mapping) else None

    @property
    def says_it_replaces(self) -> str | None:
        """The event that it edits if its words, which perhaps cannot be read, are those of an edit."""
        return self.related_id if self.relation_type == "m.replace" else None

    @property
    def message(self) -> Mapping[str, Any]:
        """The content as it stands now: of an edit the new content, otherwise the content."""
        new = self.content.get("m.new_content")
        return new if self.replaces and isinstance(new, Mapping) else self.content

    @property
    def file(self) -> Mapping[str, Any] | None:
        """The content that brings a file, in the message as it stands or in what an edit shows to old clients."""
        for content in (self.message, self.content):
            if self.type == "m.sticker" or content.get("msgtype") in _FILE_TYPES:
                return content
        return None

    @property
    def brings_two_files(self) -> bool:
        """Whether an edit shows another file to clients that know edits than to those that do not."""
        inner, outer = self.message, self.content
        if inner is outer or not all(each.get("msgtype") in _FILE_TYPES for each in (inner, outer)):
            return False
        return (inner.get("file"), inner.get("url")) != (outer.get("file"), outer.get("url"))

    @property
    def msgtype(self) -> str | None:
        """`m.text`, `m.image` …, or None for what is no message."""
        return _text(self.message.get("msgtype"))

    @property
    def text(self) -> str:
        """The words of a message: the body, or of a file its caption, without the quotation of a reply."""
        body = _text(self.message.get("body")) or ""
        if "filename" in self.message or self.type == "m.sticker" or self.msgtype in _FILE_TYPES:
            name = self.message.get("filename")
            return "" if name is None or name == body else body
        return _without_quotation(body) if self.replies_to else body

    @property
    def from_bot(self) -> bool:
        """Whether a bot said it: a notice, or anything with our marker."""
        return self.msgtype == "m.notice" or BOT_MARKER in self.content

    def to_json(self) -> str:
        """The form in which the inbox keeps it."""
        values = {name: getattr(self, name) for name in _STORED}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, stored: str) -> "Event":
        """The event that `to_json` wrote."""
        return cls(**json.loads(stored))


_FILE_TYPES = ("m.image", "m.file", "m.video", "m.audio")
_STORED = (
    "event_id", "room_id", "sender", "type", "sent_at", "content", "encrypted", "verified", "redacts",
)  # fmt: skip


def read_event(
    raw: Mapping[str, Any],
    room_id: str,
    *,
    decrypted: tuple[str, Mapping[str, Any]] | None = None,
    verified: bool = False,
    said_as: tuple[str, int] | None = None,
    redacts_in_content: bool = False,
) -> Event | None:
    """Read an event as the server sent it; None when it has not the least shape of one.

    `decrypted` is the type and content found inside an encrypted event, `said_as` what it was encrypted with.
    `redacts_in_content` says that the room's version (11 and later) has a redaction name its event there; before it
    the server looks at what stands beside the content, and the content is its sender's to write. The stable names of
    polls are turned into the ones that Element draws, so that there is one name for one thing from here on.
    """
    event_id, sender = _text(raw.get("event_id")), _text(raw.get("sender"))
    type_, content = decrypted or (_text(raw.get("type")), raw.get("content"))
    if not event_id or not sender or not type_:
        return None
    content = encodable(dict(content)) if isinstance(content, Mapping) else {}
    outer = raw.get("content")
    if decrypted and isinstance(outer, Mapping) and isinstance(outer.get("m.relates_to"), Mapping):
        # Relations travel outside the encryption, and may be missing inside (spec, "Relations in encrypted rooms").
        content.setdefault("m.relates_to", outer["m.relates_to"])
    sent_at = raw.get("origin_server_ts")
    inside, beside = _text(content.get("redacts")), _text(raw.get("redacts"))
    return Event(
        event_id=event_id,
        room_id=room_id,
        sender=sender,
        type=_STABLE_NAMES.get(type_, type_),
        sent_at=sent_at if isinstance(sent_at, int) else 0,
        content=content,
        encrypted=decrypted is not None,
        verified=decrypted is not None and verified,
        redacts=inside or beside if redacts_in_content else beside or inside,
        said_as=said_as if decrypted else None,
    )


def encodable(content: dict[str, Any]) -> dict[str, Any]:
    """The content without halves of characters, which JSON lets through and no database or server takes."""
    written = json.dumps(content, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        repaired: dict[str, Any] = json.loads(written.encode(errors="replace"))
        return repaired
    return content


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _without_quotation(body: str) -> str:
    """The body without the `> …` lines that older clients put before a reply."""
    lines = body.split("\n")
    first = next((index for index, line in enumerate(lines) if not line.startswith(">")), len(lines))
    if first == 0:
        return body
    return "\n".join(lines[first:]).lstrip("\n")


def server_of(user_id: str) -> str:
    """The server of a user id (spec, "User Identifiers")."""
    return user_id.partition(":")[2]
