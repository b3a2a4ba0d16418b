"""What is erased of a case that is taken back: every word, picture and vote; its number, kind and counts stay."""

from doctocbot.store import Transaction, tidying


def erase(tx: Transaction, case_id: int) -> None:
    """Erase the words, opinions and pictures of a case; its number, state and counts stay."""
    for statement in _ERASE:
        tx.execute(statement, id=case_id)
    tidying.words_went(tx)


_OF_CASE = "(SELECT id FROM opinion WHERE case_id = :id)"
_NO_BYTES = "data = NULL, file = NULL, thumbnail_data = NULL, thumbnail_file = NULL"
# Those of the case, and those that a colleague put into its thread.
_PICTURES = "(case_id = :id OR posted_key IN (SELECT key FROM outbox WHERE outbox.case_id = :id))"
_OTHERS = (
    "(SELECT question.id FROM question JOIN medical_case AS other ON other.id = question.case_id"
    " WHERE other.id != :id AND other.room_id = (SELECT room_id FROM medical_case WHERE id = :id)"
    " AND instr(own_words, 'choices') = 0)"
)
_ERASE = (
    # Questions about other cases have borrowed wrong answers from this one; they choose anew whenever they are asked.
    f"DELETE FROM question_choice WHERE NOT is_right AND question_id IN {_OTHERS}",  # noqa: S608 (fixed text)
    "DELETE FROM quiz_choice WHERE NOT is_right AND quiz_id IN"  # noqa: S608 (fixed text)
    f" (SELECT id FROM quiz WHERE ended_at IS NOT NULL AND question_id IN {_OTHERS})",
    f"DELETE FROM vote WHERE opinion_id IN {_OF_CASE}",  # noqa: S608 (fixed text)
    "DELETE FROM reference WHERE case_id = :id",
    f"DELETE FROM proposal WHERE opinion_id IN {_OF_CASE}",  # noqa: S608 (fixed text)
    "DELETE FROM opinion WHERE case_id = :id",
    "DELETE FROM followup WHERE case_id = :id",
    "DELETE FROM student_opinion WHERE case_id = :id",
    "UPDATE answer SET text = NULL WHERE case_id = :id",
    f"UPDATE attachment SET {_NO_BYTES} WHERE id IN (SELECT attachment_id FROM picture WHERE {_PICTURES})",  # noqa: S608
    f"UPDATE picture SET caption = NULL, dropped = 1 WHERE {_PICTURES}",  # noqa: S608 (fixed text)
    "UPDATE addition SET text = '' WHERE case_id = :id",
    "DELETE FROM case_pull WHERE case_id = :id AND waits",
    "DELETE FROM case_said WHERE case_id = :id",
    "DELETE FROM asked_for WHERE case_id = :id",
    # With all that was asked, answered and learnt by it.
    "DELETE FROM question WHERE case_id = :id",
    "UPDATE medical_case SET state = 'pulled', text = NULL, tags = '', outcome = NULL, certainty = NULL,"
    " quiz_allowed = 0 WHERE id = :id",
)
