"""Which invitations are accepted, and whether a room is closed enough to be served. It fails closed."""

import fnmatch
from collections.abc import Callable, Iterable
from enum import StrEnum

from doctocbot.matrix import RoomState

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
    REPLACED = "replaced"


class Caution(StrEnum):
    """What moderators should know of a room that is served all the same."""

    GUESTS = "guests"
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
    if room.content("m.room.create") is None or (
        room.content("m.room.power_levels") is None and not room.creator
    ):
        return [Problem.UNKNOWN_STATE]
    found = []
    if not room.encrypted:
        found.append(Problem.NOT_ENCRYPTED)
    found += _join_problems(room, other)
    if room.history_visibility not in _CLOSED_HISTORY:
        found.append(Problem.WORLD_READABLE)
    if room.content("m.room.tombstone"):
        found.append(Problem.REPLACED)
    return found


def _join_problems(room: RoomState, other: Callable[[str], RoomState | None]) -> list[Problem]:
    if room.join_rule in _CLOSED_RULES:
        return []
    if room.join_rule not in _RESTRICTED_RULES:
        return [Problem.NOT_CLOSED]
    if room.allowed_rooms is None:
        return [Problem.OPEN_PARENT]
    parents = [other(room_id) for room_id in room.allowed_rooms]
    # A parent that is itself restricted would need its own parents proved, and so on: that is not closed enough.
    if all(parent is not None and parent.join_rule in _CLOSED_RULES for parent in parents):
        return []
    return [Problem.OPEN_PARENT]


def warnings(room: RoomState, bot: str) -> list[Caution]:
    """What is worth saying of a room that is served: guests may be let in, or the bot cannot redact."""
    found = []
    if room.guest_access == "can_join":
        found.append(Caution.GUESTS)
    if not room.can_redact(bot):
        found.append(Caution.CANNOT_REDACT)
    return found
