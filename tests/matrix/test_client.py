"""The client on a real server: who can read, what survives a crash, and what plain nio does instead."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from doctocbot.demo.person import MemoryVault, Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.crosssigning import ensure_cross_signed
from doctocbot.matrix.errors import ClearTextRefused, TokenRevoked, Unreachable
from doctocbot.matrix.session import Session
from doctocbot.matrix.trust import Change, TrustPolicy

NewUser = Callable[[str], Awaitable[tuple[str, str]]]
NewPerson = Callable[..., Awaitable[Person]]
LogIn = Callable[..., Awaitable[Session]]
OpenClient = Callable[..., Awaitable[EncryptedClient]]


def _readable(event_id: str) -> Callable[[SeenEvent], bool]:
    return lambda event: event.event_id == event_id and event.decrypted


async def _room(owner: Person, *others: Person) -> str:
    room = await owner.create_room("cas", invite=[other.user_id for other in others])
    for other in others:
        await other.join(room)
    return room


# -- who can read


async def test_colleagues_read_each_other_as_verified(person: NewPerson) -> None:
    """Two clinicians with signed devices exchange a case and its answer."""
    marie, paul = await person("marie"), await person("paul")
    room = await _room(marie, paul)
    case = await marie.say(room, "éruption depuis ce matin")
    seen = await paul.wait_for(room, _readable(case), what="the case")
    assert seen.verified
    answer = await paul.say(room, "Gianotti-Crosti", reply_to=case)
    assert (await marie.wait_for(room, _readable(answer), what="the answer")).verified


async def test_an_unsigned_device_gets_no_key_until_its_owner_signs_it(
    person: NewPerson, new_user: NewUser
) -> None:
    """Paul skipped the verification on his tablet: it reads nothing, its words count as unverified; then he signs."""
    marie, account, vault = await person("marie"), await new_user("paul"), MemoryVault()
    paul = await person(account=account, vault=vault)
    room = await _room(marie, paul)
    tablet = await person(account=account, cross_sign=False)
    hidden = await marie.say(room, "pour les appareils vérifiés")
    await paul.wait_for(room, _readable(hidden), what="the message on the signed phone")
    assert not (await tablet.wait_for(room, lambda event: event.event_id == hidden)).decrypted
    word = await tablet.say(room, "depuis la tablette")
    assert not (await marie.wait_for(room, _readable(word), what="the tablet's words")).verified
    assert paul.cross_signing is not None
    own = tablet.client.machine.own_device_keys()
    signed = {tablet.client.device_id: paul.cross_signing.sign_device(own)}
    await tablet.client.request("POST", path("keys", "signatures", "upload"), {account[0]: signed})
    await _until(lambda: _verified(marie, tablet))
    shown = await marie.say(room, "et maintenant")
    await tablet.wait_for(room, _readable(shown), what="the message on the tablet, now signed")
    word = await tablet.say(room, "merci")
    assert (await marie.wait_for(room, _readable(word), what="the tablet's thanks")).verified


async def test_a_refused_device_is_told_why(person: NewPerson, new_user: NewUser) -> None:
    """Element shows the reason instead of a message that waits for ever."""
    marie, account = await person("marie"), await new_user("paul")
    await person(account=account)
    tablet = await person(account=account, cross_sign=False)
    withheld: list[dict[str, Any]] = []
    take = tablet.client.process_sync

    async def note(raw: Mapping[str, Any]) -> None:
        withheld.extend(
            e for e in raw.get("to_device", {}).get("events", []) if e["type"] == "m.room_key.withheld"
        )
        await take(raw)

    tablet.client.process_sync = note  # type: ignore[method-assign]
    room = await _room(marie, tablet)
    await marie.say(room, "un")
    await marie.say(room, "deux")
    await _until(lambda: bool(withheld))
    assert [event["content"]["code"] for event in withheld] == ["m.unverified"]


async def test_the_relaxed_policy_lets_unsigned_devices_read_but_not_command(person: NewPerson) -> None:
    """A practice that cannot get everybody to verify may relax it; commands still need a signed device."""
    marie, paul = (
        await person("marie", policy=TrustPolicy(encrypt_to_unsigned=True)),
        await person("paul", cross_sign=False),
    )
    room = await _room(marie, paul)
    message = await marie.say(room, "pour tous")
    await paul.wait_for(room, _readable(message), what="the message on an unsigned device")
    word = await paul.say(room, "!pull #12")
    assert not (await marie.wait_for(room, _readable(word))).verified


async def test_who_left_cannot_read_on(person: NewPerson) -> None:
    """After a colleague was put out, the next message is under a key that they never had."""
    marie, paul, anna = await person("marie"), await person("paul"), await person("anna")
    room = await _room(marie, paul, anna)
    first = await marie.say(room, "un")
    await paul.wait_for(room, _readable(first))
    await marie.kick(room, paul.user_id)
    await _until(lambda: paul.user_id not in marie.client.rooms[room].users)
    second = await marie.say(room, "deux")
    await anna.wait_for(room, _readable(second))
    raw = next(event.raw for event in anna.timeline(room) if event.event_id == second)
    assert paul.client.decrypt(raw, room) is None
    assert anna.client.decrypt(raw, room) is not None


async def test_a_held_identity_reads_nothing_and_counts_for_nothing(
    person: NewPerson, log_in: LogIn, open_client: OpenClient
) -> None:
    """Paul's master key has changed and no moderator has accepted the new one yet."""

    class Book:
        def __init__(self) -> None:
            self.held: set[str] = set()

        async def seen(self, user_id: str, master_key: str) -> Change:
            assert master_key
            return Change.HELD if user_id in self.held else Change.SAME

    paul, book = await person("paul"), Book()
    book.held.add(paul.user_id)
    bot = await open_client(await log_in(), identities=book)
    await bot.keys_upload()
    bot.machine.add_changed_users({paul.user_id})
    await bot.keys_query()
    assert not _is_verified(bot, paul)
    book.held.clear()
    bot.look_again(paul.user_id)
    await bot.keys_query()
    assert _is_verified(bot, paul)


