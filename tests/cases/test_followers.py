"""Who wants to be told of what: following, unfollowing, and silence."""

import pytest

from tests.desk import CHAT, LEA, MARC, MINUTE, NORA, OTHER_ROOM, ROOM, Desk, plain
from tests.fakes.roomstates import member, state_event

pytest_plugins = ["tests.desk_fixtures"]


async def told(desk: Desk, who: str, words: str, room: str = ROOM) -> str:
    """What the bot answers to a command."""
    (answer,) = desk.answers_to(await desk.say(who, words, room=room))
    return answer


async def called(desk: Desk, words: str = "!cas Éruption #dermato") -> list[str]:
    """Who is called to a case that nobody answers for a quarter of an hour."""
    await desk.say(LEA, words)
    desk.later(minutes=16)
    await desk.tick()
    number = await desk.value("SELECT max(id) FROM medical_case")
    calls = [event for event in await desk.thread(number) if "n'a pas encore de réponse" in plain(event.body)]
    return sorted(user for call in calls for user in call.content["m.mentions"]["user_ids"])


async def test_who_follows_a_specialty_is_called_under_any_of_its_names(desk: Desk) -> None:
    """`!suivre skin` finds `#dermato`."""
    assert await told(desk, MARC, "!suivre skin") == (
        "C'est noté : je vous appellerai pour dermatologie dans ce salon."
    )
    assert await called(desk) == [MARC]


async def test_other_words_are_followed_as_tags(desk: Desk) -> None:
    """Whatever colleagues put behind a `#`."""
    await told(desk, MARC, "!follow #ECG, brûlure")
    assert "#brulure, #ecg" in await told(desk, MARC, "!suivre")
    assert await called(desk, "!cas Main ébouillantée #brûlure") == [MARC]


async def test_what_is_followed_in_a_room_holds_for_that_room(desk: Desk) -> None:
    """Nobody is called in the other."""
    await desk.open_room(OTHER_ROOM)
    await told(desk, MARC, "!suivre dermato", room=OTHER_ROOM)
    assert await called(desk) == []
    assert "Vous ne suivez rien" in await told(desk, MARC, "!suivre")


async def test_what_is_followed_in_a_direct_chat_holds_for_all_rooms(desk: Desk) -> None:
    """It is said there, and ended there."""
    await desk.open_chat(MARC)
    assert "tous les salons" in await told(desk, MARC, "!suivre dermato", room=CHAT)
    assert await called(desk) == [MARC]
    assert "en conversation directe" in await told(desk, MARC, "!nepassuivre dermato")
    assert "je ne vous appelle plus" in await told(desk, MARC, "!nepassuivre dermato", room=CHAT)
    assert await called(desk) == []


async def test_a_direct_chat_shows_what_is_followed_where(desk: Desk) -> None:
    """Of the rooms where the person is now, by their names."""
    await desk.open_room(OTHER_ROOM)
    desk.change(state_event("m.room.name", {"name": "Urgences <b>"}), room=OTHER_ROOM)
    await desk.open_chat(MARC)
    await desk.say(MARC, "!suivre cardio", room=CHAT)
    await desk.say(MARC, "!suivre dermato, ecg", room=OTHER_ROOM)
    listed = await told(desk, MARC, "!suivre", room=CHAT)
    assert "Vous suivez : cardiologie." in listed
    assert "Seulement dans Urgences <b> : dermatologie, #ecg." in listed
    desk.change(member(MARC, membership="leave"), room=OTHER_ROOM)
    assert "Urgences" not in await told(desk, MARC, "!suivre", room=CHAT)


async def test_a_room_does_not_hear_what_is_followed_elsewhere(desk: Desk) -> None:
    """`!suivre` alone shows what holds here."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(MARC, "!suivre psychiatrie", room=OTHER_ROOM)
    await desk.say(MARC, "!suivre dermato")
    listed = await told(desk, MARC, "!suivre")
    assert "dermatologie" in listed
    assert "psychiatrie" not in listed


async def test_unfollowing_everything(desk: Desk) -> None:
    """In one word."""
    await desk.say(MARC, "!suivre dermato cardio")
    assert "vous ne suivez plus rien" in await told(desk, MARC, "!nepassuivre tout")
    assert await called(desk) == []


@pytest.mark.parametrize(
    "words",
    ["!nepassuivre dermato", "!ne pas suivre dermato", "!ne plus suivre dermato", "!ne-pas-suivre skin"],
)
async def test_unfollowing_as_it_is_said_in_french(desk: Desk, words: str) -> None:
    """With spaces as well."""
    await desk.say(MARC, "!suivre dermato")
    assert "je ne vous appelle plus pour dermatologie" in await told(desk, MARC, words)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("!nepassuivre", "Que voulez-vous ne plus suivre"),
        ("!nepassuivre dermato", "Vous ne le suiviez pas"),
        ("!suivre", "Vous ne suivez rien encore"),
        ("!suivre , ;", "Vous ne suivez rien encore"),
        ("!silence longtemps", "Pendant combien de temps"),
        ("!silence 30", "Pendant combien de temps"),
        ("!ne sais pas", "Je ne connais pas cette commande"),
        ("!silence 40 j", "Pendant combien de temps"),
        ("!silence 0 min", "Pendant combien de temps"),
    ],
)
async def test_what_cannot_be_done_is_explained(desk: Desk, words: str, answer: str) -> None:
    """With what to type instead."""
    assert answer in await told(desk, MARC, words)


async def test_nobody_follows_everything(desk: Desk) -> None:
    """Forty subjects are enough, and a list that does not fit is not taken in part."""
    for start in range(0, 40, 10):
        await desk.say(MARC, "!suivre " + " ".join(f"mot{n}" for n in range(start, start + 10)))
    assert "40 sujets au plus" in await told(desk, MARC, "!suivre dermato")
    assert await desk.value("SELECT count(*) FROM follow") == 40


@pytest.mark.parametrize(
    ("typed", "minutes", "shown"),
    [
        ("8h", 480, "8 h 00"),
        ("", 480, "8 h 00"),
        ("8", 480, "8 h 00"),
        ("30 min", 30, "30 min"),
        ("une heure", 60, "1 h 00"),
        ("2 j", 2880, "2 j"),
        ("1 semaine", 7 * 1440, "7 j"),
    ],
)
async def test_silence_lasts_as_long_as_asked(desk: Desk, typed: str, minutes: int, shown: str) -> None:
    """Eight hours unless told; then calls come again."""
    await desk.say(MARC, "!suivre dermato")
    assert f"Silence pendant {shown}" in await told(desk, MARC, f"!silence {typed}")
    until = await desk.value("SELECT until FROM mute")
    assert until - desk.now == minutes * MINUTE
    assert await called(desk) == []


async def test_silence_ends_by_itself_and_by_a_word(desk: Desk) -> None:
    """And the second of two silences counts."""
    await desk.say(MARC, "!suivre dermato")
    await desk.say(NORA, "!suivre dermato")
    await desk.say(MARC, "!silence 8h")
    await desk.say(NORA, "!silence 8h")
    await desk.say(MARC, "!silence 5 min")
    assert "je vous appelle de nouveau" in await told(desk, NORA, "!silence off")
    assert await called(desk) == [MARC, NORA]


async def test_confirmations_are_quiet(desk: Desk) -> None:
    """A notice in reply, one line."""
    said = await desk.say(MARC, "!suivre dermato")
    (event,) = [event for event in desk.timeline() if event.replies_to == said]
    assert event.content["msgtype"] == "m.notice"
    assert "\n" not in plain(event.body)
