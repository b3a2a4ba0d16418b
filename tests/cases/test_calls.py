"""Nobody left without an answer: calls to those who follow, reminders, `!ask`, `!waiting`, `!tag`, emergencies."""

from dataclasses import replace

import pytest

from doctocbot.cases import calls, queries
from doctocbot.cases.model import Kind, kind_and_tags
from doctocbot.cases.tags import after_edit
from doctocbot.rooms.settings import note_problems
from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MARC, MINUTE, MODO, NORA, OTHER_ROOM, PAUL, ROOM, Desk, plain
from tests.fakes.gateway import Sent
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

CALLING = ("n'a pas encore de réponse", "On demande votre avis")
CASE = "!cas Éruption du tronc depuis deux jours #dermato"


def mentioned(event: Sent) -> list[str]:
    """Whose phones ring."""
    users: list[str] = event.content["m.mentions"].get("user_ids", [])
    return sorted(users)


async def nudges(desk: Desk, number: int = 1) -> list[Sent]:
    """The calls into a case's thread."""
    thread = await desk.thread(number)
    return [event for event in thread if any(words in plain(event.body) for words in CALLING)]


def reminders(desk: Desk, room: str = ROOM) -> list[str]:
    """The reminder lines in the room's timeline."""
    return [plain(event.body) for event in desk.timeline(room) if "sans réponse : " in plain(event.body)]


async def pass_time(desk: Desk, minutes: float, *, step: float = 5) -> None:
    """Let time pass with the clock ticking."""
    for _ in range(int(minutes / step)):
        desk.later(minutes=step)
        await desk.tick()


@pytest.fixture
async def asked(desk: Desk) -> Desk:
    """Marc and Nora follow dermatology; Léa has asked at nine in the morning."""
    await desk.say(MARC, "!suivre dermato")
    await desk.say(NORA, "!suivre peau, skin")
    await desk.say(LEA, CASE)
    return desk


# -- nudge and reminder


async def test_after_a_quarter_of_an_hour_followers_are_called_once(asked: Desk) -> None:
    """In the thread, by name, so that their phones ring; the room's timeline stays as it is."""
    before = len(asked.timeline())
    await pass_time(asked, 14, step=1)
    assert await nudges(asked) == []
    await pass_time(asked, 30, step=1)
    (nudge,) = await nudges(asked)
    assert mentioned(nudge) == [MARC, NORA]
    assert nudge.content["msgtype"] == "m.text", "a notice rings nobody's phone"
    for user in (MARC, NORA):
        assert f'href="https://matrix.to/#/{user}"' in nudge.content["formatted_body"]
    assert "#1 n'a pas encore de réponse" in plain(nudge.body)
    assert len(asked.timeline()) == before


async def test_after_an_hour_the_room_is_reminded_once(asked: Desk) -> None:
    """With number, tags and the card's link, quietly, without a word of the case."""
    await pass_time(asked, 8 * 60)
    (line,) = reminders(asked)
    assert "#1 · dermato · ouvert" in line
    assert await asked.card_id() in line.replace("%24", "$")
    assert "Éruption" not in line
    (event,) = [event for event in asked.timeline() if "sans réponse : " in plain(event.body)]
    assert event.content["msgtype"] == "m.notice"
    assert len(await nudges(asked)) == 1


async def test_with_no_follower_the_room_is_reminded_after_a_quarter_of_an_hour(desk: Desk) -> None:
    """There is nobody to wait for."""
    await desk.say(MARC, "!suivre cardio")
    await desk.say(LEA, CASE)
    await pass_time(desk, 20)
    assert len(reminders(desk)) == 1
    await pass_time(desk, 8 * 60)
    assert len(reminders(desk)) == 1
    assert await nudges(desk) == []


async def test_who_may_not_be_called_is_not(asked: Desk) -> None:
    """The author who follows the subject, who is gone, who asked for silence."""
    await asked.say(LEA, "!suivre dermato")
    await asked.say(PAUL, "!suivre dermato")
    asked.change(member(NORA, membership="leave"))
    await asked.say(PAUL, "!silence 8h")
    await pass_time(asked, 20)
    (nudge,) = await nudges(asked)
    assert mentioned(nudge) == [MARC]


