"""Labels as rows, and what follows when one changes."""

from collections.abc import Sequence

import pytest

from doctocbot.rooms import members, options
from doctocbot.rooms.labels import Grounds, Label
from doctocbot.rooms.policy import Act, may
from doctocbot.rooms.trades import Calling
from doctocbot.store import Database, Transaction
from tests.fakes.roomstates import closed_room

pytest_plugins = ["tests.desk_fixtures"]

LEA, MARC, NORA, PAUL, GONE = (f"@{name}:clinic.example" for name in ("lea", "marc", "nora", "paul", "gone"))
MODO = "@modo:clinic.example"
ROOM = closed_room(creator=MODO, members=(LEA, MARC, NORA, PAUL))
GP = Calling("doctor", "general-practice")


def bear(tx: Transaction, user: str, grounds: Grounds, calling: Calling = GP) -> None:
    """Somebody bears a label in the room."""
    members.bear(tx, ROOM.room_id, user, calling, grounds, at=1)


async def test_labels_are_read_for_many_at_once(database: Database) -> None:
    """Those of the room alone; who has none is left out."""

    def look(tx: Transaction) -> dict[str, Label]:
        bear(tx, LEA, Grounds.CONFIRMED)
        bear(tx, MARC, Grounds.DECLARED)
        members.bear(tx, "!elsewhere:clinic.example", NORA, GP, Grounds.CONFIRMED, at=1)
        return members.labels_of(tx, ROOM.room_id, [LEA, NORA, PAUL])

    confirmed = Label("doctor", "general-practice", student=False, grounds=Grounds.CONFIRMED)
    assert await database.run(look) == {LEA: confirmed}


def vouches(tx: Transaction) -> list[tuple[str, str]]:
    """Who vouches for whom."""
    return [
        (row["voucher"], row["user_id"]) for row in tx.rows("SELECT * FROM vouch ORDER BY voucher, user_id")
    ]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda tx: members.take_off(tx, ROOM.room_id, LEA), [(NORA, PAUL)]),
        (lambda tx: members.take_off(tx, ROOM.room_id, PAUL), [(MARC, LEA)]),
        (lambda tx: members.take_off(tx, ROOM.room_id, NORA), [(MARC, LEA)]),
        (lambda tx: bear(tx, PAUL, Grounds.DECLARED, Calling("nurse")), [(MARC, LEA)]),
        (lambda tx: bear(tx, NORA, Grounds.DECLARED), [(MARC, LEA)]),
        (lambda tx: bear(tx, NORA, Grounds.CONFIRMED, Calling("doctor", student=True)), [(MARC, LEA)]),
        (lambda tx: bear(tx, NORA, Grounds.CONFIRMED, Calling("nurse")), [(MARC, LEA), (NORA, PAUL)]),
        (lambda tx: bear(tx, PAUL, Grounds.DECLARED), [(MARC, LEA), (NORA, PAUL)]),
    ],
)
async def test_what_was_vouched_for_goes_with_the_label(
    change: object, left: Sequence[tuple[str, str]], database: Database
) -> None:
    """Of whoever vouched, and of whoever was vouched for; however the label went."""

    def go(tx: Transaction) -> list[tuple[str, str]]:
        for user in (MARC, NORA):
            bear(tx, user, Grounds.CONFIRMED)
        for user in (LEA, PAUL):
            bear(tx, user, Grounds.DECLARED)
        for voucher, user in ((MARC, LEA), (NORA, PAUL)):
            tx.execute(
                "INSERT INTO vouch (room_id, user_id, voucher, at) VALUES (:room, :user, :voucher, 1)",
                room=ROOM.room_id,
                user=user,
                voucher=voucher,
            )
        assert callable(change)
        change(tx)
        return vouches(tx)

    assert await database.run(go) == list(left)


@pytest.mark.parametrize(
    ("setting", "voters"),
    [("everybody", {LEA, MARC, NORA, PAUL, MODO}), ("clinicians", {LEA, MARC})],
)
async def test_who_may_vote_is_set_for_a_room(setting: str, voters: set[str], database: Database) -> None:
    """Confirmed or vouched for, and no student; to moderate is no trade, and who is not in votes nowhere."""

    def ask(tx: Transaction) -> set[str]:
        options.put(tx, ROOM.room_id, options.VOTES, setting)
        bear(tx, LEA, Grounds.CONFIRMED)
        bear(tx, MARC, Grounds.SPONSORED)
        bear(tx, NORA, Grounds.DECLARED)
        bear(tx, PAUL, Grounds.CONFIRMED, Calling("doctor", student=True))
        bear(tx, GONE, Grounds.CONFIRMED)
        people = {LEA, MARC, NORA, PAUL, MODO, GONE}
        assert {user for user in people if may(tx, Act.ANSWER, user, ROOM)} == people - {GONE}
        return {user for user in people if may(tx, Act.VOTE, user, ROOM)}

    assert await database.run(ask) == voters


async def test_a_tick_looks_at_nothing_when_no_label_is_news(database: Database) -> None:
    """By an index that holds only what is."""

    def plan(tx: Transaction) -> str:
        rows = tx.rows("EXPLAIN QUERY PLAN SELECT room_id FROM member_label WHERE news_at <= 5")
        return " ".join(row["detail"] for row in rows)

    assert "member_label_news" in await database.run(plan)
