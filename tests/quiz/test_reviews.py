"""Spaced repetition in a direct chat: due first, then new; wrong comes back by itself, right is graded."""

import re

import pytest

from tests.desk import CHAT, LEA, MARC, NORA, PAUL, ROOM, Desk
from tests.fakes.gateway import Sent
from tests.fakes.roomstates import member
from tests.quiz.asking import closed_case

pytest_plugins = ["tests.desk_fixtures"]

_DAY = 24 * 60


@pytest.fixture
async def chat(desk: Desk) -> Desk:
    """Nora, a student, has a direct chat with the bot; the room has a question on measles and one on a syncope."""
    await closed_case(desk)
    await closed_case(desk, text="Syncope à l'effort #cardio")
    await desk.open_chat(NORA)
    return desk


def shown(desk: Desk) -> list[Sent]:
    """What stands in Nora's chat by the bot, but for its reactions."""
    return [event for event in desk.gateway.visible() if event.room_id == CHAT and event.type != "m.reaction"]


def asked(desk: Desk) -> Sent:
    """The question that Nora was asked last."""
    return [event for event in shown(desk) if "Question" in event.body][-1]


def letter(desk: Desk, *, right: bool) -> str:
    """The letter of the right answer, or of a wrong one, of the last question."""
    lines: list[tuple[str, str]] = re.findall(r"([A-E])\. (.+)", asked(desk).body)
    return next(letter for letter, text in lines if (text == "Gianotti-Crosti") is right)


async def begin(desk: Desk, words: str = "") -> None:
    """Nora asks for questions."""
    await desk.say(NORA, f"!quiz moi {words}", room=CHAT)


async def reply(desk: Desk, words: str) -> str:
    """Nora says something in the chat; returns what the bot has shown since."""
    before = len(shown(desk))
    await desk.say(NORA, words, room=CHAT)
    return "\n".join(event.body for event in shown(desk)[before:])


async def due_at(desk: Desk) -> int:
    """When the first question of hers is due (ms)."""
    return int(await desk.value("SELECT min(due_at) FROM review_card"))


async def test_a_wrong_answer_is_explained_and_the_next_question_comes(chat: Desk) -> None:
    """It is graded "again" by itself, kindly; nothing of it is seen in the room."""
    before = len(chat.timeline())
    await begin(chat)
    first = asked(chat).body
    told = await reply(chat, letter(chat, right=False))
    assert "Pas cette fois" in told
    assert "Gianotti-Crosti" in told
    assert asked(chat).body != first
    assert await chat.value("SELECT rating FROM review") == 1
    assert await due_at(chat) == chat.now + 60_000
    assert len(chat.timeline()) == before


@pytest.mark.parametrize(
    ("words", "rating"), [("difficile", 2), ("Bien.", 3), ("easy", 4), ("encore", 1), ("suivant", 3)]
)
async def test_a_right_answer_is_graded_by_a_word(chat: Desk, words: str, rating: int) -> None:
    """Going on without a grade means good."""
    await begin(chat)
    told = await reply(chat, f"{letter(chat, right=True).lower()})")
    assert "C'est juste" in told
    assert "Comment était-ce" in told
    told = await reply(chat, words)
    assert "Question 2" in told
    assert await chat.value("SELECT rating FROM review") == rating
    assert await chat.value("SELECT is_right FROM review") == 1


@pytest.mark.parametrize(("emoji", "rating"), [("🔁", 1), ("😓", 2), ("👍", 3), ("🌟", 4)])
async def test_a_right_answer_is_graded_by_a_placed_reaction(chat: Desk, emoji: str, rating: int) -> None:
    """The bot places four under its answer; a tap on one is enough, once."""
    await begin(chat)
    await reply(chat, letter(chat, right=True))
    told = next(event for event in reversed(shown(chat)) if "C'est juste" in event.body)
    placed = [event.content["m.relates_to"]["key"] for event in chat.gateway.visible() if event.type == "m.reaction"
              and event.content["m.relates_to"]["event_id"] == told.event_id]  # fmt: skip
    assert placed == ["🔁", "😓", "👍", "🌟"]
    await chat.react(MARC, told.event_id, emoji, room=CHAT)
    assert await chat.value("SELECT count(*) FROM review") == 0
    for _ in range(2):
        await chat.react(NORA, told.event_id, emoji, room=CHAT)
    assert await chat.value("SELECT group_concat(rating) FROM review") == str(rating)


async def test_what_is_due_comes_before_what_is_new(chat: Desk) -> None:
    """A question that was missed comes back after its minute, before one that was never seen."""
    await begin(chat)
    first = asked(chat).body.splitlines()[1]
    await reply(chat, letter(chat, right=False))
    await reply(chat, "!quiz moi stop")
    chat.later(minutes=2)
    await begin(chat)
    assert asked(chat).body.splitlines()[1] == first