async def test_an_anonymous_author_is_called_like_anybody(asked: Desk) -> None:
    """Who is missing among those called would tell who asks."""
    await asked.say(LEA, "!suivre dermato")
    await asked.database.run(lambda tx: tx.execute("UPDATE medical_case SET anonymous = 1"))
    await pass_time(asked, 20)
    (nudge,) = await nudges(asked)
    assert mentioned(nudge) == [LEA, MARC, NORA]


async def test_a_name_in_a_call_is_no_markup(asked: Desk) -> None:
    """Display names come from strangers."""
    asked.call(MARC, "<img src=x>")
    await pass_time(asked, 20)
    (nudge,) = await nudges(asked)
    assert "<img" not in nudge.content["formatted_body"]


async def test_not_everybody_is_called_at_once(desk: Desk) -> None:
    """Twenty phones are enough."""
    crowd = [f"@c{n}:clinic.example" for n in range(30)]
    desk.change(*(member(user) for user in crowd))
    for user in crowd:
        await desk.say(user, "!suivre dermato")
    await desk.say(LEA, CASE)
    await pass_time(desk, 20)
    (nudge,) = await nudges(desk)
    assert len(mentioned(nudge)) == 20


@pytest.mark.parametrize("what", ["answer", "close", "redact"])
async def test_what_needs_no_answer_any_more_is_not_called_for(asked: Desk, what: str) -> None:
    """Answered, closed, or withdrawn."""
    if what == "answer":
        await asked.say(MARC, "Pityriasis rosé ?", reply=await asked.card_id())
    elif what == "close":
        await asked.say(LEA, "!clore #1 pityriasis")
    else:
        source = await asked.value("SELECT source_event FROM medical_case")
        await asked.redact(LEA, source)
    await pass_time(asked, 8 * 60)
    assert await nudges(asked) == []
    assert reminders(asked) == []


async def test_an_answer_after_the_nudge_spares_the_room_the_reminder(asked: Desk) -> None:
    """The nudge has worked."""
    await pass_time(asked, 20)
    await asked.say(MARC, "Pityriasis rosé ?", thread=await asked.card_id())
    await pass_time(asked, 8 * 60)
    assert len(await nudges(asked)) == 1
    assert reminders(asked) == []


async def test_an_answer_that_is_taken_back_leaves_the_case_unanswered(asked: Desk) -> None:
    """It is called for as if nobody had spoken."""
    answer = await asked.say(MARC, "oups, mauvais fil", thread=await asked.card_id())
    await pass_time(asked, 10)
    await asked.redact(MARC, answer)
    await pass_time(asked, 20)
    assert len(await nudges(asked)) == 1


async def test_an_answer_that_waits_in_the_inbox_is_read_first(asked: Desk) -> None:
    """After an outage the answers come in with the hour that is overdue."""
    asked.later(minutes=30)
    said = asked.event(
        MARC, "m.room.message", {"msgtype": "m.text", "body": "Pityriasis"}, thread=await asked.card_id()
    )
    await asked.arrive(said)
    assert await asked.database.run(asked.clock.tick, asked.now) is False
    await asked.settle()
    await pass_time(asked, 60)
    assert await nudges(asked) == []


async def test_nothing_is_forgotten_or_repeated_by_restarts(asked: Desk) -> None:
    """The dates are rows."""
    for minutes in (10, 6, 30, 20, 60):
        asked.later(minutes=minutes)
        asked.restart()
        await asked.tick()
        asked.restart()
        await asked.tick()
    assert len(await nudges(asked)) == len(reminders(asked)) == 1


async def test_after_an_outage_the_call_comes_late(asked: Desk) -> None:
    """Once, with the reminder as long after it as ever."""
    asked.later(minutes=5 * 60)
    asked.restart()
    await asked.tick()
    assert len(await nudges(asked)) == 1
    assert reminders(asked) == []
    await pass_time(asked, 50)
    assert len(reminders(asked)) == 1


