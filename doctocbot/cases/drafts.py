"""Drafts as rows: what somebody has sent to the bot in private, and which version of it they have been shown."""

from dataclasses import dataclass

from doctocbot.store import Row, Transaction


@dataclass(frozen=True, slots=True)
class Draft:
    """A case that only its author has seen; a release covers `shown_version` alone, as `shown_key` showed it.

    `shown_rooms` are the rooms that were offered then. `adds_to` is the case to which it is an addition; `undecided`
    says that its author is being asked which. While it is on the way to a room, `case_id` is the case and `sent_as`
    the outbox key of the message that brings it.

    `came_back` is the pulled case of which it came back; then nothing joins it that does not say so. `turn` counts how
    often it has stepped aside for another draft. `nameless` says that it is published without its author's name,
    unless they say otherwise.
    """

    id: int
    author: str
    chat_id: str
    version: int = 1
    shown_version: int = 0
    preview_key: str | None = None
    shown_key: str | None = None
    shown_rooms: tuple[str, ...] = ()
    case_id: int | None = None
    sent_as: str | None = None
    adds_to: int | None = None
    undecided: bool = False
    came_back: int | None = None
    turn: int = 0
    nameless: bool = False

    @property
    def key(self) -> str:
        """What the keys of everything that the bot says about it begin with."""
        return f"draft:{self.id}:"


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a draft: words, or a picture with its number and its caption.

    `removed` counts by kind what was taken out of the picture (`images.Removals`); `reading` is what
    `images.reading` made of it.
    """

    id: int
    event_id: str
    text: str
    number: int | None = None
    attachment_id: int | None = None
    removed: str = ""
    reading: str | None = None


def of_author(tx: Transaction, author: str) -> Draft | None:
    """The draft that somebody has before them."""
    row = tx.row("SELECT * FROM draft WHERE author = :author AND chat_id != '' AND NOT aside", author=author)
    return from_row(row) if row else None


def by_id(tx: Transaction, draft_id: int) -> Draft | None:
    """A draft by its number."""
    row = tx.row("SELECT * FROM draft WHERE id = :id", id=draft_id)
    return from_row(row) if row else None


def begin(
    tx: Transaction, author: str, chat_id: str, *, adds_to: int | None = None, undecided: bool = False
) -> Draft:
    """Begin somebody's draft in their direct chat."""
    draft_id = tx.insert(
        "INSERT INTO draft (author, chat_id, adds_to, undecided) VALUES (:author, :chat, :adds_to, :undecided)",
        author=author,
        chat=chat_id,
        adds_to=adds_to,
        undecided=undecided,
    )
    return Draft(draft_id, author, chat_id, adds_to=adds_to, undecided=undecided)


def decide(tx: Transaction, draft: Draft, adds_to: int | None) -> None:
    """Note that a draft is an addition to a case, or a case of its own."""
    tx.execute(
        "UPDATE draft SET adds_to = :adds_to, undecided = 0 WHERE id = :id", adds_to=adds_to, id=draft.id
    )
    changed(tx, draft)


def settle(tx: Transaction, draft: Draft) -> None:
    """Note that a draft is a case of its own because there is none to which it could be added."""
    tx.execute("UPDATE draft SET undecided = 0 WHERE id = :id", id=draft.id)


_COPIED = (
    "mimetype, extension, width, height, size, data, file, thumbnail_width, thumbnail_height, thumbnail_size,"
    " thumbnail_data, thumbnail_file"
)
COPY_ATTACHMENT = f"INSERT INTO attachment ({_COPIED}) SELECT {_COPIED} FROM attachment WHERE id = :id"  # noqa: S608
"""Copies a picture for another owner: whatever becomes of the one, the other stays."""


def extension(tx: Transaction, part: Part) -> str:
    """The file extension of a part's picture."""
    found: str = tx.value("SELECT extension FROM attachment WHERE id = :id", id=part.attachment_id)
    return found


def parts(tx: Transaction, draft_id: int) -> list[Part]:
    """What a draft is made of, in the order in which it was sent."""
    rows = tx.rows("SELECT * FROM draft_part WHERE draft_id = :id ORDER BY id", id=draft_id)
    return [_part(row) for row in rows]


def part_of_event(tx: Transaction, event_id: str) -> tuple[Draft, Part] | None:
    """The part that a message became, and its draft."""
    row = tx.row("SELECT * FROM draft_part WHERE event_id = :id", id=event_id)
    draft = by_id(tx, row["draft_id"]) if row else None
    return (draft, _part(row)) if row and draft else None


def worded_by(tx: Transaction, event_id: str) -> tuple[Draft, Part] | None:
    """The part whose present words came with this edit, and its draft."""
    found: str | None = tx.value(
        "SELECT event_id FROM draft_part WHERE words_event = :id AND event_id != :id", id=event_id
    )
    return part_of_event(tx, found) if found else None


