"""What people type about being called: who follows what, who is asked, whether a case still waits, its tags."""

import re
from collections.abc import Iterable

from doctocbot.cases import calls, desk, followers, scope, tags, waiting
from doctocbot.cases.followers import EVERYWHERE
from doctocbot.cases.model import Case
from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document, Span
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.chat.times import MINUTE_MS, is_off, read_length
from doctocbot.chat.wording import Wording
from doctocbot.rooms.policy import Act
from doctocbot.rooms.specialties import is_specialty, names_in

_USUAL_MUTE_MS = 8 * 60 * MINUTE_MS
_LONGEST_MUTE_MS = 31 * 24 * 60 * MINUTE_MS
_MOST_BARE_HOURS = 24
_MOST_AT_ONCE = 10
_ALL = frozenset(("tout", "tous", "toutes", "all", "everything"))


def follow(c: Conversation, words: str) -> None:
    """Be told of cases about something; without words, hear what one follows."""
    names = names_in(words)[:_MOST_AT_ONCE]
    if not names:
        _list_followed(c)
        return
    private = scope.is_private(c)
    room = EVERYWHERE if private else c.event.room_id
    # A refusal undoes what was written before it.
    if not all(followers.follow(c.tx, c.sender, room, name) for name in names):
        raise Refusal("follow.too-many", most=str(followers.MOST_NAMES))
    c.tell("follow.everywhere" if private else "follow.here", names=_shown(names, c.wording))


def unfollow(c: Conversation, words: str) -> None:
    """Be told no more: in the room where it is said, or, said in a direct chat, wherever."""
    everything = fold(words) in _ALL
    names = names_in(words)
    if not names:
        raise Refusal("unfollow.what")
    room = None if scope.is_private(c) else c.event.room_id
    gone = [followers.unfollow(c.tx, c.sender, None if everything else name, room) for name in names]
    rows = followers.followed_by(c.tx, c.sender, [c.event.room_id])
    left = [row["name"] for row in rows if everything or row["name"] in names]
    if left:
        c.tell("unfollow.everywhere-still", names=_shown(left, c.wording))
    elif not any(gone):
        raise Refusal("unfollow.none")
    else:
        c.tell("unfollow.all" if everything else "unfollow.done", names=_shown(names, c.wording))


def not_follow(c: Conversation, words: str) -> None:
    """`!ne pas suivre dermato`, as it is said in French."""
    match = re.match(r"(?:pas|plus) suivre\b", fold(words))
    if match is None:
        raise Refusal("command.unknown")
    unfollow(c, " ".join(words.split()[2:]))


def _list_followed(c: Conversation) -> None:
    """Each thing with where it is followed; a room that the person has left is not shown."""
    rooms = {room.room_id: room for room in scope.rooms(c)}
    rows = followers.followed_by(c.tx, c.sender, rooms)
    if not rows:
        raise Refusal("follow.nothing")
    here = [row["name"] for row in rows if row["room_id"] in (EVERYWHERE, c.event.room_id)]
    document = Document()
    if here:
        document.line(*c.wording.spans("follow.list", names=_shown(dict.fromkeys(here), c.wording)))
    for room_id, room in rooms.items():
        only = [row["name"] for row in rows if row["room_id"] == room_id != c.event.room_id]
        if only:
            where = room.name or room_id
            document.line(*c.wording.spans("follow.list-room", room=where, names=_shown(only, c.wording)))
    c.reply(document)


def mute(c: Conversation, words: str) -> None:
    """Be called to nothing for a while (eight hours unless told), or again at once."""
    if words and is_off(words):
        followers.unmute(c.tx, c.sender)
        c.tell("mute.off")
        return
    length = _mute_length(words) if words else _USUAL_MUTE_MS
    if not length or length > _LONGEST_MUTE_MS:
        raise Refusal("mute.how-long")
    followers.mute(c.tx, c.sender, c.now + length)
    c.tell("mute.on", length=c.wording.duration(length))