async def test_after_two_days_the_room_is_reminded_and_nobody_is_called(asked: Desk) -> None:
    """No phone rings for yesterday's patient, but the question does not get lost."""
    asked.later(minutes=50 * 60)
    asked.restart()
    await asked.tick()
    await pass_time(asked, 60)
    assert await nudges(asked) == []
    assert len(reminders(asked)) == 1


async def test_a_case_of_the_evening_is_called_for_after_a_night_without_the_bot(desk: Desk) -> None:
    """Asked at five in the afternoon; the machine sleeps until half past seven: quiet hours are no lateness."""
    await desk.say(MARC, "!suivre dermato")
    desk.later(minutes=8 * 60)
    await desk.say(LEA, CASE)
    await desk.tick()
    desk.later(minutes=14 * 60 + 30)
    await pass_time(desk, 120)
    assert len(await nudges(desk)) == len(reminders(desk)) == 1


async def test_at_night_nobody_is_called(desk: Desk) -> None:
    """What falls due at night is said in the morning, at seven by the clock of Paris."""
    await desk.say(MARC, "!suivre dermato")
    desk.later(minutes=(20 - 9) * 60 + 50)
    await desk.say(LEA, CASE)
    await pass_time(desk, 10 * 60)
    assert await nudges(desk) == []
    await pass_time(desk, 20)
    assert len(await nudges(desk)) == 1


async def test_a_case_answered_in_the_night_is_left_alone_in_the_morning(desk: Desk) -> None:
    """Somebody was awake."""
    await desk.say(MARC, "!suivre dermato")
    desk.later(minutes=(20 - 9) * 60 + 50)
    await desk.say(LEA, CASE)
    await pass_time(desk, 5 * 60)
    await desk.say(NORA, "Pityriasis rosé", thread=await desk.card_id())
    await pass_time(desk, 8 * 60)
    assert await nudges(desk) == []
    assert reminders(desk) == []


@pytest.mark.parametrize(
    ("setting", "minutes", "nudged", "reminded"),
    [
        ("nudge 5", 10, 1, 0),
        ("relance 30 min", 25, 0, 0),
        ("nudge off", 300, 0, 1),
        ("rappel non", 300, 1, 0),
        ("reminder 20", 30, 1, 1),
        ("quiet 8-12", 170, 0, 0),
        ("calme off", 20, 1, 0),
    ],
)
async def test_a_room_has_its_own_settings(
    asked: Desk, setting: str, minutes: int, nudged: int, reminded: int
) -> None:
    """Also for a case that is open already."""
    (answer,) = asked.answers_to(await asked.say(MODO, f"!mod set {setting}"))
    assert "C'est réglé" in answer
    await pass_time(asked, minutes)
    assert (len(await nudges(asked)), len(reminders(asked))) == (nudged, reminded)


async def test_a_room_that_is_not_served_says_nothing_and_catches_up(asked: Desk) -> None:
    """Late, under the same limits."""
    await asked.database.run(lambda tx: tx.execute("UPDATE room SET served = 0"))
    await pass_time(asked, 120)
    assert await nudges(asked) == []
    await asked.database.run(note_problems, ROOM, [])
    await asked.tick()
    assert len(await nudges(asked)) == 1


async def test_a_room_that_is_served_again_after_days_is_reminded_and_nobody_is_called(asked: Desk) -> None:
    """As after an outage."""
    await asked.database.run(lambda tx: tx.execute("UPDATE room SET served = 0"))
    await pass_time(asked, 50 * 60, step=60)
    await asked.database.run(note_problems, ROOM, [])
    await pass_time(asked, 60)
    assert await nudges(asked) == []
    assert len(reminders(asked)) == 1


async def test_a_call_held_back_is_not_sent_to_an_answered_case(asked: Desk) -> None:
    """What waited in the outbox is looked at once more when it goes."""
    asked.later(minutes=20)
    await asked.database.run(asked.clock.tick, asked.now)
    answer = asked.event(
        MARC, "m.room.message", {"msgtype": "m.text", "body": "Pityriasis"}, thread=await asked.card_id()
    )
    await asked.arrive(answer)
    await asked.settle()
    assert await nudges(asked) == []


