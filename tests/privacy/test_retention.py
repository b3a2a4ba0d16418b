"""Cases are not kept for ever: words, pictures and names go some time after the last word; counts stay."""

from structlog.testing import capture_logs

from doctocbot.privacy.retention import Retention
from doctocbot.store import Transaction
from tests.desk import LEA, MARC, MINUTE, MODO, NORA, OTHER_ROOM, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]

DAY = 24 * 60 * MINUTE


async def days(desk: Desk, number: float) -> None:
    """Time passes, and the clock ticks until nothing is left to do."""
    desk.now += int(number * DAY)
    for _ in range(5):
        await desk.tick()


async def case(desk: Desk, text: str = "!cas Prurit sans éruption #dermato", **place: str) -> None:
    """Léa asks; Marc and Nora answer, Marc twice."""
    await desk.say(LEA, text, **place)
    card = await desk.card_id(int(await desk.value("SELECT max(id) FROM medical_case")))
    said = await desk.say(MARC, "Gale, sûrement", thread=card, **place)
    await desk.say(MARC, "Regardez les espaces interdigitaux", thread=card, **place)
    await desk.say(NORA, "!avis Cholestase", thread=card, **place)
    await desk.react(NORA, said, **place)


async def test_a_case_goes_a_year_after_the_last_word_on_it(desk: Desk) -> None:
    """Words, opinions and names; what the bot said of it is redacted, what people wrote themselves is theirs."""
    await case(desk)
    await days(desk, 364)
    assert "Prurit" in await desk.card()
    await days(desk, 2)
    for words in ("Prurit", "Gale", "Cholestase", LEA):
        assert words not in desk.readable(), words
    assert not desk.gone("$e1")
    row = await desk.value("SELECT text IS NULL AND author LIKE '~%' AND state = 'pulled' FROM medical_case")
    assert row == 1
    assert await desk.value("SELECT count(*) FROM answer WHERE sender LIKE '@%' OR text IS NOT NULL") == 0
    assert await desk.value("SELECT count(*) FROM opinion") == 0


async def test_counts_stay(desk: Desk) -> None:
    """How many answers from how many people, and when."""
    await case(desk)
    counts = "SELECT count(*) || ' ' || count(DISTINCT sender) || ' ' || min(sent_at) FROM answer WHERE case_id = 1"
    before = await desk.value(counts)
    await days(desk, 366)
    assert before.startswith("3 2 ")
    assert await desk.value(counts) == before


async def test_every_new_word_lets_a_case_live_on(desk: Desk) -> None:
    """A closing, an answer, a vote: whatever somebody did last counts."""
    await case(desk)
    card = await desk.card_id()
    acts = (
        (NORA, "Des nouvelles ?"), (NORA, "!daccord 1"), (LEA, "!clore certain Gale"), (LEA, "!rouvrir"),
    )  # fmt: skip
    for who, words in acts:
        await days(desk, 360)
        await desk.say(who, words, thread=card)
    await days(desk, 360)
    assert "Prurit" in await desk.card()
    await days(desk, 6)
    assert "Prurit" not in desk.readable()


async def test_a_room_chooses_its_own_time_or_none(desk: Desk) -> None:
    """`!mod set conservation 30`, or off; another room keeps the operator's."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(MODO, "!mod set conservation 30 jours")
    await desk.say(MODO, "!mod set retention off", room=OTHER_ROOM)
    await case(desk)
    await case(desk, "!cas Toux", room=OTHER_ROOM)
    await days(desk, 31)
    assert "Prurit" not in desk.readable()
    assert "Toux" in await desk.card(2)
    await days(desk, 2000)
    assert "Toux" in await desk.card(2)


async def test_what_is_said_under_an_expired_case_is_left_to_those_who_say_it(desk: Desk) -> None:
    """Nothing was taken back in a hurry: the thread is theirs, and commands on the case say what became of it."""
    await case(desk)
    card = await desk.card_id()
    await days(desk, 366)
    talk = await desk.say(MARC, "On en parlait ici", thread=card)
    assert not desk.gone(talk)
    asked = await desk.say(MARC, "!résumé #1")
    assert "plus conservé" in desk.answers_to(asked)[0]


async def test_the_senders_of_old_messages_are_forgotten_and_none_is_handled_twice(desk: Desk) -> None:
    """Only the event id stays, by which an event that comes again is known."""
    await case(desk)
    late = desk.event(LEA, "m.room.message", {"msgtype": "m.text", "body": "!cas Toux"})
    await desk.arrive(late)
    await desk.settle()
    await desk.database.run(lambda tx: tx.execute("UPDATE inbox SET received_at = sent_at"))
    await days(desk, 366)
    assert await desk.value("SELECT count(*) FROM inbox WHERE sender != ''") == 0
    await desk.arrive(late)
    await desk.settle()
    assert await desk.value("SELECT count(*) FROM medical_case") == 2


async def test_a_pulled_case_loses_its_names_as_well(desk: Desk) -> None:
    """Its words went with the pull."""
    await case(desk)
    await desk.say(LEA, "!retirer #1")
    await days(desk, 366)
    assert await desk.value("SELECT count(*) FROM medical_case WHERE author LIKE '@%'") == 0


async def test_it_works_in_small_portions_and_logs_counts_only(desk: Desk) -> None:
    """A year that is due at once is worked off tick by tick; nothing said in a log is a word or a name."""
    for number in range(5):
        await case(desk, f"!cas Prurit {number}")
    desk.now += 366 * DAY
    with capture_logs() as logs:
        done = [
            await desk.database.run(Retention(365).tick, desk.now, desk.world.conversation) for _ in range(4)
        ]
    assert done == [2, 2, 1, 0]
    assert [entry["cases"] for entry in logs if entry["event"] == "kept no longer"] == [2, 2, 1]
    assert not any(words in str(logs) for words in ("Prurit", LEA, MARC, ROOM))


async def test_for_ever_is_for_ever(desk: Desk) -> None:
    """The operator may keep what they answer for."""
    await case(desk)

    def later(tx: Transaction) -> int:
        return Retention(0).tick(tx, desk.now + 4000 * DAY, desk.world.conversation)

    assert await desk.database.run(later) == 0
    assert "Prurit" in await desk.card()
