"""The private intake: a doctor sends a case in a direct chat, sees what colleagues would see, and says yes."""

import json
from typing import Any

import pytest

from doctocbot.cases.readings import Reading
from doctocbot.chat.poll import POLL_START
from doctocbot.images import RefusalReason
from doctocbot.images.box import Box
from doctocbot.images.spots import Place, Sign, Spot
from tests.desk import CHAT, LEA, MARC, MODO, OTHER_ROOM, ROOM, Desk, plain
from tests.fakes.gateway import Sent
from tests.fakes.roomstates import member, state_event

pytest_plugins = ["tests.desk_fixtures"]

WORDS = "Homme de 54 ans, plaque érythémateuse du dos depuis 3 semaines #dermato #diagnostic"


@pytest.fixture
async def chat(desk: Desk) -> Desk:
    """Léa has opened a direct chat with the bot, which serves the room that she is in."""
    await desk.open_chat(LEA)
    return desk


async def quiet(desk: Desk) -> None:
    """Nothing is sent for a few seconds."""
    await desk.tick()
    desk.later(seconds=4)
    await desk.tick()


def polls(desk: Desk) -> list[Sent]:
    """The questions that stand in the chat."""
    return [event for event in desk.gateway.visible(CHAT) if event.type == POLL_START]


def poll_words(poll: Sent) -> list[str]:
    """What one may choose."""
    return [plain(answer["org.matrix.msc1767.text"]) for answer in poll.content[POLL_START]["answers"]]


async def choose(desk: Desk, index: int, *, who: str = LEA, poll: Sent | None = None) -> None:
    """Tap one of the choices."""
    asked = poll or polls(desk)[-1]
    answer = asked.content[POLL_START]["answers"][index]["id"]
    await desk.vote(who, asked.event_id, answer, room=CHAT)
    await desk.tick()


def preview(desk: Desk) -> str:
    """The one preview, as it reads after its edits."""
    first = [event for event in desk.gateway.visible(CHAT) if "Aperçu" in event.body and not event.edits]
    assert len(first) == 1
    shown = desk.latest(first[0].event_id)
    return plain(str(shown["body"]))


def notices(desk: Desk) -> list[str]:
    """What the bot says in passing."""
    return [
        plain(event.body)
        for event in desk.gateway.visible(CHAT)
        if event.content.get("msgtype") == "m.notice"
    ]


async def draft(desk: Desk, text: str = WORDS) -> str:
    """Léa writes a case and is shown its preview."""
    sent = await desk.say(LEA, text, room=CHAT)
    await quiet(desk)
    return sent


async def test_words_and_a_photo_become_a_case_only_after_the_tap(chat: Desk) -> None:
    """What colleagues see is what was shown, and not before the author has said that the patient agrees."""
    photo = await chat.picture(LEA, "dos", room=CHAT)
    words = await draft(chat)
    assert "Image 1 : retiré" in preview(chat)
    assert "plaque érythémateuse" in preview(chat)
    assert poll_words(polls(chat)[0])[0] == "Publier : le patient est d'accord"
    assert chat.gateway.visible(ROOM) == []
    await choose(chat, 0)
    assert "plaque érythémateuse" in await chat.card(1)
    assert await chat.pictures(1) == ["dos"]
    assert chat.gone(photo)
    assert chat.gone(words)
    assert "plaque" not in json.dumps([event.content for event in chat.gateway.visible(CHAT)])
    assert [event for event in chat.gateway.visible(CHAT) if event.content.get("msgtype") == "m.image"] == []
    assert await chat.value("SELECT act FROM audit WHERE case_id = 1") == "consent"
    assert LEA not in await chat.value("SELECT actor FROM audit")
    assert await chat.value("SELECT count(*) FROM draft") == 0
    assert "est publié dans" in notices(chat)[-1]


