"""The moderators of a room, and how they are told things: never in the served room itself (DESIGN section 7).

They may name a closed room of their own, their *home*: then everything is said there, once. Nobody may be in it who
does not moderate the room concerned, since names are said there; that is looked at anew each time, and where it does
not hold, each moderator is told in their direct chat, with a line that says why.
"""

from collections.abc import Callable
from enum import StrEnum

from doctocbot.chat.rendering import Document, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Outgoing, RoomState
from doctocbot.rooms import direct, private, settings
from doctocbot.rooms.admittance import is_admitted
from doctocbot.rooms.roles import Standing, is_moderator
from doctocbot.store import Transaction


class Unfit(StrEnum):
    """Why nothing is said in a home now; sentences stand in the catalogues under `home.unfit.<value>`."""

    NOT_SERVED = "not-served"
    """It is no closed room that the bot serves."""
    STRANGERS = "strangers"
    """Somebody is in it, or invited, who does not moderate the room concerned."""
    EMPTY = "empty"


def moderators(room: RoomState, bot: str) -> list[str]:
    """Who moderates a room now, without the bot, in a steady order."""
    return sorted(user for user in room.members if user != bot and is_moderator(user, room))


def home_of(tx: Transaction, room_id: str) -> str | None:
    """The room in which the moderators of a room are told things, if they have named one."""
    found: str | None = tx.value("SELECT home_id FROM moderators_room WHERE room_id = :room", room=room_id)
    return found


def is_home(tx: Transaction, room_id: str) -> bool:
    """Whether a room is the home of some room's moderators: it is no room for cases then."""
    return tx.value("SELECT 1 FROM moderators_room WHERE home_id = :room LIMIT 1", room=room_id) is not None


def housed(tx: Transaction, home_id: str) -> list[str]:
    """The rooms of which this is the moderators' home."""
    rows = tx.rows("SELECT room_id FROM moderators_room WHERE home_id = :home ORDER BY room_id", home=home_id)
    return [row["room_id"] for row in rows]


def settle(tx: Transaction, room_id: str, home_id: str | None) -> None:
    """Note the home of a room's moderators, or that they have none."""
    tx.execute("DELETE FROM moderators_room WHERE room_id = :room", room=room_id)
    if home_id is not None:
        tx.execute(
            "INSERT INTO moderators_room (room_id, home_id) VALUES (:room, :home)", room=room_id, home=home_id
        )


def strangers(tx: Transaction, home: RoomState, room: RoomState, bot: str) -> list[str]:
    """Who is in a home, or invited to it, without moderating the room concerned; or is kept out of that one."""
    people = (home.members | home.invited) - {bot}
    return sorted(user for user in people if not (is_moderator(user, room) and is_admitted(tx, room, user)))


def unfit(c: Conversation, home: RoomState, room: RoomState) -> Unfit | None:
    """What keeps names of a room from being said in its moderators' home now, or None."""
    if not settings.is_served(c.tx, home.room_id) or direct.partner(c.tx, home.room_id) is not None:
        return Unfit.NOT_SERVED
    if strangers(c.tx, home, room, c.bot):
        return Unfit.STRANGERS
    return None if home.members - {c.bot} else Unfit.EMPTY


def fit_rooms(c: Conversation, home: RoomState) -> list[RoomState]:
    """The served rooms about which may be spoken in a home now."""
    states = (c.world.state(room_id) for room_id in housed(c.tx, home.room_id))
    return [
        room for room in states if settings.is_served(c.tx, room.room_id) and unfit(c, home, room) is None
    ]


def tell(
    c: Conversation,
    room: RoomState,
    purpose: str,
    words: Callable[[Wording], Document],
    cause: str | None = None,
    *,
    case_id: int | None = None,
    everyone: bool = False,
) -> None:
    """Tell the moderators of a room something: once in their home, else each in their direct chat, in its language.

    In direct chats whoever made it happen is left out, since they know, unless it is for `everyone`. `case_id` is the
    case whose words or author it names: a pull reaches it.
    """
    home_id = home_of(c.tx, room.room_id)
    why = unfit(c, c.world.state(home_id), room) if home_id is not None else None
    if home_id is not None and why is None:
        said = _under_name(words(c.world.wording(c.tx, home_id)), room)
        key = f"{cause or c.cause}:{purpose}:{c.outbox.pseudonym(home_id)}"
        c.send([Outgoing(key=key, room_id=home_id, content=said.content(), case_id=case_id)])
        return
    meant_for = private.MeantFor(room.room_id, Standing.MODERATOR)
    for user in moderators(room, c.bot):
        if (user == c.sender and not everyone) or not is_admitted(c.tx, room, user):
            continue
        wording = private.wording_for(c, user)
        told = words(wording)
        if why is not None:
            told.line(*wording.spans(f"home.unfit.{why}"))
        private.tell(c, user, purpose, told, case_id=case_id, cause=cause, meant_for=meant_for)


def _under_name(document: Document, room: RoomState) -> Document:
    """The document with the room's name, before it where it does not name it itself."""
    name = room.name or room.room_id
    return (
        document
        if name in document.plain
        else Document([*Document().line(Strong(name)).blocks, *document.blocks])
    )


def answer(
    c: Conversation,
    room: RoomState,
    purpose: str,
    words: Callable[[Wording], Document],
    *,
    case_id: int | None = None,
) -> None:
    """Answer a moderator with what no other member of the room may read: in their home, where they asked there.

    Else in their direct chat. In the served room nothing is said.
    """
    if c.event.room_id == home_of(c.tx, room.room_id) and unfit(c, c.room, room) is None:
        said = Outgoing(
            key=f"{c.cause}:{purpose}",
            room_id=c.event.room_id,
            content=words(c.wording).content(),
            thread=c.event.thread_root,
            reply_to=c.event.event_id,
            case_id=case_id,
        )
        c.send([said])
        return
    document = words(private.wording_for(c, c.sender))
    meant_for = private.MeantFor(room.room_id, Standing.MODERATOR)
    private.tell(c, c.sender, purpose, document, case_id=case_id, meant_for=meant_for)
