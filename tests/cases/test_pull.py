"""A case is pulled: by its author, by a colleague who recognised the patient, or by a flag."""

import json

import pytest

from doctocbot.store import Transaction
from tests.cases.test_intake import choose, draft, preview, quiet
from tests.desk import CHAT, LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, Desk, plain

pytest_plugins = ["tests.desk_fixtures"]

WORDS = "Enfant de 3 ans, éruption des joues #diagnostic #dermato"


async def busy_case(desk: Desk) -> list[str]:
    """A case with a picture, answers in the thread and by replies, an edit, a vote, a summary; what people said."""
    source = await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    photo = await desk.picture(LEA, "joues")
    answer = await desk.say(MARC, "!avis Gianotti-Crosti de l'enfant", thread=root)
    edit = await desk.edit(MARC, answer, "!avis Gianotti de l'enfant")
    by_reply = await desk.say(NORA, "Joues rouges : parvovirus", reply=root)
    further = await desk.say(PAUL, "D'accord, joues giflées", reply=by_reply)
    remark = await desk.say(LEA, "Joues chaudes aussi", thread=root)
    await desk.react(PAUL, answer)
    asked = await desk.say(NORA, "!résumé #1")
    return [source, photo, answer, edit, by_reply, further, remark, asked]


async def test_pull_takes_everything_that_was_said_of_a_case(desk: Desk) -> None:
    """Card, edits, pictures, the author's words, the thread, replies and replies to these; one line stays."""
    said = await busy_case(desk)
    other = await desk.say(MARC, "Qui est de garde ce soir ?")
    asked = await desk.say(PAUL, "!retirer #1")
    assert all(desk.gone(event_id) for event_id in said[:-1])
    assert not desk.gone(other)
    (line,) = desk.timeline()
    assert "cas #1 a été retiré" in line.body
    for word in ("joues", "Joues", "Gianotti", "dermato", "diagnostic"):
        assert word not in desk.readable()
    assert desk.answers_to(asked) == []


async def test_pictures_and_the_card_go_first(desk: Desk) -> None:
    """Whatever the server's patience, what identifies most is redacted before the rest."""
    await busy_case(desk)
    root = await desk.card_id()
    (picture,) = [event for event in await desk.thread() if event.content.get("msgtype") == "m.image"]
    before = set(desk.gateway.redacted)
    await desk.say(PAUL, "!retirer #1")
    first = [event_id for event_id in desk.gateway.redactions if event_id not in before][:2]
    assert set(first) == {root, picture.event_id}


async def test_nothing_of_a_pulled_case_is_stored(desk: Desk) -> None:
    """Text, pictures and votes are erased from every table; counts stay."""
    await busy_case(desk)
    await desk.say(PAUL, "!retirer #1")

    def dump(tx: Transaction) -> dict[str, list[tuple[object, ...]]]:
        names = tx.rows(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')"
        )
        return {
            row["name"]: [tuple(each) for each in tx.rows(f"SELECT * FROM {row['name']}")]  # noqa: S608
            for row in names
            if row["name"] not in ("sqlite_schema", "draft", "draft_part", "attachment", "private_word")
        }

    tables = await desk.database.run(dump)
    for name, rows in tables.items():
        for word in ("joues", "Gianotti", "gianotti", "giflées", "parvovirus", "dermato"):
            assert word not in str(rows), name
    assert tables["vote"] == []
    assert await desk.value("SELECT count(*) FROM answer") == 3


@pytest.mark.parametrize("where", ["card", "answer", "source"])
async def test_a_flag_pulls(desk: Desk, where: str) -> None:
    """On the card or anything said in the case; reactions come from no device that could be verified."""
    said = await busy_case(desk)
    target = {"card": await desk.card_id(), "answer": said[2], "source": said[0]}[where]
    await desk.react(PAUL, target, "🚩")
    assert await desk.value("SELECT state FROM medical_case") == "pulled"


async def test_a_flag_on_something_else_means_nothing(desk: Desk) -> None:
    """Talk of the room is nobody's case."""
    await desk.say(LEA, f"!cas {WORDS}")
    talk = await desk.say(MARC, "Qui est de garde ?")
    await desk.react(NORA, talk, "🚩")
    assert await desk.value("SELECT state FROM medical_case") == "open"


async def test_the_author_gets_a_case_back_that_somebody_else_pulled(desk: Desk) -> None:
    """Text and clean picture, in their direct chat, to be mended and published again."""
    await desk.open_chat(LEA)
    await busy_case(desk)
    await desk.say(PAUL, "!retirer #1")
    await quiet(desk)
    await quiet(desk)
    assert "éruption des joues" in preview(desk)
    assert any("vous revient ici en brouillon" in plain(event.body) for event in desk.gateway.visible(CHAT))
    assert [event for event in desk.gateway.visible(CHAT) if event.content.get("msgtype") == "m.image"]
    await choose(desk, 0)
    assert "éruption des joues" in await desk.card(2)
    assert await desk.pictures(2) == ["joues"]


async def test_what_was_given_back_lives_for_a_day(desk: Desk) -> None:
    """Then it is erased, wherever it waits."""
    await busy_case(desk)
    await desk.say(PAUL, "!retirer #1")
    await desk.tick()
    assert await desk.value("SELECT count(*) FROM draft") == 1
    desk.later(minutes=24 * 60 + 1)
    await desk.tick()
    assert await desk.value("SELECT count(*) FROM draft") == 0
    assert await desk.value("SELECT count(*) FROM attachment WHERE coalesce(data, file) IS NOT NULL") == 0


