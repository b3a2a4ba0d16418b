"""The list of what is kept of people is whole: the schema is walked, and nothing in it is forgotten."""

from typing import Any

import pytest

from doctocbot.matrix import Event
from doctocbot.privacy import holdings
from doctocbot.privacy.erasing import forget_person
from doctocbot.privacy.holding import Holding, Subject
from doctocbot.privacy.holdings import HOLDINGS, HOLDS_NOBODY
from doctocbot.privacy.mydata import report
from doctocbot.store import Database, Row, Transaction
from tests.desk import CHAT, LEA, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]

# Names that a column has when it holds somebody; a new one of these has to be declared.
LIKE_PEOPLE = frozenset(
    (
        "author",
        "sender",
        "voter",
        "user",
        "user_id",
        "puller",
        "asked_by",
        "actor",
        "about",
        "inviter",
        "direct_with",
        "subject",
        "member",
        "moderator",
        "owner",
        "proposer",
        "voucher",
        "sponsor",
        "newcomer",
        "person",
        "who",
        "reader",
        "pattern",
        "told_to",
        "set_by",
        "confirmed_by",
        "by",
        "vouched_for",
        "creator",
        "mxid",
    )
)
NOT_PEOPLE = {
    ("advice", "about"): "the subject of a piece of advice",
    ("audit", "actor"): "a pseudonym",
    ("audit", "about"): "a pseudonym",
    ("audit_unchained", "actor"): "a pseudonym",
}
# What a generated row cannot guess, because a rule of the table says what may stand there.
VALUES: dict[str, dict[str, Any]] = {
    "medical_case": {"state": "open"},
    "vote": {"says": "agree"},
    "inbox": {"state": "done"},
    "outbox": {"state": "sent"},
    "member_label": {"grounds": "declared"},
    "room_news": {"kind": "arrival"},
    "verification": {"state": "done"},
    "admittance": {"admits": 0},
    "private_word": {"spec": "{}"},
}


def tables(tx: Transaction) -> list[str]:
    """The tables that we made; a full-text index keeps some of its own."""
    rows = tx.rows(
        "SELECT name FROM pragma_table_list WHERE type IN ('table', 'virtual') AND schema = 'main'"
        " AND name NOT LIKE 'sqlite_%'"
    )
    return [row["name"] for row in rows]


def columns(tx: Transaction, table: str) -> list[Row]:
    """What a table consists of."""
    return tx.rows("SELECT * FROM pragma_table_info(:table)", table=table)


async def test_every_table_is_shown_and_erased_or_named_with_the_reason_why_not(database: Database) -> None:
    """A new table fails here until somebody has thought of whom it holds."""
    known = {holding.table for holding in HOLDINGS}
    assert not known & HOLDS_NOBODY.keys()
    assert set(await database.run(tables)) == known | HOLDS_NOBODY.keys()


async def test_every_column_that_may_hold_a_person_is_declared(database: Database) -> None:
    """By its name; a table that is said to hold nobody has none."""
    people = {(holding.table, column) for holding in HOLDINGS for column in holding.people}

    def found(tx: Transaction) -> set[tuple[str, str]]:
        return {
            (table, row["name"])
            for table in tables(tx)
            for row in columns(tx, table)
            if row["name"] in LIKE_PEOPLE
        }

    assert await database.run(found) - people == NOT_PEOPLE.keys()
    assert people <= await database.run(found), "a declared column has a name that the walk does not know"


def plant(tx: Transaction, holding: Holding) -> None:
    """A row of a table in which every column for people holds Léa."""
    values: dict[str, Any] = {}
    for column in columns(tx, holding.table):
        name = column["name"]
        if name in holding.people:
            values[name] = LEA
        elif name in VALUES.get(holding.table, {}):
            values[name] = VALUES[holding.table][name]
        elif column["notnull"] and column["dflt_value"] is None:
            values[name] = 1 if column["type"] == "INTEGER" else f"{holding.table}:{name}"
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    tx.execute(
        f"INSERT INTO {holding.table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608 (our tables)
        **values,
    )


