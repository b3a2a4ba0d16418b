"""Secret storage: the bot's identity, encrypted on its server under a recovery key that only the operator has.

With it a second device, or the first after its disk is gone, is signed by the same identity (spec, "Secret storage",
algorithm m.secret_storage.v1.aes-hmac-sha2).
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from doctocbot.matrix import keybackup
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.connection import path
from doctocbot.matrix.crosssigning import VAULT_NAME, CrossSigning, load_keys, refuse_foreign
from doctocbot.matrix.errors import MatrixError, NotFound
from doctocbot.matrix.signing import decode_base64, encode_base64
from doctocbot.matrix.vault import Vault

_ALGORITHM = "m.secret_storage.v1.aes-hmac-sha2"
_DEFAULT_KEY = "m.secret_storage.default_key"
_SECRETS = ("m.cross_signing.master", "m.cross_signing.self_signing", "m.cross_signing.user_signing")
_KEY_BACKUP = "m.megolm_backup.v1"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PREFIX = b"\x8b\x01"
_ZEROES = bytes(32)


class BadRecoveryKey(ValueError):
    """This is no recovery key: a character is wrong or missing."""


class SecretStorageExists(MatrixError):
    """The account has a secret storage under another key; it may be all that somebody has, so it stays."""

    def __init__(self) -> None:
        super().__init__("SECRET_STORAGE_EXISTS")


class SecretStorageUnreadable(MatrixError):
    """There is no secret storage, or it does not open with this key."""

    def __init__(self, what: str) -> None:
        super().__init__("SECRET_STORAGE_UNREADABLE", detail=what)


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """32 random bytes, written down by people as twelve groups of four (spec, "Recovery key")."""

    raw: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "RecoveryKey":
        """A new one."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> "RecoveryKey":
        """Read what somebody wrote down; white space does not matter. Raises BadRecoveryKey."""
        number = 0
        for character in "".join(text.split()):
            digit = _ALPHABET.find(character)
            if digit < 0:
                raise BadRecoveryKey
            number = number * 58 + digit
        if number >> (8 * 35):
            raise BadRecoveryKey
        data = number.to_bytes(35, "big")
        if data[:2] != _PREFIX or _parity(data) != 0:
            raise BadRecoveryKey
        return cls(data[2:-1])

    def __str__(self) -> str:
        data = _PREFIX + self.raw
        number = int.from_bytes(data + bytes([_parity(data)]), "big")
        digits = ""
        while number:
            number, digit = divmod(number, 58)
            digits = _ALPHABET[digit] + digits
        return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))

    def encrypt(self, name: str, plain: bytes) -> dict[str, str]:
        """Encrypt the secret of that name: `iv`, `ciphertext` and `mac` in base64."""
        start = bytearray(secrets.token_bytes(16))
        start[8] &= 0x7F  # bit 63 stays 0, for clients whose counter has 63 bits (spec)
        return self._encrypt_from(bytes(start), name, plain)

    def decrypt(self, name: str, encrypted: Mapping[str, Any]) -> bytes:
        """The secret of that name; SecretStorageUnreadable if it is another's or was changed."""
        try:
            start, ciphertext, mac = (decode_base64(encrypted[part]) for part in ("iv", "ciphertext", "mac"))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise SecretStorageUnreadable(name) from error
        cipher_key, mac_key = self._keys(name)
        if len(start) != 16 or not hmac.compare_digest(hmac.digest(mac_key, ciphertext, "sha256"), mac):
            raise SecretStorageUnreadable(name)
        decryptor = Cipher(AES(cipher_key), CTR(start)).decryptor()
        return decryptor.update(ciphertext) + decryptor.finalize()

    def description(self) -> dict[str, Any]:
        """What the server keeps of this key: enough to tell whether it is the right one."""
        check = self.encrypt("", _ZEROES)
        return {"algorithm": _ALGORITHM, "iv": check["iv"], "mac": check["mac"]}

    def fits(self, description: Mapping[str, Any]) -> bool:
        """Whether a description is of this key."""
        try:
            start, mac = decode_base64(description["iv"]), decode_base64(description["mac"])
        except (KeyError, TypeError, AttributeError, ValueError):
            return False
        if description.get("algorithm") != _ALGORITHM or len(start) != 16:
            return False
        ours = decode_base64(self._encrypt_from(start, "", _ZEROES)["mac"])
        return hmac.compare_digest(ours, mac)

    def _encrypt_from(self, start: bytes, name: str, plain: bytes) -> dict[str, str]:
        cipher_key, mac_key = self._keys(name)
        encryptor = Cipher(AES(cipher_key), CTR(start)).encryptor()
        ciphertext = encryptor.update(plain) + encryptor.finalize()
        mac = hmac.digest(mac_key, ciphertext, "sha256")
        parts = {"iv": start, "ciphertext": ciphertext, "mac": mac}
        return {part: encode_base64(value) for part, value in parts.items()}

    def _keys(self, name: str) -> tuple[bytes, bytes]:
        derived = HKDF(SHA256(), 64, salt=_ZEROES, info=name.encode()).derive(self.raw)
        return derived[:32], derived[32:]


