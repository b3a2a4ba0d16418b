"""The operator's check-up: one line for each thing that has to be right."""

import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from doctocbot.account import database_path, load_session, make_client, media_admin, open_beside
from doctocbot.chat.wording import Wording
from doctocbot.config import Config, Secrets
from doctocbot.matrix import RoomState
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.crosssigning import check_own_identity
from doctocbot.matrix.directory import RoomDirectory
from doctocbot.matrix.errors import MatrixError
from doctocbot.matrix.mediaadmin import MediaAdmin
from doctocbot.matrix.trust import in_fours
from doctocbot.rooms.admission import Caution, problems, warnings
from doctocbot.store import Database, DatabaseVault


class Health(StrEnum):
    """How one thing is."""

    GOOD = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check-up: a sentence of the catalogue (`doctor.<what>`) with its values."""

    health: Health
    what: str
    values: Mapping[str, str] = field(default_factory=dict)

    def line(self, words: Wording) -> str:
        """The finding as the operator reads it; what is wrong with a room is said in the room's own sentence."""
        values = dict(self.values)
        if "problem" in values:
            values["problem"] = words.say(f"room.problem.{values['problem']}")
        if "caution" in values:
            values["caution"] = words.say(f"room.caution.{values['caution']}")
        return words.say(f"doctor.{self.what}", **values)


def _good(what: str, **values: str) -> Finding:
    return Finding(Health.GOOD, what, values)


def _warning(what: str, **values: str) -> Finding:
    return Finding(Health.WARNING, what, values)


def _bad(what: str, **values: str) -> Finding:
    return Finding(Health.BAD, what, values)


async def examine(config: Config, secrets: Secrets) -> AsyncIterator[Finding]:
    """Check everything in the order in which it depends on each other; raises what keeps it from going on.

    DatabaseFault, WrongStoreKey and MatrixError are the end of the check-up, and bad in themselves.
    """
    if config.trust.allow_unsigned_devices:
        yield _warning("unsigned-allowed")
    path = database_path(config)
    if not path.exists():
        yield _bad("no-database", path=str(config.data_dir))
        return
    database = await open_beside(config, secrets)
    try:
        async for finding in _examine_open(config, secrets, database):
            yield finding
    finally:
        await database.close()


async def _examine_open(config: Config, secrets: Secrets, database: Database) -> AsyncIterator[Finding]:
    yield _good("database")
    yield _modes(config.data_dir)
    session = await load_session(DatabaseVault(database))
    if session is None:
        yield _bad("not-logged-in")
        return
    client = make_client(config, secrets, session, database)
    try:
        async for finding in _examine_server(client, database, media_admin(config, secrets)):
            yield finding
    finally:
        await client.close()


def _modes(folder: Path) -> Finding:
    """Whether the files with secrets are readable by nobody else."""
    paths = [folder, *(path for path in folder.iterdir() if path.is_file())]
    loose = sorted(path.name for path in paths if path.stat().st_mode & 0o077)
    return _bad("modes-loose", names=", ".join(loose)) if loose else _good("modes")


async def _examine_admin(admin: MediaAdmin | None) -> Finding:
    """Whether the admin access that the operator gives is one; without any, originals stay on the server."""
    if admin is None:
        return _good("originals-stay")
    try:
        await admin.check()
    except MatrixError as error:
        return _bad("admin-refused", code=error.code)
    finally:
        await admin.close()
    return _good("originals-deleted")


async def _examine_server(
    client: EncryptedClient, database: Database, admin: MediaAdmin | None
) -> AsyncIterator[Finding]:
    identity = await check_own_identity(client, DatabaseVault(database))
    if identity.sound:
        yield _good("signed", device=client.device_id, fingerprint=in_fours(identity.fingerprint))
    elif not identity.master_is_ours:
        yield _bad("foreign-identity")
    else:
        yield _bad("unsigned" if identity.device_is_ours else "foreign-device")
    foreign = await client.key_backup.is_foreign(DatabaseVault(database))
    yield _warning("key-backup-foreign") if foreign else _good("key-backup")
    yield await _examine_admin(admin)
    dropped = await database.run(lambda tx: tx.value(_DROPPED))
    if dropped:
        yield _warning("dropped", n=str(dropped))
    if await database.run(lambda tx: tx.value(_SLOWED_DOWN, since=time.time() - _WEEK)):
        yield _warning("rate-limited")
    rooms = await _rooms(client)
    if not rooms.joined:
        yield _warning("no-room")
    for room_id in rooms.joined:
        for finding in _examine_room(room_id, rooms, client.user_id):
            yield finding


_WEEK = 7 * 24 * 3600
_SLOWED_DOWN = "SELECT 1 FROM meta WHERE key = 'rate_limited_at' AND CAST(value AS INTEGER) > :since"
_DROPPED = "SELECT count(*) FROM outbox WHERE state = 'dropped' AND error LIKE 'M~_%' ESCAPE '~'"


def _examine_room(room_id: str, rooms: RoomDirectory, bot: str) -> Iterator[Finding]:
    room = rooms.room(room_id) or RoomState(room_id)
    found = problems(room, rooms.room)
    if found:
        yield from (_bad("room-problem", room=room_id, problem=problem) for problem in found)
        return
    yield _good("room-closed", room=room_id)
    cautions = warnings(room, bot)
    if Caution.CANNOT_REDACT in cautions:
        yield _bad("room-caution", room=room_id, caution=Caution.CANNOT_REDACT)
    else:
        yield _good("room-redact", room=room_id)
    for caution in cautions:
        if caution is not Caution.CANNOT_REDACT:
            yield _warning("room-caution", room=room_id, caution=caution)


async def _rooms(client: EncryptedClient) -> RoomDirectory:
    """The state of all joined rooms, from one sync whose token is thrown away: a running bot misses nothing by it."""
    question = {
        "filter": json.dumps({"room": {"timeline": {"limit": 0}}}),
        "full_state": "true",
        # Answered at once whatever it says; Synapse gives the same question the same answer for two minutes.
        "timeout": str(time.time_ns() // 1_000 % 30_000),
    }
    answer = await client.request("GET", "/_matrix/client/v3/sync", params=question)
    directory = RoomDirectory(client.user_id)
    directory.update(answer.get("rooms", {}))
    return directory
