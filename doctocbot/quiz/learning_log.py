"""`!quiz log`: what somebody has learnt, as Markdown and CSV for a portfolio: no stem, nothing of a patient."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date

from doctocbot.cases.quotations import LOGGED
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import Outgoing
from doctocbot.quiz import progress, review_picking
from doctocbot.quiz.commands import Subcommand
from doctocbot.quiz.model import Question, QuestionKind
from doctocbot.rooms import direct
from doctocbot.store import Row

_COLUMNS = ("first", "last", "times", "right", "subject", "answer", "references")
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#"} | {"\n": " "})


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt by one question: on which days, how often, about what, and what is right, where from."""

    first: str
    last: str
    times: int
    right: int
    subject: str
    answer: str
    references: tuple[str, ...]
    case_id: int | None

    @property
    def cells(self) -> tuple[str, ...]:
        """As it stands in a line of a table."""
        return (
            self.first,
            self.last,
            str(self.times),
            str(self.right),
            self.subject,
            self.answer,
            " ".join(self.references),
        )


def log(c: Conversation, words: str) -> None:
    """`!quiz log`: send both files in the direct chat."""
    lessons = [_lesson(c, row) for row in c.tx.rows(_LEARNT, user=c.sender)]
    if not lessons:
        raise Refusal("quiz.review-nothing-yet")
    direct.note_private(c.tx, c.event.room_id)
    header = [c.wording.say(f"quiz.log-{column}") for column in _COLUMNS]
    delimiter = ";" if c.wording.language == "fr" else ","
    shows = tuple(lesson.case_id for lesson in lessons if lesson.case_id is not None)
    _send(c, "md", "text/markdown", _markdown(c, header, lessons), shows)
    _send(c, "csv", "text/csv", as_csv(header, [each.cells for each in lessons], delimiter), shows)


_LEARNT = (
    "SELECT question_id, case_id, min(at) AS first, max(at) AS last, count(*) AS times, sum(is_right) AS right,"
    " coalesce(kind_of.kind, '') AS case_kind, coalesce(kind_of.tags, question.tags) AS tags"
    " FROM review JOIN question ON question.id = question_id"
    " LEFT JOIN medical_case AS kind_of ON kind_of.id = case_id WHERE user_id = :user"
    " GROUP BY question_id ORDER BY first, question_id"
)


def _lesson(c: Conversation, row: Row) -> Lesson:
    """One question; its answer only as long as the person may be asked it."""
    question = review_picking.still_askable(c, row["question_id"])
    return Lesson(
        first=_day(c, row["first"]),
        last=_day(c, row["last"]),
        times=row["times"],
        right=row["right"],
        subject=" ".join(filter(None, (_kind(c, row["case_kind"]), row["tags"]))),
        answer=_right_words(question) if question is not None else "",
        references=question.references if question is not None else (),
        case_id=row["case_id"] if question is not None else None,
    )


def _kind(c: Conversation, kind: str) -> str:
    return c.wording.say(f"case.kind.{kind}") if kind else ""


def _right_words(question: Question) -> str:
    """The right answer; of one in free words the first that is accepted."""
    right = question.right[:1] if question.kind is QuestionKind.FREE else question.right
    return " · ".join(option.text for option in right)


def _day(c: Conversation, at: int) -> str:
    """A day as spreadsheets sort it, by the clock of the clinic."""
    return datetime.fromtimestamp(at / 1000, c.world.zone).date().isoformat()


def _markdown(c: Conversation, header: Sequence[str], lessons: Sequence[Lesson]) -> str:
    counted = progress.of(c)
    day = format_date(datetime.fromtimestamp(c.now / 1000, c.world.zone), "d MMMM yyyy", c.wording.language)
    reviews = sum(each.times for each in lessons)
    totals = c.wording.say(
        "quiz.log-totals",
        day=day,
        met=str(counted.met),
        reviews=str(reviews),
        learnt=str(counted.learnt),
    )
    lines = [
        f"# {c.wording.say('quiz.log-title')}",
        "",
        totals,
        "",
        _row(header),
        _row(["---"] * len(header)),
    ]
    lines += [_row([cell.translate(_MARKDOWN) for cell in lesson.cells]) for lesson in lessons]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """A table in which no cell can be taken for a formula by a spreadsheet (OWASP, "CSV Injection")."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return written.getvalue()


def _harmless(cell: str) -> str:
    return (
        f"'{cell}" if cell.lstrip().startswith(_BEGINS_FORMULA) or cell.startswith(_BEGINS_FORMULA) else cell
    )


def _send(c: Conversation, extension: str, mimetype: str, text: str, shows: tuple[int, ...]) -> None:
    """Send a file, whose bytes are forgotten once it has arrived."""
    # Phones and spreadsheets take a text without this mark for one of another alphabet.
    data = text.encode("utf-8-sig")
    attachment_id = c.tx.insert(
        "INSERT INTO attachment (mimetype, extension, width, height, size, data)"
        " VALUES (:mimetype, :extension, 0, 0, :size, :data)",
        mimetype=mimetype,
        extension=extension,
        size=len(data),
        data=data,
    )
    key = f"{c.cause}{LOGGED}{extension}"
    c.tx.execute(
        "INSERT INTO data_file (attachment_id, user_id, key) VALUES (:id, :user, :key)",
        id=attachment_id,
        user=c.sender,
        key=key,
    )
    name = f"{c.wording.say('quiz.log-file')}.{extension}"
    content = {"body": c.wording.say("quiz.log-here"), "filename": name, "m.mentions": {}}
    c.send(
        [
            Outgoing(
                key=key,
                room_id=c.event.room_id,
                content=content,
                attachment_id=attachment_id,
                shows=shows,
                quotes=bool(shows),
            )
        ]
    )


SUBCOMMANDS = (Subcommand(("log", "journal"), None, log),)
