"""What people type about opinions: propose one, agree, oppose, take one's stance back, keep one, refer to a source."""

import re
from typing import NamedTuple

from doctocbot.cases import contributions, desk, opinions, queries, scope, student_opinions
from doctocbot.cases.model import Case, Vote, references_in
from doctocbot.cases.votes import cast
from doctocbot.chat.commands import Command
from doctocbot.chat.parsing import leading_count, leading_number
from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import reaction
from doctocbot.rooms.policy import Act


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
    case, rest = _named(c, words)
    desk.open_or_refuse(case)
    desk.require(c, Act.VOTE, case)
    if scope.is_private(c) and case.author == c.sender:
        # It would not count, and what the room sees of an anonymous author's votes must not depend on it.
        raise Refusal("vote.author")
    meant = _meant(c, case, rest)
    if meant.words and scope.is_private(c):
        raise Refusal("vote.reason-in-room")
    if meant.words:
        contributions.keep_answer(c, case, meant.words)
    cast(c, case, meant.opinion_id, vote, on=meant.message, reason=meant.words)


def neutral(c: Conversation, words: str) -> None:
    """Take back whatever one has said to an opinion, its proposal included."""
    case, rest = _named(c, words)
    desk.open_or_refuse(case)
    if scope.is_private(c) and not rest and student_opinions.withdraw(c, case):
        return
    number, _ = leading_count(rest)
    said = None if number is not None else opinions.proposal(c.tx, c.event.replies_to or "")
    if said is not None and _is_of(c, case, said["event_id"]):
        cast(c, case, said["opinion_id"], Vote.NEUTRAL, on=said["event_id"])
        return
    meant = _meant(c, case, rest)
    cast(c, case, meant.opinion_id, Vote.NEUTRAL, on=meant.message)


def accept(c: Conversation, words: str) -> None:
    """Mark an opinion as the one that the case's author goes by; more than one may be."""
    case, rest = _named(c, words)
    if not scope.acts_as_author(c, case):
        raise Refusal("accept.author-only", number=f"#{case.id}")
    meant = _meant(c, case, rest)
    cast(c, case, meant.opinion_id, Vote.KEEP, on=meant.message)


def _named(c: Conversation, words: str) -> tuple[Case, str]:
    """The case that is meant, and the words that name the opinion: in a case's thread, `#2` may be its number.

    It is where the bot shows no case of that number here, or only the case around with that one opinion.
    """
    number, rest = leading_number(words)
    around = None if number is None or rest or c.event.replies_to else desk.case_around(c)
    if number is None or around is None:
        return desk.named_case(c, words)
    numbers = [opinion.number for opinion in opinions.opinions(c.tx, around.id)]
    case = scope.case_numbered(c, number)
    if number in numbers and (case is None or (case.id == around.id and len(numbers) == 1)):
        return around, str(number)
    return desk.named_case(c, words)


class _Meant(NamedTuple):
    """An opinion that an act is meant for, the message on which it is done, and the words that are left."""

    opinion_id: int
    message: str | None
    words: str


def _meant(c: Conversation, case: Case, words: str) -> _Meant:
    """The opinion that is meant, by its number or by a reply to the answer that it is."""
    polite = _POLITE.match(words)
    number, rest = leading_count(words[polite.end() :] if polite else words)
    found = None if number is None else opinions.opinion_numbered(c.tx, case.id, number)
    if found is not None:
        return _Meant(found, opinions.message_of(c.tx, found), rest)
    target = c.event.replies_to or ""
    said = opinions.answer(c.tx, target) or opinions.proposal(c.tx, target)
    if said is None or not _is_of(c, case, target):
        raise Refusal("vote.which") if number is None else Refusal("vote.unknown", number=str(number))
    if opinions.is_own(c.tx, target, c.sender):
        raise Refusal("vote.own")
    found = contributions.acted_on(c, case, target)
    if found is None:
        raise Refusal("vote.which")
    return _Meant(found, target, words)


_POLITE = re.compile(
    r"(?:(?:avec|with)\s+)?(?:l['’\s]\s?)?(?:avis|opinion|num[ée]ro)\s+(?=(?:n[°o]\s?)?\d)"
    r"|(?:avec|with)\s+(?=\d+\W*\Z)",
    re.IGNORECASE,
)
"""What people say before an opinion's number; "avec 39 de fièvre" is a reason."""


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
