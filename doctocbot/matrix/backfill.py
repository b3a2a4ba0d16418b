"""Filling gaps: a server that has too much to say leaves the older part out, and it has to be fetched."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from doctocbot.matrix import inbox
from doctocbot.matrix.client import EncryptedClient
from doctocbot.store import Database, Transaction

_PAGE = 100


async def gap_before(
    client: EncryptedClient, database: Database, room_id: str, prev_batch: str, since: str
) -> list[Mapping[str, Any]]:
    """The events before a limited timeline, back to the end of the last sync or the bot's own joining, oldest first.

    Source: client-server API, "Syncing", on `limited` and `prev_batch`. Raises MatrixError; the caller asks again
    with its old token `since`, so that a failure half-way loses nothing.
    """
    filled: list[Mapping[str, Any]] = []
    path = f"/_matrix/client/v3/rooms/{quote(room_id, safe='')}/messages"
    page_token: str | None = prev_batch
    while page_token:
        params = {"dir": "b", "from": page_token, "to": since, "limit": str(_PAGE)}
        page = await client.request("GET", path, params=params)
        chunk = [event for event in page.get("chunk", []) if isinstance(event, Mapping)]
        known = await database.run(_first_known, chunk, client.user_id)
        filled += chunk[:known]
        if known < len(chunk) or not chunk:
            break
        page_token = page.get("end")
    return filled[::-1]


def is_membership(event: Mapping[str, Any], user_id: str, membership: str) -> bool:
    """Whether an event gives somebody this membership."""
    if event.get("type") != "m.room.member" or event.get("state_key") != user_id:
        return False
    content = event.get("content")
    return isinstance(content, Mapping) and content.get("membership") == membership


def is_joining(event: Mapping[str, Any], user_id: str) -> bool:
    """Whether somebody comes to join with this event; a change of display name is a `join` too, and is not."""
    before = (event.get("unsigned") or {}).get("prev_content") or {}
    return is_membership(event, user_id, "join") and before.get("membership") != "join"


def _first_known(tx: Transaction, newest_first: list[Mapping[str, Any]], user_id: str) -> int:
    """How many of these events, newest first, come before the first that was received, or the bot's own joining.

    For servers that do not stop at `to`. What the bot itself has sent since says nothing of what others said before.
    """
    for index, event in enumerate(newest_first):
        if is_joining(event, user_id) or inbox.is_received(tx, str(event.get("event_id"))):
            return index
    return len(newest_first)