async def test_a_withdrawn_case_leaves_no_call_behind(asked: Desk) -> None:
    """Nudge and reminder are known as the case's own."""
    await pass_time(asked, 90)
    assert len(await nudges(asked)) == len(reminders(asked)) == 1
    await asked.redact(LEA, await asked.value("SELECT source_event FROM medical_case"))
    assert await nudges(asked) == []
    assert reminders(asked) == []


async def test_the_reminder_goes_with_the_words_it_shows(asked: Desk) -> None:
    """A tag is a word of the author's, who may have to take it back."""
    await pass_time(asked, 90)
    source = await asked.value("SELECT source_event FROM medical_case")
    await asked.edit(LEA, source, "!cas Éruption du tronc")
    assert reminders(asked) == []
    await pass_time(asked, 8 * 60)
    assert reminders(asked) == [], "and never twice"


async def test_the_reminder_outlives_a_typo(asked: Desk) -> None:
    """It shows number and tags, and none of the words around them; it is said once for ever."""
    await pass_time(asked, 90)
    source = await asked.value("SELECT source_event FROM medical_case")
    await asked.edit(LEA, source, "!cas Éruption du tronc depuis trois jours #dermato")
    await pass_time(asked, 2 * 60)
    assert len(reminders(asked)) == 1


async def test_a_case_that_is_opened_again_is_called_for_as_if_asked_then(asked: Desk) -> None:
    """Also days later."""
    await asked.tick()
    await asked.say(LEA, "!clore #1 gale")
    await pass_time(asked, 3 * 24 * 60, step=60)
    await asked.say(LEA, "!rouvrir #1")
    await pass_time(asked, 10)
    assert await nudges(asked) == []
    await pass_time(asked, 60)
    assert len(await nudges(asked)) == len(reminders(asked)) == 1


async def test_a_case_that_is_opened_again_is_not_reminded_of_twice(asked: Desk) -> None:
    """The line that stands in the timeline stays there."""
    await pass_time(asked, 90)
    await asked.say(LEA, "!clore #1 gale")
    await asked.say(LEA, "!rouvrir #1")
    await pass_time(asked, 3 * 60)
    assert len(await nudges(asked)) == len(reminders(asked)) == 1


async def test_an_answer_that_is_taken_back_after_an_hour_leaves_the_case_unanswered(asked: Desk) -> None:
    """A case with an answer is looked at now and then for a day."""
    answer = await asked.say(MARC, "zona", thread=await asked.card_id())
    await pass_time(asked, 2 * 60)
    await asked.redact(MARC, answer)
    await pass_time(asked, 2 * 60)
    assert len(await nudges(asked)) == len(reminders(asked)) == 1


async def test_a_room_that_wants_to_be_called_after_all_is(asked: Desk) -> None:
    """Also for a case that was asked while everything was off."""
    await asked.say(MODO, "!mod set relance off")
    await asked.say(MODO, "!mod set rappel off")
    await pass_time(asked, 60)
    await asked.say(MODO, "!mod set rappel 60")
    await pass_time(asked, 60)
    assert len(reminders(asked)) == 1


async def test_a_senseless_time_stops_no_clock(asked: Desk) -> None:
    """One server that sends any number as the time of a case leaves the calls of all other cases alone."""
    await asked.say(NORA, "!cas autre question", at=9_007_199_254_740_991)
    await pass_time(asked, 70)
    assert any("#1" in line for line in reminders(asked))


async def test_a_quiet_tick_is_one_search_in_an_index(asked: Desk) -> None:
    """The clock ticks once a second for years."""
    plan = await asked.database.run(
        lambda tx: [
            row["detail"] for row in tx.rows(f"EXPLAIN QUERY PLAN {calls._TO_LOOK_AT}", now=0, most=50)
        ]
    )
    assert any("medical_case_look" in line for line in plan)
    assert not any(line.startswith("SCAN") for line in plan)


# -- !waiting


