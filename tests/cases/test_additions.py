"""After publication: what the author writes in their chat next goes into the thread, by the same way."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from doctocbot.matrix.errors import Forbidden
from doctocbot.rooms.admission import Problem
from doctocbot.rooms.settings import note_problems
from tests.cases.test_intake import choose, draft, notices, poll_words, polls, preview, quiet
from tests.desk import CHAT, LEA, MARC, OTHER_ROOM, ROOM, Desk, plain
from tests.fakes.gateway import Sent
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

WORDS = "Homme de 54 ans, plaque du dos #dermato"


@pytest.fixture
async def published(desk: Desk) -> Desk:
    """Léa has published a case from her chat."""
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    await choose(desk, 0)
    return desk


async def said_in_thread(desk: Desk) -> list[str]:
    """What the bot says in the thread of the case."""
    return [plain(event.body) for event in await desk.thread()]


async def test_unaddressed_words_get_one_question(published: Desk) -> None:
    """With an open case: an addition to that one, or a new case? Nothing is shown as either before."""
    await published.say(LEA, "Il a aussi de la fièvre.", room=CHAT)
    await quiet(published)
    (poll,) = polls(published)
    assert poll_words(poll)[0].startswith("Préciser #1 : Homme de 54 ans")
    assert poll_words(poll)[1] == "Un nouveau cas"
    assert "Aperçu" not in "".join(event.body for event in published.gateway.visible(CHAT))


async def test_an_addition_goes_into_the_thread_after_preview_and_tap(published: Desk) -> None:
    """Guarded, shown and asked about like a case; then nothing of it stays in the chat."""
    said = await published.say(LEA, "Il a aussi de la fièvre, tél 06 12 34 56 78", room=CHAT)
    await quiet(published)
    await choose(published, 0)
    await quiet(published)
    assert "À ajouter dans le fil du cas #1" in preview(published)
    assert "numéro de téléphone" in preview(published)
    await published.edit(LEA, said, "Il a aussi de la fièvre", room=CHAT)
    await quiet(published)
    assert await said_in_thread(published) == []
    await choose(published, 0)
    assert await said_in_thread(published) == ["L'auteur précise :\n> Il a aussi de la fièvre"]
    assert published.gone(said)
    assert "C'est ajouté au cas #1" in notices(published)[-1]
    shown = json.dumps([event.content for event in published.gateway.visible(CHAT)], ensure_ascii=False)
    assert "fièvre" not in shown
    assert await published.value("SELECT count(*) FROM medical_case") == 1
    assert await published.value("SELECT count(*) FROM audit WHERE act = 'consent'") == 2


async def test_a_picture_alone_is_an_addition_too(published: Desk) -> None:
    """The photo taken a day later joins the case, cleaned."""
    await published.picture(LEA, "lendemain", caption="Le lendemain", room=CHAT)
    await quiet(published)
    await choose(published, 0)
    await quiet(published)
    await choose(published, 0)
    assert await published.pictures() == ["lendemain"]
    assert "📷 1" in await published.card()


async def test_a_reply_to_a_notice_is_an_addition_without_a_question(published: Desk) -> None:
    """Answering the message that told of an answer says which case is meant."""
    await published.say(MARC, "Fièvre ?", thread=await published.card_id())
    (notice,) = [event for event in published.gateway.visible(CHAT) if "Fièvre ?" in event.body]
    await published.say(LEA, "Oui, 39 °C", reply=notice.event_id, room=CHAT)
    await quiet(published)
    assert "À ajouter dans le fil du cas #1" in preview(published)
    await choose(published, 0)
    assert "39 °C" in (await said_in_thread(published))[-1]


async def test_a_new_case_is_said_by_a_tap_or_by_the_command(published: Desk) -> None:
    """`!cas` never asks; the other answer of the question does the same."""
    await published.say(LEA, "Femme de 30 ans, toux", room=CHAT)
    await quiet(published)
    await choose(published, 1)
    await quiet(published)
    await choose(published, 0)
    assert "toux" in await published.card(2)
    await published.say(LEA, "!cas Enfant, otite", room=CHAT)
    await quiet(published)
    await choose(published, 0)
    assert "otite" in await published.card(3)


async def test_an_addition_in_words(published: Desk) -> None:
    """`!ajouter #1 …` and `!publier` do the same without a tap."""
    await published.say(LEA, "!ajouter #1 Pas de fièvre", room=CHAT)
    await quiet(published)
    await published.say(LEA, "!publier", room=CHAT)
    await published.tick()
    assert "Pas de fièvre" in (await said_in_thread(published))[-1]


async def test_only_the_author_adds_and_only_while_it_is_open(published: Desk) -> None:
    """A colleague answers in the thread; a closed case is opened again first."""
    await published.open_chat(MARC, "!marc:clinic.example")
    await published.say(MARC, "!ajouter #1 Fièvre ?", room="!marc:clinic.example")
    assert "Seul l'auteur" in published.gateway.visible("!marc:clinic.example")[-1].body
    await published.say(LEA, "!ajouter #1 Pas de fièvre", room=CHAT)
    await quiet(published)
    await published.say(LEA, "!clore psoriasis", thread=await published.card_id())
    await choose(published, 0)
    assert "n'est plus ouvert" in notices(published)[-1]
    assert "Pas de fièvre" not in "".join(await said_in_thread(published))


async def test_words_for_one_case_never_join_those_for_another(published: Desk) -> None:
    """A draft is for one thing; what is meant for another is refused, with what to do."""
    await published.say(LEA, "!cas Femme de 30 ans, toux", room=CHAT)
    await quiet(published)
    await published.say(LEA, "!ajouter #1 Pas de fièvre", room=CHAT)
    assert "pour autre chose" in notices(published)[-1]
    await quiet(published)
    assert "fièvre" not in preview(published)


async def test_a_new_case_by_command_joins_no_addition(published: Desk) -> None:
    """`!cas` with an addition before her: the next patient does not go into the thread of the last."""
    await published.say(LEA, "!ajouter #1 Pas de fièvre", room=CHAT)
    await quiet(published)
    refused = await published.say(LEA, "!cas Femme de 30 ans, toux", room=CHAT)
    assert "pour autre chose" in notices(published)[-1]
    await quiet(published)
    assert "toux" not in preview(published)
    await choose(published, 0)
    assert published.gone(refused)
    assert "toux" not in "".join(await said_in_thread(published))


async def test_a_correction_of_the_command_is_one_of_its_words(published: Desk) -> None:
    """An edited `!ajouter #1 …` adds what stands after the number; once it is told, the edit is too late."""
    typed = await published.say(LEA, "!ajouter #1 Pas de fièvre", room=CHAT)
    await published.edit(LEA, typed, "!ajouter #1 Pas de toux", room=CHAT)
    await quiet(published)
    await choose(published, 0)
    assert (await said_in_thread(published))[-1] == "L'auteur précise :\n> Pas de toux"
    edit = await published.edit(LEA, typed, "!ajouter #1 Pas de toux, M. Durand", room=CHAT)
    assert published.gone(edit)
    assert "n'a donc rien changé" in notices(published)[-1]


async def test_a_reply_to_the_word_that_it_is_published_is_an_addition(published: Desk) -> None:
    """The latest message about a case is the one that people reply to."""
    (told,) = [event for event in published.gateway.visible(CHAT) if "est publié" in event.body]
    await published.say(LEA, "Pas de fièvre", reply=told.event_id, room=CHAT)
    await quiet(published)
    assert "À ajouter dans le fil du cas #1" in preview(published)


async def told_of(desk: Desk, words: str) -> Sent:
    """Marc answers, and Léa is told of it in her chat."""
    await desk.say(MARC, words, thread=await desk.card_id())
    (notice,) = [event for event in desk.gateway.visible(CHAT) if words in event.body]
    return notice


async def test_a_reply_to_news_of_a_closed_case_joins_no_other_draft(published: Desk) -> None:
    """It was said of a patient whose case is closed: it is not taken for the next one's, and goes with the draft."""
    notice = await told_of(published, "Fièvre ?")
    await published.say(LEA, "!clore #1 psoriasis", room=CHAT)
    await published.say(LEA, "!cas Femme de 30 ans, toux", room=CHAT)
    refused = await published.say(LEA, "Oui, 39, homme de 54 ans", reply=notice.event_id, room=CHAT)
    assert "!rouvrir #1" in notices(published)[-1]
    await quiet(published)
    assert "54 ans" not in preview(published)
    await choose(published, 0)
    assert published.gone(refused)


