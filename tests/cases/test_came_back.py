"""A case that somebody else has pulled comes back to its author, who mends it; the next patient stays out of it."""

import json

import pytest

from tests.cases.test_intake import choose, draft, notices, poll_words, polls, preview, quiet
from tests.desk import CHAT, LEA, MARC, MODO, ROOM, Desk, plain
from tests.fakes.gateway import Sent
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

WORDS = "Homme de 54 ans, plaque du dos #dermato"


@pytest.fixture
async def returned(desk: Desk) -> Desk:
    """Léa has published a case with a photo from her chat, Marc has pulled it, and she is shown what came back."""
    await desk.open_chat(LEA)
    await desk.picture(LEA, "dos", room=CHAT)
    await draft(desk, WORDS)
    await choose(desk, 0)
    await desk.say(MARC, "!retirer #1")
    await quiet(desk)
    await quiet(desk)
    return desk


def shown(desk: Desk) -> Sent:
    """The message of the preview that stands in the chat."""
    (first,) = [e for e in desk.gateway.visible(CHAT) if "Aperçu" in e.body and not e.edits]
    return first


def photos(desk: Desk) -> list[str]:
    """The pictures that stand in the chat."""
    shown = [e.content for e in desk.gateway.visible(CHAT) if e.content.get("msgtype") == "m.image"]
    return [desk.gateway.files[content["file"]["url"]].decode() for content in shown]


async def test_it_says_what_it_is_and_how_it_is_mended(returned: Desk) -> None:
    """No message of hers stands there to edit: the preview names the commands instead."""
    assert "votre cas #1" in preview(returned)
    assert "!corriger" in preview(returned)
    assert "Modifiez" not in preview(returned)
    await choose(returned, 0)
    assert "plaque du dos" in await returned.card(2)
    assert await returned.pictures(2) == ["dos"]


async def test_its_words_are_replaced(returned: Desk) -> None:
    """`!corriger` puts the whole text anew, its own edit corrects it once more, and the old words are gone."""
    typed = await returned.say(LEA, "!corriger Homme de 50 ans, plaque annulaire", room=CHAT)
    await quiet(returned)
    assert "54 ans" not in preview(returned)
    await returned.edit(LEA, typed, "!corriger Homme, plaque annulaire", room=CHAT)
    await quiet(returned)
    await choose(returned, 0)
    card = await returned.card(2)
    assert "> Homme, plaque annulaire" in card
    assert "50 ans" not in card
    assert returned.gone(typed)


async def test_replacing_by_nothing_asks_for_the_words(returned: Desk) -> None:
    """`!corriger` alone leaves the draft as it is."""
    await returned.say(LEA, "!corriger", room=CHAT)
    assert "tout le texte" in notices(returned)[-1]
    await quiet(returned)
    assert "54 ans" in preview(returned)


async def test_a_reply_to_its_preview_is_added_to_it(returned: Desk) -> None:
    """Words and a photo that say to what they belong."""
    await returned.say(LEA, "Pas de fièvre", reply=shown(returned).event_id, room=CHAT)
    await returned.picture(LEA, "coude", reply=shown(returned).event_id, room=CHAT)
    await quiet(returned)
    assert "Pas de fièvre" in preview(returned)
    assert photos(returned) == ["dos", "coude"]


@pytest.mark.parametrize("typed", ["Femme de 30 ans, toux", "!cas Femme de 30 ans, toux"])
async def test_the_next_patient_begins_another_draft(returned: Desk, typed: str) -> None:
    """What came back steps aside, is not published with it, and comes again when that one has ended."""
    await returned.say(LEA, typed, room=CHAT)
    assert "#1, qui vous est revenu, attend" in notices(returned)[-1]
    await quiet(returned)
    assert "toux" in preview(returned)
    assert "plaque" not in preview(returned)
    assert photos(returned) == []
    await choose(returned, 0)
    assert "plaque" not in await returned.card(2)
    await quiet(returned)
    assert "plaque" in preview(returned)
    assert "toux" not in preview(returned)
    assert photos(returned) == ["dos"]
    await choose(returned, 0)
    assert await returned.pictures(3) == ["dos"]


async def test_the_next_patients_photo_begins_another_draft(returned: Desk) -> None:
    """A photo says of nobody whose it is: it does not go to who is there by chance."""
    await returned.picture(LEA, "autre", room=CHAT)
    await quiet(returned)
    assert photos(returned) == ["autre"]
    await returned.say(LEA, "!jeter", room=CHAT)
    await quiet(returned)
    assert photos(returned) == ["dos"]


async def test_a_reply_to_what_waits_joins_no_other(returned: Desk) -> None:
    """The news that it came back, and that it waits, are about that case and none other."""
    await returned.say(LEA, "!cas Femme de 30 ans, toux", room=CHAT)
    told = [
        event
        for event in returned.gateway.visible(CHAT)
        if "vous revient ici" in plain(event.body) or "attend de côté" in plain(event.body)
    ]
    assert len(told) == 2
    for event in told:
        for words in ("Pas de fièvre", "!corriger Pas de fièvre", "!jeter", "!publier"):
            await returned.say(LEA, words, reply=event.event_id, room=CHAT)
            assert "pour autre chose" in notices(returned)[-1]
    await quiet(returned)
    assert "fièvre" not in preview(returned)
    assert "toux" in preview(returned)


