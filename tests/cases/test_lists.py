"""Lists of cases: of one room, or of one's own rooms in a direct chat."""

import pytest

from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MARC, NORA, OTHER_ROOM, PAUL, Desk
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]


async def listed(desk: Desk, words: str = "", who: str = PAUL, **place: str) -> str:
    """The one answer to `!lescas`."""
    (answer,) = desk.answers_to(await desk.say(who, f"!lescas {words}".strip(), **place))
    return answer


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """An unanswered case of Léa's, an answered one of Marc's, a closed one of Léa's, and one that was pulled."""
    await desk.say(LEA, "!cas un #dermato")
    await desk.say(MARC, "!cas deux #Pédiatrie")
    await desk.say(NORA, "rubéole", thread=await desk.card_id(2))
    await desk.say(LEA, "!cas trois #dermato")
    await desk.say(LEA, "!clore #3 probable zona")
    await desk.redact(LEA, await desk.say(LEA, "!cas retiré #dermato"))
    return desk


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("", [2, 1]),
        ("ouverts", [2, 1]),
        ("open", [2, 1]),
        ("sans réponse", [1]),
        ("unanswered", [1]),
        ("clos", [3]),
        ("dermato", [3, 1]),
        ("#DERMATO", [3, 1]),
        ("pediatrie", [2]),
        ("dermatologie", [3, 1]),
        ("skin", [3, 1]),
        ("sans-réponse", [1]),
        ("sans réponses", [1]),
        ("non répondus", [1]),
        ("ouvertes", [2, 1]),
        ("fermés", [3]),
        ("tous", [3, 2, 1]),
        ("all cases", [3, 2, 1]),
    ],
)
async def test_each_list_holds_its_cases_newest_first(busy: Desk, words: str, numbers: list[int]) -> None:
    """By either name; a tag whatever its case and accents; what was pulled stands in none."""
    told = await listed(busy, words)
    assert [number for number in (4, 3, 2, 1) if f"• #{number} " in told] == numbers
    assert f"({len(numbers)})" in told


async def test_mine_are_the_cases_of_who_asks(busy: Desk) -> None:
    """Of nobody else."""
    assert "• #2" in await listed(busy, "miens", MARC)
    assert "• #1" not in await listed(busy, "miens", MARC)
    assert "Vous n'avez pas de cas" in await listed(busy, "miens", PAUL)


async def test_nothing_tells_in_a_room_whose_an_anonymous_case_is(busy: Desk) -> None:
    """It is nobody's there, and the author's in their direct chat."""
    await busy.open_chat(MARC)
    await busy.database.run(_make_anonymous, 2)
    assert "Vous n'avez pas de cas" in await listed(busy, "miens", MARC)
    assert "• #2" in await listed(busy, "miens", MARC, room=CHAT)


def _make_anonymous(tx: Transaction, number: int) -> None:
    tx.execute("UPDATE medical_case SET anonymous = 1 WHERE id = :id", id=number)


async def test_a_case_that_waits_still_counts_as_unanswered(busy: Desk) -> None:
    """Its author says that only questions came, until somebody proposes an opinion."""
    root = await busy.card_id(2)
    await busy.say(MARC, "!attends", thread=root)
    told = await listed(busy, "sans réponse")
    assert "• #2" in told
    assert "attend encore une réponse" in told
    await busy.say(NORA, "!avis rougeole", thread=root)
    assert "• #2" not in await listed(busy, "sans réponse")


async def test_a_tag_that_no_case_has_is_not_repeated(busy: Desk) -> None:
    """It could be a name."""
    assert "Dupontel" not in await listed(busy, "Dupontel")


async def test_a_direct_chat_lists_by_room(busy: Desk) -> None:
    """Under the names of the rooms where the asker is now; one room needs no name."""
    await busy.open_room(OTHER_ROOM)
    await busy.say(LEA, "!cas ailleurs", room=OTHER_ROOM)
    await busy.open_chat(PAUL)
    lines = (await listed(busy, "ouverts", room=CHAT)).split("\n")
    assert [line for line in lines if not line.startswith("•")] == [
        "Cas ouverts (3) :",
        "!cabinet:clinic.example",
        "!urgences:clinic.example",
    ]
    assert lines[-1].startswith("• #5")
    busy.change(member(PAUL, membership="leave"), room=OTHER_ROOM)
    alone = await listed(busy, "ouverts", room=CHAT)
    assert "#5" not in alone
    assert "!cabinet:clinic.example\n" not in alone
    assert "Aucun cas de vos salons" in await listed(busy, "rien", room=CHAT)


async def test_a_long_list_is_cut_and_says_so(desk: Desk) -> None:
    """The newest are shown."""
    for number in range(22):
        await desk.say(LEA, f"!cas {number}")
    told = await listed(desk)
    assert "(22)" in told
    assert "• #22 " in told
    assert "• #2 " not in told
    assert told.endswith("… et 2 plus anciens.")


async def test_a_list_goes_with_a_tag_that_is_corrected_and_with_no_other_word(desk: Desk) -> None:
    """A tag is a word of the author's; the rest of the case does not stand there."""
    case = await desk.say(LEA, "!cas éruption #jeandupont")
    asked = await desk.say(PAUL, "!lescas")
    await desk.edit(LEA, case, "!cas éruption du tronc #jeandupont")
    await desk.say(MARC, "zona", thread=await desk.card_id())
    assert "jeandupont" in desk.answers_to(asked)[0]
    await desk.edit(LEA, case, "!cas éruption du tronc #dermato")
    assert desk.answers_to(asked) == []
    assert "dermato" in await listed(desk)


async def test_a_pull_takes_lists_back_that_show_the_case(busy: Desk) -> None:
    """A list is a message that shows something of the case: its tags."""
    asked = await busy.say(PAUL, "!lescas")
    other = await busy.say(PAUL, "!lescas clos")
    await busy.say(NORA, "!retirer #1")
    assert busy.answers_to(asked) == []
    assert len(busy.answers_to(other)) == 1
