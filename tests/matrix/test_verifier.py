"""The bot's part in verifications, from the events of a sync to what it sends: who may ask, and what is kept."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doctocbot.demo.listener import MemoryVault
from doctocbot.matrix import verification_rows, verifier
from doctocbot.matrix.crosssigning import VAULT_NAME, CrossSigning
from doctocbot.matrix.errors import Forbidden, TokenRevoked
from doctocbot.matrix.events import Event
from doctocbot.matrix.identities import IdentityShelf
from doctocbot.matrix.signing import encode_base64, public_key, sign_json
from doctocbot.matrix.verification import PATIENCE_MS, Stage, Verification
from doctocbot.matrix.verification_events import heard_in_room, heard_to_device
from doctocbot.matrix.verifier import Verifier
from doctocbot.store import Database
from tests.matrix.paper_member import PaperMember

pytest_plugins = ["tests.desk_fixtures"]

BOT, LEA, MARC, ROOM = (
    "@bot:clinic.example",
    "@lea:clinic.example",
    "@marc:clinic.example",
    "!chat:clinic.example",
)
Content = dict[str, Any]


class Member:
    """Somebody with one signed device, and the client on it."""

    def __init__(self, user: str, *, signed: bool = True) -> None:
        self.user = user
        self.identity = CrossSigning.generate(user)
        key = Ed25519PrivateKey.generate()
        keys = {"ed25519:PHONE": public_key(key), "curve25519:PHONE": encode_base64(bytes(32))}
        bare = {"user_id": user, "device_id": "PHONE", "algorithms": ["m.megolm.v1.aes-sha2"], "keys": keys}
        device = sign_json(bare, user, "PHONE", key)
        self.device = self.identity.sign_device(device) if signed else device
        self.client = PaperMember(user, "PHONE", public_key(key), self.identity.master_key)


class PaperClient:
    """As much of `EncryptedClient` as the verifier needs: it shows keys, and notes what is sent."""

    user_id, device_id = BOT, "BOTDEVICE"

    def __init__(self, *members: Member) -> None:
        self.members = {member.user: member for member in members}
        self.machine = SimpleNamespace(
            account=SimpleNamespace(identity_keys={"ed25519": encode_base64(b"b" * 32)})
        )
        self.keys = self
        self.sent: asyncio.Queue[tuple[str, str | None, str, Content]] = asyncio.Queue()
        self.signed: list[Content] = []
        self.failure: Exception | None = None

    async def ask_for(self, users: list[str]) -> Content:
        """What the server shows."""
        found = [self.members[user] for user in users]
        bodies = {member.user: member.identity.upload_body() for member in found}
        return {
            "device_keys": {member.user: {"PHONE": member.device} for member in found},
            "master_keys": {user: body["master_key"] for user, body in bodies.items()},
            "self_signing_keys": {user: body["self_signing_key"] for user, body in bodies.items()},
        }

    async def request(self, method: str, target: str, body: Content) -> Content:
        """A to-device message, or a signature."""
        if self.failure is not None:
            raise self.failure
        if "sendToDevice" not in target:
            self.signed.append(body)
            return {}
        ((user, devices),) = body["messages"].items()
        await self.sent.put((user, None, target.split("/")[-2], devices["PHONE"]))
        return {}

    async def send_encrypted(self, room_id: str, type_: str, content: Content, _once: str) -> str:
        """An event of a room, which is encrypted."""
        await self.sent.put(("", room_id, type_, content))
        return "$sent"

    async def next(self) -> tuple[str, Content]:
        """What is sent next: its kind and content."""
        _, _, type_, content = await asyncio.wait_for(self.sent.get(), 5)
        return type_.removeprefix("m.key.verification."), content

    @property
    def quiet(self) -> bool:
        """Whether nothing waits to be looked at."""
        return self.sent.empty()


class Scene:
    """A running verifier, and the members around it."""

    def __init__(self, database: Database, client: PaperClient) -> None:
        self.database, self.client = database, client
        self.bots = CrossSigning.generate(BOT)
        self.vault = MemoryVault()
        self.allowed: set[str] = {LEA, MARC}
        self.verifier = Verifier(
            cast(Any, client), database, self.vault, lambda _tx, user, _room: user in self.allowed
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """For the length of the block."""
        await self.vault.put(VAULT_NAME, self.bots.seeds())
        task = asyncio.create_task(self.verifier.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def operator_comes(self) -> None:
        """A terminal waits."""
        await self.database.run(verification_rows.say_there, _now())

    def sends(self, who: str, kind: str, name: str, **content: Any) -> None:
        """A member's to-device message."""
        event = {
            "type": f"m.key.verification.{kind}",
            "sender": who,
            "content": {**content, "transaction_id": name},
        }
        self.verifier.overhear({"to_device": {"events": [event]}}, [])

    def asks(self, who: str, name: str, **changes: Any) -> None:
        """A member's request by to-device message."""
        good = {"from_device": "PHONE", "methods": ["m.sas.v1"], "timestamp": _now()}
        self.sends(who, "request", name, **(good | changes))

    async def meets(self, member: Member, name: str) -> tuple[int, ...]:
        """Have a verification come as far as the emojis; those that the member sees."""
        self.asks(member.user, name)
        assert (await self.client.next())[0] == "ready"
        start = member.client.start(transaction_id=name)
        self.sends(member.user, "start", name, **start)
        accept = await self.client.next()
        self.sends(member.user, "key", name, key=member.client.public_key)
        key = await self.client.next()
        assert (accept[0], key[0]) == ("accept", "key")
        assert member.client.meets(accept[1], key[1])
        bits = member.client.sas_bits(BOT, "BOTDEVICE", key[1]["key"], name)
        return tuple(int(bits[at : at + 6], 2) for at in range(0, 42, 6))

    async def rows(self) -> dict[str, verification_rows.Open]:
        """What the terminal sees, by name."""
        found = await self.database.run(verification_rows.latest, 0)
        return {each.name: each for each in found}

    async def becomes(self, name: str, stage: Stage) -> verification_rows.Open:
        """Wait until the row of one is that far."""
        async with asyncio.timeout(5):
            # Another task writes rows, and says so to nobody.
            while (found := (await self.rows()).get(name)) is None or found.stage is not stage:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return found

    async def handled(self) -> None:
        """Wait until everything that was said has been taken."""
        async with asyncio.timeout(5):
            while not self.verifier._waiting.empty():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)