async def test_a_case_comes_back_beside_no_other_draft(desk: Desk) -> None:
    """Two patients never share a draft: the one that is given back waits until the other has gone out."""
    await desk.open_chat(LEA)
    await busy_case(desk)
    await desk.say(LEA, "!cas Homme de 70 ans, toux", room=CHAT)
    await quiet(desk)
    await desk.say(PAUL, "!retirer #1")
    await quiet(desk)
    assert "joues" not in preview(desk)
    await choose(desk, 0)
    await quiet(desk)
    await quiet(desk)
    assert "joues" in preview(desk)
    assert "toux" not in preview(desk)


async def test_ones_own_case_does_not_come_back(desk: Desk) -> None:
    """Whoever takes their own case back wants it gone."""
    await desk.open_chat(LEA)
    await desk.say(LEA, f"!cas {WORDS}")
    await desk.say(LEA, "!retirer #1")
    await desk.tick()
    assert await desk.value("SELECT count(*) FROM draft") == 0


async def test_the_third_pull_within_an_hour_waits_for_a_moderator(desk: Desk) -> None:
    """One member cannot empty a room; the moderators are told, and one of them may do it."""
    await desk.open_chat(MODO, "!modo-and-the-bot:clinic.example")
    for _ in range(3):
        await desk.say(LEA, f"!cas {WORDS}")
    for number in (1, 2):
        await desk.say(PAUL, f"!retirer #{number}")
    third = await desk.say(PAUL, "!retirer #3")
    assert await desk.value("SELECT state FROM medical_case WHERE id = 3") == "open"
    assert "modératrice" in desk.answers_to(third)[0]
    told = [plain(event.body) for event in desk.gateway.visible("!modo-and-the-bot:clinic.example")]
    assert sum("a retiré le cas" in words for words in told) == 2
    assert "troisième en une heure" in told[-1]
    await desk.say(MODO, "!retirer #3")
    assert await desk.value("SELECT state FROM medical_case WHERE id = 3") == "pulled"


async def test_a_forged_time_does_not_lift_the_limit_of_pulls(desk: Desk) -> None:
    """When something was said is for the server of whoever said it to tell; the bot's own clock counts."""
    for _ in range(5):
        await desk.say(LEA, f"!cas {WORDS}")
    year = 365 * 24 * 60 * 60_000
    for number in range(1, 6):
        await desk.say(PAUL, f"!retirer #{number}", at=desk.now - (6 - number) * year)
    assert await desk.value("SELECT count(*) FROM medical_case WHERE state = 'pulled'") == 2


async def test_an_hour_later_a_member_may_pull_again(desk: Desk) -> None:
    """And one's own cases never count."""
    for _ in range(4):
        await desk.say(LEA, f"!cas {WORDS}")
    await desk.say(LEA, "!retirer #4")
    for number in (1, 2):
        await desk.say(PAUL, f"!retirer #{number}")
    desk.later(minutes=61)
    await desk.say(PAUL, "!retirer #3")
    assert await desk.value("SELECT count(*) FROM medical_case WHERE state = 'pulled'") == 4


async def test_without_power_the_moderators_are_told_what_stays(desk: Desk) -> None:
    """The bot takes its own words back; what others wrote is named, with the reason."""
    desk.take_power()
    await desk.open_chat(MODO, "!modo-and-the-bot:clinic.example")
    source = await desk.say(LEA, f"!cas {WORDS}")
    await desk.say(PAUL, "!retirer #1")
    assert desk.gone(await desk.value("SELECT event_id FROM outbox WHERE key = 'case:1:card'"))
    assert not desk.gone(source)
    told = [event.body for event in desk.gateway.visible("!modo-and-the-bot:clinic.example")]
    assert any("je n'y ai pas le droit" in plain(words) and "%24e1" in words for words in told)


async def test_what_is_said_about_a_pulled_case_later_goes_too(desk: Desk) -> None:
    """Somebody was still typing; they learn why their message is gone."""
    await desk.say(LEA, f"!cas {WORDS}")
    root = await desk.card_id()
    await desk.say(PAUL, "!retirer #1")
    late = await desk.say(MARC, "Les joues font penser à un parvovirus", thread=root)
    assert desk.gone(late)
    assert "aussi" in desk.answers_to(late)[0]


async def test_a_crash_in_the_middle_finishes_at_the_start(desk: Desk) -> None:
    """All of a pull is decided at once; what was not sent yet is sent by whoever starts next."""
    said = await busy_case(desk)
    event = desk.event(PAUL, "m.room.message", {"msgtype": "m.text", "body": "!retirer #1"})
    await desk.arrive(event)
    await desk.handle()
    desk.restart()
    await desk.settle()
    assert all(desk.gone(event_id) for event_id in said[:-1])
    assert "joues" not in desk.readable()


async def test_what_quotes_a_case_elsewhere_goes_with_it(desk: Desk) -> None:
    """A notice in the author's chat and a summary asked for in private are redacted too."""
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    await choose(desk, 0)
    await desk.say(MARC, "Gianotti-Crosti des joues", thread=await desk.card_id())
    await desk.tick()
    await desk.say(LEA, "!résumé #1", room=CHAT)
    shown = json.dumps([event.content for event in desk.gateway.visible(CHAT)], ensure_ascii=False)
    assert "joues" in shown
    await desk.say(PAUL, "!retirer #1")
    shown = json.dumps([event.content for event in desk.gateway.visible(CHAT)], ensure_ascii=False)
    assert "Gianotti" not in shown


async def test_somebody_of_another_room_cannot_pull(desk: Desk) -> None:
    """A number of another room reads like a missing one."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(LEA, f"!cas {WORDS}")
    asked = await desk.say(PAUL, "!retirer #1", room=OTHER_ROOM)
    assert "Il n'y a pas de cas #1" in desk.answers_to(asked)[0]
    assert await desk.value("SELECT state FROM medical_case") == "open"
