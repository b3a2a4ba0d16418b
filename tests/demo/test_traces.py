"""After the demo: no word of a case stands in any log, in the crypto store, in a temporary folder, or in what the bot
holds open. Its database holds them, encrypted."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlcipher3

from doctocbot.demo import caseact
from doctocbot.demo.photos import NEEDLES
from doctocbot.matrix.cryptostore import StoreKeys
from doctocbot.store import derive_key
from tests.demo.running import broken, demo, one_line

pytestmark = pytest.mark.homeserver

SAID = [
    value
    for name, value in vars(caseact).items()
    if name.isupper() and isinstance(value, str) and " " in value
]
"""Every clinical sentence of the play."""

WORDS = sorted({word for said in SAID for word in re.findall(r"[^\W\d_]{7,}", said)} - {"interdite"})
"""Their words that are long enough to be nothing else by chance."""


def spellings(needle: str) -> set[bytes]:
    """A string as files hold it: plain, in JSON that escapes accents, and in wide characters."""
    escaped = json.dumps(needle)[1:-1]
    plain = {needle, needle.lower(), needle.replace("\u202f", " ").replace("\u00a0", " "), escaped}
    return {each.encode() for each in plain} | {needle.encode("utf-16-le"), needle.encode("utf-16-be")}


LOOKED_FOR = {needle: spellings(needle) for needle in (*SAID, *WORDS, *NEEDLES)}


def found_in(data: bytes) -> set[str]:
    """Which of the strings stand in some bytes."""
    return {needle for needle, forms in LOOKED_FOR.items() if any(form in data for form in forms)}


@dataclass(frozen=True)
class Aftermath:
    """Where a run left bytes, each place with the strings that were found there."""

    transcript: str
    logs: dict[str, set[str]]
    files: dict[str, set[str]]
    temporary: dict[str, set[str]]
    open_files: dict[str, set[str]]
    crypto_store: set[str]
    crypto_rows: int
    database: set[str]


def below(folder: Path) -> Iterator[Path]:
    """All files in a folder and those below it."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def look_at(paths: Iterable[Path]) -> dict[str, set[str]]:
    """What stands in these files."""
    return {str(path): found_in(path.read_bytes()) for path in paths}


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [pid, *(each for child in children for each in family(child))]


def held_open(pid: int) -> dict[str, set[str]]:
    """What stands in the files that a process and its workers hold open, deleted ones and shared memory included."""
    held: dict[str, set[str]] = {}
    for each in family(pid):
        for descriptor in Path(f"/proc/{each}/fd").iterdir():
            if descriptor.is_file():
                held[f"{each}: {descriptor.readlink()}"] = found_in(descriptor.read_bytes())
    return held


def rows_of(path: Path, key: str) -> tuple[bytes, int]:
    """All that an encrypted database holds, decrypted, and in how many rows."""
    connection = sqlcipher3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        connection.execute(f'PRAGMA key = "{key}"')
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in connection.execute(f'SELECT * FROM "{table}"')]  # noqa: S608
    finally:
        connection.close()
    values = (value for row in rows for value in row)
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values), len(
        rows
    )


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """One run, looked at while the bot is still at work after the last step."""
    return asyncio.run(_look_around(tmp_path_factory.mktemp("traces")))


async def _look_around(place: Path) -> Aftermath:
    runs, temporary = place / "runs", place / "tmp"
    temporary.mkdir()
    async with demo(runs, TMPDIR=str(temporary)) as running:
        bot = int((await running.prints(r"processus (\d+)"))[1])
        await running.prints(broken("run.log"))
        (run,) = runs.glob("run-*")
        secret = (run / "bot" / "secret").read_text(encoding="utf-8")
        (crypto,) = run.glob("bot/data/**/crypto.db")
        (database,) = run.glob("bot/data/**/doctocbot.db")
        crypto_rows, count = rows_of(
            crypto, f"x'{StoreKeys.derive(derive_key(secret, 'crypto-store')).database.hex()}'"
        )
        database_rows, _ = rows_of(database, derive_key(secret, "database"))
        # Their own phones hold what people said, as they do in life.
        ours = [path for path in below(run) if "phones" not in path.parts]
        return Aftermath(
            transcript=running.transcript,
            logs=look_at(path for path in ours if ".log" in path.name),
            files=look_at(path for path in ours if ".log" not in path.name),
            temporary=look_at(below(temporary)),
            open_files=held_open(bot),
            crypto_store=found_in(crypto_rows),
            crypto_rows=count,
            database=found_in(database_rows),
        )


def told(places: dict[str, set[str]]) -> dict[str, set[str]]:
    """The places where something was found."""
    return {place: found for place, found in places.items() if found}


def test_what_is_looked_for_was_said(aftermath: Aftermath) -> None:
    """Every sentence stands in the transcript and in the bot's own database: the search would find it."""
    transcript = one_line(aftermath.transcript)
    assert len(SAID) >= 6
    assert [said for said in SAID if one_line(said) not in transcript] == []
    assert "Köplik" in aftermath.transcript
    assert aftermath.database >= {caseact.OUTCOME, caseact.MEASLES}


def test_no_log_holds_a_clinical_word(aftermath: Aftermath) -> None:
    """Neither the bot's, at login and at work, nor the homeserver's, nor that of the cast's clients."""
    assert {Path(name).name for name in aftermath.logs} >= {
        "login.log",
        "run.log",
        "cast.log",
        "synapse.log",
    }
    assert told(aftermath.logs) == {}


def test_no_file_holds_a_clinical_word(aftermath: Aftermath) -> None:
    """Databases are encrypted, the homeserver's holds what was encrypted before it came."""
    assert len(aftermath.files) >= 5
    assert told(aftermath.files) == {}


def test_the_crypto_store_holds_keys_alone(aftermath: Aftermath) -> None:
    """Decrypted row by row: no message of anybody's is kept there."""
    assert aftermath.crypto_rows > 20
    assert aftermath.crypto_store == set()


def test_temporary_folders_hold_nothing(aftermath: Aftermath) -> None:
    """Pictures and words are worked on in memory."""
    assert told(aftermath.temporary) == {}


def test_open_files_hold_nothing(aftermath: Aftermath) -> None:
    """What bot and scrub workers hold open at the end, were it deleted already."""
    assert any("doctocbot.db" in name for name in aftermath.open_files)
    assert told(aftermath.open_files) == {}
