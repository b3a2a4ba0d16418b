"""Lists of a room's cases, each with a link to its card."""

from collections.abc import Callable

from doctocbot.cases import opinions, queries
from doctocbot.cases.card import headline
from doctocbot.cases.model import Case, CaseState
from doctocbot.chat.parsing import fold
from doctocbot.chat.rendering import Document, Link, Span
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import event_link

_MOST = 20

_FILTERS = {
    "open": "open", "ouvert": "open", "ouverts": "open",
    "unanswered": "unanswered", "sans reponse": "unanswered", "sansreponse": "unanswered",
    "mine": "mine", "miens": "mine", "les miens": "mine", "mes cas": "mine",
    "closed": "closed", "clos": "closed",
}  # fmt: skip


def list_cases(c: Conversation, words: str) -> None:
    """Answer with the cases of this room that the words ask for: open, unanswered, mine, closed, a tag, or all."""
    asked = fold(words).lstrip("#")
    name = _FILTERS.get(asked, "tag" if asked else "open")
    chosen = [case for case in queries.cases_of_room(c.tx, c.event.room_id) if _filter(c, name, asked)(case)]
    if not chosen:
        c.tell(f"cases.none.{name}", tag=f"#{asked[:40]}")
        return
    document = Document().line(
        *c.wording.spans(f"cases.title.{name}", tag=f"#{asked[:40]}", n=str(len(chosen)))
    )
    document.items(case_line(c, case) for case in chosen[:_MOST])
    if len(chosen) > _MOST:
        document.line(*c.wording.spans("cases.more", n=str(len(chosen) - _MOST)))
    c.reply(document, quiet=False)


def case_line(c: Conversation, case: Case) -> tuple[Span, ...]:
    """One case in a list: its headline as a link to its card, and how often it was answered."""
    answers = opinions.answers(c.tx, case.id)
    state = (
        c.wording.count("card.answers", answers.count) if answers.count else c.wording.say("card.unanswered")
    )
    return (case_link(c, case), f" — {state}")


def case_link(c: Conversation, case: Case) -> Span:
    """The case's headline, leading to its card once that is sent."""
    event_id = c.outbox.event_id(c.tx, case.card_key)
    text = headline(case, c.wording)
    return Link(text, event_link(case.room_id, event_id)) if event_id else text


def _filter(c: Conversation, name: str, tag: str) -> Callable[[Case], bool]:
    match name:
        case "open":
            return lambda case: case.state is CaseState.OPEN
        case "closed":
            return lambda case: case.state is CaseState.CLOSED
        case "mine":
            return lambda case: case.author == c.sender
        case "unanswered":
            return lambda case: case.state is CaseState.OPEN and not opinions.answers(c.tx, case.id).count
        case _:
            return lambda case: tag in {fold(each) for each in case.tags}
