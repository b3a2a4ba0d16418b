"""Signed JSON (spec, appendices "Canonical JSON" and "Signing JSON"): pure, and shared by all that signs or checks."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_LARGEST_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """The one byte sequence that stands for a JSON value when it is signed.

    Raises ValueError for what has none: floats, integers beyond 2^53-1, lone surrogates, keys that are no text.
    """
    for leaf in _leaves(value):
        if isinstance(leaf, float) or (isinstance(leaf, int) and abs(leaf) > _LARGEST_INTEGER):
            raise ValueError("this number has no canonical form")
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("keys must be text")
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def encode_base64(data: bytes) -> str:
    """Base64 without padding, as Matrix writes keys and signatures."""
    return base64.b64encode(data).rstrip(b"=").decode()


def decode_base64(text: str) -> bytes:
    """Bytes from base64 with or without padding; ValueError for anything else."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64") from error


def public_key(private: Ed25519PrivateKey) -> str:
    """The public half in unpadded base64."""
    return encode_base64(private.public_key().public_bytes_raw())


def sign_json(
    value: Mapping[str, Any], user_id: str, key_name: str, private: Ed25519PrivateKey
) -> dict[str, Any]:
    """A copy of an object with one signature added under `ed25519:key_name`, the others kept."""
    signature = encode_base64(private.sign(canonical_json(_unsigned(value))))
    signatures = {user: dict(keys) for user, keys in value.get("signatures", {}).items()}
    signatures.setdefault(user_id, {})[f"ed25519:{key_name}"] = signature
    return {**value, "signatures": signatures}


def is_signed_by(value: Mapping[str, Any], user_id: str, key_name: str, key: str) -> bool:
    """Whether an object carries a valid signature of `key` (base64) under `ed25519:key_name` of that user.

    Never raises: whatever a hostile server may send instead of keys and signatures is not signed.
    """
    try:
        signature = decode_base64(value["signatures"][user_id][f"ed25519:{key_name}"])
        Ed25519PublicKey.from_public_bytes(decode_base64(key)).verify(
            signature, canonical_json(_unsigned(value))
        )
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError, InvalidSignature):
        return False
    return True


def _unsigned(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in ("signatures", "unsigned")}
