"""Cases as rows: reading and writing what the desk decides. Everything is asked for within one room."""

import json
from collections.abc import Iterable

from doctocbot.cases.model import Case, CaseState, Certainty, Kind
from doctocbot.store import Row, Transaction


def _case(row: Row) -> Case:
    """A case as its row tells it; what is hidden stays in the row."""
    hidden = bool(row["hidden"])
    return Case(
        id=row["id"],
        room_id=row["room_id"],
        author=row["author"],
        source_event=row["source_event"],
        state=CaseState(row["state"]),
        kind=Kind(row["kind"]) if row["kind"] else None,
        tags=() if hidden else tuple(row["tags"].split()),
        text="" if hidden else row["text"] or "",
        opened_at=row["opened_at"],
        outcome=None if hidden else row["outcome"],
        certainty=Certainty(row["certainty"]) if row["certainty"] and not hidden else None,
        quiz_allowed=bool(row["quiz_allowed"]) and not hidden,
        chat_id=row["chat_id"],
        anonymous=bool(row["anonymous"]),
        card=row["card"],
        expired=row["expired_at"] is not None,
        hidden=hidden,
    )


def add_case(
    tx: Transaction,
    *,
    room: str,
    author: str,
    source: str,
    text: str,
    kind: Kind | None,
    tags: tuple[str, ...],
    now: int,
    anonymous: bool = False,
    number: int | None = None,
) -> Case:
    """Open a case; it gets the next number of the bot's one sequence, unless one is given."""
    case_id = tx.insert(
        "INSERT INTO medical_case (id, room_id, author, source_event, state, kind, tags, text, words_event, opened_at,"
        " anonymous) VALUES (:number, :room, :author, :source, 'open', :kind, :tags, :text, :source, :now, :anonymous)",
        number=number,
        anonymous=anonymous,
        room=room,
        author=author,
        source=source,
        kind=kind,
        tags=" ".join(tags),
        text=text,
        now=now,
    )
    case = case_by_id(tx, case_id)
    if case is None:
        raise LookupError("a case that was just written is gone")
    return case


def case_by_id(tx: Transaction, case_id: int) -> Case | None:
    """A case by its number, wherever it is; for the bot's own use, never to answer a person."""
    row = tx.row("SELECT * FROM medical_case WHERE id = :id", id=case_id)
    return _case(row) if row else None


def cases_numbered(tx: Transaction, numbers: Iterable[int]) -> list[Case]:
    """The cases of these numbers, in the order of the numbers; those that are missing are left out."""
    wanted = list(numbers)
    rows = tx.rows(
        "SELECT * FROM medical_case WHERE id IN (SELECT value FROM json_each(:ids))", ids=json.dumps(wanted)
    )
    found = {row["id"]: _case(row) for row in rows}
    return [found[number] for number in wanted if number in found]


def case_in_room(tx: Transaction, room: str, case_id: int) -> Case | None:
    """A case by its number if it is one of this room; a foreign number reads like a missing one."""
    row = tx.row("SELECT * FROM medical_case WHERE id = :id AND room_id = :room", id=case_id, room=room)
    return _case(row) if row else None


def case_of_event(tx: Transaction, room: str, event_id: str) -> Case | None:
    """The case that an event of the room belongs to: its source, its card, or anything the bot or others said in it."""
    row = tx.row(_CASE_OF_EVENT, id=event_id, room=room)
    return _case(row) if row else None


_CASE_OF_EVENT = (
    "SELECT * FROM medical_case WHERE room_id = :room AND id = coalesce("
    " (SELECT case_id FROM outbox WHERE event_id = :id),"
    " (SELECT id FROM medical_case WHERE source_event = :id),"
    " (SELECT case_id FROM answer WHERE event_id = :id),"
    " (SELECT case_id FROM reference WHERE event_id = :id LIMIT 1),"
    " (SELECT case_id FROM opinion JOIN proposal ON opinion.id = opinion_id WHERE event_id = :id),"
    " (SELECT case_id FROM opinion JOIN vote ON opinion.id = opinion_id WHERE event_id = :id),"
    " (SELECT case_id FROM picture WHERE source_event = :id))"
)


def case_closed_by(tx: Transaction, room: str, event_id: str) -> Case | None:
    """The case that stands closed by this message, or by this edit of one."""
    row = tx.row(
        "SELECT * FROM medical_case WHERE (closing_event = :id OR closing_words_event = :id) AND room_id = :room",
        id=event_id,
        room=room,
    )
    return _case(row) if row else None


