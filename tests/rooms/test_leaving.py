"""Who has left a room, or was put out, does nothing there any more, at once: each act, with and without the leaving."""

from collections.abc import Awaitable, Callable

import pytest

from doctocbot.chat.poll import POLL_START
from doctocbot.chat.rendering import Document
from doctocbot.images import CleanImage
from doctocbot.rooms import private
from doctocbot.rooms.private import MeantFor
from doctocbot.rooms.roles import Standing
from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MARC, NORA, PAUL, ROOM, Desk, plain
from tests.fakes.pictures import clean_image
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

Act = Callable[[Desk], Awaitable[object]]


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """Léa's open case with Paul's answer and Marc's opinion, two of Marc's, a quiz of Nora's, a draft in his chat."""
    await desk.say(LEA, "!cas Genou gonflé #rhumato")
    await desk.say(PAUL, "Entorse du genou", thread=await desk.card_id(1))
    await desk.say(NORA, "!avis gonarthrose", thread=await desk.card_id(1))
    await desk.say(MARC, "!avis arthrite", thread=await desk.card_id(1))
    await desk.say(MARC, "!cas Toux sèche")
    await desk.say(MARC, "!cas Fièvre")
    await desk.say(NORA, "!avis paludisme", thread=await desk.card_id(3))
    await desk.say(MARC, "!clore #3 certain grippe")
    await desk.say(NORA, "!cas Oreille douloureuse")
    await desk.say(PAUL, "!avis otite externe", thread=await desk.card_id(4))
    await desk.say(NORA, "!clore #4 certain zona")
    await desk.say(NORA, "!quiz permettre #4")
    await desk.say(LEA, "!quiz #4")
    await desk.open_chat(MARC)
    await desk.say(MARC, "!cas Coude enflé après une chute", room=CHAT)
    await desk.tick()
    desk.later(seconds=4)
    await desk.tick()
    return desk


async def goes(desk: Desk, how: str) -> None:
    """Marc is no more in the room, as the server says."""
    if how != "stays":
        desk.change(member(MARC, how))
        await desk.database.run(desk.features.watch.judge, [ROOM])


async def said(desk: Desk, words: str) -> str:
    """The event in which somebody said something, by its words."""
    found = await desk.value("SELECT event_id FROM answer WHERE text LIKE :words", words=f"%{words}%")
    return str(found)


def in_room(words: str) -> Act:
    """Marc types something in the room."""
    return lambda desk: desk.say(MARC, words)


def in_thread(words: str) -> Act:
    """Marc says something in the thread of Léa's case."""

    async def act(desk: Desk) -> None:
        await desk.say(MARC, words, thread=await desk.card_id(1))

    return act


def in_chat(words: str) -> Act:
    """Marc types something in his direct chat."""
    return lambda desk: desk.say(MARC, words, room=CHAT)


def react(emoji: str) -> Act:
    """Marc reacts to Paul's answer."""

    async def act(desk: Desk) -> None:
        await desk.react(MARC, await said(desk, "Entorse"), emoji)

    return act


async def flag(desk: Desk) -> None:
    """Marc puts a flag on Léa's card."""
    await desk.react(MARC, await desk.card_id(1), "🚩")


async def edit_opinion(desk: Desk) -> None:
    """Marc edits the opinion that he had when he was in."""
    row = await desk.value("SELECT event_id FROM proposal WHERE sender = :who", who=MARC)
    await desk.edit(MARC, str(row), "!avis arthrite septique")


async def edit_case(desk: Desk) -> None:
    """Marc edits the case that he asked when he was in."""
    source = await desk.value("SELECT source_event FROM medical_case WHERE id = 2")
    await desk.edit(MARC, str(source), "!cas Toux grasse")


async def answer_quiz(desk: Desk) -> None:
    """Marc votes in the poll of the quiz."""
    key = await desk.value("SELECT key FROM quiz")
    await desk.vote(MARC, await desk.event_of(f"{key}poll"), "A")


