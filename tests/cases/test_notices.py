"""The author of a case that came from a direct chat is told of its answers there."""

import json

import pytest

from doctocbot.matrix.errors import Forbidden
from doctocbot.rooms import private
from doctocbot.rooms.settings import is_served
from tests.cases.test_intake import choose, draft
from tests.desk import CHAT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

BURST = 5 * 60_000
OTHER_CHAT = "!lea-again:clinic.example"


@pytest.fixture
async def chat(desk: Desk) -> Desk:
    """Léa has published a case from her direct chat with the bot."""
    await desk.open_chat(LEA)
    await draft(desk)
    await choose(desk, 0)
    await desk.tick()
    return desk


async def answer(desk: Desk, who: str, words: str) -> str:
    """Somebody answers the case."""
    return await desk.say(who, words, thread=await desk.card_id())


def told(desk: Desk, room: str = CHAT) -> str:
    """All that a chat shows of the bot's."""
    return json.dumps([event.content for event in desk.gateway.visible(room)], ensure_ascii=False)


async def burst_is_over(desk: Desk) -> None:
    """The time comes for what was put off."""
    await desk.database.run(lambda tx: tx.execute("UPDATE outbox SET not_before = 1 WHERE not_before > 1"))
    await desk.tick()


async def test_whoever_has_left_the_room_is_told_no_more(chat: Desk) -> None:
    """What is said in a room is for those who are in it."""
    chat.change(member(LEA, membership="leave"))
    await answer(chat, MARC, "Granulome annulaire ?")
    assert "Granulome" not in told(chat)


async def test_who_leaves_before_a_burst_is_over_is_not_told_of_it(chat: Desk) -> None:
    """Membership counts when the words are drawn; coming back, the author learns what was missed."""
    await answer(chat, MARC, "Granulome annulaire ?")
    await answer(chat, NORA, "Mycose ?")
    chat.change(member(LEA, membership="leave"))
    await burst_is_over(chat)
    assert "Mycose" not in told(chat)
    chat.change(member(LEA))
    await answer(chat, PAUL, "Prélever ?")
    await burst_is_over(chat)
    assert "Mycose" in told(chat)


async def test_an_edited_answer_is_told_again(chat: Desk) -> None:
    """The notice with the old words goes, and the new ones come."""
    first = await answer(chat, MARC, "Granulome annulaire ?")
    await chat.edit(MARC, first, "Mycose !")
    assert "Granulome" not in told(chat)
    await burst_is_over(chat)
    assert "Mycose" in told(chat)


@pytest.mark.parametrize("act", ["edit", "redact"])
async def test_an_edited_opinion_is_told_again_and_a_deleted_one_is_not(chat: Desk, act: str) -> None:
    """A `!dx` is an answer as well."""
    said = await answer(chat, MARC, "!dx Granulome")
    assert "Granulome" in told(chat)
    await (chat.edit(MARC, said, "!dx Mycose") if act == "edit" else chat.redact(MARC, said))
    await burst_is_over(chat)
    assert "Granulome" not in told(chat)
    assert ("Mycose" in told(chat)) == (act == "edit")


async def test_only_the_notice_that_told_of_an_answer_goes_with_it(chat: Desk) -> None:
    """The others stand as they are."""
    first = await answer(chat, MARC, "Granulome")
    for words in ("Mycose", "Prélever"):
        await answer(chat, NORA, words)
    await burst_is_over(chat)
    (burst,) = [event for event in chat.gateway.visible(CHAT) if "Mycose" in event.body]
    await chat.redact(MARC, first)
    await burst_is_over(chat)
    assert "Granulome" not in told(chat)
    assert [event for event in chat.gateway.visible(CHAT) if "Mycose" in event.body] == [burst]


async def test_what_stood_beside_a_deleted_answer_is_told_again(chat: Desk) -> None:
    """Their notice had to go, the other answers in it did not."""
    await answer(chat, MARC, "Granulome")
    await answer(chat, NORA, "Mycose")
    deleted = await answer(chat, PAUL, "Monsieur Dupont ?")
    await burst_is_over(chat)
    await chat.redact(PAUL, deleted)
    assert "Mycose" not in told(chat)
    await burst_is_over(chat)
    assert told(chat).count("Mycose") == told(chat).count("Granulome") > 0
    assert "Dupont" not in told(chat)


