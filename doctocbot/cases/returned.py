"""Drafts of what came back from pulled cases: they wait for their author, and step aside for what is said next.

pulled by a colleague -> given back, waiting -> the author has a chat and no other draft -> shown in it
                               ^                                                              |
                               +---- set aside <- something that does not belong to it <------+
"""

from collections.abc import Iterable

from doctocbot.cases import drafts
from doctocbot.cases.drafts import Draft
from doctocbot.cases.model import Case
from doctocbot.store import Transaction


def give_back(tx: Transaction, case: Case, texts: Iterable[str], pictures: Iterable[tuple[int, str]]) -> None:
    """Make a draft of the words and the pictures (attachment, caption) of a case that is pulled.

    It waits until its author has a chat and no other draft: no patient's picture may join another's.
    """
    draft_id = tx.insert(
        "INSERT INTO draft (author, chat_id, came_back, nameless) VALUES (:author, '', :case_id, :nameless)",
        author=case.author,
        case_id=case.id,
        nameless=case.anonymous,
    )
    draft = Draft(draft_id, case.author, "", came_back=case.id)
    for number, text in enumerate(filter(None, texts)):
        source = f"case:{case.id}:text:{number}"
        drafts.add_words(tx, draft, source, text, words_event=source)
    for attachment_id, caption in pictures:
        own = tx.insert(drafts.COPY_ATTACHMENT, id=attachment_id)
        drafts.add_picture(
            tx, draft, f"case:{case.id}:picture:{attachment_id}", caption=caption, attachment_id=own, removed="",
            reading=None,
        )  # fmt: skip


def waiting(tx: Transaction) -> list[Draft]:
    """The drafts that came back or stepped aside, of each author without another draft the first."""
    return [drafts.from_row(row) for row in tx.rows(_WAITING)]


_WAITING = (
    "SELECT * FROM draft WHERE id IN (SELECT min(id) FROM draft AS own WHERE (chat_id = '' OR aside) AND NOT EXISTS"
    " (SELECT 1 FROM draft AS other WHERE other.author = own.author AND other.chat_id != '' AND NOT other.aside)"
    " GROUP BY author)"
)


def of_case(tx: Transaction, author: str, case_id: int) -> Draft | None:
    """What somebody has of their pulled case."""
    row = tx.row(
        "SELECT * FROM draft WHERE author = :author AND came_back = :case_id ORDER BY id LIMIT 1",
        author=author,
        case_id=case_id,
    )
    return drafts.from_row(row) if row else None


def set_aside(tx: Transaction, draft: Draft) -> None:
    """Note that a draft makes way for another: what stood of it in the chat is gone, and is shown anew later."""
    tx.execute(
        "UPDATE draft SET aside = 1, turn = turn + 1, version = version + 1, preview_key = NULL, shown_key = NULL,"
        " shown_rooms = '' WHERE id = :id",
        id=draft.id,
    )


def move_in(tx: Transaction, draft: Draft, chat_id: str) -> None:
    """Give a draft that waited its place in its author's chat."""
    tx.execute("UPDATE draft SET chat_id = :chat, aside = 0 WHERE id = :id", chat=chat_id, id=draft.id)
