"""Where secrets rest, as far as this package needs to know."""

from typing import Protocol


class Vault(Protocol):
    """Keeps named secrets for good; what `put` returned from is on disk."""

    async def get(self, name: str) -> bytes | None:
        """The secret of that name, or None."""
        ...

    async def put(self, name: str, value: bytes) -> None:
        """Keep a secret under that name, whole or not at all."""
        ...
