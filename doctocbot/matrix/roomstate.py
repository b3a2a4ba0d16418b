"""The state of a room as the bot knows it: who is in, who may do what, whether it is closed."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from doctocbot.matrix.events import encodable
from doctocbot.matrix.serveracl import ServerAcl, read_server_acl

MADE_FOR = "org.doctocbot.made_for"
"""Key in the creation event of a direct chat that the bot opened: whose it is."""

_CREATOR_LEVEL = 10_000
"""Creators of a version 12 room stand above every number (MSC4289); any level above 100 says so."""

_MEGOLM = "m.megolm.v1.aes-sha2"
"""The one algorithm of encrypted rooms that clients and the bot understand."""

_UNREADABLE: Mapping[str, Any] = {"org.doctocbot.unreadable": True}
"""Stands for a content that is no object: there is something, and nobody can say what."""


@dataclass(frozen=True, slots=True)
class RoomState:
    """A snapshot of one room's state; `apply` makes the next one.

    Keeps the content of each state event by type and state key. What has not been seen reads as missing, and every
    question is answered so that missing means unsafe or powerless.
    """

    room_id: str
    state: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    creator: str | None = None
    replacer: str | None = None
    """Who declared the room replaced by another, if anybody has."""
    nameless: frozenset[str] = frozenset()
    """Who is in, or invited, under an id that no database can write down."""

    def apply(self, events: Iterable[Mapping[str, Any]]) -> "RoomState":
        """The state after these raw state events, in their order."""
        state, creator, replacer = dict(self.state), self.creator, self.replacer
        nameless = set(self.nameless)
        for event in events:
            type_, key, content = event.get("type"), event.get("state_key"), event.get("content")
            if not isinstance(type_, str) or not isinstance(key, str):
                continue
            if not key.isprintable():
                # A name that no database can write down would stop the sync.
                if type_ == "m.room.member":
                    (nameless.discard if _is_out(content) else nameless.add)(key)
                continue
            state[type_, key] = encodable(dict(content)) if isinstance(content, Mapping) else _UNREADABLE
            if type_ == "m.room.create":
                creator = _text(event.get("sender"))
            elif (type_, key) == ("m.room.tombstone", ""):
                replacer = _text(event.get("sender"))
        return RoomState(self.room_id, state, creator, replacer, frozenset(nameless))

    def content(self, type_: str, key: str = "") -> Mapping[str, Any] | None:
        """The content of a state event, or None where none has been seen."""
        return self.state.get((type_, key))

    def _word(self, type_: str, field_: str) -> str | None:
        return _text((self.content(type_) or {}).get(field_))

    @property
    def encrypted(self) -> bool:
        """Whether the room has encryption on, of the kind that everybody understands."""
        return self._word("m.room.encryption", "algorithm") == _MEGOLM

    @property
    def join_rule(self) -> str | None:
        """invite, knock, restricted, public …, or None where unknown."""
        return self._word("m.room.join_rules", "join_rule")

    @property
    def history_visibility(self) -> str | None:
        """joined, invited, shared, world_readable, or None where unknown."""
        return self._word("m.room.history_visibility", "history_visibility")

    @property
    def guest_access(self) -> str | None:
        """can_join, forbidden, or None where unknown."""
        return self._word("m.room.guest_access", "guest_access")

    @property
    def allowed_rooms(self) -> list[str] | None:
        """The rooms whose members may join a restricted room; None when there is a way in that cannot be read."""
        allow = (self.content("m.room.join_rules") or {}).get("allow", [])
        if not isinstance(allow, list):
            return None
        rooms = [_membership_of(entry) for entry in allow]
        known = [room for room in rooms if room is not None]
        return known if len(known) == len(rooms) else None

    @property
    def name(self) -> str | None:
        """The name that somebody gave the room, in one line; text from a stranger, to be escaped. None without one."""
        return _in_one_line(self._word("m.room.name", "name"))

    @property
    def replaced(self) -> bool:
        """Whether the room has been replaced by another; a redacted tombstone says so no more."""
        return bool(self.content("m.room.tombstone"))

    @property
    def replacement(self) -> str | None:
        """The room that replaces this one, as somebody with the power for it has said; None where that is not sure."""
        if self.replacer is None or self.power_level(self.replacer) < self.needed_for("m.room.tombstone"):
            return None
        return self._word("m.room.tombstone", "replacement_room")

    @property
    def predecessor(self) -> str | None:
        """The room that this one says it replaces, since it was made."""
        value = (self.content("m.room.create") or {}).get("predecessor")
        return _text(value.get("room_id")) if isinstance(value, Mapping) else None

    @property
    def server_acl(self) -> ServerAcl | None:
        """Which servers the room lets in; None where it has no such list. One that cannot be read lets nobody in."""
        content = self.content("m.room.server_acl")
        return None if content is None else read_server_acl(content)

    @property
    def has_nameless_members(self) -> bool:
        """Whether anybody is in, or invited, who cannot be named and so would be overlooked."""
        return bool(self.nameless)

    @property
    def redacts_in_content(self) -> bool:
        """Whether a redaction names its event in its content: from room version 11 on."""
        return _version_from(11, (self.content("m.room.create") or {}).get("room_version"))

    @property
    def members(self) -> frozenset[str]:
        """Everybody who is joined now."""
        return self._with_membership("join")

    @property
    def invited(self) -> frozenset[str]:
        """Everybody who has been invited and has not answered yet."""
        return self._with_membership("invite")

    def _with_membership(self, membership: str) -> frozenset[str]:
        return frozenset(
            key
            for (type_, key), content in self.state.items()
            if type_ == "m.room.member" and content.get("membership") == membership
        )

    def is_member(self, user_id: str) -> bool:
        """Whether somebody is joined now."""
        return (self.content("m.room.member", user_id) or {}).get("membership") == "join"

    def display_name(self, user_id: str) -> str:
        """The name somebody goes by in this room, in one line; it is text from a stranger, to be escaped."""
        name = (self.content("m.room.member", user_id) or {}).get("displayname")
        return _in_one_line(_text(name)) or user_id

    def made_for(self, bot: str) -> str | None:
        """For whom the bot opened this room as a direct chat; None for any room that the bot did not make."""
        return self._word("m.room.create", MADE_FOR) if self.creator == bot else None

    @property
    def creators(self) -> frozenset[str]:
        """Those above all power levels: from room version 12 on the creators, before it nobody."""
        create = self.content("m.room.create") or {}
        if not _version_from(12, create.get("room_version")) or self.creator is None:
            return frozenset()
        more = create.get("additional_creators")
        others = more if isinstance(more, list) else []
        return frozenset([self.creator, *(user for user in others if isinstance(user, str))])

    def power_level(self, user_id: str) -> int:
        """Somebody's power level; creators of a version 12 room count above all (spec, "Permissions")."""
        if user_id in self.creators:
            return _CREATOR_LEVEL
        levels = self.content("m.room.power_levels")
        if levels is None:
            return 100 if user_id == self.creator else 0
        users = levels.get("users")
        own = users.get(user_id) if isinstance(users, Mapping) else None
        return _level(own, _level(levels.get("users_default"), 0))

    @property
    def powers_readable(self) -> bool:
        """Whether every power level is a number: what is none may mean anything to a server of another kind."""
        levels = self.content("m.room.power_levels")
        if levels is None:
            return False
        single = [levels[name] for name in _LEVELS if name in levels]
        tables = [levels[name] for name in ("users", "events") if name in levels]
        if not all(isinstance(table, Mapping) for table in tables):
            return False
        return all(map(_is_level, [*single, *(level for table in tables for level in table.values())]))

    @property
    def everybodys_level(self) -> int:
        """The power level of whoever has none of their own."""
        return _level((self.content("m.room.power_levels") or {}).get("users_default"), 0)

    def needed_for(self, type_: str) -> int:
        """The power level that it takes to send a state event of this type (spec, "m.room.power_levels")."""
        levels = self.content("m.room.power_levels")
        if levels is None:
            return 0
        events = levels.get("events")
        own = events.get(type_) if isinstance(events, Mapping) else None
        return _level(own, _level(levels.get("state_default"), 50))

    def level_to(self, act: str, default: int) -> int:
        """The power level that it takes to `invite`, `redact`, `kick` or `ban`."""
        return _level((self.content("m.room.power_levels") or {}).get(act), default)

    def can_redact(self, user_id: str) -> bool:
        """Whether somebody may redact other people's messages here."""
        levels = self.content("m.room.power_levels") or {}
        events = levels.get("events")
        to_send = _level(events.get("m.room.redaction") if isinstance(events, Mapping) else None,
                         _level(levels.get("events_default"), 0))  # fmt: skip
        return self.power_level(user_id) >= max(self.level_to("redact", 50), to_send)