async def tap_publish(desk: Desk) -> None:
    """Marc taps on the question under his preview, which still stands there."""
    poll = [event for event in desk.gateway.visible(CHAT) if event.type == POLL_START][-1]
    await desk.vote(MARC, poll.event_id, poll.content[POLL_START]["answers"][0]["id"], room=CHAT)


async def photo_with_case(desk: Desk) -> None:
    """Marc sends a photo whose caption opens a case."""
    await desk.picture(MARC, caption="!cas Main")


ACTS: dict[str, Act] = {
    "agree by reaction": react("👍"),
    "oppose by reaction": react("👎"),
    "flag": flag,
    "answer": in_thread("Rupture du ligament"),
    "opinion": in_thread("!avis rupture"),
    "agree in words": in_thread("!daccord 1"),
    "oppose in words": in_thread("!contre 1 pas de choc"),
    "reference": in_thread("!ref 10.1000/182"),
    "edit of an opinion": edit_opinion,
    "edit of a case": edit_case,
    "new case": in_room("!cas Main"),
    "case in a caption": photo_with_case,
    "pull in the room": in_room("!retirer #1"),
    "close own case": in_room("!clore #2 possible trachéite"),
    "tag own case": in_room("!étiquette #2 pneumo"),
    "quiz poll": answer_quiz,
    "quiz in words": in_room("!réponse A"),
    "publish": in_chat("!publier"),
    "tap on publish": tap_publish,
    "pull in the chat": in_chat("!retirer #1"),
    "agree in the chat": in_chat("!daccord #1 1"),
    "close in the chat": in_chat("!clore #2 possible trachéite"),
    "news of a case": in_chat("!suivi #3 guéri en huit jours"),
}

SHOWN: dict[str, Act] = {
    "find": in_chat("!chercher genou"),
    "list": in_chat("!lescas"),
    "summary": in_chat("!résumé #1"),
    "summary of the week": in_chat("!résumé semaine"),
    "find in the room": in_room("!chercher genou"),
}

_TABLES = {
    "medical_case": "id, state, text, tags, outcome, room_id",
    "vote": "voter, says, opinion_id",
    "proposal": "event_id, text",
    "answer": "event_id, text",
    "reference": "event_id, address",
    "quiz_answer": "voter, given",
    "picture": "source_event, case_id, posted_key",
    "followup": "case_id, text",
    "case_pull": "case_id, puller",
    "audit": "act, case_id",
}


async def everything(desk: Desk) -> dict[str, list[str]]:
    """All that an act could change."""

    def read(tx: Transaction) -> dict[str, list[str]]:
        return {
            table: [str(tuple(row)) for row in tx.rows(f"SELECT {columns} FROM {table} ORDER BY 1, 2")]  # noqa: S608
            for table, columns in _TABLES.items()
        }

    return await desk.database.run(read)


