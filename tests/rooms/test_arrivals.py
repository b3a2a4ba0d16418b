"""Newcomers: welcomed once in private, and named to the moderators in one message a morning."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.rooms import arrivals, options
from doctocbot.rooms.arrivals import DailyNews, Devices, News, next_morning
from doctocbot.store import Transaction
from tests.desk import BOT, CHAT, LEA, MARC, MODO, OTHER_ROOM, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room, member, state_event

pytest_plugins = ["tests.desk_fixtures"]

PARIS = ZoneInfo("Europe/Paris")
INES, OMAR = "@ines:hopital.example", "@omar:clinic.example"
MODO_CHAT = "!modo-and-the-bot:clinic.example"
DAY = 24 * 60


async def look(desk: Desk, *rooms: str) -> None:
    """What happens when the state of rooms has changed."""
    await desk.database.run(desk.features.watch.judge, rooms or (ROOM,))
    await desk.settle()


@pytest.fixture
async def watched(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A room at which the bot has looked once, with a moderator who has a direct chat, by the desk's clock."""
    monkeypatch.setattr(desk.outbox, "now", lambda: desk.now)
    await desk.open_chat(MODO, MODO_CHAT)
    await look(desk)
    desk.gateway.sent.clear()
    return desk


async def morning(desk: Desk) -> list[str]:
    """A day goes by; what the moderator is told."""
    before = len(desk.timeline(MODO_CHAT))
    desk.later(minutes=DAY)
    for _ in range(2):
        await desk.tick()
    return [plain(event.body) for event in desk.timeline(MODO_CHAT)[before:]]


async def waiting_for(desk: Desk, user: str) -> int:
    """How much waits to be said to somebody who has no chat yet."""
    count: int = await desk.value("SELECT count(*) FROM private_word WHERE user_id = :user", user=user)
    return count


async def test_at_the_bots_first_look_nobody_is_a_newcomer(desk: Desk) -> None:
    """It came to a room that was there before it."""
    await look(desk)
    assert await desk.value("SELECT count(*) FROM private_word") == 0
    assert await desk.value("SELECT count(*) FROM room_news WHERE kind = 'arrival'") == 0


async def test_a_newcomer_is_welcomed_once_in_their_life(watched: Desk) -> None:
    """In private, with how to ask safely; not again for other changes, another room, or after having left."""
    watched.change(member(INES, name="Inès"))
    await look(watched)
    await look(watched)
    assert await waiting_for(watched, INES) == 1
    await watched.open_chat(INES)
    await watched.tick()
    (welcome,) = [plain(event.body) for event in watched.timeline(CHAT)]
    assert "Le patient doit être d'accord" in welcome
    assert "!suivre" in welcome
    assert "!aide" in welcome
    watched.change(member(INES, "leave"))
    await look(watched)
    watched.change(member(INES))
    await look(watched)
    await watched.open_room(OTHER_ROOM)
    await look(watched, OTHER_ROOM)
    watched.change(member(INES), room=OTHER_ROOM)
    await look(watched, OTHER_ROOM)
    assert len(watched.timeline(CHAT)) == 1


async def test_who_came_while_the_bot_was_down_is_a_newcomer_too(watched: Desk) -> None:
    """Memory is the database's, not the process's."""
    watched.restart()
    watched.change(member(INES), member(OMAR))
    await look(watched)
    assert await waiting_for(watched, INES) == await waiting_for(watched, OMAR) == 1


async def test_a_room_may_do_without_welcomes(watched: Desk) -> None:
    """Its moderators have set it so; they are told of the newcomer all the same."""
    await watched.database.run(options.put, ROOM, options.WELCOME, "off")
    watched.change(member(INES))
    await look(watched)
    assert await waiting_for(watched, INES) == 0
    (news,) = await morning(watched)
    assert INES in news


async def test_whoever_leaves_before_the_welcome_gets_none(watched: Desk) -> None:
    """It is meant for members."""
    watched.change(member(INES))
    await look(watched)
    watched.change(member(INES, "leave"))
    await look(watched)
    await watched.open_chat(INES)
    await watched.tick()
    assert watched.timeline(CHAT) == []


async def test_the_moderators_get_one_message_a_morning(watched: Desk) -> None:
    """With name, homeserver, shared rooms and devices of everybody who came; then nothing, since nothing happened."""
    watched.features.tickers = (DailyNews(lambda user: Devices(2, 1) if user == INES else None).tick,)
    watched.restart()
    await watched.database.run(
        lambda tx: tx.execute("INSERT INTO identity VALUES (:user, 'key', 0, NULL, NULL, NULL, 0)", user=INES)
    )
    watched.change(state_event("m.room.name", {"name": "Cabinet"}), member(INES, name="Inès"), member(OMAR))
    await look(watched)
    (news,) = await morning(watched)
    ines, omar = (next(line for line in news.split("\n") if f"({user})" in line) for user in (INES, OMAR))
    assert "Depuis hier dans Cabinet" in news
    assert "serveur hopital.example" in ines
    assert "salons partagés avec moi : Cabinet" in ines
    assert "2 vérifiés, 1 non vérifiés" in ines
    assert "inconnus de moi" in omar
    assert await morning(watched) == []
    assert [event for event in watched.timeline(ROOM) if "Arrivée" in event.body] == []


