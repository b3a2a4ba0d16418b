"""A question looked at and changed beforehand, in the direct chat of the case's author or of a moderator."""

import re

import pytest

from tests.desk import CHAT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import state_event
from tests.quiz.asking import asked, closed_case

pytest_plugins = ["tests.desk_fixtures"]
MODO_CHAT = "!modo-and-the-bot:clinic.example"


async def chat_of_lea(desk: Desk) -> None:
    """Léa has a direct chat, and a closed case that may be asked about."""
    await closed_case(desk)
    await desk.open_chat(LEA)


async def said(desk: Desk, words: str, who: str = LEA, chat: str = CHAT) -> str:
    """What the bot answers to words in a direct chat."""
    (told,) = desk.answers_to(await desk.say(who, words, room=chat))
    return told


def listed(told: str) -> list[str]:
    """The choices in what was shown, with their letters."""
    return re.findall(r"^• ((?:✅ )?[A-E]\. .*)$", told, re.M)


async def test_the_author_sees_the_question_as_it_would_be_asked(desk: Desk) -> None:
    """The stem, the choices with the right one marked, the explanation, and how to change each of them."""
    await chat_of_lea(desk)
    told = await said(desk, "!quiz voir #1")
    assert "Enfant de 2 à 3 ans, éruption" in told
    assert listed(told) == ["✅ A. Gianotti-Crosti", "B. rubéole", "C. rougeole"]
    assert "Explication : Issue donnée par l'auteur du cas : certain." in told
    for how in (
        "!quiz énoncé #1 TEXTE",
        "!quiz choix #1 B TEXTE",
        "!quiz choix #1 - B",
        "!quiz pourquoi #1 B TEXTE",
    ):
        assert how in told


async def test_it_can_be_seen_and_changed_before_it_is_allowed(desk: Desk) -> None:
    """By its author, who learns that nobody is asked before they say yes; a moderator waits for that."""
    await closed_case(desk, allowed=False)
    await desk.open_chat(LEA)
    told = await said(desk, "!quiz énoncé #1 Un petit garçon rougit.")
    assert "Un petit garçon rougit." in told
    assert "!quiz permettre #1" in told
    await desk.open_chat(MODO, MODO_CHAT)
    assert "n'a pas permis" in await said(desk, "!quiz voir #1", MODO, MODO_CHAT)
    (told,) = desk.answers_to(await desk.say(PAUL, "!quiz #1"))
    assert "n'a pas permis" in told


@pytest.mark.parametrize("words", ["!quiz voir #1", "!quiz énoncé #1 Autre chose", "!quiz choix #1 - B"])
async def test_nobody_else_sees_or_changes_it(desk: Desk, words: str) -> None:
    """Another member of the room would learn the answer."""
    await closed_case(desk)
    await desk.open_chat(MARC)
    told = await said(desk, words, MARC)
    assert "Seuls l'auteur" in told
    assert "✅" not in told


async def test_in_the_room_it_is_shown_to_nobody(desk: Desk) -> None:
    """It would spoil the question: the author is sent to their direct chat."""
    await closed_case(desk)
    (told,) = desk.answers_to(await desk.say(LEA, "!quiz voir #1"))
    assert "conversation directe" in told
    assert "✅" not in told


async def test_a_stem_is_rewritten_and_goes_back_to_the_case(desk: Desk) -> None:
    """Dates and exact ages go from what is written as from the case; without text it is the case's words again."""
    await chat_of_lea(desk)
    told = await said(
        desk, "!quiz énoncé #1 Garçon de 4 ans, vu en mars 2019, papules des joues. Diagnostic ?"
    )
    assert "Garçon de 4 à 5 ans, vu, papules des joues. Diagnostic ?" in told
    assert "Garçon de 4 à 5 ans" in await said(desk, "!quiz voir #1")
    await desk.say(PAUL, "!quiz #1")
    assert "Garçon de 4 à 5 ans" in plain(desk.readable())
    told = await said(desk, "!quiz énoncé #1")
    assert "Enfant de 2 à 3 ans, éruption" in told


@pytest.mark.parametrize(
    "words",
    [
        "!quiz énoncé #1 Mme Dupont, 4 ans",
        "!quiz choix #1 B la gale de Mme Dupont",
        "!quiz choix #1 + voir le 06 12 34 56 78",
        "!quiz pourquoi #1 revu le 12/03/2024",
        "!quiz pourquoi #1 B vu au CHU de Lyon",
    ],
)
async def test_what_looks_like_an_identifier_is_not_taken(desk: Desk, words: str) -> None:
    """It says what kind it is, and what to do; nothing has changed."""
    await chat_of_lea(desk)
    before = await said(desk, "!quiz voir #1")
    told = await said(desk, words)
    assert "ressemble à un identifiant" in told
    assert "Dupont" not in told
    assert await said(desk, "!quiz voir #1") == before


