"""What a bot does that came back from a backup, before it says a word.

    before the first sync   one-time keys whose private halves are lost are used up, new ones go to the server,
                            the room keys that arrived since the backup come from the server's key backup, and from
                            its account data who was forgotten since: they are forgotten again
    the first sync          brings all that was said since; the notes in the bot's own messages tell what it has said
    after it                the Olm sessions go, whose ratchets have moved on without us; everybody gets a new one
    when all is handled     what had been pulled is pulled again, and only then is anything sent

So nothing is lost and nothing said twice (DESIGN section 9).
"""

import time
from collections.abc import Callable

import structlog

from doctocbot.matrix import Outbox
from doctocbot.matrix.client import EncryptedClient
from doctocbot.privacy.erasures import Erasures, finish
from doctocbot.store import Database, Transaction, restored

log = structlog.get_logger(__name__)


class Recovery:
    """One catching-up; every step may be interrupted and done again at the next start."""

    def __init__(
        self,
        database: Database,
        client: EncryptedClient,
        erasures: Erasures,
        outbox: Outbox,
        forget_again: Callable[[Transaction], int],
        pull_again: Callable[[Transaction, int], int],
    ) -> None:
        self._database = database
        self._client = client
        self._erasures = erasures
        self._outbox = outbox
        self._forget_again = forget_again
        self._pull_again = pull_again

    async def before_sync(self) -> None:
        """Be reachable again, and able to read what arrived since."""
        used_up = await self._client.keys.renew_one_time_keys()
        taken = await self._client.key_backup.fetch()
        forgotten = await self._erasures.fetch()
        # Before what was said since is there: what they have said after they were forgotten stays.
        await self._database.run(self._forget_again)
        log.info(
            "came back from a backup",
            one_time_keys_used_up=used_up,
            room_keys=taken,
            forgotten_since=forgotten,
        )

    async def after_sync(self) -> None:
        """Open a new Olm session with every device that had one: the old ones know less than their other ends."""
        await self._client.keys.start_sessions_anew()
        await self._client.housekeeping()

    async def finish(self) -> None:
        """Pull again what had been pulled, once all that was missed has been handled; then the bot may speak."""
        await self._database.run(self._end)

    def _end(self, tx: Transaction) -> None:
        pulled = self._pull_again(tx, int(time.time() * 1000))
        finish(tx, self._outbox)
        restored.unmark(tx)
        log.info("caught up after coming back from a backup", pulled_again=pulled)
