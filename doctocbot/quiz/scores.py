"""Who was right, shown of those alone who wish so; being wrong is shown of nobody."""

from collections.abc import Iterable

from doctocbot.chat.rendering import Document, Person
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.quiz.commands import Subcommand
from doctocbot.rooms import options
from doctocbot.rooms.admittance import takes_part
from doctocbot.rooms.concerned import rooms_around
from doctocbot.store import Transaction

_WISH = "quiz-score"
_MOST = 20


def willing(tx: Transaction, people: Iterable[str]) -> list[str]:
    """Those of these people who wish to be named when they are right."""
    return [each for each in people if tx.value(_IS_WILLING, user=each, name=_WISH)]


_IS_WILLING = "SELECT 1 FROM person_option WHERE user_id = :user AND name = :name AND value = 'on'"


def _wish(c: Conversation, words: str) -> bool:
    """Keep somebody's wish to be named or not, if the words are one."""
    value = options.on_or_off(words)
    if value is None and words:
        raise Refusal("quiz.score-what")
    if value is None:
        return False
    c.tx.execute(_KEEP, user=c.sender, name=_WISH, value=value)
    c.tell(f"quiz.score-{value}")
    return True


_KEEP = (
    "INSERT INTO person_option (user_id, name, value) VALUES (:user, :name, :value)"
    " ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value"
)


def in_room(c: Conversation, words: str) -> None:
    """`!quiz score` in a room: how often those were right there who wish to be named and take part now."""
    if _wish(c, words):
        return
    rows = c.tx.rows(_RIGHT, room=c.event.room_id, name=_WISH)
    shown = [row for row in rows if takes_part(c.tx, c.room, row["voter"])][:_MOST]
    if not shown:
        raise Refusal("quiz.score-nobody")
    document = Document().line(*c.wording.spans("quiz.score-room"))
    document.items(
        (
            Person(c.room.display_name(row["voter"]), row["voter"]),
            c.wording.say("card.colon"),
            c.wording.count("quiz.score-right", row["n"]),
        )
        for row in shown
    )
    c.reply(document)


_RIGHT = (
    "SELECT voter, count(*) AS n FROM quiz_answer JOIN quiz ON quiz.id = quiz_id"
    " JOIN person_option ON user_id = voter AND name = :name AND value = 'on'"
    " WHERE room_id = :room AND is_right AND ended_at IS NOT NULL GROUP BY voter ORDER BY n DESC, voter"
)


def in_chat(c: Conversation, words: str) -> None:
    """`!quiz score` in a direct chat: one's own answers and how many were right, room by room."""
    if _wish(c, words):
        return
    lines = []
    for room in rooms_around(c):
        row = c.tx.row(_OWN, user=c.sender, room=room.room_id)
        if row is not None and row["n"]:
            name = room.name or room.room_id
            lines.append(
                c.wording.spans("quiz.score-own", room=name, right=str(row["right"]), n=str(row["n"]))
            )
    if not lines:
        raise Refusal("quiz.score-none")
    wish = "on" if willing(c.tx, [c.sender]) else "off"
    c.reply(Document().items(lines).line(*c.wording.spans(f"quiz.score-is-{wish}")))


_OWN = (
    "SELECT count(*) AS n, coalesce(sum(is_right), 0) AS right FROM quiz_answer JOIN quiz ON quiz.id = quiz_id"
    " WHERE voter = :user AND room_id = :room AND ended_at IS NOT NULL"
)

SUBCOMMANDS = (Subcommand(("score", "score"), in_room, in_chat),)
