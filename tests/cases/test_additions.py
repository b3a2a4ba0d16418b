"""After publication: what the author writes in their chat next goes into the thread, by the same way."""

import json

import pytest

from tests.cases.test_intake import choose, draft, notices, poll_words, polls, preview, quiet
from tests.desk import CHAT, LEA, MARC, ROOM, Desk, plain

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
