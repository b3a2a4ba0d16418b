"""What people type about cases. Each command is a plain function of the conversation and the words after its name."""

from doctocbot.cases import desk, opinions, pictures, queries
from doctocbot.cases.lists import list_cases
from doctocbot.cases.model import Kind, outcome_and_certainty, references_in
from doctocbot.cases.summary import summarise
from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import leading_count
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import reaction
from doctocbot.rooms.roles import Act

_LONGEST_OUTCOME = 300


def case(c: Conversation, words: str) -> None:
    """Open a case; without words, list the open ones."""
    if not words:
        list_cases(c, "open")
        return
    pictures.adopt_loose(c, desk.open_case(c, words))


def dx(c: Conversation, words: str) -> None:
    """Propose an opinion, and place the thumbs under it so that agreeing is one tap."""
    case, text = desk.named_case(c, words)
    desk.open_or_refuse(case)
    if not text:
        raise Refusal("dx.empty")
    opinions.propose_here(c, case, text)
    for emoji in ("👍", "👎"):
        c.send([reaction(f"{c.event.event_id}:{emoji}", case.room_id, c.event.event_id, emoji, case.id)])
    desk.refresh_card(c, case.id)


def agree(c: Conversation, words: str) -> None:
    """Vote for an opinion in words."""
    _vote(c, words, agrees=True)


def oppose(c: Conversation, words: str) -> None:
    """Vote against an opinion in words, with the reason if one is given."""
    _vote(c, words, agrees=False)


def _vote(c: Conversation, words: str, *, agrees: bool) -> None:
    case, rest = desk.named_case(c, words)
    desk.open_or_refuse(case)
    number, reason = leading_count(rest)
    if number is None:
        raise Refusal("vote.which")
    opinion_id = opinions.opinion_numbered(c.tx, case.id, number)
    if opinion_id is None:
        raise Refusal("vote.unknown", number=str(number))
    opinions.add_vote(
        c.tx, opinion_id, c.event.event_id, c.sender, agrees=agrees, sent_at=c.event.sent_at, reason=reason
    )
    if reason:
        opinions.keep_answer(c, case, reason)
    desk.refresh_card(c, case.id)


def ref(c: Conversation, words: str) -> None:
    """Add a reference to one's last opinion in the case, or to the case where one has none."""
    case, rest = desk.named_case(c, words)
    if not references_in(rest):
        raise Refusal("ref.none")
    opinions.keep_references(c, case, opinions.last_proposal_of(c.tx, case.id, c.sender))
    desk.refresh_card(c, case.id)


def close(c: Conversation, words: str) -> None:
    """Close a case with its outcome, and ask its author whether a quiz may be made of it."""
    case, rest = desk.named_case(c, words)
    desk.require(c, Act.CLOSE_CASE, case)
    desk.open_or_refuse(case)
    certainty, outcome = outcome_and_certainty(rest)
    if not outcome:
        raise Refusal("close.no-outcome", number=f"#{case.id}")
    if len(outcome) > _LONGEST_OUTCOME or "\n" in outcome:
        raise Refusal("close.too-long", most=str(_LONGEST_OUTCOME))
    if certainty is None and case.kind is Kind.DIAGNOSIS:
        raise Refusal("close.how-certain", number=f"#{case.id}")
    queries.close(c.tx, case.id, outcome, certainty, c.now, closing=c.event.event_id, words=c.cause)
    desk.refresh_card(c, case.id)
    question = Document().line(*c.wording.spans("close.quiz", number=f"#{case.id}"))
    desk.in_thread(c, case, "quiz-consent", question.content())


def reopen(c: Conversation, words: str) -> None:
    """Open a closed case again."""
    case, _ = desk.named_case(c, words)
    desk.require(c, Act.CLOSE_CASE, case)
    if case.outcome is None:
        raise Refusal("reopen.open", number=f"#{case.id}")
    desk.undo_closing(c, case)


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


COMMANDS = (
    Command(("case", "cas"), case),
    Command(("dx", "avis"), dx),
    Command(("agree", "daccord"), agree),
    Command(("oppose", "contre"), oppose),
    Command(("ref",), ref),
    Command(("close", "clore"), close),
    Command(("reopen", "rouvrir"), reopen),
    Command(("drop", "jeter"), drop),
    Command(("cases", "lescas"), cases),
    Command(("summary", "résumé"), summary),
)
