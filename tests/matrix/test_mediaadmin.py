"""Files deleted from a real Synapse with the operator's admin access, and only for those who have uploaded them."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix import media
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.errors import Forbidden, MatrixError, NotFound
from doctocbot.matrix.mediaadmin import MediaAdmin
from doctocbot.matrix.session import Session, login_with_password

pytestmark = pytest.mark.homeserver
LogIn = Callable[..., Awaitable[Session]]
OpenClient = Callable[..., Awaitable[EncryptedClient]]
PICTURE = b"\x89PNG and the rest of a photo"


@pytest.fixture
async def admin(homeserver: Homeserver) -> AsyncIterator[MediaAdmin]:
    """The bot's hold on the server's files, by the token of an administrator."""
    user_id = await homeserver.register(f"operator-{uuid.uuid4().hex}", "a password", admin=True)
    session = await login_with_password(homeserver.url, user_id, "a password", "test")
    opened = MediaAdmin(homeserver.url, session.access_token, user_id)
    yield opened
    await opened.close()


@pytest.fixture
async def lea(log_in: LogIn, open_client: OpenClient) -> EncryptedClient:
    """Somebody who sends photos."""
    return await open_client(await log_in())


async def test_a_file_is_gone_for_everybody_who_has_its_key(admin: MediaAdmin, lea: EncryptedClient) -> None:
    """And deleting what is gone already is no failure."""
    file = await media.upload_encrypted(lea, PICTURE)
    assert await media.download(lea, file, 1000) == PICTURE
    assert await admin.delete(file["url"], lea.user_id)
    with pytest.raises(NotFound):
        await media.download(lea, file, 1000)
    assert await admin.delete(file["url"], lea.user_id)


async def test_nobody_has_the_bot_delete_what_another_uploaded(
    admin: MediaAdmin, lea: EncryptedClient, log_in: LogIn, open_client: OpenClient
) -> None:
    """Any address can be written into an event."""
    file = await media.upload_encrypted(lea, PICTURE)
    mallory = await open_client(await log_in())
    assert not await admin.delete(file["url"], mallory.user_id)
    assert await media.download(lea, file, 1000) == PICTURE


@pytest.mark.parametrize(
    "address",
    ["mxc://elsewhere.example/abc", "mxc://doctoc.test/../users", "https://doctoc.test/x", "mxc://", ""],
)
async def test_what_is_no_file_of_this_server_is_left_alone(
    admin: MediaAdmin, lea: EncryptedClient, address: str
) -> None:
    """It lies elsewhere, or is no address at all."""
    assert not await admin.delete(address, lea.user_id)
    assert not await admin.delete(address, "@lea:elsewhere.example")


async def test_the_check_tells_an_administrator_from_anybody(
    admin: MediaAdmin, homeserver: Homeserver, lea: EncryptedClient, log_in: LogIn
) -> None:
    """What `doctor` asks."""
    await admin.check()
    session = await log_in()
    nobody = MediaAdmin(homeserver.url, session.access_token, session.user_id)
    stale = MediaAdmin(homeserver.url, "no token", lea.user_id)
    try:
        with pytest.raises(Forbidden):
            await nobody.check()
        with pytest.raises(MatrixError):
            await stale.check()
        file = await media.upload_encrypted(lea, PICTURE)
        with pytest.raises(Forbidden):
            await nobody.delete(file["url"], lea.user_id)
    finally:
        await nobody.close()
        await stale.close()
