"""A served room on paper: people speak, and the bot's real inbox, reception, desks and outbox answer.

Only the homeserver is a fake, at our own gateway interface. What the tests read is what the room would show:
messages after their edits, and nothing that was redacted. The fixtures stand in `tests/desk_fixtures.py`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from doctocbot.cases.pictures import Fetched, NoPicture, Seen
from doctocbot.cases.readings import Reading
from doctocbot.chat.poll import POLL_RESPONSE
from doctocbot.chat.replies import World
from doctocbot.chat.wording import Wording
from doctocbot.clock import Clock
from doctocbot.config import Config
from doctocbot.features import Features
from doctocbot.images import CleanImage, Refusal, RefusalReason
from doctocbot.images.box import Box
from doctocbot.matrix import Errand, Event, Outbox
from doctocbot.matrix.inbox import InboxWorker, Undecryptable, receive
from doctocbot.matrix.sender import Sender
from doctocbot.rooms.admission import problems
from doctocbot.rooms.settings import known_problems, note_problems, wording_of
from doctocbot.store import Database, Transaction
from tests.fakes.gateway import FakeGateway, Sent, still_ours
from tests.fakes.pictures import clean_image
from tests.fakes.roomstates import closed_room, member, state_event

ROOM, OTHER_ROOM = "!cabinet:clinic.example", "!urgences:clinic.example"
CHAT = "!lea-and-the-bot:clinic.example"
BOT = "@doctocbot:clinic.example"
LEA, MARC, NORA, PAUL = (f"@{name}:clinic.example" for name in ("lea", "marc", "nora", "paul"))
MODO = "@modo:clinic.example"
SECOND, MINUTE = 1_000, 60_000
CONFIG = Config.model_validate(
    {
        "homeserver": {"url": "https://clinic.example", "user_id": BOT},
        "rooms": {"allowed_inviters": ["clinic.example"]},
    }
)
_MONDAY = 1_795_420_800_000


class Desk:
    """One bot, its rooms, and everybody's hands. Times in ms; every act takes a second unless told otherwise."""

    def __init__(
        self, database: Database, edit_pause_ms: int = 0, *, deletes_originals: bool = False
    ) -> None:
        self.database = database
        self.gateway = FakeGateway()
        self.outbox = Outbox("the same at every start", edit_pause_ms)
        self.now = _MONDAY
        self.scrubbed: dict[str, Fetched] = {}
        self.readings: dict[str, str] = {}
        self.masked: list[list[Box]] = []
        self._count = 0
        self.world = World(
            BOT, self.outbox, self.gateway.room, _french, ZoneInfo("Europe/Paris"), deletes_originals
        )
        self.features = Features(self.world, CONFIG, self, "the order of choices")
        self.chats = self.features.chats
        self.reception = self.features.reception
        self.restart()

    def restart(self) -> None:
        """Start the bot's workers anew on the same database, as after a crash."""
        self._worker = InboxWorker(self.database, self.gateway, self.reception, _nothing)
        renderers, dropped = self.features.renderers, self.reception.dropped
        self.sender = Sender(self.database, self.gateway, renderers, dropped, self.outbox.notes, still_ours)
        self.clock = Clock(self.database, self.world, self.features.tickers, _nothing)

    async def open_room(self, room_id: str = ROOM, *, bot_level: int = 50) -> None:
        """Let the bot serve a closed room with everybody in it."""
        people = (BOT, LEA, MARC, NORA, PAUL)
        self.gateway.rooms[room_id] = closed_room(room_id, members=people, levels={BOT: bot_level})
        await self.database.run(note_problems, room_id, [])

    async def open_chat(
        self, who: str, room_id: str = CHAT, *, bot_level: int = 100, name: str | None = None
    ) -> None:
        """Let somebody have a direct chat with the bot."""
        levels = {who: 100, BOT: bot_level}
        self.gateway.rooms[room_id] = closed_room(room_id, creator=who, members=(BOT,), levels=levels)
        if name:
            self.change(state_event("m.room.name", {"name": name}), room=room_id)
        await self.inspect(room_id)

    async def inspect(self, room_id: str) -> None:
        """Have the state of a room looked at, as after a sync that changed it."""

        def look(tx: Transaction) -> None:
            room = self.gateway.rooms[room_id]
            first = known_problems(tx, room_id) is None
            note_problems(tx, room_id, problems(room, self.gateway.room))
            self.chats.look(tx, room, first=first)

        await self.database.run(look)
        await self.settle(room_id)

    def change(self, *events: Mapping[str, Any], room: str = ROOM) -> None:
        """Change the state of a room."""
        self.gateway.rooms[room] = self.gateway.rooms[room].apply(events)

    def call(self, who: str, name: str) -> None:
        """Give somebody a display name."""
        self.change(member(who, name=name))

    def take_power(self) -> None:
        """Leave the bot without the power to redact what others say."""
        self.change(state_event("m.room.power_levels", {"users": {MODO: 100}, "redact": 50}))

    def later(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass."""
        self.now += int(minutes * MINUTE + seconds * SECOND)

    # -- what people do

    async def say(self, who: str, text: str, *, msgtype: str = "m.text", **place: Any) -> str:
        """Somebody says something: `reply`, `thread` name an event; `encrypted`, `verified`, `room`, `at` as given."""
        return await self.do(who, "m.room.message", {"msgtype": msgtype, "body": text}, **place)

    async def edit(self, who: str, event_id: str, text: str, **place: Any) -> str:
        """Somebody edits a message of words."""
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        content = {"msgtype": "m.text", "body": f"* {text}", "m.new_content": new, "m.relates_to": relation}
        return await self.do(who, "m.room.message", content, **place)

    async def redact(self, who: str, event_id: str, **place: Any) -> str:
        """Somebody deletes a message."""
        self.gateway.redacted.add(event_id)
        place = {"encrypted": False, **place}
        return await self.do(who, "m.room.redaction", {"redacts": event_id}, redacts=event_id, **place)

    async def react(self, who: str, event_id: str, emoji: str = "👍", **place: Any) -> str:
        """Somebody reacts; reactions are never encrypted."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": emoji}
        place = {"encrypted": False, **place}
        return await self.do(who, "m.reaction", {"m.relates_to": relation}, **place)

    async def vote(self, who: str, poll: str, *letters: str, name: str = POLL_RESPONSE, **place: Any) -> str:
        """Somebody votes in a native poll; `name` is the key of the answers in the content."""
        relation = {"rel_type": "m.reference", "event_id": poll}
        content = {name: {"answers": list(letters)}, "m.relates_to": relation}
        return await self.do(who, POLL_RESPONSE, content, **place)

    async def picture(
        self,
        who: str,
        name: str = "photo",
        *,
        caption: str | None = None,
        metadata: bool = True,
        refused: RefusalReason | None = None,
        msgtype: str = "m.image",
        **place: Any,
    ) -> str:
        """Somebody posts a picture; `name` comes back from `pictures`, so that a test sees which one it was."""
        content = self.photo(name, caption=caption, metadata=metadata, refused=refused, msgtype=msgtype)
        return await self.do(who, "m.room.message", content, **place)

    def photo(
        self,
        name: str,
        *,
        caption: str | None = None,
        metadata: bool = True,
        refused: RefusalReason | None = None,
        msgtype: str = "m.image",
    ) -> dict[str, Any]:
        """The content of a picture's event, with what cleaning it will bring."""
        address = f"mxc://phones.example/{name}"
        self.scrubbed[address] = Refusal(refused) if refused else clean_image(name, metadata=metadata)
        return {"msgtype": msgtype, "body": caption or "IMG_1.jpg", "filename": "IMG_1.jpg", "url": address}

    async def document(self, who: str, msgtype: str = "m.file", **place: Any) -> str:
        """Somebody posts a file that is no picture."""
        address = "mxc://phones.example/document"
        self.scrubbed[address] = NoPicture()
        return await self.do(
            who, "m.room.message", {"msgtype": msgtype, "body": "x", "url": address}, **place
        )

    async def do(self, who: str, type_: str, content: Mapping[str, Any], **place: Any) -> str:
        """Any event; the bot takes it in, handles it and sends what follows."""
        event = self.event(who, type_, content, **place)
        await self.arrive(event)
        await self.settle(event.room_id)
        return event.event_id

    def event(
        self,
        who: str,
        type_: str,
        content: Mapping[str, Any],
        *,
        room: str = ROOM,
        reply: str | None = None,
        thread: str | None = None,
        encrypted: bool = True,
        verified: bool = True,
        redacts: str | None = None,
        at: int | None = None,
    ) -> Event:
        """An event as the sync loop hands it over."""
        self._count += 1
        self.now += SECOND
        relation: dict[str, Any] = dict(content.get("m.relates_to", {}))
        if thread:
            relation = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": reply is None}
        if reply or thread:
            relation["m.in_reply_to"] = {"event_id": reply or thread}
        content = {**content, "m.relates_to": relation} if relation else content
        return Event(
            event_id=f"$e{self._count}",
            room_id=room,
            sender=who,
            type=type_,
            sent_at=self.now if at is None else at,
            content=content,
            encrypted=encrypted,
            verified=encrypted and verified,
            redacts=redacts,
        )

    async def arrive(self, *events: Event | Undecryptable) -> None:
        """Have events reach the inbox, not handled yet."""
        await self.database.run(receive, events, self.now)

    async def handle(self, room: str = ROOM) -> None:
        """Have the inbox of a room handled; what follows from it waits in the outbox."""
        await self._worker.drain(room)

    async def settle(self, room: str = ROOM) -> None:
        """Have everything handled and sent."""
        await self.handle(room)
        for waiting in await self.database.run(self.outbox.rooms_with_work):
            await self.sender.drain(waiting)

    async def tick(self) -> bool:
        """Have done what is due by now."""
        due = await self.database.run(self.clock.tick, self.now)
        assert not self.clock.failing
        await self.settle()
        return due

    # -- what the room shows

    async def value(self, sql: str, **values: Any) -> Any:
        """One value from the database."""
        return await self.database.run(lambda tx: tx.value(sql, **values))

    async def event_of(self, key: str) -> str:
        """The event that an outbox key became."""
        found = await self.database.run(self.outbox.event_id, key)
        assert found is not None, f"{key} has not been sent"
        return found

    async def card_id(self, number: int = 1) -> str:
        """The card of a case: the root of its thread."""
        return await self.event_of(f"case:{number}:card")

    async def card(self, number: int = 1) -> str:
        """The words of a card as the room shows them now."""
        return plain(str(self.latest(await self.card_id(number)).get("body")))

    def latest(self, event_id: str) -> Mapping[str, Any]:
        """The content of a message of the bot after its edits; empty when it is redacted."""
        shown: Mapping[str, Any] = {}
        for event in self.gateway.visible():
            if event.event_id == event_id:
                shown = event.content
            elif event.edits == event_id and event_id not in self.gateway.redacted:
                shown = event.content["m.new_content"]
        return shown

    def answers_to(self, event_id: str) -> list[str]:
        """What the bot replied to a message."""
        return [plain(event.body) for event in self.gateway.visible() if event.replies_to == event_id]

    async def thread(self, number: int = 1) -> list[Sent]:
        """What the bot said in the thread of a case."""
        root = await self.card_id(number)
        room = next(event.room_id for event in self.gateway.sent if event.event_id == root)
        return [event for event in self.gateway.visible(room) if event.thread == root]

    async def pictures(self, number: int = 1) -> list[str]:
        """The pictures that a case has, as its thread shows them, by the names under which they were posted."""
        own = [
            event.content for event in await self.thread(number) if event.content.get("msgtype") == "m.image"
        ]
        own = [content for content in own if content["filename"].startswith(f"case-{number}-")]
        return [self.gateway.files[content["file"]["url"]].decode() for content in own]

    def timeline(self, room: str = ROOM) -> list[Sent]:
        """What the bot said outside threads, edits and reactions left out."""
        return [
            event
            for event in self.gateway.visible(room)
            if not event.edits and not event.thread and event.type != "m.reaction"
        ]

    def readable(self) -> str:
        """Everything of the bot's that anybody can still read, earlier versions of edited messages included."""
        return json.dumps([event.content for event in self.gateway.visible()], ensure_ascii=False)

    def gone(self, event_id: str) -> bool:
        """Whether a message was redacted."""
        return event_id in self.gateway.redacted

    def clean(self, content: Mapping[str, Any]) -> Errand:
        async def errand() -> Fetched:
            return self.scrubbed.get(str(content.get("url")), NoPicture())

        return errand

    def look(self, content: Mapping[str, Any]) -> Errand:
        clean = self.clean(content)

        async def errand() -> object:
            cleaned = await clean()
            reading = self.readings.get(str(content.get("url")))
            return Seen(cleaned, reading) if isinstance(cleaned, CleanImage) else cleaned

        return errand

    def mask(self, picture: CleanImage, boxes: Sequence[Box]) -> Errand:
        async def errand() -> object:
            self.masked.append(list(boxes))
            reading = Reading((picture.width, picture.height))
            return Seen(clean_image(f"{picture.data.decode()} masked"), reading.to_json())

        return errand


def _french(tx: Transaction, room: str) -> Wording:
    return wording_of(tx, room, "fr")


def plain(words: str) -> str:
    """Words without what typography adds to them."""
    return words.translate({0x2019: "'", 0xA0: " ", 0x202F: " "})


async def _nothing() -> None:
    """The desk drives inbox and outbox itself."""
