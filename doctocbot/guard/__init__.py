"""Identifiers in words: where a text names a phone, a mail, a full date or a number that belongs to one person.

Pure: it knows nothing of rooms, pictures or the people who write. A finding is a hint to the author, never a proof
that a text without findings is anonymous: names are not looked for here.
"""

from doctocbot.guard.findings import Finding, Kind, masked
from doctocbot.guard.identifiers import find_identifiers

__all__ = ["Finding", "Kind", "find_identifiers", "masked"]
