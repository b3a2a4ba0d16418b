"""Two clinicians of a room vouch for a newcomer who has given an RPPS number, where the room's setting allows it.

    !iam médecin NUMBER  ->  form and key are checked, a keyed hash is kept  ->  !vouch by two  ->  a sponsored label

The number proves nobody's identity, since it is public: it says who two colleagues should be sure to know. So it is
kept and repeated nowhere; its hash only tells whether two accounts have given the same one.
"""

import re

from stdnum import luhn

from doctocbot.chat.commands import Command
from doctocbot.chat.rendering import Code, Document, Person, Span
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Outbox, RoomState
from doctocbot.rooms import audit, members, moderators, options, private
from doctocbot.rooms.admittance import takes_part
from doctocbot.rooms.concerned import room_concerned
from doctocbot.rooms.labels import Grounds
from doctocbot.rooms.named import people_named
from doctocbot.rooms.policy import Act
from doctocbot.rooms.roles import Role, Standing, roles_of
from doctocbot.store import Transaction

_ENOUGH = 2
_DIGITS = re.compile(
    r"(?:\bRPPS\b\s*(?:n[°o]\s*)?:?\s*)?(?<!\d)\d(?:[ .\-\u00a0\u202f]?\d){6,}(?!\d)", re.IGNORECASE
)


def number_in(words: str) -> tuple[str | None, str]:
    """The digits of a long number that somebody typed, right or wrong, and the words without it."""
    match = _DIGITS.search(words)
    if match is None:
        return None, words
    rest = f"{words[: match.start()]} {words[match.end() :]}"
    return re.sub(r"\D", "", match.group()), " ".join(rest.split())


def is_rpps(digits: str) -> bool:
    """Whether digits are an RPPS number by form and key (ANS, répertoire partagé: eleven digits, the last by Luhn)."""
    return len(digits) == 11 and luhn.is_valid(digits)


def fingerprint(outbox: Outbox, digits: str) -> str:
    """The keyed hash of a number, which is all that is kept of it."""
    return outbox.transaction_id(f"rpps:{digits}")


def is_possible(tx: Transaction, room_id: str) -> bool:
    """Whether newcomers of a room may be vouched for."""
    return options.is_on(tx, room_id, options.SPONSORSHIP)


# -- asking


def ask(c: Conversation, room: RoomState, digits: str) -> bool:
    """Note that somebody asks to be vouched for; returns whether nobody else has given the same number.

    Else the moderators of the rooms concerned are told, and nobody is vouched for by it.
    """
    rpps = fingerprint(c.outbox, digits)
    # Whoever vouched for them did so with another number before their eyes.
    c.tx.execute(_VOUCHED_FOR_ANOTHER, room=room.room_id, user=c.sender, rpps=rpps)
    c.tx.execute(
        "INSERT INTO sponsorship (room_id, user_id, rpps, at) VALUES (:room, :user, :rpps, :now)"
        " ON CONFLICT (room_id, user_id) DO UPDATE SET rpps = excluded.rpps, at = excluded.at",
        room=room.room_id,
        user=c.sender,
        rpps=rpps,
        now=c.now,
    )
    others = _others(c.tx, rpps, c.sender)
    for room_id in sorted({room.room_id, *(place for place, _ in others)}) if others else ():
        _tell_of_conflict(c, c.world.state(room_id), sorted({user for _, user in others}))
    return not others


_VOUCHED_FOR_ANOTHER = (
    "DELETE FROM vouch WHERE room_id = :room AND user_id = :user AND EXISTS (SELECT 1 FROM sponsorship"
    " WHERE room_id = :room AND user_id = :user AND rpps != :rpps)"
)


def _others(tx: Transaction, rpps: str | None, user: str) -> list[tuple[str, str]]:
    """Who else has given this number, and in which room."""
    rows = tx.rows(
        "SELECT room_id, user_id FROM sponsorship WHERE rpps = :rpps AND user_id != :user",
        rpps=rpps,
        user=user,
    )
    return [(row["room_id"], row["user_id"]) for row in rows]


def _tell_of_conflict(c: Conversation, room: RoomState, others: list[str]) -> None:
    people = [user for user in (c.sender, *others) if room.is_member(user)]

    def words(wording: Wording) -> Document:
        document = Document().line(*wording.spans("sponsorship.same-number"))
        return document.items([(_person(room, user), " ", Code(user)) for user in people])

    pseudonyms = ":".join(c.outbox.pseudonym(user) for user in sorted({c.sender, *others}))
    moderators.tell(
        c, room, "same-number", words, cause=f"sponsorship:{room.room_id}:{pseudonyms}", everyone=True
    )


