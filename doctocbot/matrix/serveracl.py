"""Which servers a room lets in (spec, "Server Access Control Lists"). What cannot be read lets nobody in."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 2_000
"""Of how many patterns a list may be made: each message of the room is held against all of them."""


@dataclass(frozen=True, slots=True)
class ServerAcl:
    """The servers that a room lets in and those that it keeps out, as patterns with `*` and `?`; the latter win."""

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    ip_literals: bool = True
    readable: bool = True

    def admits(self, server: str) -> bool:
        """Whether people of a server may take part; its port does not matter."""
        host = re.sub(r":\d{1,5}$", "", server).lower()
        if not host or not self.readable or (not self.ip_literals and _is_ip(host)):
            return False
        return not _any_fits(host, self.denied) and _any_fits(host, self.allowed)


def read_server_acl(content: Mapping[str, Any]) -> ServerAcl:
    """Read the content of `m.room.server_acl`; one that does not list whom it lets in cannot be read."""
    allowed, denied = _patterns(content.get("allow")), _patterns(content.get("deny", []))
    ip_literals = content.get("allow_ip_literals", True)
    if allowed is None or denied is None or not isinstance(ip_literals, bool):
        return ServerAcl(readable=False)
    return ServerAcl(allowed, denied, ip_literals)


def _patterns(value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        return None
    return tuple(dict.fromkeys(entry.lower() for entry in value)) if len(value) <= _LONGEST else None


def _any_fits(host: str, patterns: tuple[str, ...]) -> bool:
    return any(_fits(host, pattern) for pattern in patterns)


def _fits(host: str, pattern: str) -> bool:
    """Whether a glob of the spec ("Glob-style matching") is met: `*` any characters, `?` one; brackets mean nothing.

    Between two stars the first place that fits is as good as any later one, so nothing is ever tried twice: a regular
    expression would, and strangers write these patterns.
    """
    first, *others = pattern.split("*")
    if not others:
        return len(first) == len(host) and _stands(host, first, 0)
    if len(pattern) - len(others) > len(host):
        return False
    *between, last = others
    end = len(host) - len(last)
    if len(first) > end or not _stands(host, first, 0) or not _stands(host, last, end):
        return False
    place = len(first)
    for part in filter(None, between):
        found = _find(host, part, place, end - len(part))
        if found is None:
            return False
        place = found + len(part)
    return True


def _find(host: str, part: str, start: int, last: int) -> int | None:
    """Where a part without stars stands first, from `start` on and no later than `last`."""
    return next((place for place in range(start, last + 1) if _stands(host, part, place)), None)


def _stands(host: str, part: str, place: int) -> bool:
    there = host[place : place + len(part)]
    return all(wanted in ("?", found) for wanted, found in zip(part, there, strict=True))


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
