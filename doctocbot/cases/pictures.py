"""Pictures in a served room: cleaned, joined to the right case or to none, and the original redacted.

An image is known by its bytes, whatever event brought it. The event is handled twice: first to send the errand that
fetches and cleans the picture, then, with the clean picture or the refusal, to write down what follows.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from doctocbot.cases import desk, drafts, queries
from doctocbot.cases.model import JOINS_CASE_AFTER_MS, JOINS_CASE_BEFORE_MS, Case, CaseState
from doctocbot.cases.screening import screened
from doctocbot.chat.rendering import Document
from doctocbot.chat.replies import At, Conversation
from doctocbot.images import CleanImage, Outcome, Refusal, Removals
from doctocbot.matrix import MESSAGE, Event, Outgoing, redaction, server_of, unclear_between
from doctocbot.store import Transaction

_NEUTRAL_NAME = re.compile(
    r"(?:[a-z]|image|img|photo|pic|picture|capture|screenshot|file|scan|dsc|sticker)?[-_ ]?\d{0,5}\.\w{3,4}",
    re.IGNORECASE,
)
_UNCHECKED = ("thumbnail_file", "thumbnail_url", "xyz.amorgan.blurhash", "blurhash")
_LONGEST_CAPTION = 2_000


@dataclass(frozen=True, slots=True)
class NoPicture:
    """A file that is no image by its bytes; it is left to the room's setting for other files."""


Fetched = CleanImage | Refusal | NoPicture


@dataclass(frozen=True, slots=True)
class Seen:
    """A clean picture of a draft and what was read in it (`readings`), or None where nothing reads pictures."""

    clean: CleanImage
    reading: str | None


def may_hold_picture(event: Event) -> bool:
    """Whether an event brings a file: whatever it is sent as, its bytes decide whether it is a picture."""
    return event.type in ("m.sticker", MESSAGE) and event.file is not None


def target_case(c: Conversation) -> Case | None:
    """The case that a picture joins: the one it replies to or whose thread it is in, else the author's latest.

    A picture in a thread or reply of anything else, or of somebody else's case, joins none.
    """
    if c.event.thread_root or c.event.replies_to:
        around = desk.case_around(c)
        own = around is not None and around.known_author == c.sender and _takes_pictures(around)
        return around if own else None
    if c.event.replaces:
        # An edited caption says nothing of when the picture was taken.
        return None
    latest = queries.latest_case_of(c.tx, c.event.room_id, c.sender, c.now - JOINS_CASE_AFTER_MS, c.now)
    if latest is None or unclear_between(c.tx, c.event, latest.opened_at):
        # What could not be read may have been the next patient's `!case`.
        return None
    return latest


def _takes_pictures(case: Case) -> bool:
    return case.state is not CaseState.PULLED and not case.hidden


def refuse(c: Conversation, refusal: Refusal) -> None:
    """Redact a picture that cannot be proved clean, and tell its author why and what to do."""
    reason = c.wording.spans(f"image.refused.{refusal.reason}")
    if redact_original(c):
        c.reply(Document().line(*c.wording.spans("image.refused"), *reason), purpose="picture")
    else:
        c.reply(Document().line(*reason).line(*c.wording.spans("image.please-delete")), purpose="picture")


def redact_original(c: Conversation) -> bool:
    """Redact the event that brought the picture; without the power, say so to its author and return False."""
    if not c.room.can_redact(c.bot):
        return False
    c.send([redaction(c.event.room_id, c.cause)])
    if c.cause != c.event.event_id:
        c.send([redaction(c.event.room_id, c.event.event_id)])
    return True


def join_case(c: Conversation, case: Case, clean: CleanImage) -> None:
    """Add the picture being handled to a case: its clean copy goes into the thread, the original goes."""
    goes = redact_original(c)
    if not goes:
        c.tell("image.please-delete", purpose="please-delete")
    settle_loose(c)
    attachment = keep_attachment(c.tx, clean)
    picture_id = _keep_picture(c, attachment, caption=screened(c.event.text))
    _into_thread(c, case, picture_id)
    desk.refresh_card(c, case.id)
    if clean.carried_metadata and _first_time(c.tx, c.sender, "direct-chat"):
        advice = Document().line(
            *c.wording.spans("image.safer-in-private" if goes else "image.safer-in-private-left")
        )
        deleted = c.world.deletes_originals and server_of(c.sender) == server_of(c.bot)
        if goes:
            advice.line(*c.wording.spans("image.file-deleted" if deleted else "image.file-stays"))
        desk.in_thread(c, case, "advice", advice.content("m.notice"))


