"""A student answers a live case from a direct chat: without a name in the thread, or between us until it is closed."""

import pytest

from tests.cases.test_by_trade import label
from tests.desk import CHAT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import member
from tests.privacy.test_mydata import data_of

pytest_plugins = ["tests.desk_fixtures"]


@pytest.fixture
async def ward(desk: Desk) -> Desk:
    """Léa's open case; Nora is a student and has a direct chat."""
    await desk.say(LEA, "!cas Genou gonflé, fièvre #rhumato")
    await label(desk, NORA, "étudiante en médecine")
    await desk.open_chat(NORA)
    return desk


async def propose(desk: Desk, words: str) -> str:
    """Nora says it in her chat; returns what she is told."""
    said = await desk.say(NORA, f"!avis {words}", room=CHAT)
    (told,) = desk.answers_to(said)
    await desk.tick()
    return plain(told)


async def posted(desk: Desk, number: int = 1) -> str:
    """The bot's message that stands for what she said."""
    return await desk.event_of(await desk.value("SELECT key FROM student_opinion WHERE id = :id", id=number))


async def bodies(desk: Desk) -> list[str]:
    """What stands in the thread."""
    return [plain(sent.content["body"]) for sent in await desk.thread() if "body" in sent.content]


async def test_it_stands_in_the_thread_without_a_name(ward: Desk) -> None:
    """An opinion like others on the card, counted apart; nothing in the room tells whose it is."""
    told = await propose(ward, "#1 Arthrite septique")

    assert "sans votre nom" in told
    assert "🎓 Un étudiant propose : Arthrite septique" in await bodies(ward)
    card = plain(await ward.card())
    assert "1. Arthrite septique" in card
    assert "étudiant" in card
    assert "nora" not in ward.readable().replace(CHAT, "").lower()
    assert "~student" not in ward.readable()


async def test_colleagues_answer_it(ward: Desk) -> None:
    """A thumb under it agrees, a word against it opposes; her own thumb counts for nothing."""
    await propose(ward, "#1 Arthrite septique")
    message = await posted(ward)
    await ward.react(NORA, message)
    await ward.react(MARC, message)
    await ward.say(PAUL, "!contre pas de porte d'entrée", reply=message, thread=await ward.card_id())

    card = plain(await ward.card())
    assert "1 d'accord, 1 contre" in card


async def test_said_twice_it_counts_once(ward: Desk) -> None:
    """In the room and from the chat: she is one person."""
    card = await ward.card_id()
    await ward.say(NORA, "!avis Arthrite septique", thread=card)
    await propose(ward, "#1 arthrite septique")

    shown = plain(await ward.card())
    assert "1. Arthrite septique (dit 2 fois) : 0 d'accord, personne contre, + 1 étudiant" in shown


async def test_the_author_hears_of_a_students_answer_without_a_name(ward: Desk) -> None:
    """The notice says "un étudiant"."""
    await propose(ward, "#1 Goutte")
    ward.later(minutes=6)
    await ward.tick()
    await ward.tick()

    assert any("un étudiant" in body for body in await bodies(ward))


@pytest.mark.parametrize("words", ["#1 privé Goutte", "#1 Privée : Goutte", "#1 private Goutte"])
async def test_kept_between_us_and_compared_when_the_case_is_closed(ward: Desk, words: str) -> None:
    """The thread shows nothing; the answer is in the chat alone, kind, and there once."""
    before = await bodies(ward)
    assert "Gardé entre nous" in await propose(ward, words)
    assert await bodies(ward) == before

    await ward.say(LEA, "!clore certain Crise de goutte", thread=await ward.card_id())
    await ward.tick()
    await ward.tick()
    told = [plain(sent.content["body"]) for sent in ward.timeline(CHAT)]
    assert [body for body in told if "est clos" in body] == [
        body for body in told if "Vous aviez proposé « Goutte »" in body
    ]
    assert sum("est clos" in body for body in told) == 1