async def test_when_nothing_is_left_it_says_when_the_next_comes(chat: Desk) -> None:
    """With a picture of how far one has come, which is told in words as well."""
    await begin(chat)
    told = ""
    for _ in range(2):
        await reply(chat, letter(chat, right=True))
        told = await reply(chat, "facile")
    assert "C'est tout pour le moment" in told
    assert "revient dans" in told
    picture = shown(chat)[-1]
    assert picture.content["filename"] == "progres.png"
    assert "apprises" in picture.body
    assert await chat.value("SELECT count(*) FROM review_session") == 0
    assert "C'est tout" in await reply(chat, "!quiz moi")


async def test_a_subject_is_kept_to(chat: Desk) -> None:
    """Only questions of that one, and an honest word where there is none."""
    await begin(chat, "cardiologie")
    assert "Syncope" in asked(chat).body
    await reply(chat, letter(chat, right=True))
    assert "C'est tout" in await reply(chat, "bien")
    assert "pas de question à ce sujet" in await reply(chat, "!quiz moi ophtalmo")


async def test_a_restart_in_between_changes_nothing(chat: Desk) -> None:
    """The same letters mean the same answers."""
    await begin(chat)
    right = letter(chat, right=True)
    chat.restart()
    assert "C'est juste" in await reply(chat, right)
    chat.restart()
    assert "Question 2" in await reply(chat, "bien")


async def test_a_case_typed_meanwhile_is_a_case(chat: Desk) -> None:
    """Only letters of the question are answers; a doctor's words become a draft as always."""
    await begin(chat)
    await reply(chat, "Femme de 40 ans, douleur")
    assert await chat.value("SELECT count(*) FROM draft_part") == 1
    assert await chat.value("SELECT count(*) FROM review") == 0


async def test_a_pulled_case_takes_its_question_out_of_every_memory(chat: Desk) -> None:
    """What was shown in the chat goes as well; the answer that comes after it is told kindly."""
    await begin(chat)
    number = 2 if "Syncope" in asked(chat).body else 1
    await chat.say(LEA, f"!retirer #{number}")
    assert not [event for event in shown(chat) if "Question 1" in event.body]
    await chat.tick()
    assert "Syncope" in asked(chat).body if number == 1 else "Syncope" not in asked(chat).body
    assert [event for event in shown(chat) if "reprise ou a changé" in event.body]


async def test_a_question_that_is_forbidden_meanwhile_ends_kindly(chat: Desk) -> None:
    """Its messages are taken back, and the next one is offered."""
    await begin(chat)
    number = 2 if "Syncope" in asked(chat).body else 1
    await chat.say(LEA, f"!quiz interdire #{number}")
    assert not [event for event in shown(chat) if "Question 1" in event.body]
    assert "C'est juste" not in await reply(chat, "A")
    assert await chat.value("SELECT count(*) FROM review") == 0


async def test_a_question_that_changed_meanwhile_is_asked_again(chat: Desk) -> None:
    """A letter must never come to mean another answer."""
    await begin(chat)
    number = 2 if "Syncope" in asked(chat).body else 1
    await chat.open_chat(LEA, "!lea2:clinic.example")
    await chat.say(LEA, f"!quiz choix #{number} + varicelle", room="!lea2:clinic.example")
    told = await reply(chat, letter(chat, right=True))
    assert "a changé entre-temps" in told
    assert "varicelle" in asked(chat).body
    assert await chat.value("SELECT count(*) FROM review") == 0


async def test_who_has_left_the_room_is_asked_nothing_of_it(chat: Desk) -> None:
    """Its questions are its members'."""
    await begin(chat)
    chat.change(member(NORA, membership="leave"), room=ROOM)
    await chat.open_room("!autre:clinic.example")
    assert "entre-temps" in await reply(chat, "A")


async def test_ten_new_questions_a_day(chat: Desk) -> None:
    """More would all come back at once."""
    for number in range(9):
        await closed_case(chat, text=f"Cas {number}")
    await begin(chat)
    told = ""
    for _ in range(10):
        await reply(chat, letter(chat, right=True))
        told = await reply(chat, "facile")
    assert "10 nouvelles questions aujourd'hui" in told
    chat.later(minutes=_DAY)
    assert "Question 1" in await reply(chat, "!quiz moi")


async def test_nobody_is_asked_about_their_own_case(chat: Desk) -> None:
    """Léa knows how it ended."""
    await chat.open_chat(LEA, "!lea2:clinic.example")
    (told,) = chat.answers_to(await chat.say(LEA, "!quiz moi", room="!lea2:clinic.example"))
    assert "pas encore de question" in told


async def test_others_are_asked_for_themselves(chat: Desk) -> None:
    """What Nora has learnt is not what Paul has."""
    await begin(chat)
    await reply(chat, letter(chat, right=False))
    await chat.open_chat(PAUL, "!paul:clinic.example")
    await chat.say(PAUL, "!quiz moi", room="!paul:clinic.example")
    assert await chat.value("SELECT count(*) FROM review_session") == 2
    assert await chat.value("SELECT count(DISTINCT user_id) FROM review") == 1
