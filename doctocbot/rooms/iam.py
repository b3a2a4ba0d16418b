"""`!iam TRADE`: people say in private what they are; moderators learn of it the next morning, all in one message."""

from collections.abc import Sequence

from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document, Person, Strong
from doctocbot.chat.replies import At, Conversation, Refusal
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, RoomState, redaction
from doctocbot.rooms import members, moderators, sponsorship
from doctocbot.rooms.arrivals import next_morning
from doctocbot.rooms.concerned import named_or_all, rooms_around
from doctocbot.rooms.labels import Grounds, calling_words, label_words
from doctocbot.rooms.trades import Calling, read_calling
from doctocbot.store import Transaction

_NOTHING = frozenset(
    ("forget", "forget me", "rien", "nothing", "oublier", "oublie", "none", "aucun", "personne")
)
_AROUND_A_NUMBER = frozenset(
    ("mon", "numero", "rpps", "est", "le", "voici", "c'est", "my", "number", "is", "it's", ":", ".", "!")
)
_MOST = 50


def iam(c: Conversation, words: str) -> None:
    """`!iam [TRADE [RPPS]] [in ROOM]`: declare, show or take back one's trade; a number in it is taken out at once."""
    digits, words = sponsorship.number_in(words)
    if digits is None:
        _carry_out(c, words, None)
        return
    _take_out(c)
    try:
        with c.tx.attempt():
            _carry_out(c, words, digits)
    except Refusal as refusal:
        # Refused here, so that the message goes all the same.
        c.refuse(refusal)


def iam_in_room(c: Conversation, words: str) -> None:
    """`!iam` where others read it: refused kindly, and a number in it taken out."""
    digits, _ = sponsorship.number_in(words)
    if digits is None:
        raise Refusal("iam.in-private")
    _take_out(c)
    c.tell("iam.in-private", purpose="refusal")


def take_bare_number(c: Conversation) -> bool:
    """Take out a message that is nothing but an RPPS number: it is no case, and not kept; returns whether it was."""
    digits, words = sponsorship.number_in(c.event.text)
    if digits is None or not sponsorship.is_rpps(digits) or not set(fold(words).split()) <= _AROUND_A_NUMBER:
        return False
    _take_out(c)
    c.tell("iam.trade-first", purpose="refusal")
    return True


def _take_out(c: Conversation) -> None:
    """Redact the message of the person, an edit of it as well; where the bot may not, ask them to."""
    if not c.room.can_redact(c.bot):
        c.tell("iam.please-delete", purpose="please-delete")
        return
    events = dict.fromkeys((c.event.event_id, c.cause))
    c.send(redaction(c.event.room_id, event_id) for event_id in events)


def _carry_out(c: Conversation, words: str, digits: str | None) -> None:
    rooms, words = named_or_all(rooms_around(c), words)
    if digits is not None and not sponsorship.is_rpps(digits):
        raise Refusal("iam.number-wrong")
    if not words and digits is None:
        _show(c, rooms)
    elif fold(words) in _NOTHING and digits is None:
        _forget(c, rooms)
    else:
        _declare(c, rooms, words, digits)


def _show(c: Conversation, rooms: Sequence[RoomState]) -> None:
    """What the person is, room by room."""
    document = Document().line(*c.wording.spans("iam.what"))
    labels = [(room, members.label_of(c.tx, room.room_id, c.sender)) for room in rooms]
    document.items((Strong(_name(room)), ": ", label_words(label, c.wording)) for room, label in labels)
    c.reply(document.line(*c.wording.spans("iam.how")))


def _forget(c: Conversation, rooms: Sequence[RoomState]) -> None:
    taken = [room for room in rooms if members.take_off(c.tx, room.room_id, c.sender)]
    if not taken:
        raise Refusal("iam.nothing")
    c.tell("iam.forgotten", rooms=_names(taken))


