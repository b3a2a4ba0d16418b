"""Which number a new case gets: the next one, unless a restored backup has forgotten that it had one already.

Keys of the outbox hold numbers: a case that came back under another would get a second card, and one that got the
number of another would get none.
"""

import json
from itertools import count

from doctocbot.cases.model import Case
from doctocbot.chat.replies import Conversation
from doctocbot.store import Transaction


def number_for(c: Conversation) -> int:
    """The number for the case that is opened by the present event: the next one, unless it had one already."""
    foretold: int | None = c.tx.value(_FORETOLD, source=c.event.event_id)
    if foretold is not None:
        return foretold
    taken = {row["case_id"] for row in c.tx.rows("SELECT case_id FROM foretold")}
    last = max(taken, default=0)
    for number in count(int(c.tx.value(_HIGHEST) or 0) + 1):
        card = c.outbox.echo(c.tx, f"case:{number}:card")
        if number in taken or (card is None and number < last):
            continue
        # A card that can be read no more was pulled; it was that of a message before it, in its own room.
        if card is None or (card.room_id == c.event.room_id and card.sent_at >= c.event.sent_at):
            return number
    raise AssertionError("numbers never end")


def had_one(tx: Transaction, event_id: str) -> bool:
    """Whether an event had opened a case that a restored backup has forgotten: whoever sent it was here then."""
    return tx.value(_FORETOLD, source=event_id) is not None


def memo_of(case: Case) -> dict[str, object]:
    """What it takes to open a case again whose message is gone: the bot deletes photos, and captions with them."""
    return {"text": case.text, "anonymous": case.anonymous}


def memo_for(c: Conversation) -> tuple[str, bool] | None:
    """The words, and whether without a name, of the case that the present event had opened before it was deleted."""
    stored = None if c.event.content else c.tx.value(_MEMO, source=c.event.event_id)
    if stored is None:
        return None
    memo = json.loads(stored)
    return str(memo["text"] or ""), bool(memo["anonymous"])


_MEMO = (
    "SELECT memo FROM foretold WHERE source_event = :source AND case_id NOT IN (SELECT id FROM medical_case)"
)
_FORETOLD = "SELECT case_id FROM foretold WHERE source_event = :source AND case_id NOT IN (SELECT id FROM medical_case)"
_HIGHEST = "SELECT seq FROM sqlite_sequence WHERE name = 'medical_case'"
