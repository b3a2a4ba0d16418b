"""The one place that joins everything into a running bot.

server -> SyncLoop -> inbox -> InboxWorker -> features.Reception -> a desk -> outbox -> Sender -> server
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from doctocbot.account import data_directory, database_path, load_session, make_client, media_admin
from doctocbot.cases.restored import pull_again
from doctocbot.chat.replies import World
from doctocbot.chat.wording import Wording
from doctocbot.cleaning import PictureCleaner
from doctocbot.clock import Clock
from doctocbot.config import Config, Secrets
from doctocbot.features import Features
from doctocbot.health.monitor import Monitor
from doctocbot.health.probe import PROBE
from doctocbot.images import CleanImage, ScrubWorkers
from doctocbot.images.reading import Reader
from doctocbot.lease import Lease
from doctocbot.matrix import Outbox, identities, inbox
from doctocbot.matrix.backoff import persistently
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.crosssigning import check_own_identity, load_keys
from doctocbot.matrix.cryptostore import FILE_NAME as CRYPTO_STORE
from doctocbot.matrix.directory import Changes, RoomDirectory
from doctocbot.matrix.errors import MatrixError
from doctocbot.matrix.hearing import Hearing
from doctocbot.matrix.homeserver import HomeserverGateway
from doctocbot.matrix.inbox import InboxWorker
from doctocbot.matrix.lanes import Lanes
from doctocbot.matrix.mediaadmin import MediaAdmin
from doctocbot.matrix.sender import Sender
from doctocbot.matrix.sync import SyncLoop
from doctocbot.matrix.verifier import Verifier
from doctocbot.privacy import originals
from doctocbot.privacy.erasures import Erasures, forget_again
from doctocbot.privacy.originals import Originals
from doctocbot.recovery import Recovery
from doctocbot.rooms import absence
from doctocbot.rooms import identities as identities_desk
from doctocbot.rooms.admittance import keep_operators
from doctocbot.rooms.arrivals import Devices
from doctocbot.rooms.settings import wording_of
from doctocbot.rooms.steward import Steward, restricted
from doctocbot.store import Database, DatabaseVault, Transaction, derive_key, lasting, restored

log = structlog.get_logger(__name__)


class NotLoggedIn(Exception):
    """Nobody has logged in with this data directory yet."""


class NotSigned(Exception):
    """The device is not signed by the account's identity, or the server shows another: Element would warn."""


