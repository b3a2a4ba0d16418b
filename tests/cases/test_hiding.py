"""A case is hidden by moderators: its words and pictures are nowhere to be seen, its thread stays; and comes back."""

import pytest

from tests.cases.test_intake import choose, draft, quiet
from tests.desk import BOT, CHAT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import state_event

pytest_plugins = ["tests.desk_fixtures"]

MODOS_CHAT = "!modo-and-the-bot:clinic.example"
WORDS = "Enfant de 3 ans, éruption des joues, acrocyanose #dermato"


async def ask(desk: Desk) -> tuple[str, str, str]:
    """Léa's case with a photo, an edit and an opinion; a list, a find and a summary have shown it.

    Returns her message, its edit, and the opinion.
    """
    await desk.open_chat(MODO, MODOS_CHAT)
    source = await desk.say(LEA, "!cas Enfant, éruption")
    edit = await desk.edit(LEA, source, f"!cas {WORDS}")
    await desk.picture(LEA, "joues")
    opinion = await desk.say(MARC, "!avis Gianotti-Crosti", thread=await desk.card_id())
    await desk.say(NORA, "!résumé #1")
    await desk.say(PAUL, "!lescas #dermato")
    await desk.say(PAUL, "!chercher acrocyanose")
    return source, edit, opinion


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """The room with Léa's case in it."""
    await ask(desk)
    return desk


async def hide(desk: Desk, number: int = 1) -> None:
    """Modo hides a case from their direct chat."""
    await desk.say(MODO, f"!mod masquer #{number} visage reconnaissable", room=MODOS_CHAT)
    await desk.say(MODO, "!mod oui", room=MODOS_CHAT)


def readable(desk: Desk) -> str:
    """All that anybody can still read of the bot's in the room, versions of cards included."""
    return plain(str([event.content for event in desk.gateway.visible(ROOM)]))


async def test_its_words_and_pictures_are_gone_from_the_room(desk: Desk) -> None:
    """From the card and its earlier versions, from lists, finds and summaries, and from the author's own messages."""
    source, edit, _ = await ask(desk)
    assert "éruption" in readable(desk)
    await hide(desk)
    for word in ("éruption", "acrocyanose", "Enfant"):
        assert word not in readable(desk)
    assert await desk.pictures() == []
    assert "masqués par la modération" in await desk.card()
    assert desk.gone(source)
    assert desk.gone(edit)


async def test_the_thread_stays(desk: Desk) -> None:
    """What colleagues said is there, and they may go on."""
    _, _, opinion = await ask(desk)
    await hide(desk)
    assert not desk.gone(opinion)
    assert not desk.gone(await desk.card_id())
    await desk.say(NORA, "Vu la semaine dernière", thread=await desk.card_id())
    assert await desk.value("SELECT count(*) FROM answer") == 2
    assert "2 réponses" in await desk.card()


@pytest.mark.parametrize(
    "words",
    ["!lescas", "!lescas #dermato", "!lescas tous", "!chercher acrocyanose", "!résumé #1", "!résumé semaine"],
)
async def test_nothing_shows_it_any_more(busy: Desk, words: str) -> None:
    """Neither a list nor a find nor a summary, in the room or in private."""
    await hide(busy)
    await busy.tick()
    await busy.open_chat(NORA, CHAT)
    for room in (ROOM, CHAT):
        told = " ".join(busy.answers_to(await busy.say(NORA, words, room=room)))
        assert "acrocyanose" not in told
        assert "dermato" not in told
        assert "éruption" not in told


async def test_it_is_shown_again(busy: Desk) -> None:
    """Words, tags and picture, in the same thread; it is found and listed as before."""
    await hide(busy)
    await busy.say(MODO, "!mod montrer #1", room=MODOS_CHAT)
    assert "acrocyanose" in await busy.card()
    assert "dermato" in await busy.card()
    assert "Gianotti-Crosti" in await busy.card()
    assert await busy.pictures() == ["joues"]
    (found,) = busy.answers_to(await busy.say(NORA, "!chercher acrocyanose"))
    assert "#1" in found
    acts = await busy.database.run(
        lambda tx: [row["act"] for row in tx.rows("SELECT act FROM audit ORDER BY id")]
    )
    assert acts == ["hidden", "shown"]


async def test_it_is_hidden_and_shown_as_often_as_it_takes(busy: Desk) -> None:
    """Each time all of it."""
    for _ in range(2):
        await hide(busy)
        assert "éruption" not in readable(busy)
        assert await busy.pictures() == []
        await busy.say(MODO, "!mod montrer #1", room=MODOS_CHAT)
        assert "éruption" in await busy.card()
        assert await busy.pictures() == ["joues"]


async def test_it_is_hidden_once(busy: Desk) -> None:
    """A second time there is nothing to hide, and nothing to show twice."""
    await hide(busy)
    (told,) = busy.answers_to(await busy.say(MODO, "!mod masquer #1 encore", room=MODOS_CHAT))
    assert "déjà masqué" in told
    await busy.say(MODO, "!mod montrer #1", room=MODOS_CHAT)
    (told,) = busy.answers_to(await busy.say(MODO, "!mod montrer #1", room=MODOS_CHAT))
    assert "n'est pas masqué" in told


