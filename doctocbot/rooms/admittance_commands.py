"""`!mod allow` and `!mod deny`: whom the moderators of a room let in, and whom they keep out."""

from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Code, Document, Strong
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import RoomState
from doctocbot.rooms import admittance, audit, moderators
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.concerned import room_concerned
from doctocbot.rooms.named import named
from doctocbot.rooms.policy import Act

_NO_MORE = frozenset(("remove", "retirer", "off", "oter"))
_MOST = 200


def allow(c: Conversation, words: str) -> None:
    """`!mod allow @x` or `!mod allow SERVER`: deal with these, and with nobody who is not named."""
    _change(c, words, admits=True)


def deny(c: Conversation, words: str) -> None:
    """`!mod deny @x` or `!mod deny SERVER`: deal with them no more; this weighs more than being allowed."""
    _change(c, words, admits=False)


def _change(c: Conversation, words: str, *, admits: bool) -> None:
    there, words = room_concerned(c, words, Act.CHANGE_SETTINGS)
    first, _, rest = words.partition(" ")
    if not words.strip():
        _show(c, there)
        return
    no_more = fold(first) in _NO_MORE
    entries = _entries(c, there.room, rest if no_more else words)
    done = "struck" if no_more else "allowed" if admits else "denied"
    for entry in entries:
        if not no_more:
            _enlist(c, there.room.room_id, entry, admits=admits)
        elif not admittance.strike_out(c.tx, there.room.room_id, entry, admits=admits):
            raise Refusal("admittance.not-listed", entry=Code(entry))
    if not admittance.is_admitted(c.tx, there.room, c.sender):
        # What this command has written is undone with it.
        raise Refusal("admittance.yourself")
    for entry in entries:
        _note(there, done, entry)
    c.tell(f"admittance.{done}", entry=Code(", ".join(entries)))


def _entries(c: Conversation, room: RoomState, words: str) -> list[str]:
    """Whom words would list: people by mentions or ids, patterns, or one server.

    A person's name is none: whoever is named by it alone would believe them kept out.
    """
    people, rest = named(c, words, room)
    rest = rest.rstrip(".!?")
    entries = people if people else [rest]
    if (people and rest) or not all(map(admittance.is_entry, entries)):
        raise Refusal("admittance.who")
    if not people and not _is_server(room, rest):
        raise Refusal("admittance.no-server", entry=Code(rest))
    # As they are really written, where they are there: `!forgetme` goes by it.
    known = {user.casefold(): user for user in room.members | room.invited}
    return [known.get(entry.casefold(), entry.casefold()) for entry in entries]


def _is_server(room: RoomState, entry: str) -> bool:
    """Whether an entry without a person is a server's name: that of somebody in the room, or one with a dot."""
    if any(admittance.fits(user, [entry]) for user in room.members | room.invited):
        return True
    names = (room.display_name(user).casefold() for user in room.members)
    return "." in entry.strip(".") and entry.casefold() not in names


def _note(there: Conversation, done: str, entry: str) -> None:
    """Note in the audit what has become of an entry, and of whom, so that they can have it erased."""
    about = entry if entry.startswith("@") and "*" not in entry else None
    audit.note(there, audit.Deed.SETTING, room=there.room.room_id, about=about, reason=f"{done}: {entry}")


def _enlist(c: Conversation, room_id: str, entry: str, *, admits: bool) -> None:
    listed = admittance.lists(c.tx, room_id)
    if len(listed.allowed) + len(listed.denied) >= _MOST:
        raise Refusal("admittance.too-many", most=str(_MOST))
    admittance.enlist(c.tx, room_id, entry, admits=admits)


def _show(c: Conversation, there: Conversation) -> None:
    """Both lists as they stand, and whom they keep out of those who are in; to the moderator alone."""
    listed = admittance.lists(c.tx, there.room.room_id)
    people = sorted(there.room.members - {c.bot})
    out = [user for user in people if admittance.bar(c.tx, there.room, user)]

    def told(wording: Wording) -> Document:
        name = Strong(there.room.name or there.room.room_id)
        document = Document().line(*wording.spans("admittance.lists", room=name))
        document.items(
            (
                *wording.spans(f"admittance.list.{name}"),
                ", ".join(entries) or wording.say("admittance.nobody"),
            )
            for name, entries in (("allowed", listed.allowed), ("denied", listed.denied))
        )
        if out:
            document.line(*wording.spans("admittance.kept-out", people=", ".join(out)))
        return document

    moderators.answer(c, there.room, "admittance", told)


SUBCOMMANDS = (Subcommand(("allow", "autoriser"), allow), Subcommand(("deny", "interdire"), deny))
"""What `!mod` understands about who is let in."""