async def test_a_picture_in_reply_to_a_colleagues_case_joins_no_other_draft(desk: Desk) -> None:
    """A photo for somebody else's patient is taken out, with what to do instead."""
    await desk.open_chat(LEA)
    await desk.say(MARC, f"!cas {WORDS}")
    await desk.say(LEA, "!cas Femme de 30 ans, toux", room=CHAT)
    asked = await desk.say(LEA, "!résumé #1", room=CHAT)
    (summary,) = [event for event in desk.gateway.visible(CHAT) if event.replies_to == asked]
    photo = await desk.picture(LEA, "autre-patient", reply=summary.event_id, room=CHAT)
    assert desk.gone(photo)
    assert "dans son fil" in notices(desk)[-1]
    assert await desk.value("SELECT count(*) FROM draft_part WHERE number IS NOT NULL") == 0


async def test_whoever_left_the_room_adds_to_no_other_patient(published: Desk) -> None:
    """A reply to the news of a case in a room that one has left is refused, and tells nothing of the case."""
    await published.open_room(OTHER_ROOM)
    notice = await told_of(published, "Fièvre ?")
    published.change(member(LEA, "leave"))
    await published.say(LEA, "!cas Femme de 30 ans, toux", room=CHAT)
    await published.say(LEA, "Oui, 39 °C", reply=notice.event_id, room=CHAT)
    assert "n'est plus là pour vous" in notices(published)[-1]
    await quiet(published)
    assert "39" not in preview(published)


