"""What people say in a room without having been asked first: words that identify somebody are never shown again.

A draft is shown to its author with what was found in it (`preview`). A `!case` in the room is there already: card,
summary and everything made from them hold `[…]` in the place of what was found, until the author's edit (DESIGN 3.2).
"""

from collections import Counter
from collections.abc import Iterable

from doctocbot.cases.model import Case
from doctocbot.chat.rendering import Document, Person, Span, Strong
from doctocbot.chat.replies import Conversation
from doctocbot.chat.wording import Wording
from doctocbot.guard import Finding, find_identifiers, masked
from doctocbot.matrix import Outgoing


def identifiers_in(text: str) -> list[Finding]:
    """What holds a text back: all that was found but what may only be asked about."""
    return [finding for finding in find_identifiers(text) if not finding.kind.asks_only]


def screened(text: str) -> str:
    """The words with `[…]` in the place of what identifies somebody."""
    return masked(text, identifiers_in(text))


def tell_author(c: Conversation, case: Case, text: str) -> None:
    """Tell the author at once, in the thread and by a mention, what is not shown of their words and what to do.

    Never the words themselves: what the bot repeats would outlive the author's correction.
    """
    found = identifiers_in(text)
    if not found:
        return
    author = Person(c.room.display_name(c.sender), c.sender)
    kinds = kinds_in_words(found, c.wording)
    document = Document().line(
        author, " ", *c.wording.spans("case.screened", number=f"#{case.id}", kinds=kinds)
    )
    document.line(*c.wording.spans("case.screened-what-to-do", number=f"#{case.id}"))
    message = Outgoing(
        key=f"{c.cause}:screened",
        room_id=case.room_id,
        content={**document.content(), "m.mentions": {"user_ids": [c.sender]}},
        thread=case.card_key,
        case_id=case.id,
    )
    c.send([message])


def kinds_in_words(found: Iterable[Finding], wording: Wording) -> str:
    """What was found, by kind: `numéro de téléphone (2), nom`."""
    counted = Counter(finding.kind for finding in found)
    names = ((wording.say(f"guard.kind.{kind}"), count) for kind, count in counted.items())
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in names)


_AROUND = 24


def in_place(text: str, finding: Finding) -> tuple[str, str, str]:
    """A finding with the whole words around it on its line: before, the finding itself, after."""
    line_start = text.rfind("\n", 0, finding.start) + 1
    line_end = text.find("\n", finding.end)
    line_end = len(text) if line_end < 0 else line_end
    before = text[max(line_start, finding.start - _AROUND) : finding.start]
    after = text[finding.end : min(line_end, finding.end + _AROUND)]
    if finding.start - len(before) > line_start:
        before = f"…{before[before.find(' ') + 1 :]}"
    if finding.end + len(after) < line_end:
        after = f"{after[: after.rfind(' ') + 1]}…"
    return before, text[finding.start : finding.end], after


def finding_line(text: str, finding: Finding, wording: Wording) -> tuple[Span, ...]:
    """`Numéro de téléphone : … rappeler le **06 12 34 56 78** avant midi …`"""
    before, words, after = in_place(text, finding)
    return (
        wording.say(f"guard.kind.{finding.kind}"),
        wording.say("card.colon"),
        before,
        Strong(words),
        after,
    )
