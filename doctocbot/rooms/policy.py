"""Who may do what: one table of acts, one of commands, and the function that reads them. It fails closed.

A command is an act, by its first English name; `mod …` are the moderators' commands and `terminal …` what is typed at
the bot's own machine. What has no row is nobody's to do.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from enum import Enum, auto

from doctocbot.chat.rendering import Span
from doctocbot.chat.replies import Refusal
from doctocbot.matrix import RoomState
from doctocbot.rooms import options
from doctocbot.rooms.roles import Role, roles_of
from doctocbot.store import Transaction


class Act(Enum):
    """What people do."""

    READ = auto()
    OPEN_CASE = auto()
    ANSWER = auto()
    VOTE = auto()
    FOLLOW = auto()
    PULL = auto()
    CLOSE_CASE = auto()
    DROP_PICTURE = auto()
    TAG_CASE = auto()
    SAY_WAITING = auto()
    FOLLOW_UP = auto()
    DRAFT = auto()
    DISCARD_DRAFT = auto()
    ASK_QUIZ = auto()
    ANSWER_QUIZ = auto()
    ALLOW_QUIZ = auto()
    STOP_QUIZ = auto()
    EDIT_QUIZ = auto()
    LEARN = auto()
    DECLARE_SELF = auto()
    VOUCH = auto()
    OWN_DATA = auto()
    PULL_MANY = auto()
    ASK_WHO = auto()
    CHANGE_SETTINGS = auto()
    MODERATE = auto()
    OPERATE = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do something: whoever has one of these roles, and the author of the case concerned where that is said."""

    roles: frozenset[Role]
    author: bool = False


_MEMBERS = Rule(frozenset({Role.MEMBER, Role.STUDENT, Role.CLINICIAN, Role.MODERATOR}))
_MODERATORS = Rule(frozenset({Role.MODERATOR}))
_AUTHOR = Rule(frozenset(), author=True)
_AUTHOR_AND_MODERATORS = Rule(_MODERATORS.roles, author=True)
_ANYBODY = Rule(_MEMBERS.roles | {Role.OUTSIDER})

POLICY: Mapping[Act, Rule] = {
    Act.READ: _MEMBERS,
    Act.OPEN_CASE: _MEMBERS,
    Act.ANSWER: _MEMBERS,
    Act.VOTE: _MEMBERS,
    Act.FOLLOW: _MEMBERS,
    Act.PULL: _MEMBERS,
    Act.CLOSE_CASE: _AUTHOR_AND_MODERATORS,
    Act.DROP_PICTURE: _AUTHOR_AND_MODERATORS,
    Act.TAG_CASE: _AUTHOR_AND_MODERATORS,
    Act.SAY_WAITING: _AUTHOR,
    Act.FOLLOW_UP: _AUTHOR,
    Act.DRAFT: _MEMBERS,
    Act.DISCARD_DRAFT: _ANYBODY,
    Act.ASK_QUIZ: _MEMBERS,
    Act.ANSWER_QUIZ: _MEMBERS,
    Act.ALLOW_QUIZ: _AUTHOR,
    # The author is here who asked it.
    Act.STOP_QUIZ: _AUTHOR_AND_MODERATORS,
    Act.EDIT_QUIZ: _AUTHOR_AND_MODERATORS,
    Act.LEARN: _MEMBERS,
    Act.DECLARE_SELF: _MEMBERS,
    Act.VOUCH: Rule(frozenset({Role.CLINICIAN})),
    Act.OWN_DATA: _ANYBODY,
    Act.PULL_MANY: _MODERATORS,
    Act.ASK_WHO: _MODERATORS,
    Act.CHANGE_SETTINGS: _MODERATORS,
    Act.MODERATE: _MODERATORS,
    Act.OPERATE: Rule(frozenset({Role.OPERATOR})),
}
"""Who may do what."""

