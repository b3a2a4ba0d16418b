"""Nothing lost, nothing said twice: a night's burst, a handler that fails, keys that come late or never."""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from nio import AsyncClient, MegolmEvent, SyncResponse  # type: ignore[import-untyped]
from structlog.testing import capture_logs
from tests.stories.ward import BotAccount, Ward, card, says

from doctocbot.cases import desk
from doctocbot.chat.replies import Conversation
from doctocbot.demo.homeserver import Homeserver
from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.matrix.connection import path
from doctocbot.matrix.homeserver import HomeserverGateway
from doctocbot.matrix.sync import SyncLoop
from tests.stories.powercut import PowerCut

pytestmark = pytest.mark.homeserver


# -- a burst while the bot is down


async def test_a_burst_of_300_answers_in_an_outage_is_counted_whole(ward: Ward) -> None:
    """Three hundred answers and opinions given while the bot is down all count, and a second restart adds nothing."""
    bot = await ward.bot()
    lea, omar, nora = await ward.person("lea"), await ward.person("omar"), await ward.person("nora")
    async with bot.serving():
        room = await ward.room(lea, [omar, nora], bot)
        await lea.say(room, "!cas éruption fébrile de l'enfant")
        root = (await omar.wait_for(room, card(bot), what="the card")).event_id
    plain = await _plain_nio_in(ward, room, lea)
    await asyncio.gather(_answer(omar, room, root, 150), _answer(nora, room, root, 150))
    assert await _seen_by(plain) < 300
    async with bot.serving():
        await lea.wait_for(room, _words(root, "300 réponses"), what="the card with 300 answers")
        await caught_up(lea, room, bot)
    said = _said_by(bot, lea, room)
    async with bot.serving():
        await caught_up(lea, room, bot)
    assert len(_said_by(bot, lea, room)) == len(said) + 1  # the answer to being asked whether it has caught up
    assert "10. " in str(lea.latest(root)["body"])


def _said_by(bot: BotAccount, person: Person, room: str) -> list[str]:
    return [event.event_id for event in person.timeline(room) if event.sender == bot.user_id]


async def _answer(person: Person, room: str, root: str, count: int) -> None:
    """Answers at the speed of a busy evening; every thirtieth is an opinion in due form."""
    for start in range(0, count, 30):
        words = [f"!avis hypothèse {person.user_id[1]}{start}", *(f"réponse {n}" for n in range(29))]
        await asyncio.gather(*(person.say(room, each, thread=root) for each in words))


async def _plain_nio_in(ward: Ward, room: str, moderator: Person) -> AsyncClient:
    """A bot on plain nio that is in the room, up to date, and goes down."""
    user_id, password = await ward.new_user("plain")
    plain = AsyncClient(ward.homeserver.url, user_id)
    await plain.login(password)
    await moderator.invite(room, user_id)
    await plain.join(room)
    assert isinstance(await plain.sync(timeout=0), SyncResponse)
    return plain


async def _seen_by(plain: AsyncClient) -> int:
    """How many encrypted messages reach plain nio's callbacks when it is back and syncs until nothing is new."""
    seen: set[str] = set()
    plain.add_event_callback(lambda _room, event: seen.add(event.event_id), MegolmEvent)
    for _ in range(3):
        assert isinstance(await plain.sync(timeout=0), SyncResponse)
    await plain.close()
    return len(seen)


async def test_what_others_said_before_the_bots_own_words_is_not_skipped(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot speaks, a colleague has spoken just before, the power is cut, a gap opens: the colleague is answered."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    with monkeypatch.context() as during:
        cut, may_speak = PowerCut(during), asyncio.Event()
        _hold_sends(during, may_speak)
        async with bot.serving():
            room = await ward.room(lea, [omar], bot)
            cut.after(SyncLoop, "step", when=lambda _: bool(lea.timeline(room)[-1].encrypted))
            await lea.say(room, "!cas le cas de Léa")
            await asyncio.wait_for(cut.reached.wait(), 20)
            await omar.say(room, "!cas celui d'Omar")
            may_speak.set()
            await lea.wait_for(room, card(bot), what="the card of Léa's case")
    await asyncio.gather(*(omar.say(room, f"bavardage {n}") for n in range(20)))
    monkeypatch.setattr("doctocbot.matrix.sync._FILTER", json.dumps({"room": {"timeline": {"limit": 5}}}))
    async with bot.serving():
        await lea.wait_for(room, card(bot, 2), what="the card of Omar's case")


def _hold_sends(monkeypatch: pytest.MonkeyPatch, until: asyncio.Event) -> None:
    send = HomeserverGateway.send

    async def held(*args: Any) -> str:
        await until.wait()
        return await send(*args)

    monkeypatch.setattr(HomeserverGateway, "send", held)


def _words(root: str, words: str) -> Callable[[SeenEvent], bool]:
    """An edit of a card that holds these words."""
    return lambda e: e.replaces == root and words in str(e.content.get("m.new_content", {}).get("body", ""))
