"""Votes as Element sends them: in the clear, on an encrypted answer; the card moves, and nobody is written to."""

from pathlib import Path

import pytest

from doctocbot.demo.homeserver import Homeserver
from tests.element.engine import ElementClinician, in_thread
from tests.element.seen import SeenEvent
from tests.stories.ward import BotAccount, NewUser

pytestmark = [pytest.mark.homeserver, pytest.mark.element]


async def test_a_vote_by_reaction_moves_the_card(
    homeserver: Homeserver, new_user: NewUser, tmp_path: Path
) -> None:
    """A thumb makes an answer an opinion, one taken back unmakes it, and the author's ✅ keeps it."""
    bot = BotAccount(homeserver, *await new_user("doctocbot"), tmp_path, {})
    await bot.log_in()
    async with (
        bot.serving(),
        ElementClinician.log_in(homeserver.url, *await new_user("lea")) as lea,
        ElementClinician.log_in(homeserver.url, *await new_user("karim")) as karim,
        ElementClinician.log_in(homeserver.url, *await new_user("nora")) as nora,
    ):
        powers = {"users": {bot.user_id: 50}}
        members = (karim.user_id, nora.user_id, bot.user_id)
        room = await lea.create_room("DocTocToc", members, power_levels=powers)
        for colleague in (karim, nora):
            await colleague.join(room)
        await lea.wait_for(room, lambda e: e.type == "m.room.member" and e.state_key == bot.user_id
                           and e.content.get("membership") == "join", what="the bot joining")  # fmt: skip
        await lea.send_text(room, "!cas Enfant de 3 ans, papules des joues et des genoux #dermato")
        card = await karim.wait_for(
            room, lambda e: e.sender == bot.user_id and "Enfant de 3 ans" in e.body, what="the card"
        )
        answer = await karim.send_text(
            room, "Bonjour,\nsyndrome de Gianotti-Crosti ?", in_thread(card.event_id)
        )

        async def shown(words: str, *, there: bool = True) -> SeenEvent:
            return await nora.wait_for(
                room,
                lambda e: e.event_id == card.event_id and (words in _plain(e)) is there,
                what=f"{words!r} on the card" if there else f"the card without {words!r}",
            )

        async def said() -> list[str]:
            events = (e for e in await nora.events(room) if e.sender == bot.user_id)
            return [
                e.event_id
                for e in events
                if e.type == "m.room.message" and e.relation.get("rel_type") != "m.replace"
            ]

        await shown("1 réponse")
        before = await said()
        thumb = await nora.react(room, answer, "👍")
        await shown("1. syndrome de Gianotti-Crosti : 2 d'accord, personne contre → avis concordants")
        number = await karim.wait_for(
            room, lambda e: e.type == "m.reaction" and e.sender == bot.user_id, what="the opinion's number"
        )
        assert (number.relation["event_id"], number.relation["key"]) == (answer, "1️⃣")

        await nora.redact(room, thumb)
        await shown("d'accord", there=False)
        await lea.react(room, answer, "✅")
        await shown("1. syndrome de Gianotti-Crosti : 1 d'accord, personne contre · ✅ réponse retenue")
        await nora.send_text(room, "!daccord 1", in_thread(card.event_id))
        kept = await shown("2 d'accord, personne contre → avis concordants · ✅ réponse retenue")

        assert (kept.failure, kept.shield) == (None, "NONE")
        assert await said() == before


def _plain(event: SeenEvent) -> str:
    """The words without what typography adds to them."""
    return event.body.translate({0x2019: "'", 0xA0: " ", 0x202F: " "})
