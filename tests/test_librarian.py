"""Banks taken in and written out by the operator, with real pictures and the real worker."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from doctocbot.cli import app
from doctocbot.store import Database, Transaction, derive_key
from tests.quiz.test_bank import GOOD

pytestmark = pytest.mark.slow

SECRET = "a long enough secret for a test"
CONFIG = """\
homeserver: {url: "https://clinic.example", user_id: "@doctocbot:clinic.example"}
rooms: {allowed_inviters: ["clinic.example"]}
language: LANGUAGE
"""
Types = Callable[..., tuple[int, str]]


@pytest.fixture(params=["fr", "en"])
def types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Types:
    """An operator with a database, who types commands; returns status and what is printed."""
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.replace("LANGUAGE", request.param), encoding="utf-8")
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("DOCTOCBOT_SECRET", SECRET)
    monkeypatch.setenv("COLUMNS", "200")
    in_database(tmp_path, lambda tx: None)

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, [*words, "--config", str(config)])
        return result.exit_code, result.output

    return run


def in_database(folder: Path, look: Callable[[Transaction], object]) -> object:
    """Look into the database beside the command."""

    async def work() -> object:
        database = await Database.open(folder / "data" / "doctocbot.db", derive_key(SECRET, "database"))
        try:
            return await database.run(look)
        finally:
            await database.close()

    return asyncio.run(work())


def everything(tx: Transaction) -> list[object]:
    """All that is kept of banks."""
    tables = ("question", "question_choice", "question_reference", "question_picture", "attachment")
    return [tuple(row) for table in tables for row in tx.rows(f"SELECT * FROM {table}")]  # noqa: S608 (fixed names)


def test_the_example_is_taken_in_and_twice_changes_nothing(types: Types, tmp_path: Path) -> None:
    """Its picture goes through the scrubber; the second time not a byte is different."""
    status, told = types("quiz", "import", "--example", "fr")
    assert status == 0, told
    assert "10" in told
    first = in_database(tmp_path, everything)
    status, told = types("quiz", "import", "--example", "fr")
    assert status == 0
    assert in_database(tmp_path, everything) == first


def test_what_is_written_out_can_be_taken_in(types: Types, tmp_path: Path) -> None:
    """With its pictures, and nothing is different then."""
    types("quiz", "import", "--example", "fr")
    before = in_database(tmp_path, everything)
    out = tmp_path / "out"
    out.mkdir()
    status, told = types("quiz", "export", str(out / "bank.yaml"))
    assert status == 0, told
    assert (out / "rythme-irregulier-1.png").read_bytes().startswith(b"\x89PNG")
    assert types("quiz", "import", str(out / "bank.yaml"))[0] == 0
    assert in_database(tmp_path, everything) == before


def test_with_one_fault_nothing_is_taken_in(types: Types, tmp_path: Path) -> None:
    """Each fault has the file and its line, and the status says so."""
    bank = tmp_path / "bank.yaml"
    bank.write_text(
        GOOD.replace("kind: one", "kind: best").replace("https://www.has-sante.fr/x", "nulle part"), "utf-8"
    )
    status, told = types("quiz", "import", str(bank))
    assert status == 2
    assert f"{bank}:5:" in told.replace("\n", "")
    assert f"{bank}:14:" in told.replace("\n", "")
    assert in_database(tmp_path, everything) == []


@pytest.mark.parametrize("name", ["gone.png", "words.txt", "outside"])
def test_a_picture_that_cannot_be_proved_clean_is_a_fault(types: Types, tmp_path: Path, name: str) -> None:
    """One that is not there, one that is no picture, one that a link leads to elsewhere."""
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / "words.txt").write_text("no picture", encoding="utf-8")
    (tmp_path / "elsewhere.png").write_bytes(b"\x89PNG")
    (folder / "outside").symlink_to(tmp_path / "elsewhere.png")
    bank = folder / "bank.yaml"
    pictures = f"    pictures: [{{file: {name}, words: Une image}}]"
    bank.write_text(GOOD.replace("    explanation: Les joues seules.", pictures), encoding="utf-8")
    status, told = types("quiz", "import", str(bank))
    assert status == 2
    assert "bank.yaml:13:" in told.replace("\n", "")
    assert in_database(tmp_path, everything) == []


def test_a_changed_file_keeps_what_was_learnt(types: Types, tmp_path: Path) -> None:
    """Questions are known by their ids; what the file has no more stays unless it is to go."""
    bank = tmp_path / "bank.yaml"
    bank.write_text(GOOD, encoding="utf-8")
    types("quiz", "import", str(bank))

    def learn(tx: Transaction) -> None:
        tx.execute(
            "INSERT INTO review_card (user_id, question_id, card, due_at, begun_at)"
            " SELECT '@nora:clinic.example', id, '{}', 0, 0 FROM question"
        )

    in_database(tmp_path, learn)
    bank.write_text(GOOD.replace("des joues", "du visage").partition("  - id: deux")[0], encoding="utf-8")
    assert types("quiz", "import", str(bank))[0] == 0
    assert in_database(tmp_path, lambda tx: tx.value("SELECT count(*) FROM review_card")) == 2
    stem = in_database(tmp_path, lambda tx: tx.value("SELECT stem FROM question WHERE bank_key = 'essai/un'"))
    assert "du visage" in str(stem)
    assert types("quiz", "import", str(bank), "--remove-missing")[0] == 0
    assert in_database(tmp_path, lambda tx: tx.value("SELECT count(*) FROM review_card")) == 1


def test_what_to_do_is_said(types: Types, tmp_path: Path) -> None:
    """Neither a file nor an example, a language that there is not, no bank to write out, a file that is not there."""
    assert types("quiz", "import")[0] == 2
    assert types("quiz", "import", "--example", "de")[0] == 2
    assert types("quiz", "export", str(tmp_path / "x.yaml"))[0] == 2
    assert types("quiz", "import", str(tmp_path / "gone.yaml"))[0] != 0