# -- never in the clear


async def test_nothing_is_written_into_an_unencrypted_room(person: NewPerson) -> None:
    """Not even when asked to: plain nio sends clear text there."""
    marie = await person("marie")
    room = await marie.create_room("en clair", encrypted=False)
    with pytest.raises(ClearTextRefused):
        await marie.client.send_encrypted(room, "m.room.message", {"msgtype": "m.text", "body": "x"}, "t1")
    with pytest.raises(ClearTextRefused):
        await marie.client.send_encrypted("!unknown:doctoc.test", "m.room.message", {"body": "x"}, "t2")
    with pytest.raises(ClearTextRefused):
        await marie.client.send_plain_event(room, "m.room.message", {"msgtype": "m.text", "body": "x"}, "t3")
    with pytest.raises(NotImplementedError):
        await marie.client.room_send(room, "m.room.message", {"msgtype": "m.text", "body": "x"})
    assert not [event for event in marie.timeline(room) if event.type == "m.room.message"]


async def test_what_travels_shows_only_the_relation(person: NewPerson) -> None:
    """The server sees that something is said in a thread, and nothing of it."""
    marie, paul = await person("marie"), await person("paul")
    room = await _room(marie, paul)
    root = await marie.say(room, "cas")
    reply = await marie.say(room, "secret médical", thread=root)
    seen = await paul.wait_for(room, _readable(reply))
    assert seen.raw["type"] == "m.room.encrypted"
    assert "secret" not in str(seen.raw)
    assert seen.raw["content"]["m.relates_to"]["event_id"] == root


async def test_the_same_transaction_is_the_same_message(person: NewPerson) -> None:
    """Sent again after a crash, with another ciphertext, it is still one message."""
    marie = await person("marie")
    room = await marie.create_room("cas")
    content = {"msgtype": "m.text", "body": "une fois"}
    sent = [await marie.client.send_encrypted(room, "m.room.message", content, "same") for _ in range(2)]
    assert sent[0] == sent[1]


