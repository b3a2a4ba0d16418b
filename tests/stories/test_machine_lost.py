"""The drill: a backup, a day that goes on, the machine is lost, another one takes over from the backup."""

import asyncio
import dataclasses
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from doctocbot.app import open_bot
from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.keep.backup import back_up, restore
from doctocbot.lease import RunsElsewhere
from doctocbot.matrix.errors import ForeignIdentity, TakenOver
from tests.images import metadata, photos
from tests.stories.ward import (
    BotAccount,
    Ward,
    answers,
    card,
    caught_up,
    end_all_sessions,
    joined,
    picture_in,
    redacted,
    says,
)

pytestmark = pytest.mark.homeserver

PASSPHRASE = "cheval correct batterie agrafe"
PHOTO = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))


async def backed_up(bot: BotAccount) -> Path:
    """A backup, written beside whatever runs."""
    return await back_up(bot.config, bot.secrets, bot.folder / "backups", PASSPHRASE)


async def on_another_machine(ward: Ward, lost: BotAccount, backup: Path, *, lives: bool = True) -> BotAccount:
    """The old machine's data are gone; a new one has the backup, and has not started yet."""
    shutil.rmtree(lost.config.data_dir)
    account = await ward.account((lost.user_id, lost.password))
    _, lived = await restore(account.config, account.secrets, backup, PASSPHRASE, other_is_gone=True)
    assert lived == lives
    return account


def said_by(bot: BotAccount, person: Person, room: str) -> list[SeenEvent]:
    """What the bot has said in a room and what stands there still; edits of a card replace it."""
    return [
        event
        for event in person.timeline(room)
        if event.sender == bot.user_id
        and not event.redacted
        and event.type not in ("m.room.member", "m.room.redaction")
        and event.relation.get("rel_type") != "m.replace"
    ]


async def test_a_bot_from_a_backup_has_missed_nothing_and_says_nothing_twice(ward: Ward) -> None:
    """Cases, answers, votes, pictures and pulls from between the backup and the loss, and from after the loss."""
    bot = await ward.bot()
    lea, omar, nora, paul = [await ward.person(word) for word in ("lea", "omar", "nora", "paul")]
    async with bot.serving():
        room = await ward.room(lea, [omar, nora, paul], bot)
        await lea.say(room, "!cas éruption fébrile de l'enfant")
        first = (await omar.wait_for(room, card(bot, 1), what="the first card")).event_id
        await omar.say(room, "une scarlatine ?", thread=first)
        await caught_up(lea, room, bot)
        backup = await backed_up(bot)
        # The day goes on.
        await lea.say(room, "!cas toux depuis trois mois")
        second = (await omar.wait_for(room, card(bot, 2), what="the second card")).event_id
        proposed = await omar.say(room, "!avis coqueluche", thread=second)
        await nora.react(room, proposed, "👍")
        photo = await nora.send_image(room, PHOTO, caption="!cas lésion du dos")
        third = (await omar.wait_for(room, card(bot, 3), what="the third card")).event_id
        picture = (await omar.wait_for(room, picture_in(third, bot.user_id), what="the picture")).event_id
        await omar.wait_for(room, redacted(photo), what="the original's redaction")
        await lea.say(room, "!cas celui-ci est une erreur, Mme Martin")
        fourth = (await omar.wait_for(room, card(bot, 4), what="the fourth card")).event_id
        await lea.say(room, "!pull #4")
        await lea.say(room, "!pull #1")
        await omar.wait_for(room, redacted(fourth), what="the fourth card gone")
        await omar.wait_for(room, redacted(first), what="the first card gone")
        await omar.say(room, "bénin, à mon avis", thread=second)
        await paul.say(room, "une sinusite", thread=second)
        chat = await paul.create_room(None, invite=[bot.user_id], direct=True)
        await paul.wait_for(chat, joined(bot.user_id), what="the bot joining the chat")
        await paul.set_power_level(chat, bot.user_id, 100)
        await paul.say(chat, "!oubliezmoi")
        await paul.wait_for(chat, says(bot.user_id, "Pour confirmer"), what="what goes")
        await paul.say(chat, "!oubliezmoi oui")
        await paul.wait_for(chat, says(bot.user_id, "effacé"), what="that it is done")
        await caught_up(lea, room, bot)
    before = said_by(bot, lea, room)
    # The machine is lost, and people go on.
    await omar.say(room, "plutôt une tuberculose", thread=second)
    late = await nora.say(room, "!cas douleur thoracique à l'effort")
    after = await on_another_machine(ward, bot, backup)
    async with after.serving():
        await lea.wait_for(room, card(after, 5), what="the card of what was asked after the loss")
        await lea.wait_for(room, _edited(second, "3 réponses"), what="both answers counted")
        await caught_up(lea, room, after)
        now = said_by(after, lea, room)
        assert {event.event_id for event in before} <= {event.event_id for event in now}
        assert _doubled(now) == []
        cards = [event.body.split(" ", 1)[0] for event in now if card(after)(event)]
        assert sorted(cards) == ["#2", "#3", "#5"]
        assert (
            len(
                [
                    event
                    for event in now
                    if card(after)(event) and event.event_id not in {e.event_id for e in before}
                ]
            )
            == 1
        )
        await _is_pulled(lea, room, after, "#1")
        await _is_pulled(lea, room, after, "#4")
        assert "coqueluche" in str(lea.latest(second)["body"])
        # What the bot had said before it was lost is within reach of a pull.
        await nora.say(room, "!pull #3")
        await lea.wait_for(room, redacted(third), what="the third card gone")
        await lea.wait_for(room, redacted(picture), what="its picture gone")
    assert late
    async with after.database() as database:
        his = "SELECT count(*) FROM answer WHERE sender = :user"
        kept = await database.run(lambda tx: tx.value(his, user=paul.user_id))
        words = await database.run(
            lambda tx: tx.value("SELECT count(*) FROM answer WHERE text LIKE '%sinusite%'")
        )
    assert (kept, words) == (0, 0)


