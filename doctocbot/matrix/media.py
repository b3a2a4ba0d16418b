"""Files in and out: encrypted before they leave, limited, checked and decrypted when they come.

Source: spec, "Sending encrypted attachments" and the authenticated media endpoints of client-server API 1.11.
"""

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.errors import DamagedMedia, NotFound, TooLarge, Unreachable
from doctocbot.matrix.signing import decode_base64, encode_base64

_MXC = re.compile(r"mxc://([A-Za-z0-9.\-:\[\]]+)/([A-Za-z0-9_\-]+)")
_PIECE = 64 * 1024  # bytes read at a time, and so the most by which a download may pass its limit
_OFF_THE_LOOP = 128 * 1024  # bytes from which hashing and ciphers would be felt in the event loop
_TIMEOUT = 120.0  # seconds for one file


async def download(client: EncryptedClient, source: Mapping[str, Any] | str, limit: int) -> bytes:
    """The plain bytes of a file: `source` is the `file` object of an event's content, or a bare mxc address.

    Reads no more than `limit` bytes whatever the event or the server says of the size. Raises TooLarge, DamagedMedia
    when the bytes are not those that were sent, otherwise what `Connection.request` raises.
    """
    if isinstance(source, str):
        return bytes(await _fetch(client, source, limit))
    cipher = _description(source)
    ciphertext = await _fetch(client, str(source.get("url")), limit)
    if len(ciphertext) < _OFF_THE_LOOP:
        return cipher.open(ciphertext)
    return await asyncio.to_thread(cipher.open, ciphertext)


async def upload_encrypted(client: EncryptedClient, data: bytes) -> dict[str, Any]:
    """Encrypt with a key of its own, upload without name or type, return the `file` object for an event's content.

    Raises TooLarge when the server takes no file of that size, otherwise what `Connection.request` raises.
    """
    if len(data) < _OFF_THE_LOOP:
        ciphertext, description = _seal(data)
    else:
        ciphertext, description = await asyncio.to_thread(_seal, data)
    return {**description, "url": await _upload(client, ciphertext)}


async def _upload(client: EncryptedClient, data: bytes) -> str:
    try:
        answer = await client.connection.upload("/_matrix/media/v3/upload", data, _TIMEOUT)
    except Unreachable as error:
        # Servers hang up in the middle of what is too large for them: a failure that would never pass.
        limits = await client.request("GET", path("media", "config", version="v1"))
        largest = limits.get("m.upload.size")
        if isinstance(largest, int) and len(data) > largest:
            raise TooLarge("M_TOO_LARGE", error.status) from error
        raise
    address = answer.get("content_uri")
    if not isinstance(address, str):
        raise Unreachable("NO_MATRIX_ANSWER", 200)
    return address


async def _fetch(client: EncryptedClient, address: str, limit: int) -> bytearray:
    found = _MXC.fullmatch(address)
    if found is None:
        raise NotFound("NO_MEDIA_ADDRESS")
    target = path("media", "download", *found.groups(), version="v1")
    data = bytearray()
    async with client.connection.stream(target, _TIMEOUT) as response:
        if (response.content_length or 0) > limit:
            raise TooLarge("OVER_OUR_LIMIT", 200)
        async for piece in response.content.iter_chunked(_PIECE):
            data += piece
            if len(data) > limit:
                raise TooLarge("OVER_OUR_LIMIT", 200)
    return data


class _AttachmentCipher:
    """AES-256 in counter mode with the hash of the ciphertext, as version 2 of the `file` object describes it."""

    def __init__(self, key: bytes, start: bytes, digest: bytes) -> None:
        self._key = key
        self._start = start
        self._digest = digest

    def open(self, ciphertext: bytes | bytearray) -> bytes:
        """The plain bytes; DamagedMedia if the ciphertext is not the one that was described."""
        if not hmac.compare_digest(hashlib.sha256(ciphertext).digest(), self._digest):
            raise DamagedMedia("hash")
        decryptor = Cipher(AES(self._key), CTR(self._start)).decryptor()
        return decryptor.update(ciphertext) + decryptor.finalize()


def _description(file: Mapping[str, Any]) -> _AttachmentCipher:
    """Read the `file` object; everything in it was written by another client."""
    try:
        if file["v"] != "v2" or file["key"]["alg"] != "A256CTR":
            raise DamagedMedia("version")
        key = decode_base64(file["key"]["k"].replace("-", "+").replace("_", "/"))
        start, digest = decode_base64(file["iv"]), decode_base64(file["hashes"]["sha256"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DamagedMedia("description") from error
    if (len(key), len(start), len(digest)) != (32, 16, 32):
        raise DamagedMedia("description")
    return _AttachmentCipher(key, start, digest)


def _seal(data: bytes) -> tuple[bytes, dict[str, Any]]:
    key = secrets.token_bytes(32)
    start = secrets.token_bytes(8) + bytes(
        8
    )  # the counter begins at 0 and so never runs over into the other half
    encryptor = Cipher(AES(key), CTR(start)).encryptor()
    ciphertext = encryptor.update(data) + encryptor.finalize()
    return ciphertext, {
        "v": "v2",
        "key": {
            "kty": "oct",
            "alg": "A256CTR",
            "ext": True,
            "key_ops": ["encrypt", "decrypt"],
            "k": base64.urlsafe_b64encode(key).rstrip(b"=").decode(),
        },
        "iv": encode_base64(start),
        "hashes": {"sha256": encode_base64(hashlib.sha256(ciphertext).digest())},
    }
