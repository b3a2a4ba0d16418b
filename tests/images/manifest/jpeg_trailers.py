"""JPEGs with something after their end: more pictures, films, archives, trailers; all cut off, the picture exact."""

from collections.abc import Iterator

from PIL import Image

from doctocbot.images import Outcome, Removed
from tests.images import containers, metadata
from tests.images.manifest.jpeg_metadata import XMP
from tests.images.manifest.photo import Keeper, Photo, keeper
from tests.images.metadata import NAME, jpeg_segment
from tests.images.photos import exif_segment, jpeg, jpeg_with, picture, saved


def jpegs_with_trailers() -> Iterator[Photo]:
    """JPEGs that all begin with one coded picture, and must all become the same bytes."""
    kept = keeper(Outcome.LOSSLESS, "image/jpeg")
    trailers = {
        "trailer": NAME.encode(),
        "zip polyglot": containers.archive(),
        "samsung trailer": containers.samsung_trailer(),
        "film without a word": containers.film(),
        "acropalypse": jpeg(quality=98, comment=NAME.encode())[10:],
        **containers.vendor_trailers(),
    }
    for name, trailer in trailers.items():
        yield kept(f"jpeg {name}", jpeg() + trailer, {Removed.TRAILER}, bare=jpeg())
    yield from _several_pictures(kept)


def _several_pictures(kept: Keeper) -> Iterator[Photo]:
    second = jpeg_with(exif_segment(metadata.tiff_block()), base=saved(picture("L"), "JPEG"))
    yield kept("jpeg mpo", mpo(), {Removed.TRAILER, Removed.THUMBNAIL})
    listed = jpeg_segment(0xE1, XMP + containers.container_xmp(("image/jpeg", "GainMap", len(second))))
    version = jpeg_segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0")
    gain_map = jpeg_with(listed, version) + second
    yield kept("jpeg ultra hdr", gain_map, {Removed.TRAILER, Removed.TEXT}, bare=jpeg())
    film = containers.film()
    listed = jpeg_segment(0xE1, XMP + containers.container_xmp(("video/mp4", "MotionPhoto", len(film))))
    yield kept("jpeg motion photo", jpeg_with(listed) + film, {Removed.TRAILER, Removed.TEXT}, bare=jpeg())
    broken = jpeg_with(jpeg_segment(0xE2, b"MPF\0" + metadata.SERIAL.encode()))
    yield kept("jpeg broken mpf", broken, {Removed.THUMBNAIL}, bare=jpeg())


def mpo() -> bytes:
    """Two pictures with an index of where they stand, as 3D cameras and phones write them."""
    frames: list[Image.Image] = [picture(), picture().rotate(180)]
    exif = Image.Exif()
    exif[0x010E] = NAME
    return saved(frames[0], "MPO", save_all=True, append_images=frames[1:], exif=exif)
