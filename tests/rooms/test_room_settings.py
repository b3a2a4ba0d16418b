"""What moderators set for a room."""

import pytest

from doctocbot.rooms.admission import Problem
from doctocbot.rooms.settings import is_served, known_problems, language, note_problems, set_language
from doctocbot.store import Database, Transaction
from tests.desk import LEA, MODO, OTHER_ROOM, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]


@pytest.mark.parametrize("words", ["set language en", "SET Language EN", "régler langue en", "set langue en"])
async def test_a_moderator_changes_the_language_of_one_room(desk: Desk, words: str) -> None:
    """It is confirmed in the new one; other rooms keep theirs."""
    await desk.open_room(OTHER_ROOM)
    (told,) = desk.answers_to(await desk.say(MODO, f"!mod {words}"))
    assert "English" in told
    assert await desk.database.run(language, ROOM, "fr") == "en"
    assert await desk.database.run(language, OTHER_ROOM, "fr") == "fr"


@pytest.mark.parametrize("words", ["set", "set language", "set language de", "set language en fr"])
async def test_an_unknown_setting_is_explained(desk: Desk, words: str) -> None:
    """With one that works."""
    (told,) = desk.answers_to(await desk.say(MODO, f"!mod {words}"))
    assert "!mod set language" in told


@pytest.mark.parametrize("words", ["", "<b>", "sett language fr"])
async def test_a_moderator_is_shown_all_that_mod_does(desk: Desk, words: str) -> None:
    """Where nothing is named that it could do; members hear that it is not for them."""
    (told,) = desk.answers_to(await desk.say(MODO, f"!mod {words}"))
    assert "!mod set" in told
    (refused,) = desk.answers_to(await desk.say(LEA, f"!mod {words}"))
    assert "modération" in refused


async def test_nobody_else_changes_settings(desk: Desk) -> None:
    """And the level they have elsewhere does not help."""
    (told,) = desk.answers_to(await desk.say(LEA, "!mod set language en"))
    assert "modération" in told
    assert await desk.database.run(language, ROOM, "fr") == "fr"


async def test_a_room_is_served_while_it_has_no_problem(database: Database) -> None:
    """What was found last is kept, and what was set before stays set."""

    def look(tx: Transaction) -> None:
        assert not is_served(tx, ROOM)
        assert known_problems(tx, ROOM) is None
        assert note_problems(tx, ROOM, []) == (False, True)
        set_language(tx, ROOM, "en")
        assert note_problems(tx, ROOM, [Problem.NOT_CLOSED, Problem.WORLD_READABLE]) == (True, False)
        assert known_problems(tx, ROOM) == "not-closed world-readable"
        assert language(tx, ROOM, "fr") == "en"
        assert note_problems(tx, ROOM, []) == (False, True)
        with pytest.raises(ValueError, match="de"):
            set_language(tx, ROOM, "de")

    await database.run(look)
