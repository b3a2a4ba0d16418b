"""The outbox goes out in order, once, and again after every failure that may pass."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from doctocbot.matrix.backoff import Backoff
from doctocbot.matrix.errors import Forbidden, MatrixError, RateLimited, TokenRevoked, TooLarge, Unreachable
from doctocbot.matrix.outbox import Outbox
from doctocbot.matrix.outgoing import REDACTION, Outgoing, reaction, redaction
from doctocbot.matrix.roomstate import RoomState
from doctocbot.matrix.sender import Sender
from doctocbot.store import Database, Transaction
from tests.fakes.gateway import FakeGateway, still_ours

pytest_plugins = ["tests.desk_fixtures"]

OUTBOX = Outbox("a secret")
ROOM = "!r"


class Bench:
    """An outbox, a sender, and a number that the late-drawn message shows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.gateway = FakeGateway()
        self.number = 1
        self.restart()

    def restart(self) -> None:
        """A new sender on the same database and the same server, as after a crash."""
        self.missed: list[str] = []
        self.sender = Sender(
            self.database, self.gateway, {"card": self._draw}, self._missed, OUTBOX.notes, still_ours
        )

    def _missed(self, tx: Transaction, outgoing: Outgoing, room: RoomState) -> None:
        self.missed.append(outgoing.key)

    def _draw(self, tx: Transaction, outgoing: Outgoing) -> Mapping[str, Any] | None:
        if self.number < 0:
            raise ValueError("Mme Martin")
        return {"msgtype": "m.text", "body": f"number {self.number}"} if self.number else None

    async def serve(self, *, served: bool = True) -> None:
        """Say whether the room is served."""
        await self.database.run(
            lambda tx: tx.execute(
                "INSERT INTO room (room_id, served) VALUES (:room, :served)"
                " ON CONFLICT (room_id) DO UPDATE SET served = excluded.served",
                room=ROOM,
                served=served,
            )
        )

    async def put(self, key: str, **more: Any) -> None:
        """Queue something."""
        content = {"msgtype": "m.text", "body": key}
        await self.database.run(OUTBOX.put, Outgoing(key=key, room_id=ROOM, content=content, **more))

    async def drain(self) -> None:
        """Send all that may be sent."""
        await self.sender.drain(ROOM)

    async def said(self) -> list[str]:
        """What arrived, in order."""
        return [event.body for event in self.gateway.sent]

    async def state(self, key: str) -> tuple[str, str | None]:
        """State and error of a row."""
        row = await self.database.run(lambda tx: tx.row("SELECT * FROM outbox WHERE key = :key", key=key))
        assert row is not None
        return row["state"], row["error"]


@pytest.fixture
async def bench(database: Database) -> Bench:
    """A served room."""
    bench = Bench(database)
    await bench.serve()
    return bench


async def test_a_room_hears_everything_in_its_order_and_nothing_stays(bench: Bench) -> None:
    """The words are not kept once they are sent."""
    for number in range(120):
        await bench.put(f"message {number}")
    await bench.drain()
    assert await bench.said() == [f"message {number}" for number in range(120)]
    kept = await bench.database.run(lambda tx: tx.value("SELECT count(*) FROM outbox WHERE spec IS NOT NULL"))
    assert kept == 0


async def test_a_message_may_point_at_one_that_is_sent_before_it(bench: Bench) -> None:
    """By its key, before anybody knows its event id."""
    await bench.put("root")
    await bench.put("inside", thread="root")
    await bench.put("outside", reply_to="$theirs")
    await bench.drain()
    root, inside, outside = bench.gateway.sent
    assert inside.thread == root.event_id
    assert outside.replies_to == "$theirs"


async def test_what_points_at_something_never_sent_is_dropped_with_it(bench: Bench) -> None:
    """Down the whole chain; the rest goes on."""
    bench.gateway.failures.append(Forbidden("M_FORBIDDEN", 403))
    await bench.put("root")
    await bench.put("inside", thread="root")
    await bench.put("edit", edits="inside")
    await bench.put("unknown", thread="nobody")
    await bench.put("free")
    await bench.drain()
    assert await bench.said() == ["free"]
    assert await bench.state("root") == ("dropped", "M_FORBIDDEN")
    for key in ("inside", "edit", "unknown"):
        assert (await bench.state(key))[0] == "dropped"