def _doubled(events: list[SeenEvent]) -> list[str]:
    said = Counter((event.thread, event.body) for event in events if event.type == "m.room.message")
    lists = ("cas ouvert", "Aucun cas")
    return [
        body for (_, body), times in said.items() if times > 1 and not any(word in body for word in lists)
    ]


def _edited(event_id: str, words: str) -> Callable[[SeenEvent], bool]:
    return lambda e: (
        e.relation.get("rel_type") == "m.replace"
        and e.relation.get("event_id") == event_id
        and words in str((e.content.get("m.new_content") or {}).get("body", "")).replace("\u00a0", " ")
    )


async def _is_pulled(person: Person, room: str, bot: BotAccount, number: str) -> None:
    asked = await person.say(room, f"!resume {number}")
    answer = await person.wait_for(room, answers(bot, asked), what=f"the answer about {number}")
    assert "retiré" in answer.body, answer.body
    assert says(bot.user_id, number)(answer)


async def test_a_bot_whose_session_ended_too_knows_what_it_has_said(ward: Ward) -> None:
    """The backup's device is deleted by the time: the server tells a new one nothing of what that has sent.

    The sealed notes in the bot's own messages do, which it reads with keys from the server's backup. Two people have
    left since: one whose case is still within reach of a pull, and one who had asked to be forgotten, and stays so.
    """
    bot = await ward.bot()
    lea, omar, nora, paul = [await ward.person(word) for word in ("lea", "omar", "nora", "paul")]
    async with bot.serving():
        room = await ward.room(lea, [omar, nora, paul], bot)
        chat = await paul.create_room(None, invite=[bot.user_id], direct=True)
        await paul.wait_for(chat, joined(bot.user_id), what="the bot joining the chat")
        await lea.say(room, "!cas fièvre au retour de voyage")
        zeroth = (await omar.wait_for(room, card(bot, 1), what="the first card")).event_id
        await paul.say(room, "une sinusite", thread=zeroth)
        await caught_up(lea, room, bot)
        backup = await backed_up(bot)
        await paul.say(room, "ou bien une leptospirose", thread=zeroth)
        await paul.say(chat, "!oubliezmoi")
        await paul.wait_for(chat, says(bot.user_id, "Pour confirmer"), what="what goes")
        await paul.say(chat, "!oubliezmoi oui")
        await paul.wait_for(chat, says(bot.user_id, "effacé"), what="that it is done")
        await nora.say(room, "!cas vertiges depuis une semaine")
        left = (await omar.wait_for(room, card(bot, 2), what="the second card")).event_id
        await asyncio.sleep(6)  # the list of who was forgotten is on the server
        for person, place in ((nora, room), (paul, chat), (paul, room)):
            await person.leave(place)
        await lea.say(room, "!cas toux depuis trois mois")
        first = (await omar.wait_for(room, card(bot, 3), what="the card")).event_id
        await omar.say(room, "une coqueluche ?", thread=first)
        await caught_up(lea, room, bot)
    before = said_by(bot, lea, room)
    await end_all_sessions(ward, bot)
    after = await on_another_machine(ward, bot, backup, lives=False)
    await after.log_in()
    async with after.serving():
        await omar.say(room, "plutôt une tuberculose", thread=first)
        await lea.wait_for(room, _edited(first, "2 réponses"), what="both answers counted")
        await caught_up(lea, room, after)
        now = said_by(after, lea, room)
        assert {event.event_id for event in before} <= {event.event_id for event in now}
        assert [event.event_id for event in now if card(after)(event)] == [zeroth, left, first]
        assert _doubled(now) == []
        await lea.say(room, "!pull #2")
        await lea.wait_for(room, redacted(left), what="the card of one who has left, gone")
    assert await _kept_of(after, paul) == 0


