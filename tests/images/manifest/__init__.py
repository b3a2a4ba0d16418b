"""Every file that the scrubber is held to, made on the spot and the same each time, with its expected fate."""

from functools import cache

from tests.images.manifest.heifs import heifs
from tests.images.manifest.jpeg_metadata import jpegs_with_metadata
from tests.images.manifest.jpeg_pictures import jpeg_pictures
from tests.images.manifest.jpeg_trailers import jpegs_with_trailers
from tests.images.manifest.others import others
from tests.images.manifest.photo import Photo, turned
from tests.images.manifest.pngs import pngs
from tests.images.manifest.profiles import with_profiles
from tests.images.manifest.refused import refused_photos
from tests.images.manifest.tiffs import tiffs

__all__ = ["Photo", "all_photos", "photo", "turned"]

_MAKERS = (
    *(jpeg_pictures, jpegs_with_metadata, jpegs_with_trailers),
    *(pngs, others, tiffs, heifs, with_profiles, refused_photos),
)


@cache
def all_photos() -> tuple[Photo, ...]:
    """The whole manifest; every name is given once."""
    photos = tuple(photo for make in _MAKERS for photo in make())
    assert len({each.name for each in photos}) == len(photos)
    return photos


def photo(name: str) -> Photo:
    """The file of this name."""
    return next(each for each in all_photos() if each.name == name)
