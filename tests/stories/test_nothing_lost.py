"""Nothing lost in an outage: of the bot, of its homeserver, of its keys, of its session; beside plain nio."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doctocbot.app import open_bot
from doctocbot.demo.homeserver import Homeserver
from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.errors import TokenRevoked
from doctocbot.matrix.homeserver import HomeserverGateway
from doctocbot.matrix.session import login_with_password
from doctocbot.matrix.sync import SyncLoop
from tests.stories.plainnio import PlainBot
from tests.stories.powercut import PowerCut
from tests.stories.ward import BotAccount, Ward, answers, card, caught_up, joined

pytestmark = pytest.mark.homeserver


# -- the bot was down


async def test_a_burst_of_300_answers_in_an_outage_is_counted_whole(ward: Ward) -> None:
    """Of 300 answers given in an outage all count, and a second restart adds nothing; plain nio misses some."""
    bot = await ward.bot()
    lea, omar, nora = await ward.person("lea"), await ward.person("omar"), await ward.person("nora")
    async with bot.serving():
        room = await ward.room(lea, [omar, nora], bot)
        await lea.say(room, "!cas éruption fébrile de l'enfant")
        root = (await omar.wait_for(room, card(bot), what="the card")).event_id
    plain = await PlainBot.in_room(ward, room, lea)
    await asyncio.gather(_answer(omar, room, root, 150), _answer(nora, room, root, 150))
    await plain.catch_up()
    assert len(plain.heard) < 300
    async with bot.serving():
        await lea.wait_for(room, _edited_to(root, "300 réponses"), what="the card with 300 answers")
        await caught_up(lea, room, bot)
    said = _said_by(bot, lea, room)
    assert "10. " in str(lea.latest(root)["body"])
    async with bot.serving():
        await caught_up(lea, room, bot)
    assert (
        len(_said_by(bot, lea, room)) == len(said) + 1
    )  # the answer to being asked whether it has caught up


async def _answer(person: Person, room: str, root: str, count: int) -> None:
    """Answer at the speed of a busy evening; one in thirty is an opinion in due form."""
    for start in range(0, count, 30):
        words = [f"!avis hypothèse {person.user_id[1]}{start}", *(f"réponse {n}" for n in range(29))]
        await asyncio.gather(*(person.say(room, each, thread=root) for each in words))


def _said_by(bot: BotAccount, person: Person, room: str) -> list[str]:
    return [event.event_id for event in person.timeline(room) if event.sender == bot.user_id]


async def test_what_a_colleague_said_before_the_bots_own_words_is_not_skipped(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot posts a card without having heard Omar yet, and the power goes: he is answered after the gap."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    with monkeypatch.context() as during:
        voice = HeldVoice(during)
        async with bot.serving():
            room = await ward.room(lea, [omar], bot)
            await lea.say(room, "!cas le cas de Léa")
            await asyncio.wait_for(voice.raised.wait(), 20)
            PowerCut(during).before(SyncLoop, "_collect")
            await omar.say(room, "!cas celui d'Omar")
            voice.free.set()
            await lea.wait_for(room, card(bot, 1), what="the card of Léa's case")
    await asyncio.gather(*(omar.say(room, f"bavardage {n}") for n in range(20)))
    monkeypatch.setattr("doctocbot.matrix.sync._FILTER", json.dumps({"room": {"timeline": {"limit": 5}}}))
    async with bot.serving():
        await lea.wait_for(room, card(bot, 2), what="the card of Omar's case")


class HeldVoice:
    """What the bot would say, held back until it is `free`; `raised` says that it has something to say."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.raised = asyncio.Event()
        self.free = asyncio.Event()
        send = HomeserverGateway.send

        async def held(*args: Any) -> str:
            self.raised.set()
            await self.free.wait()
            return await send(*args)

        monkeypatch.setattr(HomeserverGateway, "send", held)


def _edited_to(root: str, words: str) -> Callable[[SeenEvent], bool]:
    return lambda e: e.replaces == root and words in str(e.content.get("m.new_content", {}).get("body", ""))


# -- the homeserver was down


