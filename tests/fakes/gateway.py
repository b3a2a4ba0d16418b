"""A homeserver on paper: our own gateway interface, kept honest about transaction ids and nothing else."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doctocbot.matrix import BOT_MARKER, RoomState
from doctocbot.matrix.errors import MatrixError

Content = Mapping[str, Any]


async def still_ours() -> None:
    """What a lease says that nobody else has taken."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One event that the bot sent."""

    event_id: str
    room_id: str
    type: str
    content: Content
    transaction_id: str

    @property
    def relation(self) -> Content:
        """Its relation, outside any edit."""
        relation: Content = self.content.get("m.relates_to", {})
        return relation

    @property
    def edits(self) -> str | None:
        """The event that it edits."""
        return self.relation.get("event_id") if self.relation.get("rel_type") == "m.replace" else None

    @property
    def thread(self) -> str | None:
        """The root of the thread it stands in."""
        return self.relation.get("event_id") if self.relation.get("rel_type") == "m.thread" else None

    @property
    def replies_to(self) -> str | None:
        """The event it replies to, automatic fallbacks left out."""
        if self.relation.get("is_falling_back"):
            return None
        found: str | None = self.relation.get("m.in_reply_to", {}).get("event_id")
        return found

    @property
    def body(self) -> str:
        """Its words as plain text; of an edit the new ones."""
        return str(self.content.get("m.new_content", self.content).get("body", ""))


class FakeGateway:
    """Implements `doctocbot.matrix.gateway.Gateway`.

    `failures` are raised one after another by the next calls that reach the server; with `loses_answers` they are
    raised after the server has done its part, as when the connection breaks before the answer arrives.
    """

    def __init__(self) -> None:
        self.rooms: dict[str, RoomState] = {}
        self.sent: list[Sent] = []
        self.redacted: set[str] = set()
        self.redactions: list[str] = []
        self.files: dict[str, bytes] = {}
        self.failures: deque[MatrixError] = deque()
        self.loses_answers = False
        self.calls = 0
        self._known: dict[str, str] = {}

    async def send(self, room_id: str, type_: str, content: Content, transaction_id: str) -> str:
        """Keep an event; the same transaction id is the same event."""
        if not self.loses_answers:
            self._fail_if_due()
        if transaction_id not in self._known:
            assert type_ == "m.reaction" or BOT_MARKER in content
            event_id = f"$bot{len(self._known) + 1}"
            self._known[transaction_id] = event_id
            self.sent.append(Sent(event_id, room_id, type_, content, transaction_id))
        if self.loses_answers:
            self._fail_if_due()
        return self._known[transaction_id]

    async def redact(self, room_id: str, event_id: str, transaction_id: str) -> str:
        """Remember that an event is gone."""
        self._fail_if_due()
        assert event_id.startswith("$"), "only events can be redacted"
        self.redacted.add(event_id)
        self.redactions.append(event_id)
        return self._known.setdefault(transaction_id, f"$bot{len(self._known) + 1}")

    async def upload(self, data: bytes) -> dict[str, Any]:
        """Keep a file under an address of its own."""
        self._fail_if_due()
        address = f"mxc://paper.example/{len(self.files) + 1}"
        self.files[address] = bytes(data)
        return {"url": address, "v": "v2", "key": {}, "iv": "", "hashes": {}}

    async def download(self, content: Content) -> bytes:
        """The bytes behind a file's content."""
        self._fail_if_due()
        return self.files[content["file"]["url"]]

    def room(self, room_id: str) -> RoomState | None:
        """The state of a room."""
        return self.rooms.get(room_id)

    def visible(self, room_id: str | None = None) -> list[Sent]:
        """What the bot sent and nobody redacted."""
        return [
            event
            for event in self.sent
            if event.event_id not in self.redacted and room_id in (None, event.room_id)
        ]

    def _fail_if_due(self) -> None:
        self.calls += 1
        if self.failures:
            raise self.failures.popleft()
