"""What somebody reviews in private, as rows: their cards, what they answered, and the question that they stand at."""

from dataclasses import dataclass

from doctocbot.quiz.scheduling import Grade, Memory, reviewed
from doctocbot.store import Row, Transaction


@dataclass(frozen=True, slots=True)
class Session:
    """The question at which somebody stands, in their chat `chat_id`; `tag` is what they wish to learn about.

    `question_id` is None once the question was taken back. `key` begins the outbox keys of its messages, `seed` orders
    its choices, `shown` is the digest of them as they were shown; `done` counts the questions before it. `answered_at`
    (ms since 1970) is when it was answered right, as long as the person has not said how it was.
    """

    user: str
    chat_id: str
    tag: str
    question_id: int | None
    key: str
    seed: str
    shown: str
    done: int = 0
    answered_at: int | None = None

    @property
    def stem_key(self) -> str:
        """The outbox key of the question in words."""
        return f"{self.key}stem"

    @property
    def told_key(self) -> str:
        """The outbox key of what is told to a right answer, under which the grades stand."""
        return f"{self.key}told"


def session(tx: Transaction, user: str) -> Session | None:
    """The question at which somebody stands."""
    row = tx.row("SELECT * FROM review_session WHERE user_id = :user", user=user)
    return _session(row) if row else None


def orphaned(tx: Transaction) -> list[Session]:
    """The sessions whose question was taken back."""
    rows = tx.rows("SELECT * FROM review_session WHERE question_id IS NULL ORDER BY user_id")
    return [_session(row) for row in rows]


def begin(tx: Transaction, at: Session) -> None:
    """Keep the question at which somebody stands now, in the place of the one before."""
    tx.execute(
        "INSERT OR REPLACE INTO review_session (user_id, chat_id, tag, question_id, key, seed, shown, done)"
        " VALUES (:user, :chat, :tag, :question, :key, :seed, :shown, :done)",
        user=at.user,
        chat=at.chat_id,
        tag=at.tag,
        question=at.question_id,
        key=at.key,
        seed=at.seed,
        shown=at.shown,
        done=at.done,
    )


def answered_right(tx: Transaction, user: str, now: int) -> None:
    """Keep that the question was answered right; how it was is still to be said."""
    tx.execute("UPDATE review_session SET answered_at = :now WHERE user_id = :user", now=now, user=user)


def end(tx: Transaction, user: str) -> None:
    """Somebody stands at no question any more."""
    tx.execute("DELETE FROM review_session WHERE user_id = :user", user=user)


def review(tx: Transaction, user: str, question_id: int, grade: Grade, at: int, *, right: bool) -> Memory:
    """Keep a review that happened at a time (ms since 1970), and when the question comes back."""
    card = tx.value(
        "SELECT card FROM review_card WHERE user_id = :user AND question_id = :question",
        user=user,
        question=question_id,
    )
    after = reviewed(card, grade, at)
    tx.execute(
        "INSERT INTO review_card (user_id, question_id, card, due_at, begun_at)"
        " VALUES (:user, :question, :card, :due, :at) ON CONFLICT (user_id, question_id) DO UPDATE"
        " SET card = excluded.card, due_at = excluded.due_at",
        user=user,
        question=question_id,
        card=after.card,
        due=after.due_at,
        at=at,
    )
    tx.execute(
        "INSERT INTO review (user_id, question_id, at, is_right, rating, was_new)"
        " VALUES (:user, :question, :at, :right, :rating, :new)",
        user=user,
        question=question_id,
        at=at,
        right=right,
        rating=grade,
        new=card is None,
    )
    return after


def begun_since(tx: Transaction, user: str, since: int) -> int:
    """How many questions were new to somebody since a time (ms since 1970)."""
    return int(tx.value(_BEGUN, user=user, since=since))


_BEGUN = "SELECT count(*) FROM review_card WHERE user_id = :user AND begun_at >= :since"


def _session(row: Row) -> Session:
    return Session(
        user=row["user_id"],
        chat_id=row["chat_id"],
        tag=row["tag"],
        question_id=row["question_id"],
        key=row["key"],
        seed=row["seed"],
        shown=row["shown"],
        done=row["done"],
        answered_at=row["answered_at"],
    )