# -- vouching


def vouch(c: Conversation, words: str) -> None:
    """`!vouch @x`: stand with one's own name for a newcomer's trade; the second to do so settles it."""
    there, words = room_concerned(c, words, Act.VOUCH)
    people, _ = people_named(c, words, there.room)
    if len(people) != 1:
        raise Refusal("members.whom")
    newcomer = people[0]
    _may_be_vouched_for(there, newcomer)
    added = c.tx.execute(
        "INSERT INTO vouch (room_id, user_id, voucher, at) VALUES (:room, :user, :voucher, :now)"
        " ON CONFLICT DO NOTHING",
        room=there.room.room_id,
        user=newcomer,
        voucher=c.sender,
        now=c.now,
    )
    if not added:
        raise Refusal("vouch.again")
    audit.note(there, audit.Deed.MEMBER, room=there.room.room_id, about=newcomer, reason="vouch")
    vouchers = _vouchers(there, newcomer)
    if len(vouchers) < _ENOUGH:
        _tell(there, c.sender, "vouch.first", newcomer)
        return
    members.prove(c.tx, there.room.room_id, newcomer, Grounds.SPONSORED, c.now)
    c.tx.execute(
        "DELETE FROM vouch WHERE room_id = :room AND user_id = :user", room=there.room.room_id, user=newcomer
    )
    _announce(there, newcomer, vouchers)


def _may_be_vouched_for(there: Conversation, newcomer: str) -> None:
    """Raise a Refusal that says what is missing."""
    tx, room = there.tx, there.room
    if not is_possible(tx, room.room_id):
        raise Refusal("vouch.off")
    if newcomer == there.sender:
        raise Refusal("vouch.self")
    if not takes_part(tx, room, newcomer):
        raise Refusal("vouch.not-here")
    label = members.label_of(tx, room.room_id, newcomer)
    if label is not None and label.proved:
        raise Refusal("vouch.already")
    rpps: str | None = tx.value(
        "SELECT rpps FROM sponsorship WHERE room_id = :room AND user_id = :user",
        room=room.room_id,
        user=newcomer,
    )
    if label is None or label.student or rpps is None:
        raise Refusal("vouch.not-asked")
    if _others(tx, rpps, newcomer):
        raise Refusal("vouch.same-number")


def _vouchers(there: Conversation, newcomer: str) -> list[str]:
    """Who vouches for somebody and may still do so; the word of who has left or lost their label is forgotten."""
    tx, room = there.tx, there.room
    rows = tx.rows(
        "SELECT voucher FROM vouch WHERE room_id = :room AND user_id = :user ORDER BY at, voucher",
        room=room.room_id,
        user=newcomer,
    )
    standing: list[str] = []
    for row in rows:
        if Role.CLINICIAN in roles_of(tx, row["voucher"], room):
            standing.append(row["voucher"])
            continue
        tx.execute(
            "DELETE FROM vouch WHERE room_id = :room AND voucher = :voucher",
            room=room.room_id,
            voucher=row["voucher"],
        )
    return standing


def _announce(there: Conversation, newcomer: str, vouchers: list[str]) -> None:
    """Tell the three, and the moderators."""
    room = there.room
    for user in vouchers:
        _tell(there, user, "vouch.done", newcomer)
    _tell(there, newcomer, "vouch.you", newcomer)

    def words(wording: Wording) -> Document:
        who: list[tuple[Span, ...]] = [(_person(room, user),) for user in vouchers]
        document = Document().line(
            *wording.spans("vouch.news", who=_person(room, newcomer), room=_name(room))
        )
        return document.items(who)

    moderators.tell(there, room, "vouched", words, everyone=True)


def _tell(there: Conversation, user: str, key: str, newcomer: str) -> None:
    room = there.room
    said = private.wording_for(there, user).spans(key, who=_person(room, newcomer), room=_name(room))
    meant_for = private.MeantFor(room.room_id, Standing.MEMBER)
    private.tell(there, user, f"vouch:{room.room_id}", Document().line(*said), meant_for=meant_for)


def _person(room: RoomState, user: str) -> Person:
    return Person(room.display_name(user), user)


def _name(room: RoomState) -> str:
    return room.name or room.room_id


COMMANDS = (Command(("vouch", "parrainer"), vouch),)
"""Understood in rooms and in direct chats; what follows is said in private."""
