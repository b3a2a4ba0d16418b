"""The moderators' daily news of a room: who has come in, whose keys have changed, what they are warned of.

    membership as the server tells it -> compared with whom the bot knew -> room_news -> once a morning, in private

Where there is nothing to say nothing is said.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from doctocbot.chat.rendering import Code, Document, Person, Span, Strong
from doctocbot.chat.replies import At, Conversation
from doctocbot.chat.times import by_the_clock
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, RoomState
from doctocbot.rooms import admittance, direct, moderators, upgrade
from doctocbot.rooms.admission import Caution
from doctocbot.store import Row, Transaction

_MORNING = time(8)
_MOST = 50


class News(StrEnum):
    """Of what kind an item is; stored by these names."""

    ARRIVAL = "arrival"
    KEYS = "keys"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Devices:
    """How many of somebody's devices their owner has signed, and how many not."""

    signed: int
    unsigned: int


DevicesOf = Callable[[str], Devices | None]
"""What is known of somebody's devices, or None where nothing is yet."""


def devices_unknown(user: str) -> Devices | None:
    """What is known of anybody's devices where there is no client to ask."""
    return None


def next_morning(now: int, zone: ZoneInfo) -> int:
    """The next eight o'clock (ms since 1970) by the clock on the wall, after a moment."""
    local = by_the_clock(now, zone)
    day = local.date() + timedelta(days=0 if local.time() < _MORNING else 1)
    return int(datetime.combine(day, _MORNING, zone).timestamp() * 1000)


def look(c: Conversation) -> list[str]:
    """Compare who is in the room with whom the bot knew there, and note who is new, for the news; returns these.

    At the bot's own first look nobody is: whoever was there before it needs no welcome.
    """
    room_id = c.room.room_id
    present = c.room.members - {c.bot}
    rows = c.tx.rows("SELECT user_id FROM known_member WHERE room_id = :room", room=room_id)
    known = {row["user_id"] for row in rows}
    for user in known - present:
        c.tx.execute(
            "DELETE FROM known_member WHERE room_id = :room AND user_id = :user", room=room_id, user=user
        )
    for user in present - known:
        c.tx.execute(
            "INSERT INTO known_member (room_id, user_id) VALUES (:room, :user)", room=room_id, user=user
        )
    first_look = not c.tx.value("SELECT watched FROM room WHERE room_id = :room", room=room_id)
    c.tx.execute("UPDATE room SET watched = 1 WHERE room_id = :room", room=room_id)
    newcomers = (
        [] if first_look or moderators.is_home(c.tx, room_id) else sorted(present - known - _of_old(c))
    )
    for user in newcomers:
        note(c, News.ARRIVAL, user)
    return newcomers


def forget(tx: Transaction, room_id: str) -> None:
    """Forget who was in a room that the bot is in no more: when it comes again, it looks at it for the first time."""
    for statement in _FORGET:
        tx.execute(statement, room=room_id)


_FORGET = (
    "DELETE FROM known_member WHERE room_id = :room",
    "DELETE FROM room_news WHERE room_id = :room",
    "UPDATE room SET watched = 0, cautions = '' WHERE room_id = :room",
)


def _of_old(c: Conversation) -> set[str]:
    """Who was known in the rooms that this one replaces: they come over, and are nothing new."""
    old = upgrade.lineage(c.tx, c.room.room_id)[1:]
    rows = (c.tx.rows("SELECT user_id FROM known_member WHERE room_id = :room", room=each) for each in old)
    return {row["user_id"] for found in rows for row in found}


def note_cautions(c: Conversation, found: Iterable[Caution]) -> None:
    """Note for the news what the moderators are to be warned of, once as long as it stays so."""
    room_id = c.room.room_id
    told: str = c.tx.value("SELECT cautions FROM room WHERE room_id = :room", room=room_id) or ""
    before, now = set(told.split()), {str(each) for each in found}
    for each in sorted(now - before):
        note(c, News.CAUTION, each)
    for each in before - now:
        c.tx.execute(_OVER, room=room_id, kind=News.CAUTION, subject=each)
    words = " ".join(sorted(now))
    c.tx.execute("UPDATE room SET cautions = :now WHERE room_id = :room", now=words, room=room_id)


