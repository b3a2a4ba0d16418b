"""What people type about opinions: propose one, agree, oppose, take one's stance back, keep one, refer to a source."""

from doctocbot.cases import contributions, desk, opinions, queries, scope
from doctocbot.cases.model import Case, Vote, references_in
from doctocbot.cases.votes import cast
from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import leading_count
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import reaction


def dx(c: Conversation, words: str) -> None:
    """Propose an opinion, and place the thumbs under it so that agreeing is one tap."""
    case, text = desk.named_case(c, words)
    desk.open_or_refuse(case)
    if not text:
        raise Refusal("dx.empty")
    contributions.propose_here(c, case, text)
    for emoji in ("👍", "👎"):
        c.send([reaction(f"{c.event.event_id}:{emoji}", case.room_id, c.event.event_id, emoji, case.id)])
    desk.refresh_card(c, case.id)


def agree(c: Conversation, words: str) -> None:
    """Vote for an opinion."""
    _vote(c, words, Vote.AGREE)


def oppose(c: Conversation, words: str) -> None:
    """Vote against an opinion, with the reason if one is given."""
    _vote(c, words, Vote.OPPOSE)


def _vote(c: Conversation, words: str, vote: Vote) -> None:
    case, rest = desk.named_case(c, words)
    desk.open_or_refuse(case)
    if scope.is_private(c) and case.author == c.sender:
        # It would not count, and what the room sees of an anonymous author's votes must not depend on it.
        raise Refusal("vote.author")
    opinion_id, reason = _meant(c, case, rest)
    if reason and scope.is_private(c):
        raise Refusal("vote.reason-in-room")
    if reason:
        contributions.keep_answer(c, case, reason)
    cast(c, case, opinion_id, vote, reason)


def neutral(c: Conversation, words: str) -> None:
    """Take back whatever one has said to an opinion, its proposal included."""
    case, rest = desk.named_case(c, words)
    desk.open_or_refuse(case)
    number, _ = leading_count(rest)
    said = None if number is not None else opinions.proposal(c.tx, c.event.replies_to or "")
    if said is not None and _is_of(c, case, said["event_id"]):
        cast(c, case, said["opinion_id"], Vote.NEUTRAL)
        return
    cast(c, case, _meant(c, case, rest)[0], Vote.NEUTRAL)


def accept(c: Conversation, words: str) -> None:
    """Mark an opinion as the one that the case's author goes by; more than one may be."""
    case, rest = desk.named_case(c, words)
    if not scope.acts_as_author(c, case):
        raise Refusal("accept.author-only", number=f"#{case.id}")
    cast(c, case, _meant(c, case, rest)[0], Vote.KEEP)


def _meant(c: Conversation, case: Case, words: str) -> tuple[int, str]:
    """The opinion that is meant, by its number or by a reply to the answer that it is, and the words that are left."""
    number, rest = leading_count(words)
    found = None if number is None else opinions.opinion_numbered(c.tx, case.id, number)
    if found is not None:
        return found, rest
    target = c.event.replies_to or ""
    said = opinions.answer(c.tx, target) or opinions.proposal(c.tx, target)
    if said is None or not _is_of(c, case, target):
        raise Refusal("vote.which") if number is None else Refusal("vote.unknown", number=str(number))
    if said["sender"] == c.sender:
        raise Refusal("vote.own")
    found = contributions.acted_on(c, case, target)
    if found is None:
        raise Refusal("vote.which")
    return found, words


def _is_of(c: Conversation, case: Case, event_id: str) -> bool:
    """Whether a message belongs to the case."""
    around = queries.case_of_event(c.tx, case.room_id, event_id)
    return around is not None and around.id == case.id


def ref(c: Conversation, words: str) -> None:
    """Add a reference to one's last opinion in the case, or to the case where one has none."""
    case, rest = desk.named_case(c, words)
    if not references_in(rest):
        raise Refusal("ref.none")
    contributions.keep_references(c, case, opinions.last_proposal_of(c.tx, case.id, c.sender))
    desk.refresh_card(c, case.id)


IN_ROOMS = (Command(("dx", "avis"), dx), Command(("ref",), ref))
"""What brings words into the thread, and is said there."""

ANYWHERE = (
    Command(("agree", "daccord"), agree),
    Command(("oppose", "contre"), oppose),
    Command(("neutral", "neutre"), neutral),
    Command(("accept", "retenir"), accept),
)
"""What acts on an opinion by its number: in the room, or in private about a case that is named."""
