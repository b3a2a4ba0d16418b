"""Separate keys for separate purposes, all from the operator's one secret."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive_key(secret: str, purpose: str) -> str:
    """Derive the key for one purpose, so that no key tells anything about another.

    HKDF-SHA256 (RFC 5869); returns 64 hexadecimal digits.
    """
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"doctocbot:" + purpose.encode())
    return hkdf.derive(secret.encode()).hex()
