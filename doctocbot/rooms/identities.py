"""Who people are, cryptographically: moderators are told of new identities and may trust them; `!bot` says its own.

A member whose master key changed may have lost their phone, or be somebody else who got into their account: only
people can tell, by speaking with them (DESIGN section 8).
"""

import json
from collections.abc import Callable

from doctocbot.chat.commands import Command
from doctocbot.chat.rendering import Code, Document
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, Outgoing, RoomState, verification_rows
from doctocbot.matrix import identities as known
from doctocbot.matrix.identities import IdentityChange
from doctocbot.matrix.trust import in_fours
from doctocbot.rooms import audit, direct, moderators, private
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


def _cause(c: Conversation, user: str, master_key: str) -> str:
    """What never changes about a change of identity, whenever and from whatever backup it is seen again."""
    return f"identity:{c.outbox.pseudonym(user)}:{master_key}"


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

        def words(wording: Wording, name: str = room.display_name(change.user_id)) -> Document:
            return _news(wording, name, change.user_id, held=held)

        cause = _cause(c, change.user_id, change.master_key)
        moderators.tell(c.at(room.room_id), room, "identity", words, cause=cause)
    if rooms:
        known.note_told(tx, change, now)
    return len(rooms)


_CAUSE = "identity"


def _news(wording: Wording, name: str, user: str, *, held: bool) -> Document:
    document = Document().line(*wording.spans("identity.changed", name=name, user=Code(user)))
    document.line(*wording.spans("identity.what-it-means"))
    typed = Code(wording.say("identity.trust-command", user=user))
    return document.line(*wording.spans("identity.held" if held else "identity.counts", command=typed))


# -- trusting


def trust(c: Conversation, words: str) -> None:
    """`!mod trust @x`: the new identity of a member counts from now on."""
    people, _ = people_named(c, words, c.room)
    if len(people) > 1:
        # Each was compared by somebody's own ear.
        raise Refusal("identity.one-by-one")
    user = people[0]
    here = [room for room in rooms_around(c) if may(c.tx, Act.MODERATE, c.sender, room)]
    shared = [room for room in here if room.is_member(user)]
    if user == c.sender or not shared:
        raise Refusal("identity.not-yours")
    key = known.held_key(c.tx, user)
    if key is None:
        raise Refusal("identity.not-held")
    if not known.was_told(c.tx, user, key):
        # It has changed once more since they looked at it.
        raise Refusal("identity.look-first")
    known.accept(c.tx, user)
    audit.note(c, Deed.TRUSTED, room=shared[0].room_id, about=user)
    c.tell("identity.trusted", name=shared[0].display_name(user))


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
