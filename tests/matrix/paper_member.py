"""The other side of a verification on paper: a member's client, written from the specification on other primitives.

It shares no code with the bot's side: X25519, HKDF and HMAC come from `cryptography`, not from vodozemac.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Content = dict[str, Any]


def base64_of(data: bytes) -> str:
    """Unpadded, as Matrix has it."""
    return base64.b64encode(data).decode().rstrip("=")


class PaperMember:
    """One device that asks, starts, and compares. All keys are base64 texts."""

    def __init__(self, user: str, device: str, device_key: str, master_key: str) -> None:
        self.user, self.device = user, device
        self.keys = {f"ed25519:{device}": device_key, f"ed25519:{master_key}": master_key}
        self._private = X25519PrivateKey.generate()
        self.public_key = base64_of(self._private.public_key().public_bytes_raw())
        self._shared = b""
        self._accept: Content = {}
        self.started: Content = {}

    def start(self, **changes: Any) -> Content:
        """The content of `m.key.verification.start`, with anything in it replaced."""
        self.started = {
            "from_device": self.device,
            "method": "m.sas.v1",
            "key_agreement_protocols": ["curve25519-hkdf-sha256"],
            "hashes": ["sha256"],
            "message_authentication_codes": ["hkdf-hmac-sha256.v2", "hkdf-hmac-sha256"],
            "short_authentication_string": ["decimal", "emoji"],
            "transaction_id": "TX",
        } | changes
        return self.started

    def key(self) -> Content:
        """The content of `m.key.verification.key`."""
        return {"key": self.public_key, "transaction_id": "TX"}

    def meets(self, accept: Content, key: Content) -> bool:
        """Take the other side's answers; whether its key is the one that it had committed itself to."""
        canonical = json.dumps(self.started, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        bound = hashlib.sha256((key["key"] + canonical).encode()).digest()
        raw = base64.b64decode(key["key"] + "=" * (-len(key["key"]) % 4))
        self._shared = self._private.exchange(X25519PublicKey.from_public_bytes(raw))
        return bool(accept["commitment"] == base64_of(bound))

    def sas_bits(self, bot: str, bots_device: str, bots_key: str, name: str) -> str:
        """The first 42 bits of what is shown."""
        info = "|".join(
            [
                "MATRIX_KEY_VERIFICATION_SAS",
                self.user,
                self.device,
                self.public_key,
                bot,
                bots_device,
                bots_key,
                name,
            ]
        )
        return "".join(f"{byte:08b}" for byte in self._derived(info, 6))[:42]

    def mac(self, bot: str, bots_device: str, name: str, **changes: str) -> Content:
        """The content of `m.key.verification.mac` over our keys; `changes` replaces keys by others of the same id."""
        info = f"MATRIX_KEY_VERIFICATION_MAC{self.user}{self.device}{bot}{bots_device}{name}"
        return self._macs({**self.keys, **changes}, info)

    def accepts(self, content: Content, bot: str, bots_device: str, name: str, keys: dict[str, str]) -> bool:
        """Whether the bot's MACs are over these keys."""
        info = f"MATRIX_KEY_VERIFICATION_MAC{bot}{bots_device}{self.user}{self.device}{name}"
        return content == self._macs(keys, info)

    def _macs(self, keys: dict[str, str], info: str) -> Content:
        return {
            "mac": {key_id: self._mac(key, info + key_id) for key_id, key in keys.items()},
            "keys": self._mac(",".join(sorted(keys)), info + "KEY_IDS"),
        }

    def _mac(self, text: str, info: str) -> str:
        return base64_of(hmac.new(self._derived(info, 32), text.encode(), hashlib.sha256).digest())

    def _derived(self, info: str, length: int) -> bytes:
        return HKDF(hashes.SHA256(), length, None, info.encode()).derive(self._shared)
