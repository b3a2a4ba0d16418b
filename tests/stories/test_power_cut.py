"""The power is cut between hearing and answering: every case has one card, every picture one clean copy."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from doctocbot.demo.person import Person
from doctocbot.matrix.homeserver import HomeserverGateway
from doctocbot.matrix.inbox import InboxWorker
from doctocbot.matrix.outbox import Outbox
from doctocbot.matrix.sync import Arrived, SyncLoop
from tests.images import metadata, photos
from tests.stories.powercut import PowerCut
from tests.stories.ward import BotAccount, Ward, card, caught_up, picture_in, redacted

pytestmark = pytest.mark.homeserver

_PHOTO = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))


@dataclass(frozen=True)
class Moment:
    """When the power is cut, and what stands in the database then: the message's row, and the row being sent."""

    when: str
    cut: Callable[[PowerCut], None]
    heard: str | None
    saying: str = ""
    said: str | None = None


_WITH_WORDS = [
    Moment("heard, not written", lambda at: at.after(SyncLoop, "_collect", when=_brings_words), None),
    Moment("written, not handled", lambda at: at.before(InboxWorker, "drain"), "ready"),
    Moment("not sent", lambda at: at.before(HomeserverGateway, "send"), "done", "case:{case}:card", "sending"),
    Moment("sent, not noted", lambda at: at.after(HomeserverGateway, "send"), "done", "case:{case}:card", "sending"),
]  # fmt: skip
_WITH_A_PHOTO = [
    Moment("fetched, not used", lambda at: at.after(HomeserverGateway, "download"), "ready"),
    Moment("uploaded, not posted", lambda at: at.after(HomeserverGateway, "upload"), "done",
           "case:{case}:picture:{event}", "sending"),
    Moment("not redacted", lambda at: at.before(HomeserverGateway, "redact"), "done", "redact:{event}", "sending"),
    Moment("redacted, not noted", lambda at: at.after(HomeserverGateway, "redact"), "done",
           "redact:{event}", "sending"),
]  # fmt: skip


def _brings_words(arrived: Arrived) -> bool:
    return bool(arrived.events)


async def test_a_case_survives_the_power_cut_at_any_step(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the bot stops between hearing `!cas` and its last word on it, there is one card in the end."""
    bot, lea, room = await _on_duty(ward)
    for number, moment in enumerate(_WITH_WORDS, start=1):
        said = await lea.say(room, f"!cas {moment.when}")
        await _cut(bot, moment, monkeypatch, case=number, event=said)
        async with bot.serving():
            await lea.wait_for(room, card(bot, number), what=f"the card after: {moment.when}")
            await caught_up(lea, room, bot)
    assert sum(map(card(bot), lea.timeline(room))) == len(_WITH_WORDS)
    await _assert_said_once(bot, lea, room)


async def test_a_photo_survives_the_power_cut_at_any_step(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the bot stops over a photo, its clean copy is there once in the end, and the original is gone."""
    bot, lea, room = await _on_duty(ward)
    for number, moment in enumerate(_WITH_A_PHOTO, start=1):
        photo = await lea.send_image(room, _PHOTO, caption=f"!cas {moment.when}")
        await _cut(bot, moment, monkeypatch, case=number, event=photo)
        async with bot.serving():
            root = await lea.wait_for(room, card(bot, number), what=f"the card after: {moment.when}")
            await lea.wait_for(room, picture_in(root.event_id, bot.user_id), what="the clean picture")
            await lea.wait_for(room, redacted(photo), what="the redaction of the original")
            await caught_up(lea, room, bot)
    await _assert_said_once(bot, lea, room)


async def _on_duty(ward: Ward) -> tuple[BotAccount, Person, str]:
    """A bot that is down, and Léa in a room that it serves."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    async with bot.serving():
        return bot, lea, await ward.room(lea, [], bot)


async def _cut(
    bot: BotAccount, moment: Moment, monkeypatch: pytest.MonkeyPatch, *, case: int, event: str
) -> None:
    """Run the bot until the power is cut, and look whether it was cut at the moment that is meant."""
    with monkeypatch.context() as during:
        power = PowerCut(during)
        moment.cut(power)
        # Else the echo of what was sent could note it before the power goes.
        during.setattr(Outbox, "adopt", lambda *_: None)
        async with bot.serving(ready=False):
            await asyncio.wait_for(power.reached.wait(), 20)
    saying = moment.saying.format(case=case, event=event)
    assert await _standing(bot, event, saying) == (moment.heard, moment.said), moment.when


async def _standing(bot: BotAccount, event: str, saying: str) -> tuple[str | None, str | None]:
    """The states of the message's row and of the row that was being sent."""
    async with bot.database() as database:
        return await database.run(
            lambda tx: (
                tx.value("SELECT state FROM inbox WHERE event_id = :id", id=event),
                tx.value("SELECT state FROM outbox WHERE key = :key", key=saying),
            )
        )


async def _assert_said_once(bot: BotAccount, person: Person, room: str) -> None:
    """Everything that the room shows of the bot is a row of the outbox, and every row was said."""
    async with bot.database() as database:
        rows = await database.run(lambda tx: tx.rows("SELECT event_id, state FROM outbox"))
    shown = Counter(
        event.event_id
        for event in person.timeline(room)
        if event.sender == bot.user_id and event.type != "m.room.member"
    )
    assert Counter(row["event_id"] for row in rows) == shown
    assert {row["state"] for row in rows} == {"sent"}


async def test_killed_again_and_again_the_bot_loses_no_case_and_doubles_none(ward: Ward) -> None:
    """`kill -9` at four moments while cases come in: in the end each has one card, with its own words on it."""
    dice = random.Random(20261123)  # noqa: S311  the same moments at every run
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    process = await bot.process("run")
    await process.said("serving")
    room = await ward.room(lea, [omar], bot)
    cases = []
    for number in range(4):
        words = [f"cas {number} de Léa", f"cas {number} d'Omar"]
        cases += words
        await asyncio.gather(lea.say(room, f"!cas {words[0]}"), omar.say(room, f"!cas {words[1]}"))
        await asyncio.sleep(dice.uniform(0, 0.3))
        await process.kill()
        process = await bot.process("run")
        if dice.random() < 0.5:
            await process.said("serving")
    await process.said("serving")
    await caught_up(lea, room, bot)
    assert await process.stop() == 0
    roots = [event for event in lea.timeline(room) if card(bot)(event)]
    shown = [str(lea.latest(root.event_id)["body"]) for root in roots]
    assert [sum(each in body for body in shown) for each in cases] == [1] * len(cases)
    assert len(roots) == len(cases)
    await _assert_said_once(bot, lea, room)
