"""Clients for the tests of the security core: real ones, on the session's real Synapse."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from doctocbot.demo.homeserver import Homeserver
from doctocbot.demo.person import MemoryVault, Person
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.session import Session, login_with_password
from doctocbot.matrix.trust import IdentityBook, TrustPolicy

NewUser = Callable[[str], Awaitable[tuple[str, str]]]
OpenClient = Callable[..., Awaitable[EncryptedClient]]
NewPerson = Callable[..., Awaitable[Person]]

STORE_KEY = "a long random secret, the same at every start"


@pytest.fixture
async def open_client(homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[OpenClient]:
    """Opens clients that are closed at the end; the same session and directory again is a restart."""
    async with AsyncExitStack() as stack:

        async def open_(
            session: Session,
            directory: Path | None = None,
            policy: TrustPolicy | None = None,
            identities: IdentityBook | None = None,
        ) -> EncryptedClient:
            client = EncryptedClient(
                homeserver.url,
                session.user_id,
                session.device_id,
                session.access_token,
                store_directory=directory or tmp_path / session.device_id,
                store_key=STORE_KEY,
                policy=policy,
                identities=identities,
            )
            stack.push_async_callback(client.close)
            return client

        yield open_


@pytest.fixture
def log_in(homeserver: Homeserver, new_user: NewUser) -> Callable[..., Awaitable[Session]]:
    """A session of a new account, or of a given one (user id, password)."""

    async def log_in_(account: tuple[str, str] | None = None) -> Session:
        user_id, password = account or await new_user("doctor")
        return await login_with_password(homeserver.url, user_id, password, "test")

    return log_in_


@pytest.fixture
async def person(homeserver: Homeserver, new_user: NewUser, tmp_path: Path) -> AsyncIterator[NewPerson]:
    """People in sync until the end of the test; pass `account` and `vault` for a second device of somebody."""
    async with AsyncExitStack() as stack:

        async def person_(
            word: str = "doctor",
            *,
            account: tuple[str, str] | None = None,
            cross_sign: bool = True,
            vault: MemoryVault | None = None,
            policy: TrustPolicy | None = None,
        ) -> Person:
            user_id, password = account or await new_user(word)
            login = Person.login(
                homeserver.url,
                user_id,
                password,
                tmp_path / "people" / user_id[1:].replace(":", "_"),
                cross_sign=cross_sign,
                vault=vault,
                policy=policy,
            )
            return await stack.enter_async_context(login)

        yield person_
