"""The pages of a SQLCipher file as they lie on the disk, decrypted one by one, free ones and those of the journal too.

Asking the database for a copy would prove nothing: it writes the copy anew. Source: SQLCipher's design page, "Database
Encryption and Security Features"; version 4 with its defaults.
"""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_PAGE, _SALT, _IV, _MAC = 4096, 16, 16, 64
_BODY = _PAGE - _IV - _MAC
_JOURNAL_HEADER, _FRAME_HEADER = 32, 24
_ROUNDS = 256_000


class RawPage(NamedTuple):
    """One page: in the file or in its journal, its number, and what stands in it."""

    place: str
    number: int
    content: bytes


class RawPages:
    """Reads the pages of one file; `key` is the passphrase that `PRAGMA key` is given."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        salt = path.read_bytes()[:_SALT]
        self._key = hashlib.pbkdf2_hmac("sha512", key.encode(), salt, _ROUNDS, 32)
        self._mac_key = hashlib.pbkdf2_hmac("sha512", self._key, bytes(each ^ 0x3A for each in salt), 2, 32)

    def __iter__(self) -> Iterator[RawPage]:
        """Every page, checked by its code; raises ValueError for one that does not decrypt."""
        data = self._path.read_bytes()
        for begin in range(0, len(data), _PAGE):
            number = begin // _PAGE + 1
            yield RawPage("file", number, self._open(data[begin : begin + _PAGE], number))
        journal = self._path.with_name(f"{self._path.name}-wal")
        data = journal.read_bytes() if journal.exists() else b""
        for begin in range(_JOURNAL_HEADER, len(data), _FRAME_HEADER + _PAGE):
            number = int.from_bytes(data[begin : begin + 4], "big")
            page = data[begin + _FRAME_HEADER : begin + _FRAME_HEADER + _PAGE]
            yield RawPage("journal", number, self._open(page, number))

    def holding(self, *words: str) -> list[tuple[str, int, str]]:
        """Where any of these words stands: the place, the page and the word."""
        wanted = [(word, form) for word in words for form in {word.encode(), word.casefold().encode()}]
        return [
            (page.place, page.number, word) for page in self for word, form in wanted if form in page.content
        ]

    def _open(self, page: bytes, number: int) -> bytes:
        # The first page begins with the salt in place of a part of the body.
        body, iv, code = (
            page[_SALT if number == 1 else 0 : _BODY],
            page[_BODY : _BODY + _IV],
            page[_BODY + _IV :],
        )
        right = hmac.new(self._mac_key, body + iv + number.to_bytes(4, "little"), hashlib.sha512).digest()
        if not hmac.compare_digest(right, code):
            raise ValueError(f"page {number} does not decrypt")
        decryptor = Cipher(AES(self._key), CBC(iv)).decryptor()
        return decryptor.update(body) + decryptor.finalize()