async def test_what_has_to_go_goes_before_what_is_still_to_be_said(bench: Bench) -> None:
    """A pull waits behind nothing; the redaction of a message of ours that is on its way waits for that one."""
    await bench.put("late news")
    await bench.database.run(
        OUTBOX.put, Outgoing(key="redact:late news", room_id=ROOM, type=REDACTION, target="late news")
    )
    await bench.put("more news")
    await bench.database.run(OUTBOX.put, redaction(ROOM, "$photo"))
    seen: list[int] = []
    original = bench.gateway.redact

    async def redact(room_id: str, event_id: str, transaction_id: str) -> str:
        seen.append(len(bench.gateway.sent))
        return await original(room_id, event_id, transaction_id)

    bench.gateway.redact = redact  # type: ignore[method-assign]
    await bench.drain()
    assert seen == [0, 1]
    assert bench.gateway.redactions == ["$photo", bench.gateway.sent[0].event_id]


async def test_that_the_server_slows_the_bot_down_is_kept_for_doctor(bench: Bench) -> None:
    """A pull is only as quick as the server lets it be."""
    await bench.put("hello")
    bench.gateway.failures.append(RateLimited(0.001))
    await bench.drain()
    assert await bench.said() == ["hello"]
    kept = await bench.database.run(
        lambda tx: tx.value("SELECT value FROM meta WHERE key = 'rate_limited_at'")
    )
    assert int(kept) > 1_700_000_000


async def test_a_crash_between_sending_and_noting_it_sends_the_same_message(bench: Bench) -> None:
    """The server knows the transaction id: the room sees it once, with what it held at first."""
    await bench.put("edit", renders="card", case_id=7)
    bench.gateway.loses_answers = True
    bench.gateway.failures.append(TokenRevoked("the process dies here"))
    with pytest.raises(TokenRevoked):
        await bench.drain()
    assert (await bench.state("edit"))[0] == "sending"
    bench.number = 2
    assert not await bench.database.run(OUTBOX.queued_rendering, "card", 7)
    await bench.put("edit 2", renders="card", case_id=7)
    bench.restart()
    await bench.drain()
    assert await bench.said() == ["number 1", "number 2"]
    assert len({event.transaction_id for event in bench.gateway.sent}) == 2


async def test_a_late_drawn_message_shows_the_latest(bench: Bench) -> None:
    """What changed while it waited is in it; with nothing left to say it is not sent."""
    await bench.put("edit", renders="card", case_id=7)
    bench.number = 5
    await bench.drain()
    assert await bench.said() == ["number 5"]
    bench.number = 0
    await bench.put("edit 2", renders="card", case_id=7)
    await bench.drain()
    assert len(bench.gateway.sent) == 1


async def test_a_card_that_cannot_be_drawn_does_not_silence_the_room(bench: Bench) -> None:
    """The log says where, and none of its words."""
    bench.number = -1
    await bench.put("edit", renders="card", case_id=7)
    await bench.put("after")
    with capture_logs() as logs:
        await bench.drain()
    assert await bench.said() == ["after"]
    assert "Martin" not in str(logs)


async def test_a_room_that_is_not_served_hears_only_why_and_loses_what_must_go(bench: Bench) -> None:
    """Everything else waits until it is served again."""
    await bench.serve(served=False)
    await bench.put("answer")
    await bench.put("why", even_unserved=True)
    await bench.database.run(OUTBOX.put, redaction(ROOM, "$words"))
    await bench.drain()
    assert await bench.said() == ["why"]
    assert bench.gateway.redacted == {"$words"}
    await bench.serve()
    await bench.drain()
    assert await bench.said() == ["why", "answer"]


