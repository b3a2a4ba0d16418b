"""What can go wrong between the bot and its homeserver, as types that callers can tell apart.

The words of a server never enter a message of ours, since they may quote what it was sent: `str()` shows the error
code and the HTTP status, and `detail` holds the rest for those who know that they want it.
"""

from collections.abc import Mapping
from typing import Any

_DEFAULT_WAIT = 5.0  # seconds; for a server that says "too fast" and not for how long
_REVOKED = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"})


class MatrixError(Exception):
    """The homeserver refused, or could not be asked; `code` is the errcode, `status` the HTTP status (0: none)."""

    def __init__(self, code: str, status: int = 0, detail: str = "") -> None:
        super().__init__(f"{code} ({status})")
        self.code = code
        self.status = status
        self.detail = detail


class TokenRevoked(MatrixError):
    """The access token is no longer valid: only a new login helps, trying again never does.

    `soft` says that the server has kept the device and its keys, so that a new login can go on with it; otherwise the
    device is gone. Spec: "Soft logout".
    """

    def __init__(self, code: str, status: int = 0, detail: str = "", *, soft: bool = False) -> None:
        super().__init__(code, status, detail)
        self.soft = soft


class TakenOver(Exception):
    """Another data directory is the bot's now: what this one knows is out of date, and it must not say a word more."""


class Unreachable(MatrixError):
    """No answer, or no answer of a homeserver (a proxy's page, a 5xx): the same request may work later."""


class RateLimited(MatrixError):
    """Too many requests; `retry_after` is in seconds."""

    def __init__(self, retry_after: float, status: int = 429, detail: str = "") -> None:
        super().__init__("M_LIMIT_EXCEEDED", status, detail)
        self.retry_after = retry_after


class Forbidden(MatrixError):
    """Known, and not allowed."""


class NotFound(MatrixError):
    """No such thing, or not for us."""


class TooLarge(MatrixError):
    """More bytes than the server, or our own limit, allows."""


class AuthenticationNeeded(MatrixError):
    """The server wants the account's owner to prove itself first (spec, "User-Interactive Authentication API")."""

    def __init__(self, session: str, flows: tuple[tuple[str, ...], ...], detail: str = "") -> None:
        super().__init__("M_UIA_NEEDED", 401, detail)
        self.session = session
        self.flows = flows


class ClearTextRefused(MatrixError):
    """Somebody asked to write into a room that is not known to be encrypted; nothing was sent."""

    def __init__(self) -> None:
        super().__init__("CLEAR_TEXT_REFUSED")


class ForeignIdentity(MatrixError):
    """The server shows cross-signing keys for our account that are not ours; they are never replaced by the bot."""

    def __init__(self, what: str) -> None:
        super().__init__("FOREIGN_IDENTITY", detail=what)


class ForeignDevice(MatrixError):
    """The server shows other keys for our device: its store was lost or swapped, only a new login helps."""

    def __init__(self) -> None:
        super().__init__("FOREIGN_DEVICE")


class DamagedMedia(MatrixError):
    """A file is not what its event says: wrong hash, or a description that nobody can decrypt by."""

    def __init__(self, what: str) -> None:
        super().__init__("DAMAGED_MEDIA", detail=what)


def raise_for(status: int, body: Any, retry_after: str | None = None) -> None:
    """Raise what an answer means, or return for a 2xx.

    `body` is the parsed JSON, anything else where it was none; `retry_after` is the header of that name, in seconds.
    Source: client-server API, "Standard error response" and "Rate limiting".
    """
    if 200 <= status < 300:
        return
    answer: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    code, detail = _text(answer.get("errcode")), _text(answer.get("error"))
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        raise RateLimited(_wait(answer, retry_after), status, detail)
    if status == 413 or code == "M_TOO_LARGE":
        raise TooLarge(code or "M_TOO_LARGE", status, detail)
    if status == 401 and isinstance(answer.get("flows"), list):
        raise AuthenticationNeeded(_text(answer.get("session")), _flows(answer["flows"]), detail)
    if not code or status >= 500:
        raise Unreachable(code or "NO_MATRIX_ANSWER", status, detail)
    if code in _REVOKED:
        raise TokenRevoked(code, status, detail, soft=answer.get("soft_logout") is True)
    raise _by_code(code, status)(code, status, detail)


def _by_code(code: str, status: int) -> type[MatrixError]:
    if code == "M_UNRECOGNIZED":
        return MatrixError  # the server lacks the endpoint, which says nothing of the thing asked for
    if status == 403:
        return Forbidden
    return NotFound if status == 404 else MatrixError


def _wait(answer: Mapping[str, Any], header: str | None) -> float:
    milliseconds = answer.get("retry_after_ms")
    if header is not None and header.strip().isdigit():
        return float(header)
    if isinstance(milliseconds, int | float) and milliseconds >= 0:
        return milliseconds / 1000
    return _DEFAULT_WAIT


def _flows(flows: list[Any]) -> tuple[tuple[str, ...], ...]:
    stages = (flow.get("stages") for flow in flows if isinstance(flow, Mapping))
    return tuple(tuple(filter(None, map(_text, found))) for found in stages if isinstance(found, list))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
