"""Bytes in, a clean image or a typed refusal out: the whole of what the sandboxed worker does."""

import zlib
from collections.abc import Callable

from doctocbot.images import pixels
from doctocbot.images.formats import avif, bmp, gif, heif, jpeg, png, tiff, webp
from doctocbot.images.model import (
    EXTENSIONS,
    MAX_BYTES,
    THUMBNAIL_SIDE,
    Candidate,
    CleanImage,
    Outcome,
    Refusal,
    RefusalReason,
    RefusedError,
)
from doctocbot.images.pixels import Picture
from doctocbot.images.sniff import refusal_for, sniff
from doctocbot.images.verify import verify

_FORMATS: dict[str, Callable[[bytes], Candidate]] = {
    "image/jpeg": jpeg.clean,
    "image/png": png.clean,
    "image/webp": webp.clean,
    "image/gif": gif.clean,
    "image/bmp": bmp.clean,
    "image/tiff": tiff.clean,
    "image/avif": avif.clean,
    "image/heic": heif.clean,
}


def scrub(data: bytes) -> CleanImage | Refusal:
    """Take everything but the picture out of an image file and prove it, or say why that cannot be done.

    At most 40 MB and 60 megapixels. Decodes in this process: the bot calls it through `ScrubWorkers`.
    """
    if len(data) > MAX_BYTES:
        return Refusal(RefusalReason.TOO_LARGE)
    mimetype = sniff(data)
    if mimetype not in _FORMATS:
        return Refusal(refusal_for(data))
    try:
        return _proved(data, mimetype)
    except RefusedError as refused:
        return Refusal(refused.reason)
    except MemoryError:
        return Refusal(RefusalReason.TOO_MANY_PIXELS)
    except (*pixels.DECODE_ERRORS, zlib.error):
        # A parser tripped over bytes it had no answer for.
        return Refusal(RefusalReason.DAMAGED)


def _proved(data: bytes, mimetype: str) -> CleanImage:
    candidate = _FORMATS[mimetype](data)
    try:
        return _finished(candidate, verify(data, mimetype, candidate))
    except RefusedError as refused:
        doubtful = candidate.outcome is Outcome.LOSSLESS and refused.reason is RefusalReason.UNVERIFIED
        if mimetype != "image/jpeg" or not doubtful:
            raise
    # The coefficients did not carry the picture over as they should: its pixels, encoded anew, may.
    candidate = jpeg.encode_again(data)
    return _finished(candidate, verify(data, mimetype, candidate))


def _finished(candidate: Candidate, shown: Picture) -> CleanImage:
    if len(candidate.data) > MAX_BYTES:
        # It grew past what would be taken in again.
        raise RefusedError(RefusalReason.TOO_LARGE)
    width, height = _shown_size(candidate)
    thumbnail, size = _thumbnail(shown, max(width, height))
    return CleanImage(
        data=candidate.data,
        mimetype=candidate.mimetype,
        extension=EXTENSIONS[candidate.mimetype],
        width=width,
        height=height,
        outcome=candidate.outcome,
        removed=candidate.removed,
        thumbnail=thumbnail,
        thumbnail_size=size,
    )


def _shown_size(candidate: Candidate) -> tuple[int, int]:
    # From the header: verification may have read the picture at a smaller scale.
    width, height = pixels.opened(candidate.data, candidate.mimetype).size
    turned = not candidate.baked and candidate.orientation >= 5
    return (height, width) if turned else (width, height)


def _thumbnail(shown: Picture, longest: int) -> tuple[bytes | None, tuple[int, int] | None]:
    """Make a thumbnail of what verification has seen, unless the longest side of the picture is no longer than one."""
    if longest <= THUMBNAIL_SIDE:
        return None, None
    # Verification may have scaled it down far enough.
    small = pixels.thumbnail(shown) or shown
    icc = shown.info.get("icc_profile")
    if icc:
        small = pixels.srgb(small, icc)
    return pixels.jpeg(small, quality=85), small.size