_LEVELS = (
    "ban", "events_default", "invite", "kick", "redact", "state_default", "users_default",
)  # fmt: skip


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


_LONGEST_NAME = 100
_JOINERS = "\u200c\u200d"
"""Invisible, but Persian names and emojis are written with them."""


def _in_one_line(name: str | None) -> str | None:
    """A name as it can stand in a list of others: it adds no lines, turns no words round and hides nobody after it.

    None where nothing is left that could be seen.
    """
    if name is None:
        return None
    shown = " ".join((name if name.isprintable() else _visible(name[: 10 * _LONGEST_NAME])).split())
    if not shown.strip(_JOINERS + " "):
        return None
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1].rstrip()}…"


def _visible(name: str) -> str:
    spaced = (" " if each.isspace() else each for each in name)
    return "".join(each for each in spaced if each in _JOINERS or unicodedata.category(each)[0] != "C")


def _is_level(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _level(value: Any, default: int) -> int:
    return value if _is_level(value) else default


def _membership_of(condition: Any) -> str | None:
    """The room of a `m.room_membership` condition; None for any other kind."""
    if not isinstance(condition, Mapping) or condition.get("type") != "m.room_membership":
        return None
    room_id = condition.get("room_id")
    return room_id if isinstance(room_id, str) else None


def _version_from(first: int, version: Any) -> bool:
    """Whether a room version is this one or later; unknown names are not trusted."""
    return isinstance(version, str) and version.isascii() and version.isdigit() and int(version) >= first


def _is_out(content: Any) -> bool:
    """Whether a membership is of somebody who is neither in nor invited; what cannot be read is in."""
    return isinstance(content, Mapping) and content.get("membership") in ("leave", "ban", "knock")