def note(c: Conversation, kind: News, subject: str) -> None:
    """Note an item for the next news of the room: a person, or a caution."""
    c.tx.execute(
        "INSERT INTO room_news (room_id, kind, subject, due_at) VALUES (:room, :kind, :subject, :due)"
        " ON CONFLICT DO NOTHING",
        room=c.room.room_id,
        kind=kind,
        subject=subject,
        due=next_morning(c.now, c.world.zone),
    )


_OVER = "DELETE FROM room_news WHERE room_id = :room AND kind = :kind AND subject = :subject"


class DailyNews:
    """Tells the moderators of each room every morning what there is to tell."""

    def __init__(self, devices_of: DevicesOf = devices_unknown) -> None:
        self._devices_of = devices_of

    def tick(self, tx: Transaction, now: int, at: At) -> int:
        """Tell what is due at `now` (ms), one message for each room; returns for how many."""
        rooms = tx.rows(_DUE_ROOMS, now=now)
        for row in rooms:
            moment = Event(
                f"room:{row['room_id']}:news:{row['latest']}", row["room_id"], "", "org.doctocbot.time", now
            )
            self._tell(at(tx, moment), tx.rows(_DUE, room=row["room_id"], now=now))
            tx.execute(
                "DELETE FROM room_news WHERE room_id = :room AND due_at <= :now", room=row["room_id"], now=now
            )
        return len(rooms)

    def _tell(self, c: Conversation, items: list[Row]) -> None:
        people = {kind: [row["subject"] for row in items if row["kind"] == kind] for kind in News}

        def words(wording: Wording) -> Document:
            document = Document().line(
                *wording.spans("news.title", room=Strong(c.room.name or c.room.room_id))
            )
            document.items(self._newcomer(c, wording, user) for user in people[News.ARRIVAL][:_MOST])
            if len(people[News.ARRIVAL]) > _MOST:
                document.line(wording.count("news.more", len(people[News.ARRIVAL]) - _MOST))
            document.items(
                wording.spans("news.keys", who=_person(c.room, user)) for user in people[News.KEYS][:_MOST]
            )
            if len(people[News.KEYS]) > _MOST:
                document.line(wording.count("news.more-keys", len(people[News.KEYS]) - _MOST))
            return document.items(wording.spans(f"room.caution.{each}") for each in people[News.CAUTION])

        moderators.tell(c, c.room, "news", words)

    def _newcomer(self, c: Conversation, wording: Wording, user: str) -> tuple[Span, ...]:
        """Who has come: name and id, homeserver, the rooms shared with the bot, devices; and what is amiss."""
        shared = direct.shared_rooms(c.tx, user, c.world.room)
        line: tuple[Span, ...] = (
            *wording.spans(
                "news.arrival",
                who=_person(c.room, user),
                user=Code(user),
                server=Code(user.partition(":")[2]),
                rooms=", ".join(room.name or room.room_id for room in shared) or "–",
            ),
            " ",
            *self._devices(c, wording, user),
        )
        for amiss in _amiss(c, user):
            line = (*line, " ", *wording.spans(amiss))
        return line

    def _devices(self, c: Conversation, wording: Wording, user: str) -> tuple[Span, ...]:
        devices = self._devices_of(user)
        if devices is None:
            return wording.spans("news.devices-unknown")
        has_identity = c.tx.value("SELECT 1 FROM identity WHERE user_id = :user", user=user) is not None
        return wording.spans(
            "news.devices" if has_identity else "news.no-identity",
            signed=str(devices.signed),
            unsigned=str(devices.unsigned),
        )


def _amiss(c: Conversation, user: str) -> Iterator[str]:
    """What moderators should know besides: the person has left already, or is kept out and still in the room."""
    if not c.room.is_member(user):
        yield "news.left-already"
    bar = admittance.bar(c.tx, c.room, user)
    if bar is not None:
        yield f"admittance.bar.{bar}"


def _person(room: RoomState, user: str) -> Person:
    return Person(room.display_name(user), user)


_DUE_ROOMS = (
    "SELECT room_id, max(due_at) AS latest FROM room_news JOIN room USING (room_id)"
    " WHERE due_at <= :now AND served GROUP BY room_id"
)
_DUE = "SELECT kind, subject FROM room_news WHERE room_id = :room AND due_at <= :now ORDER BY kind, subject"
