"""Which rooms something is about: in a room that room, in a direct chat those of the person who speaks."""

from doctocbot.chat.parsing import fold
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import RoomState
from doctocbot.rooms import direct
from doctocbot.rooms.policy import COMMANDS, Act, may, may_try, refusal

_IN = ("in ", "dans ")


def rooms_around(c: Conversation) -> list[RoomState]:
    """The rooms about which a person speaks: in a direct chat the served ones where they are joined now."""
    partner = direct.partner(c.tx, c.event.room_id)
    if partner is None:
        return [c.room]
    return direct.shared_rooms(c.tx, c.sender, c.world.room) if partner == c.sender else []


def check(c: Conversation, command: str) -> None:
    """Raise a Refusal unless the person may use this command here, in any of the rooms about which they speak."""
    rooms = rooms_around(c)
    if may_try(c.tx, command, c.sender, rooms):
        return
    if not rooms:
        raise Refusal("role.outsider")
    raise Refusal("role.moderate") if command.startswith("mod ") else refusal(COMMANDS.get(command))


def room_concerned(c: Conversation, words: str, act: Act) -> tuple[Conversation, str]:
    """The room that an act is about, and the words without its name (`… in ROOM`).

    Raises a Refusal where the person may do it in none, or in several of which none is named.
    """
    rooms = [room for room in rooms_around(c) if may(c.tx, act, c.sender, room)]
    if not rooms:
        raise refusal(act)
    named = [(room, rest) for room in rooms if (rest := _without_name(words, room)) is not None]
    if len(named) == 1:
        return c.at(named[0][0].room_id), named[0][1]
    if len(rooms) > 1:
        raise Refusal("concerned.which-room", rooms=", ".join(room.name or room.room_id for room in rooms))
    return c.at(rooms[0].room_id), words


def _without_name(words: str, room: RoomState) -> str | None:
    """The words before `in ROOM` at their end, or None where they do not end so."""
    folded = fold(words)
    for name in filter(None, (room.name, room.room_id)):
        for preposition in _IN:
            ending = f"{preposition}{fold(name)}"
            if folded == ending or folded.endswith(f" {ending}"):
                return " ".join(words.split()[: len(folded.split()) - len(ending.split())])
    return None