async def test_a_reply_to_the_news_of_what_is_over_joins_nothing(returned: Desk) -> None:
    """Discarded meanwhile: she is told, and no draft takes it."""
    (told,) = [e for e in returned.gateway.visible(CHAT) if "vous revient ici" in plain(e.body)]
    await returned.say(LEA, "!jeter", room=CHAT)
    await returned.say(LEA, "Pas de fièvre", reply=told.event_id, room=CHAT)
    assert "n'existe plus" in notices(returned)[-1]
    assert await returned.value("SELECT count(*) FROM draft") == 0


async def test_one_that_waits_dies_in_its_time(returned: Desk) -> None:
    """Stepping aside lends it no more time; what was said for it goes with it."""
    added = await returned.say(LEA, "Pas de fièvre", reply=shown(returned).event_id, room=CHAT)
    await returned.tick()
    returned.later(minutes=60 * 23)
    await returned.say(LEA, "!cas Femme de 30 ans, toux", room=CHAT)
    await quiet(returned)
    returned.later(minutes=61)
    await returned.tick()
    assert returned.gone(added)
    assert any("#1, qui vous était revenu" in notice for notice in notices(returned))
    assert "toux" in preview(returned)
    assert await returned.value("SELECT count(*) FROM draft") == 1


async def test_one_that_waits_is_gone_when_a_third_comes(returned: Desk) -> None:
    """A chat that ends, ends what waits in it too."""
    added = await returned.say(LEA, "Pas de fièvre", reply=shown(returned).event_id, room=CHAT)
    await returned.say(LEA, "!cas Femme de 30 ans, toux", room=CHAT)
    returned.change(member(MARC, membership="invite"), room=CHAT)
    await returned.inspect(CHAT)
    assert returned.gone(added)
    assert await returned.value("SELECT count(*) FROM draft") == 0
    assert (
        await returned.value("SELECT count(*) FROM attachment WHERE data IS NOT NULL OR file IS NOT NULL")
        == 0
    )


async def test_it_stands_where_it_is_announced(desk: Desk) -> None:
    """Of two chats, it is the one in which she spoke last."""
    second = "!aaa-second:clinic.example"
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    await choose(desk, 0)
    await desk.open_chat(LEA, second)
    await desk.say(MARC, "!retirer #1")
    await quiet(desk)
    assert await desk.value("SELECT chat_id FROM draft") == CHAT
    assert any("vous revient ici" in plain(event.body) for event in desk.gateway.visible(CHAT))


async def test_pulled_in_the_moment_of_publishing_it_is_not_called_published(desk: Desk) -> None:
    """A colleague was faster than the bot's word: only that it came back is true."""
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    poll = polls(desk)[-1]
    answer = poll.content["org.matrix.msc3381.poll.start"]["answers"][0]["id"]
    await desk.vote(LEA, poll.event_id, answer, room=CHAT)
    await desk.react(MARC, await desk.card_id(), "🚩")
    await quiet(desk)
    await quiet(desk)
    assert not any("est publié" in notice for notice in notices(desk))
    assert "votre cas #1" in preview(desk)


# -- without a name


@pytest.fixture
async def nameless(desk: Desk) -> Desk:
    """The same with a case that Léa had published without her name."""
    await desk.say(MODO, "!mod set anonymous on")
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    await desk.say(LEA, "!publier anonyme", room=CHAT)
    await desk.tick()
    await desk.say(MARC, "!retirer #1")
    await quiet(desk)
    await quiet(desk)
    return desk


def said_in_room(desk: Desk) -> str:
    """All that the room was ever sent."""
    sent = [event.content for event in desk.gateway.sent if event.room_id == ROOM]
    return json.dumps(sent, ensure_ascii=False)


async def test_the_choice_to_give_no_name_comes_back_with_it(nameless: Desk) -> None:
    """By the first tap and by the bare word alike, it is published as it was."""
    assert "par un confrère" in preview(nameless).split("Sous votre nom")[0]
    assert "sans mon nom" in poll_words(polls(nameless)[-1])[0]
    await nameless.say(LEA, "!publier", room=CHAT)
    await nameless.tick()
    assert "par un confrère" in await nameless.card(2)
    assert "lea" not in said_in_room(nameless)


async def test_the_first_tap_gives_no_name_either(nameless: Desk) -> None:
    """The poll and the words say the same."""
    await choose(nameless, 0)
    assert "par un confrère" in await nameless.card(2)
    assert "lea" not in said_in_room(nameless)


async def test_the_name_is_given_where_the_author_says_so(nameless: Desk) -> None:
    """`!publier sous mon nom`, said outright."""
    await nameless.say(LEA, "!publier sous mon nom", room=CHAT)
    await nameless.tick()
    assert f"par {LEA}" in await nameless.card(2)


async def test_a_room_that_allows_it_no_more_does_not_get_the_name_instead(nameless: Desk) -> None:
    """The bare word is refused, with the words that would publish it under the name."""
    await nameless.say(MODO, "!mod set anonymous off")
    await nameless.say(LEA, "!publier", room=CHAT)
    assert "!publier sous mon nom" in notices(nameless)[-1]
    assert await nameless.value("SELECT count(*) FROM medical_case") == 1