def _mute_length(words: str) -> int | None:
    """A length as people type it, in ms; a bare number counts hours, as the answer shows."""
    hours = words.isdecimal() and len(words) <= 2 and int(words) <= _MOST_BARE_HOURS
    return read_length(f"{words} h" if hours else words)


def ask(c: Conversation, words: str) -> None:
    """Call the followers of a specialty to a case now; once for each of both."""
    case, rest = desk.named_case(c, words)
    desk.open_or_refuse(case)
    names = names_in(rest)[:_MOST_AT_ONCE]
    if not names:
        raise Refusal("ask.whom")
    there = c.at(case.room_id)
    fresh = [name for name in names if name not in followers.asked_for(c.tx, case.id)]
    if not fresh:
        raise Refusal("ask.already", names=_called(names, c.wording), number=f"#{case.id}")
    followed = [name for name in fresh if calls.to_call(there, case, [name])]
    if not followed:
        # Nothing is spent: whoever begins to follow it may be called later.
        raise Refusal("ask.nobody", names=_called(fresh, c.wording), number=f"#{case.id}")
    for name in followed:
        followers.note_asked(c.tx, case.id, name)
    people = calls.to_call(there, case, followed)
    sentence = there.wording.spans("ask.call", number=f"#{case.id}", names=_called(followed, there.wording))
    desk.in_thread(there, case, "ask", calls.calling(there, people, *sentence))
    if c.event.thread_root is None:
        _confirm(c, case, "ask.done", names=_called(followed, c.wording))


def wait(c: Conversation, words: str) -> None:
    """Have a case count as unanswered again, because only questions came; `off` takes that back."""
    case, rest = desk.named_case(c, words)
    desk.require(c, Act.SAY_WAITING, case)
    desk.open_or_refuse(case)
    there = c.at(case.room_id)
    if is_off(rest):
        waiting.end(c.tx, case.id)
        desk.refresh_card(there, case.id)
        _confirm(c, case, "waiting.off")
        return
    if waiting.is_unanswered(c.tx, case):
        raise Refusal("waiting.already", number=f"#{case.id}")
    waiting.begin(c.tx, case.id, c.cause, c.now)
    desk.refresh_card(there, case.id)
    _confirm(c, case, "waiting.on")


def tag(c: Conversation, words: str) -> None:
    """Add tags to a case, so that those who follow them find it; the card shows them."""
    case, rest = desk.named_case(c, words)
    desk.require(c, Act.TAG_CASE, case)
    kind, named = tags.tagged(case, rest)
    if (kind, named) == (case.kind, case.tags):
        raise Refusal("tag.what", number=f"#{case.id}")
    tags.put(c.tx, case.id, kind, named)
    desk.refresh_card(c.at(case.room_id), case.id)
    if scope.is_private(c):
        _confirm(c, case, "tag.done")


def _confirm(c: Conversation, case: Case, key: str, **values: Span) -> None:
    """Say that it is done, in an answer that a pull of the case reaches."""
    document = Document().line(*c.wording.spans(key, number=f"#{case.id}", **values))
    c.reply(document, shows=[case.id])


def _shown(names: Iterable[str], wording: Wording) -> str:
    """Specialties and tags as they are said in this language."""
    return ", ".join(wording.say(f"specialty.{name}") if is_specialty(name) else f"#{name}" for name in names)


def _called(names: Iterable[str], wording: Wording) -> str:
    """The specialties among these, ready to stand in a sentence.

    Other words are never repeated: they could be a name, and the answer outlives the message.
    """
    known = [name for name in names if is_specialty(name)]
    return wording.say("ask.for", names=_shown(known, wording)) if known else wording.say("ask.for-that")


COMMANDS = (
    Command(("follow", "suivre"), follow),
    Command(("unfollow", "nepassuivre"), unfollow),
    Command(("ne",), not_follow, listed=False),
    Command(("mute", "silence"), mute),
    Command(("ask", "appel"), ask),
    Command(("waiting", "attends"), wait),
    Command(("tag", "étiquette"), tag),
)
