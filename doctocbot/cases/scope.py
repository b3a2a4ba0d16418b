"""Where things may be said: what a bot shows of cases in a room draws on that room, in private on the person's own.

A number of another room reads like one that does not exist (DESIGN section 3, "Where things may be said").
"""

from doctocbot.cases import queries
from doctocbot.cases.model import Case
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import RoomState
from doctocbot.rooms import direct
from doctocbot.rooms.concerned import rooms_around


def is_private(c: Conversation) -> bool:
    """Whether the person speaks in their direct chat, where nobody else hears."""
    return direct.partner(c.tx, c.event.room_id) == c.sender


def rooms(c: Conversation) -> list[RoomState]:
    """The rooms whose cases may be shown or acted on where the person speaks.

    In a room that room alone; in a direct chat the served rooms where the person is joined now.
    """
    return rooms_around(c)


def case_numbered(c: Conversation, number: int) -> Case | None:
    """The case of this number, if it is one that may be shown here."""
    case = queries.case_by_id(c.tx, number)
    return case if case is not None and case.room_id in {room.room_id for room in rooms(c)} else None


def acts_as_author(c: Conversation, case: Case) -> bool:
    """Whether the person is the author of the case and may be seen to be here.

    An anonymous author is one in their direct chat alone: in the room nothing differs by who it is.
    """
    return case.author == c.sender and (not case.anonymous or is_private(c))
