"""What is erased leaves the file: not only the rows, but every page on the disk."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from doctocbot.store import Database, Transaction, derive_key, tidying
from tests.store.rawpages import RawPages

pytest_plugins = ["tests.desk_fixtures"]

KEY = derive_key("a long random secret", "database")
WORD = "Zornemose"
HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Database]:
    """A new database."""
    database = await Database.open(tmp_path / "doctocbot.db", KEY)
    yield database
    await database.close()


def _a_case(tx: Transaction, number: int, dice: random.Random) -> None:
    """A case with answers of every length, so that trees are balanced and pages overflow."""
    tx.execute(
        "INSERT INTO medical_case (room_id, author, source_event, state, text, words_event, opened_at)"
        " VALUES ('!r', '@a', :event, 'open', :text, :event, 1)",
        event=f"$case{number}",
        text=f"{WORD} " * dice.randint(1, 900),
    )
    for _ in range(6):
        tx.execute(
            "INSERT INTO answer (event_id, case_id, sender, sent_at, words_event, text)"
            " VALUES (:event, :case_id, '@b', 1, :event, :text)",
            event=f"${dice.random()}",
            case_id=number,
            text=f"{WORD} " * dice.randint(1, 30),
        )


def _erase(tx: Transaction) -> None:
    tx.execute("UPDATE medical_case SET text = NULL")
    tx.execute("UPDATE answer SET text = NULL")


@pytest.mark.slow
async def test_what_is_erased_is_in_no_page_once_the_file_is_written_anew(opened: Database) -> None:
    """Overwriting the rows leaves copies in the journal and in the gaps of pages; both are looked at."""
    dice = random.Random(7)  # noqa: S311 - no secret
    for number in range(1, 121):
        await opened.run(_a_case, number, dice)
    pages = RawPages(opened.path, KEY)
    assert {place for place, _, _ in pages.holding(WORD)} == {"file", "journal"}
    await opened.run(_erase)
    assert await opened.run(lambda tx: tx.value("SELECT 1 FROM answer WHERE text IS NOT NULL")) is None
    assert pages.holding(WORD)
    await opened.fold()
    assert {place for place, _, _ in pages.holding(WORD)} == {"file"}, "copies that were left while balancing"
    await opened.rewrite()
    assert not pages.holding(WORD)
    assert await opened.run(lambda tx: tx.value("SELECT count(*) FROM answer")) == 720


async def test_the_file_is_written_anew_once_a_day_and_soon_after_words_went(database: Database) -> None:
    """Within the hour, not at every single redaction."""

    def work(tx: Transaction) -> None:
        assert tidying.is_due(tx, 10 * DAY)
        tidying.begin(tx, 10 * DAY)
        # Cut off in the middle, it begins again within the hour.
        assert tidying.is_due(tx, 10 * DAY + HOUR)
        tidying.done(tx)
        assert not tidying.is_due(tx, 11 * DAY - 1)
        assert tidying.is_due(tx, 11 * DAY)
        tidying.words_went(tx)
        tidying.words_went(tx)
        assert not tidying.is_due(tx, 10 * DAY + HOUR - 1)
        assert tidying.is_due(tx, 10 * DAY + HOUR)
        tidying.begin(tx, 10 * DAY + HOUR)
        tidying.done(tx)
        assert not tidying.is_due(tx, 10 * DAY + 2 * HOUR)
        # Our clock has been put back.
        assert tidying.is_due(tx, 9 * DAY)

    await database.run(work)