async def _kept_of(bot: BotAccount, person: Person) -> int:
    """How many answers are kept of somebody, by their name or their words."""
    found = "SELECT count(*) FROM answer WHERE sender = :user OR text LIKE '%sinusite%' OR text LIKE '%leptospirose%'"
    async with bot.database() as database:
        return int(await database.run(lambda tx: tx.value(found, user=person.user_id)))


async def test_two_bots_never_run_on_one_device(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the old machine runs, no backup is restored beside it; believed lost, it stops when it comes back."""
    monkeypatch.setattr("doctocbot.lease._RENEW_EVERY", 0.5)
    bot = await ward.bot()
    async with open_bot(bot.config, bot.secrets) as old:
        running = asyncio.create_task(old.run())
        await old.serving.wait()
        backup = await backed_up(bot)
        other = await ward.account((bot.user_id, bot.password))
        with pytest.raises(RunsElsewhere):
            await restore(other.config, other.secrets, backup, PASSPHRASE)
        assert not (other.config.data_dir / "doctocbot.db").exists()
        await restore(other.config, other.secrets, backup, PASSPHRASE, other_is_gone=True)
        with pytest.raises(ExceptionGroup) as ended:
            await asyncio.wait_for(running, 30)
        assert ended.group_contains(TakenOver)


async def test_a_lost_machine_that_comes_back_never_serves_again(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while the new machine is stopped, and years later; and the new one starts again as if nothing had been."""
    bot = await ward.bot()
    async with bot.serving():
        backup = await backed_up(bot)
    other = await ward.account((bot.user_id, bot.password))
    # Whoever stopped has said so: nothing is waited for.
    await restore(other.config, other.secrets, backup, PASSPHRASE)
    async with other.serving():
        pass
    monkeypatch.setattr("doctocbot.lease.time.time", lambda: 4e9)
    async with open_bot(bot.config, bot.secrets) as old:
        with pytest.raises(TakenOver):
            await old.run()
    monkeypatch.undo()
    async with other.serving():
        pass


async def test_a_machine_whose_clock_is_wrong_is_known_to_run(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours behind ours, it is not taken for gone but watched, and renews its word meanwhile; killed, it does not."""
    monkeypatch.setattr("doctocbot.lease._RENEW_EVERY", 0.5)
    monkeypatch.setattr("doctocbot.lease._WATCHES", 2.0)
    monkeypatch.setattr("doctocbot.lease._HOLDS_FOR", -7200.0)
    bot = await ward.bot()
    other = await ward.account((bot.user_id, bot.password))
    async with bot.serving():
        backup = await backed_up(bot)
        with pytest.raises(RunsElsewhere):
            await restore(other.config, other.secrets, backup, PASSPHRASE)
    process = await bot.process("run")
    await process.said("serving")
    await process.kill()
    await restore(other.config, other.secrets, backup, PASSPHRASE)


async def test_a_login_elsewhere_ends_the_bot_that_runs(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sets the same account up on a second machine: one bot is left, and a case is answered once.

    A login that is refused, for want of the recovery key, stops nobody.
    """
    monkeypatch.setattr("doctocbot.lease._RENEW_EVERY", 0.5)
    monkeypatch.setattr("doctocbot.lease._WATCHES", 1.0)
    bot = await ward.account()
    key = (await bot.log_in()).recovery_key
    lea = await ward.person("lea")
    async with open_bot(bot.config, bot.secrets) as old:
        running = asyncio.create_task(old.run())
        await old.serving.wait()
        room = await ward.room(lea, [], bot)
        other = await ward.account((bot.user_id, bot.password))
        with pytest.raises(ForeignIdentity):
            await other.log_in()
        await asyncio.sleep(2)
        assert not running.done()
        other.secrets = dataclasses.replace(other.secrets, recovery_key=key)
        await other.log_in()
        # It has been given the time, and is down when the login is done.
        with pytest.raises(ExceptionGroup) as ended:
            await asyncio.wait_for(running, 1)
        assert ended.group_contains(TakenOver)
    async with other.serving():
        await lea.say(room, "!cas Genou gonflé")
        await lea.wait_for(room, card(other), what="the card")
        await caught_up(lea, room, other)
    assert len([event for event in said_by(other, lea, room) if card(other)(event)]) == 1
