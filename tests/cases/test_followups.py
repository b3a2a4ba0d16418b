"""How it went: authors are asked some days after the closing, in private, and what they tell goes to the thread."""

import pytest

from doctocbot.cases import followups
from doctocbot.cases.followups import Followups, News
from doctocbot.rooms.options import FOLLOWUPS, put
from tests.desk import CHAT, LEA, MARC, MINUTE, ROOM, Desk, plain
from tests.fakes.gateway import Sent
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

DAY = 24 * 60  # minutes, as `desk.later` takes them


@pytest.fixture
async def closed(desk: Desk) -> Desk:
    """Léa has a direct chat, and has closed her case, as the clock has seen."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!cas Enfant de 3 ans, éruption")
    await desk.say(LEA, "!clore #1 rubéole")
    await desk.tick()
    return desk


def questions(desk: Desk, room: str = CHAT) -> list[Sent]:
    """What the bot has asked in a chat."""
    return [event for event in desk.gateway.visible(room) if "Comment cela s" in event.body]


async def after(desk: Desk, days: float) -> None:
    """Let days pass, and the clock look at what is due."""
    desk.later(minutes=days * DAY)
    await desk.tick()


async def asked(desk: Desk, days: float = 7.1) -> str:
    """Let the first question come; returns it."""
    await after(desk, days)
    return questions(desk)[-1].event_id


async def news(desk: Desk, number: int = 1) -> list[str]:
    """The news that stand in the thread of a case."""
    return [plain(event.body) for event in await desk.thread(number) if "Nouvelles" in event.body]


# -- asking


async def test_the_author_is_asked_after_a_week_and_after_a_month(closed: Desk) -> None:
    """Once each, in private, and the room hears nothing of it."""
    before = len(closed.timeline()) + len(await closed.thread())
    await after(closed, 6.9)
    assert questions(closed) == []
    await after(closed, 0.2)
    (question,) = questions(closed)
    assert "Le cas #1 (https://matrix.to/" in plain(question.body)
    assert "est clos depuis 7 jours" in plain(question.body)
    await after(closed, 1)
    await after(closed, 15)
    assert len(questions(closed)) == 1
    await after(closed, 7)
    await after(closed, 1)
    assert ["7 jours" in plain(question.body) for question in questions(closed)] == [True, False]
    assert "30 jours" in plain(questions(closed)[-1].body)
    assert len(closed.timeline()) + len(await closed.thread()) == before


async def test_a_question_is_put_once_also_when_the_case_is_closed_again(closed: Desk) -> None:
    """What was asked stays asked; the other question moves with the closing."""
    await after(closed, 8)
    await closed.say(LEA, "!rouvrir #1")
    await closed.say(LEA, "!clore #1 rougeole")
    await closed.tick()
    await after(closed, 23)
    assert len(questions(closed)) == 1, "30 days after the first closing"
    await after(closed, 8)
    assert len(questions(closed)) == 2


async def test_a_case_that_is_open_again_is_not_asked_about(closed: Desk) -> None:
    """It has not ended."""
    await closed.say(LEA, "!rouvrir #1")
    await after(closed, 8)
    assert questions(closed) == []


async def test_a_pulled_case_is_not_asked_about(closed: Desk) -> None:
    """Nothing is said of it any more."""
    await closed.database.run(
        lambda tx: tx.execute("UPDATE medical_case SET state = 'pulled', text = NULL WHERE id = 1")
    )
    await after(closed, 8)
    assert questions(closed) == []


async def test_who_has_left_the_room_is_not_asked(closed: Desk) -> None:
    """Unless they come back while it still makes sense."""
    closed.change(member(LEA, membership="leave"))
    await after(closed, 8)
    assert questions(closed) == []
    closed.change(member(LEA))
    await after(closed, 1)
    assert len(questions(closed)) == 1


@pytest.mark.parametrize(("days", "count"), [(4, 1), (7.2, 0)])
async def test_a_room_that_was_not_served_is_asked_about_late_or_never(
    closed: Desk, days: float, count: int
) -> None:
    """Up to a week late; after that nobody remembers."""
    await serve(closed, served=False)
    await after(closed, 7.1)
    await after(closed, days)
    assert questions(closed) == []
    await serve(closed, served=True)
    await after(closed, 0.1)
    assert len(questions(closed)) == count
    assert ("11 jours" in plain("".join(event.body for event in questions(closed)))) == bool(count)


async def serve(desk: Desk, *, served: bool) -> None:
    """Have a room served, or not."""
    await desk.database.run(
        lambda tx: tx.execute("UPDATE room SET served = :served WHERE room_id = :r", served=served, r=ROOM)
    )


async def test_an_outage_delays_a_question_and_does_not_double_it(closed: Desk) -> None:
    """All dates are rows: the machine slept, and the first tick after it asks."""
    closed.later(minutes=9 * DAY)
    closed.restart()
    await closed.tick()
    await closed.tick()
    assert len(questions(closed)) == 1


async def test_a_room_may_do_without_questions(closed: Desk) -> None:
    """A setting of its moderators."""
    await closed.database.run(lambda tx: put(tx, ROOM, FOLLOWUPS, "off"))
    await after(closed, 8)
    await closed.database.run(lambda tx: put(tx, ROOM, FOLLOWUPS, "on"))
    await after(closed, 1)
    assert questions(closed) == []


async def test_an_operator_may_do_without_questions(closed: Desk) -> None:
    """No days, nothing planned."""
    await closed.database.run(lambda tx: tx.execute("DELETE FROM followup_question"))
    await closed.database.run(lambda tx: tx.execute("UPDATE medical_case SET followups_for = NULL"))
    world = closed.reception.world
    nobody = Followups([])
    for _ in range(2):
        await closed.database.run(
            lambda tx: nobody.tick(tx, closed.now + 8 * DAY * MINUTE, world.conversation)
        )
    assert await closed.value("SELECT count(*) FROM followup_question") == 0


async def test_cases_closed_long_before_are_left_alone(closed: Desk) -> None:
    """As when the bot learns to ask: nobody gets questions about last year."""
    await closed.database.run(lambda tx: tx.execute("DELETE FROM followup_question"))
    await closed.database.run(lambda tx: tx.execute("UPDATE medical_case SET followups_for = NULL"))
    await after(closed, 200)
    assert questions(closed) == []


async def test_an_author_without_a_direct_chat_is_asked_in_the_one_that_the_bot_opens(desk: Desk) -> None:
    """The question waits for them there, and a reply to it counts like any other."""
    await desk.say(LEA, "!cas Enfant de 3 ans, éruption")
    await desk.say(LEA, "!clore #1 rubéole")
    await desk.tick()
    # What waits is forgotten after a week by the clock on the wall, so that this one is asked at once.
    await desk.database.run(
        lambda tx: tx.execute(
            "UPDATE followup_question SET due_at = :now, planned_at = :now WHERE day = 7", now=desk.now
        )
    )
    await desk.tick()
    await desk.open_chat(LEA)
    await desk.tick()
    (question,) = questions(desk)
    await desk.say(LEA, "Guéri", reply=question.event_id, room=CHAT)
    await desk.settle()
    assert await news(desk) == ["Nouvelles du cas #1 :\n> Guéri"]


# -- telling


async def test_a_reply_to_the_question_goes_into_the_thread(closed: Desk) -> None:
    """Where nothing says whose words they are; it is kept for summaries."""
    question = await asked(closed)
    said = await closed.say(LEA, "Guéri en cinq jours.\nMerci à tous !", reply=question, room=CHAT)
    await closed.settle()
    assert await news(closed) == ["Nouvelles du cas #1 :\n> Guéri en cinq jours.\n> Merci à tous !"]
    assert LEA not in str([event.content for event in await closed.thread() if "Nouvelles" in event.body])
    (thanks,) = closed.answers_to(said)
    assert "sans votre nom" in thanks
    kept = await closed.database.run(followups.news_of, 1)
    assert kept == [News(closed.now, 7, "Guéri en cinq jours.\nMerci à tous !")]


async def test_words_that_answer_no_question_are_no_news(closed: Desk) -> None:
    """They are what they would have been."""
    await asked(closed)
    await closed.say(LEA, "Femme de 40 ans, céphalées", room=CHAT)
    await closed.settle()
    assert await news(closed) == []


async def test_what_could_name_somebody_is_not_sent(closed: Desk) -> None:
    """The author corrects it, by an edit or anew, or sends it all the same."""
    question = await asked(closed)
    said = await closed.say(LEA, "Guéri, vu au 06 12 34 56 78", reply=question, room=CHAT)
    (told,) = closed.answers_to(said)
    assert "!suivi quand même #1" in told
    assert "06 12" not in told
    await closed.settle()
    assert await news(closed) == []
    await closed.edit(LEA, said, "Guéri", room=CHAT)
    await closed.settle()
    assert await news(closed) == ["Nouvelles du cas #1 :\n> Guéri"]


@pytest.mark.parametrize("command", ["!suivi quand même #1", "!followup anyway #1"])
async def test_news_may_be_sent_all_the_same(closed: Desk, command: str) -> None:
    """The guard gives hints; the author knows that a number is none of a patient."""
    refused = await closed.say(LEA, "!suivi #1 appeler le 01 23 45 67 89", room=CHAT)
    assert closed.answers_to(refused)
    await closed.say(LEA, f"{command} appeler le 01 23 45 67 89", room=CHAT)
    await closed.settle()
    assert await news(closed) == ["Nouvelles du cas #1 :\n> appeler le 01 23 45 67 89"]


async def test_words_that_only_begin_like_anyway_do_not_pass_the_guard(closed: Desk) -> None:
    """ "Malgré tout" is how one tells that it went badly."""
    question = await asked(closed)
    await closed.say(LEA, "!suivi malgré tout vu au 06 12 34 56 78", reply=question, room=CHAT)
    await closed.settle()
    assert await news(closed) == []


async def test_corrected_news_take_the_place_of_the_old(closed: Desk) -> None:
    """Nothing of the first version can be read any more."""
    question = await asked(closed)
    said = await closed.say(LEA, "Guéri", reply=question, room=CHAT)
    await closed.settle()
    await closed.say(MARC, "!résumé #1")
    assert closed.readable().count("Guéri") > 2, "in the thread and in the summary"
    await closed.edit(LEA, said, "Rechute", room=CHAT)
    await closed.settle()
    assert await news(closed) == ["Nouvelles du cas #1 :\n> Rechute"]
    assert "Guéri" not in closed.readable()
    assert [each.text for each in await closed.database.run(followups.news_of, 1)] == ["Rechute"]


async def test_deleted_news_are_gone_from_the_thread(closed: Desk) -> None:
    """And from what is kept."""
    question = await asked(closed)
    said = await closed.say(LEA, "Guéri", reply=question, room=CHAT)
    await closed.settle()
    await closed.redact(LEA, said, room=CHAT)
    await closed.settle()
    assert await news(closed) == []
    assert await closed.database.run(followups.news_of, 1) == []


async def test_the_news_of_a_pulled_case_go_with_it(closed: Desk) -> None:
    """From the thread and from what is kept."""
    question = await asked(closed)
    await closed.say(LEA, "Guéri", reply=question, room=CHAT)
    await closed.settle()
    await closed.say(LEA, "!retirer #1")
    assert await closed.value("SELECT count(*) FROM followup") == 0
    assert "Guéri" not in closed.readable()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("!suivi #1", "!suivi #1 guéri"),
        ("!suivi #7 guéri", "#7"),
        ("!followup guéri", "#"),
    ],
)
async def test_news_of_nothing_are_explained(closed: Desk, words: str, told: str) -> None:
    """What to type instead."""
    (answer,) = closed.answers_to(await closed.say(LEA, words, room=CHAT))
    assert told in answer


async def test_nobody_else_tells_how_it_went(closed: Desk) -> None:
    """Colleagues speak in the thread under their own names."""
    chat = "!marc-and-the-bot:clinic.example"
    await closed.open_chat(MARC, chat)
    (answer,) = closed.answers_to(await closed.say(MARC, "!suivi #1 guéri", room=chat))
    assert "auteur" in answer
    await closed.settle()
    assert await news(closed) == []


async def test_an_open_case_has_no_news_yet(closed: Desk) -> None:
    """Its thread is where it is discussed."""
    await closed.say(LEA, "!rouvrir #1")
    (answer,) = closed.answers_to(await closed.say(LEA, "!suivi #1 guéri", room=CHAT))
    assert "encore ouvert" in answer


async def test_an_anonymous_author_is_asked_like_any_other(closed: Desk) -> None:
    """And their news are worded like any others."""
    await closed.database.run(lambda tx: tx.execute("UPDATE medical_case SET anonymous = 1"))
    question = await asked(closed)
    await closed.say(LEA, "Guéri", reply=question, room=CHAT)
    await closed.settle()
    assert await news(closed) == ["Nouvelles du cas #1 :\n> Guéri"]
