"""`!forgetme`: what goes is shown, asked about once, and gone everywhere, also when the power goes in the middle."""

import json

import pytest

from doctocbot.matrix.errors import Unreachable
from doctocbot.store import Transaction
from tests.desk import BOT, CHAT, LEA, MARC, MINUTE, MODO, NORA, ROOM, Desk, plain

pytest_plugins = ["tests.desk_fixtures"]
MARCS_CHAT = "!marc-and-the-bot:clinic.example"


class PowerCut(BaseException):
    """The process is gone, in the middle of something."""


async def ask(desk: Desk, who: str, chat: str = CHAT) -> str:
    """Somebody asks to be forgotten; returns what they are shown."""
    asked = await desk.say(who, "!oubliezmoi", room=chat)
    (shown,) = desk.answers_to(asked)
    return shown


async def forget(desk: Desk, who: str, chat: str = CHAT) -> None:
    """Somebody asks to be forgotten, and confirms it."""
    await ask(desk, who, chat)
    await desk.say(who, "!oubliezmoi oui", room=chat)


async def story(desk: Desk) -> None:
    """Léa has a case and an answer to Marc's; each has a direct chat; Nora and Marc act on what she said."""
    desk.call(LEA, "Léa Petit")
    await desk.open_chat(LEA)
    await desk.open_chat(MARC, MARCS_CHAT)
    await desk.say(LEA, "!cas Enfant de 4 ans, éruption #dermato")
    card = await desk.card_id()
    await desk.say(MARC, "Gianotti-Crosti ?", thread=card)
    await desk.say(MARC, "Toux quinteuse depuis trois semaines", room=MARCS_CHAT)
    await desk.tick()
    desk.later(seconds=5)
    await desk.tick()
    await desk.say(MARC, "!publier", room=MARCS_CHAT)
    await desk.tick()
    desk.later(minutes=12)
    await desk.picture(LEA, caption="au restaurant")
    await desk.say(NORA, "!cas Vertige")
    await desk.say(LEA, "Dix et Hallpike ?", thread=await desk.card_id(3))
    other = await desk.card_id(2)
    hers = await desk.say(LEA, "Coqueluche, https://example.org/coqueluche", thread=other)
    await desk.react(NORA, hers)
    await desk.say(NORA, "!avis Asthme", thread=other)
    await desk.say(LEA, "!contre 2 pas de sibilants", thread=other)
    await desk.say(LEA, "!suivre dermato", room=CHAT)
    desk.later(minutes=6)
    await desk.tick()


async def everything(desk: Desk) -> str:
    """The whole database as text."""

    def dump(tx: Transaction) -> str:
        tables = tx.rows(
            "SELECT name FROM pragma_table_list WHERE type IN ('table', 'shadow') AND schema = 'main'"
        )
        names = [row["name"] for row in tables]
        rows = [tuple(row) for name in names for row in tx.rows(f"SELECT * FROM {name}")]  # noqa: S608
        return json.dumps(rows, ensure_ascii=False, default=str)

    return await desk.database.run(dump)


async def test_what_goes_is_shown_and_nothing_happens_without_a_yes(desk: Desk) -> None:
    """With how much there is of each, what stays and why."""
    await story(desk)
    before = await everything(desk)
    shown = await ask(desk, LEA)
    assert "Vos cas: 1" in shown.replace("\u00a0:", ":").replace(" :", ":")
    assert "registre des actes" in shown
    assert "oubliezmoi oui" in shown
    for words in ("éruption", "Coqueluche", "sibilants"):
        assert before.count(words) == (await everything(desk)).count(words)
    assert "éruption" in desk.readable()


