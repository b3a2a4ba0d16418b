"""Questions of banks as rows: taken in whole, in one transaction, and written out as they came."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from doctocbot.cases.pictures import keep_attachment
from doctocbot.images import CleanImage
from doctocbot.quiz import questions
from doctocbot.quiz.bank import BankQuestion
from doctocbot.quiz.model import Question
from doctocbot.store import Row, Transaction, tidying


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import has changed: numbers of questions."""

    new: int = 0
    changed: int = 0
    same: int = 0
    removed: int = 0


def take_in(
    tx: Transaction,
    bank: str,
    found: Sequence[BankQuestion],
    pictures: Mapping[str, CleanImage],
    now: int,
    *,
    remove_missing: bool,
) -> Taken:
    """Keep the questions of a bank; `pictures` are the clean ones, by the names of their files.

    What has not changed is not touched. Questions keep their ids, and what people have learnt by them.
    """
    taken = Taken()
    for each in found:
        before = questions.of_bank(tx, each.key)
        question = _question(each)
        same_words = before is not None and replace(before, id=0) == question
        if same_words and before is not None and _pictures_same(tx, before.id, each, pictures):
            taken = replace(taken, same=taken.same + 1)
            continue
        kept = questions.keep(tx, question, now)
        _keep_pictures(tx, kept.id, each, pictures)
        taken = replace(taken, new=taken.new + (before is None), changed=taken.changed + (before is not None))
    if remove_missing:
        taken = replace(taken, removed=_remove(tx, bank, {each.key for each in found}))
    return taken


def _question(each: BankQuestion) -> Question:
    return Question(
        id=0,
        kind=each.kind,
        stem=each.stem,
        options=each.options,
        explanation=each.explanation,
        bank_key=each.key,
        language=each.language,
        tags=each.tags,
        references=each.references,
    )


def pictures_of(tx: Transaction, question_id: int) -> list[Row]:
    """The pictures of a question of a bank, with their bytes and words, in order."""
    return tx.rows(
        "SELECT words, data, extension, attachment_id FROM question_picture"
        " JOIN attachment ON attachment.id = attachment_id WHERE question_id = :id ORDER BY place",
        id=question_id,
    )


def _pictures_same(
    tx: Transaction, question_id: int, each: BankQuestion, pictures: Mapping[str, CleanImage]
) -> bool:
    before = [(row["words"], row["data"]) for row in pictures_of(tx, question_id)]
    return before == [(picture.words, pictures[picture.file].data) for picture in each.pictures]


def _keep_pictures(
    tx: Transaction, question_id: int, each: BankQuestion, pictures: Mapping[str, CleanImage]
) -> None:
    _forget_pictures(tx, question_id)
    for place, picture in enumerate(each.pictures):
        tx.execute(
            "INSERT INTO question_picture (question_id, place, attachment_id, words)"
            " VALUES (:id, :place, :attachment, :words)",
            id=question_id,
            place=place,
            # The bytes stay, to be written out again.
            attachment=keep_attachment(tx, pictures[picture.file], kept=True),
            words=picture.words,
        )


def _forget_pictures(tx: Transaction, question_id: int) -> None:
    """Let go of a question's pictures; their bytes go, the row stays for what was sent with it."""
    tx.execute(
        "UPDATE attachment SET data = NULL, thumbnail_data = NULL WHERE id IN"
        " (SELECT attachment_id FROM question_picture WHERE question_id = :id)",
        id=question_id,
    )
    tx.execute("DELETE FROM question_picture WHERE question_id = :id", id=question_id)


def _remove(tx: Transaction, bank: str, keys: set[str]) -> int:
    """Remove the questions of a bank that its file has no more, with what people have learnt by them."""
    rows = tx.rows(
        "SELECT id FROM question WHERE substr(bank_key, 1, length(:bank) + 1) = :bank || '/'"
        " AND bank_key NOT IN (SELECT value FROM json_each(:keys))",
        bank=bank,
        keys=json.dumps(sorted(keys)),
    )
    for row in rows:
        _forget_pictures(tx, row["id"])
        tx.execute("DELETE FROM question WHERE id = :id", id=row["id"])
    if rows:
        tidying.words_went(tx)
    return len(rows)


def banks(tx: Transaction) -> list[str]:
    """The names of the banks that there are."""
    rows = tx.rows(
        "SELECT DISTINCT substr(bank_key, 1, instr(bank_key, '/') - 1) AS name FROM question"
        " WHERE bank_key IS NOT NULL ORDER BY name"
    )
    return [row["name"] for row in rows]


def of_bank(tx: Transaction, bank: str) -> list[Question]:
    """The questions of a bank, in the order in which they came."""
    rows = tx.rows(
        "SELECT bank_key FROM question WHERE substr(bank_key, 1, length(:bank) + 1) = :bank || '/' ORDER BY id",
        bank=bank,
    )
    found = (questions.of_bank(tx, row["bank_key"]) for row in rows)
    return [question for question in found if question is not None]
