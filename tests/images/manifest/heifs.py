"""HEIC and AVIF, which no reader gives out bit by bit: encoded again as JPEG, or as PNG where one can see through."""

from collections.abc import Iterator
from functools import cache

from doctocbot.images import Outcome, Removed
from tests.images import colour_profiles, metadata
from tests.images.manifest.photo import Photo, keeper
from tests.images.photos import heic, picture, saved

_TOLD = frozenset((Removed.PLACE, Removed.DATE, Removed.DEVICE, Removed.NAME, Removed.TEXT))


@cache
def _thumbnailed() -> bytes:
    return heic(picture(size=(320, 200)), thumbnail=64)


def heifs() -> Iterator[Photo]:
    """Pictures in HEIF containers."""
    again = keeper(Outcome.REENCODED, "image/jpeg")
    see_through = keeper(Outcome.REENCODED, "image/png")
    block, packet, p3 = metadata.tiff_block(), metadata.xmp(), colour_profiles.display_p3()
    told = heic(picture(), exif=b"Exif\0\0" + block, xmp=packet)
    yield again("heic", heic(picture()))
    yield again("heic metadata", told, _TOLD)
    yield again("heic grey", heic(picture("L")))
    yield again("heic profile", heic(picture(), icc_profile=p3), {Removed.PROFILE})
    yield again("heic thumbnail", _thumbnailed(), {Removed.THUMBNAIL})
    yield again("heic odd size", heic(picture(size=(61, 33))))
    yield again("heic trailer", told + metadata.NAME.encode(), _TOLD)
    yield see_through("heic alpha", heic(picture("RGBA"), exif=block), {Removed.PLACE})
    yield again("avif", saved(picture(), "AVIF", quality=90))
    yield again(
        "avif metadata", saved(picture(), "AVIF", exif=block, xmp=packet), {Removed.PLACE, Removed.TEXT}
    )
    yield again("avif profile", saved(picture(), "AVIF", icc_profile=p3), {Removed.PROFILE})
    yield see_through("avif alpha", saved(picture("RGBA"), "AVIF", exif=block), {Removed.PLACE})
    for turn in range(2, 9):
        block = metadata.tiff_block(orientation=turn)
        yield again(f"avif turned {turn}", saved(picture(), "AVIF", exif=block), {Removed.PLACE}, turn)