def publish(c: Conversation, case: Case, source: str, attachment_id: int, caption: str) -> str:
    """Add a picture of a draft to a case; returns its outbox key. `source` names this very release of it.

    The case gets a row of its own: whatever becomes of it, the draft keeps its picture until it ends.
    """
    own = c.tx.insert(drafts.COPY_ATTACHMENT, id=attachment_id)
    key = _into_thread(c, case, _keep_picture(c, own, caption=caption, source=source))
    desk.refresh_card(c, case.id)
    return key


def carries_nothing(event: Event, clean: CleanImage) -> bool:
    """Whether a picture may stay as it was sent: clean bytes, a name that names nobody, nothing unchecked beside it."""
    content = event.file or {}
    name, info = content.get("filename") or content.get("body"), content.get("info")
    unchecked = isinstance(info, Mapping) and any(key in info for key in _UNCHECKED)
    neutral = not isinstance(name, str) or not name or _NEUTRAL_NAME.fullmatch(name) is not None
    return neutral and not unchecked and clean.original_may_stay


def redact_silently(c: Conversation, fetched: Fetched) -> None:
    """Take out a picture of somebody who has left since, unless it carries nothing; there is nobody to tell."""
    if isinstance(fetched, Refusal) or (
        isinstance(fetched, CleanImage) and not carries_nothing(c.event, fetched)
    ):
        redact_original(c)


def post_loose(c: Conversation, clean: CleanImage, *, trusted: bool) -> None:
    """Deal with a picture of no case: left alone if it carried nothing, otherwise replaced where it stood.

    Only a picture that is surely its sender's may wait for a case of theirs.
    """
    joinable = trusted and not (c.event.thread_root or c.event.replies_to or c.event.replaces)
    if not joinable:
        settle_loose(c)
    if carries_nothing(c.event, clean):
        if joinable:
            _keep_picture(c, keep_attachment(c.tx, clean), caption=screened(c.event.text), joinable=True)
        return
    if not redact_original(c):
        c.tell("image.please-delete", purpose="please-delete")
        return
    attachment, caption = keep_attachment(c.tx, clean), screened(c.event.text)
    picture_id = _keep_picture(c, attachment, caption=caption, joinable=joinable)
    words = c.wording.say("image.replaced", author=c.room.display_name(c.sender))
    key = f"picture:{c.cause}"
    name = f"image-{picture_id}.{clean.extension}"
    content = {
        "body": f"{words} {caption[:_LONGEST_CAPTION]}".strip(), "filename": name, "m.mentions": {},
    }  # fmt: skip
    c.tx.execute(
        "UPDATE picture SET posted_key = :key, waiting_bytes = 0 WHERE id = :id", key=key, id=picture_id
    )
    copy = Outgoing(
        key=key,
        room_id=c.event.room_id,
        content=content,
        thread=c.event.thread_root,
        reply_to=c.event.replies_to,
        attachment_id=attachment,
        case_id=_case_id_around(c),
        # It says whose picture it is in plain words.
        people=(c.sender,),
    )
    c.send([copy])


def adopt_loose(c: Conversation, case: Case) -> None:
    """Let the author's pictures of the last two minutes, with nothing of theirs said since, join a new case.

    When the case is a mistyped message put right, these are the pictures that the mistyped one came after.
    """
    rows = c.tx.rows(
        "SELECT id, source_event, posted_key, sent_at FROM picture WHERE room_id = :room AND sender = :sender"
        " AND (joinable OR settled_by = :message) AND case_id IS NULL AND NOT dropped"
        " AND sent_at BETWEEN :since AND :until"
        " ORDER BY id",
        room=c.event.room_id,
        sender=c.sender,
        message=c.event.event_id,
        since=c.now - JOINS_CASE_BEFORE_MS,
        until=c.now,
    )
    for row in rows:
        if unclear_between(c.tx, c.event, row["sent_at"]):
            continue
        if row["posted_key"]:
            for posted in c.tx.rows("SELECT * FROM outbox WHERE key = :key", key=row["posted_key"]):
                c.outbox.take_back(c.tx, posted)
        elif c.room.can_redact(c.bot):
            c.send([redaction(c.event.room_id, row["source_event"], case.id)])
        _into_thread(c, case, row["id"])
    settle_loose(c)


def settle_loose(c: Conversation) -> None:
    """End the chance of the author's loose pictures to join a case, because they have said something since."""
    c.tx.execute(
        "UPDATE picture SET joinable = 0, settled_by = :message"
        " WHERE room_id = :room AND sender = :sender AND joinable = 1",
        message=c.event.event_id,
        room=c.event.room_id,
        sender=c.sender,
    )


