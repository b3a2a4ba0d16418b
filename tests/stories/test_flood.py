"""A flood by one member is delayed, never dropped: colleagues are served meanwhile, and in the end all is answered."""

import asyncio
from time import monotonic

import pytest

from doctocbot.demo.person import Person
from tests.stories.ward import BotAccount, Ward, answers, card, says

pytestmark = pytest.mark.homeserver

_FLOOD = 300
_SOON = 10.0  # seconds; alone it takes a quarter of one
_LONG = 240.0  # seconds


async def test_a_colleague_is_served_while_somebody_floods(ward: Ward) -> None:
    """Of 300 commands in some seconds each is answered once; a colleague's case and command are answered at once."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    room, asked = await _flooded(ward, bot, lea, omar)
    await ward.serve(bot)
    await lea.wait_for(room, answers(bot, asked[0]), _SOON, "the first answer")
    begin = monotonic()
    await lea.say(room, "!cas Douleur thoracique chez une femme de 60 ans")
    await lea.wait_for(room, says(bot.user_id, "Douleur thoracique"), _SOON, "the card")
    command = await lea.say(room, "!lescas")
    await lea.wait_for(room, answers(bot, command), _SOON, "the list")
    took = monotonic() - begin
    assert _answered(lea, room, bot, asked) < _FLOOD
    assert took < _SOON
    await _all_answered(lea, room, bot, asked)


async def test_a_flood_goes_on_after_a_restart(ward: Ward) -> None:
    """What was put off is in the database: a bot that is killed goes on with it, and answers nothing twice."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    room, asked = await _flooded(ward, bot, lea, omar)
    process = await bot.process("run")
    await process.said("serving")
    await lea.wait_for(room, answers(bot, asked[0]), _SOON, "the first answer")
    await process.kill()
    assert _answered(lea, room, bot, asked) < _FLOOD
    await ward.serve(bot)
    await lea.say(room, "!cas Douleur thoracique chez une femme de 60 ans")
    await lea.wait_for(room, card(bot), _SOON, "the card")
    await _all_answered(lea, room, bot, asked)


async def _flooded(ward: Ward, bot: BotAccount, lea: Person, omar: Person) -> tuple[str, list[str]]:
    """A room in which all of the flood waits for the bot, however fast the server takes it."""
    async with bot.serving():
        room = await ward.room(lea, [omar], bot)
        await omar.wait_for(room, lambda e: e.type == "m.room.encryption")
    return room, await _flood(omar, room)


async def _flood(person: Person, room: str) -> list[str]:
    """As fast as the server takes it, thirty at a time."""
    asked: list[str] = []
    for _ in range(_FLOOD // 30):
        asked += await asyncio.gather(*(person.say(room, "!lescas") for _ in range(30)))
    return asked


def _answered(lea: Person, room: str, bot: BotAccount, asked: list[str]) -> int:
    """How many of the commands are answered; AssertionError when one is twice."""
    replies = [
        (event.relation.get("m.in_reply_to") or {}).get("event_id")
        for event in lea.timeline(room)
        if event.sender == bot.user_id
    ]
    to_flood = [reply for reply in replies if reply in asked]
    assert len(to_flood) == len(set(to_flood))
    return len(to_flood)


async def _all_answered(lea: Person, room: str, bot: BotAccount, asked: list[str]) -> None:
    await lea.wait_for(room, answers(bot, asked[-1]), _LONG, "the answer to the last of them")
    assert _answered(lea, room, bot, asked) == len(asked)
