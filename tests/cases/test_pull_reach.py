"""How far a pull reaches: to all that is of its case, wherever and whenever it was said, and to nothing of another."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from doctocbot.cases import erasure
from doctocbot.matrix.errors import Forbidden
from tests.cases.test_intake import choose, draft, quiet
from tests.desk import CHAT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk, plain

pytest_plugins = ["tests.desk_fixtures"]

WORDS = "Homme de 54 ans, plaque du dos #dermato"
MODOS = "!modo-and-the-bot:clinic.example"


def shown(desk: Desk, room: str) -> str:
    """All that a chat shows of the bot's."""
    return json.dumps([event.content for event in desk.gateway.visible(room)], ensure_ascii=False)


async def pulled(desk: Desk) -> str:
    """A case that has been opened and pulled; the event that its card was."""
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    await desk.say(MARC, "!retirer #1")
    return root


# -- nothing of another case


async def test_what_answers_a_list_of_many_cases_is_spared(desk: Desk) -> None:
    """The list goes; a colleague's remark under it, another case posted there and its answer stay."""
    await desk.say(LEA, f"!cas {WORDS}")
    asked = await desk.say(PAUL, "!lescas")
    (listed,) = [event for event in desk.gateway.visible(ROOM) if event.replies_to == asked]
    remark = await desk.say(PAUL, "Le 2 est pour moi", reply=listed.event_id)
    other = await desk.say(PAUL, "!cas Enfant, otite", reply=listed.event_id)
    answer = await desk.say(NORA, "Paracétamol", reply=other)
    await desk.say(MARC, "!retirer #1")
    assert desk.gone(listed.event_id)
    assert not any(desk.gone(each) for each in (remark, other, answer))


async def test_an_answer_in_the_thread_of_another_case_is_spared(desk: Desk) -> None:
    """Also where it replies to what the bot showed there of the one that is pulled."""
    for number in range(6):
        await desk.say(
            NORA, f"!cas Femme de {30 + number} ans, toux sèche vespérale du voyageur numéro{number}"
        )
    await desk.say(LEA, "!cas Erythema chronicum migrans après piqûre de tique en forêt vosgienne")
    await desk.say(LEA, "!clore #7 borréliose de Lyme")
    await desk.tick()
    await desk.say(NORA, "!cas Erythema chronicum migrans, tique, forêt vosgienne, piqûre")
    (similar,) = [event for event in await desk.thread(8) if "#7" in event.body]
    answer = await desk.say(MARC, "Oui : doxycycline", thread=await desk.card_id(8), reply=similar.event_id)
    await desk.say(PAUL, "!retirer #7")
    assert desk.gone(similar.event_id)
    assert not desk.gone(answer)
    assert await desk.value("SELECT count(*) FROM answer WHERE case_id = 8") == 1


# -- all that is of this one


async def test_a_flag_on_a_plain_reply_of_the_authors_pulls(desk: Desk) -> None:
    """Phones without threads reply to the card; what names the patient there is of the case."""
    await desk.say(LEA, f"!cas {WORDS}")
    remark = await desk.say(LEA, "C'est M. Martin", reply=await desk.card_id())
    await desk.react(MARC, remark, "🚩")
    assert desk.gone(remark)
    assert await desk.value("SELECT state FROM medical_case") == "pulled"


async def test_the_question_whether_something_is_an_addition_goes(desk: Desk) -> None:
    """It quotes the first words of the case in the author's chat."""
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    await choose(desk, 0)
    await desk.say(LEA, "Il a aussi de la fièvre", room=CHAT)
    await quiet(desk)
    assert "plaque du dos" in shown(desk, CHAT)
    await desk.say(MARC, "!retirer #1")
    await desk.settle(CHAT)
    await desk.tick()
    assert "plaque du dos" not in shown(desk, CHAT)


async def test_closing_words_that_were_taken_back_go(desk: Desk) -> None:
    """`!clore #1 …` stands outside the thread, and its outcome is stored no more."""
    await desk.say(LEA, f"!cas {WORDS}")
    closed = await desk.say(LEA, "!clore #1 psoriasis du dos")
    await desk.say(LEA, "!rouvrir #1")
    await desk.say(MARC, "!retirer #1")
    assert desk.gone(closed)


async def test_the_authors_news_go_from_the_chat_where_they_were_told(desk: Desk) -> None:
    """What became of the patient is of the case."""
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    await choose(desk, 0)
    await desk.say(LEA, "!clore #1 psoriasis", room=CHAT)
    news = await desk.say(LEA, "!suivi #1 Guéri, rentré à Vesoul", room=CHAT)
    await desk.settle(ROOM)
    await desk.say(MARC, "!retirer #1")
    await desk.settle(CHAT)
    assert desk.gone(news)
    assert "Vesoul" not in desk.readable()


async def test_a_colleagues_picture_in_the_thread_is_erased(desk: Desk) -> None:
    """Its caption, and the key to its bytes on the server."""
    await desk.say(LEA, f"!cas {WORDS}")
    await desk.picture(MARC, "comparaison", caption="Le dos de M. Martin", thread=await desk.card_id())
    await desk.say(PAUL, "!retirer #1")
    assert await desk.value("SELECT count(*) FROM picture WHERE caption IS NOT NULL") == 0
    assert await desk.value("SELECT count(*) FROM attachment WHERE coalesce(data, file) IS NOT NULL") == 0


