"""Two colleagues on a real homeserver, one of whom goes in the middle: between the question and the vote."""

from typing import Any

import pytest

from doctocbot.chat.poll import POLL_START
from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from tests.stories.ward import BotAccount, Ward, answers, card, caught_up, joined

pytestmark = pytest.mark.homeserver


async def _chat(person: Person, bot: BotAccount) -> str:
    """What Element's "start chat" makes."""
    chat = await person.create_room(None, invite=[bot.user_id], direct=True, power_levels=None)
    await person.wait_for(chat, joined(bot.user_id), what="the bot joining the chat")
    await person.set_power_level(chat, bot.user_id, 100)
    return chat


def _question(bot: BotAccount) -> Any:
    """The poll under a preview."""
    return lambda e: e.sender == bot.user_id and POLL_START in e.content


def _choice(event: SeenEvent) -> str:
    return str(event.content[POLL_START]["answers"][0]["id"])


async def _cases(bot: BotAccount) -> list[tuple[str, str]]:
    """State and words of every case that the bot keeps."""
    async with bot.database() as database:
        rows = await database.run(lambda tx: tx.rows("SELECT state, text FROM medical_case ORDER BY id"))
        return [(row["state"], row["text"]) for row in rows]


@pytest.mark.parametrize("how", ["leaves", "is put out"])
async def test_who_goes_between_the_question_and_the_vote_counts_no_more(ward: Ward, how: str) -> None:
    """Inès goes: her vote, her flag, her search and her draft do nothing; Omar's vote and his own case count."""
    bot = await ward.bot()
    lea, omar, ines = await ward.person("lea"), await ward.person("omar"), await ward.person("ines")
    async with bot.serving():
        room = await ward.room(lea, [omar, ines], bot)
        chat = await _chat(ines, bot)
        await lea.say(room, "!cas Plaque du dos depuis trois semaines")
        root = (await lea.wait_for(room, card(bot, 1), what="the card")).event_id
        opinion = await lea.say(room, "!avis lupus", thread=root)
        await omar.say(room, "!avis pityriasis rosé", thread=root)
        await caught_up(omar, room, bot)
        await ines.say(chat, "!cas Toux sèche depuis deux mois")
        asked = await ines.wait_for(chat, _question(bot), what="the question under her preview")
        await (ines.leave(room) if how == "leaves" else lea.kick(room, ines.user_id))
        await caught_up(omar, room, bot)

        sought = await ines.say(chat, "!chercher plaque")
        found = await ines.wait_for(chat, answers(bot, sought), what="an answer to her search")
        assert "Plaque" not in found.body
        await ines.vote(chat, asked.event_id, _choice(asked))
        published = await ines.say(chat, "!publier")
        refused = await ines.wait_for(chat, answers(bot, published), what="an answer to her publishing")
        assert "est publié" not in refused.body
        pulled = await ines.say(chat, "!retirer #1")
        await ines.wait_for(chat, answers(bot, pulled), what="an answer to her pull")

        await omar.react(room, opinion, "👍")
        await omar.say(room, "!cas Genou gonflé")
        await omar.wait_for(room, card(bot, 2), what="Omar's own card")
        await caught_up(omar, room, bot)
        assert "lupus : 1 d'accord" in str(lea.latest(root)["body"]).replace("\u00a0", " ").replace("’", "'")
        assert [event for event in lea.timeline(room) if card(bot, 3)(event)] == []
    assert await _cases(bot) == [
        ("open", "Plaque du dos depuis trois semaines"),
        ("open", "Genou gonflé"),
    ]
    event = lea.seen.event(root)
    assert event is not None
    assert not event.redacted


async def test_what_she_did_just_before_she_went_is_void_when_the_bot_hears_of_it_later(ward: Ward) -> None:
    """The bot was down while Inès voted, flagged and went: at its start it goes by who is in the room."""
    bot = await ward.bot()
    lea, omar, ines = await ward.person("lea"), await ward.person("omar"), await ward.person("ines")
    async with bot.serving():
        room = await ward.room(lea, [omar, ines], bot)
        await lea.say(room, "!cas Plaque du dos")
        root = (await lea.wait_for(room, card(bot, 1), what="the card")).event_id
        opinion = await omar.say(room, "!avis pityriasis", thread=root)
        await caught_up(omar, room, bot)
    await ines.react(room, opinion, "👎")
    await ines.react(room, root, "🚩")
    await ines.say(room, "!retirer #1")
    await ines.leave(room)
    async with bot.serving():
        await caught_up(omar, room, bot)
    assert await _cases(bot) == [("open", "Plaque du dos")]
    assert "personne contre" in str(lea.latest(root)["body"])