def case_worded_by(tx: Transaction, room: str, event_id: str) -> Case | None:
    """The case whose present words came with this edit."""
    row = tx.row(
        "SELECT * FROM medical_case WHERE words_event = :id AND source_event != :id AND room_id = :room",
        id=event_id,
        room=room,
    )
    return _case(row) if row else None


def latest_case_of(tx: Transaction, room: str, author: str, since: int, until: int) -> Case | None:
    """The author's latest case in the room up to `until`, if it was opened after `since` and is open still."""
    row = tx.row(
        "SELECT * FROM medical_case WHERE room_id = :room AND author = :author AND NOT anonymous"
        " AND opened_at BETWEEN :since AND :until"
        " ORDER BY id DESC LIMIT 1",
        room=room,
        author=author,
        since=since,
        until=until,
    )
    return _case(row) if row and row["state"] == CaseState.OPEN and not row["hidden"] else None


def cases_of_room(tx: Transaction, room: str, *, since: int = 0) -> list[Case]:
    """The cases of a room that are neither pulled nor hidden and were opened after `since`, newest first."""
    rows = tx.rows(
        "SELECT * FROM medical_case WHERE room_id = :room AND state != 'pulled' AND NOT hidden"
        " AND opened_at >= :since ORDER BY id DESC",
        room=room,
        since=since,
    )
    return [_case(row) for row in rows]


def set_words(
    tx: Transaction, case_id: int, text: str, kind: Kind | None, tags: tuple[str, ...], words_event: str
) -> None:
    """Replace the words of a case by those that an edit of its author's, `words_event`, gave it."""
    tx.execute(
        "UPDATE medical_case SET text = :text, kind = :kind, tags = :tags, words_event = :event WHERE id = :id",
        text=text,
        kind=kind,
        tags=" ".join(tags),
        event=words_event,
        id=case_id,
    )


def close(
    tx: Transaction,
    case_id: int,
    outcome: str,
    certainty: Certainty | None,
    now: int,
    *,
    closing: str,
    words: str,
) -> None:
    """Close a case with its outcome, as the message `closing` says in the form that `words` gave it."""
    tx.execute(
        "UPDATE medical_case SET state = 'closed', outcome = :outcome, certainty = :certainty, closed_at = :now,"
        " closing_event = :event, closing_words_event = :words WHERE id = :id",
        outcome=outcome,
        certainty=certainty,
        now=now,
        event=closing,
        words=words,
        id=case_id,
    )


def close_without_outcome(tx: Transaction, case_id: int, now: int, closing: str) -> None:
    """Close a case as moderators do, by the message `closing`: it has no outcome, and nobody is asked how it went."""
    tx.execute(
        "UPDATE medical_case SET state = 'closed', closed_at = :now, followups_for = :now, closing_event = :event,"
        " closing_words_event = NULL WHERE id = :id",
        now=now,
        event=closing,
        id=case_id,
    )


def hide(tx: Transaction, case_id: int) -> None:
    """Note that the words and pictures of a case are hidden; nobody is called to it, a quiz of it is over."""
    tx.execute("UPDATE medical_case SET hidden = 1, look_at = NULL WHERE id = :id", id=case_id)
    tx.execute(_END_QUIZ, id=case_id)


def show(tx: Transaction, case_id: int) -> None:
    """Note that a case is hidden no more; while it is open it is called for again."""
    tx.execute(
        "UPDATE medical_case SET hidden = 0, look_at = CASE state WHEN 'open' THEN 0 END WHERE id = :id",
        id=case_id,
    )


def words_of(tx: Transaction, case_id: int) -> str:
    """The words of a case, hidden or not: for its author alone."""
    found: str | None = tx.value("SELECT text FROM medical_case WHERE id = :id", id=case_id)
    return found or ""


def reopen(tx: Transaction, case_id: int, now: int) -> None:
    """Open a closed case again (at `now`, ms); its outcome goes, and with it the consent to make a quiz of it.

    Without an answer it is called for like any other.
    """
    tx.execute(
        "UPDATE medical_case SET state = 'open', outcome = NULL, certainty = NULL, closed_at = NULL,"
        " closing_event = NULL, closing_words_event = NULL, quiz_allowed = 0, reopened_at = :now, look_at = 0"
        " WHERE id = :id",
        now=now,
        id=case_id,
    )
    tx.execute(_END_QUIZ, id=case_id)


def note_said(tx: Transaction, case_id: int, *events: str) -> None:
    """Note messages that hold words of a case, wherever they stand."""
    for event_id in events:
        tx.execute(
            "INSERT INTO case_said (event_id, case_id) VALUES (:event, :id) ON CONFLICT DO NOTHING",
            event=event_id,
            id=case_id,
        )


