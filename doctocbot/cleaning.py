"""The errand that a picture needs before its event can be handled: fetch it, and clean it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, Protocol

from doctocbot.cases.pictures import Fetched, NoPicture, Seen
from doctocbot.cases.readings import Reading
from doctocbot.images import CleanImage, Refusal, RefusalReason, sniff
from doctocbot.images.box import Box
from doctocbot.images.masking import mask_in_sandbox
from doctocbot.images.reading import Reader
from doctocbot.images.staying import may_stay
from doctocbot.matrix import Errand
from doctocbot.matrix.errors import MatrixError, RateLimited, TokenRevoked, TooLarge, Unreachable
from doctocbot.matrix.gateway import Gateway

_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between the tries when the server answers that it cannot hand a file over: half a minute in all."""

_LONGEST_READING = 10.0
"""Seconds for which the reading of one picture may hold its draft, waiting for the pictures before it included."""


class Workers(Protocol):
    """What cleans the bytes of a picture, off the event loop."""

    async def scrub(self, data: bytes) -> CleanImage | Refusal:
        """The clean picture or the reason why there is none."""
        ...


class PictureCleaner:
    """Makes errands. Whatever cannot be fetched whole cannot be proved clean, and is refused.

    Only when the homeserver itself is away does an errand raise, to be tried again when it is back: one file that
    nobody can fetch must not hold up its room. `scrubbed` is told of each picture: the format of the clean copy
    or None, and the seconds that it took.
    """

    def __init__(
        self,
        gateway: Gateway,
        workers: Workers,
        reader: Reader,
        scrubbed: Callable[[str | None, float], None] = lambda _format, _seconds: None,
    ) -> None:
        self._gateway = gateway
        self._workers = workers
        self._reader = reader
        self._scrubbed = scrubbed

    def clean(self, content: Mapping[str, Any]) -> Errand:
        """The errand for the file that this content points at."""

        async def errand() -> Fetched:
            return await self._cleaned(content)

        return errand

    def look(self, content: Mapping[str, Any]) -> Errand:
        """The errand for a picture of a draft: cleaned, and read where the extra that reads is installed."""

        async def errand() -> Fetched | Seen:
            cleaned = await self._cleaned(content)
            return await self._seen(cleaned) if isinstance(cleaned, CleanImage) else cleaned

        return errand

    async def _seen(self, clean: CleanImage) -> Seen:
        """Read a clean picture, for as long as nobody waits too long."""
        try:
            async with asyncio.timeout(_LONGEST_READING):
                lines = await self._reader.read(clean.data)
        except TimeoutError:
            lines = None
        if lines is None:
            return Seen(clean, None)
        return Seen(clean, Reading.of(lines, (clean.width, clean.height)).to_json())

    def mask(self, picture: CleanImage, boxes: Sequence[Box]) -> Errand:
        """The errand that blanks boxes of a clean picture, and cleans and reads the result."""

        async def errand() -> Fetched | Seen:
            masked = await mask_in_sandbox(picture, boxes)
            return await self._seen(masked) if isinstance(masked, CleanImage) else masked

        return errand

    async def _cleaned(self, content: Mapping[str, Any]) -> Fetched:
        sent_as_image = _sent_as_image(content)
        try:
            data = await self._download(content)
        except TooLarge:
            return Refusal(RefusalReason.TOO_LARGE) if sent_as_image else NoPicture()
        except (TokenRevoked, RateLimited):
            raise
        except MatrixError as error:
            if isinstance(error, Unreachable) and not error.status:
                raise
            return Refusal(RefusalReason.UNREADABLE)
        if not sent_as_image and sniff(data) is None:
            return NoPicture()
        started = monotonic()
        answer = await self._workers.scrub(data)
        format_ = answer.mimetype.removeprefix("image/") if isinstance(answer, CleanImage) else None
        self._scrubbed(format_, monotonic() - started)
        if not isinstance(answer, CleanImage):
            return answer
        return replace(answer, original_may_stay=may_stay(data, answer))

    async def _download(self, content: Mapping[str, Any]) -> bytes:
        """Download, patiently but not for ever where the server answers that it cannot."""
        for pause in _PAUSES:
            try:
                return await self._gateway.download(content)
            except Unreachable as error:
                if not error.status:
                    raise
                await asyncio.sleep(pause)
        return await self._gateway.download(content)


def _sent_as_image(content: Mapping[str, Any]) -> bool:
    """Whether a file says itself that it is an image; what says otherwise is looked at by its bytes."""
    if content.get("msgtype") not in ("m.file", "m.video", "m.audio"):
        return True
    info = content.get("info")
    mimetype = info.get("mimetype") if isinstance(info, Mapping) else None
    return isinstance(mimetype, str) and mimetype.startswith("image/")