async def test_a_device_without_an_identity_is_said_to_be(watched: Desk) -> None:
    """Nobody can vouch for such a person's devices."""
    watched.features.tickers = (DailyNews(lambda user: Devices(0, 1)).tick,)
    watched.restart()
    watched.change(member(INES))
    await look(watched)
    (news,) = await morning(watched)
    assert "Sans identité de chiffrement" in news


async def test_who_came_and_went_is_named_all_the_same(watched: Desk) -> None:
    """They may have read everything in between."""
    watched.change(member(INES))
    await look(watched)
    watched.change(member(INES, "leave"))
    await look(watched)
    (news,) = await morning(watched)
    assert INES in news
    assert "Déjà repartie" in news


async def test_guest_access_is_told_with_the_news_once_as_long_as_it_stays(watched: Desk) -> None:
    """Both directions: on, off, and on again is news anew."""
    on = state_event("m.room.guest_access", {"guest_access": "can_join"})
    off = state_event("m.room.guest_access", {"guest_access": "forbidden"})
    first = await morning(watched)
    assert sum("invités sans compte" in news for news in first) == 1
    await look(watched)
    assert await morning(watched) == []
    watched.change(off)
    await look(watched)
    assert await morning(watched) == []
    watched.change(on)
    await look(watched)
    assert "invités sans compte" in "".join(await morning(watched))


async def test_what_is_over_before_the_morning_is_no_news(watched: Desk) -> None:
    """The moderators have changed it themselves."""
    await morning(watched)
    watched.change(state_event("m.room.power_levels", {"users": {MODO: 100, BOT: 50}, "redact": 0}))
    await look(watched)
    watched.change(state_event("m.room.power_levels", {"users": {MODO: 100, BOT: 50}, "redact": 50}))
    await look(watched)
    assert await morning(watched) == []


async def test_a_change_of_keys_can_be_told_with_the_news(watched: Desk) -> None:
    """For whoever writes such changes down."""
    await morning(watched)

    def changed(tx: Transaction) -> None:
        moment = watched.event(MARC, "org.doctocbot.time", {}, at=watched.outbox.now())
        arrivals.note(watched.world.conversation(tx, moment), News.KEYS, MARC)

    await watched.database.run(changed)
    (news,) = await morning(watched)
    assert "identité de chiffrement" in news


async def test_of_many_changes_of_keys_the_rest_is_counted(watched: Desk) -> None:
    """Nobody reads sixty lines; nobody may believe that there were fifty."""
    await morning(watched)

    def changed(tx: Transaction) -> None:
        moment = watched.event(MARC, "org.doctocbot.time", {}, at=watched.outbox.now())
        for number in range(60):
            arrivals.note(watched.world.conversation(tx, moment), News.KEYS, f"@p{number:02}:clinic.example")

    await watched.database.run(changed)
    (news,) = await morning(watched)
    assert "encore 10 identités" in news


@pytest.mark.parametrize("where", [ROOM, OTHER_ROOM])
async def test_a_long_name_hides_no_newcomer(watched: Desk, where: str) -> None:
    """Neither a person's nor that of a room which the newcomer has made for it; an accomplice is named all the same."""
    eve, accomplice = "@eve:evil.example", "@zob:evil.example"
    if where == OTHER_ROOM:
        await watched.open_room(OTHER_ROOM)
        watched.change(member(eve), state_event("m.room.name", {"name": "x" * 20_000}), room=OTHER_ROOM)
    name = "A" * 20_000 if where == ROOM else None
    watched.change(member(eve, name=name), member(accomplice))
    await look(watched)
    (news,) = await morning(watched)
    assert eve in news
    assert accomplice in news


async def test_nobody_learns_of_newcomers_in_a_room_that_is_not_served(watched: Desk) -> None:
    """It is open: everything waits until it is closed again."""
    watched.change(state_event("m.room.join_rules", {"join_rule": "public"}), member(INES))
    await look(watched)
    assert await waiting_for(watched, INES) == 0
    watched.change(state_event("m.room.join_rules", {"join_rule": "invite"}))
    await look(watched)
    assert await waiting_for(watched, INES) == 1


async def test_put_out_and_asked_back_in_the_bot_looks_for_the_first_time_again(watched: Desk) -> None:
    """It keeps nobody's name of a room that it is not in."""
    await watched.database.run(watched.features.watch.judge, [], [ROOM])
    assert await watched.value("SELECT count(*) FROM known_member") == 0
    assert await watched.value("SELECT count(*) FROM room_news") == 0
    watched.change(member(INES))
    await look(watched)
    assert await waiting_for(watched, INES) == 0


async def test_nobody_is_a_newcomer_in_a_direct_chat(watched: Desk) -> None:
    """The person whose chat it is came to speak with the bot."""
    watched.gateway.rooms[CHAT] = closed_room(CHAT, creator=LEA, members=(BOT,), levels={LEA: 100, BOT: 100})
    for _ in range(2):
        await look(watched, CHAT)
    assert await watched.value("SELECT count(*) FROM known_member WHERE room_id = :room", room=CHAT) == 0


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_the_morning_is_the_next_eight_o_clock(now: int) -> None:
    """By the clock on the wall, also when it is put forward or back: within 25 hours, never now or before."""
    then = next_morning(now, PARIS)
    assert 0 < then - now <= 25 * 3_600_000
    assert datetime.fromtimestamp(then / 1000, PARIS).strftime("%H:%M") == "08:00"