async def test_a_picture_erased_while_it_is_uploaded_leaves_no_key(desk: Desk) -> None:
    """The upload ends after the pull; what could decrypt it is not written down."""
    await desk.say(LEA, f"!cas {WORDS}")
    upload = desk.gateway.upload

    async def pulled_meanwhile(data: bytes) -> dict[str, Any]:
        desk.gateway.upload = upload  # type: ignore[method-assign]
        await desk.database.run(erasure.erase, 1)
        return await upload(data)

    desk.gateway.upload = pulled_meanwhile  # type: ignore[method-assign]
    await desk.picture(LEA, "joues")
    assert await desk.value("SELECT count(*) FROM attachment WHERE file IS NOT NULL") == 0


# -- what comes too late


@pytest.mark.parametrize("words", ["psoriasis de M. Martin", "!avis psoriasis de M. Martin", "!résumé"])
async def test_late_words_and_commands_go(desk: Desk, words: str) -> None:
    """Somebody was typing still; whatever it is, it is about a patient who is to be left alone."""
    root = await pulled(desk)
    assert desk.gone(await desk.say(NORA, words, thread=root))


async def test_late_files_notices_and_edits_go(desk: Desk) -> None:
    """Also what no rule about words looks at."""
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    answer = await desk.say(NORA, "psoriasis", thread=root)
    await desk.say(MARC, "!retirer #1")
    assert desk.gone(await desk.document(NORA, thread=root))
    assert desk.gone(await desk.say(NORA, "psoriasis", thread=root, msgtype="m.notice"))
    assert desk.gone(await desk.edit(NORA, answer, "psoriasis de M. Martin"))
    assert desk.gone(await desk.picture(NORA, "dos", thread=root))
    assert await desk.pictures() == []


async def test_without_power_the_author_of_late_words_is_asked_to_delete_them(desk: Desk) -> None:
    """And not told that they are gone."""
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    desk.take_power()
    await desk.say(MARC, "!retirer #1")
    late = await desk.say(NORA, "psoriasis", thread=root)
    assert not desk.gone(late)
    assert "supprimez votre message" in plain(desk.answers_to(late)[0])


# -- what stays, and who is told


async def test_every_message_that_stays_is_named(desk: Desk) -> None:
    """However many there are."""
    await desk.open_chat(MODO, MODOS)
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    said = [await desk.say(NORA, f"réponse {number}", thread=root) for number in range(25)]
    desk.take_power()
    await desk.say(PAUL, "!retirer #1")
    await desk.tick()
    assert [event_id for event_id in said if quote(event_id) not in shown(desk, MODOS)] == []


async def test_a_redaction_that_was_refused_once_is_tried_again(desk: Desk) -> None:
    """The original of a photo stayed because the server said no that day."""
    await desk.say(LEA, f"!cas {WORDS}")
    desk.gateway.failures.append(Forbidden("M_FORBIDDEN", 403))
    photo = await desk.picture(LEA, "joues")
    assert not desk.gone(photo)
    await desk.say(MARC, "!retirer #1")
    assert desk.gone(photo)


async def test_asking_again_for_what_waits_tells_the_moderators_once(desk: Desk) -> None:
    """Five flags on the third case of others within the hour are one question."""
    await desk.open_chat(MODO, MODOS)
    for _ in range(3):
        await desk.say(LEA, f"!cas {WORDS}")
    for number in (1, 2):
        await desk.say(MARC, f"!retirer #{number}")
    for _ in range(5):
        await desk.react(MARC, await desk.card_id(3), "🚩")
    await desk.settle(MODOS)
    assert len([event for event in desk.gateway.visible(MODOS) if "#3" in event.body]) == 1


async def test_whoever_pulled_is_forgotten_after_a_day(desk: Desk) -> None:
    """The name serves to count within the hour; the audit keeps a pseudonym."""
    await pulled(desk)
    desk.later(minutes=25 * 60)
    await desk.tick()
    assert await desk.value("SELECT count(*) FROM case_pull") == 0
    assert await desk.value("SELECT count(*) FROM audit WHERE act = 'pull'") == 1


async def test_deleting_ones_own_case_message_does_the_same(desk: Desk) -> None:
    """The moderators are told, and it is on record."""
    await desk.open_chat(MODO, MODOS)
    source = await desk.say(LEA, f"!cas {WORDS}")
    await desk.redact(LEA, source)
    await desk.settle(MODOS)
    assert "a retiré le cas #1" in plain(shown(desk, MODOS))
    assert await desk.value("SELECT count(*) FROM audit WHERE act = 'pull'") == 1


async def test_a_senseless_time_of_a_server_is_not_believed(desk: Desk) -> None:
    """A case from the year 287,396 would never be nudged, and its date breaks every calendar."""
    await desk.say(LEA, f"!cas {WORDS}", at=9_007_199_254_740_991)
    assert await desk.value("SELECT opened_at FROM medical_case") <= desk.now
    await desk.say(MARC, "psoriasis", thread=await desk.card_id(), at=-5)
    assert await desk.value("SELECT min(sent_at) FROM answer") > 1_700_000_000_000
