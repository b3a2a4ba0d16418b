"""`!mod members`, `confirm` and `member`: moderators see who is what in their room, confirm it, or set it.

Names are said in the moderators' own place only (`moderators.answer`); where the command was typed stand counts.
"""

import json
import re
from collections.abc import Mapping, Sequence

from doctocbot.chat.commands import Runs
from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document, Person, Span, Strong
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import RoomState
from doctocbot.rooms import audit, confirmation, direct, members, moderators, private
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.concerned import room_concerned
from doctocbot.rooms.labels import Grounds, Label, calling_words, label_words
from doctocbot.rooms.named import people_named
from doctocbot.rooms.policy import Act, may, refusal
from doctocbot.rooms.roles import Standing
from doctocbot.rooms.trades import Calling, read_calling

_PAGE = 40
_ALL = frozenset(("all", "tous", "toutes", "tout", "everybody", "tout le monde"))
_NOTHING = frozenset(("none", "aucun", "aucune", "rien", "nothing", "off"))
_CONFIRM_ALL = "confirm-members"
_ORDER = (Grounds.DECLARED, None, Grounds.SPONSORED, Grounds.CONFIRMED)
"""What moderators look for first: those whom they may confirm, then those without a label."""


def show_members(c: Conversation, words: str) -> None:
    """`!mod members [PAGE]`: everybody in the room with what they are and on whose word."""
    there, words = room_concerned(c, words, Act.MODERATE)
    people = _sorted(there)
    pages = max(-(-len(people) // _PAGE), 1)
    number = min(max(int(match[0]) if (match := re.search(r"\d{1,4}", words)) else 1, 1), pages)
    shown = people[(number - 1) * _PAGE : number * _PAGE]

    def document(wording: Wording) -> Document:
        told = Document().line(
            *wording.spans(
                "members.title",
                room=Strong(_name(there.room)),
                n=str(len(people)),
                page=str(number),
                pages=str(pages),
            )
        )
        told.items(_line(there.room, user, label_words(label, wording)) for user, label in shown)
        return told.line(*wording.spans("members.how"))

    moderators.answer(c, there.room, "members", document)


def _sorted(there: Conversation) -> list[tuple[str, Label | None]]:
    people = there.room.members - {there.bot}
    labels = members.labels_of(there.tx, there.room.room_id, people)

    def place(user: str) -> tuple[int, str, str]:
        label = labels.get(user)
        return (
            _ORDER.index(label.grounds if label else None), there.room.display_name(user).casefold(), user,
        )  # fmt: skip

    return [(user, labels.get(user)) for user in sorted(people, key=place)]


def _line(room: RoomState, user: str, what: str) -> tuple[Span, ...]:
    return (Person(room.display_name(user), user), ": ", what)


# -- confirming


def confirm(c: Conversation, words: str) -> None:
    """`!mod confirm @x …`: stand behind what these have declared; `all` shows everybody who has, and asks first."""
    there, words = room_concerned(c, words, Act.MODERATE)
    if fold(words) in _ALL:
        _ask_about_all(c, there)
        return
    people, _ = people_named(c, words, there.room)
    declared = [user for user in people if _declared(there, user) is not None]
    if not declared:
        raise Refusal("members.nothing-declared")
    for user in declared:
        _prove(there, user)
    c.reply(Document().line(c.wording.count("members.confirmed", len(declared))))


def _declared(there: Conversation, user: str) -> Label | None:
    """What somebody in the room has declared and nobody has confirmed, or None."""
    label = members.label_of(there.tx, there.room.room_id, user)
    return label if label is not None and not label.proved and there.room.is_member(user) else None


def _ask_about_all(c: Conversation, there: Conversation) -> None:
    """Show in the moderators' own place whom that would be, at most a page at once, and ask where it was typed."""
    people = [(user, label) for user, label in _sorted(there) if label is not None and not label.proved][
        :_PAGE
    ]
    if not people:
        raise Refusal("members.nothing-declared")

    def document(wording: Wording) -> Document:
        told = Document().line(*wording.spans("members.to-confirm", room=Strong(_name(there.room))))
        return told.items(
            _line(there.room, user, calling_words(label.calling, wording)) for user, label in people
        )

    moderators.answer(c, there.room, "to-confirm", document)
    # Exactly those who were shown, as what they were shown, whoever declares anything in the meantime.
    shown = [[user, label.trade, label.specialty, label.student] for user, label in people]
    question = Document().line(c.wording.count("members.confirm-them", len(people)))
    confirmation.ask(c, _CONFIRM_ALL, json.dumps([there.room.room_id, shown]), question)


def _confirm_shown(c: Conversation, words: str) -> None:
    """Confirm those who were shown and are still what they were shown as."""
    room_id, shown = json.loads(words)
    there = c.at(room_id)
    if not may(c.tx, Act.MODERATE, c.sender, there.room):
        raise refusal(Act.MODERATE)
    done = 0
    for user, trade, specialty, student in shown:
        label = _declared(there, user)
        if label is not None and label.calling == Calling(trade, specialty, student):
            _prove(there, user)
            done += 1
    c.reply(Document().line(c.wording.count("members.confirmed", done)))


def _prove(there: Conversation, user: str) -> None:
    room_id = there.room.room_id
    members.prove(there.tx, room_id, user, Grounds.CONFIRMED, there.now)
    _note(there, user)


# -- setting


def set_member(c: Conversation, words: str) -> None:
    """`!mod member @x TRADE`: say what somebody is; `none` takes their label away."""
    there, words = room_concerned(c, words, Act.MODERATE)
    people, what = people_named(c, words, there.room)
    if len(people) != 1:
        raise Refusal("members.whom")
    user, room_id = people[0], there.room.room_id
    if fold(what) in _NOTHING:
        if not members.take_off(c.tx, room_id, user):
            raise Refusal("members.no-label")
    else:
        calling = read_calling(what)
        if calling is None:
            raise Refusal("members.unknown-trade")
        if not there.room.is_member(user):
            raise Refusal("members.not-here")
        members.bear(c.tx, room_id, user, calling, Grounds.CONFIRMED, at=c.now)
    _note(there, user)
    c.tell("members.set")


def _note(there: Conversation, user: str) -> None:
    """Audit what somebody is now, and tell them where they have a direct chat; none is opened for it."""
    room = there.room
    label = members.label_of(there.tx, room.room_id, user)
    audit.note(
        there, audit.Deed.MEMBER, room=room.room_id, about=user, reason=label_words(label, there.wording)
    )
    if user == there.sender or direct.chat_of(there.tx, user, "") is None:
        return
    wording = private.wording_for(there, user)
    said = wording.spans(
        "members.you-are", room=Strong(_name(room)), label=Strong(label_words(label, wording))
    )
    meant_for = private.MeantFor(room.room_id, Standing.MEMBER)
    private.tell(there, user, f"label:{room.room_id}", Document().line(*said), meant_for=meant_for)


def _name(room: RoomState) -> str:
    return room.name or room.room_id


SUBCOMMANDS: Sequence[Subcommand] = (
    Subcommand(("members", "membres"), show_members),
    Subcommand(("confirm", "confirmer"), confirm),
    Subcommand(("member", "membre"), set_member),
)
"""What `!mod` understands about members."""

CONFIRMED: Mapping[str, Runs] = {_CONFIRM_ALL: _confirm_shown}
"""What is carried out when it has been confirmed by `!mod yes`."""
