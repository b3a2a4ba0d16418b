"""Verification as Element's own engine does it: a clinician begins, the operator compares at the terminal."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from doctocbot.chat.wording import wording
from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.verification_sas import EMOJIS
from doctocbot.verify import compare_emojis
from tests.element.engine import ElementClinician
from tests.element.seen import SeenEvent
from tests.stories.ward import BotAccount, NewUser

pytestmark = [pytest.mark.homeserver, pytest.mark.element]


class Operator:
    """Somebody at `doctocbot verify`."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._news = asyncio.Event()
        self._types: asyncio.Queue[str] = asyncio.Queue()

    async def at_terminal(self, bot: BotAccount, user: str | None = None) -> int:
        """Until a verification has ended; the exit status."""
        words = wording("fr")
        return await compare_emojis(
            bot.config, bot.secrets, words, user, show=self._show, read=self._types.get
        )

    async def types(self, line: str) -> None:
        """A line of theirs."""
        await self._types.put(line)

    async def sees(self, words: str, within: float = 20) -> None:
        """Wait for a line."""
        async with asyncio.timeout(within):
            while not any(words in line for line in self.lines):
                self._news.clear()
                await self._news.wait()

    def _show(self, line: str) -> None:
        self.lines.append(line)
        self._news.set()

    @property
    def emojis(self) -> list[str]:
        """Those that the terminal shows."""
        known = {emoji for emoji, _ in EMOJIS}
        return [line.split()[0] for line in self.lines if line.split() and line.split()[0] in known]


@asynccontextmanager
async def stage(
    homeserver: Homeserver, new_user: NewUser, folder: Path
) -> AsyncIterator[tuple[BotAccount, ElementClinician, str]]:
    """A serving bot, and Léa in Element with a room that it serves and a direct chat with it."""
    bot = BotAccount(homeserver, *await new_user("doctocbot"), folder, {})
    await bot.log_in()
    async with bot.serving(), AsyncExitStack() as stack:
        login = ElementClinician.log_in(homeserver.url, *await new_user("lea"))
        lea = await stack.enter_async_context(login)
        room = await lea.create_room("DocTocToc", (bot.user_id,), power_levels={"users": {bot.user_id: 50}})
        await lea.wait_for(room, _joined(bot.user_id), what="the bot joining")
        chat = await lea.create_room(None, (bot.user_id,), direct=True)
        await lea.wait_for(chat, _joined(bot.user_id), what="the bot joining the chat")
        yield bot, lea, chat


def _joined(user_id: str) -> Callable[[SeenEvent], bool]:
    return lambda e: (
        e.type == "m.room.member" and e.state_key == user_id and e.content.get("membership") == "join"
    )


def _as_ours(name: str) -> str:
    return name.lower().replace(" ", "-")


async def _begin(bot: BotAccount, lea: ElementClinician, chat: str, way: str) -> None:
    if way == "in the chat":
        await lea.request_verification(bot.user_id, room_id=chat)
        return
    async with bot.database() as database:
        own = await database.run(lambda tx: tx.value("SELECT value FROM meta WHERE key = 'own_device'"))
    await lea.request_verification(bot.user_id, device_id=json.loads(own)["device"])


@pytest.mark.parametrize("way", ["in the chat", "to the device"])
async def test_the_emojis_are_the_same_and_element_holds_the_bot_for_verified(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path, way: str
) -> None:
    """Both confirm: Element's engine trusts the bot's identity, and the bot has signed hers."""
    async with stage(homeserver, new_user, tmp_path) as (bot, lea, chat):
        operator = Operator()
        terminal = asyncio.create_task(operator.at_terminal(bot))
        await operator.sees("En attente")
        assert not await lea.is_verified(bot.user_id)
        await _begin(bot, lea, chat, way)
        emojis, decimals = await lea.compare_emojis()
        await operator.sees("en chiffres")
        assert operator.emojis == [emoji for emoji, _ in emojis]
        assert [dict(EMOJIS)[emoji] for emoji, _ in emojis] == [_as_ours(name) for _, name in emojis]
        assert any(line.endswith(" ".join(map(str, decimals))) for line in operator.lines)
        await operator.types("oui\n")
        await lea.say_emojis(same=True)
        assert await lea.verification_end() == ("done", None)
        assert await asyncio.wait_for(terminal, 20) == 0
        assert await lea.is_verified(bot.user_id)
        async with bot.database() as database:
            assert await database.run(
                lambda tx: tx.value(
                    "SELECT verified_at IS NOT NULL FROM identity WHERE user_id = :u", u=lea.user_id
                )
            )
        assert await _signed_by_the_bot(homeserver, bot, lea.user_id)
        await lea.wait_for(chat, lambda e: "est vérifié" in e.body, what="the word")


async def _signed_by_the_bot(homeserver: Homeserver, bot: BotAccount, user_id: str) -> bool:
    """Whether the server shows the bot, and the bot alone, its signature under somebody's master key."""
    async with bot.database() as database:
        kept = await database.run(lambda tx: tx.value("SELECT value FROM vault WHERE name = 'session'"))
    connection = Connection(homeserver.url, json.loads(kept)["access_token"])
    try:
        answer = await connection.request("POST", path("keys", "query"), {"device_keys": {user_id: []}})
    finally:
        await connection.close()
    return bot.user_id in answer["master_keys"][user_id]["signatures"]


@pytest.mark.parametrize("who", ["the clinician", "the operator"])
async def test_other_emojis_call_it_off(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path, who: str
) -> None:
    """Whoever says no: the other side is told with the spec's code, and nobody is verified."""
    async with stage(homeserver, new_user, tmp_path) as (bot, lea, chat):
        operator = Operator()
        terminal = asyncio.create_task(operator.at_terminal(bot, lea.user_id))
        await lea.request_verification(bot.user_id, room_id=chat)
        await lea.compare_emojis()
        await operator.sees("en chiffres")
        await (operator.types("non\n") if who == "the operator" else lea.say_emojis(same=False))
        end, by = await lea.verification_end()
        assert end == "m.mismatched_sas"
        assert by == (bot.user_id if who == "the operator" else lea.user_id)
        assert await asyncio.wait_for(terminal, 20) == 1
        assert not await lea.is_verified(bot.user_id)


async def test_without_an_operator_the_clinician_is_told_and_may_wait(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path
) -> None:
    """Element shows "waiting to accept"; the bot says whom it has asked; when they come it goes on."""
    async with stage(homeserver, new_user, tmp_path) as (bot, lea, chat):
        await lea.request_verification(bot.user_id, room_id=chat)
        asked = await lea.wait_for(chat, lambda e: "!bot" in e.body, what="the word")
        assert "dix minutes" in asked.body.replace("\u00a0", " ")
        operator = Operator()
        terminal = asyncio.create_task(operator.at_terminal(bot))
        emojis, _ = await lea.compare_emojis()
        await operator.sees("en chiffres")
        assert operator.emojis == [emoji for emoji, _ in emojis]
        await lea.say_emojis(same=True)
        await operator.types("oui\n")
        assert await lea.verification_end() == ("done", None)
        assert await asyncio.wait_for(terminal, 20) == 0
