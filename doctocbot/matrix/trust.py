"""Whose devices may read and command: decided from the signatures in an answer of /keys/query, never on its word.

A device counts when its owner's self-signing key signed it and the owner's master key signed that one (spec,
"Cross-signing"). Everything here is pure; the client applies what it says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from doctocbot.matrix.signing import is_signed_by


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """`encrypt_to_unsigned` lets devices that their owners have not signed read along; they never count as verified."""

    encrypt_to_unsigned: bool = False


class Change(StrEnum):
    """What a master key is to those who have met its owner before."""

    FIRST_SEEN = "first seen"
    SAME = "same"
    CHANGED = "changed"
    """Another key than before, and to be trusted all the same; somebody has been told."""
    HELD = "held"
    """Not to be trusted until a moderator says so: none of the person's devices counts as signed."""


class IdentityBook(Protocol):
    """Remembers each person's master key at first sight and reports when it is another one."""

    async def seen(self, user_id: str, master_key: str) -> Change:
        """Record that the server shows this key (base64) for this person now."""
        ...


@dataclass(frozen=True, slots=True)
class UserTrust:
    """One person's identity and devices; both sets hold only devices whose own signature holds.

    `trusted_identity` is False for somebody without a valid master key, and for somebody held.
    """

    master_key: str | None
    signed_devices: frozenset[str]
    unsigned: frozenset[str]
    trusted_identity: bool

    def held(self) -> "UserTrust":
        """The same person while a new identity of theirs waits for a moderator."""
        return UserTrust(
            self.master_key, frozenset(), self.signed_devices | self.unsigned, trusted_identity=False
        )


def evaluate(answer: Mapping[str, Any], user_id: str) -> UserTrust:
    """What the raw answer of /keys/query proves of one person; whatever is malformed proves nothing."""
    master = _cross_signing_key(answer, "master_keys", "master", user_id)
    signer = _self_signing_key(answer, user_id, master)
    devices = dict(honest_devices(answer, user_id))
    signed = frozenset(
        device_id
        for device_id, keys in devices.items()
        if signer is not None and is_signed_by(keys, user_id, signer, signer)
    )
    return UserTrust(master, signed, frozenset(devices) - signed, trusted_identity=master is not None)


def honest_devices(answer: Mapping[str, Any], user_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The devices of a person that are well formed, are filed under their own name and have signed themselves."""
    devices = _mapping(_mapping(answer.get("device_keys")).get(user_id))
    for device_id, keys in devices.items():
        if not isinstance(keys, dict) or keys.get("user_id") != user_id or keys.get("device_id") != device_id:
            continue
        named = _mapping(keys.get("keys"))
        ed25519, curve25519 = named.get(f"ed25519:{device_id}"), named.get(f"curve25519:{device_id}")
        algorithms = keys.get("algorithms")
        if (
            not isinstance(ed25519, str)
            or not isinstance(curve25519, str)
            or not isinstance(algorithms, list)
        ):
            continue
        if is_signed_by(keys, user_id, device_id, ed25519):
            yield device_id, keys


def _cross_signing_key(answer: Mapping[str, Any], group: str, usage: str, user_id: str) -> str | None:
    """The public key of that usage, or None unless the object is wholly what it should be."""
    found = _mapping(_mapping(answer.get(group)).get(user_id))
    keys, usages = _mapping(found.get("keys")), found.get("usage")
    if (
        found.get("user_id") != user_id
        or not isinstance(usages, list)
        or usage not in usages
        or len(keys) != 1
    ):
        return None
    name, key = next(iter(keys.items()))
    return key if isinstance(key, str) and name == f"ed25519:{key}" else None


def _self_signing_key(answer: Mapping[str, Any], user_id: str, master: str | None) -> str | None:
    """The key that signs a person's devices, or None unless their master key signed it."""
    signer = _cross_signing_key(answer, "self_signing_keys", "self_signing", user_id)
    if master is None or signer is None:
        return None
    return signer if is_signed_by(answer["self_signing_keys"][user_id], user_id, master, master) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def in_fours(key: str) -> str:
    """A fingerprint in groups of four characters, as Element shows them."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
