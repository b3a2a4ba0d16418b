"""A message whose key does not come: waited for, told once, and handled in its place when the key is there."""

from typing import Any

import pytest

from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.doctor import Health, examine
from tests.stories.ward import BotAccount, Ward, answers, card, caught_up, says

pytestmark = pytest.mark.homeserver


class SlowPost:
    """Somebody's room keys: held back on their way to the server until they are delivered."""

    def __init__(self, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        self._send = person.client.connection.request
        self._held: list[tuple[Any, ...]] = []
        self._holding = True
        monkeypatch.setattr(person.client.connection, "request", self._request)

    async def deliver(self) -> None:
        """Let everything through that was held back, and hold nothing any more."""
        self._holding = False
        for request in self._held:
            await self._send(*request)

    async def _request(self, method: str, target: str, *rest: Any, **more: Any) -> dict[str, Any]:
        if self._holding and "sendToDevice" in target:
            self._held.append((method, target, *rest))
            return {}
        return await self._send(method, target, *rest, **more)


async def test_a_case_whose_key_comes_late_is_told_once_and_then_opened(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Omar's phone sends no keys: one word for all he says under one key, and a card for each case when it comes."""
    monkeypatch.setattr("doctocbot.clock._UNREADABLE_AFTER_MS", 0)
    monkeypatch.setattr("doctocbot.clock._TICK", 0.05)
    bot = await ward.bot()
    lea, omar, nora = await ward.person("lea"), await ward.person("omar"), await ward.person("nora")
    await ward.serve(bot)
    room = await ward.room(lea, [omar, nora], bot)
    post, lost = SlowPost(omar, monkeypatch), SlowPost(nora, monkeypatch)
    first = await omar.say(room, "!cas premier d'Omar")
    await lea.wait_for(room, answers(bot, first), what="the word to Omar")
    await omar.say(room, "!cas second d'Omar")
    withheld = await nora.say(room, "!cas de Nora")
    await lea.wait_for(room, answers(bot, withheld), what="the word to Nora")
    await lea.say(room, "!cas de Léa")
    await lea.wait_for(room, card(bot, 1), what="the card that nobody's key holds up")
    await post.deliver()
    await lea.wait_for(room, says(bot.user_id, "second d'Omar"), what="the second case of Omar's")
    words = {number: _words_of(bot, lea, room, number) for number in (1, 2, 3)}
    assert "de Léa" in words[1]
    assert "premier d'Omar" in words[2]
    assert "second d'Omar" in words[3]
    told = [event for event in lea.timeline(room) if _unreadable(bot, event)]
    assert len(told) == 2
    await lost.deliver()
    await lea.wait_for(room, card(bot, 4), what="the card of Nora's case")


def _words_of(bot: BotAccount, person: Person, room: str, number: int) -> str:
    root = next(event for event in person.timeline(room) if card(bot, number)(event))
    return str(person.latest(root.event_id)["body"])


def _unreadable(bot: BotAccount, event: SeenEvent) -> bool:
    return says(bot.user_id, "Je ne peux pas lire ce message")(event)


async def test_who_cannot_be_read_is_told_after_a_minute_even_over_a_restart(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said while the key may yet come; a bot that was down when the minute was over says it later."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    async with bot.serving():
        room = await ward.room(lea, [omar], bot)
        SlowPost(omar, monkeypatch)
        withheld = await omar.say(room, "!cas illisible")
        await caught_up(lea, room, bot)
    async with bot.database() as database:
        await database.run(lambda tx: tx.execute("UPDATE inbox SET received_at = received_at - 60000"))
    assert not [event for event in lea.timeline(room) if _unreadable(bot, event)]
    async with bot.serving():
        told = await lea.wait_for(room, answers(bot, withheld), what="the word to Omar")
    assert _unreadable(bot, told)


async def test_what_was_taken_back_before_its_key_came_is_never_handled(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Omar deletes a case that nobody could read yet: when its key comes, no card shows what he deleted."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    post = SlowPost(omar, monkeypatch)
    regretted = await omar.say(room, "!cas trop précis")
    await caught_up(lea, room, bot)
    await omar.redact(room, regretted)
    await caught_up(lea, room, bot)
    await post.deliver()
    await omar.say(room, "!cas plus sobre")
    await lea.wait_for(room, says(bot.user_id, "plus sobre"), what="the other case")
    assert "plus sobre" in _words_of(bot, lea, room, 1)


async def test_the_doctors_visit_takes_no_key_away(ward: Ward) -> None:
    """A check-up while the bot is down leaves it the keys that wait for it: the case sent meanwhile is read."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    async with bot.serving():
        room = await ward.room(lea, [], bot)
        await caught_up(lea, room, bot)
    omar = await ward.person("omar")
    await lea.invite(room, omar.user_id)
    await omar.join(room)
    await omar.say(room, "!cas pendant la visite")
    assert not [finding async for finding in examine(bot.config, bot.secrets) if finding.health is Health.BAD]
    async with bot.serving():
        await lea.wait_for(room, card(bot, 1), what="the card of the new colleague's case")
