"""Logging in: from a password or a ready-made token to the three things that a client needs."""

from dataclasses import dataclass, field

from doctocbot.matrix.connection import Connection, path
from doctocbot.matrix.errors import MatrixError, Unreachable


@dataclass(frozen=True, slots=True)
class Session:
    """One device of one account; the token is not shown when the session is printed."""

    user_id: str
    device_id: str
    access_token: str = field(repr=False)


async def login_with_password(
    url: str, user_id: str, password: str, device_name: str, device_id: str | None = None
) -> Session:
    """Make a new device, or go on with one that the server has kept; `url` is the homeserver's own address.

    Raises Forbidden for a wrong password, and what `Connection.request` raises. Spec: "POST /login".
    """
    connection = Connection(url)
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user_id},
        "password": password,
        "initial_device_display_name": device_name,
    }
    if device_id is not None:
        body["device_id"] = device_id
    try:
        answer = await connection.request("POST", path("login"), body)
    finally:
        await connection.close()
    return _session(answer, str(answer.get("access_token") or ""))


async def login_with_token(url: str, token: str) -> Session:
    """Learn whose a ready-made token is; TokenRevoked if nobody's, MatrixError if it belongs to no device.

    Spec: "GET /account/whoami".
    """
    connection = Connection(url, token)
    try:
        answer = await connection.request("GET", path("account", "whoami"))
    finally:
        await connection.close()
    if not answer.get("device_id"):
        raise MatrixError("TOKEN_WITHOUT_DEVICE")
    return _session(answer, token)


def _session(answer: dict[str, object], token: str) -> Session:
    user_id, device_id = answer.get("user_id"), answer.get("device_id")
    if not isinstance(user_id, str) or not isinstance(device_id, str) or not token:
        raise Unreachable("NO_MATRIX_ANSWER", 200)
    return Session(user_id, device_id, token)
