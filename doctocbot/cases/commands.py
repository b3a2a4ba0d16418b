"""What people type about cases. Each command is a plain function of the conversation and the words after its name."""

from doctocbot.cases import calls, desk, pictures, queries, withdrawal
from doctocbot.cases.find import find
from doctocbot.cases.lists import list_cases
from doctocbot.cases.model import CaseState, Kind, outcome_and_certainty
from doctocbot.cases.screening import identifiers_in
from doctocbot.cases.summary import summarise
from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import leading_count
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.rooms.policy import Act

_LONGEST_OUTCOME = 300


def case(c: Conversation, words: str) -> None:
    """Open a case; without words, list the open ones."""
    if not words:
        list_cases(c, "open")
        return
    opened = desk.ask_in_room(c, words)
    calls.warn_of_emergency(c, opened)
    pictures.adopt_loose(c, opened)


def close(c: Conversation, words: str) -> None:
    """Close a case with its outcome, and where that is sure ask its author whether a quiz may be made of it."""
    case, rest = desk.named_case(c, words)
    desk.require(c, Act.CLOSE_CASE, case)
    desk.open_or_refuse(case)
    certainty, outcome = outcome_and_certainty(rest)
    if not outcome:
        raise Refusal("close.no-outcome", number=f"#{case.id}")
    if len(outcome) > _LONGEST_OUTCOME or "\n" in outcome:
        raise Refusal("close.too-long", most=str(_LONGEST_OUTCOME))
    if identifiers_in(outcome):
        raise Refusal("close.identifiers", number=f"#{case.id}")
    if certainty is None and case.kind is Kind.DIAGNOSIS:
        raise Refusal("close.how-certain", number=f"#{case.id}")
    queries.note_said(c.tx, case.id, c.event.event_id, c.cause)
    queries.close(c.tx, case.id, outcome, certainty, c.now, closing=c.event.event_id, words=c.cause)
    there = c.at(case.room_id)
    desk.refresh_card(there, case.id)
    if certainty is not None and certainty.can_teach:
        question = Document().line(*there.wording.spans("close.quiz", number=f"#{case.id}"))
        desk.in_thread(there, case, "quiz-consent", question.content())
    if c.event.room_id != case.room_id:
        c.tell("close.done", number=f"#{case.id}")


def reopen(c: Conversation, words: str) -> None:
    """Open a closed case again."""
    case, _ = desk.named_case(c, words)
    desk.require(c, Act.CLOSE_CASE, case)
    if case.state is not CaseState.CLOSED:
        raise Refusal("reopen.open", number=f"#{case.id}")
    desk.undo_closing(c.at(case.room_id), case)
    if c.event.room_id != case.room_id:
        c.tell("reopen.done", number=f"#{case.id}")


def drop(c: Conversation, words: str) -> None:
    """Take a picture out of a case."""
    case, rest = desk.named_case(c, words)
    desk.require(c, Act.DROP_PICTURE, case)
    number, _ = leading_count(rest)
    if number is None or not pictures.drop(c, case, number):
        raise Refusal("drop.which", number=f"#{case.id}")


def cases(c: Conversation, words: str) -> None:
    """List cases of the room."""
    list_cases(c, words)


def summary(c: Conversation, words: str) -> None:
    """Sum up one case, or a period."""
    summarise(c, words)


def pull(c: Conversation, words: str) -> None:
    """Take a case back at once: pictures, text and all that was said of it."""
    case, _ = desk.named_case(c, words)
    if not withdrawal.pull(c, case):
        # No Refusal, which would undo that it waits.
        c.tell("pull.waits-for-moderator", number=f"#{case.id}")
    elif c.event.room_id != case.room_id:
        c.tell("pull.line", number=f"#{case.id}")


IN_ROOMS = (Command(("case", "cas"), case), Command(("drop", "jeter"), drop))
"""What is another thing in a direct chat, where it is about the draft."""

ANYWHERE = (
    Command(("close", "clore"), close),
    Command(("reopen", "rouvrir"), reopen),
    Command(("pull", "retirer"), pull),
    Command(("cases", "lescas"), cases),
    Command(("summary", "résumé"), summary),
    Command(("find", "chercher"), find),
)
"""What is said in the room, or in private about a case that is named."""
