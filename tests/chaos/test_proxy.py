"""The fault proxy does to a request what it says, and to no other."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
from aiohttp import web

from tests.chaos.proxy import KINDS, FaultProxy

SYNC = "/_matrix/client/v3/sync"
SEND = "/_matrix/client/v3/rooms/!r/send/m.room.message/1"


class Server:
    """A homeserver of two pages, which counts who reached it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        """Each answer tells its number."""
        self.asked.append(request.path_qs)
        return web.json_response({"number": len(self.asked), "padding": "x" * 200})


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, str]]:
    """The server and its address."""
    made = Server()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield made, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def seen_by_client(proxy: FaultProxy, method: str, path: str) -> str:
    """The status that a client gets, or what befell its connection."""
    async with aiohttp.ClientSession() as http:
        try:
            async with http.request(method, proxy.url + path) as answer:
                await answer.read()
                return str(answer.status)
        except (aiohttp.ClientError, ConnectionError) as error:
            return type(error).__name__


@pytest.mark.parametrize(
    ("kind", "client", "reached"),
    [
        ("reset", "ServerDisconnectedError", False),
        ("lost answer", "ServerDisconnectedError", True),
        ("stall", "ServerDisconnectedError", False),
        ("500 json", "500", False),
        ("502 page", "502", False),
        ("429 body", "429", False),
        ("429 header", "429", False),
        ("429 bare", "429", False),
    ],
)
async def test_each_fault_does_what_it_says(
    server: tuple[Server, str], kind: str, client: str, reached: bool
) -> None:
    """What the client sees, and whether the server ever saw the request."""
    behind, url = server
    proxy = FaultProxy(url, seed=1, rate=1.0, stall_seconds=0.1)
    proxy.kinds = [kind]
    async with proxy.running():
        # A POST: of other requests aiohttp itself tries a cut connection once more.
        assert await seen_by_client(proxy, "POST", SEND) == client
        with proxy.quiet():
            assert await seen_by_client(proxy, "POST", SEND) == "200"
    assert behind.asked == [SEND] * (1 + reached)
    assert proxy.faults == {kind: 1}


async def test_a_sync_is_cut_in_the_middle_or_given_twice(server: tuple[Server, str]) -> None:
    """The first half with the length of the whole; and an answer that the bot has had already."""
    _, url = server
    proxy = FaultProxy(url, seed=1, rate=1.0)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(proxy.running())
        http = await stack.enter_async_context(aiohttp.ClientSession())
        with proxy.quiet():
            first = await (await http.get(proxy.url + SYNC)).json()
        proxy.kinds = ["truncated sync"]
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await (await http.get(proxy.url + SYNC)).read()
        proxy.kinds = ["repeated sync"]
        again = await (await http.get(proxy.url + SYNC)).json()
        assert again["number"] == first["number"] + 1
        # Other requests know neither.
        assert await seen_by_client(proxy, "PUT", SEND) == "200"


async def test_the_same_seed_does_the_same(server: tuple[Server, str]) -> None:
    """So that what was found can be looked at again."""
    _, url = server
    seen = []
    for _ in range(2):
        proxy = FaultProxy(url, seed=7, rate=0.5, stall_seconds=0.01)
        async with proxy.running():
            seen.append([await seen_by_client(proxy, "POST", SEND) for _ in range(40)])
    assert seen[0] == seen[1]
    assert 5 < len([status for status in seen[0] if status != "200"]) < 35


async def test_what_is_not_spoilt_arrives_byte_for_byte(server: tuple[Server, str]) -> None:
    """With its query as it was written."""
    behind, url = server
    proxy = FaultProxy(url, seed=1, rate=0.0)
    async with proxy.running():
        assert await seen_by_client(proxy, "GET", SYNC + "?filter=%7B%22a%22:1%7D&since=s1") == "200"
    assert behind.asked == [SYNC + "?filter=%7B%22a%22:1%7D&since=s1"]
    assert set(KINDS) > {"reset", "stall"}


async def test_a_homeserver_that_is_down_is_a_bad_gateway() -> None:
    """As any reverse proxy would have it."""
    proxy = FaultProxy("http://127.0.0.1:9", seed=1, rate=0.0)
    async with proxy.running():
        assert await seen_by_client(proxy, "GET", SYNC) == "502"
