"""Who may do what: one table, one function."""

from enum import Enum, StrEnum, auto

from doctocbot.matrix import RoomState

MODERATOR_LEVEL = 50
"""Power level from which somebody moderates the room of the case concerned (DESIGN section 7)."""


class Act(Enum):
    """What people do in a room, as far as not everybody may do it."""

    OPEN_CASE = auto()
    ANSWER = auto()
    VOTE = auto()
    ASK_QUIZ = auto()
    CLOSE_CASE = auto()
    DROP_PICTURE = auto()
    SAY_WAITING = auto()
    TAG_CASE = auto()
    PULL = auto()
    PULL_MANY = auto()
    ASK_WHO = auto()
    ALLOW_QUIZ = auto()
    STOP_QUIZ = auto()
    CHANGE_SETTINGS = auto()


class Standing(StrEnum):
    """What somebody is in a room, as far as things are meant for such people alone; stored by these names."""

    MEMBER = "member"
    MODERATOR = "moderator"


class _Who(Enum):
    MEMBER = auto()
    AUTHOR = auto()
    AUTHOR_OR_MODERATOR = auto()
    MODERATOR = auto()


_POLICY = {
    Act.OPEN_CASE: _Who.MEMBER,
    Act.ANSWER: _Who.MEMBER,
    Act.VOTE: _Who.MEMBER,
    Act.ASK_QUIZ: _Who.MEMBER,
    Act.CLOSE_CASE: _Who.AUTHOR_OR_MODERATOR,
    Act.DROP_PICTURE: _Who.AUTHOR_OR_MODERATOR,
    Act.SAY_WAITING: _Who.AUTHOR,
    Act.TAG_CASE: _Who.AUTHOR_OR_MODERATOR,
    Act.PULL: _Who.MEMBER,
    Act.PULL_MANY: _Who.MODERATOR,
    Act.ASK_WHO: _Who.MODERATOR,
    Act.ALLOW_QUIZ: _Who.AUTHOR,
    Act.STOP_QUIZ: _Who.MODERATOR,
    Act.CHANGE_SETTINGS: _Who.MODERATOR,
}


def is_moderator(user: str, room: RoomState) -> bool:
    """Whether somebody moderates this room now; creators of a version 12 room do."""
    return room.is_member(user) and room.power_level(user) >= MODERATOR_LEVEL


def stands(user: str, room: RoomState, standing: Standing) -> bool:
    """Whether somebody is what a thing is meant for, in this room, now."""
    return is_moderator(user, room) if standing is Standing.MODERATOR else room.is_member(user)


def may(act: Act, user: str, room: RoomState, *, author: str | None = None) -> bool:
    """Whether somebody may do something in this room, now; nobody may who is not joined.

    `author` is the author of the case concerned, where there is one.
    """
    if not room.is_member(user):
        return False
    match _POLICY[act]:
        case _Who.MEMBER:
            return True
        case _Who.AUTHOR:
            return user == author
        case _Who.AUTHOR_OR_MODERATOR:
            return user == author or is_moderator(user, room)
        case _Who.MODERATOR:
            return is_moderator(user, room)
