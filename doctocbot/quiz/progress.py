"""How far somebody is with what they review, in numbers, as a small picture with words for those who cannot see it.

due        questions that are to be reviewed now
learnt     questions past their first short steps, which come back after a day or more (state 2 of the card)
retention  of the reviews of the last 30 days of questions that were not new then, the share that was right
"""

from dataclasses import dataclass

from doctocbot.cases import pictures
from doctocbot.cases.chart import Panel, draw
from doctocbot.cases.period import spelled
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.images import CleanImage, Outcome, Removals
from doctocbot.matrix import Outgoing
from doctocbot.rooms import direct

_DAY_MS = 24 * 3600 * 1000
_WINDOW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of one person's questions, and of their reviews of the last 30 days of questions not new then."""

    met: int
    due: int
    learnt: int
    reviews: int
    right: int

    @property
    def retention(self) -> int | None:
        """The share of right reviews in per cent; None where there was no review that counts."""
        return round(100 * self.right / self.reviews) if self.reviews else None


def of(c: Conversation) -> Progress:
    """How far the person is who speaks."""
    cards = c.tx.row(_CARDS, user=c.sender, now=c.now)
    reviews = c.tx.row(_REVIEWS, user=c.sender, since=c.now - _WINDOW_DAYS * _DAY_MS)
    assert cards is not None  # noqa: S101 (counts are always a row)
    assert reviews is not None  # noqa: S101
    return Progress(cards["met"], cards["due"], cards["learnt"], reviews["n"], reviews["right"])


_CARDS = (
    "SELECT count(*) AS met, count(*) FILTER (WHERE due_at <= :now) AS due,"
    " count(*) FILTER (WHERE json_extract(card, '$.state') = 2) AS learnt FROM review_card WHERE user_id = :user"
)
_REVIEWS = (
    "SELECT count(*) AS n, coalesce(sum(is_right), 0) AS right FROM review"
    " WHERE user_id = :user AND NOT was_new AND at >= :since"
)


def show(c: Conversation) -> None:
    """`!quiz me progress`: the picture, for somebody who has reviewed something."""
    if of(c).met == 0:
        raise Refusal("quiz.review-nothing-yet")
    send(c)


def send(c: Conversation) -> None:
    """Send the picture of the person's progress in their chat; nothing where they have reviewed nothing."""
    counted = of(c)
    if counted.met == 0:
        return
    direct.note_private(c.tx, c.event.room_id)
    data, (width, height) = draw(panels(c, counted))
    # Nothing of a person's went in: there is nothing to clean.
    drawn = CleanImage(data, "image/png", "png", width, height, Outcome.LOSSLESS, Removals())
    c.send(
        [
            Outgoing(
                key=f"{c.cause}:progress",
                room_id=c.event.room_id,
                content={
                    "body": in_words(c, counted),
                    "filename": f"{c.wording.say('progress.file')}.png",
                    "m.mentions": {},
                },
                attachment_id=pictures.keep_attachment(c.tx, drawn),
            )
        ]
    )


def panels(c: Conversation, counted: Progress) -> tuple[Panel, ...]:
    """What is drawn: the questions by how well they are known and, where there is one, the retention."""
    say = c.wording.say
    questions = Panel(
        say("progress.questions"),
        (
            (say("progress.due"), counted.due),
            (say("progress.in-work"), counted.met - counted.learnt),
            (say("progress.learnt"), counted.learnt),
        ),
    )
    if counted.retention is None:
        return (questions,)
    return questions, Panel(
        say("progress.retention"), ((say("progress.percent"), counted.retention),), highest=100
    )


def in_words(c: Conversation, counted: Progress) -> str:
    """The same in words, for those who cannot see the picture."""
    questions = panels(c, counted)[0]
    told = f"{questions.title}{c.wording.say('card.colon')}{spelled(questions.bars)}."
    if counted.retention is None:
        return f"{told} {c.wording.say('progress.not-yet')}"
    kept = c.wording.say("progress.kept", share=str(counted.retention), n=str(counted.reviews))
    return f"{told} {kept}"