async def test_the_bot_sits_out_a_restart_of_its_homeserver(tmp_path: Path) -> None:
    """After a power cut of the homeserver the bot is there again by itself, and answers what is asked then."""
    async with Homeserver.start(tmp_path / "own") as own:
        user_id = await own.register("doctocbot", "bot password")
        lea_id = await own.register("lea", "lea's password")
        bot = BotAccount(own, user_id, "bot password", tmp_path, {})
        await bot.log_in()
        async with bot.serving(), Person.login(own.url, lea_id, "lea's password", tmp_path / "lea") as lea:
            room = await lea.create_room("DocTocToc", invite=[user_id], power_levels={"users": {user_id: 50}})
            await lea.wait_for(room, joined(user_id), what="the bot joining")
            await lea.say(room, "!cas avant la panne")
            await lea.wait_for(room, card(bot, 1), what="the card before")
            await own.kill()
            await own.launch()
            await lea.say(room, "!cas après la panne")
            await lea.wait_for(room, card(bot, 2), timeout=60, what="the card after")


# -- its keys were used up


async def test_a_bot_whose_keys_were_used_up_is_reached_by_new_phones(ward: Ward) -> None:
    """Somebody claims all of the bot's one-time keys: a new phone still reaches it, and it makes new keys at once."""
    bot = await ward.bot()
    await ward.serve(bot)
    lea = await ward.person("lea")
    room = await ward.room(lea, [], bot)
    answer = await lea.client.keys.ask_for([bot.user_id])
    (device,) = answer["device_keys"][bot.user_id]
    while not await _claim(lea, bot.user_id, device):
        pass
    omar = await ward.person("omar")
    await lea.invite(room, omar.user_id)
    await omar.join(room)
    asked = await omar.say(room, "!lescas")
    await omar.wait_for(room, answers(bot, asked), what="the answer to the new phone")
    assert not await _claim(lea, bot.user_id, device)


async def _claim(person: Person, user_id: str, device: str) -> bool:
    """Claim one key of a device; returns whether only the fallback key was left."""
    wanted = {"one_time_keys": {user_id: {device: "signed_curve25519"}}}
    claimed = await person.client.request("POST", path("keys", "claim"), wanted)
    (key,) = claimed["one_time_keys"][user_id][device].values()
    return bool(key.get("fallback"))


# -- its session was ended


async def test_a_bot_that_was_logged_out_stops_and_says_what_to_do(ward: Ward) -> None:
    """`doctocbot run` ends with status 4 and one line once its session is ended, instead of asking for ever."""
    bot = await ward.bot()
    process = await bot.process("run")
    await process.said("serving")
    await _log_out_everywhere(ward, bot.user_id, bot.password)
    status, output = await process.ended(within=10)
    assert status == 4
    told = [line for line in output.splitlines() if not line.startswith("timestamp=")]
    assert len(told) == 1
    assert "doctocbot login" in told[0]


async def test_a_revoked_token_costs_a_handful_of_requests(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever part of the bot meets the revoked token ends it; plain nio's `sync_forever` asks on, in a storm."""
    bot = await ward.bot()
    async with open_bot(bot.config, bot.secrets) as running:
        task = asyncio.create_task(running.run())
        await running.serving.wait()
        asked = _count_requests(monkeypatch)
        await _log_out_everywhere(ward, bot.user_id, bot.password)
        with pytest.raises(BaseExceptionGroup) as ended:
            await asyncio.wait_for(task, 10)
    assert ended.value.split(TokenRevoked)[1] is None
    assert len(asked) < 10
    plain = PlainBot(ward, *await ward.new_user("plain"))
    async with plain.running():
        await _log_out_everywhere(ward, plain.user_id, plain.password)
    # Thousands on an idle machine; far more than ours in all its life on any.
    assert await plain.requests_in_a_second() > 10


def _count_requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    exchange = Connection._exchange

    async def counted(self: Connection, method: str, target: str, *rest: Any) -> dict[str, Any]:
        asked.append(target)
        return await exchange(self, method, target, *rest)

    monkeypatch.setattr(Connection, "_exchange", counted)
    return asked


async def _log_out_everywhere(ward: Ward, user_id: str, password: str) -> None:
    """End every session of an account, as an administrator does who suspects that it was stolen."""
    session = await login_with_password(ward.homeserver.url, user_id, password, "administrator")
    connection = Connection(ward.homeserver.url, session.access_token)
    await connection.request("POST", path("logout", "all"))
    await connection.close()
