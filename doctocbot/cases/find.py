"""`!find`: past cases by their words, best first, each with what came of it and the way to its card."""

from doctocbot.cases import scope, search
from doctocbot.cases.card import outcome
from doctocbot.cases.lists import answer, case_line
from doctocbot.cases.model import Case
from doctocbot.cases.preview import room_name
from doctocbot.cases.terms import sought
from doctocbot.chat.rendering import Document, Span
from doctocbot.chat.replies import Conversation, Refusal

_MOST = 10


def find(c: Conversation, words: str) -> None:
    """Answer with the cases that hold all the words, or, if none does, some of them.

    The words themselves are never repeated: they could be a name, and the answer outlives the message.
    """
    if not sought(words):
        raise Refusal("find.what")
    rooms = scope.rooms(c)
    found, all_words = search.find(c.tx, (room.room_id for room in rooms), words, _MOST)
    if not found:
        raise Refusal("find.nothing-in-private" if scope.is_private(c) else "find.nothing")
    document = Document().line(*c.wording.spans("find.found" if all_words else "find.some-words"))
    document.items(_hit(c, case, several=len(rooms) > 1) for case in found)
    answer(c, document, [case.id for case in found], purpose="found")


def _hit(c: Conversation, case: Case, *, several: bool) -> tuple[Span, ...]:
    """One case that was found; where several rooms are searched, with the name of its own."""
    line = case_line(c, case)
    if several:
        line = (*line, " · ", room_name(c.world.state(case.room_id)))
    return (*line, " · ", *outcome(case, c.wording)) if case.outcome else line