@pytest.fixture
def lea() -> Member:
    """Léa and her phone."""
    return Member(LEA)


@pytest.fixture
def scene(database: Database, lea: Member, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A verifier that looks every twentieth of a second."""
    monkeypatch.setattr(verifier, "_TICK", 0.05)
    return Scene(database, PaperClient(lea, Member(MARC)))


def _now() -> int:
    return int(time.time() * 1000)


async def test_from_request_to_done(scene: Scene, lea: Member) -> None:
    """The terminal's row shows the member's emojis; then identity and signature are kept."""
    await IdentityShelf(scene.database).seen(LEA, lea.identity.master_key)
    await scene.operator_comes()
    async with scene.running():
        emojis = await scene.meets(lea, "T1")
        row = await scene.becomes("T1", Stage.COMPARE)
        assert row.emojis == emojis
        scene.sends(LEA, "mac", "T1", **lea.client.mac(BOT, "BOTDEVICE", "T1"))
        await scene.handled()
        assert scene.client.quiet
        await scene.database.run(verification_rows.put_answer, LEA, "T1", same=True)
        assert [(await scene.client.next())[0] for _ in range(2)] == ["mac", "done"]
        await scene.becomes("T1", Stage.DONE)
    assert await scene.database.run(lambda tx: tx.value("SELECT verified_at FROM identity")) is not None
    ((user, signed),) = scene.client.signed[0].items()
    (master,) = signed.values()
    assert user == LEA
    assert f"ed25519:{public_key(scene.bots.user_signing)}" in master["signatures"][BOT]
    assert [row["to_tell"] for row in await scene.database.run(verification_rows.to_tell)] == ["done"]


async def test_ready_waits_for_an_operator(scene: Scene) -> None:
    """Element gives up a minute after the emojis: they are shown only when somebody is there to compare them."""
    async with scene.running():
        scene.asks(LEA, "T1")
        await scene.becomes("T1", Stage.REQUESTED)
        assert [row["to_tell"] for row in await scene.database.run(verification_rows.to_tell)] == ["asked"]
        assert scene.client.quiet
        await scene.operator_comes()
        assert (await scene.client.next())[0] == "ready"
        await scene.becomes("T1", Stage.READY)


async def test_an_operator_who_went_away_counts_no_more(database: Database) -> None:
    """Their terminal says every second that they are there; a clock put back does not make them stay for ever."""
    await database.run(verification_rows.say_there, 100_000)
    there = [
        await database.run(verification_rows.operator_is_there, now)
        for now in (100_000, 104_999, 105_000, 99_999)
    ]
    assert there == [True, True, False, False]
    await database.run(verification_rows.say_gone)
    assert not await database.run(verification_rows.operator_is_there, 100_000)


REFUSED: dict[str, Content] = {
    "from before": {"timestamp": _now() - PATIENCE_MS - 60_000},
    "from a day to come": {"timestamp": _now() + 24 * 3600 * 1000},
    "without a time": {"timestamp": "now"},
    "without a device": {"from_device": None},
    "without methods": {"methods": "m.sas.v1"},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
async def test_a_request_that_is_none_is_not_answered(scene: Scene, changes: Content) -> None:
    """Replayed, or malformed."""
    async with scene.running():
        scene.asks(LEA, "T1", **changes)
        await scene.handled()
        assert scene.client.quiet
        assert await scene.rows() == {}


async def test_strangers_get_no_answer(scene: Scene) -> None:
    """Who shares no served room with the bot cannot even make it speak."""
    scene.allowed = set()
    async with scene.running():
        scene.asks(LEA, "T1")
        scene.sends(LEA, "start", "T2", from_device="PHONE")
        await scene.handled()
        assert scene.client.quiet
        assert await scene.rows() == {}


async def test_another_method_is_refused_with_the_code(scene: Scene) -> None:
    """A client that knows QR codes alone."""
    async with scene.running():
        scene.asks(LEA, "T1", methods=["m.qr_code.show.v1"])
        assert await scene.client.next() == (
            "cancel",
            {"code": "m.unknown_method", "reason": "The bot compares emojis (m.sas.v1) with current algorithms only.",
             "transaction_id": "T1"},
        )  # fmt: skip


async def test_who_begins_anew_ends_what_was_open(scene: Scene) -> None:
    """The older of two of the same person is called off; what still comes for it changes nothing."""
    async with scene.running():
        scene.asks(LEA, "T1")
        await scene.becomes("T1", Stage.REQUESTED)
        scene.asks(LEA, "T2")
        kind, content = await scene.client.next()
        assert (kind, content["transaction_id"], content["code"]) == ("cancel", "T1", "m.user")
        await scene.becomes("T2", Stage.REQUESTED)
        scene.sends(LEA, "start", "T1", from_device="PHONE")
        await scene.handled()
        assert scene.client.quiet


async def test_two_people_at_once_do_not_mix(scene: Scene, lea: Member) -> None:
    """Each has emojis of their own, and nobody answers for somebody else."""
    await scene.operator_comes()
    async with scene.running():
        first = await scene.meets(lea, "T1")
        second = await scene.meets(scene.client.members[MARC], "T1")
        found = {each.user_id: each.emojis for each in await scene.database.run(verification_rows.latest, 0)}
        assert found == {LEA: first, MARC: second}
        scene.sends(MARC, "cancel", "T1", code="m.user")
        await scene.handled()
        stages = {each.user_id: each.stage for each in await scene.database.run(verification_rows.latest, 0)}
        assert stages == {LEA: Stage.COMPARE, MARC: Stage.CANCELLED}


async def test_a_device_that_its_owner_has_not_signed_is_not_compared(database: Database) -> None:
    """It cannot speak for the identity."""
    tablet = Member(LEA, signed=False)
    scene = Scene(database, PaperClient(tablet))
    await scene.operator_comes()
    async with scene.running():
        scene.asks(LEA, "T1")
        assert (await scene.client.next())[0] == "ready"
        scene.sends(LEA, "start", "T1", **tablet.client.start(transaction_id="T1"))
        assert (await scene.client.next())[1]["code"] == "m.key_mismatch"
        assert [row["to_tell"] for row in await database.run(verification_rows.to_tell)] == ["failed"]


async def test_an_identity_that_waits_for_a_moderator_is_neither_noted_nor_signed(
    scene: Scene, lea: Member
) -> None:
    """Emojis say that the keys are on both sides the same, not that the account is still hers."""
    shelf = IdentityShelf(scene.database, hold=True)
    await shelf.seen(LEA, "before")
    await shelf.seen(LEA, lea.identity.master_key)
    await scene.operator_comes()
    async with scene.running():
        await scene.meets(lea, "T1")
        await scene.becomes("T1", Stage.COMPARE)
        scene.sends(LEA, "mac", "T1", **lea.client.mac(BOT, "BOTDEVICE", "T1"))
        await scene.database.run(verification_rows.put_answer, LEA, "T1", same=True)
        await scene.becomes("T1", Stage.DONE)
    assert scene.client.signed == []
    assert await scene.database.run(lambda tx: tx.value("SELECT verified_at FROM identity")) is None


async def test_nobody_there_for_ten_minutes(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is called off with the code for that, and the member is told in words."""
    async with scene.running():
        scene.asks(LEA, "T1")
        await scene.becomes("T1", Stage.REQUESTED)
        later = _now() + PATIENCE_MS
        monkeypatch.setattr(verifier, "_now", lambda: later)
        kind, content = await scene.client.next()
        assert (kind, content["code"]) == ("cancel", "m.timeout")
        await scene.becomes("T1", Stage.CANCELLED)
    assert [row["to_tell"] for row in await scene.database.run(verification_rows.to_tell)] == ["timeout"]


async def test_what_a_crash_left_open_is_called_off(scene: Scene, lea: Member) -> None:
    """Nobody has its ephemeral key any more; an answer of the operator's to it is void."""
    await scene.operator_comes()
    async with scene.running():
        await scene.meets(lea, "T1")
    await scene.database.run(verification_rows.put_answer, LEA, "T1", same=True)
    again = Scene(scene.database, scene.client)
    async with again.running():
        kind, content = await again.client.next()
        assert (kind, content["transaction_id"]) == ("cancel", "T1")
        assert (await again.rows())["T1"].stage is Stage.CANCELLED


async def test_a_server_that_refuses_ends_no_other_verification(scene: Scene) -> None:
    """A room from which the bot was thrown out; the next request is answered."""
    async with scene.running():
        scene.client.failure = Forbidden("M_FORBIDDEN", 403)
        scene.asks(LEA, "T1", methods=[])
        await scene.becomes("T1", Stage.CANCELLED)
        scene.client.failure = None
        await scene.operator_comes()
        scene.asks(MARC, "T2")
        assert (await scene.client.next())[1]["transaction_id"] == "T2"


async def test_the_end_of_the_session_ends_the_bot(scene: Scene) -> None:
    """Nothing could be sent any more by anybody."""
    await scene.vault.put(VAULT_NAME, scene.bots.seeds())
    scene.client.failure = TokenRevoked("M_UNKNOWN_TOKEN", 401)
    scene.asks(LEA, "T1", methods=[])
    with pytest.raises(TokenRevoked):
        await asyncio.wait_for(scene.verifier.run(), 5)


async def test_in_a_room_everything_refers_to_the_request(scene: Scene) -> None:
    """And goes by the encrypted way alone."""
    await scene.operator_comes()
    content = {
        "msgtype": "m.key.verification.request",
        "to": BOT,
        "from_device": "PHONE",
        "methods": ["m.sas.v1"],
    }
    async with scene.running():
        scene.verifier.overhear({}, [_event("$ask", "m.room.message", content)])
        user, room, type_, sent = await asyncio.wait_for(scene.client.sent.get(), 5)
        assert (user, room, type_) == ("", ROOM, "m.key.verification.ready")
        assert sent["m.relates_to"] == {"rel_type": "m.reference", "event_id": "$ask"}
        assert "transaction_id" not in sent
        # The same name by the other way is another transaction.
        scene.sends(LEA, "cancel", "$ask", code="m.user")
        await scene.handled()
        assert (await scene.rows())["$ask"].stage is Stage.READY


def _event(event_id: str, type_: str, content: Mapping[str, Any]) -> Event:
    return Event(event_id, ROOM, LEA, type_, _now(), content)


_REFERENCE = {"m.relates_to": {"rel_type": "m.reference", "event_id": "$ask"}}
_REQUEST = {"msgtype": "m.key.verification.request", "to": BOT}
IN_ROOM: dict[str, tuple[str, Content, tuple[str, str] | None]] = {
    "a request": ("m.room.message", _REQUEST, ("request", "$it")),
    "a request to somebody else": ("m.room.message", {**_REQUEST, "to": MARC}, None),
    "words": ("m.room.message", {"msgtype": "m.text", "body": "m.key.verification.request"}, None),
    "a start": ("m.key.verification.start", _REFERENCE, ("start", "$ask")),
    "a start of nothing": ("m.key.verification.start", {}, None),
    "a start in a thread": (
        "m.key.verification.start", {"m.relates_to": {"rel_type": "m.thread", "event_id": "$ask"}}, None,
    ),
    "a name too long": (
        "m.key.verification.key", {"m.relates_to": {"rel_type": "m.reference", "event_id": "$" * 300}}, None,
    ),
    "an edit": (
        "m.room.message",
        {**_REQUEST, "m.new_content": _REQUEST, "m.relates_to": {"rel_type": "m.replace", "event_id": "$old"}},
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("type_", "content", "found"), IN_ROOM.values(), ids=IN_ROOM)
def test_events_of_a_room(type_: str, content: Content, found: tuple[str, str] | None) -> None:
    """What belongs to a verification with the bot, and what does not."""
    heard = heard_in_room(_event("$it", type_, content), BOT)
    assert (heard and (heard.kind, heard.name)) == found


def _cancel(sender: str, name: str, code: str = "m.user") -> Content:
    content = {"transaction_id": name, "code": code}
    return {"type": "m.key.verification.cancel", "sender": sender, "content": content}


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"to_device": None},
        {"to_device": {"events": {}}},
        {"to_device": {"events": [None, 5, {}]}},
        {"to_device": {"events": [_cancel(LEA, "\ud800")]}},
        {"to_device": {"events": [_cancel("@\ud800:clinic.example", "T")]}},
        {"to_device": {"events": [_cancel(LEA, "T", code="\ud800")]}},
        {"to_device": {"events": [_cancel(LEA, "T" * 300)]}},
        {"to_device": {"events": [{"type": "m.key.verification.start", "sender": LEA, "content": None}]}},
        {"to_device": {"events": [{"type": "m.key.verification.start", "sender": LEA, "content": {}}]}},
        {"to_device": {"events": [{"type": "m.key.verification.start", "content": {"transaction_id": "T"}}]}},
        {
            "to_device": {
                "events": [{"type": "m.room_key", "sender": LEA, "content": {"transaction_id": "T"}}]
            }
        },
        {
            "to_device": {
                "events": [
                    {"type": "m.key.verification.key", "sender": LEA, "content": {"transaction_id": ""}}
                ]
            }
        },
    ],
    ids=json.dumps,
)
def test_malformed_messages_are_no_events(raw: Any) -> None:
    """Whatever a hostile client or server sends."""
    assert list(heard_to_device(raw)) == []


def _fault(*_: object) -> None:
    raise KeyError


async def test_a_fault_of_ours_ends_no_other_verification(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the bot, which has cases to look after."""
    async with scene.running():
        with monkeypatch.context() as broken:
            broken.setattr(Verification, "tick", _fault)
            scene.asks(LEA, "T1")
            await scene.becomes("T1", Stage.REQUESTED)
            await scene.handled()
        await scene.operator_comes()
        assert (await scene.client.next())[0] == "ready"


async def test_a_flood_is_cut_short(scene: Scene) -> None:
    """Nothing of it is kept beyond what is worth handling."""
    for number in range(2_000):
        scene.asks(LEA, f"T{number}")
    assert scene.verifier._waiting.full()
