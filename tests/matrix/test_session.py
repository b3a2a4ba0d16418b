"""Logging in, and being told plainly when it does not work."""

from collections.abc import Awaitable, Callable

import pytest

from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix.connection import Connection
from doctocbot.matrix.errors import Forbidden, TokenRevoked, Unreachable
from doctocbot.matrix.session import Session, login_with_password, login_with_token

NewUser = Callable[[str], Awaitable[tuple[str, str]]]


async def test_a_password_makes_a_device_and_its_token_tells_the_same(
    homeserver: Homeserver, new_user: NewUser
) -> None:
    """An operator may log in with either, and gets the same session."""
    user_id, password = await new_user("doctor")
    session = await login_with_password(homeserver.url, user_id, password, "doctocbot")
    assert session.user_id == user_id
    assert await login_with_token(homeserver.url, session.access_token) == session


async def test_a_wrong_password_is_forbidden(homeserver: Homeserver, new_user: NewUser) -> None:
    """Not unreachable, not a crash: the operator must know what to correct."""
    user_id, _ = await new_user("doctor")
    with pytest.raises(Forbidden):
        await login_with_password(homeserver.url, user_id, "wrong", "doctocbot")


async def test_a_wrong_token_is_revoked(homeserver: Homeserver) -> None:
    """A token that nobody gave out is like one that was taken back."""
    with pytest.raises(TokenRevoked):
        await login_with_token(homeserver.url, "syt_nothing")


async def test_a_logged_out_device_learns_it_at_its_next_request(
    homeserver: Homeserver, log_in: Callable[..., Awaitable[Session]]
) -> None:
    """The trap of nio, which asked a thousand times in three seconds and never said so."""
    session = await log_in()
    connection = Connection(homeserver.url, session.access_token)
    await connection.request("POST", "/_matrix/client/v3/logout")
    with pytest.raises(TokenRevoked):
        await connection.request("GET", "/_matrix/client/v3/sync")
    await connection.close()


async def test_nobody_there_is_unreachable() -> None:
    """A closed port may open again; the address stays out of the message."""
    with pytest.raises(Unreachable) as caught:
        await login_with_token("http://127.0.0.1:9", "token")
    assert "127.0.0.1" not in str(caught.value)


def test_printing_a_session_does_not_print_its_token() -> None:
    """Sessions end up in logs and tracebacks."""
    assert "syt_secret" not in repr(Session("@a:x", "D", "syt_secret"))