async def test_an_addition_to_a_pulled_case_is_not_advised_to_reopen(published: Desk) -> None:
    """It ended with its case; what came back is another draft."""
    await published.say(LEA, "!ajouter #1 Pas de fièvre", room=CHAT)
    await quiet(published)
    await published.say(MARC, "!retirer #1")
    await quiet(published)
    assert "Pas de fièvre" not in preview(published)
    assert not any("!rouvrir" in notice for notice in notices(published))


async def test_a_question_that_a_pull_took_away_is_put_anew(published: Desk) -> None:
    """It showed the pulled case's words; without it, the words would wait for ever."""
    await published.say(LEA, "Femme de 30 ans, toux", room=CHAT)
    await quiet(published)
    await published.say(LEA, "!retirer #1", room=CHAT)
    await quiet(published)
    assert "toux" in preview(published)
    await choose(published, 0)
    assert "toux" in await published.card(2)


async def test_undecided_words_without_an_open_case_can_be_published_in_words(published: Desk) -> None:
    """The only case that they could have been for is closed: there is nothing left to decide."""
    said = await published.say(LEA, "Femme de 30 ans, toux", room=CHAT)
    await quiet(published)
    await published.say(LEA, "!clore psoriasis", thread=await published.card_id())
    await published.edit(LEA, said, "Femme de 30 ans, toux sèche", room=CHAT)
    await quiet(published)
    await published.say(LEA, "!publier", room=CHAT)
    assert "toux sèche" in await published.card(2)


async def test_a_case_that_closes_while_it_is_asked_about_is_no_dead_end(published: Desk) -> None:
    """`!publier` shows the preview that there was no need for before."""
    await published.say(LEA, "Femme de 30 ans, toux", room=CHAT)
    await quiet(published)
    await published.say(LEA, "!clore psoriasis", thread=await published.card_id())
    await published.say(LEA, "!publier", room=CHAT)
    await quiet(published)
    assert "toux" in preview(published)
    await published.say(LEA, "!publier", room=CHAT)
    assert "toux" in await published.card(2)


async def test_nothing_is_published_while_it_is_not_decided(published: Desk) -> None:
    """`!publier` before the question is answered asks for it."""
    await published.say(LEA, "Il a aussi de la fièvre.", room=CHAT)
    await quiet(published)
    await published.say(LEA, "!publier", room=CHAT)
    assert "d'abord" in notices(published)[-1]


async def test_an_addition_goes_with_its_case(published: Desk) -> None:
    """A pull reaches it, and it comes back with the case's words."""
    await published.say(LEA, "!ajouter #1 Pas de fièvre", room=CHAT)
    await quiet(published)
    await choose(published, 0)
    await published.say(MARC, "!retirer #1")
    assert "fièvre" not in published.readable()
    await quiet(published)
    await quiet(published)
    assert "Pas de fièvre" in preview(published)
    assert published.gateway.visible(ROOM)[-1].body.startswith("Le cas #1 a été retiré")


async def test_the_author_acts_on_the_case_from_the_chat(published: Desk) -> None:
    """Close and open again by number; the thread is told in the room's words."""
    await published.say(LEA, "!clore #1 psoriasis", room=CHAT)
    assert "psoriasis" in await published.card()
    assert "Le cas #1 est clos" in notices(published)[-1]
    await published.say(LEA, "!rouvrir #1", room=CHAT)
    assert "psoriasis" not in await published.card()
    await published.say(LEA, "!retirer #1", room=CHAT)
    assert await published.value("SELECT state FROM medical_case") == "pulled"


# -- when the room does not take it


Refuses = Callable[[str, Mapping[str, Any]], bool]