def _declare(c: Conversation, rooms: Sequence[RoomState], words: str, digits: str | None) -> None:
    calling = read_calling(words)
    if calling is None:
        raise Refusal("iam.unknown" if words else "iam.trade-first")
    document = Document().line(
        *c.wording.spans("iam.declared", trade=Strong(calling_words(calling, c.wording)), rooms=_names(rooms))
    )
    proved = [_bear(c, room, calling) for room in rooms]
    if not all(proved):
        document.line(*c.wording.spans("iam.shown-as-declared"))
    if digits is not None:
        unproved = [room for room, sure in zip(rooms, proved, strict=True) if not sure]
        document.line(*c.wording.spans(_ask_for_sponsors(c, unproved, calling, digits)))
    c.reply(document)


def _bear(c: Conversation, room: RoomState, calling: Calling) -> bool:
    """Note a declared trade; one that others stand behind stays as it is, another ends that. Returns which it is."""
    label = members.label_of(c.tx, room.room_id, c.sender)
    if label is None or label.calling != calling:
        news_at = next_morning(c.now, c.world.zone)
        members.bear(c.tx, room.room_id, c.sender, calling, Grounds.DECLARED, at=c.now, news_at=news_at)
        return False
    return label.proved


def _ask_for_sponsors(c: Conversation, rooms: Sequence[RoomState], calling: Calling, digits: str) -> str:
    """Note where the person may be vouched for; returns the sentence that says what becomes of the number."""
    places = [room for room in rooms if sponsorship.is_possible(c.tx, room.room_id)]
    if calling.student or not places:
        return "iam.number-not-needed"
    alone = [sponsorship.ask(c, room, digits) for room in places]
    return "iam.number-kept" if all(alone) else "iam.number-taken"


def _names(rooms: Sequence[RoomState]) -> str:
    return ", ".join(map(_name, rooms))


def _name(room: RoomState) -> str:
    return room.name or room.room_id


IN_CHATS = (Command(("iam", "jesuis"), iam),)
"""What is said in private alone."""

IN_ROOMS = (Command(("iam", "jesuis"), iam_in_room, listed=False),)
"""The same in a room, where it is refused."""


# -- the moderators' news


def tick(tx: Transaction, now: int, at: At) -> int:
    """Tell moderators which trades were declared since yesterday, one message for each room; returns for how many."""
    rooms = tx.rows(_DUE_ROOMS, now=now)
    for row in rooms:
        cause = f"room:{row['room_id']}:labels:{row['latest']}"
        _tell(at(tx, Event(cause, row["room_id"], "", "org.doctocbot.time", now)), now)
        tx.execute(_TOLD, room=row["room_id"], now=now)
    return len(rooms)


def _tell(c: Conversation, now: int) -> None:
    rows = c.tx.rows(_DUE, room=c.room.room_id, now=now)
    people = [row["user_id"] for row in rows if c.room.is_member(row["user_id"])]
    labels = members.labels_of(c.tx, c.room.room_id, people)

    def words(wording: Wording) -> Document:
        document = Document().line(*wording.spans("members.news", room=Strong(_name(c.room))))
        document.items(
            (Person(c.room.display_name(user), user), ": ", calling_words(labels[user].calling, wording))
            for user in people[:_MOST]
        )
        if len(people) > _MOST:
            document.line(wording.count("members.news-more", len(people) - _MOST))
        return document.line(*wording.spans("members.news-how"))

    if people:
        moderators.tell(c, c.room, "labels", words)


_DUE_ROOMS = (
    "SELECT room_id, max(news_at) AS latest FROM member_label JOIN room USING (room_id)"
    " WHERE news_at <= :now AND served GROUP BY room_id"
)
_DUE = "SELECT user_id FROM member_label WHERE room_id = :room AND news_at <= :now ORDER BY at, user_id"
_TOLD = "UPDATE member_label SET news_at = NULL WHERE room_id = :room AND news_at <= :now"
