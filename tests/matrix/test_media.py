"""Files on a real media repository: limited, checked, and telling the server nothing."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from nio.crypto import decrypt_attachment, encrypt_attachment  # type: ignore[import-untyped]

from doctocbot.demo.homeserver import Homeserver
from doctocbot.matrix import media
from doctocbot.matrix.client import EncryptedClient
from doctocbot.matrix.errors import DamagedMedia, NotFound, TooLarge
from doctocbot.matrix.session import Session

LogIn = Callable[..., Awaitable[Session]]
OpenClient = Callable[..., Awaitable[EncryptedClient]]

PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 2000  # large enough to be handled off the event loop


@pytest.fixture
async def client(log_in: LogIn, open_client: OpenClient) -> EncryptedClient:
    """Somebody logged in."""
    return await open_client(await log_in())


@pytest.mark.parametrize("data", [b"", b"x", PICTURE])
async def test_what_goes_up_comes_down(client: EncryptedClient, data: bytes) -> None:
    """Whatever its size, at exactly its size as the limit."""
    file = await media.upload_encrypted(client, data)
    assert await media.download(client, file, len(data)) == data


async def test_other_clients_can_open_it_and_ours_can_open_theirs(client: EncryptedClient) -> None:
    """nio's cipher and ours are the same, in both directions."""
    file = await media.upload_encrypted(client, PICTURE)
    ciphertext = await media.download(client, file["url"], 10**7)
    assert decrypt_attachment(ciphertext, file["key"]["k"], file["hashes"]["sha256"], file["iv"]) == PICTURE
    theirs, keys = encrypt_attachment(PICTURE)
    answer = await client.connection.upload("/_matrix/media/v3/upload", theirs, 30)
    assert await media.download(client, {**keys, "url": answer["content_uri"]}, 10**7) == PICTURE


async def test_the_server_learns_neither_name_nor_kind(
    client: EncryptedClient, homeserver: Homeserver
) -> None:
    """File names of phones hold names and dates; the server gets none, and bytes without a type."""
    file = await media.upload_encrypted(client, PICTURE)
    address = f"{homeserver.url}/_matrix/client/v1/media/download/{file['url'].removeprefix('mxc://')}"
    headers = {"Authorization": f"Bearer {client.access_token}"}
    async with aiohttp.ClientSession() as http, http.get(address, headers=headers) as response:
        assert response.content_type == "application/octet-stream"
        assert "filename" not in response.headers.get("Content-Disposition", "")
        assert await response.read() != PICTURE


async def test_more_than_the_limit_is_refused(client: EncryptedClient) -> None:
    """Whatever the event says of its size, no more is read than the limit."""
    file = await media.upload_encrypted(client, PICTURE)
    with pytest.raises(TooLarge):
        await media.download(client, {**file, "info": {"size": 1}}, len(PICTURE) - 1)
    with pytest.raises(TooLarge):
        await media.download(client, file["url"], 1000)


async def test_the_servers_own_limit_is_told_as_such(client: EncryptedClient) -> None:
    """Uploading beyond what the server takes is no passing failure."""
    limits = await client.request("GET", "/_matrix/client/v1/media/config")
    with pytest.raises(TooLarge):
        await media.upload_encrypted(client, bytes(limits["m.upload.size"] + 1))


async def test_bytes_that_were_changed_are_refused(client: EncryptedClient) -> None:
    """A server that swaps a picture is caught by the hash before anything is decrypted."""
    file = await media.upload_encrypted(client, PICTURE)
    wrong = base64.b64encode(hashlib.sha256(b"another").digest()).decode()
    with pytest.raises(DamagedMedia):
        await media.download(client, {**file, "hashes": {"sha256": wrong}}, 10**7)


@pytest.mark.parametrize(
    "change",
    [
        {"v": "v1"},
        {"key": None},
        {"key": {"alg": "A256CTR"}},
        {"key": {"alg": "A128CBC", "k": "AAAA"}},
        {"key": {"alg": "A256CTR", "k": "AAAA"}},
        {"key": {"alg": "A256CTR", "k": 7}},
        {"iv": "AAAA"},
        {"iv": None},
        {"hashes": {}},
        {"hashes": {"sha256": "é"}},
    ],
)
async def test_a_malformed_description_is_refused_before_any_download(
    client: EncryptedClient, change: dict[str, Any]
) -> None:
    """What another client wrote into an event may be anything."""
    file = {
        "v": "v2",
        "url": "mxc://doctoc.test/never-asked-for",
        "key": {"alg": "A256CTR", "k": base64.urlsafe_b64encode(bytes(32)).decode()},
        "iv": base64.b64encode(bytes(16)).decode(),
        "hashes": {"sha256": base64.b64encode(bytes(32)).decode()},
    }
    with pytest.raises(DamagedMedia):
        await media.download(client, {**file, **change}, 1000)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://example.org/x.jpg",
        "mxc://doctoc.test",
        "mxc://doctoc.test/../../../v3/account/whoami",
        "mxc://../x",
        "None",
    ],
)
async def test_no_address_leads_elsewhere(client: EncryptedClient, address: str) -> None:
    """An address in an event cannot make the bot ask for anything but media."""
    with pytest.raises(NotFound):
        await media.download(client, address, 1000)


async def test_a_file_that_is_gone_is_not_found(client: EncryptedClient) -> None:
    """Deleted by an administrator, or never there."""
    with pytest.raises(NotFound):
        await media.download(client, "mxc://doctoc.test/nothing", 1000)
