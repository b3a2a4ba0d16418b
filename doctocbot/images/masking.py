"""Blank boxes of a picture and prove the result, in a process of its own: the bot's side and the worker's.

The worker starts when it is needed, takes one picture and ends. What goes in is a frame as `worker` reads it, which
holds the boxes before the picture; what comes out is an answer of the scrubber.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import astuple

from doctocbot.images.box import Box
from doctocbot.images.mask import mask
from doctocbot.images.model import CleanImage, Refusal, RefusalReason, RefusedError
from doctocbot.images.pool import Limits, ScrubWorkers
from doctocbot.images.scrubber import scrub
from doctocbot.images.worker import serve

_LENGTH_BYTES = 4


async def mask_in_sandbox(
    image: CleanImage, boxes: Sequence[Box], limits: Limits | None = None
) -> CleanImage | Refusal:
    """Blank boxes of a clean picture and scrub the result; never blocks the event loop.

    Raises ValueError where there is no box, or one lies outside the picture altogether.
    """
    if not boxes or not all(box.within((image.width, image.height)) for box in boxes):
        raise ValueError("a box lies outside the picture")
    request = json.dumps([astuple(box) for box in boxes]).encode()
    async with ScrubWorkers(1, limits, ("-m", "doctocbot.images.masking")) as workers:
        return await workers.scrub(len(request).to_bytes(_LENGTH_BYTES, "big") + request + image.data)


def masked_and_scrubbed(request: bytes) -> CleanImage | Refusal:
    """Do what a request asks for: the length of its head, the boxes in JSON, the picture."""
    start = _LENGTH_BYTES + int.from_bytes(request[:_LENGTH_BYTES], "big")
    try:
        boxes = [Box(*numbers) for numbers in json.loads(request[_LENGTH_BYTES:start])]
        masked = mask(request[start:], boxes)
    except RefusedError as refused:
        return Refusal(refused.reason)
    answer = scrub(masked)
    if isinstance(answer, CleanImage) and answer.data != masked:
        return Refusal(RefusalReason.UNVERIFIED)
    return answer


if __name__ == "__main__":
    serve(masked_and_scrubbed, *(int(argument) for argument in sys.argv[1:]))