class Bot:
    """A bot that is ready to run. Made by `open_bot`, which also closes what it holds."""

    def __init__(
        self,
        config: Config,
        database: Database,
        client: EncryptedClient,
        workers: ScrubWorkers,
        reader: Reader,
        admin: MediaAdmin | None,
        keys: Mapping[str, str],
    ) -> None:
        self._config = config
        self._database = database
        self._client = client
        self._directory = RoomDirectory(client.user_id)
        self._outbox = Outbox(keys[lasting.TRANSACTION_IDS], config.cards.seconds_between_edits * 1000)
        self._gateway = HomeserverGateway(client, self._directory)
        world = World(
            client.user_id, self._outbox, self._directory.room, self._wording, ZoneInfo(config.timezone),
            deletes_originals=admin is not None,
        )  # fmt: skip
        self._world = world
        self._originals = Originals(database, admin, client.user_id) if admin is not None else None
        self._workers = workers
        self._monitor = Monitor(
            database,
            {"database": database_path(config), "crypto": config.data_dir / CRYPTO_STORE},
            probe=self._pictures_are_cleaned,
            is_signed=self._is_signed,
            one_time_keys=lambda: client.machine.uploaded_key_count,
            exchanged=lambda: client.connection.exchanged,
        )
        cleaner = PictureCleaner(self._gateway, workers, reader, self._monitor.scrubbed)
        self._hearing = Hearing()
        self._features = Features(
            world, config, cleaner, keys[lasting.QUIZ_ORDER], self._devices_of, self._hearing.until
        )
        self._steward = Steward(
            database,
            world,
            self._gateway,
            self._features.watch,
            allowed_inviters=config.rooms.allowed_inviters,
            chats=self._features.chats,
        )
        self._clock = Clock(database, world, self._features.tickers, self._wake_outbox)
        self._verifier = Verifier(client, database, DatabaseVault(database), self._may_verify)
        self._lease = Lease(client, client.user_id, client.device_id, config.data_dir)
        self._erasures = Erasures(database, client)
        self._recovery = Recovery(
            database, client, self._erasures, self._outbox, self._forget_again, self._pull_again
        )
        self._catching_up = False
        self.serving = asyncio.Event()
        """Set when the first answer of the server has been taken in, and what a backup had missed is caught up with."""

    async def run(self) -> None:
        """Serve until cancelled; a failure that no waiting can mend ends it (in an ExceptionGroup)."""
        await self._lease.take()
        try:
            await self._serve()
        finally:
            await self._leave()

    async def _serve(self) -> None:
        await self._check_identity()
        self._catching_up = await self._database.run(restored.is_marked)
        if self._catching_up:
            await persistently(self._recovery.before_sync)
        await self._database.run(originals.enable, deletes=self._originals is not None)
        await self._database.run(absence.note, int(time.time() * 1000))
        rooms = self._config.rooms
        await self._database.run(keep_operators, rooms.allowed_members, rooms.denied_members)
        reception = self._features.reception
        self._worker = InboxWorker(self._database, self._gateway, reception, self._wake_outbox, self._monitor)
        sender = Sender(
            self._database, self._gateway, self._features.renderers, reception.dropped, self._outbox.notes,
            self._lease.hold, self._monitor,
        )  # fmt: skip
        sync = SyncLoop(
            self._client,
            self._database,
            self._outbox,
            self._directory,
            self._judge,
            self._after_sync,
            self._lease.hold,
            self._verifier.overhear,
            self._monitor,
            self._hearing,
        )
        sync.reads_notes = self._catching_up
        async with asyncio.TaskGroup() as group:
            self._inbox_lanes = Lanes(group, self._worker.drain)
            self._outbox_lanes = Lanes(group, partial(self._send, sender))
            self._door = Lanes(group, self._answer_invitations)
            group.create_task(sync.run(), name="sync")
            group.create_task(self._verify(), name="verifier")
            group.create_task(self._keep_time(), name="clock")
            group.create_task(self._lease.keep(), name="lease")
            group.create_task(self._erasures.run(), name="erasures")
            health = self._config.health
            group.create_task(self._monitor.run(health.address, health.heartbeat_file), name="monitor")
            if self._originals is not None:
                group.create_task(self._originals.run(), name="originals")

    async def _check_identity(self) -> None:
        """Refuse to serve unless Element would trust what we say; wait for a server that starts later than we do."""
        vault = DatabaseVault(self._database)
        identity = await persistently(lambda: check_own_identity(self._client, vault))
        if not identity.sound:
            raise NotSigned
        own = await load_keys(self._client.user_id, vault)
        if own is not None:
            await persistently(lambda: self._client.key_backup.open(vault, own.sign))
        await self._database.run(
            identities_desk.note_own, self._client.device_id, identity.fingerprint, signed=identity.sound
        )

    async def _pictures_are_cleaned(self) -> bool:
        """Whether a picture worker cleans a picture of ours."""
        return isinstance(await self._workers.scrub(PROBE), CleanImage)

    async def _is_signed(self) -> bool | None:
        """Whether Element would still trust what we say; None where the homeserver does not answer."""
        try:
            return (await check_own_identity(self._client, DatabaseVault(self._database))).sound
        except MatrixError:
            return None

    def _judge(self, tx: Transaction, changes: Changes) -> None:
        """Have the steward look at what changed, and at the rooms whose closedness hangs on others."""
        if changes.changed or changes.gone:
            looked_at = changes.changed | restricted(self._directory.joined, self._directory.room)
            self._steward.judge(tx, looked_at, changes.gone)

    async def _after_sync(self, changes: Changes) -> None:
        """What follows when an answer of the server is safely written."""
        await self._steward.leave()
        self._door.wake("invitations")
        await self._steward.follow_replaced_rooms()
        await self._steward.open_chats()
        if self._catching_up:
            await self._catch_up()
        for room_id in await self._database.run(inbox.rooms_with_work):
            self._inbox_lanes.wake(room_id)
        await self._wake_outbox()
        if not self.serving.is_set():
            log.info("serving", rooms=len(self._directory.joined))
            self.serving.set()

    async def _send(self, sender: Sender, room_id: str) -> None:
        """Send what waits in a room; then it is the turn of those who were put off until there was less to send."""
        await sender.drain(room_id)
        if self._worker.has_put_off(room_id):
            self._inbox_lanes.wake(room_id)

    async def _catch_up(self) -> None:
        """Handle all that the first answer brought before anything is sent: a pull in it may undo what came before."""
        await self._recovery.after_sync()
        await self._worker.catch_up()
        await self._recovery.finish()
        self._catching_up = False

    def _forget_again(self, tx: Transaction) -> int:
        return forget_again(tx, self._outbox, self._world.conversation)

    def _pull_again(self, tx: Transaction, now: int) -> int:
        return pull_again(tx, now, self._world.conversation, self._outbox)

    async def _leave(self) -> None:
        """Let another machine start at once; when the server cannot be asked, it waits three minutes."""
        try:
            await self._lease.release()
        except MatrixError as error:
            log.info("the lease runs out by itself", code=error.code)

    async def _answer_invitations(self, _: str) -> None:
        """In a lane of its own: strangers' servers may take their time, and the sync goes on."""
        await self._steward.answer_invitations()

    def _devices_of(self, user: str) -> Devices | None:
        known = self._client.device_counts(user)
        return None if known is None else Devices(*known)

    async def _keep_time(self) -> None:
        """Start the clock when the rooms are known: what it has the bot say before then could not be encrypted."""
        await self.serving.wait()
        await self._clock.run()

    async def _verify(self) -> None:
        """Take part in verifications when the rooms are known: before then nothing could be encrypted for them."""
        await self.serving.wait()
        await self._verifier.run()

    def _may_verify(self, tx: Transaction, user: str, room_id: str | None) -> bool:
        return identities_desk.may_verify(tx, user, room_id, self._directory.room)

    async def _wake_outbox(self) -> None:
        if self._catching_up:
            return
        for user in await self._database.run(identities.to_be_judged):
            self._client.look_again(user)
        for room_id in await self._database.run(self._outbox.rooms_with_work):
            self._outbox_lanes.wake(room_id)

    def _wording(self, tx: Transaction, room_id: str) -> Wording:
        return wording_of(tx, room_id, self._config.language)


@asynccontextmanager
async def open_bot(config: Config, secrets: Secrets) -> AsyncIterator[Bot]:
    """Open everything a bot holds, in order, and close it in the opposite one.

    Raises NotLoggedIn, DatabaseFault, DataDirectoryBusy, or MatrixError.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(data_directory(config.data_dir))
        database = await Database.open(
            database_path(config), derive_key(secrets.secret, "database"), patient=True
        )
        stack.push_async_callback(database.close)
        session = await load_session(DatabaseVault(database))
        if session is None:
            raise NotLoggedIn
        client = make_client(config, secrets, session, database)
        stack.push_async_callback(client.close)
        workers = await stack.enter_async_context(ScrubWorkers())
        reader = await stack.enter_async_context(Reader())
        admin = media_admin(config, secrets)
        if admin is not None:
            stack.push_async_callback(admin.close)
        keys = await lasting.lasting_keys(database, secrets.secret)
        yield Bot(config, database, client, workers, reader, admin, keys)