async def questioned(desk: Desk) -> str:
    """Only a question came."""
    return await desk.say(MARC, "Quel âge ?", thread=await desk.card_id())


async def test_a_case_with_questions_only_counts_as_unanswered_again(asked: Desk) -> None:
    """On the card, in the list, and for those who are called."""
    await questioned(asked)
    await asked.say(LEA, "!attends", thread=await asked.card_id())
    assert "1 réponse" in await asked.card()
    assert "l'auteur attend encore un avis" in await asked.card()
    await pass_time(asked, 70)
    assert len(await nudges(asked)) == len(reminders(asked)) == 1


async def test_waiting_late_calls_at_once(asked: Desk) -> None:
    """Its time was over long ago."""
    await questioned(asked)
    await pass_time(asked, 3 * 60)
    assert await nudges(asked) == []
    await asked.say(LEA, "!waiting #1")
    await asked.tick()
    assert len(await nudges(asked)) == 1


async def test_waiting_calls_nobody_twice(asked: Desk) -> None:
    """Those who were called before the questions came have been called."""
    await pass_time(asked, 70)
    await questioned(asked)
    await asked.say(LEA, "!attends #1")
    await pass_time(asked, 8 * 60)
    assert len(await nudges(asked)) == len(reminders(asked)) == 1


async def test_the_next_opinion_ends_the_waiting_and_talk_does_not(asked: Desk) -> None:
    """An opinion is an answer on which somebody acts, or one proposed outright."""
    root = await asked.card_id()
    await asked.say(MARC, "!avis mycose", thread=root)
    asked.later(minutes=5)
    await asked.say(LEA, "!attends", thread=root)
    await asked.say(LEA, "!avis je pensais à un lupus", thread=root)
    answer = await asked.say(NORA, "Pityriasis rosé", thread=root)
    assert "attend encore" in await asked.card()
    await asked.react(PAUL, answer)
    assert "attend encore" not in await asked.card()
    await asked.say(LEA, "!attends", thread=root)
    assert "attend encore" in await asked.card()
    await asked.say(MARC, "!avis eczéma", thread=root)
    assert "attend encore" not in await asked.card()


async def test_the_clocks_of_two_servers_tell_no_order(asked: Desk) -> None:
    """What comes in after `!attends` ends the waiting, however far its server's clock is behind."""
    await questioned(asked)
    await asked.say(LEA, "!attends #1")
    await asked.say(MARC, "!avis zona", thread=await asked.card_id(), at=asked.now - 5 * MINUTE)
    assert "attend encore" not in await asked.card()


async def test_what_came_in_before_does_not_end_the_waiting(asked: Desk) -> None:
    """However far its server's clock is ahead."""
    await asked.say(MARC, "!avis zona", thread=await asked.card_id(), at=asked.now + 5 * MINUTE)
    await asked.say(LEA, "!attends #1")
    assert "attend encore" in await asked.card()


async def test_waiting_can_be_taken_back(asked: Desk) -> None:
    """By the author, in a word."""
    await questioned(asked)
    await asked.say(LEA, "!attends #1")
    (answer,) = asked.answers_to(await asked.say(LEA, "!attends #1 off"))
    assert "#1 a sa réponse" in answer
    assert "attend encore" not in await asked.card()


@pytest.mark.parametrize(
    ("who", "words", "answer"),
    [
        (MARC, "!attends #1", "Seul l'auteur"),
        (MODO, "!attends #1", "Seul l'auteur"),
        (LEA, "!attends", "Pour quel cas"),
        (LEA, "!attends #7", "Il n'y a pas de cas #7"),
    ],
)
async def test_only_the_author_says_so(asked: Desk, who: str, words: str, answer: str) -> None:
    """Of a case that is named, or around."""
    await questioned(asked)
    (told,) = asked.answers_to(await asked.say(who, words))
    assert answer in told


async def test_a_case_without_any_answer_waits_already(asked: Desk) -> None:
    """Nothing changes."""
    (told,) = asked.answers_to(await asked.say(LEA, "!attends #1"))
    assert "compte déjà comme sans réponse" in told


