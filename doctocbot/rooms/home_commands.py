"""`!mod here`: moderators name the closed room in which they are told things; `!mod elsewhere` takes that back."""

from collections.abc import Iterable

from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document, Strong
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import RoomState
from doctocbot.rooms import audit, direct, moderators, private, settings
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.concerned import named_or_all, room_concerned
from doctocbot.rooms.policy import Act, may
from doctocbot.rooms.roles import Standing

_OFF = frozenset(("off", "non", "no", "stop"))


def here(c: Conversation, words: str) -> None:
    """`!mod here [ROOM]`: have the moderators of a room told things in the room where this is typed."""
    if direct.partner(c.tx, c.event.room_id) is not None:
        raise Refusal("here.not-in-chat")
    if fold(words) in _OFF:
        elsewhere(c, "")
        return
    room = _room_meant(c, words)
    if c.tx.value("SELECT 1 FROM medical_case WHERE room_id = :room LIMIT 1", room=c.event.room_id):
        raise Refusal("here.has-cases")
    if strangers := moderators.strangers(c.tx, c.room, room, c.bot):
        people = ", ".join(c.room.display_name(user) for user in strangers)
        raise Refusal("here.strangers", room=_name(room), people=Strong(people))
    moderators.settle(c.tx, room.room_id, c.event.room_id)
    settings.set_language(c.tx, c.event.room_id, c.world.wording(c.tx, room.room_id).language)
    audit.note(c, audit.Deed.HOME, room=room.room_id, reason=f"→ {c.event.room_id}")
    c.reply(Document().line(*c.at(room.room_id).wording.spans("here.done", room=_name(room))))
    _tell_absent(c, room)


def _room_meant(c: Conversation, words: str) -> RoomState:
    """The room that the person moderates and means, other than the one in which they speak."""
    shared = direct.shared_rooms(c.tx, c.sender, c.world.room)
    others = [room for room in shared if room.room_id != c.event.room_id]
    rooms = [room for room in others if may(c.tx, Act.CHANGE_SETTINGS, c.sender, room)]
    if not rooms:
        raise Refusal("here.own-room")
    named = words if not words or fold(words).startswith(("in ", "dans ")) else f"in {words}"
    found, rest = named_or_all(rooms, named)
    if rest or len(found) != 1:
        # Which rooms somebody moderates is not for those to read who are in this one.
        raise Refusal("here.which-room")
    return found[0]


def _tell_absent(c: Conversation, room: RoomState) -> None:
    """Tell once, in private, the moderators who are not in their room: what is said there will not reach them."""
    meant_for = private.MeantFor(room.room_id, Standing.MODERATOR)
    name = Strong(c.room.name or c.room.room_id)
    for user in moderators.moderators(room, c.bot):
        if not c.room.is_member(user):
            words = private.wording_for(c, user).spans("here.ask-in", room=_name(room), home=name)
            private.tell(c, user, f"home:{room.room_id}", Document().line(*words), meant_for=meant_for)


def elsewhere(c: Conversation, words: str) -> None:
    """`!mod elsewhere [ROOM]`: have each moderator told things in their direct chat again."""
    if moderators.is_home(c.tx, c.event.room_id):
        states = (c.world.state(room_id) for room_id in moderators.housed(c.tx, c.event.room_id))
        rooms = [room for room in states if may(c.tx, Act.CHANGE_SETTINGS, c.sender, room)]
    else:
        there, _ = room_concerned(c, words, Act.CHANGE_SETTINGS)
        rooms = [there.room] if moderators.home_of(c.tx, there.room.room_id) else []
    if not rooms:
        raise Refusal("elsewhere.none")
    _end(c, rooms)
    c.tell("elsewhere.done", rooms=Strong(", ".join(room.name or room.room_id for room in rooms)))


def _end(c: Conversation, rooms: Iterable[RoomState]) -> None:
    for room in rooms:
        moderators.settle(c.tx, room.room_id, None)
        audit.note(c, audit.Deed.HOME, room=room.room_id, reason="→ —")


def _name(room: RoomState) -> Strong:
    return Strong(room.name or room.room_id)


SUBCOMMANDS = (
    Subcommand(("here", "ici"), here, anywhere=True),
    Subcommand(("elsewhere", "ailleurs"), elsewhere, anywhere=True),
)
"""What `!mod` understands about the moderators' own room."""