async def test_what_its_author_corrects_stays_hidden(busy: Desk) -> None:
    """They learn that it is hidden, and mend it: the new words come with `!mod show`."""
    source = await busy.say(MARC, "!cas Homme de 60 ans, dyspnée")
    busy.take_power()
    await hide(busy, 2)
    await busy.edit(MARC, source, "!cas Homme de 60 ans, essoufflement au repos")
    busy.later(minutes=1)
    await busy.tick()
    assert "essoufflement" not in readable(busy)
    await busy.say(MODO, "!mod montrer #2", room=MODOS_CHAT)
    assert "essoufflement" in await busy.card(2)


async def test_without_the_power_to_redact_moderators_hear_what_stays(busy: Desk) -> None:
    """The author's own messages, as links."""
    busy.take_power()
    await hide(busy)
    told = plain("\n".join(event.body for event in busy.gateway.visible(MODOS_CHAT)))
    assert "matrix.to" in told
    assert "effacez-les" in told
    assert "éruption" not in readable(busy)


async def test_what_came_from_a_direct_chat_comes_back_with_its_additions(desk: Desk) -> None:
    """An addition is hidden and posted anew as well; while the case is hidden none goes out."""
    await desk.open_chat(LEA)
    await desk.open_chat(MODO, MODOS_CHAT)
    await draft(desk)
    await choose(desk, 0)
    await desk.say(LEA, "!ajouter #1 Elle a de la fièvre depuis hier", room=CHAT)
    await quiet(desk)
    await choose(desk, 0)
    assert "fièvre" in readable(desk)
    await hide(desk)
    assert "fièvre" not in readable(desk)
    await desk.say(LEA, "!ajouter #1 Et une toux sèche", room=CHAT)
    await quiet(desk)
    await choose(desk, 0)
    assert "toux" not in readable(desk)
    await desk.say(MODO, "!mod montrer #1", room=MODOS_CHAT)
    assert "fièvre" in readable(desk)


async def test_a_photo_sent_while_it_is_hidden_does_not_join_it(busy: Desk) -> None:
    """It would be seen in the thread."""
    await busy.say(MARC, "!cas Homme de 60 ans, dyspnée")
    await hide(busy, 2)
    await busy.picture(MARC, "radio")
    assert await busy.value("SELECT count(*) FROM picture WHERE case_id = 2") == 0


async def test_a_hidden_case_can_be_pulled_and_comes_back_whole(busy: Desk) -> None:
    """Its author has the words as a draft; the room never sees them again."""
    await busy.open_chat(LEA)
    await hide(busy)
    await busy.say(LEA, "!retirer #1")
    assert await busy.value("SELECT text FROM medical_case") is None
    await busy.say(NORA, "!cas Femme de 30 ans, migraine")
    await hide(busy, 2)
    await busy.open_chat(NORA, "!nora:clinic.example")
    await busy.say(MODO, "!mod retirer #2 doublon", room=MODOS_CHAT)
    await busy.say(MODO, "!mod oui", room=MODOS_CHAT)
    for _ in range(2):
        await quiet(busy)
    assert "migraine" in plain(
        "\n".join(event.body for event in busy.gateway.visible("!nora:clinic.example"))
    )
    assert "migraine" not in readable(busy)


async def test_news_of_a_hidden_case_wait(busy: Desk) -> None:
    """They would stand in the thread, in the author's words."""
    await busy.open_chat(LEA)
    await busy.say(LEA, "!clore #1 Gianotti-Crosti", room=CHAT)
    await hide(busy)
    (told,) = busy.answers_to(await busy.say(LEA, "!suivi #1 guérie en trois semaines", room=CHAT))
    assert "masqué le cas #1" in told
    assert "guérie" not in readable(busy)
    assert "Gianotti-Crosti" not in await busy.card()


async def test_nobody_is_called_to_a_hidden_case(busy: Desk) -> None:
    """Neither followers nor the room are reminded of it; once it is shown, they are."""
    await busy.say(MARC, "!cas Homme de 60 ans, dyspnée")
    await hide(busy, 2)
    sent = len(busy.gateway.sent)
    busy.later(minutes=300)
    await busy.tick()
    assert [event.body for event in busy.gateway.sent[sent:] if event.room_id == ROOM] == []
    await busy.say(MODO, "!mod montrer #2", room=MODOS_CHAT)
    busy.later(minutes=300)
    await busy.tick()
    assert any(
        "#2" in event.body for event in busy.gateway.sent[sent:] if event.room_id == ROOM and not event.edits
    )


async def test_no_member_hides(busy: Desk) -> None:
    """Taking back is theirs, hiding is for moderators."""
    busy.change(state_event("m.room.power_levels", {"users": {MODO: 100, BOT: 50, LEA: 49}, "redact": 50}))
    for words in ("!mod masquer #1 non", "!mod montrer #1"):
        (told,) = busy.answers_to(await busy.say(LEA, words))
        assert "modération" in told
    assert await busy.value("SELECT hidden FROM medical_case") == 0
