"""Which servers a room lets in (spec, "Server Access Control Lists"). What cannot be read lets nobody in."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
    return tuple(entry.lower() for entry in value)


def _any_fits(host: str, patterns: tuple[str, ...]) -> bool:
    return any(re.fullmatch(_as_expression(pattern), host) for pattern in patterns)


def _as_expression(pattern: str) -> str:
    """A glob of the spec ("Glob-style matching"): `*` any characters, `?` one; brackets mean nothing."""
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