async def store_secrets(client: EncryptedClient, recovery_key: RecoveryKey, vault: Vault) -> None:
    """Put the identity of the vault, and the key to the room keys, into the account's secret storage.

    Makes one if there is none.

    Storing again under the same key is fine. Raises SecretStorageExists when there is one under another key.
    """
    keys = await load_keys(client.user_id, vault)
    if keys is None:
        raise SecretStorageUnreadable("the vault holds no identity")
    key_id = await _default_key(client)
    if key_id is None:
        key_id = secrets.token_hex(16)
        await _write(client, f"m.secret_storage.key.{key_id}", recovery_key.description())
    elif not recovery_key.fits(await _read(client, f"m.secret_storage.key.{key_id}")):
        raise SecretStorageExists
    raw = (each.private_bytes_raw() for each in (keys.master, keys.self_signing, keys.user_signing))
    secrets_by_name = dict(zip(_SECRETS, raw, strict=True))
    key_backup = await vault.get(keybackup.VAULT_NAME)
    if key_backup is not None:
        secrets_by_name[_KEY_BACKUP] = key_backup
    for name, secret in secrets_by_name.items():
        plain = encode_base64(secret).encode()
        others = (await _read(client, name)).get("encrypted")
        kept = others if isinstance(others, dict) else {}
        await _write(client, name, {"encrypted": {**kept, key_id: recovery_key.encrypt(name, plain)}})
    # Last, so that clients never meet a storage that names its key and lacks the secrets.
    await _write(client, _DEFAULT_KEY, {"key": key_id})


async def restore_secrets(client: EncryptedClient, recovery_key: RecoveryKey, vault: Vault) -> None:
    """Fetch the identity into the vault; `ensure_cross_signed` then signs this device with it.

    Raises SecretStorageUnreadable, and ForeignIdentity when what it holds is not what the server shows, or the vault
    holds another identity already.
    """
    key_id = await _default_key(client)
    if key_id is None:
        raise SecretStorageUnreadable("there is none")
    if not recovery_key.fits(await _read(client, f"m.secret_storage.key.{key_id}")):
        raise SecretStorageUnreadable("another key")
    seeds = b"".join([await _secret(client, recovery_key, name, key_id) for name in _SECRETS])
    try:
        keys = CrossSigning.from_seeds(client.user_id, seeds)
    except ValueError as error:
        raise SecretStorageUnreadable("seeds") from error
    answer = await client.keys.ask_for([client.user_id])
    refuse_foreign(answer, client.user_id, keys)
    held = await load_keys(client.user_id, vault)
    if held is not None:
        refuse_foreign(answer, client.user_id, held)
        return
    if await vault.get(keybackup.VAULT_NAME) is None and await _read(client, _KEY_BACKUP):
        await vault.put(keybackup.VAULT_NAME, await _secret(client, recovery_key, _KEY_BACKUP, key_id))
    await vault.put(VAULT_NAME, keys.seeds())


async def _secret(client: EncryptedClient, recovery_key: RecoveryKey, name: str, key_id: str) -> bytes:
    encrypted = (await _read(client, name)).get("encrypted")
    found = encrypted.get(key_id) if isinstance(encrypted, dict) else None
    if not isinstance(found, dict):
        raise SecretStorageUnreadable(name)
    try:
        return decode_base64(recovery_key.decrypt(name, found).decode("ascii"))
    except ValueError as error:
        raise SecretStorageUnreadable(name) from error


async def _default_key(client: EncryptedClient) -> str | None:
    key_id = (await _read(client, _DEFAULT_KEY)).get("key")
    return key_id if isinstance(key_id, str) and key_id else None


async def _read(client: EncryptedClient, type_: str) -> dict[str, Any]:
    try:
        return await client.request("GET", path("user", client.user_id, "account_data", type_))
    except NotFound:
        return {}


async def _write(client: EncryptedClient, type_: str, content: Mapping[str, Any]) -> None:
    await client.request("PUT", path("user", client.user_id, "account_data", type_), content)


def _parity(data: bytes) -> int:
    parity = 0
    for byte in data:
        parity ^= byte
    return parity