async def test_what_is_tried_again_is_held_when_the_room_opens_meanwhile(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server was away when the card was first sent; when it is back, anybody can join, and the card waits."""

    async def opened_meanwhile(_: Backoff, error: MatrixError) -> bool:
        await bench.serve(served=False)
        return True

    monkeypatch.setattr(Backoff, "wait_after", opened_meanwhile)
    bench.gateway.failures.append(Unreachable("NO_ANSWER"))
    await bench.put("card")
    await bench.drain()
    assert await bench.said() == []
    await bench.serve()
    await bench.drain()
    assert await bench.said() == ["card"]


async def test_a_room_of_which_nothing_is_known_hears_nothing(bench: Bench) -> None:
    """No row in the table of rooms is no permission."""
    await bench.database.run(lambda tx: tx.execute("DELETE FROM room"))
    await bench.put("answer")
    await bench.drain()
    assert await bench.said() == []


@pytest.mark.parametrize("loses_answers", [False, True])
@pytest.mark.parametrize("failure", [RateLimited(0.001), Unreachable("NO_ANSWER")])
async def test_failures_that_may_pass_are_waited_for(
    bench: Bench, no_waiting: None, failure: MatrixError, loses_answers: bool
) -> None:
    """Before the server acted or after it: nothing is lost, nothing twice, nothing out of order."""
    bench.gateway.loses_answers = loses_answers
    bench.gateway.failures.extend([failure, failure])
    await bench.put("one")
    await bench.put("two")
    await bench.drain()
    assert await bench.said() == ["one", "two"]


@pytest.mark.parametrize(
    "failure", [Forbidden("M_FORBIDDEN", 403), TooLarge("M_TOO_LARGE", 413), MatrixError("X")]
)
async def test_what_the_server_refuses_for_good_is_dropped_and_said_in_the_log(
    bench: Bench, failure: MatrixError
) -> None:
    """The next message goes out."""
    bench.gateway.failures.append(failure)
    await bench.put("one")
    await bench.put("two")
    with capture_logs() as logs:
        await bench.drain()
    assert await bench.said() == ["two"]
    assert await bench.state("one") == ("dropped", failure.code)
    assert bench.missed == ["one"]
    assert [entry["code"] for entry in logs if entry["log_level"] == "error"] == [failure.code]


async def test_a_revoked_token_ends_the_program_and_loses_nothing(bench: Bench) -> None:
    """After a new login the same message goes out."""
    bench.gateway.failures.append(TokenRevoked("M_UNKNOWN_TOKEN", 401))
    await bench.put("one")
    with pytest.raises(TokenRevoked):
        await bench.drain()
    await bench.drain()
    assert await bench.said() == ["one"]


async def test_reactions_and_redactions_reach_what_they_point_at(bench: Bench) -> None:
    """Also when the bot itself sends it first."""
    await bench.put("root")
    await bench.database.run(OUTBOX.put, reaction("thumb", ROOM, "root", "👍"))
    await bench.database.run(OUTBOX.put, redaction(ROOM, "root"))
    await bench.drain()
    root, thumb = bench.gateway.sent
    assert thumb.relation == {"rel_type": "m.annotation", "event_id": root.event_id, "key": "👍"}
    assert bench.gateway.redacted == {root.event_id}


async def attach(bench: Bench, *, thumbnail: bool = False, data: bytes | None = b"picture") -> int:
    """A clean picture on its way out."""
    return await bench.database.run(
        lambda tx: tx.insert(
            "INSERT INTO attachment (mimetype, extension, width, height, size, data, thumbnail_width,"
            " thumbnail_height, thumbnail_size, thumbnail_data)"
            " VALUES ('image/png', 'png', 4, 3, 7, :data, 2, 1, :size, :thumbnail)",
            data=data,
            size=5 if thumbnail else None,
            thumbnail=b"small" if thumbnail else None,
        )
    )


async def test_a_picture_is_uploaded_and_described_anew(bench: Bench) -> None:
    """With its thumbnail; the bytes are kept no longer than needed."""
    number = await attach(bench, thumbnail=True)
    await bench.put("picture", attachment_id=number)
    await bench.drain()
    content = bench.gateway.sent[0].content
    assert content["msgtype"] == "m.image"
    assert {name: content["info"][name] for name in ("mimetype", "w", "h", "size")} == {
        "mimetype": "image/png", "w": 4, "h": 3, "size": 7,
    }  # fmt: skip
    assert content["info"]["thumbnail_info"] == {"mimetype": "image/jpeg", "w": 2, "h": 1, "size": 5}
    assert bench.gateway.files[content["file"]["url"]] == b"picture"
    assert bench.gateway.files[content["info"]["thumbnail_file"]["url"]] == b"small"
    kept = await bench.database.run(lambda tx: tx.row("SELECT data, thumbnail_data, file FROM attachment"))
    assert kept is not None
    assert (kept["data"], kept["thumbnail_data"]) == (None, None)
    assert json.loads(kept["file"])["url"] == content["file"]["url"]


async def test_a_crash_after_the_upload_does_not_upload_again(bench: Bench) -> None:
    """The file's key was noted before the message was sent."""
    number = await attach(bench)
    await bench.put("picture", attachment_id=number)
    bench.gateway.loses_answers = True
    bench.gateway.failures.append(TokenRevoked("not this one"))
    with pytest.raises(TokenRevoked):
        await bench.drain()
    uploads = len(bench.gateway.files)
    bench.restart()
    await bench.drain()
    assert len(bench.gateway.files) == max(uploads, 1)
    assert len(bench.gateway.sent) == 1


async def test_a_picture_whose_bytes_are_gone_is_dropped(bench: Bench) -> None:
    """Withdrawn while it waited; what comes after it is sent."""
    number = await attach(bench, data=None)
    await bench.put("picture", attachment_id=number)
    await bench.put("no such", attachment_id=999)
    await bench.put("after")
    await bench.drain()
    assert await bench.said() == ["after"]
