"""`!mod allow` and `!mod deny`: whom the moderators of a room let in, and whom they keep out."""

from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Code, Document
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.rooms import admittance, audit
from doctocbot.rooms.commands import Subcommand
from doctocbot.rooms.concerned import room_concerned
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
    entry = (rest if no_more else words).strip()
    if not admittance.is_entry(entry):
        raise Refusal("admittance.who")
    room_id = there.room.room_id
    if no_more:
        if not admittance.strike_out(c.tx, room_id, entry, admits=admits):
            raise Refusal("admittance.not-listed", entry=Code(entry))
    else:
        _enlist(c, room_id, entry, admits=admits)
    if not admittance.is_admitted(c.tx, there.room, c.sender):
        # What this command has written is undone with it.
        raise Refusal("admittance.yourself")
    done = "struck" if no_more else "allowed" if admits else "denied"
    audit.note(c, audit.Deed.SETTING, room=room_id, reason=f"{done}: {entry}")
    c.tell(f"admittance.{done}", entry=Code(entry))


def _enlist(c: Conversation, room_id: str, entry: str, *, admits: bool) -> None:
    listed = admittance.lists(c.tx, room_id)
    if len(listed.allowed) + len(listed.denied) >= _MOST:
        raise Refusal("admittance.too-many", most=str(_MOST))
    admittance.enlist(c.tx, room_id, entry, admits=admits)


def _show(c: Conversation, there: Conversation) -> None:
    """Both lists as they stand, and whom they keep out of those who are in."""
    listed = admittance.lists(c.tx, there.room.room_id)
    document = Document().line(*c.wording.spans("admittance.lists"))
    document.items(
        (
            *c.wording.spans(f"admittance.list.{name}"),
            ", ".join(entries) or c.wording.say("admittance.nobody"),
        )
        for name, entries in (("allowed", listed.allowed), ("denied", listed.denied))
    )
    out = [user for user in sorted(there.room.members - {c.bot}) if admittance.bar(c.tx, there.room, user)]
    if out:
        document.line(*c.wording.spans("admittance.kept-out", people=", ".join(out)))
    c.reply(document)


SUBCOMMANDS = (Subcommand(("allow", "autoriser"), allow), Subcommand(("deny", "interdire"), deny))
"""What `!mod` understands about who is let in."""
