"""A session that the homeserver ends: one line, a status of its own, and a login that goes on where it stopped."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from doctocbot.chat.wording import wording
from doctocbot.console import plain
from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix.session import login_with_password
from tests.stories.ward import BotAccount, BotProcess, Ward, card, end_all_sessions, joined, says

pytestmark = pytest.mark.homeserver

_LIFETIME = 25  # seconds; enough for a login, a start and an answer on a busy machine


@pytest.fixture
async def server_of_short_sessions(tmp_path: Path) -> AsyncIterator[Homeserver]:
    """A Synapse on which a session expires after a while, its device being kept (`session_lifetime`)."""
    async with Homeserver.start(tmp_path / "synapse") as homeserver:
        yield homeserver


def _line(key: str) -> str:
    return plain(wording("fr").say(f"cli.{key}")).plain


async def _told(process: BotProcess, within: float) -> tuple[int, list[str]]:
    """The exit status, and the lines that are no log."""
    status, output = await process.ended(within)
    return status, [line for line in output.splitlines() if not line.startswith("timestamp=")]


async def _device(bot: BotAccount) -> str:
    """The device of the bot's session now, logged in again if the server has ended the last."""
    return (await bot.log_in()).device_id


async def test_an_expired_session_goes_on_with_the_same_device(
    server_of_short_sessions: Homeserver, tmp_path: Path
) -> None:
    """A soft logout: said in its own words; after `login` what was asked meanwhile is read and answered, once."""
    homeserver = server_of_short_sessions

    async def new_user(word: str) -> tuple[str, str]:
        return await homeserver.register(word, "a password"), "a password"

    async with AsyncExitStack() as stack:
        ward = Ward(homeserver, new_user, tmp_path, stack)
        lea = await ward.person("lea")
        bot = await ward.account()
        # Lea's session is older than the rule, and stays.
        settings = homeserver.directory / "homeserver.yaml"
        settings.write_text(f"{settings.read_text()}\nsession_lifetime: {_LIFETIME}s\n")
        await homeserver.restart()
        device = await _device(bot)
        process = await bot.process("run")
        await process.said("serving")
        room = await ward.room(lea, [], bot)
        status, told = await _told(process, _LIFETIME + 40)
        assert (status, told) == (4, [_line("session-expired")])
        await lea.say(room, "!cas dit pendant que la session était expirée")
        assert await _device(bot) == device
        again = await bot.process("run")
        await again.said("serving")
        await lea.wait_for(room, card(bot, 1), what="the card of the case said meanwhile")
        cards = [event for event in lea.timeline(room) if card(bot)(event)]
        assert len(cards) == 1


async def test_a_revoked_session_is_replaced_by_another_device(ward: Ward) -> None:
    """A device that was deleted stays deleted; cases, rooms and the bot's identity go on with a new one."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    first = await _device(bot)
    process = await bot.process("run")
    await process.said("serving")
    room = await ward.room(lea, [], bot)
    await lea.say(room, "!cas avant")
    await lea.wait_for(room, card(bot, 1), what="the first card")
    await end_all_sessions(ward, bot)
    status, told = await _told(process, 10)
    assert (status, told) == (4, [_line("logged-out")])
    again = await bot.process("run")
    assert await _told(again, 30) == (4, [_line("logged-out")])

    second = await _device(bot)
    assert second != first
    await ward.serve(bot)
    assert len([event for event in lea.timeline(room) if joined(bot.user_id)(event)]) == 1
    await lea.say(room, "!lescas")
    await lea.wait_for(room, says(bot.user_id, "#1"), what="the list with the case of before")


async def test_a_token_of_a_used_device_is_refused_and_stands_in_nobodys_way(ward: Ward) -> None:
    """Whose keys are gone, or Element's, would make every client warn; with a token of a new device it goes on."""
    bot = await ward.bot()
    deleted = await _device(bot)
    await end_all_sessions(ward, bot)
    status, told = await _told(await _login_by_token(ward, bot, deleted), 30)
    assert (status, told) == (2, [_line("used-device")])
    status, output = await (await _login_by_token(ward, bot, "A_NEW_DEVICE")).ended()
    assert status == 0, output
    assert await _device(bot) == "A_NEW_DEVICE"


async def _login_by_token(ward: Ward, bot: BotAccount, device: str) -> BotProcess:
    """`doctocbot login` with a token of a device, as an administrator has made one."""
    url = ward.homeserver.url
    session = await login_with_password(url, bot.user_id, bot.password, "by an administrator", device)
    return await bot.process("login", DOCTOCBOT_PASSWORD="", DOCTOCBOT_TOKEN=session.access_token)
