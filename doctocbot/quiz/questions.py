"""Questions as rows: those made from cases and those of banks."""

from collections.abc import Iterable

from doctocbot.quiz.model import Option, Part, Question, QuestionKind
from doctocbot.store import Row, Transaction, tidying


def by_id(tx: Transaction, question_id: int) -> Question | None:
    """The question with this id."""
    row = tx.row("SELECT * FROM question WHERE id = :id", id=question_id)
    return _question(tx, row) if row else None


def of_case(tx: Transaction, case_id: int) -> Question | None:
    """The question that was made from a case, as it stands now."""
    row = tx.row("SELECT * FROM question WHERE case_id = :case", case=case_id)
    return _question(tx, row) if row else None


def of_bank(tx: Transaction, bank_key: str) -> Question | None:
    """The question of a bank under this key."""
    row = tx.row("SELECT * FROM question WHERE bank_key = :key", key=bank_key)
    return _question(tx, row) if row else None


def keep(tx: Transaction, question: Question, now: int) -> Question:
    """Keep a question as it is now, with the id that it gets; one of the same case or bank's key keeps its own."""
    before = (
        of_case(tx, question.case_id)
        if question.case_id is not None
        else of_bank(tx, question.bank_key or "")
    )
    question_id = before.id if before is not None else _insert(tx, question, now)
    tx.execute(
        "UPDATE question SET kind = :kind, stem = :stem, explanation = :explanation, own_words = :own, tags = :tags,"
        " language = :language WHERE id = :id",
        kind=question.kind,
        stem=question.stem,
        explanation=question.explanation,
        own=" ".join(sorted(question.own)),
        tags=" ".join(question.tags),
        language=question.language,
        id=question_id,
    )
    tx.execute("DELETE FROM question_choice WHERE question_id = :id", id=question_id)
    for place, option in enumerate(question.options):
        tx.execute(
            "INSERT INTO question_choice (question_id, place, text, is_right, why)"
            " VALUES (:id, :place, :text, :right, :why)",
            id=question_id,
            place=place,
            text=option.text,
            right=option.is_right,
            why=option.why,
        )
    _keep_references(tx, question_id, question.references)
    found = by_id(tx, question_id)
    assert found is not None  # noqa: S101 (just written)
    return found


def forget_of_case(tx: Transaction, case_id: int) -> None:
    """Erase the question made from a case, with all that people have answered to it and learnt by it."""
    if tx.execute("DELETE FROM question WHERE case_id = :case", case=case_id):
        tidying.words_went(tx)


def words_of_case(tx: Transaction, case_id: int) -> list[str]:
    """All words that the question of a case holds now, and that were choices when it was asked."""
    return [row["words"] for row in tx.rows(_WORDS, case=case_id)]


_WORDS = (
    "WITH ours AS (SELECT id FROM question WHERE case_id = :case),"
    " asked AS (SELECT quiz.id FROM quiz JOIN ours ON ours.id = question_id)"
    " SELECT text AS words FROM question_choice WHERE question_id IN ours"
    " UNION SELECT why FROM question_choice WHERE question_id IN ours"
    " UNION SELECT address FROM question_reference WHERE question_id IN ours"
    " UNION SELECT text FROM quiz_choice WHERE quiz_id IN asked"
    " UNION SELECT why FROM quiz_choice WHERE quiz_id IN asked"
)


def blank(tx: Transaction, case_id: int) -> None:
    """Erase the words of the question of a case, which is made anew when it is asked again."""
    for statement in _BLANK:
        tx.execute(statement, case=case_id)


_BLANK = (
    "DELETE FROM question_choice WHERE question_id IN (SELECT id FROM question WHERE case_id = :case)",
    "DELETE FROM question_reference WHERE question_id IN (SELECT id FROM question WHERE case_id = :case)",
    "UPDATE question SET stem = '', explanation = '', own_words = '' WHERE case_id = :case",
)


def _insert(tx: Transaction, question: Question, now: int) -> int:
    return tx.insert(
        "INSERT INTO question (case_id, bank_key, kind, stem, made_at) VALUES (:case, :key, :kind, '', :now)",
        case=question.case_id,
        key=question.bank_key,
        kind=question.kind,
        now=now,
    )


def _keep_references(tx: Transaction, question_id: int, addresses: Iterable[str]) -> None:
    tx.execute("DELETE FROM question_reference WHERE question_id = :id", id=question_id)
    for place, address in enumerate(addresses):
        tx.execute(
            "INSERT INTO question_reference (question_id, place, address) VALUES (:id, :place, :address)",
            id=question_id,
            place=place,
            address=address,
        )


def _question(tx: Transaction, row: Row) -> Question:
    options = tuple(
        Option(each["text"], bool(each["is_right"]), each["why"])
        for each in tx.rows(
            "SELECT * FROM question_choice WHERE question_id = :id ORDER BY place", id=row["id"]
        )
    )
    references = tuple(
        each["address"]
        for each in tx.rows(
            "SELECT address FROM question_reference WHERE question_id = :id ORDER BY place", id=row["id"]
        )
    )
    return Question(
        id=row["id"],
        kind=QuestionKind(row["kind"]),
        stem=row["stem"],
        options=options,
        explanation=row["explanation"],
        case_id=row["case_id"],
        bank_key=row["bank_key"],
        language=row["language"],
        tags=tuple(row["tags"].split()),
        references=references,
        own=frozenset(Part(part) for part in row["own_words"].split()),
    )
