"""The conversation around one event: what a command may know and how it answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from doctocbot.chat.rendering import Document, Span
from doctocbot.chat.wording import Wording
from doctocbot.matrix import Event, Outbox, Outgoing, RoomState
from doctocbot.store import Transaction


class Refusal(Exception):
    """The bot will not do it, and says why and what to do instead: a catalogue key with the values of its places."""

    def __init__(self, key: str, /, **values: Span) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class World:
    """What every conversation stands in: who the bot is, its voice, the rooms and their languages, the local time.

    `room` is the present state of a joined room, `wording` the language of any; `zone` is where the clinicians live.
    `deletes_originals` says whether the homeserver lets the bot delete files of its members.
    """

    bot: str
    outbox: Outbox
    room: Callable[[str], RoomState | None]
    wording: Callable[[Transaction, str], Wording]
    zone: ZoneInfo
    deletes_originals: bool = False

    def state(self, room_id: str) -> RoomState:
        """The state of a room; of one that is unknown a state in which nobody may do anything."""
        return self.room(room_id) or RoomState(room_id)

    def conversation(
        self, tx: Transaction, event: Event, room: RoomState | None = None, cause: str | None = None
    ) -> "Conversation":
        """The conversation around an event, or around a moment that nobody's message made."""
        room = room or self.state(event.room_id)
        return Conversation(tx, event, room, self.wording(tx, event.room_id), self, cause or event.event_id)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One event being handled: the transaction, the room as it is now, its language, and a voice."""

    tx: Transaction
    event: Event
    room: RoomState
    wording: Wording
    world: World
    cause: str
    """The event that made this happen; of an edited message the edit, while `event` is the message as edited."""

    @property
    def bot(self) -> str:
        """The bot's own user id."""
        return self.world.bot

    @property
    def outbox(self) -> Outbox:
        """Where everything goes that is said."""
        return self.world.outbox

    def at(self, room_id: str) -> "Conversation":
        """The same person at the same moment for the same cause, but in another room and its language."""
        if room_id == self.event.room_id:
            return self
        return replace(
            self,
            event=replace(self.event, room_id=room_id, content={}),
            room=self.world.state(room_id),
            wording=self.world.wording(self.tx, room_id),
        )

    @property
    def sender(self) -> str:
        """Who is speaking."""
        return self.event.sender

    @property
    def now(self) -> int:
        """When it was said, by the server's clock, in ms: what follows from it does not depend on when we read it."""
        return self.event.sent_at

    def reply(
        self,
        document: Document,
        *,
        purpose: str = "reply",
        quotes_case: int | None = None,
        shows: Iterable[int] = (),
        quiet: bool = True,
    ) -> None:
        """Answer where the person spoke: in the same thread, or as a reply in the timeline.

        `quiet` makes it a notice, small and grey, right for confirmations and refusals. `purpose` keeps apart
        several answers to one event; `quotes_case` is the case whose words it repeats, `shows` are all the others of
        which it shows anything, so that a pull reaches it.
        """
        content = document.content("m.notice" if quiet else "m.text")
        self.outbox.put(
            self.tx,
            Outgoing(
                key=f"{self.cause}:{purpose}",
                room_id=self.event.room_id,
                content=content,
                thread=self.event.thread_root,
                reply_to=self.event.event_id,
                case_id=quotes_case,
                quotes=quotes_case is not None,
                shows=tuple(shows),
            ),
        )

    def tell(self, key: str, /, purpose: str = "reply", **values: Span) -> None:
        """Answer with one sentence of the catalogue."""
        self.reply(Document().line(*self.wording.spans(key, **values)), purpose=purpose)

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Queue events that go elsewhere than in answer to this one."""
        for message in messages:
            self.outbox.put(self.tx, message)

    def refuse(self, refusal: Refusal) -> None:
        """Say why something will not be done."""
        self.tell(refusal.key, purpose="refusal", **refusal.values)


At = Callable[[Transaction, Event], Conversation]
"""Makes the conversation around a moment that nobody's message made."""

Ticker = Callable[[Transaction, int, At], int]
"""Does what is due at a time (ms since 1970), and returns how many things it did."""
