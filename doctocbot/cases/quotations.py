"""What the bot has said that repeats a case, and when it has to go: a name may have stood in the words.

Messages quote in two ways. Cards, summaries and questions repeat the words of the case that they are about. Lists,
finds and digests name the cases that they *show* by number, kind, tags and outcome, and no other word of them: they
stay when the words around these are corrected. A moderator's export holds all words of all cases of a room, a
learner's log the right answers of their questions.
"""

from doctocbot.chat.replies import Conversation


def take_back_words(c: Conversation, case_id: int, *, questions: bool = True) -> None:
    """Redact what repeats the words of a case, or what was answered to it; `questions` about it, or all but these."""
    _take_back(c, case_id, _WORDS if questions else _WORDS_BUT_QUESTIONS)


def take_back_logs(c: Conversation, case_id: int) -> None:
    """Redact what lists the case's outcome among what somebody has learnt."""
    _take_back(c, case_id, _LOGS)


def take_back_outcome(c: Conversation, case_id: int) -> None:
    """Redact what names a case with its outcome: finds, and what is said under a case that is like it."""
    _take_back(c, case_id, _WITH_OUTCOME)


def take_back_tags(c: Conversation, case_id: int) -> None:
    """Redact what names a case with its tags, which are words of its author's."""
    _take_back(c, case_id, _NAMED)


def take_back_files(c: Conversation, case_id: int) -> None:
    """Redact the files that hold all that was said to a case, since some of it had to go."""
    _take_back(c, case_id, _FILES)


def _take_back(c: Conversation, case_id: int, statement: str) -> None:
    chosen = {row["seq"] for row in c.tx.rows(statement, case_id=case_id)}
    for row in c.outbox.sent_for_case(c.tx, case_id, quoting=True):
        if row["seq"] in chosen:
            c.outbox.take_back(c.tx, row)


EXPORTED = ":export"
"""How the key of a file ends that holds all words of a room's cases."""
LOGGED = ":log:"
"""What the key of a file holds that lists what somebody has learnt, before the kind of file."""

_FILES = (
    "SELECT outbox.seq FROM outbox_shows JOIN outbox ON outbox.seq = outbox_shows.seq"
    " WHERE outbox_shows.case_id = :case_id AND key LIKE '%:export'"
)
_NAMED = "SELECT seq FROM outbox_shows WHERE case_id = :case_id"
_WITH_OUTCOME = (
    "SELECT outbox.seq FROM outbox_shows JOIN outbox ON outbox.seq = outbox_shows.seq"
    " WHERE outbox_shows.case_id = :case_id"
    " AND (key LIKE '%:found' OR key LIKE 'case:%:similar:%' OR key LIKE '%:log:%')"
)
_LOGS = (
    "SELECT outbox.seq FROM outbox_shows JOIN outbox ON outbox.seq = outbox_shows.seq"
    " WHERE outbox_shows.case_id = :case_id AND key LIKE '%:log:%'"
)
_ABOUT = (
    "SELECT seq FROM outbox WHERE case_id = :case_id"
    " AND NOT EXISTS (SELECT 1 FROM outbox_shows WHERE outbox_shows.seq = outbox.seq)"
)
_WORDS = f"{_FILES} UNION {_LOGS} UNION {_ABOUT}"
_WORDS_BUT_QUESTIONS = f"{_FILES} UNION {_ABOUT} AND key NOT LIKE 'quiz:%' AND key NOT LIKE 'question:%'"