async def test_choices_are_reworded_added_and_taken_out(desk: Desk) -> None:
    """Each answer shows the whole as it is now; letters stay where nothing was taken out."""
    await chat_of_lea(desk)
    assert listed(await said(desk, "!quiz choix #1 B roséole")) == [
        "✅ A. Gianotti-Crosti", "B. roséole", "C. rougeole"
    ]  # fmt: skip
    assert listed(await said(desk, "!quiz choix #1 + gale")) == [
        "✅ A. Gianotti-Crosti", "B. roséole", "C. rougeole", "D. gale"
    ]  # fmt: skip
    assert listed(await said(desk, "!quiz choix #1 - c")) == [
        "✅ A. Gianotti-Crosti",
        "B. roséole",
        "C. gale",
    ]
    assert listed(await said(desk, "!quiz choix #1 a) Acrodermatite papuleuse"))[0] == (
        "✅ A. Acrodermatite papuleuse"
    )
    assert listed(await said(desk, "!quiz choix #1")) == [
        "✅ A. Gianotti-Crosti", "B. rubéole", "C. rougeole"
    ]  # fmt: skip


async def test_what_was_written_is_what_is_asked(desk: Desk) -> None:
    """In the room's poll, whoever asks."""
    await chat_of_lea(desk)
    await said(desk, "!quiz choix #1 B roséole")
    _, letters = await asked_about_one(desk)
    assert set(letters) == {"Gianotti-Crosti", "roséole", "rougeole"}


async def asked_about_one(desk: Desk) -> tuple[object, dict[str, str]]:
    """The poll about case 1, and the letter of each answer by its words."""
    await desk.say(PAUL, "!quiz #1")
    (poll,) = [event for event in desk.timeline() if "poll.start" in event.type]
    texts = [answer["org.matrix.msc1767.text"] for answer in poll.content[poll.type]["answers"]]
    return poll, {text.split(". ", 1)[1]: text[0] for text in texts}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("!quiz choix #1 B Rougeole ?", "veut déjà dire cela"),
        ("!quiz choix #1 + rougeolle", "veut déjà dire cela"),
        ("!quiz choix #1 + syndrome de gianotti crosti", "veut déjà dire cela"),
        ("!quiz choix #1 - A", "ne se retire pas"),
        ("!quiz choix #1 - E", "Un de A, B, C"),
        ("!quiz choix #1 -", "Un de A, B, C"),
        ("!quiz choix #1 - BC", "Un de A, B, C"),
        ("!quiz choix #1 - rubéole", "Un de A, B, C"),
        ("!quiz choix #1 D gale", "Un de A, B, C"),
        ("!quiz choix #1 gale", "Dites quel choix"),
        ("!quiz choix #1 B", "Dites quel choix"),
        ("!quiz choix #1 +", "Dites quel choix"),
        ("!quiz choix #1 B " + "x" * 101, "trop long"),
        ("!quiz énoncé #1 " + "x" * 1300, "trop long"),
        ("!quiz énoncé #1 en mars 2019", "Il ne resterait rien"),
        ("!quiz voir #2", "#2"),
        ("!quiz voir", "De quel cas"),
    ],
)
async def test_a_change_that_cannot_be_says_what_to_do(desk: Desk, words: str, told: str) -> None:
    """And leaves the question as it was."""
    await chat_of_lea(desk)
    before = await said(desk, "!quiz voir #1")
    assert told in await said(desk, words)
    assert await said(desk, "!quiz voir #1") == before


async def test_there_are_two_choices_at_least_and_five_at_most(desk: Desk) -> None:
    """As few as make a question, as many as one reads."""
    await chat_of_lea(desk)
    await said(desk, "!quiz choix #1 - C")
    assert "au moins deux" in await said(desk, "!quiz choix #1 - B")
    for disease in ("gale", "zona", "varicelle"):
        await said(desk, f"!quiz choix #1 + {disease}")
    assert "5 choix" in await said(desk, "!quiz choix #1 + psoriasis")