def has_pulled(tx: Transaction, room: str) -> bool:
    """Whether a case of the room has been pulled; retention pulls nothing out of the hands of those who speak."""
    found = tx.value(
        "SELECT 1 FROM medical_case WHERE room_id = :room AND state = 'pulled' AND expired_at IS NULL LIMIT 1",
        room=room,
    )
    return found is not None


def of_other_cases(tx: Transaction, room: str, case_id: int) -> set[str]:
    """The messages of a room that belong to other cases than this: cards, sources, answers, references, pictures."""
    return {row["event_id"] for row in tx.rows(_OF_OTHERS, room=room, id=case_id)}


_OF_OTHERS = (
    "WITH other AS (SELECT id, source_event FROM medical_case WHERE room_id = :room AND id != :id)"
    " SELECT source_event AS event_id FROM other"
    " UNION SELECT event_id FROM outbox JOIN other ON case_id = other.id AND key GLOB 'case:*:card*'"
    " AND key NOT GLOB 'case:*:card*:*'"
    " UNION SELECT event_id FROM answer WHERE case_id IN (SELECT id FROM other)"
    " UNION SELECT event_id FROM reference WHERE case_id IN (SELECT id FROM other)"
    " UNION SELECT source_event FROM picture WHERE case_id IN (SELECT id FROM other)"
)


def allow_quiz(tx: Transaction, case_id: int, *, allowed: bool) -> None:
    """Keep the author's yes or no to a quiz made from the case."""
    tx.execute("UPDATE medical_case SET quiz_allowed = :allowed WHERE id = :id", allowed=allowed, id=case_id)


def next_card(tx: Transaction, case_id: int) -> Case | None:
    """Count up the cards of a case, which has moved to another room; each has a key of its own."""
    tx.execute("UPDATE medical_case SET card = card + 1 WHERE id = :id", id=case_id)
    return case_by_id(tx, case_id)


def next_card_revision(tx: Transaction, case_id: int) -> int:
    """Count up the edits of a card; each has a key of its own."""
    tx.execute("UPDATE medical_case SET card_revision = card_revision + 1 WHERE id = :id", id=case_id)
    revision: int = tx.value("SELECT card_revision FROM medical_case WHERE id = :id", id=case_id)
    return revision


def has_untold_answers(tx: Transaction, case_id: int) -> bool:
    """Whether there are answers of which the case's author has not been told."""
    return tx.value(f"SELECT 1 {_UNTOLD} LIMIT 1", id=case_id) is not None


# What an anonymous author answers like anybody is no news for them.
_UNTOLD = (
    "FROM answer WHERE case_id = :id AND told_by IS NULL AND text IS NOT NULL"
    " AND sender != (SELECT author FROM medical_case WHERE id = :id)"
)


def untold_answers(tx: Transaction, case_id: int) -> list[Row]:
    """The answers to a case of which its author has not been told, in their order."""
    return tx.rows(f"SELECT sender, text {_UNTOLD} ORDER BY sent_at, event_id", id=case_id)


def answers_told(tx: Transaction, case_id: int, notice: int) -> None:
    """Note that a notice tells the author of all answers to a case of which none has told them."""
    tx.execute(
        f"UPDATE answer SET told_by = :notice WHERE event_id IN (SELECT event_id {_UNTOLD})",  # noqa: S608
        notice=notice,
        id=case_id,
    )


def told_with(tx: Transaction, event_id: str) -> tuple[int, int] | None:
    """The case and the number of the notice that told its author of an answer, or None."""
    row = tx.row(
        "SELECT case_id, told_by FROM answer WHERE event_id = :id AND told_by IS NOT NULL", id=event_id
    )
    return (row["case_id"], row["told_by"]) if row else None


def answers_untold(tx: Transaction, case_id: int, notice: int) -> None:
    """Note that what a notice told is to be told again."""
    tx.execute(
        "UPDATE answer SET told_by = NULL WHERE case_id = :id AND told_by = :notice",
        id=case_id,
        notice=notice,
    )


def next_notice(tx: Transaction, case_id: int) -> int:
    """Count up the notices about a case; each has a key of its own."""
    tx.execute("UPDATE medical_case SET notices = notices + 1 WHERE id = :id", id=case_id)
    number: int = tx.value("SELECT notices FROM medical_case WHERE id = :id", id=case_id)
    return number


def came_from(tx: Transaction, case_id: int, chat_id: str) -> None:
    """Note the direct chat from which a case came."""
    tx.execute("UPDATE medical_case SET chat_id = :chat WHERE id = :id", chat=chat_id, id=case_id)


