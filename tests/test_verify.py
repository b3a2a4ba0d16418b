"""The operator's terminal: which emojis it shows, what it takes for yes, and that it needs a running bot."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from doctocbot import verify
from doctocbot.account import data_directory
from doctocbot.chat.wording import wording
from doctocbot.config import Config, Secrets, parse
from doctocbot.matrix import verification_rows
from doctocbot.matrix.verification import Stage
from doctocbot.store import Database, Transaction, derive_key
from doctocbot.verify import BotNotRunning, compare_emojis

pytestmark = pytest.mark.slow

SECRETS = Secrets("a secret that is long enough")
LEA, MARC = "@lea:clinic.example", "@marc:clinic.example"


class Terminal:
    """`doctocbot verify` as somebody sits at it, beside a bot whose rows the test writes."""

    def __init__(self, database: Database, config: Config, language: str, user: str | None) -> None:
        self.database = database
        self.lines: list[str] = []
        self._typed: asyncio.Queue[str] = asyncio.Queue()
        words = wording(language)
        self.task = asyncio.create_task(
            compare_emojis(config, SECRETS, words, user, show=self.lines.append, read=self._typed.get)
        )

    async def types(self, line: str) -> None:
        """A line."""
        await self._typed.put(line)

    async def sees(self, words: str) -> None:
        """Wait for a line with these words."""
        async with asyncio.timeout(5):
            while not any(words in line.replace("\u00a0", " ") for line in self.lines):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def bot_writes(
        self, stage: Stage, *, user: str = LEA, name: str = "T1", code: str | None = None
    ) -> None:
        """How far a verification is, as the bot's process writes it."""

        def write(tx: Transaction) -> None:
            shown = stage not in (Stage.REQUESTED, Stage.READY)
            tx.execute(
                "INSERT INTO verification (user_id, transaction_id, device_id, state, emojis, decimals, code,"
                " requested_at) VALUES (:user, :name, 'PHONE', :state, :emojis, :decimals, :code, :now)"
                " ON CONFLICT (user_id, transaction_id) DO UPDATE"
                " SET state = excluded.state, emojis = excluded.emojis, decimals = excluded.decimals,"
                " code = excluded.code",
                user=user,
                name=name,
                state=stage,
                emojis="0 63 29 36 2 3 4" if shown else "",
                decimals="1000 9191 4711" if shown else "",
                code=code,
                now=int(time.time() * 1000),
            )

        await self.database.run(write)

    async def answer(self) -> bool:
        """What the bot reads, when there is something."""
        async with asyncio.timeout(5):
            while not (found := await self.database.run(verification_rows.answers)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return next(iter(found.values()))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A bot's, in a folder of its own."""
    homeserver = {"url": "https://clinic.example", "user_id": "@bot:clinic.example"}
    return parse({"homeserver": homeserver, "rooms": {"allowed_inviters": ["clinic.example"]}}, tmp_path)


@asynccontextmanager
async def sitting(
    config: Config, monkeypatch: pytest.MonkeyPatch, *, language: str = "fr", user: str | None = None
) -> AsyncIterator[Terminal]:
    """A terminal beside a bot that holds the data directory."""
    monkeypatch.setattr(verify, "_LOOK_EVERY", 0.02)
    with data_directory(config.data_dir):
        database = await Database.open(
            config.data_dir / "doctocbot.db", derive_key(SECRETS.secret, "database")
        )
        terminal = Terminal(database, config, language, user)
        try:
            yield terminal
        finally:
            terminal.task.cancel()
            await asyncio.gather(terminal.task, return_exceptions=True)
            await database.close()


@pytest.mark.parametrize(
    ("language", "names", "yes"), [("fr", ["Chien", "Punaise"], "Oui\n"), ("en", ["Dog", "Pin"], " y\n")]
)
async def test_the_operator_says_that_they_are_the_same(
    config: Config, monkeypatch: pytest.MonkeyPatch, language: str, names: list[str], yes: str
) -> None:
    """Who asks, the emojis with their names in the operator's language, the numbers; then status 0."""
    async with sitting(config, monkeypatch, language=language) as terminal:
        await terminal.bot_writes(Stage.REQUESTED)
        await terminal.sees(LEA)
        await terminal.bot_writes(Stage.COMPARE)
        await terminal.sees("1000 9191 4711")
        shown = [line for line in terminal.lines if line.startswith("  ")]
        assert len(shown) == 7
        assert shown[0] == f"  🐶  {names[0]}"
        assert shown[1] == f"  📌  {names[1]}"
        await terminal.types(yes)
        assert await terminal.answer() is True
        await terminal.bot_writes(Stage.DONE)
        assert await asyncio.wait_for(terminal.task, 5) == 0


async def test_the_operator_says_that_they_differ(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot calls it off; status 1."""
    async with sitting(config, monkeypatch) as terminal:
        await terminal.bot_writes(Stage.COMPARE)
        await terminal.types("non\n")
        assert await terminal.answer() is False
        await terminal.bot_writes(Stage.CANCELLED, code="m.mismatched_sas")
        assert await asyncio.wait_for(terminal.task, 5) == 1
        assert "m.mismatched_sas" in terminal.lines[-1]


async def test_what_is_neither_yes_nor_no_is_asked_again(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty line, a typing mistake: nothing is passed on."""
    async with sitting(config, monkeypatch) as terminal:
        await terminal.bot_writes(Stage.COMPARE)
        for line in ("\n", "peut-être\n", "ouii\n"):
            await terminal.types(line)
        async with asyncio.timeout(5):
            while sum("oui/non" in line for line in terminal.lines) < 4:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert await terminal.database.run(verification_rows.answers) == {}


async def test_a_member_who_calls_it_off_ends_the_question(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator need not type anything."""
    async with sitting(config, monkeypatch) as terminal:
        await terminal.bot_writes(Stage.COMPARE)
        await terminal.sees("en chiffres")
        await terminal.bot_writes(Stage.CANCELLED, code="m.user")
        assert await asyncio.wait_for(terminal.task, 5) == 1


async def test_one_member_alone_is_waited_for(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marc asks while the operator is on the phone with Léa."""
    async with sitting(config, monkeypatch, user=LEA) as terminal:
        await terminal.bot_writes(Stage.COMPARE, user=MARC, name="T0")
        await terminal.bot_writes(Stage.COMPARE)
        await terminal.sees("en chiffres")
        assert not any(MARC in line for line in terminal.lines)


async def test_the_bot_knows_that_somebody_sits_there(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as they do."""

    async with sitting(config, monkeypatch) as terminal:

        def there(tx: Transaction) -> bool:
            return verification_rows.operator_is_there(tx, int(time.time() * 1000))

        await terminal.sees("En attente")
        async with asyncio.timeout(5):
            while not await terminal.database.run(there):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        terminal.task.cancel()
        await asyncio.gather(terminal.task, return_exceptions=True)
        assert not await terminal.database.run(there)


async def test_without_a_running_bot_nobody_would_answer(config: Config) -> None:
    """It is said at once, and nothing is opened."""
    with pytest.raises(BotNotRunning):
        await compare_emojis(config, SECRETS, wording("fr"), None, show=print, read=asyncio.Queue[str]().get)
    assert not (config.data_dir / "doctocbot.db").exists()
