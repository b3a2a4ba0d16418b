"""A room is replaced by another: the bot goes on there with its cases, once both say so and the new one is closed."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from doctocbot.matrix import RoomState
from doctocbot.matrix.errors import Forbidden, Unreachable
from doctocbot.rooms import options, upgrade
from doctocbot.rooms.members import label_of
from doctocbot.rooms.settings import is_served, set_language
from doctocbot.store import Transaction
from tests.desk import BOT, CHAT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room, member, state_event
from tests.rooms.doors import FakeDoors, invite, steward

pytest_plugins = ["tests.desk_fixtures"]

NEW = "!cabinet-2:clinic.example"
PUBLIC = state_event("m.room.join_rules", {"join_rule": "public"})
CLOSED = state_event("m.room.join_rules", {"join_rule": "invite"})


def tombstone(sender: str = MODO, replacement: object = NEW) -> dict[str, Any]:
    """The old room says which one replaces it."""
    return state_event("m.room.tombstone", {"body": "", "replacement_room": replacement}, sender=sender)


def successor(
    *more: Mapping[str, Any], predecessor: object = ROOM, members: tuple[str, ...] = (BOT, LEA, MARC)
) -> RoomState:
    """The new room, as a homeserver makes it."""
    create = {"room_version": "11", "predecessor": {"room_id": predecessor}}
    made = state_event("m.room.create", create, sender=MODO)
    return closed_room(NEW, members=members, levels={BOT: 50}, more=[made, *more])


async def judge(desk: Desk, *rooms: str) -> None:
    """What happens when the state of these rooms has changed."""
    await desk.database.run(desk.features.watch.judge, rooms)
    await desk.settle(ROOM)
    await desk.settle(NEW)


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """A room with an open case that has an answer, a closed one, labels and settings."""
    await judge(desk, ROOM)
    await desk.say(LEA, "!cas Genou gonflé #rhumato")
    await desk.say(MARC, "Entorse", thread=await desk.card_id(1))
    await desk.say(LEA, "!cas Toux #pneumo")
    await desk.say(LEA, "!clore bronchite", thread=await desk.card_id(2))
    await desk.database.run(options.put, ROOM, options.ANONYMOUS, "on")
    await desk.database.run(set_language, ROOM, "fr")
    await desk.say(NORA, "!suivre rhumatologie")
    return desk


_LABELLED = (
    "INSERT INTO member_label (room_id, user_id, trade, grounds, at) VALUES (:room, :user, 'médecin', 'declared', 0)",
    "INSERT INTO sponsorship (room_id, user_id, rpps, at) VALUES (:room, :user, 'hash', 0)",
    "INSERT INTO vouch (room_id, user_id, voucher, at) VALUES (:room, :user, '@ines:clinic.example', 0)",
)


async def replace(desk: Desk, *tomb: Mapping[str, Any], new: RoomState | None = None) -> None:
    """The room is replaced, and the bot is in the new one."""
    desk.change(*(tomb or (tombstone(),)))
    desk.gateway.rooms[NEW] = new or successor()
    await judge(desk, ROOM, NEW)


async def test_the_bot_goes_on_in_the_new_room_with_its_cases(busy: Desk) -> None:
    """It says so once; every open case has a card there, under which it goes on; the closed ones are found."""
    await replace(busy)
    await judge(busy, ROOM, NEW)
    assert not await busy.database.run(is_served, ROOM)
    assert await busy.database.run(is_served, NEW)
    said = [plain(event.body) for event in busy.timeline(NEW)]
    assert sum("Ce salon remplace" in words for words in said) == 1
    assert sum(words.startswith("#1 ") for words in said) == 1
    assert not any(words.startswith("#2 ") for words in said)
    card = await busy.event_of("case:1:card-2")
    shown = plain(str(busy.latest(card)["body"]))
    assert "Genou gonflé" in shown
    assert "1 réponse" in shown
    assert "Commencé dans le salon précédent" in shown
    assert quote(f"{ROOM}") in busy.latest(card)["formatted_body"]
    assert quote(await busy.card_id(1)) in busy.latest(card)["formatted_body"]
    await busy.say(PAUL, "Rupture", thread=card, room=NEW)
    assert await busy.value("SELECT count(*) FROM answer") == 1, "Paul is not in the new room"
    await busy.say(MARC, "Rupture", thread=card, room=NEW)
    assert "2 réponses" in plain(str(busy.latest(card)["body"]))
    found = await busy.say(MARC, "!chercher bronchite", room=NEW)
    link = str(next(e for e in busy.timeline(NEW) if e.replies_to == found).content["formatted_body"])
    assert f"{quote(ROOM)}/{quote(await busy.card_id(2))}" in link


async def test_labels_settings_and_follows_go_with_the_room(busy: Desk) -> None:
    """Nobody has to say anything again."""
    await busy.database.run(lambda tx: [tx.execute(each, room=ROOM, user=MARC) for each in _LABELLED])
    await replace(busy)
    assert await busy.database.run(options.get, NEW, options.ANONYMOUS) == "on"
    label = await busy.database.run(label_of, NEW, MARC)
    assert label is not None
    assert label.trade == "médecin"
    assert await busy.value("SELECT room_id FROM vouch") == NEW
    assert await busy.value("SELECT language FROM room WHERE room_id = :room", room=NEW) == "fr"
    await busy.say(LEA, "!cas Poignet #rhumato", room=NEW)
    assert await busy.value("SELECT room_id FROM medical_case WHERE id = 3") == NEW


async def test_a_pull_reaches_what_was_said_in_the_old_room(busy: Desk) -> None:
    """The first card, the words, the answer and the card in the new room: all go."""
    answer = await busy.say(PAUL, "Je pense aussi à ça", reply=await busy.card_id(1))
    await replace(busy)
    old, new = await busy.card_id(1), await busy.event_of("case:1:card-2")
    await busy.say(MARC, "!retirer #1", room=NEW)
    assert busy.gone(old)
    assert busy.gone(new)
    assert busy.gone(answer)
    assert "Genou" not in busy.readable()


async def test_deleting_the_first_message_takes_the_case_back_from_both_rooms(busy: Desk) -> None:
    """The author deletes it in the old room, where it stands."""
    source = await busy.value("SELECT source_event FROM medical_case WHERE id = 1")
    await replace(busy)
    await busy.redact(LEA, source)
    assert await busy.value("SELECT state FROM medical_case WHERE id = 1") == "pulled"
    assert busy.gone(await busy.event_of("case:1:card-2"))


async def test_a_closed_case_gets_a_card_when_it_is_opened_again(busy: Desk) -> None:
    """Its thread cannot cross rooms."""
    await replace(busy)
    await busy.say(LEA, "!rouvrir #2", room=NEW)
    card = await busy.event_of("case:2:card-2")
    assert "Toux" in str(busy.latest(card)["body"])


async def test_the_old_room_is_deaf(busy: Desk) -> None:
    """Whoever may still write there is not heard; moderators have been told why."""
    await replace(busy)
    await busy.say(MARC, "Fracture", thread=await busy.card_id(1))
    await busy.say(MARC, "!cas Autre")
    assert await busy.value("SELECT count(*) FROM answer") == 1
    assert await busy.value("SELECT count(*) FROM medical_case") == 2


@pytest.mark.parametrize(
    ("tomb", "new"),
    [
        (tombstone(sender=LEA), successor()),
        (tombstone(replacement="!other:clinic.example"), successor()),
        (tombstone(replacement=None), successor()),
        (tombstone(replacement=[NEW]), successor()),
        (tombstone(), successor(predecessor="!other:clinic.example")),
        (tombstone(), successor(predecessor=None)),
        (tombstone(), successor(PUBLIC)),
        (tombstone(), successor(state_event("m.room.encryption", {}))),
        (tombstone(), successor(tombstone())),
    ],
    ids=[
        "by a member without the power",
        "for another room",
        "for no room",
        "for an unreadable room",
        "not owned by the new room",
        "a new room without predecessor",
        "an open new room",
        "an unencrypted new room",
        "a new room that is replaced itself",
    ],
)
async def test_nothing_moves_unless_everything_fits(
    busy: Desk, tomb: Mapping[str, Any], new: RoomState
) -> None:
    """The cases stay where they are, and are shown nowhere."""
    await replace(busy, tomb, new=new)
    assert await busy.value("SELECT count(*) FROM medical_case WHERE room_id = :room", room=ROOM) == 2
    assert "Genou" not in " ".join(event.body for event in busy.timeline(NEW))


async def test_it_follows_when_the_new_room_is_closed_at_last(busy: Desk) -> None:
    """And whichever of the two rooms is seen first."""
    await replace(busy, new=successor(PUBLIC))
    busy.change(CLOSED, room=NEW)
    await judge(busy, NEW)
    assert await busy.value("SELECT count(*) FROM medical_case WHERE room_id = :room", room=NEW) == 2


async def test_the_new_room_may_be_there_before_the_tombstone_is_seen(busy: Desk) -> None:
    """Two servers tell no order."""
    busy.gateway.rooms[NEW] = successor()
    await judge(busy, NEW)
    busy.change(tombstone())
    await judge(busy, ROOM)
    assert await busy.value("SELECT count(*) FROM medical_case WHERE room_id = :room", room=NEW) == 2


async def test_a_room_that_was_open_besides_takes_nothing_along(busy: Desk) -> None:
    """What was amiss with it is more than its replacement."""
    await replace(busy, PUBLIC, tombstone())
    assert await busy.value("SELECT count(*) FROM medical_case WHERE room_id = :room", room=NEW) == 0


async def test_an_unnamed_new_room_with_two_people_is_no_direct_chat(busy: Desk) -> None:
    """The others have not been invited yet."""
    await replace(busy, new=successor(members=(BOT,)))
    assert await busy.value("SELECT direct_with FROM room WHERE room_id = :room", room=NEW) is None
    assert await busy.value("SELECT count(*) FROM medical_case WHERE room_id = :room", room=NEW) == 2


async def test_who_comes_over_is_no_newcomer(busy: Desk) -> None:
    """They were in the room that this one replaces; a stranger is."""
    await replace(busy)
    busy.change(member(NORA), member("@ines:clinic.example"), room=NEW)
    await judge(busy, NEW)
    news = await busy.value("SELECT group_concat(subject) FROM room_news WHERE kind = 'arrival'")
    assert news == "@ines:clinic.example"


async def test_a_running_quiz_ends_without_a_result(busy: Desk) -> None:
    """Its poll is where nobody may answer any more."""

    def ask(tx: Transaction) -> None:
        question = tx.insert("INSERT INTO question (case_id, kind, stem, made_at) VALUES (2, 'one', '?', 0)")
        tx.execute(
            "INSERT INTO quiz (room_id, question_id, asked_by, asked_at, ends_at)"
            " VALUES (:room, :question, :who, 0, 1e15)",
            room=ROOM,
            question=question,
            who=LEA,
        )

    await busy.database.run(ask)
    await replace(busy)
    assert await busy.value("SELECT count(*) FROM quiz WHERE ended_at IS NULL") == 0


async def test_a_draft_for_the_old_room_is_asked_about_again(busy: Desk) -> None:
    """What was shown named another room: nothing is published on its word."""
    await busy.open_chat(LEA)
    await busy.say(LEA, "Coude enflé après une chute", room=CHAT)
    busy.later(seconds=60)
    await busy.tick()
    await replace(busy)
    await busy.say(LEA, "!publier", room=CHAT)
    assert await busy.value("SELECT count(*) FROM medical_case") == 2


def test_a_room_that_follows_itself_ends_nowhere() -> None:
    """A ring of tombstones is no endless way."""
    ring = closed_room(NEW, more=[tombstone(replacement=NEW)])
    assert list(upgrade.pairs(ring, {NEW: ring}.get)) == [(ring, ring)]


async def test_a_lineage_is_all_rooms_before(desk: Desk) -> None:
    """Newest first; the present one of any of them is the last."""

    def follow(tx: Transaction) -> tuple[list[str], str, str]:
        for old, new in (("!a", "!b"), ("!b", "!c")):
            upgrade.move(tx, old, new)
        return upgrade.lineage(tx, "!c"), upgrade.present(tx, "!a"), upgrade.present(tx, "!x")

    assert await desk.database.run(follow) == (["!c", "!b", "!a"], "!c", "!x")


def names_room(column: str) -> bool:
    """Whether a column holds a room, by its name."""
    return "room" in column or column in ("home_id", "chat_id", "place_id")


async def test_every_table_that_names_a_room_is_decided_about(desk: Desk) -> None:
    """A new table with a room in it moves, or is named as staying with the reason."""

    def tables(tx: Transaction) -> set[str]:
        rows = tx.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
        named = {row["name"] for row in rows}
        return {
            name
            for name in named
            if any(names_room(row["name"]) for row in tx.rows(f"PRAGMA table_info({name})"))
        }

    assert await desk.database.run(tables) == set(upgrade.MOVES) | set(upgrade.STAYS)
    assert not set(upgrade.MOVES) & set(upgrade.STAYS)


# -- getting in


async def test_an_invitation_to_the_room_that_replaces_ours_is_accepted(busy: Desk) -> None:
    """Whoever sends it: the old room's moderators have named it."""
    busy.change(tombstone())
    await judge(busy, ROOM)
    doors = FakeDoors(dict(busy.gateway.rooms))
    await invite(busy.database, NEW, "@assistant:other.example")
    await invite(busy.database, "!any:other.example", "@assistant:other.example")
    await steward(busy, doors).answer_invitations()
    assert doors.joined == [NEW]
    assert [room for room, _ in doors.left] == ["!any:other.example"]


async def test_the_bot_knocks_once_at_a_room_that_may_let_it_in(busy: Desk) -> None:
    """A restricted one does; where it is refused it waits to be invited; a server that is away is asked again."""
    busy.change(tombstone())
    await judge(busy, ROOM)
    doors = FakeDoors(dict(busy.gateway.rooms), failure=Unreachable("M_UNKNOWN", 502))
    going = steward(busy, doors)
    await going.follow_replaced_rooms()
    doors.failure = Forbidden("M_FORBIDDEN", 403)
    for _ in range(2):
        await going.follow_replaced_rooms()
    doors.failure = None
    await going.follow_replaced_rooms()
    assert doors.joined == []
    await steward(busy, doors).follow_replaced_rooms()
    assert doors.joined == [NEW]


async def test_the_bot_does_not_knock_where_a_member_without_power_points(busy: Desk) -> None:
    """A tombstone is a moderator's."""
    busy.change(tombstone(sender=MARC))
    await judge(busy, ROOM)
    doors = FakeDoors(dict(busy.gateway.rooms))
    await steward(busy, doors).follow_replaced_rooms()
    assert doors.joined == []