async def test_the_explanation_and_why_not_are_written(desk: Desk) -> None:
    """ "A" begins a sentence as well as it names the right answer; an empty one goes back."""
    await chat_of_lea(desk)
    assert "Explication : A rash of the cheeks, 2 à 3 ans" in await said(
        desk, "!quiz pourquoi #1 A rash of the cheeks, 2 à 3 ans"
    )
    assert "Explication : Topographie typique." in await said(
        desk, "!quiz pourquoi #1 A) Topographie typique."
    )
    assert "B. rubéole : ganglions absents" in await said(desk, "!quiz pourquoi #1 B ganglions absents")
    assert "C. rougeole : pas de fièvre" in await said(desk, "!quiz pourquoi #1 c pas de fièvre")
    assert "B. rubéole\n" in await said(desk, "!quiz pourquoi #1 B")
    assert "Explication : Issue donnée" in await said(desk, "!quiz pourquoi #1")


async def test_a_moderators_change_is_audited_and_the_authors_is_not(desk: Desk) -> None:
    """Whoever changes another's question answers for it; to look at it leaves no trace."""
    await chat_of_lea(desk)
    await said(desk, "!quiz énoncé #1 Un garçon")
    await desk.open_chat(MODO, MODO_CHAT)
    await said(desk, "!quiz voir #1", MODO, MODO_CHAT)
    assert await desk.value("SELECT count(*) FROM audit WHERE act = 'quiz-edited'") == 0
    told = await said(desk, "!quiz énoncé #1 Une fille", MODO, MODO_CHAT)
    assert "Une fille" in told
    assert await desk.value("SELECT case_id FROM audit WHERE act = 'quiz-edited'") == 1


async def test_what_was_shown_goes_when_the_case_is_pulled(desk: Desk) -> None:
    """From the direct chat too."""
    await chat_of_lea(desk)
    shown = await desk.say(LEA, "!quiz voir #1", room=CHAT)
    assert desk.answers_to(shown)
    await desk.redact(LEA, await desk.value("SELECT source_event FROM medical_case"), room=ROOM)
    assert desk.answers_to(shown) == []


async def test_the_pictures_come_along(desk: Desk) -> None:
    """The cleaned ones that the question would show."""
    await desk.say(LEA, "!cas Enfant, éruption")
    await desk.picture(LEA, "joue")
    root = await desk.card_id()
    await desk.say(NORA, "!avis rubéole", thread=root)
    await desk.say(LEA, "!clore certain Gianotti-Crosti", thread=root)
    await desk.open_chat(LEA)
    await desk.say(LEA, "!quiz voir #1", room=CHAT)
    pictures = [event for event in desk.gateway.visible(CHAT) if event.content.get("msgtype") == "m.image"]
    assert len(pictures) == 1


async def test_a_running_question_stays_as_it_was_asked(desk: Desk) -> None:
    """What is changed meanwhile is for the next time."""
    poll, letters = await asked(desk)
    await desk.open_chat(LEA)
    await said(desk, "!quiz choix #1 B roséole")
    await desk.vote(NORA, poll.event_id, letters["rubéole"])
    await desk.say(MODO, "!quiz stop")
    assert "rubéole — 1" in plain(desk.readable())


async def test_after_the_author_forbids_it_no_moderator_has_it_before_them(desk: Desk) -> None:
    """What a moderator was shown in their chat goes from there too."""
    await chat_of_lea(desk)
    await desk.open_chat(MODO, MODO_CHAT)
    assert "éruption" in await said(desk, "!quiz voir #1", MODO, MODO_CHAT)
    await desk.say(LEA, "!quiz interdire #1", room=CHAT)
    assert not [event for event in desk.gateway.visible(MODO_CHAT) if "éruption" in str(event.content)]


async def test_after_the_author_forbids_it_nothing_that_was_written_is_left(desk: Desk) -> None:
    """Allowed again, the question is made of the case's words."""
    await chat_of_lea(desk)
    await said(desk, "!quiz énoncé #1 Un garçon")
    await desk.say(LEA, "!quiz interdire #1", room=CHAT)
    assert await desk.value("SELECT count(*) FROM question WHERE stem LIKE '%garçon%'") == 0
    await desk.say(LEA, "!quiz permettre #1", room=CHAT)
    assert "Enfant de 2 à 3 ans" in await said(desk, "!quiz voir #1")


async def test_a_direct_chat_with_others_in_it_is_none(desk: Desk) -> None:
    """Where somebody else could read along nothing is shown."""
    await chat_of_lea(desk)
    desk.change(state_event("m.room.member", {"membership": "join"}, PAUL), room=CHAT)
    await desk.inspect(CHAT)
    event = await desk.say(LEA, "!quiz voir #1", room=CHAT)
    assert not any("✅" in told for told in desk.answers_to(event))