async def test_an_anonymous_author_says_it_from_the_direct_chat_alone(asked: Desk) -> None:
    """In the room it would tell who asks."""
    await asked.database.run(lambda tx: tx.execute("UPDATE medical_case SET anonymous = 1"))
    await asked.open_chat(LEA)
    await questioned(asked)
    (told,) = asked.answers_to(await asked.say(LEA, "!attends #1"))
    assert "Seul l'auteur" in told
    (told,) = asked.answers_to(await asked.say(LEA, "!attends #1", room=CHAT))
    assert "attend encore" in told
    assert "attend encore" in await asked.card()


# -- !ask and !tag


async def test_a_specialty_is_called_now_and_once(asked: Desk) -> None:
    """By anybody, in the thread, by any of its names."""
    await asked.say(PAUL, "!suivre ORL")
    root = await asked.card_id()
    said = await asked.say(MODO, "!appel orl", thread=root)
    (call,) = await nudges(asked)
    assert mentioned(call) == [PAUL]
    assert "#1, pour ORL :" in plain(call.body)
    assert asked.answers_to(said) == [], "the call is the answer"
    (told,) = asked.answers_to(await asked.say(MARC, "!ask ENT", thread=root))
    assert "déjà appelé" in told
    assert len(await nudges(asked)) == 1


async def test_from_a_direct_chat_it_goes_into_the_thread(asked: Desk) -> None:
    """In the language of the case's room, and the person is told that it is done."""
    await asked.open_chat(LEA)
    (told,) = asked.answers_to(await asked.say(LEA, "!appel #1 dermato", room=CHAT))
    assert "j'ai appelé pour dermatologie dans le fil de #1" in told
    (call,) = await nudges(asked)
    assert mentioned(call) == [MARC, NORA]
    assert LEA not in call.content["formatted_body"]


async def test_whoever_asks_for_an_anonymous_case_is_called_like_anybody(asked: Desk) -> None:
    """It may be its author, from the direct chat."""
    await asked.open_chat(LEA)
    await asked.database.run(lambda tx: tx.execute("UPDATE medical_case SET anonymous = 1"))
    await asked.say(LEA, "!suivre dermato", room=CHAT)
    await asked.say(LEA, "!appel #1 dermato", room=CHAT)
    (call,) = await nudges(asked)
    assert mentioned(call) == [LEA, MARC, NORA]


async def test_with_nobody_to_call_nothing_is_spent(asked: Desk) -> None:
    """The answer says what to do, and whoever follows it later can be called."""
    (told,) = asked.answers_to(await asked.say(MODO, "!appel #1 ORL"))
    assert "Je n'ai personne à appeler" in told
    assert "!étiquette #1" in told
    await asked.say(PAUL, "!suivre ORL")
    await asked.say(MODO, "!appel #1 ORL")
    assert mentioned((await nudges(asked))[0]) == [PAUL]


async def test_who_wants_silence_is_not_asked(asked: Desk) -> None:
    """And nobody learns that they do."""
    for who in (MARC, NORA):
        await asked.say(who, "!silence 8h")
    (told,) = asked.answers_to(await asked.say(MODO, "!appel #1 dermato"))
    assert "Je n'ai personne à appeler" in told
    assert await nudges(asked) == []


@pytest.mark.parametrize("followed", [False, True])
async def test_what_is_no_specialty_is_not_repeated_by_a_call(asked: Desk, followed: bool) -> None:
    """It could be a name, and the bot's words outlive the message."""
    if followed:
        await asked.say(PAUL, "!suivre dupontel")
    told = asked.answers_to(await asked.say(MODO, "!appel #1 Dupontel"))
    told += asked.answers_to(await asked.say(MODO, "!appel #1 Dupontel"))
    told += [plain(call.body) for call in await nudges(asked)]
    assert len(told) == (3 if followed else 2)
    assert all("pour cela" in words and "upontel" not in words for words in told)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("!appel #1", "Qui faut-il appeler"),
        ("!appel dermato", "Pour quel cas"),
        ("!appel #9 dermato", "Il n'y a pas de cas #9"),
    ],
)
async def test_a_call_for_nothing_is_explained(asked: Desk, words: str, answer: str) -> None:
    """With what to type instead."""
    (told,) = asked.answers_to(await asked.say(MODO, words))
    assert answer in told


