"""Export and import: all that the bot has kept, as JSON Lines that other programs read (docs/export.md).

    {"format": "doctocbot-export", "version": 1, "schema": 21, "user_id": "@doctocbot:…", "made_at": …}
    {"table": "medical_case", "row": {"id": 1, "room_id": "!…", "text": "…", …}}
    …

Bytes stand as {"base64": "…"}. The session, its keys and the place in the sync stay behind: what is imported belongs to
whichever account has logged in there. A backup is what brings back the same bot.
"""

import base64
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doctocbot.account import data_directory, database_path, open_beside
from doctocbot.config import Config, Secrets
from doctocbot.store import Database, Transaction, derive_key, lasting

_FORMAT, _VERSION = "doctocbot-export", 1
_KEYS = "lasting-keys"
_STAY = frozenset({"vault", "meta", "echo", "foretold", "unindexed"})
"""What belongs to the device or to the moment, or is made anew from the rest."""


class UnfitExport(Exception):
    """The file is no export, or one of another version; `line` says where it ends to be one."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"{line}: {what}")
        self.line = line
        self.what = what


class NotEmpty(Exception):
    """The bot that is to take the export has served already."""


async def export(config: Config, secrets: Secrets, file: Path) -> int:
    """Write everything, in clear text, into a new private file, beside a running bot; returns how many rows.

    All of one moment. Raises FileExistsError, WrongSecret or OSError.
    """
    database = await open_beside(config, secrets)
    try:
        keys = await lasting.lasting_keys(database, secrets.secret)
        return await database.run(_write, file, config.homeserver.user_id, keys)
    finally:
        await database.close()


def _write(tx: Transaction, file: Path, user_id: str, keys: Mapping[str, str]) -> int:
    rows = 0
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        head = {"format": _FORMAT, "version": _VERSION, "schema": _schema(tx), "user_id": user_id}
        for line in (head | {"made_at": int(time.time() * 1000)}, {_KEYS: dict(keys)}):
            out.write(json.dumps(line) + "\n")
        for table in _tables(tx):
            for row in _rows(tx, table):
                out.write(json.dumps({"table": table, "row": row}, ensure_ascii=False) + "\n")
                rows += 1
        out.flush()
        os.fsync(out.fileno())
    return rows


async def take_in(config: Config, secrets: Secrets, file: Path) -> int:
    """Read an export into a bot that has logged in and served nobody yet; returns how many rows.

    All of it or nothing. Raises UnfitExport, NotEmpty, DataDirectoryBusy while the bot runs, WrongSecret or OSError.
    """
    with data_directory(config.data_dir):
        database = await Database.open(database_path(config), derive_key(secrets.secret, "database"))
        try:
            return await database.run(_read, file)
        finally:
            await database.close()


def _read(tx: Transaction, file: Path) -> int:
    if tx.value("SELECT 1 FROM inbox LIMIT 1") is not None or tx.value("SELECT 1 FROM medical_case LIMIT 1"):
        raise NotEmpty
    tx.execute("PRAGMA defer_foreign_keys = ON")
    columns = {table: _columns(tx, table) for table in _tables(tx)}
    rows = 0
    with file.open(encoding="utf-8") as lines:
        entries = _entries(lines)
        _look_at_head(next(entries, (1, {})), _schema(tx))
        for number, entry in entries:
            if _KEYS in entry:
                lasting.take_over(tx, entry[_KEYS])
                continue
            table, row = entry.get("table"), entry.get("row")
            if table not in columns or not isinstance(row, dict) or not row.keys() <= columns[table]:
                raise UnfitExport(number, "table")
            _insert(tx, table, row)
            rows += 1
    if tx.row("PRAGMA foreign_key_check") is not None:
        raise UnfitExport(rows, "incomplete")
    return rows


def _entries(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise UnfitExport(number, "json") from error
        if not isinstance(entry, dict):
            raise UnfitExport(number, "json")
        yield number, entry


def _look_at_head(first: tuple[int, dict[str, Any]], schema: int) -> None:
    number, head = first
    if head.get("format") != _FORMAT or head.get("version") != _VERSION:
        raise UnfitExport(number, "format")
    if head.get("schema") != schema:
        raise UnfitExport(number, "schema")


def _insert(tx: Transaction, table: str, row: Mapping[str, Any]) -> None:
    # The names were compared with those of the schema.
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    tx.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", **{k: _value(v) for k, v in row.items()})  # noqa: S608


def _value(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def _rows(tx: Transaction, table: str) -> Iterator[dict[str, Any]]:
    for row in tx.rows(f"SELECT * FROM {table}"):  # noqa: S608 - a name of our own schema
        yield {name: _shown(row[name]) for name in row.keys()}  # noqa: SIM118 - a row is no mapping


def _shown(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _schema(tx: Transaction) -> int:
    return int(tx.value("PRAGMA user_version"))


def _tables(tx: Transaction) -> list[str]:
    """The tables of our schema, without the index over words, which is made anew."""
    found = tx.rows(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name"
    )
    return [
        row["name"] for row in found if row["name"] not in _STAY and not row["name"].startswith("sqlite_")
    ]


def _columns(tx: Transaction, table: str) -> frozenset[str]:
    return frozenset(
        row["name"] for row in tx.rows("SELECT name FROM pragma_table_info(:table)", table=table)
    )
