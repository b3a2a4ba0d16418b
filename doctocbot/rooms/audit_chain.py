"""The audit as a chain: each row carries the hash of the one before, keyed with the bot's secret. Pure.

Whoever can write the file but has no secret can recompute nothing: a row that is changed, taken out or put between is
found. What is cut off at the end shows by the head alone, which is why the moderators are told it every week.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum

FIRST = "0" * 64
"""What the first row carries for the hash of the one before."""

_FORM = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row says: who and whom by pseudonyms, a reason by its digest; `at` in ms since 1970."""

    id: int
    at: int
    actor: str
    act: str
    room_id: str | None
    case_id: int | None
    about: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A row as it stands in the file: what it says, the hash of the one before, and its own."""

    entry: Entry
    previous: str
    hash: str


class Broken(StrEnum):
    """How a chain is broken; sentences stand in the catalogues under `cli.audit-<value>`."""

    MISSING = "missing"
    """The rows before it are not those before which it was written."""
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Break:
    """The first row at which a chain does not hold, and why."""

    row: int
    why: Broken


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of a chain: how many rows hold, the hash of the last of these, and the first break."""

    rows: int
    head: str
    broken: Break | None


def seal(key: bytes, previous: str, entry: Entry) -> str:
    """The hash of a row: HMAC-SHA256, in hexadecimal digits, over the one before and all that the row says."""
    values = [getattr(entry, each.name) for each in fields(Entry)]
    canonical = json.dumps([_FORM, previous, *values], ensure_ascii=True, separators=(",", ":"))
    return hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()


def digest(key: bytes, salt: str, words: str) -> str:
    """The digest of words that can be erased; without the salt, which goes with them, nobody can try guesses."""
    return hmac.new(key, f"{salt}\n{words}".encode(), hashlib.sha256).hexdigest()


def check(key: bytes, links: Iterable[Link]) -> Found:
    """Walk a chain from its first row to the first that does not hold."""
    rows, head = 0, FIRST
    for link in links:
        if link.entry.id != rows + 1 or not hmac.compare_digest(link.previous, head):
            return Found(rows, head, Break(link.entry.id, Broken.MISSING))
        if not hmac.compare_digest(link.hash, seal(key, head, link.entry)):
            return Found(rows, head, Break(link.entry.id, Broken.CHANGED))
        rows, head = link.entry.id, link.hash
    return Found(rows, head, None)
