"""What a period brought: in figures beside the studies', by name where it still waits, and as a picture."""

import io

import pytest
from PIL import Image

from tests.desk import CHAT, LEA, MARC, NORA, OTHER_ROOM, PAUL, ROOM, Desk, plain
from tests.fakes.gateway import Sent

pytest_plugins = ["tests.desk_fixtures"]

LINK = "https://www.has-sante.fr/x"
DAY = 24 * 60


async def asked(desk: Desk, words: str, **place: str) -> str:
    """The words of the answer to `!résumé`."""
    return desk.answers_to(await desk.say(PAUL, f"!résumé {words}".strip(), **place))[0]


def charts(desk: Desk, room: str = ROOM) -> list[Sent]:
    """The pictures that stand in a room."""
    return [event for event in desk.gateway.visible(room) if event.content.get("msgtype") == "m.image"]


async def test_a_period_counts_what_the_studies_count(desk: Desk) -> None:
    """Answered, with consensus, how soon, of what kind; and the ones still unanswered, by name."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(LEA, "!cas Trop vieux")
    desk.later(minutes=8 * DAY)
    await desk.say(LEA, "!cas Ailleurs", room=OTHER_ROOM)
    for text in ("un #diagnostic #dermato", "deux #dermato", "trois", "quatre"):
        await desk.say(LEA, f"!cas {text}")
    root = await desk.card_id(3)
    desk.later(minutes=6)
    await desk.say(MARC, f"!avis rubéole {LINK}", thread=root)
    await desk.say(NORA, "rougeole", thread=await desk.card_id(4))
    await desk.say(NORA, "roséole", thread=await desk.card_id(5))
    await desk.redact(LEA, await desk.say(LEA, "!cas retiré"))
    told = await asked(desk, "semaine")
    assert "cas ouverts : 4" in told
    assert "avec réponse : 3 (75 % ; 90,5 % dans l'étude de 2024)" in told
    assert "avec avis concordants : 1 (25 % ; 55,6 % dans l'étude de 2013)" in told
    assert "délai médian de la première réponse : 6 min" in told
    assert "par question : diagnostic 1, sans précision 3" in told
    assert "par étiquette : dermatologie 2" in told
    assert "Encore sans réponse :\n• #6 · ouvert" in told
    assert "#1 " not in told


@pytest.mark.parametrize(("minutes", "counted"), [(5 * DAY, True), (7 * DAY, False)])
async def test_seven_days_are_today_and_the_six_before(desk: Desk, minutes: int, counted: bool) -> None:
    """By the clock of the room."""
    await desk.say(LEA, "!cas Enfant")
    desk.later(minutes=minutes)
    assert ("cas ouverts : 1" in await asked(desk, "semaine")) == counted


async def test_an_empty_period_says_so(desk: Desk) -> None:
    """No table of zeros, and no picture of nothing."""
    assert "Aucun cas" in await asked(desk, "semaine")
    assert "Aucun cas" in await asked(desk, "aujourd'hui")
    await desk.say(LEA, "!cas Enfant")
    assert "cas ouverts : 1" in await asked(desk, "semaine")
    assert charts(desk) == []


async def test_the_chart_stands_where_the_answer_stands_and_says_what_it_shows(desk: Desk) -> None:
    """Its words hold every number of it, for those who cannot see it."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    desk.later(minutes=20)
    await desk.say(MARC, "rubéole", thread=root)
    desk.later(minutes=DAY)
    await desk.say(MARC, "sûrement", thread=root)
    question = await desk.say(PAUL, "!résumé semaine", thread=root)
    (chart,) = charts(desk)
    assert (chart.thread, chart.replies_to) == (root, question)
    told = plain(str(chart.content["body"]))
    assert "lun. 1, mar. 1." in told
    assert "< 5 min 0, < 15 min 0, < 1 h 1, < 4 h 0, après 0, aucune 0." in told
    assert chart.content["filename"] == "semaine-2026-11-24.png"
    assert set(chart.content["info"]) == {"mimetype", "w", "h", "size"}
    picture = Image.open(io.BytesIO(desk.gateway.files[chart.content["file"]["url"]]))
    assert (picture.format, picture.size) == ("PNG", (chart.content["info"]["w"], chart.content["info"]["h"]))
    assert picture.info.keys() <= {"transparency"}


async def test_a_day_needs_no_chart(desk: Desk) -> None:
    """There is nothing to compare."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(MARC, "rubéole", thread=await desk.card_id())
    assert "avec réponse : 1 (100 %" in await asked(desk, "aujourd'hui")
    assert charts(desk) == []


async def test_questions_back_are_no_answer(desk: Desk) -> None:
    """What its author says still waits, stands among the unanswered."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(MARC, "Quel âge ?", thread=await desk.card_id())
    await desk.say(LEA, "!attends #1")
    told = await asked(desk, "semaine")
    assert "avec réponse : 0 (0 %" in told
    assert "• #1" in told


async def test_a_direct_chat_sums_up_the_rooms_of_the_asker(desk: Desk) -> None:
    """Together, with the unanswered under the names of their rooms."""
    await desk.open_room(OTHER_ROOM)
    await desk.open_chat(PAUL)
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, "!cas Ailleurs", room=OTHER_ROOM)
    told = await asked(desk, "semaine", room=CHAT)
    assert "cas ouverts : 2" in told
    assert "!urgences:clinic.example\n• #2" in told


async def test_a_tag_that_is_corrected_goes_from_the_weeks_that_counted_it(desk: Desk) -> None:
    """It may have been a name; other edits leave them, and so does a specialty, which is the bot's own word."""
    case = await desk.say(LEA, "!cas éruption #jeandupont")
    await desk.say(MARC, "zona", thread=await desk.card_id())
    other = await desk.say(LEA, "!cas toux #pneumo")
    await desk.say(MARC, "virose", thread=await desk.card_id(2))
    said = await desk.say(PAUL, "!résumé semaine")
    await desk.edit(LEA, case, "!cas éruption du tronc #jeandupont")
    await desk.edit(LEA, other, "!cas toux")
    assert "jeandupont 1" in desk.answers_to(said)[0]
    await desk.edit(LEA, case, "!cas éruption du tronc")
    assert not any("jeandupont" in told for told in desk.answers_to(said))


async def test_a_pull_reaches_the_weeks_that_named_the_case(desk: Desk) -> None:
    """Its counts leave the figures with it."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, "!cas Adulte")
    before = await desk.say(PAUL, "!résumé semaine")
    await desk.say(NORA, "!retirer #2")
    assert desk.answers_to(before) == []
    assert "cas ouverts : 1" in await asked(desk, "semaine")
