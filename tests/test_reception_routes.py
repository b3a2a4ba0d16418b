"""Who is heard, and what an event is taken for."""

import dataclasses
from typing import Any

import pytest

from doctocbot.matrix import BOT_MARKER
from doctocbot.verdicts import Took
from tests.desk import BOT, LEA, MARC, MODO, NORA, OTHER_ROOM, ROOM, Desk
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]


async def verdict(desk: Desk, event_id: str) -> str:
    """What the bot took an event for."""
    return str(await desk.value("SELECT verdict FROM inbox WHERE event_id = :id", id=event_id))


TEXT = {"msgtype": "m.text", "body": "!cas Enfant"}


@pytest.mark.parametrize(
    ("type_", "content", "took"),
    [
        ("m.room.message", TEXT, Took.COMMAND),
        ("m.room.message", {"msgtype": "m.emote", "body": "!cas Enfant"}, Took.COMMAND),
        ("m.room.message", {"msgtype": "m.text", "body": "#DocTocToc enfant"}, Took.COMMAND),
        ("m.room.message", {"msgtype": "m.text", "body": "!xyzzy"}, Took.REFUSED),
        ("m.room.message", {"msgtype": "m.text", "body": "!avis x"}, Took.REFUSED),
        ("m.room.message", {"msgtype": "m.text", "body": "bonjour"}, Took.WORDS),
        ("m.room.message", {"msgtype": "m.text", "body": "! attention"}, Took.WORDS),
        ("m.room.message", {"msgtype": "m.text"}, Took.WORDS),
        ("m.room.message", {"msgtype": "m.notice", "body": "!cas Enfant"}, Took.IGNORED),
        ("m.room.message", {**TEXT, BOT_MARKER: True}, Took.IGNORED),
        ("m.room.message", {"msgtype": "m.location", "body": "!cas Enfant"}, Took.IGNORED),
        ("m.room.message", {"msgtype": "m.audio", "body": "!cas Enfant"}, Took.IGNORED),
        ("m.room.message", {}, Took.IGNORED),
        ("m.reaction", {}, Took.IGNORED),
        ("m.room.redaction", {}, Took.IGNORED),
        ("org.matrix.msc3381.poll.start", {"body": "!cas Enfant"}, Took.IGNORED),
        ("org.matrix.msc3381.poll.response", {}, Took.IGNORED),
        ("m.call.invite", TEXT, Took.IGNORED),
        ("org.example.own", TEXT, Took.IGNORED),
    ],
)
async def test_each_kind_of_event_is_taken_for_what_it_is(
    desk: Desk, type_: str, content: dict[str, Any], took: Took
) -> None:
    """Only words of people are read for commands."""
    assert await verdict(desk, await desk.do(LEA, type_, content)) == took


async def test_who_is_not_heard(desk: Desk) -> None:
    """The bot itself, strangers, those who left, and whoever writes in clear text: in silence, with no case opened."""
    desk.change(member(NORA, "leave"))
    for who in (BOT, NORA, "@stranger:elsewhere.example"):
        assert await verdict(desk, await desk.say(who, "!cas Enfant")) == Took.IGNORED
    assert await verdict(desk, await desk.say(LEA, "!cas Enfant", encrypted=False)) == Took.IGNORED
    assert desk.gateway.sent == []
    assert await desk.value("SELECT count(*) FROM medical_case") == 0


async def test_nobody_is_heard_in_a_room_that_is_not_served(desk: Desk) -> None:
    """Nor is anything said there, not even when handling fails."""
    assert await verdict(desk, await desk.say(LEA, "!cas Enfant", room=OTHER_ROOM)) == Took.IGNORED
    await desk.database.run(lambda tx: tx.execute("UPDATE room SET served = 0 WHERE room_id = :r", r=ROOM))
    assert await verdict(desk, await desk.say(LEA, "!aide")) == Took.IGNORED
    assert await verdict(desk, await desk.picture(LEA)) == Took.IGNORED
    event = desk.event(LEA, "m.room.message", TEXT)
    await desk.database.run(desk.reception.apologise, event, desk.gateway.rooms[ROOM])
    await desk.settle()
    assert desk.gateway.sent == []


async def test_commands_from_an_unsigned_device_are_explained(desk: Desk) -> None:
    """What to do, in Element's own words; what people say to each other goes on counting as an answer."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    for command in ("!cas Autre", "!avis rubéole", "#DocTocToc autre"):
        said = await desk.say(MARC, command, verified=False)
        (told,) = desk.answers_to(said)
        assert "Vérifier" in told
        assert await verdict(desk, said) == Took.REFUSED
    assert await verdict(desk, await desk.say(MARC, "rubéole", thread=root, verified=False)) == Took.ANSWER
    assert await desk.value("SELECT count(*) FROM medical_case") == 1


async def test_an_operator_may_relax_this(desk: Desk) -> None:
    """For one old client, with `doctor` saying so loudly; clear text is never heard."""
    desk.reception = dataclasses.replace(desk.reception, unsigned_may_command=True)
    desk.restart()
    assert await verdict(desk, await desk.say(LEA, "!cas Enfant", verified=False)) == Took.COMMAND
    assert await verdict(desk, await desk.say(LEA, "!cas Enfant", encrypted=False)) == Took.IGNORED


async def test_the_old_habit_opens_a_case_only_on_its_own(desk: Desk) -> None:
    """Not in a reply, a thread or a quotation, where people speak of it."""
    talk = await desk.say(MARC, "bonjour")
    for place in ({"reply": talk}, {"thread": talk}):
        assert await verdict(desk, await desk.say(LEA, "#DocTocToc enfant", **place)) == Took.WORDS
    quoting = await desk.say(LEA, "> #DocTocToc enfant de 3 ans\n\nJe m'en souviens")
    assert await verdict(desk, quoting) == Took.WORDS
    assert await verdict(desk, await desk.say(LEA, "Bonjour #DocsTocToc enfant")) == Took.COMMAND
    assert "Bonjour #DocsTocToc enfant" in await desk.card()


async def test_a_command_may_stand_in_a_reply_with_an_old_quotation(desk: Desk) -> None:
    """Older clients put what is replied to before it."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    quoted = f"> <{BOT}> #1 · ouvert\n> Enfant\n\n!avis rubéole"
    await desk.say(MARC, quoted, reply=root)
    assert "1. rubéole : 1 d'accord" in await desk.card()


async def test_the_same_event_is_never_answered_twice(desk: Desk) -> None:
    """However often the server sends it."""
    event = desk.event(LEA, "m.room.message", TEXT)
    for _ in range(3):
        await desk.arrive(event)
        await desk.settle()
    assert len(desk.timeline()) == 1
    assert await desk.value("SELECT count(*) FROM medical_case") == 1


async def test_two_bots_never_talk_to_each_other(desk: Desk) -> None:
    """What ours says, said by another of its kind, gets no answer."""
    await desk.say(LEA, "!aide")
    for event in list(desk.gateway.sent):
        assert await verdict(desk, await desk.do(MODO, event.type, event.content)) == Took.IGNORED
    assert len(desk.gateway.sent) == 1


@pytest.mark.parametrize("said", ["!Dupont-Jean va mal", "!cass Dupont", "!Dupont", "!aide Dupont"])
async def test_what_is_no_command_is_not_repeated(desk: Desk, said: str) -> None:
    """It may be a name, and the answer would outlive its deletion."""
    (told,) = desk.answers_to(await desk.say(LEA, said))
    assert "!aide" in told
    assert "Dupont" not in desk.readable()
    assert "cass" not in desk.readable()