async def test_a_person_who_is_forgotten_is_nowhere_in_the_database(desk: Desk) -> None:
    """Neither their id nor their words, but for what is declared to stay: the chat that goes on."""
    await story(desk)
    await forget(desk, LEA)
    text = await everything(desk)
    for words in (
        "éruption",
        "Coqueluche",
        "coqueluche",
        "sibilants",
        "example.org",
        "restaurant",
        "Hallpike",
    ):
        assert words not in text, words
    assert text.count(LEA) == 1, "the row of the direct chat"
    assert await desk.value("SELECT direct_with FROM room WHERE room_id = :room", room=CHAT) == LEA


async def test_what_the_bot_showed_of_them_is_redacted_wherever_it_stood(desk: Desk) -> None:
    """The card of their case, the notice to a colleague with their words, the chat; colleagues' own cases live on."""
    await story(desk)
    for words in ("Coqueluche", "Léa Petit, nettoyée", "(Léa Petit)"):
        assert words in plain(desk.readable()), words
    await forget(desk, LEA)
    readable = desk.readable()
    for words in ("éruption", "Coqueluche", "sibilants", LEA, "Petit"):
        assert words not in readable, words
    assert "Toux quinteuse" in await desk.card(2)
    assert "Asthme" in await desk.card(2)
    (left,) = desk.gateway.visible(CHAT)
    assert "effacé" in plain(left.body)


async def test_counts_of_others_cases_hold_without_leading_back(desk: Desk) -> None:
    """An answer stays a row without words, under a name of this case alone; whoever said two things is still one."""
    await story(desk)
    other = await desk.card_id(2)
    await desk.say(LEA, "Et un avis ORL", thread=other)
    count = "SELECT count(*) FROM answer WHERE case_id = 2"
    people = "SELECT count(DISTINCT sender) FROM answer WHERE case_id = 2"
    before = (await desk.value(count), await desk.value(people))
    await forget(desk, LEA)
    assert (await desk.value(count), await desk.value(people)) == before
    assert await desk.value("SELECT count(*) FROM answer WHERE sender LIKE '~%' AND text IS NULL") > 0
    assert await desk.value("SELECT count(*) FROM medical_case WHERE state = 'pulled'") == 1


async def test_their_messages_in_rooms_are_redacted_where_the_bot_may(desk: Desk) -> None:
    """Cases, answers and their edits; small talk is theirs."""
    await desk.open_chat(LEA)
    case = await desk.say(LEA, "!cas Prurit")
    talk = await desk.say(LEA, "Bonjour à tous")
    await desk.say(MARC, "!cas Toux")
    answer = await desk.say(LEA, "Coqueluche", thread=await desk.card_id(2))
    edit = await desk.edit(LEA, answer, "Bronchite", thread=await desk.card_id(2))
    await forget(desk, LEA)
    assert all(desk.gone(event) for event in (case, answer, edit))
    assert not desk.gone(talk)


async def test_without_power_they_are_told_how_many_messages_stay(desk: Desk) -> None:
    """What the bot keeps goes all the same."""
    await desk.open_chat(LEA)
    await desk.say(MARC, "!cas Toux")
    answer = await desk.say(LEA, "Coqueluche", thread=await desk.card_id())
    desk.take_power()
    await forget(desk, LEA)
    assert not desk.gone(answer)
    (told,) = [plain(event.body) for event in desk.gateway.visible(CHAT)]
    assert "1 de vos messages reste" in told
    assert "Coqueluche" not in await everything(desk)