@pytest.mark.parametrize("how", ["stays", "leave", "ban"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
async def test_an_act_counts_only_of_who_is_in(busy: Desk, act: Act, how: str) -> None:
    """What Marc does as a member changes something; the same once he is out changes nothing at all."""
    await goes(busy, how)
    before = await everything(busy)
    await act(busy)
    assert (await everything(busy) != before) is (how == "stays")


@pytest.mark.parametrize("how", ["stays", "leave", "ban"])
@pytest.mark.parametrize("act", SHOWN.values(), ids=SHOWN.keys())
async def test_nothing_is_shown_to_who_is_out(busy: Desk, act: Act, how: str) -> None:
    """No case of the room, no name of one, no number."""
    await goes(busy, how)
    before = len(busy.gateway.sent)
    await act(busy)
    shown = " ".join(str(event.content) for event in busy.gateway.sent[before:])
    assert any(words in shown for words in ("Genou", "#1", "rhumato")) is (how == "stays")


@pytest.mark.parametrize("how", ["stays", "leave"])
async def test_what_was_said_before_and_heard_after_the_leaving_is_void(busy: Desk, how: str) -> None:
    """The bot was down: it goes by who is in the room when it hears of it."""
    answer = await said(busy, "Entorse")
    waiting = [
        busy.event(MARC, "m.room.message", {"msgtype": "m.text", "body": "!retirer #1"}),
        busy.event(MARC, "m.room.message", {"msgtype": "m.text", "body": "!daccord 1"}, thread=answer),
    ]
    await busy.arrive(*waiting)
    await goes(busy, how)
    before = await everything(busy)
    await busy.settle()
    assert (await everything(busy) != before) is (how == "stays")


@pytest.mark.parametrize("how", ["stays", "leave"])
async def test_who_leaves_while_their_photo_is_fetched_opens_no_case(busy: Desk, how: str) -> None:
    """Fetching takes seconds, and the room is looked at afterwards; the original goes all the same."""
    content = busy.photo("main", caption="!cas Main")
    event = busy.event(MARC, "m.room.message", content)

    async def slow() -> CleanImage:
        await goes(busy, how)
        return clean_image("main", metadata=True)

    busy.clean = lambda content: slow  # type: ignore[method-assign]
    object.__setattr__(busy.reception, "clean", lambda content: slow)
    await busy.arrive(event)
    await busy.settle()
    assert await busy.value("SELECT count(*) FROM medical_case") == (5 if how == "stays" else 4)
    assert busy.gone(event.event_id)


@pytest.mark.parametrize("how", ["stays", "leave"])
async def test_an_author_who_left_is_told_of_no_answer(busy: Desk, how: str) -> None:
    """Neither in the chat nor by a mention."""
    await goes(busy, how)
    before = len(busy.gateway.sent)
    await busy.say(NORA, "Une radio du thorax", thread=await busy.card_id(2))
    await busy.tick()
    told = [str(event.content) for event in busy.gateway.sent[before:]]
    assert any(MARC in each and "m.mentions': {'user_ids': ['" in each for each in told) is (how == "stays")


@pytest.mark.parametrize("how", ["stays", "leave"])
async def test_who_left_is_called_to_nothing(busy: Desk, how: str) -> None:
    """They follow the subject still; for other rooms that is theirs to end."""
    await busy.say(MARC, "!suivre dermatologie")
    await goes(busy, how)
    await busy.say(LEA, "!cas Plaque du dos")
    before = len(busy.gateway.sent)
    number = await busy.value("SELECT max(id) FROM medical_case")
    await busy.say(LEA, f"!appel #{number} dermatologie")
    called = [event.content.get("m.mentions", {}).get("user_ids", []) for event in busy.gateway.sent[before:]]
    assert ([MARC] in called) is (how == "stays")


@pytest.mark.parametrize("how", ["stays", "leave"])
async def test_a_private_word_that_waits_is_not_said_to_who_left(busy: Desk, how: str) -> None:
    """It was meant for a member, and its reader had no chat yet."""

    def tell(tx: Transaction) -> None:
        c = busy.world.conversation(tx, busy.event(LEA, "m.room.message", {}))
        words = Document().line("Pour les membres")
        private.tell(c, PAUL, "test", words, meant_for=MeantFor(ROOM, Standing.MEMBER))

    await busy.database.run(tell)
    if how == "leave":
        busy.change(member(PAUL, "leave"))
    chat = "!paul-and-the-bot:clinic.example"
    await busy.open_chat(PAUL, chat)
    await busy.tick()
    assert [plain(event.body) for event in busy.timeline(chat)] == ["Pour les membres"] * (how == "stays")


async def test_who_comes_back_takes_part_again(busy: Desk) -> None:
    """Invited anew; nothing of the time between is made up for."""
    await goes(busy, "leave")
    await busy.say(MARC, "!cas Main")
    busy.change(member(MARC))
    await busy.say(MARC, "!cas Pied")
    assert await busy.value("SELECT text FROM medical_case WHERE id = 5") == "Pied"
