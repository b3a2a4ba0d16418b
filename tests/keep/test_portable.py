"""Export and import: all that was kept comes out in clear and goes in whole, or not at all."""

import json
from pathlib import Path

import pytest

from doctocbot.cases import queries, search
from doctocbot.cases.model import Kind
from doctocbot.config import Config, Secrets, parse
from doctocbot.keep.portable import NotEmpty, UnfitExport, export, take_in
from doctocbot.store import Database, Transaction, derive_key, lasting

pytestmark = pytest.mark.slow

ROOM, LEA, MARC = "!cabinet:clinic.example", "@lea:clinic.example", "@marc:clinic.example"
OLD, NEW = Secrets("the secret of the old bot"), Secrets("the secret of the new bot")


def _config(folder: Path) -> Config:
    folder.mkdir()
    values = {
        "homeserver": {"url": "https://clinic.example", "user_id": "@doctocbot:clinic.example"},
        "rooms": {"allowed_inviters": ["clinic.example"]},
    }
    config = parse(values, folder)
    config.data_dir.mkdir(mode=0o700)
    return config


async def _open(config: Config, secrets: Secrets) -> Database:
    return await Database.open(config.data_dir / "doctocbot.db", derive_key(secrets.secret, "database"))


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def _write(file: Path, lines: list[str]) -> None:
    file.write_text("\n".join(lines), encoding="utf-8")


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def _live(tx: Transaction) -> None:
    case = queries.add_case(
        tx, room=ROOM, author=LEA, source="$asked", text="Toux depuis trois mois", kind=Kind.DIAGNOSIS,
        tags=("pneumo",), now=1_795_000_000_000,
    )  # fmt: skip
    tx.execute(
        "INSERT INTO answer (event_id, case_id, sender, sent_at, words_event, text) VALUES"
        " ('$answer', :case, :who, 1795000001000, '$answer', 'Coqueluche ?')",
        case=case.id,
        who=MARC,
    )
    tx.execute(
        "INSERT INTO attachment (mimetype, extension, width, height, size, data)"
        " VALUES ('image/png', 'png', 8, 8, 3, :data)",
        data=b"\x00\xff\x01",
    )
    tx.execute("INSERT INTO meta (key, value) VALUES ('sync_token', 's1')")


@pytest.fixture
async def written(tmp_path: Path) -> Path:
    """What a bot with one case has exported."""
    config, file = _config(tmp_path / "old"), tmp_path / "export.jsonl"
    database = await _open(config, OLD)
    await database.run(_live)
    await database.close()
    assert await export(config, OLD, file) == 3
    return file


async def test_an_export_is_read_by_anybody_and_imported_whole(written: Path, tmp_path: Path) -> None:
    """Words, bytes and pseudonyms are the same under another secret; the place in the sync is not taken along."""
    assert _mode(written) == 0o600
    lines = [json.loads(line) for line in _lines(written)]
    assert lines[0]["format"] == "doctocbot-export"
    tables = {line["table"] for line in lines if "table" in line}
    assert tables == {"medical_case", "answer", "attachment"}
    config = _config(tmp_path / "new")
    assert await take_in(config, NEW, written) == 3
    database = await _open(config, NEW)

    def look(tx: Transaction) -> None:
        case = queries.case_by_id(tx, 1)
        assert case is not None
        assert (case.text, case.author, case.tags) == ("Toux depuis trois mois", LEA, ("pneumo",))
        assert tx.value("SELECT text FROM answer") == "Coqueluche ?"
        assert tx.value("SELECT data FROM attachment") == b"\x00\xff\x01"
        assert tx.value("SELECT 1 FROM meta WHERE key = 'sync_token'") is None
        search.tick(tx, 0, lambda *_: None)  # type: ignore[arg-type]
        assert tx.value("SELECT count(*) FROM case_search") == 1

    await database.run(look)
    keys = await lasting.lasting_keys(database, NEW.secret)
    assert keys[lasting.TRANSACTION_IDS] == derive_key(OLD.secret, "transaction-ids")
    await database.close()


async def test_a_bot_that_has_served_takes_nothing_in(written: Path, tmp_path: Path) -> None:
    """Nothing is mixed, and nothing overwritten."""
    config = _config(tmp_path / "new")
    await take_in(config, NEW, written)
    with pytest.raises(NotEmpty):
        await take_in(config, NEW, written)
    with pytest.raises(FileExistsError):
        await export(config, NEW, written)


@pytest.mark.parametrize(
    ("line", "instead", "what"),
    [
        (0, "{}", "format"),
        (0, '{"format": "doctocbot-export", "version": 1, "schema": 1}', "schema"),
        (2, "no json", "json"),
        (2, "[]", "json"),
        (2, '{"table": "vault", "row": {"name": "x"}}', "table"),
        (2, '{"table": "answer; DROP TABLE answer", "row": {}}', "table"),
        (2, '{"table": "answer", "row": {"sender) VALUES (1); --": 1}}', "table"),
        (4, '{"table": "attachment", "row": {"nothing": 1}}', "table"),
    ],
)
async def test_a_file_that_will_not_do_changes_nothing(
    written: Path, tmp_path: Path, line: int, instead: str, what: str
) -> None:
    """The line is named, and the bot is as empty as before."""
    lines = _lines(written)
    lines[line] = instead
    _write(written, lines)
    config = _config(tmp_path / "new")
    with pytest.raises(UnfitExport) as fault:
        await take_in(config, NEW, written)
    assert (fault.value.line, fault.value.what) == (line + 1, what)
    database = await _open(config, NEW)
    assert await database.run(lambda tx: tx.value("SELECT count(*) FROM medical_case")) == 0
    await database.close()


async def test_an_export_that_lacks_a_case_of_its_answers_is_refused(written: Path, tmp_path: Path) -> None:
    """Half a file, for instance because the disk was full."""
    lines = _lines(written)
    kept = [line for line in lines if "medical_case" not in line]
    _write(written, kept)
    with pytest.raises(UnfitExport) as fault:
        await take_in(_config(tmp_path / "new"), NEW, written)
    assert fault.value.what == "incomplete"
