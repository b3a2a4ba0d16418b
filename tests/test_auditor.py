"""`doctocbot audit verify`, as an operator types it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from doctocbot.cli import app
from doctocbot.matrix import Outbox
from doctocbot.rooms import audit
from doctocbot.store import Database, Transaction, derive_key

pytestmark = pytest.mark.slow

SECRET = "a long random secret for the audit"
ROOM = "!cabinet:clinic.example"


@pytest.fixture(autouse=True)
def logs_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands set up the logs of their process, which for those typed in here is that of the tests."""
    monkeypatch.setattr("doctocbot.cli.shared.set_up_logging", lambda **_: None)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a database in which two deeds were taken into the chain."""
    values = {
        "homeserver": {"url": "https://clinic.example", "user_id": "@doctocbot:clinic.example"},
        "rooms": {"allowed_inviters": ["clinic.example"]},
        "data_dir": str(tmp_path / "data"),
        "language": "en",
    }
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    (tmp_path / "data").mkdir()
    asyncio.run(in_database(path, deeds))
    return path


async def in_database(config: Path, work: Callable[[Transaction], None] | None = None) -> str:
    """Do something in the database of a configuration; returns the head of the chain afterwards."""
    database = await Database.open(config.parent / "data" / "doctocbot.db", derive_key(SECRET, "database"))
    try:
        if work is not None:
            await database.run(work)
        return (await database.run(audit.head))[1]
    finally:
        await database.close()


def damage_by(*statements: str) -> Callable[[Transaction], None]:
    """What somebody does who has the file and its key, and drops the triggers."""

    def work(tx: Transaction) -> None:
        for name in ("audit_is_not_changed", "audit_is_not_deleted"):
            tx.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            tx.execute(statement)

    return work


def deeds(tx: Transaction) -> None:
    """Two rows, as the bot of this secret writes them."""
    for case in (1, 2):
        tx.execute(
            "INSERT INTO audit_unchained (at, actor, act, room_id, case_id) VALUES (0, 'abc', 'pull', :room, :case)",
            room=ROOM,
            case=case,
        )
    audit.take_in(tx, Outbox(derive_key(SECRET, "transaction-ids")))


def verify(config: Path, *words: str) -> tuple[int, str]:
    """Exit status and all that was printed."""
    arguments = ["audit", "verify", *words, "--config", str(config)]
    result = CliRunner().invoke(app, arguments, env={"DOCTOCBOT_SECRET": SECRET, "LC_ALL": "C"})
    return result.exit_code, result.output


def test_a_chain_that_holds_is_told_with_its_rows_and_head(config: Path) -> None:
    """And nothing else; the exit status is 0."""
    head = asyncio.run(in_database(config))
    status, printed = verify(config)
    assert status == 0
    assert "in order: 2" in printed
    assert head in printed
    assert verify(config, head)[0] == 0
    assert "row 2" in verify(config, head)[1]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE audit SET act = 'consent' WHERE id = 2", "Row 2 was changed"),
        ("DELETE FROM audit WHERE id = 1", "Row 2 does not follow"),
    ],
)
def test_the_first_break_is_named_with_its_row(config: Path, damage: str, said: str) -> None:
    """The exit status is 1."""
    asyncio.run(in_database(config, damage_by(damage)))
    status, printed = verify(config)
    assert status == 1
    assert said in printed


def test_a_head_of_rows_that_were_cut_off_is_a_fault(config: Path) -> None:
    """What is left holds in itself: only whoever kept the head can tell."""
    head = asyncio.run(in_database(config))
    asyncio.run(in_database(config, damage_by("DELETE FROM audit WHERE id = 2")))
    assert verify(config)[0] == 0
    status, printed = verify(config, head)
    assert status == 1
    assert "No row has the head" in printed


def test_without_a_database_it_says_so_and_makes_none(config: Path) -> None:
    """A mistyped data directory is not taken for an empty audit."""
    values = yaml.safe_load(config.read_text(encoding="utf-8"))
    elsewhere = config.parent / "elsewhere"
    config.write_text(yaml.safe_dump({**values, "data_dir": str(elsewhere)}), encoding="utf-8")
    status, printed = verify(config)
    assert status != 0
    assert str(elsewhere) in printed
    assert not elsewhere.exists()