async def test_a_yes_after_ten_minutes_is_asked_about_again(desk: Desk) -> None:
    """Nobody confirms what they do not see any more; and a yes alone erases nothing."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!cas Prurit")
    early = await desk.say(LEA, "!oubliezmoi oui", room=CHAT)
    assert "Pour confirmer" in desk.answers_to(early)[0]
    desk.now += 10 * MINUTE + 1
    late = await desk.say(LEA, "!oubliezmoi oui", room=CHAT)
    assert "Pour confirmer" in desk.answers_to(late)[0]
    assert "Prurit" in await desk.card()
    await desk.say(LEA, "!oubliezmoi oui", room=CHAT)
    assert "Prurit" not in desk.readable()


async def test_a_crash_after_the_yes_leaves_nothing_standing(
    desk: Desk, no_waiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is decided in one transaction: the next start sends what is left of it, and says it once."""
    await story(desk)
    await ask(desk, LEA)
    yes = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": "!oubliezmoi oui"}, room=CHAT)
    await desk.arrive(yes)
    await desk.handle(CHAT)
    assert "éruption" in desk.readable(), "nothing is sent yet"
    assert "éruption" not in await everything(desk)
    send, told = desk.gateway.redact, len(desk.gateway.redactions)

    async def redact(room_id: str, event_id: str, transaction_id: str) -> str:
        done = await send(room_id, event_id, transaction_id)
        if len(desk.gateway.redactions) == told + 3:
            raise PowerCut
        return done

    monkeypatch.setattr(desk.gateway, "redact", redact)
    with pytest.raises(PowerCut):
        await desk.sender.drain(ROOM)
    assert LEA in desk.readable(), "the rest is not sent yet"
    desk.restart()
    desk.gateway.failures.append(Unreachable("AWAY"))
    await desk.settle(CHAT)
    await desk.settle(ROOM)
    for words in ("éruption", "Coqueluche", LEA):
        assert words not in desk.readable(), words
    said = [plain(event.body) for event in desk.gateway.visible(CHAT)]
    assert len([each for each in said if "effacé" in each]) == 1


async def test_a_call_that_was_drawn_at_the_moment_of_sending_is_reached(desk: Desk) -> None:
    """Whom it names is known only then."""
    await desk.open_chat(MARC, MARCS_CHAT)
    await desk.say(MARC, "!suivre dermato", room=MARCS_CHAT)
    desk.now += 10 * 60 * MINUTE
    await desk.say(LEA, "!cas Prurit #dermato")
    desk.later(minutes=16)
    await desk.tick()
    assert MARC in desk.readable()
    await forget(desk, MARC, MARCS_CHAT)
    assert MARC not in desk.readable()
    assert "Prurit" in await desk.card()


async def test_the_key_of_a_member_stays_and_that_of_somebody_who_left_goes(desk: Desk) -> None:
    """A swapped key would else pass for a first one."""
    keep = "INSERT INTO identity (user_id, master_key, first_seen_at) VALUES (:user, 'k', 1)"
    await desk.open_chat(LEA)
    await desk.database.run(lambda tx: tx.execute(keep, user=LEA))
    await forget(desk, LEA)
    assert await desk.value("SELECT count(*) FROM identity") == 1
    left = {"type": "m.room.member", "state_key": LEA, "sender": LEA, "content": {"membership": "leave"}}
    desk.gateway.rooms[ROOM] = desk.gateway.rooms[ROOM].apply([left])
    await forget(desk, LEA)
    assert await desk.value("SELECT count(*) FROM identity") == 0


async def test_moderators_are_told_no_words(desk: Desk) -> None:
    """It is nobody's business but the person's."""
    await desk.open_chat(MODO, "!modo:clinic.example")
    await story(desk)
    before = len(desk.gateway.visible("!modo:clinic.example"))
    await forget(desk, LEA)
    assert len(desk.gateway.visible("!modo:clinic.example")) == before
    await desk.say(NORA, "!retirer #2")
    assert len(desk.gateway.visible("!modo:clinic.example")) > before, "of a pull they are told"


@pytest.mark.parametrize("who", [MARC, NORA])
async def test_nobody_can_be_forgotten_by_another(desk: Desk, who: str) -> None:
    """The request is the asker's, in their own chat."""
    await desk.open_chat(LEA)
    await desk.open_chat(who, MARCS_CHAT)
    await desk.say(LEA, "!cas Prurit")
    await ask(desk, LEA)
    await desk.say(who, "!oubliezmoi oui", room=MARCS_CHAT)
    await desk.say(who, "!oubliezmoi oui", room=CHAT)
    assert "Prurit" in await desk.card()
    assert BOT not in await desk.card()