async def test_an_answer_that_was_not_told_takes_nothing_back(chat: Desk) -> None:
    """It simply is not told."""
    await answer(chat, MARC, "Granulome")
    deleted = await answer(chat, NORA, "Mycose")
    before = set(chat.gateway.redacted)
    await chat.redact(NORA, deleted)
    assert chat.gateway.redacted == before | {deleted}
    await burst_is_over(chat)
    assert "Granulome" in told(chat)
    assert "Mycose" not in told(chat)


async def test_the_authors_corrections_leave_the_answers_told(chat: Desk) -> None:
    """A notice holds words of those who answered, none of the author's."""
    asked = await chat.say(LEA, "!cas Enfant fébrile")
    await chat.database.run(lambda tx: tx.execute("UPDATE medical_case SET chat_id = :chat", chat=CHAT))
    await chat.say(MARC, "Rubéole", thread=await chat.card_id(2))
    assert "Rubéole" in told(chat)
    await chat.edit(LEA, asked, "!cas Enfant de 3 ans, fébrile")
    assert "Rubéole" in told(chat)
    await chat.redact(LEA, asked)
    assert "Rubéole" not in told(chat)


async def test_corrected_answers_do_not_put_a_burst_off(chat: Desk) -> None:
    """The pause is counted from the notice that was sent last."""
    await answer(chat, MARC, "Granulome")
    second = await answer(chat, NORA, "Mycose")
    due = await chat.value(_DUE)
    for attempt in range(4):
        await chat.edit(NORA, second, f"Mycose {attempt}")
        await chat.redact(PAUL, await answer(chat, PAUL, "Lyme ?"))
    sent_at = await chat.value("SELECT max(sent_at) FROM outbox WHERE key LIKE 'case:1:notice:%'")
    assert await chat.value(_DUE) == due == sent_at + BURST


_DUE = "SELECT max(not_before) FROM outbox WHERE state = 'queued' AND renders = 'notice'"


async def test_the_author_is_told_in_the_chat_that_they_have_now(chat: Desk) -> None:
    """The one that the case came from is gone; what waited for it goes to the new one."""
    await answer(chat, MARC, "Granulome")
    await answer(chat, NORA, "Mycose")
    chat.change(member(LEA, membership="leave"), room=CHAT)
    await chat.inspect(CHAT)
    await chat.open_chat(LEA, OTHER_CHAT)
    await answer(chat, PAUL, "Prélever")
    await burst_is_over(chat)
    assert "Mycose" in told(chat, OTHER_CHAT)
    assert "Prélever" in told(chat, OTHER_CHAT)
    assert "Mycose" not in told(chat)


async def test_a_chat_that_is_not_served_holds_up_nothing(chat: Desk) -> None:
    """A notice that waits there is for another chat of the author's, the one they spoke in last."""
    await answer(chat, MARC, "Granulome")
    await answer(chat, NORA, "Mycose")
    await chat.database.run(lambda tx: tx.execute("UPDATE room SET served = 0 WHERE room_id = :r", r=CHAT))
    for room in ("!a:clinic.example", OTHER_CHAT, "!z:clinic.example"):
        await chat.open_chat(LEA, room)
    await chat.say(LEA, "bonjour", room="!z:clinic.example")
    await chat.say(LEA, "bonjour", room=OTHER_CHAT)
    await answer(chat, PAUL, "Prélever")
    await burst_is_over(chat)
    assert "Mycose" in told(chat, OTHER_CHAT)


