"""A case is hidden by moderators: its words and pictures are shown nowhere until it is shown again; its thread stays.

    hidden -> what the bot said with its words is redacted, the author's own messages in the room too -> a bare card
    shown  -> its pictures and additions are posted anew, the card has its words again

The words stay stored: `queries` gives none of a hidden case, and lists, finds and summaries leave it out.
"""

from doctocbot.cases import desk, pictures, queries, traces
from doctocbot.cases.model import Case
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outgoing, redaction
from doctocbot.rooms import upgrade
from doctocbot.store import Row


def hide(c: Conversation, case: Case) -> None:
    """Take the words and pictures of a case out of the room; what the bot may not redact, the moderators are told."""
    queries.hide(c.tx, case.id)
    for row in c.outbox.sent_for_case(c.tx, case.id):
        if _holds_words(row, case):
            c.outbox.take_back(c.tx, row)
    _redact_own_words(c, case)
    desk.refresh_card(c.at(case.room_id), case.id)


def _holds_words(row: Row, case: Case) -> bool:
    """Whether a message of the bot's shows what the author said or sent, or names the case; not the card's root."""
    own = tuple(f"case:{case.id}:{kind}:" for kind in ("picture", "addition"))
    return bool(row["quotes"]) or row["key"].startswith((*own, "followup:"))


def _redact_own_words(c: Conversation, case: Case) -> None:
    """Redact the messages in the room by which the author gave the case its words, and its outcome."""
    for room_id in upgrade.lineage(c.tx, case.room_id):
        events = [row["event_id"] for row in c.tx.rows(_OWN_WORDS, id=case.id, room=room_id)]
        if c.world.state(room_id).can_redact(c.bot):
            c.send([redaction(room_id, event_id, case.id) for event_id in events])
        else:
            stays = [traces.Trace(room_id, event_id) for event_id in events]
            traces.name_what_stays(c, case, stays, "hide.no-power")


_OWN_WORDS = (
    "WITH own AS (SELECT source_event AS event_id FROM medical_case WHERE id = :id"
    " UNION SELECT words_event FROM medical_case WHERE id = :id"
    " UNION SELECT event_id FROM case_said WHERE case_id = :id"
    " UNION SELECT event_id FROM proposal JOIN opinion ON opinion.id = opinion_id WHERE case_id = :id"
    " UNION SELECT event_id FROM vote JOIN opinion ON opinion.id = opinion_id WHERE case_id = :id"
    "  AND reason IS NOT NULL)"
    " SELECT event_id FROM inbox WHERE room_id = :room AND sender = (SELECT author FROM medical_case WHERE id = :id)"
    " AND coalesce(verdict, '') != 'redacted' AND (event_id IN own OR replaces IN own) ORDER BY seq"
)


def show(c: Conversation, case: Case) -> None:
    """Show the words and pictures of a hidden case again, in the thread that has stayed."""
    queries.show(c.tx, case.id)
    case, there = desk.card_here(c, case), c.at(case.room_id)
    pictures.post_again(there, case)
    for number, text in enumerate(queries.additions(c.tx, case.id)):
        document = Document().line(*there.wording.spans("addition.says")).quote(text)
        again = Outgoing(
            key=f"case:{case.id}:addition:again:{c.cause}:{number}",
            room_id=case.room_id,
            content=document.content(),
            thread=case.card_key,
            case_id=case.id,
        )
        c.send([again])
    desk.refresh_card(there, case.id)