COMMANDS: Mapping[str, Act] = {
    "help": Act.READ,
    "case": Act.OPEN_CASE,
    "close": Act.CLOSE_CASE,
    "reopen": Act.CLOSE_CASE,
    "pull": Act.PULL,
    "cases": Act.READ,
    "summary": Act.READ,
    "find": Act.READ,
    "dx": Act.ANSWER,
    "ref": Act.ANSWER,
    "agree": Act.VOTE,
    "oppose": Act.VOTE,
    "neutral": Act.VOTE,
    "accept": Act.VOTE,
    "follow": Act.FOLLOW,
    "unfollow": Act.FOLLOW,
    "ne": Act.FOLLOW,
    "mute": Act.FOLLOW,
    "ask": Act.ANSWER,
    "waiting": Act.SAY_WAITING,
    "tag": Act.TAG_CASE,
    "notify": Act.FOLLOW,
    "followup": Act.FOLLOW_UP,
    "add": Act.DRAFT,
    "reword": Act.DRAFT,
    "publish": Act.DRAFT,
    "mask": Act.DRAFT,
    "drop": Act.DISCARD_DRAFT,
    "mydata": Act.OWN_DATA,
    "forgetme": Act.OWN_DATA,
    "iam": Act.DECLARE_SELF,
    "vouch": Act.VOUCH,
    "quiz": Act.ASK_QUIZ,
    "quiz stop": Act.STOP_QUIZ,
    "quiz allow": Act.ALLOW_QUIZ,
    "quiz forbid": Act.ALLOW_QUIZ,
    "quiz show": Act.EDIT_QUIZ,
    "quiz stem": Act.EDIT_QUIZ,
    "quiz choice": Act.EDIT_QUIZ,
    "quiz why": Act.EDIT_QUIZ,
    "quiz me": Act.LEARN,
    "quiz score": Act.LEARN,
    "quiz log": Act.LEARN,
    "answer": Act.ANSWER_QUIZ,
    "bot": Act.READ,
    # Which of its subcommands, each row below says.
    "mod": Act.READ,
    "mod set": Act.CHANGE_SETTINGS,
    "mod allow": Act.CHANGE_SETTINGS,
    "mod deny": Act.CHANGE_SETTINGS,
    "mod here": Act.CHANGE_SETTINGS,
    "mod elsewhere": Act.CHANGE_SETTINGS,
    "mod members": Act.MODERATE,
    "mod confirm": Act.MODERATE,
    "mod member": Act.MODERATE,
    "mod room": Act.MODERATE,
    "mod audit": Act.MODERATE,
    "mod who": Act.ASK_WHO,
    "mod close": Act.MODERATE,
    "mod pull": Act.MODERATE,
    "mod hide": Act.MODERATE,
    "mod show": Act.MODERATE,
    "mod export": Act.MODERATE,
    "mod yes": Act.MODERATE,
    "mod no": Act.MODERATE,
    "mod trust": Act.MODERATE,
    "terminal init": Act.OPERATE,
    "terminal run": Act.OPERATE,
    "terminal login": Act.OPERATE,
    "terminal doctor": Act.OPERATE,
    "terminal verify": Act.OPERATE,
    "terminal check-config": Act.OPERATE,
    "terminal scrub": Act.OPERATE,
    "terminal health": Act.OPERATE,
    "terminal backup": Act.OPERATE,
    "terminal restore": Act.OPERATE,
    "terminal rekey": Act.OPERATE,
    "terminal export": Act.OPERATE,
    "terminal import": Act.OPERATE,
    "terminal audit": Act.OPERATE,
    "terminal quiz": Act.OPERATE,
}
"""Which act a command is. The desk looks again at the case that it names."""


def permits(act: Act | None, roles: Set[Role], *, is_author: bool = False) -> bool:
    """Whether the table lets somebody with these roles do something; None is what has no row."""
    rule = None if act is None else POLICY.get(act)
    if rule is None:
        return False
    return not rule.roles.isdisjoint(roles) or (rule.author and is_author and Role.OUTSIDER not in roles)


def may(tx: Transaction, act: Act, user: str, room: RoomState, *, author: str | None = None) -> bool:
    """Whether somebody may do something in this room, now; `author` is that of the case concerned."""
    roles = roles_of(tx, user, room)
    if act is Act.VOTE and options.get(tx, room.room_id, options.VOTES) == options.CLINICIANS:
        roles &= {Role.CLINICIAN}
    return permits(act, roles, is_author=author is not None and user == author)


def may_try(tx: Transaction, command: str, user: str, rooms: Iterable[RoomState]) -> bool:
    """Whether somebody may use a command in any of these rooms, about whatever case it names."""
    act = COMMANDS.get(command)
    roles = [roles_of(tx, user, room) for room in rooms]
    return any(permits(act, each, is_author=True) for each in roles or [frozenset({Role.OUTSIDER})])


def refusal(act: Act | None, **values: Span) -> Refusal:
    """Why an act is refused, and what to do instead."""
    return Refusal("role.no-rule" if act is None else f"role.{act.name.lower().replace('_', '-')}", **values)
