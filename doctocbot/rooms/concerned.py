"""Which rooms something is about: in a room that room, in a direct chat those of the person who speaks.

In the moderators' own room it is those that they moderate together.
"""

from collections.abc import Sequence

from doctocbot.chat.parsing import fold
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import RoomState
from doctocbot.rooms import direct, moderators
from doctocbot.rooms.policy import COMMANDS, Act, may, may_try, refusal

_IN = ("in ", "dans ")

_IN_HOMES = frozenset(("help", "mod", "bot", "cases", "summary", "find", "close", "reopen", "pull", "tag"))
"""What is understood in the moderators' own room, which is no room for cases."""

_LOOK_THEMSELVES = frozenset(("help", "mod"))
"""What is understood there as well when somebody is in it who does not moderate the room concerned."""


def rooms_around(c: Conversation) -> list[RoomState]:
    """The rooms about which a person speaks: in a direct chat the served ones where they are joined now."""
    partner = direct.partner(c.tx, c.event.room_id)
    if partner is not None:
        return direct.shared_rooms(c.tx, c.sender, c.world.room) if partner == c.sender else []
    return moderators.fit_rooms(c, c.room) if moderators.is_home(c.tx, c.event.room_id) else [c.room]


def check(c: Conversation, command: str) -> None:
    """Raise a Refusal unless the person may use this command here, in any of the rooms about which they speak."""
    rooms = rooms_around(c)
    if moderators.is_home(c.tx, c.event.room_id):
        if command.partition(" ")[0] not in _IN_HOMES:
            raise Refusal("home.not-here")
        if not rooms and command in _LOOK_THEMSELVES:
            return
        if not rooms:
            raise Refusal("home.unfit-now")
    if may_try(c.tx, command, c.sender, rooms):
        return
    if not rooms:
        raise Refusal("role.outsider")
    raise Refusal("role.moderate") if command.startswith("mod ") else refusal(COMMANDS.get(command))


def check_anywhere(c: Conversation, command: str) -> None:
    """Raise a Refusal unless the person may use this command about any room where they are joined now.

    For what is typed in another room than the one that it is about.
    """
    if not may_try(c.tx, command, c.sender, direct.shared_rooms(c.tx, c.sender, c.world.room)):
        raise Refusal("role.moderate")


def room_concerned(c: Conversation, words: str, act: Act) -> tuple[Conversation, str]:
    """The room that an act is about, and the words without its name (`… in ROOM`).

    Raises a Refusal where the person may do it in none, or in several of which none is named.
    """
    rooms = [room for room in rooms_around(c) if may(c.tx, act, c.sender, room)]
    if not rooms:
        raise refusal(act)
    room, rest = one_of(rooms, words)
    return c.at(room.room_id), rest


def one_of(rooms: Sequence[RoomState], words: str) -> tuple[RoomState, str]:
    """The one of these rooms that words name (`… in ROOM`), and the words without its name.

    The only one needs no name; raises a Refusal that names them where several are left.
    """
    named = [(room, rest) for room in rooms if (rest := _without_name(words, room)) is not None]
    if len(named) == 1:
        return named[0]
    if len(rooms) > 1:
        raise Refusal("concerned.which-room", rooms=", ".join(room.name or room.room_id for room in rooms))
    return rooms[0], words


def named_or_all(rooms: Sequence[RoomState], words: str) -> tuple[Sequence[RoomState], str]:
    """Those of these rooms that words name (`… in ROOM`), else all of them, and the words without the name."""
    named = [(room, rest) for room in rooms if (rest := _without_name(words, room)) is not None]
    return ([room for room, _ in named], named[0][1]) if named else (rooms, words)


def _without_name(words: str, room: RoomState) -> str | None:
    """The words before `in ROOM` at their end, or None where they do not end so."""
    folded = fold(words)
    for name in filter(None, (room.name, room.room_id)):
        for preposition in _IN:
            ending = f"{preposition}{fold(name)}"
            if folded == ending or folded.endswith(f" {ending}"):
                return " ".join(words.split()[: len(folded.split()) - len(ending.split())])
    return None
