"""Our own keys on the server and other people's from it, through crashes and hostile answers, beside plain nio."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from nio import AsyncClient, AsyncClientConfig, KeysUploadError, LoginResponse  # type: ignore[import-untyped]
from nio.store import SqliteStore  # type: ignore[import-untyped]

from doctocbot.demo.homeserver import Homeserver
from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.errors import Unreachable
from doctocbot.matrix.session import Session

NewUser = Callable[[str], Awaitable[tuple[str, str]]]
NewPerson = Callable[..., Awaitable[Person]]
LogIn = Callable[..., Awaitable[Session]]
OpenClient = Callable[..., Awaitable[EncryptedClient]]


async def test_one_time_keys_are_made_anew_when_none_is_left(
    homeserver: Homeserver, new_user: NewUser, log_in: LogIn, open_client: OpenClient, tmp_path: Path
) -> None:
    """Plain nio takes a count of 0 for no news and can be reached by no new device any more; ours uploads."""
    account = await new_user("doctor")
    plain = _plain_nio(homeserver, account[0], tmp_path)
    assert isinstance(await plain.login(account[1]), LoginResponse)
    await plain.keys_upload()
    ours = await open_client(await log_in())
    await ours.keys_upload()
    await _use_up(ours, account[0], plain.device_id)
    await _use_up(ours, ours.user_id, ours.device_id)

    await plain.sync(timeout=0)
    assert not plain.should_upload_keys
    await plain.close()

    raw = await _sync(ours)
    assert raw["device_one_time_keys_count"]["signed_curve25519"] == 0
    assert raw["device_unused_fallback_key_types"] == []
    await ours.process_sync(raw)
    await ours.housekeeping()
    raw = await _sync(ours, raw["next_batch"])
    assert raw["device_one_time_keys_count"]["signed_curve25519"] == 50
    assert raw["device_unused_fallback_key_types"] == ["signed_curve25519"]


async def test_a_device_without_one_time_keys_is_reached_by_its_fallback_key(
    person: NewPerson, log_in: LogIn, open_client: OpenClient
) -> None:
    """The bot was down for a night and everybody's phones used its keys up: they still reach it."""
    marie, paul = await person("marie"), await person("paul")
    await _use_up(marie.client, paul.user_id, paul.client.device_id, rounds=50)
    room = await _room(marie, paul)
    message = await marie.say(room, "bonjour")
    await paul.wait_for(room, _readable(message))


