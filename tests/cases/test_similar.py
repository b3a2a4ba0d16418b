"""Past cases like a new one, in its thread."""

import pytest

from tests.desk import CHAT, LEA, MARC, OTHER_ROOM, ROOM, Desk, plain

pytest_plugins = ["tests.desk_fixtures"]

PAST = "Enfant de 3 ans, éruption papuleuse des joues et des fesses, symétrique, après une rhinopharyngite"
NEW = "Garçon de 4 ans : papules des joues et des fesses, symétriques, après une rhinopharyngite"


async def closed(desk: Desk, words: str, outcome: str, room: str = ROOM) -> int:
    """A case of Léa's that has been closed, and read into the index by the clock; returns its number."""
    await desk.say(LEA, f"!cas {words}", room=room)
    number: int = await desk.value("SELECT max(id) FROM medical_case")
    await desk.say(LEA, f"!clore #{number} probable {outcome}", room=room)
    await desk.tick()
    return number


async def shown(desk: Desk, number: int) -> list[str]:
    """What stands in the thread of a case about others."""
    said = [plain(event.body) for event in await desk.thread(number)]
    return [words for words in said if words.startswith("Cas clos qui ressemblent")]


async def test_a_like_case_is_shown_with_its_outcome_and_the_way_to_it(desk: Desk) -> None:
    """One quiet message in the new case's thread, nothing in the timeline."""
    await closed(desk, PAST, "Gianotti-Crosti")
    before = len(desk.timeline())
    await desk.say(MARC, f"!cas {NEW}")
    (words,) = await shown(desk, 2)
    assert "• #1 · clos (https://matrix.to/#/" in words
    assert "Issue : Gianotti-Crosti (probable)" in words
    assert len(desk.timeline()) == before + 1, "the card"
    (event,) = [event for event in await desk.thread(2) if "ressemblent" in event.body]
    assert event.content["msgtype"] == "m.notice"


@pytest.mark.parametrize(
    "words", ["toux fièvre", "Toux et fièvre depuis deux jours", "Certificat pour la crèche"]
)
async def test_without_a_like_case_nothing_is_said(desk: Desk, words: str) -> None:
    """A cough and a fever bring nobody together."""
    await closed(desk, "Toux et fièvre depuis 5 jours, auscultation normale", "virose")
    await desk.say(MARC, f"!cas {words}")
    assert await shown(desk, 2) == []


async def test_only_closed_cases_of_the_same_room_count(desk: Desk) -> None:
    """Never another room's, none that is open, none that is pulled, not itself."""
    await desk.open_room(OTHER_ROOM)
    await closed(desk, PAST, "ailleurs", room=OTHER_ROOM)
    await desk.say(LEA, f"!cas {PAST}")
    await closed(desk, PAST, "retiré")
    await desk.say(LEA, "!retirer #3")
    await desk.say(MARC, f"!cas {NEW}")
    assert await shown(desk, 4) == []


async def test_at_most_three_are_shown(desk: Desk) -> None:
    """The most alike ones."""
    for number in range(5):
        await closed(desk, f"{PAST}, cuisses {number}", "Gianotti-Crosti")
    await desk.say(MARC, f"!cas {NEW}")
    (words,) = await shown(desk, 6)
    assert words.count("•") == 3


async def test_a_pull_reaches_what_was_shown_elsewhere(desk: Desk) -> None:
    """The outcome of a pulled case stands in no other thread any more."""
    await closed(desk, PAST, "Zébulonite")
    await desk.say(MARC, f"!cas {NEW}")
    assert len(await shown(desk, 2)) == 1
    await desk.say(LEA, "!retirer #1")
    assert await shown(desk, 2) == []
    assert "Zébulonite" not in desk.readable()


async def test_an_outcome_that_is_corrected_goes_from_other_threads(desk: Desk) -> None:
    """It may have held a name."""
    await desk.say(LEA, f"!cas {PAST}")
    closing = await desk.say(LEA, "!clore #1 possible chez la boulangère")
    await desk.tick()
    await desk.say(MARC, f"!cas {NEW}")
    assert len(await shown(desk, 2)) == 1
    await desk.redact(LEA, closing)
    assert await shown(desk, 2) == []


async def test_like_cases_stay_when_a_typo_is_corrected(desk: Desk) -> None:
    """In the new case, of which the line says nothing, and in the talk about the old one."""
    await desk.say(LEA, f"!cas {PAST}")
    opinion = await desk.say(MARC, "!avis gale", thread=await desk.card_id())
    await desk.say(LEA, "!clore #1 probable Gianotti-Crosti")
    await desk.tick()
    case = await desk.say(MARC, f"!cas {NEW} feries")
    found = await desk.say(LEA, "!chercher fesses")
    before = [event.event_id for event in await desk.thread(2) if "ressemblent" in event.body]
    await desk.edit(MARC, case, f"!cas {NEW} fériés")
    await desk.redact(MARC, opinion)
    await desk.tick()
    assert [event.event_id for event in await desk.thread(2) if "ressemblent" in event.body] == before
    assert len(await shown(desk, 2)) == 1
    assert len(desk.answers_to(found)) == 1


async def test_a_case_with_other_words_is_like_others(desk: Desk) -> None:
    """What no longer resembles it goes, what resembles it now is shown, as often as it is corrected."""
    await closed(desk, PAST, "Gianotti-Crosti")
    case = await desk.say(MARC, "!cas Certificat")
    for _ in range(2):
        await desk.edit(MARC, case, f"!cas {NEW}")
        assert len(await shown(desk, 2)) == 1
        await desk.edit(MARC, case, "!cas Certificat pour la crèche")
        assert await shown(desk, 2) == []


async def test_a_case_from_a_direct_chat_gets_them_in_its_thread(desk: Desk) -> None:
    """In the room's thread and not in the chat."""
    await closed(desk, PAST, "Gianotti-Crosti")
    await desk.open_chat(MARC)
    await desk.say(MARC, NEW, room=CHAT)
    await desk.tick()
    desk.later(seconds=4)
    await desk.tick()
    await desk.say(MARC, "!publier", room=CHAT)
    await desk.settle()
    assert len(await shown(desk, 2)) == 1
    assert not [event for event in desk.gateway.visible(CHAT) if "ressemblent" in event.body]
