"""HTTP with one homeserver: JSON in, JSON out, and every refusal raised as a type of its own."""

import json as jsonlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from urllib.parse import quote

import aiohttp

from doctocbot.matrix.errors import NotFound, Unreachable, raise_for

DEFAULT_TIMEOUT = 60.0  # seconds


class Connection:
    """Talks to a homeserver, and never retries by itself: who waits, and for how long, is the caller's to decide."""

    def __init__(self, homeserver: str, access_token: str | None = None, proxy: str | None = None) -> None:
        self.homeserver = homeserver.rstrip("/")
        self._access_token = access_token
        self._proxy = proxy
        self._http: aiohttp.ClientSession | None = None
        self.exchanged: float | None = None
        """When the server last answered or could not be reached, by the monotonic clock; while one hangs, it stays."""

    async def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109  it is aiohttp's, for the whole exchange
    ) -> dict[str, Any]:
        """Ask for a path such as `/_matrix/client/v3/sync` and return the object that came back.

        `timeout` is in seconds for the whole exchange. Raises the errors of `raise_for`, Unreachable when there is
        no answer or none in JSON.
        """
        body = (
            None if json is None else jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
        )
        if body is None and method in ("POST", "PUT"):
            body = b"{}"
        return await self._exchange(method, path, body, "application/json", params, timeout)

    async def upload(self, path: str, data: bytes, timeout: float) -> dict[str, Any]:  # noqa: ASYNC109
        """Post bytes under the one content type that tells nothing."""
        return await self._exchange("POST", path, data, "application/octet-stream", None, timeout)

    @asynccontextmanager
    async def stream(self, path: str, timeout: float) -> AsyncIterator[aiohttp.ClientResponse]:  # noqa: ASYNC109
        """An answer whose bytes the caller reads piece by piece; refusals are raised before the block runs."""
        headers = self._headers() | {"Accept-Encoding": "identity"}
        try:
            async with self._session().get(
                self.homeserver + path,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
                proxy=self._proxy,
            ) as response:
                if response.status >= 300:
                    raise_for(response.status, await _json(response), response.headers.get("Retry-After"))
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(type(error).__name__) from error

    async def close(self) -> None:
        """Close the sockets; a later request opens new ones."""
        if self._http is not None:
            http, self._http = self._http, None
            await http.close()

    async def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        content_type: str,
        params: Mapping[str, str] | None,
        timeout: float,  # noqa: ASYNC109
    ) -> dict[str, Any]:
        headers = self._headers() | ({"Content-Type": content_type} if body is not None else {})
        try:
            async with self._session().request(
                method,
                self.homeserver + path,
                data=body,
                params=params,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
                proxy=self._proxy,
            ) as response:
                answer = await _json(response)
                status, wait = response.status, response.headers.get("Retry-After")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The name only: aiohttp's own words hold the address, and in it room ids and tokens of sync.
            raise Unreachable(type(error).__name__) from error
        finally:
            self.exchanged = monotonic()
        raise_for(status, answer, wait)
        if not isinstance(answer, dict):
            raise Unreachable("NO_MATRIX_ANSWER", status)
        return answer

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._access_token}"} if self._access_token else {}

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        return self._http


def path(*parts: str, version: str = "v3") -> str:
    """A path of the client-server API, each part quoted, so that no id can climb out of its place.

    Raises NotFound for an id that names nothing, such as "..".
    """
    for part in parts:
        if part in ("", ".", ".."):
            raise NotFound("NO_SUCH_PATH")
    return f"/_matrix/client/{version}/" + "/".join(quote(part, safe="") for part in parts)


async def _json(response: aiohttp.ClientResponse) -> Any:
    try:
        return jsonlib.loads(await response.read())
    except (ValueError, RecursionError):
        return None