def expire_loose(tx: Transaction, now: int, at: At) -> int:
    """Forget the bytes of pictures that were left in place and joined nothing, some time after they were handled.

    By the time of handling, not of sending: after an outage a picture and its `!cas` are handled one after the other.
    A ticker that says nothing.
    """
    tx.execute(
        "UPDATE attachment SET data = NULL, thumbnail_data = NULL WHERE id IN (SELECT attachment_id FROM picture"
        " WHERE waiting_bytes = 1 AND kept_at < :before)",
        before=now - JOINS_CASE_AFTER_MS,
    )
    tx.execute(
        "UPDATE picture SET joinable = 0, waiting_bytes = 0, dropped = 1, caption = NULL"
        " WHERE waiting_bytes = 1 AND kept_at < :before",
        before=now - JOINS_CASE_AFTER_MS,
    )
    return 0


def forget_loose(tx: Transaction, event_id: str) -> None:
    """Follow the redaction of a loose picture: it can join nothing any more, and its bytes go."""
    row = tx.row(
        "SELECT id, attachment_id FROM picture WHERE source_event = :id AND case_id IS NULL", id=event_id
    )
    if row is None:
        return
    tx.execute("UPDATE picture SET joinable = 0, dropped = 1, caption = NULL WHERE id = :id", id=row["id"])
    tx.execute(
        "UPDATE attachment SET data = NULL, thumbnail_data = NULL WHERE id = :id", id=row["attachment_id"]
    )


def lost(c: Conversation, posted_key: str) -> None:
    """Say that the clean copy of a picture could not be posted, after the server refused it for good."""
    row = c.tx.row("SELECT id, case_id, attachment_id FROM picture WHERE posted_key = :key", key=posted_key)
    if row is None:
        return
    queries.forget_picture(c.tx, row["id"], row["attachment_id"])
    case = queries.case_by_id(c.tx, row["case_id"]) if row["case_id"] is not None else None
    if case is not None and not c.event.event_id.startswith("$"):
        # It came from a draft: there is no message of its author's in this room to reply to.
        words = Document().line(*c.wording.spans("image.lost")).content("m.notice")
        desk.in_thread(c, case, f"lost:{row['id']}", words)
    else:
        c.tell("image.lost", purpose=f"lost:{row['id']}")
    if case is not None:
        desk.refresh_card(c, case.id)


def drop(c: Conversation, case: Case, number: int) -> bool:
    """Take a picture out of a case again; returns False when it has none of that number."""
    row = c.tx.row(
        "SELECT id, posted_key, attachment_id FROM picture WHERE case_id = :id AND number = :number AND NOT dropped",
        id=case.id,
        number=number,
    )
    if row is None:
        return False
    for posted in c.tx.rows("SELECT * FROM outbox WHERE key = :key", key=row["posted_key"]):
        c.outbox.take_back(c.tx, posted)
    queries.forget_picture(c.tx, row["id"], row["attachment_id"])
    desk.refresh_card(c, case.id)
    return True


def _into_thread(c: Conversation, case: Case, picture_id: int) -> str:
    """Give a picture its number in the case and post its clean copy in the thread, under a name made anew.

    Returns its outbox key.
    """
    number = c.tx.value(_NEXT_NUMBER, id=case.id)
    source = c.tx.value("SELECT source_event FROM picture WHERE id = :id", id=picture_id)
    # By the message that brought it: its row may have another number after a backup was restored.
    key = f"case:{case.id}:picture:{source}"
    c.tx.execute(
        "UPDATE picture SET case_id = :case_id, number = :number, posted_key = :key, joinable = 0,"
        " waiting_bytes = 0 WHERE id = :id",
        case_id=case.id,
        number=number,
        key=key,
        id=picture_id,
    )
    _post(c, case, picture_id, key)
    return key


def remember_copy(c: Conversation) -> None:
    """Know the clean copy of a picture again that was deleted between a backup and its restoring.

    It stands in the thread and counts there; its bytes are gone, so that no question can show it.
    """
    posted = c.tx.row(_POSTED_COPY, suffix=f":picture:{c.event.event_id}")
    if posted is None or queries.is_picture(c.tx, c.event.event_id):
        return
    number = c.tx.value(_NEXT_NUMBER, id=posted["case_id"])
    c.tx.execute(
        "INSERT INTO picture (room_id, sender, source_event, sent_at, kept_at, case_id, number, posted_key)"
        " VALUES (:room, :sender, :source, :at, :at, :case_id, :number, :key)",
        room=c.event.room_id,
        sender=c.sender,
        source=c.event.event_id,
        at=c.event.sent_at,
        case_id=posted["case_id"],
        number=number,
        key=posted["key"],
    )
    desk.refresh_card(c, posted["case_id"])