def add_words(tx: Transaction, draft: Draft, event_id: str, text: str, *, words_event: str) -> None:
    """Add a message of words, as the event `words_event`, itself or its edit, gave them."""
    _add(tx, draft, event_id, text, words_event)


def add_picture(
    tx: Transaction,
    draft: Draft,
    event_id: str,
    *,
    caption: str,
    attachment_id: int,
    removed: str,
    reading: str | None,
) -> Part:
    """Add a clean picture under the next number; numbers stay when another picture is taken out."""
    number: int = tx.value(
        "SELECT coalesce(max(number), 0) + 1 FROM draft_part WHERE draft_id = :id", id=draft.id
    )
    part_id = _add(
        tx, draft, event_id, caption, event_id, number=number, attachment=attachment_id, removed=removed,
        reading=reading,
    )  # fmt: skip
    return Part(part_id, event_id, caption, number, attachment_id, removed, reading)


def _add(
    tx: Transaction,
    draft: Draft,
    event_id: str,
    text: str,
    words_event: str,
    *,
    number: int | None = None,
    attachment: int | None = None,
    removed: str = "",
    reading: str | None = None,
) -> int:
    note_event(tx, draft, event_id)
    note_event(tx, draft, words_event)
    part_id = tx.insert(
        "INSERT INTO draft_part (draft_id, event_id, words_event, text, number, attachment_id, removed, reading)"
        " VALUES (:draft, :event, :words, :text, :number, :attachment, :removed, :reading)",
        draft=draft.id,
        event=event_id,
        words=words_event,
        text=text,
        number=number,
        attachment=attachment,
        removed=removed,
        reading=reading,
    )
    changed(tx, draft)
    return part_id


def note_event(tx: Transaction, draft: Draft, event_id: str) -> None:
    """Note a message of the author's that holds something of the draft, so that it goes when the draft ends."""
    tx.execute(
        "INSERT INTO draft_event (event_id, draft_id) VALUES (:event, :draft) ON CONFLICT DO NOTHING",
        event=event_id,
        draft=draft.id,
    )


def events(tx: Transaction, draft: Draft) -> list[str]:
    """Every message of the author's that holds something of the draft."""
    rows = tx.rows("SELECT event_id FROM draft_event WHERE draft_id = :id ORDER BY event_id", id=draft.id)
    return [row["event_id"] for row in rows]


def set_text(tx: Transaction, draft: Draft, part: Part, text: str, words_event: str) -> None:
    """Change the words of a message or the caption of a picture, as the event `words_event` says."""
    note_event(tx, draft, words_event)
    tx.execute(
        "UPDATE draft_part SET text = :text, words_event = :words WHERE id = :id",
        text=text,
        words=words_event,
        id=part.id,
    )
    changed(tx, draft)


def drop_words(tx: Transaction, draft: Draft) -> None:
    """Take all words out of a draft but the captions of its pictures."""
    tx.execute("DELETE FROM draft_part WHERE draft_id = :id AND number IS NULL", id=draft.id)
    changed(tx, draft)


def set_picture(tx: Transaction, draft: Draft, part: Part, attachment_id: int, reading: str | None) -> None:
    """Put another clean picture in the place of one, which is erased."""
    tx.execute(
        "UPDATE draft_part SET attachment_id = :attachment, reading = :reading WHERE id = :id",
        attachment=attachment_id,
        reading=reading,
        id=part.id,
    )
    erase_attachment(tx, part.attachment_id)
    changed(tx, draft)


def take_out(tx: Transaction, draft: Draft, part: Part) -> None:
    """Take a part out of a draft and erase its picture."""
    tx.execute("DELETE FROM draft_part WHERE id = :id", id=part.id)
    erase_attachment(tx, part.attachment_id)
    changed(tx, draft)


def changed(tx: Transaction, draft: Draft) -> None:
    """Count a change: what was shown before is not what would be published."""
    tx.execute(
        "UPDATE draft SET version = version + 1, settles_at = NULL, expires_at = NULL WHERE id = :id",
        id=draft.id,
    )


def shown(tx: Transaction, draft: Draft, key: str, rooms: list[str], *, preview: bool = True) -> None:
    """Note that the author is being shown the draft as it is, by the message `key`, and offered these rooms.

    What they are asked before there is a preview is none.
    """
    tx.execute(
        "UPDATE draft SET shown_version = version, preview_key = coalesce(preview_key, CASE WHEN :preview THEN :key"
        " END), shown_key = :key, shown_rooms = :rooms WHERE id = :id",
        preview=preview,
        key=key,
        rooms=" ".join(rooms),
        id=draft.id,
    )