def case_of_source(tx: Transaction, room: str, event_id: str) -> Case | None:
    """The case whose own message or card this event is."""
    row = tx.row(_CASE_OF_SOURCE, id=event_id, room=room)
    return _case(row) if row else None


_CASE_OF_SOURCE = (
    "SELECT * FROM medical_case WHERE room_id = :room AND (source_event = :id OR id ="
    " (SELECT case_id FROM outbox WHERE event_id = :id AND key GLOB 'case:*:card*'"
    " AND key NOT GLOB 'case:*:card*:*'))"
)


def picture_count(tx: Transaction, case_id: int) -> int:
    """How many pictures a case has."""
    count: int = tx.value("SELECT count(*) FROM picture WHERE case_id = :id AND NOT dropped", id=case_id)
    return count


def pictures_of(tx: Transaction, case_id: int) -> list[tuple[int, str]]:
    """The pictures of a case that can still be shown: attachment and caption, in their order."""
    rows = tx.rows(
        "SELECT attachment_id, caption FROM picture JOIN attachment ON attachment.id = attachment_id"
        " WHERE case_id = :id AND NOT dropped AND coalesce(data, file) IS NOT NULL ORDER BY number",
        id=case_id,
    )
    return [(row["attachment_id"], row["caption"] or "") for row in rows]


def add_addition(tx: Transaction, case_id: int, text: str, cause: str, now: int) -> str:
    """Keep what the author adds to a case by a `cause`; returns the outbox key of the message that tells it.

    The key is made of the cause: counted, an addition after a backup was restored would bear the key of another.
    """
    key = f"case:{case_id}:addition:{cause}"
    tx.execute(
        "INSERT INTO addition (case_id, key, text, at) VALUES (:id, :key, :text, :now)",
        id=case_id,
        key=key,
        text=text,
        now=now,
    )
    return key


def forget_addition(tx: Transaction, key: str) -> None:
    """Forget an addition that could not be told."""
    tx.execute("UPDATE addition SET text = '' WHERE key = :key", key=key)


def additions(tx: Transaction, case_id: int) -> list[str]:
    """What the author has added to a case, in its order."""
    rows = tx.rows("SELECT text FROM addition WHERE case_id = :id AND text != '' ORDER BY id", id=case_id)
    return [row["text"] for row in rows]


def open_cases_by(tx: Transaction, author: str, rooms: Iterable[str]) -> list[Case]:
    """The open cases of somebody in these rooms, newest first."""
    rows = tx.rows(
        "SELECT * FROM medical_case WHERE author = :author AND state = 'open' ORDER BY id DESC", author=author
    )
    wanted = set(rooms)
    return [_case(row) for row in rows if row["room_id"] in wanted]


def pictures_sent_as(tx: Transaction, prefix: str) -> list[Row]:
    """The pictures of cases whose source begins like this: id, posted_key and attachment_id."""
    return tx.rows(
        "SELECT id, posted_key, attachment_id FROM picture"
        " WHERE source_event >= :prefix AND source_event < :prefix || char(0x10FFFF) AND NOT dropped",
        prefix=prefix,
    )


def forget_picture(tx: Transaction, picture_id: int, attachment_id: int | None) -> None:
    """Erase a picture: its caption, its bytes, and the key to those that are on the server."""
    tx.execute("UPDATE picture SET dropped = 1, joinable = 0, caption = NULL WHERE id = :id", id=picture_id)
    tx.execute(
        "UPDATE attachment SET data = NULL, file = NULL, thumbnail_data = NULL, thumbnail_file = NULL WHERE id = :id",
        id=attachment_id,
    )


def is_picture(tx: Transaction, event_id: str) -> bool:
    """Whether a message was a picture of a case."""
    return tx.value("SELECT 1 FROM picture WHERE source_event = :id", id=event_id) is not None


def drop_posted_picture(tx: Transaction, event_id: str) -> int | None:
    """Mark the picture whose clean copy this event is as taken out; returns its case."""
    row = tx.row(
        "SELECT id, case_id, attachment_id FROM picture"
        " WHERE posted_key = (SELECT key FROM outbox WHERE event_id = :id)",
        id=event_id,
    )
    if row is None:
        return None
    forget_picture(tx, row["id"], row["attachment_id"])
    case_id: int | None = row["case_id"]
    return case_id


_END_QUIZ = (
    "UPDATE quiz SET ended_at = asked_at WHERE ended_at IS NULL"
    " AND question_id IN (SELECT id FROM question WHERE case_id = :id)"
)