async def test_nobody_is_called_to_a_closed_case(asked: Desk) -> None:
    """It has its outcome."""
    await asked.say(LEA, "!clore #1 pityriasis")
    (told,) = asked.answers_to(await asked.say(MODO, "!appel #1 dermato"))
    assert "est clos" in told


async def test_a_case_of_another_room_cannot_be_called_for(asked: Desk) -> None:
    """Its number reads like one that is missing."""
    await asked.open_room(OTHER_ROOM)
    (foreign,) = asked.answers_to(await asked.say(MARC, "!appel #1 dermato", room=OTHER_ROOM))
    (missing,) = asked.answers_to(await asked.say(MARC, "!appel #2 dermato", room=OTHER_ROOM))
    assert foreign.replace("#1", "#2") == missing
    assert await nudges(asked) == []


async def test_tags_are_added_by_author_and_moderators(asked: Desk) -> None:
    """The card shows them, and those who follow them are called."""
    await asked.say(PAUL, "!suivre infectio")
    await asked.say(LEA, "!étiquette #1 infectio, #voyage diagnostic")
    assert "#1 · diagnostic · dermato · infectio · voyage" in await asked.card()
    await asked.say(MODO, "!tag urticaire", thread=await asked.card_id())
    assert "urticaire" in await asked.card()
    (told,) = asked.answers_to(await asked.say(MARC, "!tag #1 cardio"))
    assert "Seuls l'auteur de #1 et les modérateurs" in told
    (told,) = asked.answers_to(await asked.say(LEA, "!tag #1"))
    assert "Quelle étiquette" in told
    await pass_time(asked, 20)
    assert mentioned((await nudges(asked))[0]) == [MARC, NORA, PAUL]


async def test_an_edit_of_the_case_leaves_the_added_tags(asked: Desk) -> None:
    """Those in the old words go with them; a kind that was added stays as well."""
    await asked.say(LEA, "!étiquette #1 infectio diagnostic")
    case = await asked.database.run(queries.case_by_id, 1)
    assert case is not None
    kind, tags = after_edit(case, *kind_and_tags("Éruption #allergo"))
    assert (kind, tags) == (Kind.DIAGNOSIS, ("allergo", "infectio"))
    assert after_edit(case, *kind_and_tags("Éruption #traitement")) == (Kind.TREATMENT, ("infectio",))


# -- emergencies


async def warned(desk: Desk, words: str) -> list[Sent]:
    """What is said to the author of a case with these words, however often it is looked at."""
    said = await desk.say(LEA, words)
    event = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": words})

    def look(tx: Transaction) -> None:
        case = queries.case_by_id(tx, 1)
        assert case is not None
        for _ in range(2):
            calls.warn_of_emergency(desk.world.conversation(tx, replace(event, event_id=said)), case)

    await desk.database.run(look)
    await desk.settle()
    return [event for event in desk.timeline() if event.replies_to == said]


async def test_a_life_in_danger_gets_one_line(desk: Desk) -> None:
    """As a reply to whoever asks, once for the case, ringing their phone."""
    (line,) = await warned(desk, "!cas Nourrisson de 2 mois qui ne respire plus #pediatrie")
    assert "appelez le 15 ou le 112" in plain(line.body)
    assert mentioned(line) == [LEA]
    assert line.content["msgtype"] == "m.text"


async def test_an_english_room_is_told_112_or_its_own_number(desk: Desk) -> None:
    """Not everybody reads in France."""
    await desk.say(MODO, "!mod set language en")
    (line,) = await warned(desk, "!case 3-year-old not breathing")
    assert "call 112 or your local emergency number (in France 15)" in plain(line.body)


async def test_an_ordinary_case_gets_none(desk: Desk) -> None:
    """A stop of work is no stop of a heart."""
    assert await warned(desk, "!cas Arrêt de travail après un AVC, quelle durée ?") == []
