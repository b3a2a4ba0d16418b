"""TIFFs of one page with the metadata they can hold; all become PNGs of the same samples."""

from collections.abc import Iterator

from PIL import TiffImagePlugin

from doctocbot.images import Outcome, Removed
from tests.images import metadata
from tests.images.manifest.photo import Photo, keeper
from tests.images.metadata import NAME, PLACE, SERIAL
from tests.images.photos import picture, saved, srgb_profile

_TOLD = frozenset((Removed.TEXT, Removed.NAME))


def tiffs() -> Iterator[Photo]:
    """TIFFs, cleaned to PNGs."""
    exact = keeper(Outcome.LOSSLESS, "image/png")
    owner = metadata.icc_with_owner(srgb_profile())
    for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "I;16"):
        told = saved(picture(mode), "TIFF", tiffinfo=_tags(), icc_profile=owner)
        yield exact(f"tiff {mode} metadata", told, _TOLD | {Removed.PROFILE})
        # Where its alpha is 0, the picture has colours that nobody sees, as has the web's palette.
        hidden = {Removed.OTHER} if mode in ("RGBA", "P") else set()
        yield exact(f"tiff {mode}", saved(picture(mode), "TIFF"), hidden)
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield exact(f"tiff {compression}", saved(picture(), "TIFF", compression=compression))
    coded = saved(picture(), "TIFF", compression="jpeg", quality=90)
    yield keeper(Outcome.REENCODED, "image/jpeg")("tiff jpeg", coded)
    yield exact("tiff fax", saved(picture("1"), "TIFF", compression="group4"))
    yield exact("tiff places", saved(picture(), "TIFF", tiffinfo=_places()), {Removed.PLACE, Removed.DEVICE})
    for turn in range(2, 9):
        tags = _tags() | {274: turn}
        turned = saved(picture(), "TIFF", tiffinfo=tags)
        yield exact(f"tiff turned {turn}", turned, _TOLD | {Removed.ORIENTATION}, turn)
    plain = saved(picture(), "TIFF")
    yield exact("tiff words at the end", plain + NAME.encode(), {Removed.TRAILER}, bare=plain)


def _tags() -> dict[int, object]:
    return {
        269: metadata.FILE_NAME,
        270: NAME,
        305: SERIAL,
        306: "2026:10:03 09:12:44",
        315: NAME,
        316: PLACE,
        700: metadata.xmp(),
        33432: NAME,
        33723: metadata.iptc_record(),
        34377: metadata.photoshop(),
        65000: SERIAL,
    }


def _places() -> TiffImagePlugin.ImageFileDirectory_v2:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    latitude = tuple(TiffImagePlugin.IFDRational(part) for part in (48, 38, 57))
    tags[270] = NAME
    tags[34853] = {1: "N", 2: latitude, 27: PLACE.encode()}
    tags[34665] = {0xA431: SERIAL, 0x927C: NAME.encode()}
    return tags