async def test_a_crash_between_upload_and_answer_is_made_good(
    homeserver: Homeserver,
    new_user: NewUser,
    log_in: LogIn,
    open_client: OpenClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Plain nio is refused for ever after, since it makes other keys of the same names; ours uploads the same."""
    account = await new_user("doctor")
    plain = _plain_nio(homeserver, account[0], tmp_path / "nio")
    login = await plain.login(account[1])
    await _upload_and_hear_nothing(plain)
    again = _plain_nio(homeserver, account[0], tmp_path / "nio")
    again.restore_login(login.user_id, login.device_id, login.access_token)
    assert isinstance(await again.keys_upload(), KeysUploadError)
    await plain.close()
    await again.close()

    session = await log_in()
    first = await open_client(session)
    _lose_answers(first, "keys/upload", monkeypatch)
    with pytest.raises(Unreachable):
        await first.keys_upload()
    await first.close()
    second = await open_client(session)
    await second.keys_upload()
    raw = await _sync(second)
    assert raw["device_one_time_keys_count"]["signed_curve25519"] == 50


async def test_an_older_copy_of_the_store_recovers(
    log_in: LogIn, open_client: OpenClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restored from last night's backup, the store's next key names are taken on the server: it takes later ones."""
    session = await log_in()
    client = await open_client(session, tmp_path / "store")
    await client.keys_upload()
    await client.close()
    for file in (tmp_path / "store").iterdir():
        (tmp_path / "backup").mkdir(exist_ok=True)
        (tmp_path / "backup" / file.name).write_bytes(file.read_bytes())
    client = await open_client(session, tmp_path / "store")
    await _use_up(client, client.user_id, client.device_id, rounds=10)
    await client.process_sync(raw := await _sync(client))
    await client.housekeeping()
    await client.close()
    restored = await open_client(session, tmp_path / "backup")
    await _use_up(restored, restored.user_id, restored.device_id, rounds=10)
    await restored.process_sync(raw := await _sync(restored, raw["next_batch"]))
    await restored.housekeeping()
    raw = await _sync(restored, raw["next_batch"])
    assert raw["device_one_time_keys_count"]["signed_curve25519"] == 50


async def test_one_hostile_answer_costs_nobody_else_their_keys(
    person: NewPerson, log_in: LogIn, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server's malformed devices make plain nio drop the whole answer; ours drops what is malformed."""
    paul, bot = await person("paul"), await open_client(await log_in())
    await bot.keys_upload()
    mallory = "@mallory:elsewhere.test"
    ask = bot.connection.request

    async def ask_and_poison(method: str, target: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        answer = await ask(method, target, *args, **kwargs)
        if target.endswith("keys/query"):
            answer["device_keys"][mallory] = {"A": None, "B": {"keys": 5}, "C": {"user_id": mallory}}
            answer["device_keys"][paul.user_id][""] = {"unsigned": {"device_display_name": None}}
        return answer

    monkeypatch.setattr(bot.connection, "request", ask_and_poison)
    bot.machine.add_changed_users({paul.user_id, mallory})
    await bot.keys_query()
    device = bot.device(paul.user_id, str(paul.client.device_id))
    assert device is not None
    assert device.verified
    assert not bot.machine.users_for_key_query


async def test_malformed_one_time_keys_cost_nobody_else_theirs(
    person: NewPerson, log_in: LogIn, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is no key, or signed by nobody, is left out; the others get their sessions."""
    people = [await person("paul") for _ in range(3)]
    bot = await open_client(await log_in())
    await bot.keys_upload()
    bot.machine.add_changed_users({one.user_id for one in people})
    await bot.keys_query()
    ask = bot.connection.request

    async def ask_and_poison(method: str, target: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        answer = await ask(method, target, *args, **kwargs)
        if target.endswith("keys/claim"):
            (first,), (second,) = (answer["one_time_keys"][one.user_id] for one in people[:2])
            answer["one_time_keys"][people[0].user_id][first] = {"signed_curve25519:X": "no object"}
            for key in answer["one_time_keys"][people[1].user_id][second].values():
                key["key"] = "AAAA"
        return answer

    monkeypatch.setattr(bot.connection, "request", ask_and_poison)
    devices = [bot.device(one.user_id, str(one.client.device_id)) for one in people]
    await bot.keys.claim(device for device in devices if device is not None)
    sessions = [bot.machine.session_store.get(device.curve25519) for device in devices if device is not None]
    assert [session is not None for session in sessions] == [False, False, True]


async def test_who_changes_while_we_ask_is_asked_for_again(
    person: NewPerson, log_in: LogIn, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer on its way may be older than the change; and a failed question is asked again as well."""
    paul, bot = await person("paul"), await open_client(await log_in())
    await bot.keys_upload()
    ask = bot.connection.request
    failures = [True]

    async def ask_slowly(method: str, target: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if failures:
            failures.pop()
            raise Unreachable("TimeoutError")
        bot.machine.add_changed_users({paul.user_id})
        return await ask(method, target, *args, **kwargs)

    monkeypatch.setattr(bot.connection, "request", ask_slowly)
    bot.machine.add_changed_users({paul.user_id})
    with pytest.raises(Unreachable):
        await bot.keys_query()
    assert bot.machine.users_for_key_query == {paul.user_id}
    await bot.keys_query()
    assert bot.machine.users_for_key_query == {paul.user_id}


async def test_a_device_that_was_missing_once_is_used_again(
    person: NewPerson, log_in: LogIn, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server forgot Paul's phone for a moment: plain nio would never write to it again."""
    paul, bot = await person("paul"), await open_client(await log_in())
    await bot.keys_upload()
    ask, hiccups = bot.connection.request, [False, True, False]

    async def ask_and_forget(method: str, target: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        answer = await ask(method, target, *args, **kwargs)
        if hiccups.pop(0):
            answer["device_keys"][paul.user_id] = {}
        return answer

    monkeypatch.setattr(bot.connection, "request", ask_and_forget)
    active = []
    for _ in range(3):
        bot.look_again(paul.user_id)
        await bot.keys_query()
        active.append(
            [device.verified for device in bot.machine.device_store.active_user_devices(paul.user_id)]
        )
    assert active == [[True], [], [True]]


def _readable(event_id: str) -> Callable[[SeenEvent], bool]:
    return lambda event: event.event_id == event_id and event.decrypted


async def _room(owner: Person, *others: Person) -> str:
    room = await owner.create_room("cas", invite=[other.user_id for other in others])
    for other in others:
        await other.join(room)
    return room


def _plain_nio(homeserver: Homeserver, user_id: str, directory: Path) -> AsyncClient:
    directory.mkdir(exist_ok=True)
    config = AsyncClientConfig(store=SqliteStore, encryption_enabled=True)
    return AsyncClient(homeserver.url, user_id, store_path=str(directory), config=config)


async def _upload_and_hear_nothing(plain: AsyncClient) -> None:
    """Upload nio's keys and lose the answer, as a crash does: nio's store never hears of it."""
    connection = Connection(plain.homeserver, plain.access_token)
    await connection.request("POST", path("keys", "upload"), plain.olm.share_keys())
    await connection.close()


async def _sync(client: EncryptedClient, since: str | None = None) -> dict[str, Any]:
    """One sync; Synapse answers the same question from a cache, so ask from where the last one ended."""
    return await client.request("GET", path("sync"), params={"since": since} if since else {})


async def _use_up(client: EncryptedClient, user_id: str, device_id: str, rounds: int = 51) -> None:
    """Claim one-time keys of a device; the 51st is its fallback key, if it has one."""
    for _ in range(rounds):
        wanted = {"one_time_keys": {user_id: {device_id: "signed_curve25519"}}}
        await client.request("POST", path("keys", "claim"), wanted)


def _lose_answers(client: EncryptedClient, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = client.connection.request

    async def ask_and_lose(method: str, target: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        answer = await ask(method, target, *args, **kwargs)
        if target.endswith(ending):
            raise Unreachable("ConnectionResetError")
        return answer

    monkeypatch.setattr(client.connection, "request", ask_and_lose)
