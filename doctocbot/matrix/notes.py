"""Notes to itself: the bot writes into each of its messages, sealed, what its outbox knows of that message.

Lost with its machine, it finds them in the timeline: what it has said since its last backup, about which case and whom,
so that nothing is said twice and a pull still reaches all of it. Nobody else can read them, members included.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from doctocbot.matrix.outgoing import Outgoing, people_in

NOTE = "org.doctocbot.note"
"""Key in the content, inside the encryption, under which the sealed note stands."""

MEMO = "org.doctocbot.memo"
"""Key in the content of something that is to be sealed into the note, and never stands in the event itself."""

_NONCE = 12  # bytes
_NOTED = frozenset({"key", "case_id", "renders", "quotes", "shows", "people", "opens"})
_READ = _NOTED | {"content"}
_DEFAULTS = {each.name: each.default for each in fields(Outgoing)}


@dataclass(frozen=True, slots=True)
class Echo:
    """An event of our own, seen in the timeline at the server's time `sent_at` (ms).

    `note` is what it tells of its outbox row, where it was asked for and the event is still there to tell.
    """

    transaction_id: str
    event_id: str
    room_id: str
    sent_at: int = 0
    redacted: bool = False
    note: Outgoing | None = None


class Notes:
    """Seals and opens notes with a key of their own, derived from the one of the transaction ids (AES-GCM)."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"doctocbot notes").derive(secret.encode()))

    def seal(self, outgoing: Outgoing, memo: object = None) -> str:
        """The note of one message, bound to its room; a `memo` (JSON) comes back as its content's MEMO."""
        noted = {name: getattr(outgoing, name) for name in _NOTED}
        told = {name: value for name, value in noted.items() if value != _DEFAULTS[name]}
        if memo is not None:
            told["content"] = {MEMO: memo}
        nonce = secrets.token_bytes(_NONCE)
        plain = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        sealed = nonce + self._cipher.encrypt(nonce, plain, outgoing.room_id.encode())
        return base64.b64encode(sealed).decode()

    def read(self, room_id: str, content: Mapping[str, Any]) -> Outgoing | None:
        """What the note of a content says; None where there is none, or it was made elsewhere or by somebody else."""
        note = content.get(NOTE)
        if not isinstance(note, str):
            return None
        try:
            sealed = base64.b64decode(note, validate=True)
            plain = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], room_id.encode())
        except (binascii.Error, ValueError, InvalidTag):
            return None
        # A later version may have noted more than this one knows.
        told = {name: value for name, value in json.loads(plain).items() if name in _READ}
        lists = {name: tuple(told.get(name, ())) for name in ("shows", "people")}
        return Outgoing(room_id=room_id, **told | lists)


def naming(note: Outgoing, content: Mapping[str, Any]) -> Outgoing:
    """The note with those whom its message itself shows: they are seen there, and do not stand in it a second time."""
    inner = content.get("m.new_content")
    shown = people_in(inner if isinstance(inner, Mapping) else content)
    return replace(note, people=tuple(sorted({*note.people, *shown})))