def not_shown(tx: Transaction, draft: Draft, key: str) -> None:
    """Note that the message `key` could not be sent: as the draft is, nobody has seen it, and nothing is released."""
    tx.execute(
        "UPDATE draft SET shown_key = NULL, preview_key = nullif(preview_key, :key) WHERE id = :id",
        key=key,
        id=draft.id,
    )


def forget_preview(tx: Transaction, draft: Draft) -> None:
    """Note that nothing is shown of a draft any more, but perhaps its pictures."""
    tx.execute("UPDATE draft SET preview_key = NULL, shown_key = NULL WHERE id = :id", id=draft.id)


def publishing(tx: Transaction, draft: Draft, case_id: int | None, sent_as: str | None = None) -> None:
    """Note that it is on the way to a room by the message `sent_as`, or that it is no more."""
    tx.execute(
        "UPDATE draft SET case_id = :case_id, sent_as = :key WHERE id = :id",
        case_id=case_id,
        key=sent_as,
        id=draft.id,
    )


def on_the_way(tx: Transaction) -> list[Draft]:
    """The drafts whose cases are on the way."""
    return [from_row(row) for row in tx.rows("SELECT * FROM draft WHERE case_id IS NOT NULL")]


def settling(tx: Transaction, now: int, quiet_ms: int, life_ms: int) -> None:
    """Begin to count, by our own clock, the quiet and the life of drafts that have changed."""
    tx.execute("UPDATE draft SET settles_at = :at WHERE settles_at IS NULL", at=now + quiet_ms)
    tx.execute("UPDATE draft SET expires_at = :at WHERE expires_at IS NULL", at=now + life_ms)


def settled(tx: Transaction, now: int) -> list[Draft]:
    """The drafts that have changed and been quiet since.

    One waits while a picture of it is still being cleaned, and a while for the key to what cannot be read yet.
    """
    rows = tx.rows(
        "SELECT * FROM draft WHERE version > shown_version AND case_id IS NULL AND chat_id != '' AND NOT aside"
        " AND settles_at <= :now"
        " AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.room_id = chat_id AND (inbox.state = 'ready'"
        " OR (inbox.state = 'waiting' AND inbox.received_at > :now - 20000)))",
        now=now,
    )
    return [from_row(row) for row in rows]


def unasked(tx: Transaction) -> list[Draft]:
    """The drafts whose question, an addition or not, is gone from the chat unanswered: a case in it was pulled."""
    return [from_row(row) for row in tx.rows(_UNASKED)]


_UNASKED = (
    "SELECT draft.* FROM draft JOIN outbox ON outbox.key = shown_key"
    " WHERE undecided AND NOT aside AND draft.case_id IS NULL AND version = shown_version"
    " AND (outbox.state = 'dropped' OR EXISTS (SELECT 1 FROM outbox AS other WHERE other.key = 'redact:' || shown_key))"
)


def expired(tx: Transaction, now: int) -> list[Draft]:
    """The drafts whose time is over."""
    return [from_row(row) for row in tx.rows("SELECT * FROM draft WHERE expires_at <= :now", now=now)]


def in_chat(tx: Transaction, chat_id: str) -> list[Draft]:
    """The drafts that were begun in a chat."""
    return [from_row(row) for row in tx.rows("SELECT * FROM draft WHERE chat_id = :chat", chat=chat_id)]


def adding_to(tx: Transaction, case_id: int) -> list[Draft]:
    """The drafts of additions to a case."""
    return [from_row(row) for row in tx.rows("SELECT * FROM draft WHERE adds_to = :id", id=case_id)]


def delete(tx: Transaction, draft: Draft) -> None:
    """Erase a draft and its pictures; a case that it became has its own."""
    for part in parts(tx, draft.id):
        erase_attachment(tx, part.attachment_id)
    tx.execute("DELETE FROM draft WHERE id = :id", id=draft.id)


def erase_attachment(tx: Transaction, attachment_id: int | None) -> None:
    """Erase a picture: its bytes, and the key to those that are on the server."""
    tx.execute(
        "UPDATE attachment SET data = NULL, file = NULL, thumbnail_data = NULL, thumbnail_file = NULL, kept = 0"
        " WHERE id = :id",
        id=attachment_id,
    )


def from_row(row: Row) -> Draft:
    """A draft as its row tells it."""
    return Draft(
        row["id"], row["author"], row["chat_id"], row["version"], row["shown_version"], row["preview_key"],
        row["shown_key"], tuple(row["shown_rooms"].split()), row["case_id"], row["sent_as"], row["adds_to"],
        bool(row["undecided"]), row["came_back"], row["turn"], bool(row["nameless"]),
    )  # fmt: skip


def _part(row: Row) -> Part:
    return Part(
        row["id"], row["event_id"], row["text"], row["number"], row["attachment_id"],
        row["removed"], row["reading"],
    )  # fmt: skip
