"""`!find`: the room's memory, for those who were not there as well."""

import pytest

from tests.desk import CHAT, LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, Desk
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]


async def looked_for(desk: Desk, words: str, who: str = PAUL, **place: str) -> str:
    """The one answer to `!chercher`."""
    (answer,) = desk.answers_to(await desk.say(who, f"!chercher {words}".strip(), **place))
    return answer


async def test_a_find_shows_what_became_of_each_case(desk: Desk) -> None:
    """Number, kind and tags, state, answers, outcome, and the way to the card."""
    await desk.say(LEA, "!cas Éruptions des joues #dermato #diagnostic")
    root = await desk.card_id()
    await desk.say(MARC, "Mégalérythème", thread=root)
    await desk.say(LEA, "!clore probable mégalérythème", thread=root)
    told = await looked_for(desk, "eruption joue")
    assert told.startswith(
        "Voici les cas les plus proches :\n• #1 · diagnostic · dermato · clos (https://matrix.to/#/"
    )
    assert told.endswith("— 1 réponse · Issue : mégalérythème (probable)")
    assert await looked_for(desk, "MÉGALÉRYTHÈMES") == told


async def test_the_words_typed_are_never_repeated(desk: Desk) -> None:
    """They could be a name; the case's own text is not shown either."""
    await desk.say(LEA, "!cas zona de la fesse")
    for words in ("zona", "zona Dupontel", "Dupontel", "Dupontel zona fesse"):
        told = await looked_for(desk, words)
        assert "Dupontel" not in told
        assert "zona" not in told


async def test_when_no_case_has_all_words_it_is_said(desk: Desk) -> None:
    """What has some of them is shown all the same."""
    await desk.say(LEA, "!cas zona")
    told = await looked_for(desk, "zona thoracique")
    assert told.startswith("Aucun cas ne contient tous ces mots.")
    assert "• #1" in told


@pytest.mark.parametrize("words", ["", "😀", "« ! »"])
async def test_without_words_it_says_how(desk: Desk, words: str) -> None:
    """With an example."""
    assert "!chercher éruption des joues" in await looked_for(desk, words)


async def test_with_nothing_found_it_says_what_to_do_next(desk: Desk) -> None:
    """Fewer words, a synonym, or a new case; in a direct chat, in its words."""
    await desk.open_chat(PAUL)
    assert "Essayez moins de mots" in await looked_for(desk, "zona")
    assert "dans vos salons" in await looked_for(desk, "zona", room=CHAT)


async def test_at_most_ten_are_shown(desk: Desk) -> None:
    """The best."""
    for number in range(12):
        await desk.say(LEA, f"!cas zona {number}")
    assert (await looked_for(desk, "zona")).count("•") == 10


async def test_a_room_finds_its_own_cases_and_a_direct_chat_those_of_the_asker(desk: Desk) -> None:
    """Those of the rooms where they are joined now, by the names of the rooms."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(LEA, "!cas zona ici")
    await desk.say(LEA, "!cas zona ailleurs", room=OTHER_ROOM)
    await desk.open_chat(PAUL)
    here, private = await looked_for(desk, "zona"), await looked_for(desk, "zona", room=CHAT)
    assert ("#1" in here, "#2" in here) == (True, False)
    assert ("#1" in private, "#2" in private) == (True, True)
    desk.change(member(PAUL, membership="leave"), room=OTHER_ROOM)
    assert "#2" not in await looked_for(desk, "zona", room=CHAT)


async def test_a_pull_takes_earlier_answers_back(desk: Desk) -> None:
    """A pulled case is found no more, and what was found before is gone."""
    await desk.say(LEA, "!cas zona")
    await desk.say(LEA, "!clore #1 possible Zébulonite")
    asked = await desk.say(PAUL, "!chercher zona")
    assert "Zébulonite" in desk.answers_to(asked)[0]
    await desk.say(NORA, "!retirer #1")
    assert desk.answers_to(asked) == []
    assert "Je n'ai rien trouvé" in await looked_for(desk, "zona")
    assert "Zébulonite" not in desk.readable()


async def test_an_outcome_that_is_corrected_goes_from_earlier_answers(desk: Desk) -> None:
    """It may have held a name; the case itself is found still."""
    await desk.say(LEA, "!cas zona")
    closing = await desk.say(LEA, "!clore #1 possible chez la boulangère")
    before = await desk.say(PAUL, "!chercher zona")
    await desk.redact(LEA, closing)
    assert desk.answers_to(before) == []
    assert "boulangère" not in desk.readable()
    assert "#1" in await looked_for(desk, "zona")


async def test_somebody_who_joins_later_finds_what_was_said_before(desk: Desk) -> None:
    """They cannot read the encrypted history; this is theirs."""
    newcomer = "@ines:clinic.example"
    await desk.say(LEA, "!cas zona ophtalmique")
    desk.change(member(newcomer))
    assert "#1" in await looked_for(desk, "zona", newcomer)


async def test_a_find_goes_with_an_outcome_that_is_taken_back(desk: Desk) -> None:
    """And with a tag that is corrected; it stays when other words are."""
    case = await desk.say(LEA, "!cas zona #jeandupont")
    first = await desk.say(PAUL, "!chercher zona")
    await desk.edit(LEA, case, "!cas zona ophtalmique #jeandupont")
    assert len(desk.answers_to(first)) == 1
    await desk.edit(LEA, case, "!cas zona ophtalmique")
    assert desk.answers_to(first) == []
    closing = await desk.say(LEA, "!clore #1 chez la boulangère")
    second = await desk.say(PAUL, "!chercher zona")
    await desk.redact(LEA, closing)
    assert desk.answers_to(second) == []


async def test_in_english_it_speaks_english(desk: Desk) -> None:
    """By both names."""
    await desk.say(MODO, "!mod set language en")
    (told,) = desk.answers_to(await desk.say(PAUL, "!find"))
    assert told.startswith("What should I look for?")