async def test_right_and_other_are_told_kindly_and_to_nobody_else(ward: Desk) -> None:
    """One of each; the room hears of neither."""
    await propose(ward, "#1 privé Goutte")
    await propose(ward, "#1 Arthrite septique")
    await ward.say(LEA, "!clore certain arthrite septique", thread=await ward.card_id())
    await ward.tick()
    told = " ".join(plain(sent.content["body"]) for sent in ward.timeline(CHAT))

    assert "« Arthrite septique » : c'était cela, bravo" in told
    assert "« Goutte ». Se tromper en cherchant, c'est apprendre" in told
    assert "Se tromper" not in " ".join(await bodies(ward))


async def test_an_outcome_that_changes_is_compared_anew(ward: Desk) -> None:
    """What was told about the old one is taken back, since it repeats it."""
    await propose(ward, "#1 privé Goutte")
    closing = await ward.say(LEA, "!clore certain arthrite septique", thread=await ward.card_id())
    await ward.tick()
    await ward.edit(LEA, closing, "!clore certain goutte")
    await ward.tick()
    told = " ".join(plain(sent.content["body"]) for sent in ward.timeline(CHAT))

    assert "c'était cela" in told
    assert "Se tromper" not in told


async def test_whoever_has_left_hears_nothing_more(ward: Desk) -> None:
    """The outcome is for members."""
    await propose(ward, "#1 privé Goutte")
    ward.change(member(NORA, "leave"), room=ROOM)
    await ward.say(LEA, "!clore certain goutte", thread=await ward.card_id())
    await ward.tick()
    assert not any("est clos" in plain(sent.content["body"]) for sent in ward.timeline(CHAT))


@pytest.mark.parametrize("way", ["neutral", "redaction"])
async def test_it_is_taken_back(ward: Desk, way: str) -> None:
    """By `!neutre #1` or by deleting one's message: thread and card show it no more, and nothing is kept."""
    said = await ward.say(NORA, "!avis #1 Arthrite septique", room=CHAT)
    await ward.tick()
    message = await posted(ward)
    if way == "neutral":
        taken = await ward.say(NORA, "!neutre #1", room=CHAT)
        assert "C'est repris" in plain(" ".join(ward.answers_to(taken)))
    else:
        await ward.redact(NORA, said, room=CHAT)
    await ward.tick()

    assert ward.gone(message)
    assert "Arthrite" not in await ward.card()
    assert await ward.value("SELECT count(*) FROM student_opinion") == 0
    assert await ward.value("SELECT count(*) FROM proposal") == 0


async def test_a_moderator_who_deletes_the_bots_message_takes_it_back(ward: Desk) -> None:
    """The opinion goes with the message that shows it."""
    await propose(ward, "#1 Arthrite septique")
    await ward.redact(MARC, await posted(ward))
    await ward.tick()

    assert "Arthrite" not in await ward.card()
    assert await ward.value("SELECT count(*) FROM student_opinion") == 0


async def test_what_is_posted_is_named_after_what_was_said(ward: Desk) -> None:
    """Never after a row: given out again after a restore, its number would be that of another student's words."""
    said = await ward.say(NORA, "!avis #1 Goutte", room=CHAT)
    await ward.tick()
    assert await ward.event_of(f"student:{said}") == await posted(ward)


@pytest.mark.parametrize("how", ["en privé", "(privé)", "privé :", "Privée", "in private"])
async def test_private_is_understood_as_people_write_it(ward: Desk, how: str) -> None:
    """What a student means to keep between us never stands in the thread."""
    await propose(ward, f"#1 {how} goutte")
    assert await ward.value("SELECT private || text FROM student_opinion") == "1goutte"
    assert not [event for event in ward.gateway.visible(ROOM) if "goutte" in str(event.content)]


async def test_what_is_deleted_before_it_is_counted_never_counts(ward: Desk) -> None:
    """A moderator deletes the bot's message in the second between its sending and the counting."""
    await ward.say(NORA, "!avis #1 Arthrite septique", room=CHAT)
    await ward.redact(MODO, await posted(ward))
    await ward.tick()
    assert "Arthrite" not in await ward.card()
    assert await ward.value("SELECT count(*) FROM student_opinion") == 0


async def test_its_edit_says_it_anew(ward: Desk) -> None:
    """The old message goes, another one comes."""
    said = await ward.say(NORA, "!avis #1 Goute", room=CHAT)
    await ward.tick()
    old = await posted(ward)
    await ward.edit(NORA, said, "!avis #1 Chondrocalcinose", room=CHAT)
    await ward.tick()

    assert ward.gone(old)
    assert "Chondrocalcinose" in await ward.card()
    assert "Goute" not in await ward.card()


