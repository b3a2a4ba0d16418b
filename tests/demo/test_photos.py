"""The photos of the demo: of nobody, and carrying everything that a real one can give away."""

import io

import pytest
from PIL import ExifTags, Image

from doctocbot.demo import photos
from doctocbot.demo.carried import FILE_NAME, PICTURE, TURN, carried, same_pixels
from doctocbot.demo.photos import NEEDLES, Photo
from doctocbot.images import CleanImage, Outcome, Removed, scrub

pytestmark = pytest.mark.slow


@pytest.fixture(params=[photos.forearm, photos.knee], ids=["forearm", "knee"])
def photo(request: pytest.FixtureRequest) -> Photo:
    """Each of the two in turn."""
    drawn: Photo = request.param()
    return drawn


def _cleaned(photo: Photo) -> CleanImage:
    cleaned = scrub(photo.data)
    assert isinstance(cleaned, CleanImage)
    return cleaned


def test_carries_place_date_device_and_name(photo: Photo) -> None:
    """Each photo tells where, when and with what it was taken, and whose it is, the file's name included."""
    found = carried(photo.data, photo.file_name)

    assert found["lieu (GPS)"].startswith("48,2371° N · 3,3172° O")
    assert found["date"] == "23/11/2026 08:41:07"
    assert found["appareil"] == "Armorik Phone 12"
    assert "Quintrec" in found["description"]
    assert "quintrec" in found[FILE_NAME].casefold()
    assert _cleaned(photo).removed.keys() >= {Removed.PLACE, Removed.DATE, Removed.DEVICE, Removed.TEXT}


def test_nothing_is_left_after_scrubbing(photo: Photo) -> None:
    """What the scrubber gives back is the same picture without a word of it, but for which way is up."""
    cleaned = _cleaned(photo)

    assert cleaned.outcome is Outcome.LOSSLESS
    assert same_pixels(photo.data, cleaned.data)
    assert set(carried(cleaned.data, "case-1-1.jpg")) <= {FILE_NAME, PICTURE, TURN}
    assert not any(needle.encode() in cleaned.data for needle in NEEDLES)


def test_every_needle_is_hidden_somewhere() -> None:
    """The words that the demo looks for in the copies do stand in the originals: else finding none proves nothing."""
    both = photos.forearm(), photos.knee()

    for needle in NEEDLES:
        assert any(needle.encode() in photo.data or needle in photo.file_name for photo in both), needle


def test_embedded_thumbnail_shows_the_arm() -> None:
    """The first photo hides a small copy of itself in its EXIF, which survives in careless cleaners."""
    photo = photos.forearm()
    with Image.open(io.BytesIO(photo.data)) as image:
        entry = image.getexif().get_ifd(ExifTags.IFD.IFD1)
    at, length = entry[ExifTags.Base.JpegIFOffset], entry[ExifTags.Base.JpegIFByteCount]
    tiff = photo.data[photo.data.index(b"Exif\0\0") + 6 :]

    assert tiff[at : at + length] == photo.thumbnail
    assert Image.open(io.BytesIO(photo.thumbnail)).size == (320, 240)
    assert Removed.THUMBNAIL in _cleaned(photo).removed


def test_drawn_anew_a_photo_is_the_same() -> None:
    """Two runs of the demo post the same bytes, so that what they show can be compared."""
    assert photos.forearm.__wrapped__() == photos.forearm()


def test_upright_photo_is_stored_lying() -> None:
    """The second photo was taken with the phone upright: the file says how to turn it, and viewers do."""
    cleaned = _cleaned(photos.knee())

    assert (cleaned.width, cleaned.height) == (1200, 1600)
    assert carried(photos.knee().data, "x.jpg")[PICTURE] == "1600 × 1200"
