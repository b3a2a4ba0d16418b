"""A fault proxy on loopback, between the bot and its homeserver: random, but seeded, and it counts what it does."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Self

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

KINDS = (
    "reset", "lost answer", "500 json", "502 page", "429 body", "429 header", "429 bare", "stall", "truncated sync",
    "repeated sync",
)  # fmt: skip
_SYNC = "/_matrix/client/v3/sync"
_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "transfer-encoding",
        "content-length",
        "content-encoding",
        "host",
        "te",
        "upgrade",
    }
)
_LARGEST = 64 * 1024 * 1024


class FaultProxy:
    """Passes requests on to a homeserver, and spoils some of them; `url` is where the bot is sent instead.

    `rate` is the share of requests that meet a fault. `stall_seconds` is how long a stalled one hangs before its
    connection is cut.
    """

    def __init__(self, target: str, seed: int, rate: float = 0.05, stall_seconds: float = 60.0) -> None:
        self.faults: Counter[str] = Counter()
        self.rate = rate
        self.stall_seconds = stall_seconds
        self.kinds: Sequence[str] = KINDS
        self._target = target
        self._chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._quiet = False
        self._last_sync: tuple[int, bytes, CIMultiDict[str]] | None = None
        self._http: aiohttp.ClientSession | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The address of the proxy."""
        return f"http://127.0.0.1:{self._port}"

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Pass everything on as it is, for the length of the block."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen for the length of the block."""
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._port = runner.addresses[0][1]
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as self._http:
            try:
                yield self
            finally:
                await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        kind = self._pick(request)
        if kind is None:
            return await self._passed(request)
        self.faults[kind] += 1
        match kind:
            case "reset":
                return _cut(request)
            case "lost answer":
                # The server has taken it, and the bot never hears: what it sends again is the same message.
                await self._passed(request)
                return _cut(request)
            case "stall":
                await asyncio.sleep(self.stall_seconds)
                return _cut(request)
            case "truncated sync":
                return await self._truncated(request)
            case "repeated sync":
                return self._repeated()
        return _refusal(kind)

    def _pick(self, request: web.Request) -> str | None:
        """The fault for a request, drawn for each in the same order from the same seed."""
        if self._quiet or self._chance.random() >= self.rate:
            return None
        is_sync = request.path == _SYNC
        possible = [kind for kind in self.kinds if is_sync or not kind.endswith("sync")]
        if self._last_sync is None:
            possible = [kind for kind in possible if kind != "repeated sync"]
        return self._chance.choice(possible) if possible else None

    async def _passed(self, request: web.Request) -> web.StreamResponse:
        status, body, headers = await self._asked(request)
        return web.Response(status=status, body=body, headers=headers)

    async def _asked(self, request: web.Request) -> tuple[int, bytes, CIMultiDict[str]]:
        assert self._http is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        url = f"{self._target}{request.raw_path}"
        body = await request.read()
        try:
            async with self._http.request(
                request.method, URL(url, encoded=True), headers=headers, data=body or None,
                allow_redirects=False,
            ) as answer:  # fmt: skip
                got = await answer.read()
                kept = CIMultiDict((n, v) for n, v in answer.headers.items() if n.lower() not in _HOP)
                status = answer.status
        except aiohttp.ClientError:
            # The homeserver itself is down: as a reverse proxy would say it.
            return 502, b"<html>bad gateway</html>", CIMultiDict({"Content-Type": "text/html"})
        if request.path == _SYNC and status == 200:
            self._last_sync = status, got, kept
        return status, got, kept

    async def _truncated(self, request: web.Request) -> web.StreamResponse:
        status, body, headers = await self._asked(request)
        response = web.StreamResponse(status=status, headers=headers)
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        return _cut(request, response)

    def _repeated(self) -> web.StreamResponse:
        assert self._last_sync is not None
        status, body, headers = self._last_sync
        return web.Response(status=status, body=body, headers=headers)


def _cut(request: web.Request, response: web.StreamResponse | None = None) -> web.StreamResponse:
    """End the connection without another byte."""
    if request.transport is not None:
        request.transport.abort()
    return response or web.Response(status=500)


def _refusal(kind: str) -> web.Response:
    too_many = '{"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests"'
    match kind:
        case "500 json":
            return _json(500, '{"errcode": "M_UNKNOWN", "error": "Internal server error"}')
        case "429 body":
            return _json(429, too_many + ', "retry_after_ms": 300}')
        case "429 header":
            return _json(429, too_many + "}", {"Retry-After": "1"})
        case "429 bare":
            return _json(429, too_many + "}")
    return web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html")


def _json(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)
