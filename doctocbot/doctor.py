"""The operator's check-up: one line for each thing that has to be right."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from doctocbot.account import database_path, load_session, make_client
from doctocbot.config import Config, Secrets
from doctocbot.matrix import RoomState
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.crosssigning import check_own_identity
from doctocbot.matrix.cryptostore import WrongStoreKey
from doctocbot.matrix.directory import RoomDirectory
from doctocbot.matrix.errors import MatrixError
from doctocbot.rooms.admission import Caution, problems, warnings
from doctocbot.store import Database, DatabaseFault, DatabaseVault, derive_key


class Health(StrEnum):
    """How one thing is."""

    GOOD = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check-up."""

    health: Health
    what: str


_PROBLEMS = {
    "unknown-state": "its state cannot be read",
    "not-encrypted": "it is not encrypted",
    "not-closed": "anybody can join it",
    "open-parent": "members of a room or space that is not known to be closed can join it",
    "world-readable": "people outside can read its history",
    "replaced": "it was replaced by another room",
}
_CAUTIONS = {
    Caution.GUESTS: "guest access is on (Element's default; a guest still needs an invitation). To turn it off: room"
    " settings, Security & Privacy, Guest access",
    Caution.CANNOT_REDACT: "the bot cannot redact: give it power level 50, or patients' originals stay in the room",
}


async def examine(config: Config, secrets: Secrets) -> AsyncIterator[Finding]:
    """Check everything in the order in which it depends on each other; stops where going on makes no sense."""
    if config.trust.allow_unsigned_devices:
        yield Finding(
            Health.WARNING,
            "trust.allow_unsigned_devices is ON: anybody who can add a device to an account, its server included,"
            " reads everything and gives commands",
        )
    path = database_path(config)
    if not path.exists():
        yield Finding(Health.BAD, f"there is no database in {config.data_dir}: run `doctocbot login`")
        return
    try:
        database = await Database.open(path, derive_key(secrets.secret, "database"))
    except DatabaseFault as fault:
        yield Finding(Health.BAD, str(fault))
        return
    try:
        async for finding in _examine_open(config, secrets, database):
            yield finding
    finally:
        await database.close()


async def _examine_open(config: Config, secrets: Secrets, database: Database) -> AsyncIterator[Finding]:
    yield Finding(Health.GOOD, "the database opens with the secret")
    for finding in _modes(config.data_dir):
        yield finding
    session = await load_session(DatabaseVault(database))
    if session is None:
        yield Finding(Health.BAD, "nobody has logged in: run `doctocbot login`")
        return
    try:
        client = make_client(config, secrets, session, database)
    except WrongStoreKey:
        yield Finding(Health.BAD, "the crypto store does not open with the secret")
        return
    try:
        async for finding in _examine_server(client, database):
            yield finding
    except MatrixError as error:
        yield Finding(
            Health.BAD, f"the homeserver at {config.homeserver.url} refuses or does not answer: {error}"
        )
    finally:
        await client.close()


def _modes(folder: Path) -> list[Finding]:
    """Whether the files with secrets are readable by nobody else."""
    paths = [folder, *(path for path in folder.iterdir() if path.is_file())]
    loose = [path.name for path in paths if path.stat().st_mode & 0o077]
    if loose:
        return [Finding(Health.BAD, f"others can read {', '.join(sorted(loose))}: chmod go= them")]
    return [Finding(Health.GOOD, "nobody else can read the data directory")]


async def _examine_server(client: EncryptedClient, database: Database) -> AsyncIterator[Finding]:
    identity = await check_own_identity(client, DatabaseVault(database))
    if identity.sound:
        yield Finding(Health.GOOD, f"the device is cross-signed (fingerprint {identity.fingerprint})")
    elif not identity.master_is_ours:
        yield Finding(
            Health.BAD,
            "the server shows another identity for this account than the bot's: see docs/operator.md",
        )
    else:
        yield Finding(Health.BAD, "the device is not cross-signed: run `doctocbot login` again")
    dropped = await database.run(
        lambda tx: tx.value("SELECT count(*) FROM outbox WHERE error LIKE 'M\\_%' ESCAPE '\\'")
    )
    if dropped:
        yield Finding(Health.WARNING, f"{dropped} messages were refused by the homeserver and given up")
    rooms = await _rooms(client)
    if not rooms.joined:
        yield Finding(
            Health.WARNING, "the bot is in no room yet: invite it from an account in rooms.allowed_inviters"
        )
    for room_id in rooms.joined:
        for finding in _examine_room(room_id, rooms, client.user_id):
            yield finding


def _examine_room(room_id: str, rooms: RoomDirectory, bot: str) -> list[Finding]:
    room = rooms.room(room_id) or RoomState(room_id)
    found = problems(room, rooms.room)
    if found:
        why = "; ".join(_PROBLEMS[problem] for problem in found)
        return [Finding(Health.BAD, f"room {room_id} is not served: {why}")]
    lines = [Finding(Health.GOOD, f"room {room_id} is closed")]
    cautions = warnings(room, bot)
    if Caution.CANNOT_REDACT not in cautions:
        lines.append(Finding(Health.GOOD, f"room {room_id}: the bot may redact"))
    lines += [
        Finding(
            Health.BAD if caution is Caution.CANNOT_REDACT else Health.WARNING,
            f"room {room_id}: {_CAUTIONS[caution]}",
        )
        for caution in cautions
    ]
    return lines


async def _rooms(client: EncryptedClient) -> RoomDirectory:
    """The state of all joined rooms, from one sync whose token is thrown away: a running bot misses nothing by it."""
    question = {
        "filter": json.dumps({"room": {"timeline": {"limit": 0}}}),
        "full_state": "true",
        "timeout": "0",
    }
    answer = await client.request("GET", "/_matrix/client/v3/sync", params=question)
    directory = RoomDirectory(client.user_id)
    directory.update(answer.get("rooms", {}))
    return directory
