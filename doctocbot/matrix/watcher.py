"""Who looks on while messages pass: told of numbers and kinds, never of people, rooms or words."""

from collections.abc import Iterable
from typing import Protocol


class Watcher(Protocol):
    """Is told what happened, and may not raise."""

    def synced(self, types: Iterable[str], decrypted: int, unreadable: int) -> None:
        """News were taken in whole: the types of the events, how many were decrypted (those of before,
        whose key has come, too) and how many could not be."""
        ...

    def handled(self) -> None:
        """Events were handled."""
        ...

    def handler_failed(self) -> None:
        """An event was not handled because of a fault of ours."""
        ...

    def sent(self) -> None:
        """Something of the outbox reached the homeserver."""
        ...


class NobodyWatches:
    """For tests and tools."""

    def synced(self, types: Iterable[str], decrypted: int, unreadable: int) -> None:
        """Nobody is told."""

    def handled(self) -> None:
        """Nobody is told."""

    def handler_failed(self) -> None:
        """Nobody is told."""

    def sent(self) -> None:
        """Nobody is told."""
