"""Questions of a bank are asked like those of cases: several right answers and free words, in a room and in private."""

import re

import pytest

from doctocbot.chat.poll import POLL_START
from doctocbot.quiz import bank, bank_rows
from doctocbot.store import Transaction
from tests.desk import CHAT, MARC, NORA, PAUL, ROOM, Desk, plain
from tests.privacy.test_mydata import data_of

pytest_plugins = ["tests.desk_fixtures"]

BANK = """
bank: essai
language: fr
questions:
  - id: calcium
    kind: several
    tags: [endocrino]
    stem: Quelles causes d'hypercalcémie sont les plus fréquentes ?
    choices:
      - {text: Hyperparathyroïdie primaire, right: true}
      - {text: Cancer, right: true}
      - {text: Sarcoïdose, why: Plus rare.}
    references: [https://www.orpha.net]
  - id: tension
    kind: free
    tags: [cardio]
    stem: Une tension trop haute, en un mot ?
    accepted: [hypertension, HTA]
    references: [https://www.has-sante.fr]
"""
MARCS_CHAT = "!marc-and-the-bot:clinic.example"


def result(desk: Desk) -> str:
    """What is told in the thread of the question."""
    return "\n".join(
        plain(sent.body) for sent in desk.gateway.visible() if sent.thread and sent.room_id == ROOM
    )


@pytest.fixture
async def stocked(desk: Desk) -> Desk:
    """The bank is in, and Nora has a direct chat."""
    read = bank.read(BANK)
    assert read.faults == ()

    def take_in(tx: Transaction) -> None:
        bank_rows.take_in(tx, read.name, read.questions, {}, 0, remove_missing=False)

    await desk.database.run(take_in)
    await desk.open_chat(NORA)
    return desk


def said(desk: Desk, place: str) -> str:
    """The last thing that the bot has said there."""
    return plain([sent for sent in desk.timeline(place) if "body" in sent.content][-1].content["body"])


async def test_several_right_answers_are_asked_in_words(stocked: Desk) -> None:
    """No poll, since Element's takes one vote; the letters in any order, all of them and no other, are right."""
    await stocked.open_chat(MARC, MARCS_CHAT)
    await stocked.say(PAUL, "!quiz endocrino")
    assert not [event for event in stocked.timeline() if event.type == POLL_START]
    asked = said(stocked, ROOM)
    letters = {text: letter for letter, text in re.findall(r"([A-E])\. (.+)", asked)}
    right = [letters["Cancer"], letters["Hyperparathyroïdie primaire"]]
    await stocked.say(NORA, f"!réponse {' '.join(right)}", room=CHAT)
    await stocked.say(MARC, f"!réponse {right[0]}", room=MARCS_CHAT)
    await stocked.say(PAUL, "!quiz stop")

    told = result(stocked)
    assert "Cancer" in told
    assert "Hyperparathyroïdie primaire" in told
    assert "✅" in told
    assert await stocked.value("SELECT group_concat(is_right) FROM quiz_answer ORDER BY voter") in (
        "0,1",
        "1,0",
    )
    assert "nora" not in told.lower()


async def test_free_words_are_graded_and_never_by_their_neighbour(stocked: Desk) -> None:
    """A slip is forgiven, the opposite is not; nobody's own words are told."""
    await stocked.open_chat(MARC, MARCS_CHAT)
    await stocked.say(PAUL, "!quiz cardio")
    await stocked.say(NORA, "!réponse hypertention", room=CHAT)
    await stocked.say(MARC, "!réponse hypotension", room=MARCS_CHAT)
    await stocked.say(PAUL, "!quiz stop")

    told = result(stocked)
    assert "hypertension" in told
    assert "hypertention" not in told
    assert "hypotension" not in told
    assert await stocked.value("SELECT sum(is_right) FROM quiz_answer") == 1
    assert await stocked.value("SELECT count(*) FROM quiz_answer WHERE given LIKE 'hyp%'") == 0


async def test_both_are_reviewed_in_private_and_erased(stocked: Desk) -> None:
    """By letters and by words; the file shows that, and `!oubliezmoi` leaves nothing of it."""
    await stocked.say(NORA, "!quiz moi endocrino", room=CHAT)
    asked = said(stocked, CHAT)
    letters = {text: letter for letter, text in re.findall(r"([A-E])\. (.+)", asked)}
    await stocked.say(NORA, f"{letters['Cancer']}{letters['Hyperparathyroïdie primaire']}", room=CHAT)
    assert "C'est juste" in said(stocked, CHAT)
    await stocked.say(NORA, "bien", room=CHAT)
    await stocked.say(NORA, "!quiz moi cardio", room=CHAT)
    await stocked.say(NORA, "!réponse hypotension", room=CHAT)
    shown = " ".join(plain(sent.content.get("body", "")) for sent in stocked.timeline(CHAT))
    assert "Pas cette fois" in shown

    file = await data_of(stocked, NORA)
    assert "Ce que vous révisez en privé (4)" in file
    await stocked.say(NORA, "!oubliezmoi", room=CHAT)
    await stocked.say(NORA, "!oubliezmoi oui", room=CHAT)
    for table in ("review_card", "review", "review_session"):
        assert await stocked.value(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 (our own tables)