async def choose_while_refused(desk: Desk, refuses: Refuses) -> None:
    """Léa says yes, but the server refuses some of what would go to a room."""
    send = desk.gateway.send

    async def refuse(room_id: str, type_: str, content: Mapping[str, Any], transaction_id: str) -> str:
        if refuses(room_id, content):
            raise Forbidden("M_TOO_LARGE", 413)
        return await send(room_id, type_, content, transaction_id)

    desk.gateway.send = refuse  # type: ignore[method-assign]
    await choose(desk, 0)
    desk.gateway.send = send  # type: ignore[method-assign]


def _is_the_addition(room_id: str, content: Mapping[str, Any]) -> bool:
    return room_id == ROOM and "précise" in str(content)


def _is_a_picture(room_id: str, content: Mapping[str, Any]) -> bool:
    return room_id == ROOM and content.get("msgtype") == "m.image"


@pytest.fixture
async def addition(published: Desk) -> Desk:
    """Léa is shown an addition of words and a photo."""
    await published.say(LEA, "!ajouter #1 Voici le lendemain", room=CHAT)
    await published.picture(LEA, "lendemain", room=CHAT)
    await quiet(published)
    return published


async def test_an_addition_that_failed_leaves_no_picture_and_goes_out_at_the_second_attempt(
    addition: Desk,
) -> None:
    """What "is not published" stands nowhere, and is tried again as a whole."""
    await choose_while_refused(addition, _is_the_addition)
    assert "rien n'est publié" in notices(addition)[-1]
    assert await addition.pictures() == []
    assert "📷" not in await addition.card()
    await quiet(addition)
    await choose(addition, 0)
    assert (await said_in_thread(addition)).count("L'auteur précise :\n> Voici le lendemain") == 1
    assert await addition.pictures() == ["lendemain"]
    assert "📷 1" in await addition.card()


async def test_a_picture_alone_that_failed_can_be_published_again(published: Desk) -> None:
    """The same photo, by a second tap."""
    await published.picture(LEA, "lendemain", room=CHAT)
    await quiet(published)
    await choose(published, 0)
    await quiet(published)
    await choose_while_refused(published, _is_a_picture)
    assert await published.pictures() == []
    await quiet(published)
    await choose(published, 0)
    assert await published.pictures() == ["lendemain"]


async def test_an_addition_that_expired_on_its_way_is_not_published_later(addition: Desk) -> None:
    """The room was closed to the bot all day: neither words nor photo come when it opens again."""
    poll = polls(addition)[-1]
    chosen = poll.content["org.matrix.msc3381.poll.start"]["answers"][0]["id"]
    relation = {"rel_type": "m.reference", "event_id": poll.event_id}
    content = {"org.matrix.msc3381.poll.response": {"answers": [chosen]}, "m.relates_to": relation}
    event = addition.event(LEA, "org.matrix.msc3381.poll.response", content, room=CHAT)
    await addition.arrive(event)
    await addition.handle(CHAT)
    await addition.database.run(note_problems, ROOM, [next(iter(Problem))])
    await addition.settle(CHAT)
    addition.later(minutes=60 * 24 + 5)
    await addition.tick()
    assert "24 h" in notices(addition)[-1]
    await addition.database.run(note_problems, ROOM, [])
    await addition.settle(ROOM)
    assert await said_in_thread(addition) == []
    assert await addition.value("SELECT count(*) FROM picture WHERE NOT dropped") == 0


async def test_a_tenth_addition_outlives_the_failure_of_none_but_itself(published: Desk) -> None:
    """What is undone is one release, not all whose keys begin alike."""
    for number in range(1, 12):
        await published.say(LEA, f"!ajouter #1 Précision numéro {number}.", room=CHAT)
        await quiet(published)
        if number == 11:
            await choose_while_refused(published, _is_the_addition)
        else:
            await choose(published, 0)
    told = await said_in_thread(published)
    assert [f"> Précision numéro {number}." in "".join(told) for number in (1, 10, 11)] == [True, True, False]


# -- what is refused


async def test_a_refused_word_goes_when_the_draft_ends(published: Desk) -> None:
    """It says as much of the patient as what was taken."""
    await published.say(LEA, "!cas Femme de 30 ans, toux", room=CHAT)
    refused = await published.say(LEA, "!ajouter #1 Pas de fièvre, M. Martin", room=CHAT)
    mistyped = await published.say(LEA, "!ajuoter #1 M. Martin", room=CHAT)
    edit = await published.edit(LEA, refused, "!ajouter #1 M. Martin va mieux", room=CHAT)
    await quiet(published)
    await choose(published, 0)
    assert [event for event in (refused, mistyped, edit) if not published.gone(event)] == []
