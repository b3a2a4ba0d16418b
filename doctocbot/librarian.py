"""The operator's banks of questions: taken in from files and written out, beside a running bot.

A bank is read and its pictures are cleaned before anything is kept; with a single fault nothing is.
"""

import asyncio
import errno
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import yaml

from doctocbot.account import database_path, open_beside
from doctocbot.config import Config, Secrets
from doctocbot.images import CleanImage
from doctocbot.images.pool import ScrubWorkers
from doctocbot.quiz import bank_rows
from doctocbot.quiz.bank import Bank, BankPicture, Fault, read
from doctocbot.quiz.bank_rows import Taken
from doctocbot.quiz.model import Question, QuestionKind
from doctocbot.store import Database, Row, Transaction

EXAMPLES = ("fr", "en")
"""The languages of the banks that come along."""

_LARGEST_PICTURE = 20_000_000


@dataclass(frozen=True, slots=True)
class Import:
    """What came of an import: faults, or what was changed."""

    faults: tuple[Fault, ...] = ()
    taken: Taken = field(default_factory=Taken)


def example(language: str) -> Path:
    """The bank that comes along in a language."""
    return Path(str(files("doctocbot.quiz").joinpath("banks", f"{language}.yaml")))


async def import_bank(config: Config, secrets: Secrets, path: Path, *, remove_missing: bool) -> Import:
    """Take a bank in; raises OSError or UnicodeDecodeError for a file that cannot be read, DatabaseFault as usual."""
    text = await asyncio.to_thread(path.read_text, encoding="utf-8")
    bank = await asyncio.to_thread(read, text)
    pictures, more = await _clean(bank, path.parent)
    faults = tuple(sorted({*bank.faults, *more}))
    if faults:
        return Import(faults)
    database = await _open(config, secrets)
    try:
        taken = await database.run(_take_in, bank, pictures, remove_missing)
    finally:
        await database.close()
    return Import(taken=taken)


def _take_in(tx: Transaction, bank: Bank, pictures: dict[str, CleanImage], remove_missing: bool) -> Taken:
    now = int(time.time() * 1000)
    return bank_rows.take_in(tx, bank.name, bank.questions, pictures, now, remove_missing=remove_missing)


async def _clean(bank: Bank, folder: Path) -> tuple[dict[str, CleanImage], list[Fault]]:
    """The bank's pictures, proved clean, by the names of their files; and what is wrong with the others."""
    wanted = [picture for question in bank.questions for picture in question.pictures if picture.file]
    clean: dict[str, CleanImage] = {}
    faults: list[Fault] = []
    if not wanted:
        return clean, faults
    async with ScrubWorkers() as workers:
        for picture in wanted:
            data = await asyncio.to_thread(_bytes, folder, picture)
            if isinstance(data, Fault):
                faults.append(data)
                continue
            cleaned = await workers.scrub(data)
            if isinstance(cleaned, CleanImage):
                clean[picture.file] = cleaned
            else:
                faults.append(
                    Fault(picture.line, "picture-refused", (("reason", cleaned.reason.name.lower()),))
                )
    return clean, faults


def _bytes(folder: Path, picture: BankPicture) -> bytes | Fault:
    """The bytes of a picture, which has to lie in the bank's own folder, wherever links lead."""
    try:
        path = (folder / picture.file).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()):
            return Fault(picture.line, "outside")
        if path.stat().st_size > _LARGEST_PICTURE:
            return Fault(picture.line, "picture-too-large")
        return path.read_bytes()
    except (OSError, ValueError):
        return Fault(picture.line, "no-picture", (("file", picture.file),))


async def export_bank(config: Config, secrets: Secrets, path: Path, name: str | None) -> int | list[str]:
    """Write a bank out, its pictures beside it; returns how many questions, or the banks there are to choose from."""
    database = await _open(config, secrets)
    try:
        names = await database.run(bank_rows.banks)
        chosen = name if name is not None else names[0] if len(names) == 1 else None
        if chosen not in names:
            return names
        found, pictures = await database.run(_read_out, chosen)
    finally:
        await database.close()
    await asyncio.to_thread(_write, path, str(chosen), found, pictures)
    return len(found)


def _read_out(tx: Transaction, name: str) -> tuple[list[Question], dict[int, list[Row]]]:
    found = bank_rows.of_bank(tx, name)
    return found, {question.id: bank_rows.pictures_of(tx, question.id) for question in found}


def _write(path: Path, name: str, found: Sequence[Question], pictures: dict[int, list[Row]]) -> None:
    entries = []
    for question in found:
        shown = []
        for number, row in enumerate(pictures[question.id], start=1):
            file = f"{(question.bank_key or '').partition('/')[2]}-{number}.{row['extension']}"
            (path.parent / file).write_bytes(row["data"])
            shown.append({"file": file, "words": row["words"]})
        entries.append(dict(_fields(question, shown)))
    language = next((question.language for question in found if question.language), "fr")
    content = {"bank": name, "language": language, "questions": entries}
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(text, encoding="utf-8")


def _fields(question: Question, pictures: list[dict[str, str]]) -> Iterator[tuple[str, object]]:
    """A question as its file has it; what is empty is left out."""
    yield "id", (question.bank_key or "").partition("/")[2]
    yield "kind", str(question.kind)
    if question.tags:
        yield "tags", list(question.tags)
    yield "stem", question.stem
    if pictures:
        yield "pictures", pictures
    if question.kind is QuestionKind.FREE:
        yield "accepted", [option.text for option in question.options]
    else:
        yield (
            "choices",
            [
                {"text": option.text}
                | ({"right": True} if option.is_right else {})
                | ({"why": option.why} if option.why else {})
                for option in question.options
            ],
        )
    if question.explanation:
        yield "explanation", question.explanation
    yield "references", list(question.references)


async def _open(config: Config, secrets: Secrets) -> Database:
    path = database_path(config)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    return await open_beside(config, secrets)