async def test_a_release_covers_only_the_version_shown(chat: Desk) -> None:
    """A word that comes after the preview is not published by a tap on the question about the one before."""
    await draft(chat)
    old = polls(chat)[0]
    await chat.say(LEA, "Il a aussi de la fièvre.", room=CHAT)
    await choose(chat, 0, poll=old)
    assert chat.gateway.visible(ROOM) == []
    assert "a changé" in notices(chat)[-1]
    await quiet(chat)
    assert "fièvre" in preview(chat)
    assert len(polls(chat)) == 1
    await choose(chat, 0)
    assert "fièvre" in await chat.card(1)


async def test_an_edit_and_a_deletion_change_the_draft(chat: Desk) -> None:
    """Correcting or deleting one's message is how a draft is corrected; each is shown and asked about anew."""
    words = await draft(chat)
    more = await chat.say(LEA, "Habite à Saint-Malo.", room=CHAT)
    await chat.edit(LEA, words, "Homme de 54 ans, plaque du dos", room=CHAT)
    await chat.redact(LEA, more, room=CHAT)
    await quiet(chat)
    assert "Saint-Malo" not in preview(chat)
    assert "3 semaines" not in preview(chat)
    await choose(chat, 0)
    assert "plaque du dos" in await chat.card(1)


async def test_a_picture_is_taken_out_and_keeps_the_numbers_of_the_others(chat: Desk) -> None:
    """`!jeter 1` takes the first of two pictures out, its original with it."""
    first = await chat.picture(LEA, "flou", room=CHAT)
    await chat.picture(LEA, "net", room=CHAT)
    await draft(chat)
    await chat.say(LEA, "!jeter 1", room=CHAT)
    assert chat.gone(first)
    await quiet(chat)
    assert "Image 1" not in preview(chat)
    assert "Image 2" in preview(chat)
    await choose(chat, 0)
    assert await chat.pictures(1) == ["net"]


async def test_what_looks_like_an_identifier_holds_the_words_until_they_are_corrected(chat: Desk) -> None:
    """`!publier` refuses a phone number; corrected, or in spite of it, the case goes out."""
    await draft(chat, "Femme de 30 ans, joignable au 06 12 34 56 78")
    assert "numéro de téléphone : …30 ans, joignable au 06 12 34 56 78" in preview(chat)
    assert poll_words(polls(chat)[0])[0].startswith("Publier quand même")
    await chat.say(LEA, "!publier", room=CHAT)
    assert chat.gateway.visible(ROOM) == []
    await chat.say(LEA, "!publier quand même", room=CHAT)
    assert "06 12" in await chat.card(1)


async def test_a_discarded_draft_leaves_nothing(chat: Desk) -> None:
    """Discarding redacts originals and previews, and erases the pictures."""
    photo = await chat.picture(LEA, "dos", room=CHAT)
    words = await draft(chat)
    await choose(chat, 2)
    assert chat.gateway.visible(ROOM) == []
    assert chat.gone(photo)
    assert chat.gone(words)
    assert await chat.value("SELECT count(*) FROM attachment WHERE data IS NOT NULL OR file IS NOT NULL") == 0
    assert "plaque" not in json.dumps([event.content for event in chat.gateway.visible(CHAT)])


async def test_not_yet_changes_nothing(chat: Desk) -> None:
    """The draft stays and may be published later."""
    await draft(chat)
    await choose(chat, 1)
    await chat.say(LEA, "!publier", room=CHAT)
    assert "plaque" in await chat.card(1)


async def test_a_draft_dies_after_a_day_and_a_restart_keeps_it(chat: Desk) -> None:
    """It outlives the process, and not its 24 hours."""
    words = await draft(chat)
    chat.restart()
    chat.later(minutes=60 * 23)
    await chat.tick()
    assert not chat.gone(words)
    chat.later(minutes=61)
    await chat.tick()
    assert chat.gone(words)
    assert "24 h" in notices(chat)[-1]
    assert await chat.value("SELECT count(*) FROM draft") == 0


