"""A question as Element's engine sees it: votes by its own poll events, hidden until the end."""

from pathlib import Path

import pytest

from doctocbot.demo.homeserver import Homeserver
from tests.element.engine import ElementClinician, in_thread
from tests.element.seen import SeenEvent
from tests.stories.ward import BotAccount, NewUser

pytestmark = [pytest.mark.homeserver, pytest.mark.element]

_START, _END = "org.matrix.msc3381.poll.start", "org.matrix.msc3381.poll.end"


async def test_a_vote_changed_before_the_end_counts_once_and_stays_hidden(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path
) -> None:
    """The last vote of Element's counts; until the end the bot says and edits nothing that tells how votes fell."""
    bot = BotAccount(homeserver, *await new_user("doctocbot"), tmp_path, {})
    await bot.log_in()
    async with (
        bot.serving(),
        ElementClinician.log_in(homeserver.url, *await new_user("lea")) as lea,
        ElementClinician.log_in(homeserver.url, *await new_user("karim")) as karim,
        ElementClinician.log_in(homeserver.url, *await new_user("nora")) as nora,
    ):
        members = (karim.user_id, nora.user_id, bot.user_id)
        room = await lea.create_room("DocTocToc", members, power_levels={"users": {bot.user_id: 50}})
        for colleague in (karim, nora):
            await colleague.join(room)
        await lea.wait_for(room, lambda e: e.type == "m.room.member" and e.state_key == bot.user_id
                           and e.content.get("membership") == "join", what="the bot joining")  # fmt: skip
        poll = await _asked(bot, room, lea, karim)
        seen = await nora.wait_for(room, lambda e: e.event_id == poll, what="the poll")
        answers = seen.content[_START]["answers"]
        texts = {each["id"]: each["org.matrix.msc1767.text"] for each in answers}
        right = next(letter for letter, text in texts.items() if "Gianotti" in text)
        wrong = next(letter for letter in texts if letter != right)
        before = {event.event_id for event in await _of_bot(bot, room, lea)}

        await nora.vote_poll(room, poll, wrong)
        vote = await nora.vote_poll(room, poll, right)
        await lea.wait_for(room, lambda e: e.event_id == vote, what="the vote")
        assert await nora.poll_model(room, poll) == (True, False)
        assert {event.event_id for event in await _of_bot(bot, room, lea)} == before

        await karim.send_text(room, "!quiz stop")
        result = await lea.wait_for(
            room, lambda e: e.sender == bot.user_id and "La bonne réponse" in _plain(e), what="the result"
        )
        await nora.wait_for(
            room, lambda e: e.type == _END and e.sender == bot.user_id, what="the end of the poll"
        )
        assert (result.relation["rel_type"], result.relation["event_id"]) == ("m.thread", poll)
        assert f"✅ {texts[right]} — 1" in _plain(result)
        assert f"{texts[wrong]} — 0" in _plain(result)
        assert nora.user_id not in str(result.content)
        assert (await nora.poll_model(room, poll))[1]


async def _asked(bot: BotAccount, room: str, lea: ElementClinician, karim: ElementClinician) -> str:
    """A case that was closed, whose author allows a question, and the poll of this question."""
    await lea.send_text(room, "!cas Enfant de 3 ans, papules des joues et des genoux #dermato")
    card = await karim.wait_for(
        room, lambda e: e.sender == bot.user_id and "papules" in e.body, what="the card"
    )
    for opinion in ("rubéole", "syndrome de Gianotti-Crosti"):
        await karim.send_text(room, f"!avis {opinion}", in_thread(card.event_id))
    await lea.wait_for(room, lambda e: "Gianotti" in e.body, what="the opinions")
    await lea.send_text(room, "!clore certain Gianotti-Crosti", in_thread(card.event_id))
    await lea.wait_for(room, lambda e: "devenir un quiz" in _plain(e), what="the question of consent")
    await lea.send_text(room, "!quiz permettre", in_thread(card.event_id))
    await lea.wait_for(room, lambda e: "Merci." in _plain(e), what="the thanks")
    await karim.send_text(room, "!quiz")
    poll = await karim.wait_for(room, lambda e: e.type == _START, what="the poll")
    return poll.event_id


async def _of_bot(bot: BotAccount, room: str, eyes: ElementClinician) -> list[SeenEvent]:
    """All that the bot has sent and this device has seen, edits among it."""
    return [event for event in await eyes.events(room) if event.sender == bot.user_id]


def _plain(event: SeenEvent) -> str:
    """The words without what typography adds to them."""
    return event.body.translate({0x2019: "'", 0xA0: " ", 0x202F: " "})