_POSTED_COPY = (
    "SELECT key, case_id FROM outbox WHERE adopted AND case_id IN (SELECT id FROM medical_case)"
    " AND substr(key, -length(:suffix)) = :suffix"
)
_NEXT_NUMBER = "SELECT coalesce(max(number), 0) + 1 FROM picture WHERE case_id = :id"


def post_again(c: Conversation, case: Case) -> None:
    """Post the pictures of a case anew under the numbers that they had, after they were hidden."""
    shown = c.tx.rows(
        "SELECT picture.id, source_event FROM picture JOIN attachment ON attachment.id = attachment_id"
        " WHERE case_id = :id AND NOT dropped AND coalesce(data, file) IS NOT NULL ORDER BY number",
        id=case.id,
    )
    for row in shown:
        key = f"case:{case.id}:picture:{row['source_event']}:{c.cause}"
        c.tx.execute("UPDATE picture SET posted_key = :key WHERE id = :id", key=key, id=row["id"])
        _post(c, case, row["id"], key)


def _post(c: Conversation, case: Case, picture_id: int, key: str) -> None:
    """Post a picture in the thread of its case."""
    row = c.tx.row(
        "SELECT number, caption, attachment_id, extension FROM picture JOIN attachment ON attachment.id = attachment_id"
        " WHERE picture.id = :id",
        id=picture_id,
    )
    if row is None:
        raise LookupError("a picture that was just written is gone")
    name = f"case-{case.id}-{row['number']}.{row['extension']}"
    content: dict[str, object] = {"body": row["caption"] or name, "filename": name, "m.mentions": {}}
    message = Outgoing(
        key=key,
        room_id=case.room_id,
        content=content,
        thread=case.card_key,
        case_id=case.id,
        attachment_id=row["attachment_id"],
    )
    c.send([message])


def keep_attachment(tx: Transaction, clean: CleanImage, *, kept: bool = False) -> int:
    """Write a clean picture down to be sent; `kept` bytes stay after that, because they may be masked still."""
    width, height = clean.thumbnail_size or (None, None)
    return tx.insert(
        "INSERT INTO attachment (mimetype, extension, width, height, size, data, thumbnail_width,"
        " thumbnail_height, thumbnail_size, thumbnail_data, kept) VALUES (:mimetype, :extension, :width, :height,"
        " :size, :data, :thumbnail_width, :thumbnail_height, :thumbnail_size, :thumbnail, :kept)",
        mimetype=clean.mimetype,
        extension=clean.extension,
        width=clean.width,
        height=clean.height,
        size=len(clean.data),
        data=clean.data,
        thumbnail_width=width,
        thumbnail_height=height,
        thumbnail_size=len(clean.thumbnail) if clean.thumbnail else None,
        thumbnail=clean.thumbnail,
        kept=kept,
    )


def _first_time(tx: Transaction, user: str, about: str) -> bool:
    """Whether somebody is given a piece of advice for the first time; counts this one."""
    given = tx.execute(
        "INSERT INTO advice (user_id, about) VALUES (:user, :about) ON CONFLICT DO NOTHING",
        user=user,
        about=about,
    )
    return given > 0


def kept_picture(tx: Transaction, attachment_id: int | None) -> CleanImage | None:
    """A clean picture whose bytes are still kept."""
    row = tx.row("SELECT * FROM attachment WHERE id = :id AND data IS NOT NULL", id=attachment_id)
    if row is None:
        return None
    return CleanImage(
        data=row["data"],
        mimetype=row["mimetype"],
        extension=row["extension"],
        width=row["width"],
        height=row["height"],
        outcome=Outcome.LOSSLESS,
        removed=Removals(),
    )


def _keep_picture(
    c: Conversation, attachment_id: int, *, caption: str, joinable: bool = False, source: str | None = None
) -> int:
    return c.tx.insert(
        "INSERT INTO picture (room_id, sender, source_event, sent_at, kept_at, caption, attachment_id, joinable,"
        " waiting_bytes) VALUES (:room, :sender, :source, :at, :now, :caption, :attachment, :joinable, :waits)",
        room=c.event.room_id,
        sender=c.sender,
        source=source or c.cause,
        at=c.event.sent_at,
        now=int(time.time() * 1000),
        caption=caption[:_LONGEST_CAPTION] or None,
        attachment=attachment_id,
        joinable=joinable,
        waits=joinable,
    )


def _case_id_around(c: Conversation) -> int | None:
    around = desk.case_around(c)
    return around.id if around else None