async def test_several_rooms_are_asked_about(chat: Desk) -> None:
    """Whoever is in two served rooms says which; the case goes there alone."""
    await chat.open_room(OTHER_ROOM)
    chat.change(state_event("m.room.name", {"name": "Urgences"}), room=OTHER_ROOM)
    chat.change(state_event("m.room.name", {"name": "Cabinet"}))
    await draft(chat)
    choices = poll_words(polls(chat)[0])
    assert choices[:2] == [
        "Publier dans Cabinet : le patient est d'accord",
        "Publier dans Urgences : le patient est d'accord",
    ]
    await chat.say(LEA, "!publier", room=CHAT)
    assert "Dans quel salon" in notices(chat)[-1]
    await chat.say(LEA, "!publier urgences", room=CHAT)
    assert chat.gateway.visible(ROOM) == []
    assert await chat.value("SELECT room_id FROM medical_case") == OTHER_ROOM


async def test_a_third_person_ends_it(chat: Desk) -> None:
    """As soon as somebody else is invited, nothing is shown any more and what was shown is taken back."""
    words = await draft(chat)
    chat.change(member(MARC, membership="invite"), room=CHAT)
    await chat.inspect(CHAT)
    assert chat.gone(words)
    assert polls(chat) == []
    assert "plaque" not in json.dumps([event.content for event in chat.gateway.visible(CHAT)])
    assert "plus une conversation directe" in notices(chat)[-1]
    before = len(chat.gateway.sent)
    await chat.say(LEA, WORDS, room=CHAT)
    await quiet(chat)
    assert len(chat.gateway.sent) == before


async def test_a_new_room_of_two_becomes_a_room_when_colleagues_come(desk: Desk) -> None:
    """Nothing private was shown: the founder was merely the first in a room without a name."""
    await desk.open_chat(MODO, CHAT)
    desk.change(member(MARC, membership="invite"), room=CHAT)
    await desk.inspect(CHAT)
    await desk.say(MODO, "!cas Enfant fébrile", room=CHAT)
    assert await desk.value("SELECT room_id FROM medical_case") == CHAT


async def test_a_named_room_of_two_is_a_room(desk: Desk) -> None:
    """A room with a name, to which the bot was not invited as to a direct chat, is none."""
    await desk.open_chat(LEA, CHAT, name="Dermatologie")
    await desk.say(LEA, "!cas Enfant fébrile", room=CHAT)
    assert await desk.value("SELECT room_id FROM medical_case") == CHAT


async def test_somebody_who_shares_no_room_is_told_once(desk: Desk) -> None:
    """A stranger gets one kind line, and nothing of what they say is kept."""
    stranger = "@stranger:elsewhere.example"
    await desk.open_chat(stranger, CHAT)
    await desk.say(stranger, WORDS, room=CHAT)
    await desk.say(stranger, WORDS, room=CHAT)
    await quiet(desk)
    assert len(notices(desk)) == 1
    assert "en commun" in notices(desk)[0]
    assert await desk.value("SELECT count(*) FROM draft") == 0
    assert await desk.value("SELECT count(*) FROM inbox WHERE event IS NOT NULL") == 0


@pytest.mark.parametrize(
    "text", ["Bonjour !", "merci beaucoup", "Comment ça marche ?", "Hello doctor", "aide"]
)
async def test_a_greeting_gets_three_lines_of_help(chat: Desk, text: str) -> None:
    """Small talk begins no draft."""
    await chat.say(LEA, text, room=CHAT)
    await quiet(chat)
    assert "avant votre accord" in notices(chat)[0]
    assert await chat.value("SELECT count(*) FROM draft") == 0


async def test_a_case_command_works_as_in_the_room(chat: Desk) -> None:
    """Habits do no harm: `!cas` begins the draft with the words after it."""
    await draft(chat, "!cas Enfant fébrile depuis 3 jours")
    assert "> Enfant fébrile" in preview(chat)


async def test_commands_of_the_room_are_sent_there(chat: Desk) -> None:
    """What needs a case in its room says so here, and the other way round."""
    await chat.say(LEA, "!quiz stop", room=CHAT)
    assert "dans le salon" in notices(chat)[-1]
    sent = await chat.say(LEA, "!publier")
    assert "conversation directe" in chat.answers_to(sent)[0]