async def test_many_at_once_into_one_room_share_one_key(person: NewPerson) -> None:
    """Ten sends at the same moment: all arrive readable, under one session."""
    marie, paul = await person("marie"), await person("paul")
    room = await _room(marie, paul)
    sent = await asyncio.gather(*(marie.say(room, f"message {number}") for number in range(10)))
    seen = [await paul.wait_for(room, _readable(event_id)) for event_id in sent]
    assert {event.body for event in seen} == {f"message {number}" for number in range(10)}
    assert len({event.raw["content"]["session_id"] for event in seen}) == 1


async def test_a_key_that_did_not_leave_is_sent_before_the_message(
    person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network fails while the key is handed out: the send fails, and the next one hands it out first."""
    marie, paul = await person("marie"), await person("paul")
    room = await _room(marie, paul)
    ask = marie.client.connection.request
    failed: list[str] = []

    async def ask_badly(method: str, target: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if "sendToDevice" in target and not failed:
            failed.append(target)
            raise Unreachable("ServerDisconnectedError")
        return await ask(method, target, *args, **kwargs)

    monkeypatch.setattr(marie.client.connection, "request", ask_badly)
    with pytest.raises(Unreachable):
        await marie.say(room, "essai")
    again = await marie.say(room, "essai")
    await paul.wait_for(room, _readable(again), what="the message after the failure")


# -- restarts and ends


async def test_a_restart_reads_what_came_before_and_after(
    person: NewPerson, log_in: LogIn, open_client: OpenClient
) -> None:
    """Keys received before a restart open events paged back after it; a sync taken twice does no harm."""
    marie, session = await person("marie"), await log_in()
    bot = await open_client(session)
    await bot.keys_upload()
    await ensure_cross_signed(bot, MemoryVault())
    room = await marie.create_room("cas", invite=[bot.user_id])
    await bot.request("POST", path("join", room))
    await _until(lambda: bot.user_id in marie.client.rooms[room].users and not _pending(marie, bot))
    message = await marie.say(room, "avant")
    raw = await _sync(bot)
    for _ in range(2):
        await bot.process_sync(raw)
    await bot.housekeeping()
    await bot.close()
    again = await open_client(session)
    page = await again.request("GET", path("rooms", room, "messages"), params={"dir": "b", "limit": "20"})
    encrypted = next(event for event in page["chunk"] if event["event_id"] == message)
    opened = again.decrypt(encrypted, room)
    assert opened is not None
    assert opened.content["body"] == "avant"
    assert opened.verified
    assert opened.sender_device == marie.client.device_id


async def test_a_revoked_token_is_said_so_at_once(person: NewPerson) -> None:
    """The person's own sync ends with it, instead of asking a thousand times."""
    marie = await person("marie")
    await marie.client.request("POST", path("logout"))
    with pytest.raises(TokenRevoked):
        await marie.wait_for("!any", lambda _: False, timeout=15, what="the end")


async def _sync(client: EncryptedClient, since: str | None = None) -> dict[str, Any]:
    """One sync; Synapse answers the same question from a cache, so ask from where the last one ended."""
    return await client.request("GET", path("sync"), params={"since": since} if since else {})


def _verified(one: Person, other: Person) -> bool:
    return _is_verified(one.client, other)


def _is_verified(client: EncryptedClient, other: Person) -> bool:
    device = client.device(other.user_id, str(other.client.device_id))
    return device is not None and bool(device.verified)


def _pending(one: Person, other: EncryptedClient) -> bool:
    device = one.client.device(other.user_id, str(other.device_id))
    return device is None or not device.verified


async def _until(happened: Callable[[], bool], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not happened():  # noqa: ASYNC110  what is waited for raises no event
            await asyncio.sleep(0.02)
