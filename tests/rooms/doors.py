"""The doors of rooms on paper, and a steward who minds them."""

from dataclasses import dataclass, field, replace

from doctocbot.cases import moving
from doctocbot.matrix import RoomState
from doctocbot.matrix.errors import MatrixError
from doctocbot.rooms.chats import DirectChats
from doctocbot.rooms.steward import Steward
from doctocbot.rooms.watch import RoomWatch
from doctocbot.rooms.welcome import Welcome
from doctocbot.store import Database
from tests.desk import LEA, Desk


@dataclass
class FakeDoors:
    """Implements `doctocbot.rooms.steward.Doors`."""

    rooms: dict[str, RoomState] = field(default_factory=dict)
    joined: list[str] = field(default_factory=list)
    left: list[tuple[str, str | None]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    failure: MatrixError | None = None

    async def join(self, room_id: str, via: str | None = None) -> None:
        """Go in."""
        if self.failure:
            raise self.failure
        self.joined.append(room_id)

    async def leave(self, room_id: str, reason: str | None = None) -> None:
        """Go out."""
        if self.failure:
            raise self.failure
        self.left.append((room_id, reason))

    async def open_chat(self, user_id: str) -> str:
        """Open a direct chat."""
        if self.failure:
            raise self.failure
        self.opened.append(user_id)
        return f"!opened-for-{len(self.opened)}:clinic.example"

    def room(self, room_id: str) -> RoomState | None:
        """The state of a room."""
        return self.rooms.get(room_id)


def steward(desk: Desk, doors: FakeDoors) -> Steward:
    """A steward who lets in Léa and her server's doctors."""
    world = replace(desk.world, room=doors.room)
    chats = DirectChats(world, language="fr", ended=desk.reception.chat_ended)
    allowed = [LEA, "@dr-*:clinic.example"]
    watch = RoomWatch(world, chats, Welcome("on"), moving.show_cases, allowed_inviters=allowed)
    return Steward(desk.database, world, doors, watch, allowed_inviters=allowed, chats=chats)


async def inspect(desk: Desk, doors: FakeDoors, room_ids: list[str]) -> None:
    """What happens to these rooms when their state has changed."""
    watching = steward(desk, doors)
    await desk.database.run(watching.judge, room_ids)
    await watching.leave()


async def invite(database: Database, room_id: str, inviter: str) -> None:
    """An invitation, as the sync loop keeps it."""
    await database.run(
        lambda tx: tx.execute(
            "INSERT INTO invitation (room_id, inviter, received_at) VALUES (:room, :inviter, 0)",
            room=room_id,
            inviter=inviter,
        )
    )


async def invite_to_chat(database: Database, room_id: str, inviter: str) -> None:
    """An invitation to a direct chat, as the sync loop keeps it."""
    await invite(database, room_id, inviter)
    await database.run(
        lambda tx: tx.execute("INSERT INTO direct_invitation (room_id) VALUES (:room)", room=room_id)
    )


async def explained(desk: Desk, doors: FakeDoors) -> list[str]:
    """What the bot says in its rooms now."""
    desk.gateway.rooms = doors.rooms
    await desk.settle()
    return [event.body for event in desk.gateway.sent]