def plant_all(tx: Transaction) -> None:
    """Léa everywhere, and what her rows point at."""
    tx.execute("PRAGMA defer_foreign_keys = ON")
    tx.execute(
        "INSERT INTO medical_case (id, room_id, author, source_event, state, words_event, opened_at)"
        " VALUES (1, :room, '@other:x', '$other', 'open', '$other', 1)",
        room=ROOM,
    )
    tx.execute("INSERT INTO question (id, case_id, kind, stem, made_at) VALUES (1, 1, 'one', 'x', 1)")
    tx.execute("INSERT INTO opinion (id, case_id, number, sameness, text) VALUES (1, 1, 1, 'x', 'x')")
    tx.execute(
        "INSERT INTO attachment (id, mimetype, extension, width, height, size) VALUES (1, 'x', 'x', 1, 1, 1)"
    )
    tx.execute(
        "INSERT INTO outbox (seq, key, transaction_id, room_id, state, created_at)"
        " VALUES (1, 'k', 't', :room, 'sent', 1)",
        room=ROOM,
    )
    tx.execute(
        "INSERT INTO audit (id, at, actor, act, previous, hash) VALUES (1, 1, 'pseudonym', 'pull', '', '')"
    )
    for holding in HOLDINGS:
        if holding.people:
            plant(tx, holding)


def where(tx: Transaction, words: str) -> set[tuple[str, str]]:
    """The columns in which these words stand."""
    return {
        (table, column["name"])
        for table in tables(tx)
        for column in columns(tx, table)
        if tx.value(f"SELECT 1 FROM {table} WHERE instr({column['name']}, :words)", words=words)  # noqa: S608
    }


@pytest.fixture
async def planted(desk: Desk) -> Desk:
    """Léa stands in every column that may hold her."""
    await desk.open_chat(LEA)
    await desk.database.run(plant_all)
    people = {(holding.table, column) for holding in HOLDINGS for column in holding.people}
    assert await desk.database.run(where, LEA) >= people
    return desk


@pytest.mark.parametrize("in_rooms", [True, False])
async def test_whoever_is_forgotten_stands_nowhere_but_where_it_is_said_why(
    planted: Desk, *, in_rooms: bool
) -> None:
    """Every column is planted with her, and every column of every table is looked at afterwards."""
    if not in_rooms:
        left = {"type": "m.room.member", "state_key": LEA, "sender": LEA, "content": {"membership": "leave"}}
        planted.change(left)

    def forget(tx: Transaction) -> None:
        moment = Event("$forget", CHAT, LEA, "m.room.message", planted.now)
        forget_person(planted.world.conversation(tx, moment), LEA)

    await planted.database.run(forget)
    staying = {
        (holding.table, column)
        for holding in HOLDINGS
        for column in holding.people
        if holding.stays and (in_rooms or not holding.erased_outside)
    }
    left_over = await planted.database.run(where, LEA)
    assert left_over <= staying
    assert ("room", "direct_with") in left_over, "the walk finds what is there"


async def test_whatever_is_kept_under_a_heading_is_shown(planted: Desk) -> None:
    """Every holding with a heading yields a row for a person who stands in it, and the file has a place for each."""
    subject = Subject.of(LEA, planted.outbox)

    def shown(tx: Transaction) -> tuple[set[str], str]:
        moment = Event("$show", CHAT, LEA, "m.room.message", planted.now)
        empty = {
            holding.table
            for holding in HOLDINGS
            if holding.told and holding.people and not tx.rows(holding.told, **subject.values)
        }
        return empty, report(planted.world.conversation(tx, moment))

    empty, text = await planted.database.run(shown)
    assert empty == {"draft"}, "a draft is shown by its parts"
    sections = {holding.section for holding in HOLDINGS if holding.told and holding.people}
    words = planted.world.wording
    headings = await planted.database.run(
        lambda tx: [words(tx, ROOM).say(f"mydata.{section}") for section in sorted(sections - {"drafts"})]
    )
    assert all(f"## {heading} (" in text for heading in headings)


def test_who_stands_in_a_table_is_erased_from_it_or_stays_for_a_reason() -> None:
    """What `privacy.erasing` does by itself is named here, so that nothing is left to chance."""
    by_erasing = {"answer", "proposal", "vote", "reference", "draft", "audit_words"}
    for holding in HOLDINGS:
        if holding.people and holding.table not in by_erasing:
            assert holding.erased or holding.stays, holding.table
    assert all(holdings.HOLDS_NOBODY.values())
