"""A small web server for those who watch: /healthz, /readyz and /metrics."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web


class CannotListen(Exception):
    """The address is taken, or no address of this machine."""


_PLAIN = "text/plain; version=0.0.4; charset=utf-8"


@asynccontextmanager
async def health_server(
    host: str, port: int, complaints: Callable[[], Sequence[str]], metrics: Callable[[], Awaitable[bytes]]
) -> AsyncIterator[int]:
    """Answer for the length of the block, and yield the port (0 lets the system choose); raises CannotListen.

    /healthz  200 while the program runs at all
    /readyz   200 {"ready": true} or 503 with the complaints
    /metrics  Prometheus' text format
    """

    async def alive(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        found = list(complaints())
        body = json.dumps({"ready": not found, "complaints": found}) + "\n"
        return web.Response(text=body, status=503 if found else 200, content_type="application/json")

    async def numbers(_: web.Request) -> web.Response:
        return web.Response(body=await metrics(), headers={"Content-Type": _PLAIN})

    application = web.Application()
    application.add_routes(
        [web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", numbers)]
    )
    # Without an access log: it would hold addresses and say nothing.
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise CannotListen(f"{host}:{port}") from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
