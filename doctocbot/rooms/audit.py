"""Who did what that somebody may have to answer for: rows that are only added to, and never hold words of a case.

The rows hold pseudonyms and digests and make a chain (`audit_chain`). Names and reasons stand beside them, in a table
that can be erased: the chain holds without them.
"""

import secrets
from collections.abc import Iterator
from dataclasses import asdict, replace
from enum import StrEnum

from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outbox
from doctocbot.rooms.audit_chain import FIRST, Entry, Link, digest, seal
from doctocbot.store import Row, Transaction


class Deed(StrEnum):
    """What is audited; sentences stand in the catalogues under `audit.deed.<value>`."""

    CONSENT = "consent"
    ANYWAY = "anyway"
    """A draft was published in spite of what the text guard had found."""
    PULL = "pull"
    CLOSED = "closed"
    HIDDEN = "hidden"
    SHOWN = "shown"
    FOR_AUTHOR = "for-author"
    """A moderator did what the author of a case may do: closed it, tagged it, took a picture out."""
    QUIZ_EDITED = "quiz-edited"
    """A moderator changed the question made from somebody's case."""
    ASKED_WHO = "asked-who"
    READ_AUDIT = "read-audit"
    EXPORTED = "exported"
    SETTING = "setting"
    HOME = "home"
    """The moderators' room was named, or is none any more."""
    MEMBER = "member"
    """A member's label was confirmed, set or taken away."""
    TRUSTED = "trusted"
    """A member's new identity was trusted."""
    FORGOTTEN = "forgotten"
    """Somebody had all erased that is kept of them."""


def key_of(outbox: Outbox) -> bytes:
    """The key of the chain, which comes from the bot's secret as all pseudonyms do."""
    return outbox.transaction_id("audit:chain").encode()


def note(
    c: Conversation,
    deed: Deed,
    *,
    room: str | None = None,
    case: int | None = None,
    about: str | None = None,
    reason: str | None = None,
) -> None:
    """Write down that the person did something, and to whom (`about`), by our own clock (DESIGN section 10).

    `reason` are words, such as a moderator's why or a setting's old and new value.
    """
    take_in(c.tx, c.outbox)
    actor = c.sender or c.bot
    salt = secrets.token_hex(16) if reason else None
    entry = Entry(
        id=0,
        at=c.outbox.now(),
        actor=c.outbox.pseudonym(actor),
        act=str(deed),
        room_id=room,
        case_id=case,
        about=c.outbox.pseudonym(about) if about else None,
        reason=digest(key_of(c.outbox), salt, reason) if reason and salt else None,
    )
    number = _append(c.tx, c.outbox, entry)
    c.tx.execute(
        "INSERT INTO audit_words (audit_id, actor, about, reason, salt) VALUES (:id, :actor, :about, :reason, :salt)",
        id=number,
        actor=actor,
        about=about,
        reason=reason or None,
        salt=salt,
    )
    if room is not None:
        c.tx.execute("INSERT INTO audit_head (room_id) VALUES (:room) ON CONFLICT DO NOTHING", room=room)


def take_in(tx: Transaction, outbox: Outbox) -> None:
    """Take into the chain what was noted before there was one; it has no names."""
    for row in tx.rows("SELECT * FROM audit_unchained ORDER BY id"):
        entry = Entry(0, row["at"], row["actor"], row["act"], row["room_id"], row["case_id"], None, None)
        _append(tx, outbox, entry)
        tx.execute("DELETE FROM audit_unchained WHERE id = :id", id=row["id"])


def _append(tx: Transaction, outbox: Outbox, entry: Entry) -> int:
    """Add a row at the end of the chain; returns the number that it gets."""
    count, previous = head(tx)
    entry = replace(entry, id=count + 1)
    tx.execute(
        "INSERT INTO audit (id, at, actor, act, room_id, case_id, about, reason, previous, hash)"
        " VALUES (:id, :at, :actor, :act, :room_id, :case_id, :about, :reason, :previous, :hash)",
        **asdict(entry),
        previous=previous,
        hash=seal(key_of(outbox), previous, entry),
    )
    return entry.id


def head(tx: Transaction) -> tuple[int, str]:
    """How many rows the chain has, and the hash of the last."""
    row = tx.row("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
    return (row["id"], row["hash"]) if row else (0, FIRST)


def links(tx: Transaction) -> Iterator[Link]:
    """The chain as it stands in the file, from its first row."""
    for row in tx.rows("SELECT * FROM audit ORDER BY id"):
        entry = Entry(
            row["id"], row["at"], row["actor"], row["act"], row["room_id"], row["case_id"], row["about"],
            row["reason"],
        )  # fmt: skip
        yield Link(entry, row["previous"], row["hash"])


def changed_words(tx: Transaction, outbox: Outbox) -> list[int]:
    """The rows of which the names or the reason are not those that were written with it; what is erased is right."""
    rows = tx.rows(
        "SELECT audit.id, audit.actor, audit.about, audit.reason, words.actor AS actor_name, words.about AS about_name,"
        " words.reason AS said, words.salt FROM audit JOIN audit_words AS words ON audit_id = id ORDER BY id"
    )
    return [row["id"] for row in rows if not _agree(row, outbox)]


def _agree(row: Row, outbox: Outbox) -> bool:
    for name, pseudonym in ((row["actor_name"], row["actor"]), (row["about_name"], row["about"])):
        if name is not None and outbox.pseudonym(name) != pseudonym:
            return False
    return row["said"] is None or digest(key_of(outbox), row["salt"] or "", row["said"]) == row["reason"]


def rows_about(tx: Transaction, user: str, pseudonym: str | None = None) -> list[Row]:
    """What the audit holds of somebody, as the one who did it or the one to whom it was done, in its order.

    Each row has `id`, `at`, `what` (the deed), `room_id`, `case_id`, `did` (whether they did it), `words` (a reason).
    With their `pseudonym` (`Outbox.pseudonym`) also the rows that have lost their name, or never had one.
    """
    return tx.rows(_ABOUT, user=user, pseudonym=pseudonym)


_ABOUT = (
    "SELECT audit.id, at, act AS what, room_id, case_id,"
    " coalesce(words.actor = :user, audit.actor = :pseudonym, 0) AS did, words.reason AS words"
    " FROM audit LEFT JOIN audit_words AS words ON audit_id = audit.id"
    " WHERE words.actor = :user OR words.about = :user OR audit.actor = :pseudonym OR audit.about = :pseudonym"
    " ORDER BY audit.id"
)


def forget(tx: Transaction, user: str) -> int:
    """Erase somebody's id from the audit, and the reasons by, about or with them; the chain stays as it is.

    Returns how many rows lost something. What is left of them are pseudonyms.
    """
    return tx.execute(_FORGET, user=user)


_FORGET = (
    "UPDATE audit_words SET reason = NULL, salt = NULL, actor = nullif(actor, :user), about = nullif(about, :user)"
    " WHERE actor = :user OR about = :user OR instr(lower(reason), lower(:user)) > 0"
)


def forget_reasons(tx: Transaction, room_id: str, before: int) -> int:
    """Erase the reasons that were given in a room before a time (ms): they may name a patient; returns how many."""
    return tx.execute(
        "UPDATE audit_words SET reason = NULL, salt = NULL WHERE reason IS NOT NULL AND audit_id IN"
        " (SELECT id FROM audit WHERE room_id = :room AND at < :before)",
        room=room_id,
        before=before,
    )
