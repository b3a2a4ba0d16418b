"""Which invitations are accepted, and whether a room is closed enough to be served. It fails closed."""

import fnmatch
from collections.abc import Callable, Iterable
from enum import StrEnum

from doctocbot.matrix import RoomState
from doctocbot.rooms.roles import MODERATOR_LEVEL

_CLOSED_RULES = frozenset({"invite", "knock"})
_RESTRICTED_RULES = frozenset({"restricted", "knock_restricted"})
_CLOSED_HISTORY = frozenset({"shared", "invited", "joined"})


class Problem(StrEnum):
    """Why a room is not served; sentences stand in the catalogues under `room.problem.<value>`."""

    UNKNOWN_STATE = "unknown-state"
    NOT_ENCRYPTED = "not-encrypted"
    NOT_CLOSED = "not-closed"
    OPEN_PARENT = "open-parent"
    WORLD_READABLE = "world-readable"
    UNREADABLE_POWERS = "unreadable-powers"
    EVERYBODY_MODERATES = "everybody-moderates"
    EVERYBODY_MAY_OPEN = "everybody-may-open"
    UNREADABLE_ACL = "unreadable-acl"
    REPLACED = "replaced"


class Caution(StrEnum):
    """What moderators should know of a room that is served all the same."""

    GUESTS = "guests"
    EVERYBODY_INVITES = "everybody-invites"
    EVERYBODY_REDACTS = "everybody-redacts"
    CANNOT_REDACT = "cannot-redact"


def may_invite(inviter: str, allowed: Iterable[str]) -> bool:
    """Whether somebody may bring the bot into a room.

    Each entry of `allowed` is a user id (`@a:b.org`), a pattern with `*` (`@dr-*:b.org`) or a server name (`b.org`).
    """
    server = inviter.partition(":")[2]
    for entry in allowed:
        if entry.startswith("@"):
            if fnmatch.fnmatchcase(inviter, entry):
                return True
        elif server and fnmatch.fnmatchcase(server, entry):
            return True
    return False


def problems(room: RoomState, other: Callable[[str], RoomState | None]) -> list[Problem]:
    """Everything that keeps a room from being served; an empty list means that it is closed (DESIGN section 7).

    `other` looks up the rooms whose members a restricted room lets in. What cannot be read counts as unsafe.
    """
    if room.content("m.room.create") is None or room.content("m.room.power_levels") is None:
        # Without power levels every member may change any setting (spec, "m.room.power_levels").
        return [Problem.UNKNOWN_STATE]
    if room.has_nameless_members:
        return [Problem.UNKNOWN_STATE]
    found = []
    if not room.encrypted:
        found.append(Problem.NOT_ENCRYPTED)
    found += _join_problems(room, other)
    if room.history_visibility not in _CLOSED_HISTORY:
        found.append(Problem.WORLD_READABLE)
    found += _power_problems(room)
    if room.server_acl is not None and not room.server_acl.readable:
        found.append(Problem.UNREADABLE_ACL)
    if room.replaced:
        found.append(Problem.REPLACED)
    return found


def _power_problems(room: RoomState) -> list[Problem]:
    """Who everybody is by default: neither a moderator, nor somebody who may open the room or give power away.

    Those who were given power by name are the moderators' choice.
    """
    if not room.powers_readable:
        return [Problem.UNREADABLE_POWERS]
    if room.everybodys_level >= MODERATOR_LEVEL:
        return [Problem.EVERYBODY_MODERATES]
    if any(room.everybodys_level >= room.needed_for(type_) for type_ in _KEEP_CLOSED):
        return [Problem.EVERYBODY_MAY_OPEN]
    return []


_KEEP_CLOSED = (
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.encryption",
    "m.room.power_levels",
    "m.room.server_acl",
    "m.room.tombstone",
)
"""The settings that keep a room closed, or say where it goes on."""


def _join_problems(room: RoomState, other: Callable[[str], RoomState | None]) -> list[Problem]:
    if room.join_rule in _CLOSED_RULES:
        return []
    if room.join_rule not in _RESTRICTED_RULES:
        return [Problem.NOT_CLOSED]
    if room.allowed_rooms is None:
        return [Problem.OPEN_PARENT]
    parents = [other(room_id) for room_id in room.allowed_rooms]
    # A parent that is itself restricted would need its own parents proved, and so on: that is not closed enough.
    return [] if all(map(_is_closed, parents)) else [Problem.OPEN_PARENT]


def _is_closed(parent: RoomState | None) -> bool:
    """Whether a parent lets in only whom its moderators want, and nobody else can change that."""
    return parent is not None and parent.join_rule in _CLOSED_RULES and not _power_problems(parent)


def warnings(room: RoomState, bot: str) -> list[Caution]:
    """What is worth saying of a room that is served: who may let people in or delete, and whether the bot can redact.

    Guest access that cannot be read counts as given.
    """
    found = []
    if room.content("m.room.guest_access") is not None and room.guest_access != "forbidden":
        found.append(Caution.GUESTS)
    if room.everybodys_level >= room.level_to("invite", 0):
        found.append(Caution.EVERYBODY_INVITES)
    if room.everybodys_level >= room.level_to("redact", 50):
        found.append(Caution.EVERYBODY_REDACTS)
    if not room.can_redact(bot):
        found.append(Caution.CANNOT_REDACT)
    return found