async def test_a_case_from_a_room_is_told_of_nowhere(desk: Desk) -> None:
    """Whoever asked in front of everybody reads the answers there."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!cas Enfant fébrile")
    await answer(desk, MARC, "Rubéole")
    assert "Rubéole" not in told(desk)


def mentions(desk: Desk) -> list[str]:
    """Where the room calls Léa."""
    return [
        event.body
        for event in desk.gateway.visible(ROOM)
        if event.content.get("m.mentions") == {"user_ids": [LEA]}
    ]


async def leave_chat(desk: Desk) -> None:
    """Léa leaves her chat with the bot."""
    desk.change(member(LEA, membership="leave"), room=CHAT)
    await desk.inspect(CHAT)


async def test_whoever_has_left_the_chat_is_called_in_the_thread(chat: Desk) -> None:
    """Their name stands on the card: nothing is lost, and nobody is pestered with another chat."""
    await leave_chat(chat)
    await answer(chat, MARC, "Granulome annulaire ?")
    assert len(mentions(chat)) == 1
    assert await chat.database.run(private.awaited) == []


async def test_what_a_notice_was_to_tell_in_a_chat_that_ends_is_told_in_the_thread(chat: Desk) -> None:
    """It waited for the burst to be over when its reader left, or the bot was put out."""
    await answer(chat, MARC, "Granulome annulaire ?")
    await answer(chat, NORA, "Mycose ?")
    await leave_chat(chat)
    await burst_is_over(chat)
    (mention,) = mentions(chat)
    assert "nora" in mention
    assert "marc" not in mention


async def test_a_third_reads_no_notice_in_a_chat_where_only_the_bot_has_spoken(chat: Desk) -> None:
    """The author has never said a word in their second chat; it is private all the same."""
    await leave_chat(chat)
    await chat.open_chat(LEA, OTHER_CHAT)
    await answer(chat, MARC, "Granulome annulaire ?")
    assert "Granulome" in told(chat, OTHER_CHAT)
    chat.change(member(PAUL), room=OTHER_CHAT)
    await chat.inspect(OTHER_CHAT)
    assert "Granulome" not in told(chat, OTHER_CHAT)
    assert not await chat.database.run(is_served, OTHER_CHAT)


@pytest.fixture
async def nameless(desk: Desk) -> Desk:
    """Léa has published a case without her name."""
    await desk.say(MODO, "!mod set anonymous on")
    await desk.open_chat(LEA)
    await draft(desk)
    await desk.say(LEA, "!publier anonyme", room=CHAT)
    await desk.tick()
    return desk


async def test_a_nameless_author_who_has_left_the_chat_is_told_in_another(nameless: Desk) -> None:
    """The room learns nothing; one chat is opened, and holds all that came meanwhile, once."""
    await leave_chat(nameless)
    await answer(nameless, MARC, "Granulome annulaire ?")
    await answer(nameless, NORA, "Mycose ?")
    assert mentions(nameless) == []
    assert await nameless.database.run(private.awaited) == [LEA]
    assert await nameless.value("SELECT count(*) FROM private_word") == 1
    await nameless.open_chat(LEA, OTHER_CHAT)
    await answer(nameless, PAUL, "Prélever ?")
    await burst_is_over(nameless)
    assert told(nameless, OTHER_CHAT).count("Granulome") == told(nameless, OTHER_CHAT).count("Prélever") > 0
    assert "Mycose" in told(nameless, OTHER_CHAT)
    assert mentions(nameless) == []


async def test_a_nameless_author_who_has_left_the_room_as_well_learns_nothing(nameless: Desk) -> None:
    """Membership counts when the words are drawn."""
    await leave_chat(nameless)
    await answer(nameless, MARC, "Granulome annulaire ?")
    nameless.change(member(LEA, membership="leave"))
    await nameless.open_chat(LEA, OTHER_CHAT)
    await burst_is_over(nameless)
    assert "Granulome" not in told(nameless, OTHER_CHAT)


async def test_what_a_nameless_author_answers_herself_is_no_news(nameless: Desk) -> None:
    """It counts like anybody's on the card; in private she is told of the others' alone."""
    await answer(nameless, LEA, "Je pense au psoriasis")
    assert "1 réponse" in await nameless.card()
    assert "psoriasis" not in told(nameless)
    await answer(nameless, MARC, "Granulome annulaire ?")
    assert "Granulome" in told(nameless)
    assert "psoriasis" not in told(nameless)


async def test_a_notice_that_the_server_refuses_is_told_with_the_next(chat: Desk) -> None:
    """What nobody has read does not count as told."""
    send = chat.gateway.send

    async def refuse(room: str, type_: str, content: dict[str, object], transaction_id: str) -> str:
        if room == CHAT:
            raise Forbidden("M_TOO_LARGE", 413)
        return await send(room, type_, content, transaction_id)

    chat.gateway.send = refuse  # type: ignore[assignment,method-assign]
    await answer(chat, MARC, "Granulome annulaire ?")
    chat.gateway.send = send  # type: ignore[method-assign]
    await answer(chat, NORA, "Mycose ?")
    await burst_is_over(chat)
    assert "Granulome" in told(chat)
    assert "Mycose" in told(chat)
