"""Cases whose room was replaced by another: open ones get a card there, closed ones are found where they were."""

from doctocbot.cases import desk, queries
from doctocbot.cases.model import CaseState
from doctocbot.chat.replies import Conversation


def show_cases(c: Conversation) -> None:
    """Give every open case that has just moved to the room a card in it, oldest first; its thread begins there anew.

    A closed one gets a card when something is said of it again.
    """
    for case in reversed(queries.cases_of_room(c.tx, c.room.room_id)):
        if case.state is CaseState.OPEN:
            desk.refresh_card(c, case.id)
