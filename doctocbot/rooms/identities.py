"""Who people are, cryptographically: moderators are told of new identities and may trust them; `!bot` says its own.

A member whose master key changed may have lost their phone, or be somebody else who got into their account: only
people can tell, by speaking with them (DESIGN section 8).
"""

import json
from collections.abc import Callable

from doctocbot.chat.commands import Command
from doctocbot.chat.rendering import Code, Document, Person, Strong
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, Outgoing, RoomState, verification_rows
from doctocbot.matrix import identities as known
from doctocbot.matrix.identities import IdentityChange
from doctocbot.matrix.trust import in_fours
from doctocbot.rooms import audit, direct, moderators, private, upgrade
from doctocbot.rooms.audit import Deed
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.concerned import rooms_around
from doctocbot.rooms.named import people_named
from doctocbot.rooms.policy import Act, may
from doctocbot.rooms.settings import is_served
from doctocbot.store import Transaction


def is_held(tx: Transaction, user: str) -> bool:
    """Whether somebody commands nothing until a moderator has trusted their new identity."""
    return known.is_held(tx, user)


def refuse_unsigned(c: Conversation) -> None:
    """Say why a message counts for nothing: its session is not verified, or its sender waits for a moderator.

    The latter once in each room: others there read it, while the person has no keys to do so.
    """
    key = known.held_key(c.tx, c.sender)
    if key is None:
        c.tell("unsigned-device", purpose="unsigned")
        return
    words = Document().line(*c.wording.spans("identity.you-are-held"))
    said = Outgoing(
        key=f"{_cause(c, c.sender, key)}:held:{c.event.room_id}",
        room_id=c.event.room_id,
        content=words.content("m.notice"),
        thread=c.event.thread_root,
        reply_to=c.event.event_id,
    )
    c.send([said])


def _cause(c: Conversation, user: str, master_key: str, times: int = 1) -> str:
    """What never changes about a change of identity, whenever and from whatever backup it is seen again."""
    again = f":{times}" if times > 1 else ""
    return f"identity:{c.outbox.pseudonym(user)}:{master_key}{again}"


# -- telling the moderators


def tick(tx: Transaction, now: int, at: At) -> int:
    """Tell moderators at once of members who show another identity; whom no room knows waits until one does."""
    return sum(_tell(tx, change, now, at) for change in known.untold(tx))


def _tell(tx: Transaction, change: IdentityChange, now: int, at: At) -> int:
    """Tell the moderators of every served room where the person is joined, each once."""
    c = at(tx, Event(_CAUSE, "", change.user_id, "org.doctocbot.time", now))
    rooms = direct.shared_rooms(tx, change.user_id, c.world.room)
    held = known.held_key(tx, change.user_id) == change.master_key
    for room in rooms:

        def words(wording: Wording, room: RoomState = room) -> Document:
            return _news(wording, room, change.user_id, held=held)

        cause = f"{_cause(c, change.user_id, change.master_key, change.times)}:{room.room_id}"
        moderators.tell(c.at(room.room_id), room, "identity", words, cause=cause)
    if rooms:
        known.note_told(tx, change, (room.room_id for room in rooms), now)
    return len(rooms)


_CAUSE = "identity"


def _news(wording: Wording, room: RoomState, user: str, *, held: bool) -> Document:
    document = Document().line(Strong(room.name or room.room_id))
    document.line(*wording.spans("identity.changed", name=room.display_name(user), user=Code(user)))
    document.line(*wording.spans("identity.what-it-means"))
    typed = Code(wording.say("identity.trust-command", user=user))
    return document.line(*wording.spans("identity.held" if held else "identity.counts", command=typed))


# -- trusting


def trust(c: Conversation, words: str) -> None:
    """`!mod trust @x`: the new identity of a member counts from now on, in all rooms; so all of them hear of it."""
    people, _ = people_named(c, words, c.room)
    if len(people) > 1:
        # Each was compared by somebody's own ear.
        raise Refusal("identity.one-by-one")
    user = people[0]
    key = known.held_key(c.tx, user)
    told = known.told_in(c.tx, user, key) if key is not None else frozenset()
    concerned = _concerned(c, user, told)
    here = {room.room_id for room in rooms_around(c)}
    moderated = [room for room in concerned if may(c.tx, Act.MODERATE, c.sender, room)]
    if user == c.sender or not any(room.room_id in here for room in moderated):
        raise Refusal("identity.not-yours")
    if key is None:
        raise Refusal("identity.not-held")
    if not told:
        # It has changed once more since they looked at it.
        raise Refusal("identity.look-first")
    if len(moderated) < len(concerned) and not any(_was_told(c.tx, room, told) for room in moderated):
        raise Refusal("identity.for-others")
    known.accept(c.tx, user)
    for room in concerned:
        audit.note(c, Deed.TRUSTED, room=room.room_id, about=user)
        _tell_trusted(c, room, user)
    c.tell("identity.trusted", name=moderated[0].display_name(user))


