"""Pictures with colour profiles that tell whose monitor or camera it was: the colours stay, the words go."""

from collections.abc import Iterator

from doctocbot.images import Outcome, Removed
from tests.images import colour_profiles, metadata
from tests.images.manifest.others import bmp_with_profile
from tests.images.manifest.photo import Photo, keeper
from tests.images.metadata import NAME, SERIAL, jpeg_segment, png_chunk
from tests.images.photos import jpeg, jpeg_with, picture, png, png_with, saved, srgb_profile

_GONE = frozenset((Removed.PROFILE,))
_PIECE = 300


def with_profiles() -> Iterator[Photo]:
    """Every profile in every format that can hold one."""
    yield from _rebuilt()
    yield from _converted()
    yield from _damaged()


def _rebuilt() -> Iterator[Photo]:
    jpegs, pngs = keeper(Outcome.LOSSLESS, "image/jpeg"), keeper(Outcome.LOSSLESS, "image/png")
    webps = keeper(Outcome.LOSSLESS, "image/webp")
    profiles = {
        "srgb with owner": metadata.icc_with_owner(srgb_profile()),
        "display p3": colour_profiles.display_p3(),
        "adobe rgb": colour_profiles.adobe_rgb(),
    }
    for name, icc in profiles.items():
        yield jpegs(f"jpeg {name}", jpeg(icc_profile=icc), _GONE)
        yield pngs(f"png {name}", png(icc_profile=icc), _GONE)
        yield webps(f"webp {name}", saved(picture(), "WEBP", lossless=True, icc_profile=icc), _GONE)
        yield pngs(f"tiff {name}", saved(picture(), "TIFF", icc_profile=icc), _GONE)
        yield pngs(f"bmp {name}", bmp_with_profile(b"DEBM", icc), _GONE)
    grey = colour_profiles.grey_gamma()
    yield jpegs("jpeg grey gamma", saved(picture("L"), "JPEG", icc_profile=grey), _GONE)
    yield pngs("png grey gamma", png("L", icc_profile=grey), _GONE)
    p3 = profiles["display p3"]
    pieces = [p3[at : at + _PIECE] for at in range(0, len(p3), _PIECE)]
    segments = [
        jpeg_segment(0xE2, b"ICC_PROFILE\0" + bytes((number, len(pieces))) + piece)
        for number, piece in enumerate(pieces, start=1)
    ]
    yield jpegs("jpeg profile in pieces", jpeg_with(*segments), _GONE, bare=jpeg(icc_profile=p3))
    turned_about = jpeg_with(*reversed(segments))
    yield jpegs("jpeg profile in disorder", turned_about, _GONE, bare=jpeg(icc_profile=p3))


def _converted() -> Iterator[Photo]:
    table = colour_profiles.lookup_table()
    photos = keeper(Outcome.REENCODED, "image/jpeg")
    exact = keeper(Outcome.REENCODED, "image/png")
    yield photos("jpeg lookup table", jpeg(icc_profile=table), _GONE)
    yield exact("png lookup table", png(icc_profile=table), _GONE)
    yield exact("tiff lookup table", saved(picture(), "TIFF", icc_profile=table), _GONE)


def _damaged() -> Iterator[Photo]:
    jpegs, pngs = keeper(Outcome.LOSSLESS, "image/jpeg"), keeper(Outcome.LOSSLESS, "image/png")
    words = (NAME * 9).encode()
    yield jpegs("jpeg words for a profile", jpeg(icc_profile=words), _GONE, bare=jpeg())
    yield pngs("png words for a profile", png(icc_profile=words), _GONE, bare=png())
    grey = colour_profiles.grey_gamma()
    yield jpegs("jpeg grey profile on colours", jpeg(icc_profile=grey), _GONE, bare=jpeg())
    cut = jpeg_with(jpeg_segment(0xE2, b"ICC_PROFILE\0\1\2" + colour_profiles.adobe_rgb()[:400]))
    yield jpegs("jpeg half a profile", cut, _GONE, bare=jpeg())
    named = png_with(png_chunk(b"iCCP", SERIAL.encode() + b"\0\0" + NAME.encode()))
    yield pngs("png profile that is not deflated", named, _GONE, bare=png())
