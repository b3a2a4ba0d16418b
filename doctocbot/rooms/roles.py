"""What somebody is in a room: one of its moderators, a clinician, a student, or simply a member."""

from enum import StrEnum

from doctocbot.matrix import RoomState
from doctocbot.rooms.admittance import takes_part
from doctocbot.rooms.members import label_of
from doctocbot.store import Transaction

MODERATOR_LEVEL = 50
"""Power level from which somebody moderates the room of the case concerned (DESIGN section 7)."""


class Role(StrEnum):
    """Those of whom the policy speaks. In a room a member is one of the first three, and a moderator besides."""

    MEMBER = "member"
    """Joined, and without a label that anybody else stands behind."""
    STUDENT = "student"
    CLINICIAN = "clinician"
    """Somebody whose trade a moderator or two colleagues have confirmed."""
    MODERATOR = "moderator"
    OUTSIDER = "outsider"
    """Not joined, or not admitted: somebody who left, was never in, or is kept out."""
    OPERATOR = "operator"
    """Who sits at the bot's own machine; nobody is that in a room."""


class Standing(StrEnum):
    """What somebody is in a room, as far as things are meant for such people alone; stored by these names."""

    MEMBER = "member"
    MODERATOR = "moderator"


def is_moderator(user: str, room: RoomState) -> bool:
    """Whether somebody moderates this room now; creators of a version 12 room do."""
    return room.is_member(user) and room.power_level(user) >= MODERATOR_LEVEL


def stands(user: str, room: RoomState, standing: Standing) -> bool:
    """Whether somebody is what a thing is meant for, in this room, now."""
    return is_moderator(user, room) if standing is Standing.MODERATOR else room.is_member(user)


def roles_of(tx: Transaction, user: str, room: RoomState) -> frozenset[Role]:
    """Everything that somebody is in this room now; who does not take part is an outsider and nothing else."""
    if not takes_part(tx, room, user):
        return frozenset({Role.OUTSIDER})
    label = label_of(tx, room.room_id, user)
    if label is not None and label.student:
        own = Role.STUDENT
    elif label is not None and label.proved:
        own = Role.CLINICIAN
    else:
        own = Role.MEMBER
    return frozenset({own, Role.MODERATOR} if is_moderator(user, room) else {own})
