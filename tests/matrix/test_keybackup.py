"""The backup of room keys on a real server: what was read before the machine was lost is read after it."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import vodozemac

from doctocbot.demo.person import MemoryVault, Person
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.crosssigning import ensure_cross_signed
from doctocbot.matrix.keybackup import VAULT_NAME
from doctocbot.matrix.session import Session
from doctocbot.matrix.signing import encode_base64

pytestmark = pytest.mark.homeserver

LogIn = Callable[..., Awaitable[Session]]
OpenClient = Callable[..., Awaitable[EncryptedClient]]
NewPerson = Callable[..., Awaitable[Person]]


async def _ready(client: EncryptedClient, vault: MemoryVault) -> None:
    identity = await ensure_cross_signed(client, vault)
    await client.key_backup.open(vault, identity.sign)


async def _synced(client: EncryptedClient, since: str | None = None) -> tuple[str, dict[str, object]]:
    answer = await client.request(
        "GET", "/_matrix/client/v3/sync", params={"timeout": "0"} | ({"since": since} if since else {})
    )
    await client.process_sync(answer)
    await client.housekeeping()
    return answer["next_batch"], answer


async def test_a_key_that_arrived_is_there_for_the_next_machine(
    log_in: LogIn, open_client: OpenClient, person: NewPerson, tmp_path: Path
) -> None:
    """Lea writes, the first machine hears and is lost; another with the same vault fetches the key and reads it."""
    session, vault, lea = await log_in(), MemoryVault(), await person("lea")
    first = await open_client(session, tmp_path / "first")
    await _ready(first, vault)
    room = await lea.create_room(invite=[session.user_id])
    await first.request("POST", path("join", room))
    token, _ = await _synced(first)
    said = await lea.say(room, "!cas une éruption")
    await _synced(first, token)
    second = await open_client(session, tmp_path / "second")
    await second.key_backup.open(vault, lambda value: value)
    raw = await second.request("GET", path("rooms", room, "event", said))
    assert second.decrypt(raw, room) is None
    assert await second.key_backup.fetch() >= 1
    await second.keys.query(for_users=[lea.user_id])
    second.machine.users_for_key_query.add(lea.user_id)
    await second.keys_query()
    found = second.decrypt(raw, room)
    assert found is not None and found.content["body"] == "!cas une éruption"
    assert found.verified
    assert await second.key_backup.fetch() == 0


async def test_a_key_that_the_server_slips_in_is_not_taken(
    log_in: LogIn, open_client: OpenClient, tmp_path: Path
) -> None:
    """Whoever knows the public half can encrypt to it; without the proof such a key speaks in nobody's name."""
    session, vault = await log_in(), MemoryVault()
    client = await open_client(session, tmp_path)
    await _ready(client, vault)
    forged = vodozemac.InboundGroupSession(vodozemac.GroupSession().session_key)
    exported = forged.export_at(0)
    assert exported is not None
    plain: dict[str, object] = {
        "algorithm": "m.megolm.v1.aes-sha2", "forwarding_curve25519_key_chain": [], "sender_key": "A" * 43,
        "sender_claimed_keys": {"ed25519": "B" * 43}, "session_key": exported.to_base64(),
        "org.doctocbot.proof": "0" * 64,
    }  # fmt: skip
    private = vodozemac.Curve25519SecretKey.from_bytes(await vault.get(VAULT_NAME) or b"")
    public = vodozemac.PkDecryption.from_key(private).public_key
    message = vodozemac.PkEncryption.from_key(public).encrypt(json.dumps(plain).encode())
    data = {part: encode_base64(getattr(message, name)) for part, name in
            (("ciphertext", "ciphertext"), ("mac", "mac"), ("ephemeral", "ephemeral_key"))}  # fmt: skip
    entry = {"first_message_index": 0, "forwarded_count": 0, "is_verified": True, "session_data": data}
    version = (await client.request("GET", path("room_keys", "version")))["version"]
    body = {
        "rooms": {"!r:x": {"sessions": {forged.session_id: entry, "nonsense": {"session_data": 7} | entry}}}
    }
    await client.request("PUT", path("room_keys", "keys"), body, params={"version": version})
    assert await client.key_backup.fetch() == 0
    assert not await client.key_backup.is_foreign(vault)


async def test_somebody_elses_backup_is_left_alone(
    log_in: LogIn, open_client: OpenClient, tmp_path: Path
) -> None:
    """A backup that a person made with Element on the bot's account stays as it is, and the bot goes on without."""
    session, vault = await log_in(), MemoryVault()
    client = await open_client(session, tmp_path)
    theirs = {"algorithm": "m.megolm_backup.v1.curve25519-aes-sha2", "auth_data": {"public_key": "C" * 43}}
    await client.request("POST", path("room_keys", "version"), theirs)
    await _ready(client, vault)
    assert not client.key_backup.is_open
    assert await client.key_backup.is_foreign(vault)
    shown = await client.request("GET", path("room_keys", "version"))
    assert shown["auth_data"] == theirs["auth_data"]
    await client.housekeeping()


async def test_a_backup_that_vanishes_does_not_stop_the_bot(
    log_in: LogIn, open_client: OpenClient, person: NewPerson, tmp_path: Path
) -> None:
    """Deleted on the server, it is made anew at the next start, and all keys go there again."""
    session, vault, lea = await log_in(), MemoryVault(), await person("lea")
    client = await open_client(session, tmp_path)
    await _ready(client, vault)
    room = await lea.create_room(invite=[session.user_id])
    await client.request("POST", path("join", room))
    token, _ = await _synced(client)
    await lea.say(room, "premier")
    token, _ = await _synced(client, token)
    version = (await client.request("GET", path("room_keys", "version")))["version"]
    await client.request("DELETE", path("room_keys", "version", version))
    client.machine.create_outbound_group_session(room)
    await client.housekeeping()
    assert not client.key_backup.is_open
    await client.key_backup.open(vault, lambda value: value)
    await client.housekeeping()
    shown = await client.request("GET", path("room_keys", "version"))
    assert shown["version"] != version
    assert shown["count"] == 2