async def test_without_power_the_author_is_asked_to_delete(desk: Desk) -> None:
    """Where the bot may not redact, it says what is left to do, and still takes its own words back."""
    await desk.open_chat(LEA, bot_level=0)
    words = await draft(desk)
    await choose(desk, 0)
    assert not desk.gone(words)
    assert any("supprimez vous-même" in notice for notice in notices(desk))


async def test_a_refused_picture_is_no_part_of_the_draft(chat: Desk) -> None:
    """What cannot be proved clean is taken out with its reason; the words go on."""
    photo = await chat.picture(LEA, "dos", room=CHAT, refused=RefusalReason.TRUNCATED)
    assert chat.gone(photo)
    await draft(chat)
    assert "Image" not in preview(chat).split("Modifiez")[0].replace("Images", "")
    await choose(chat, 0)
    assert await chat.pictures(1) == []


async def test_what_was_read_in_a_picture_is_pointed_at_and_masked(chat: Desk) -> None:
    """The preview says where something looks like a name; `!masquer` blanks it and shows the picture again."""
    name = Box(10, 5, 200, 30)
    spot = Spot(frozenset((Sign.NAME, Sign.DATE)), name, Place.TOP_LEFT)
    reading = Reading((900, 720), (name, Box(10, 680, 90, 20)), (spot,))
    chat.readings["mxc://phones.example/ecg"] = reading.to_json()
    await chat.picture(LEA, "ecg", room=CHAT)
    await draft(chat)
    assert "À vérifier, en haut à gauche : date, nom." in preview(chat)
    await chat.say(LEA, "!masquer 1 en haut à gauche", room=CHAT)
    assert chat.masked == [[Box(3, 0, 214, 42)]]
    await quiet(chat)
    assert "À vérifier" not in preview(chat)
    await choose(chat, 0)
    assert await chat.pictures(1) == ["ecg masked"]


async def test_an_unsigned_device_may_not_speak_for_its_owner(chat: Desk) -> None:
    """Consent comes from a session that its owner has verified, or not at all."""
    await draft(chat)
    asked = polls(chat)[-1]
    answer: dict[str, Any] = {"org.matrix.msc3381.poll.response": {"answers": [f"publish {ROOM}"]}}
    relation = {"rel_type": "m.reference", "event_id": asked.event_id}
    content = {**answer, "m.relates_to": relation}
    await chat.do(LEA, "org.matrix.msc3381.poll.response", content, room=CHAT, verified=False)
    assert chat.gateway.visible(ROOM) == []


async def test_somebody_who_has_left_the_room_cannot_publish_there(chat: Desk) -> None:
    """Membership counts at the moment of the tap."""
    await draft(chat)
    chat.change(member(LEA, membership="leave"))
    await chat.open_room(OTHER_ROOM)
    await choose(chat, 0)
    assert chat.gateway.visible(ROOM) == []


async def test_the_author_is_told_of_answers_in_the_chat(chat: Desk) -> None:
    """The first answer at once and with its words, later ones together; what is deleted is taken back there too."""
    await draft(chat)
    await choose(chat, 0)
    card = await chat.card_id()
    first = await chat.say(MARC, "Granulome annulaire ?", thread=card)
    told = [event for event in chat.gateway.visible(CHAT) if "Granulome" in event.body]
    assert [plain(event.body).split(chr(10))[0] for event in told] == [f"#1 ({link(card)}) : 1 réponse."]
    for words in ("ou une mycose", "prélever d'abord"):
        await chat.say(MODO, words, thread=card)
    assert not [event for event in chat.gateway.visible(CHAT) if "mycose" in event.body]
    await chat.database.run(lambda tx: tx.execute("UPDATE outbox SET not_before = 1 WHERE not_before > 1"))
    await chat.tick()
    burst = [event for event in chat.gateway.visible(CHAT) if "mycose" in event.body]
    assert len(burst) == 1
    assert "prélever" in burst[0].body
    await chat.redact(MARC, first)
    assert "Granulome" not in json.dumps([event.content for event in chat.gateway.visible(CHAT)])


def link(event_id: str) -> str:
    """Where a card of the room is opened."""
    return f"https://matrix.to/#/%21cabinet%3Aclinic.example/{event_id.replace('$', '%24')}"
