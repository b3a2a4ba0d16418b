"""The conversation around one event: what a command may know and how it answers."""

from collections.abc import Iterable
from dataclasses import dataclass

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
class Conversation:
    """One event being handled: the transaction, the room as it is now, its language, and a voice."""

    tx: Transaction
    event: Event
    room: RoomState
    bot: str
    wording: Wording
    outbox: Outbox
    cause: str
    """The event that made this happen; of an edited message the edit, while `event` is the message as edited."""

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
        quiet: bool = True,
    ) -> None:
        """Answer where the person spoke: in the same thread, or as a reply in the timeline.

        `quiet` makes it a notice, small and grey, right for confirmations and refusals. `purpose` keeps apart
        several answers to one event; `quotes_case` is the case whose words it repeats.
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