def _concerned(c: Conversation, user: str, told: frozenset[str]) -> list[RoomState]:
    """The rooms in which an identity counts: where its owner is, and where moderators have been told of it.

    The latter stay, so that it cannot be trusted past them by leaving their room and coming again.
    """
    rows = c.tx.rows("SELECT room_id FROM room WHERE served AND direct_with IS NULL ORDER BY room_id")
    rooms = (c.world.state(row["room_id"]) for row in rows if not moderators.is_home(c.tx, row["room_id"]))
    return [room for room in rooms if room.is_member(user) or _was_told(c.tx, room, told)]


def _was_told(tx: Transaction, room: RoomState, told: frozenset[str]) -> bool:
    """Whether the moderators of a room were told, also under the name of one that it replaces."""
    return not told.isdisjoint(upgrade.lineage(tx, room.room_id))


def _tell_trusted(c: Conversation, room: RoomState, user: str) -> None:
    """Tell the other moderators of a room who has trusted whom; not where it was typed, since that is the answer."""
    if moderators.home_of(c.tx, room.room_id) == c.event.room_id:
        return

    def words(wording: Wording) -> Document:
        who, whom = (Person(room.display_name(each), each) for each in (c.sender, user))
        name = Strong(room.name or room.room_id)
        return Document().line(*wording.spans("identity.trusted-by", who=who, name=whom, room=name))

    moderators.tell(c, room, f"trusted:{room.room_id}", words)


SUBCOMMANDS = (Subcommand(("trust", "confiance"), trust),)
"""What `!mod` understands about identities."""


# -- verifications that members start


def may_verify(
    tx: Transaction, user: str, room_id: str | None, room: Callable[[str], RoomState | None]
) -> bool:
    """Whether somebody may compare emojis with the operator: a member of a served room, where they are joined now."""
    if not direct.shared_rooms(tx, user, room):
        return False
    state = None if room_id is None else room(room_id)
    return room_id is None or (is_served(tx, room_id) and state is not None and state.is_member(user))


def tell_verifications(tx: Transaction, now: int, at: At) -> int:
    """Say in words what a client shows in signs alone: that the operator was asked, and how it ended."""
    rows = verification_rows.to_tell(tx)
    for row in rows:
        user, name = row["user_id"], row["transaction_id"]
        c = at(tx, Event(name, "", user, "org.doctocbot.time", now))
        words = private.wording_for(c, user).spans(f"verification.{row['to_tell']}")
        cause = f"verification:{name}:{row['to_tell']}"
        private.tell(c, user, "verification", Document().line(*words), cause=cause)
    return len(rows)


# -- the bot's own


def note_own(tx: Transaction, device_id: str, fingerprint: str, *, signed: bool) -> None:
    """Keep what the bot's device is, for `!bot`; written at every start."""
    values = {"device": device_id, "fingerprint": fingerprint, "signed": signed}
    tx.execute(_KEEP_OWN, value=json.dumps(values))


_KEEP_OWN = (
    "INSERT INTO meta (key, value) VALUES ('own_device', :value)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_OWN = "SELECT value FROM meta WHERE key = 'own_device'"


def show_own(c: Conversation, words: str) -> None:
    """`!bot`: which device the bot speaks from, and how to make sure that it is the operator's."""
    kept = c.tx.value(_OWN)
    if kept is None:
        raise Refusal("bot.unknown")
    own = json.loads(kept)
    document = Document().line(*c.wording.spans("bot.title", user=Code(c.bot)))
    document.items(
        [
            c.wording.spans("bot.device", device=Code(own["device"])),
            c.wording.spans("bot.fingerprint", fingerprint=Code(in_fours(own["fingerprint"]))),
            c.wording.spans("bot.signed" if own["signed"] else "bot.unsigned"),
        ]
    )
    document.line(*c.wording.spans("bot.compare"))
    c.reply(document, quiet=False)


COMMANDS = (Command(("bot",), show_own),)
"""Understood everywhere."""
