"""Lists of cases, each with a link to its card: of a room, or in a direct chat of the rooms where the person is."""

import json
import re
from collections.abc import Iterable

from doctocbot.cases import opinions, queries, scope, waiting
from doctocbot.cases.card import headline
from doctocbot.cases.model import Case
from doctocbot.cases.preview import room_name
from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document, Link, Span, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outgoing, RoomState
from doctocbot.rooms.specialties import canonical, is_specialty

_MOST = 20

_NAMES = {
    "open": ("open", "ouvert", "ouverte", "en cours"),
    "unanswered": (
        "unanswered",
        "sans réponse",
        "sansréponse",
        "non répondu",
        "non répondue",
        "pas de réponse",
    ),
    "mine": ("mine", "my cases", "miens", "les miens", "mes cas"),
    "closed": ("closed", "clos", "close", "fermé", "fermée"),
    "all": ("all", "all cases", "tous", "tout", "toutes", "tous les cas"),
}


def _bare(words: str) -> str:
    """Words as the name of a list: without case, accents, hyphens and the plural's s."""
    return " ".join(word.removesuffix("s") for word in re.split(r"[\W_]+", fold(words)) if word)


_FILTERS = {_bare(name): wanted for wanted, names in _NAMES.items() for name in names}


def list_cases(c: Conversation, words: str) -> None:
    """Answer with the cases that the words ask for, newest first: open, unanswered, mine, closed, all, or a tag.

    A specialty is found by any of its names.
    """
    asked = canonical(words)
    name = _FILTERS.get(_bare(words), "tag" if asked else "open")
    rooms = scope.rooms(c)
    numbers = _chosen(c, rooms, name, asked)
    if not numbers:
        c.tell("cases.none-in-private" if scope.is_private(c) else f"cases.none.{name}")
        return
    shown = queries.cases_numbered(c.tx, numbers[:_MOST])
    tag = c.wording.say(f"specialty.{asked}") if is_specialty(asked) else f"#{asked}"
    title = c.wording.spans(f"cases.title.{name}", tag=tag, n=str(len(numbers)))
    document = by_room(c, Document().line(*title), shown, rooms)
    if len(numbers) > _MOST:
        document.line(*c.wording.spans("cases.more", n=str(len(numbers) - _MOST)))
    answer(c, document, [case.id for case in shown])


def answer(c: Conversation, document: Document, numbers: Iterable[int], *, purpose: str = "reply") -> None:
    """Answer with a document that names cases: it goes when the tags of one are corrected (`quotations`)."""
    message = Outgoing(
        key=f"{c.cause}:{purpose}",
        room_id=c.event.room_id,
        content=document.content(),
        thread=c.event.thread_root,
        reply_to=c.event.event_id,
        quotes=True,
        shows=tuple(numbers),
    )
    c.send([message])


def by_room(c: Conversation, document: Document, cases: list[Case], rooms: list[RoomState]) -> Document:
    """Add cases to a document, under the names of their rooms where there are several."""
    for room in rooms:
        own = [case for case in cases if case.room_id == room.room_id]
        if own and len(rooms) > 1:
            document.line(Strong(room_name(room)))
        document.items(case_line(c, case) for case in own)
    return document


def case_line(c: Conversation, case: Case) -> tuple[Span, ...]:
    """One case in a list: its headline as a link to its card, and how often it was answered."""
    answers = opinions.answers(c.tx, case.id)
    if not answers.count:
        state = c.wording.say("card.unanswered")
    elif waiting.is_waiting(c.tx, case.id):
        state = c.wording.say("cases.waiting")
    else:
        state = c.wording.count("card.answers", answers.count)
    return (case_link(c, case), f" — {state}")


def case_link(c: Conversation, case: Case) -> Span:
    """The case's headline, leading to its card once that is sent."""
    address = c.outbox.address(c.tx, case.card_key)
    text = headline(case, c.wording)
    return Link(text, address) if address else text


def _chosen(c: Conversation, rooms: list[RoomState], name: str, tag: str) -> list[int]:
    """The numbers of the cases of these rooms that a list is about, newest first."""
    rows = c.tx.rows(
        f"{_LISTED} AND {_WANTED[name]} ORDER BY id DESC",
        rooms=json.dumps([room.room_id for room in rooms]),
        me=c.sender,
        private=scope.is_private(c),
    )
    if name == "tag":
        rows = [row for row in rows if tag in map(canonical, row["tags"].split())]
    elif name == "unanswered":
        rows = [row for row in rows if not row["claimed"] or waiting.is_waiting(c.tx, row["id"])]
    return [row["id"] for row in rows]


_ANSWERED = "EXISTS (SELECT 1 FROM answer WHERE case_id = medical_case.id)"
_LISTED = (
    f"SELECT id, tags, waiting > 0 AND {_ANSWERED} AS claimed FROM medical_case"  # noqa: S608 (fixed text)
    " WHERE room_id IN (SELECT value FROM json_each(:rooms)) AND state IN ('open', 'closed') AND NOT hidden"
)
_WANTED = {
    "open": "state = 'open'",
    "closed": "state = 'closed'",
    "all": "TRUE",
    # Where others hear it, nothing tells whose an anonymous case is.
    "mine": "author = :me AND (:private OR NOT anonymous)",
    "unanswered": f"state = 'open' AND (waiting > 0 OR NOT {_ANSWERED})",
    "tag": "tags != ''",
}