async def test_after_a_restart_before_it_was_sent_it_counts_once(ward: Desk) -> None:
    """What stands in the outbox goes out once, and becomes an opinion once."""
    await ward.say(NORA, "!avis #1 Goutte", room=CHAT)
    ward.restart()
    await ward.tick()
    ward.restart()
    await ward.tick()

    assert (await bodies(ward)).count("🎓 Un étudiant propose : Goutte") == 1
    assert await ward.value("SELECT count(*) FROM proposal") == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("#1", "Quel est votre avis"),
        ("#1 privé", "Quel est votre avis"),
        ("Goutte", "De quel cas"),
        ("#9 Goutte", "#9"),
        ("#1 Goutte de M. Paul Lefèvre, 06 12 34 56 78", "Rien n'est publié ni gardé"),
        ("#1 " + "a" * 1_001, "trop long"),
    ],
)
async def test_what_cannot_be_said_is_refused_with_the_reason(ward: Desk, words: str, why: str) -> None:
    """And nothing is kept of it."""
    assert why in await propose(ward, words)
    assert await ward.value("SELECT count(*) FROM student_opinion") == 0


async def test_three_at_most(ward: Desk) -> None:
    """One student does not fill a thread without a name."""
    for words in ("Goutte", "Arthrite", "Entorse"):
        await propose(ward, f"#1 {words}")
    assert "déjà 3 avis" in await propose(ward, "#1 Lyme")


async def test_only_students_propose_from_a_chat(desk: Desk) -> None:
    """A colleague says it in the thread, with their name; the refusal tells a student how to say what they are."""
    await desk.say(LEA, "!cas Genou gonflé #rhumato")
    await desk.open_chat(MARC)
    said = await desk.say(MARC, "!avis #1 Goutte", room=CHAT)
    (told,) = desk.answers_to(said)
    assert "!jesuis étudiant" in plain(told)


async def test_an_author_says_it_in_the_thread(desk: Desk) -> None:
    """Without a name, somebody could agree with themselves."""
    await label(desk, LEA, "étudiante en médecine")
    await desk.say(LEA, "!cas Genou gonflé #rhumato")
    await desk.open_chat(LEA)
    said = await desk.say(LEA, "!avis #1 Goutte", room=CHAT)
    (told,) = desk.answers_to(said)
    assert "votre cas" in plain(told)


async def test_a_closed_case_takes_no_more(ward: Desk) -> None:
    """It was solved meanwhile."""
    await ward.say(LEA, "!clore certain goutte", thread=await ward.card_id())
    assert "clos" in await propose(ward, "#1 Goutte")


async def test_a_pull_takes_it_along(ward: Desk) -> None:
    """The message in the thread, what is kept between us, and what was told at the closing."""
    await propose(ward, "#1 Arthrite septique")
    await propose(ward, "#1 privé Goutte")
    message = await posted(ward)
    await ward.say(LEA, "!clore certain arthrite septique", thread=await ward.card_id())
    await ward.tick()
    await ward.say(LEA, "!retirer", thread=await ward.card_id())
    await ward.tick()

    assert ward.gone(message)
    assert not any("est clos" in plain(sent.content["body"]) for sent in ward.timeline(CHAT))
    assert await ward.value("SELECT count(*) FROM student_opinion") == 0


async def test_mydata_shows_it_and_forgetme_erases_it(ward: Desk) -> None:
    """The posted message goes too."""
    await propose(ward, "#1 Arthrite septique")
    await propose(ward, "#1 privé Goutte")
    message = await posted(ward)
    told = await data_of(ward, NORA)
    assert "Goutte" in told
    assert "Arthrite septique" in told

    await ward.say(NORA, "!oubliezmoi", room=CHAT)
    await ward.say(NORA, "!oubliezmoi oui", room=CHAT)
    await ward.tick()
    assert ward.gone(message)
    assert "Arthrite" not in await ward.card()
    assert await ward.value("SELECT count(*) FROM student_opinion") == 0
    assert await ward.value("SELECT count(*) FROM proposal") == 0
