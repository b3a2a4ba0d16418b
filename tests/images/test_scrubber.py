"""The promise a patient would hold us to: nothing identifying leaves, not a pixel changes, or nothing leaves at all."""

import io

import numpy as np
import pytest
from PIL import Image

from doctocbot.images import CleanImage, Outcome, Refusal, Removed, jpeg_check, scrub
from tests.images import manifest, metadata, photos
from tests.images.manifest import Photo
from tests.images.viewer import (
    as_a_viewer_shows,
    decibels,
    in_srgb,
    inflated,
    levels_apart,
    pixels_of,
    png_samples,
)

# Pillow grumbles about the damage that was planted.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

PHOTOS = manifest.all_photos()
CLEANABLE = [photo for photo in PHOTOS if photo.outcome is not Outcome.REFUSED]
EXACT = [photo for photo in CLEANABLE if photo.outcome is Outcome.LOSSLESS]
AGAIN = [photo for photo in CLEANABLE if photo.outcome is Outcome.REENCODED]
SAME = [photo for photo in CLEANABLE if photo.bare is not None]
COLOURED = [photo for photo in CLEANABLE if Removed.PROFILE in photo.removed]


def named(photo: Photo) -> str:
    return photo.name.replace(" ", "-")


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


@pytest.mark.parametrize("photo", PHOTOS, ids=named)
def test_each_file_meets_its_expected_fate(photo: Photo) -> None:
    """Every file of the manifest is cleaned the way its format allows, or refused for its own reason."""
    answer = scrub(photo.data)
    if isinstance(answer, Refusal):
        assert answer.reason in photo.reasons
    else:
        assert (answer.outcome, answer.mimetype) == (photo.outcome, photo.mimetype)
        assert photo.removed <= answer.removed.keys()
        assert answer.carried_metadata == bool(photo.removed)


@pytest.mark.parametrize("photo", CLEANABLE, ids=named)
def test_no_identifier_survives(photo: Photo) -> None:
    """No planted name, place, serial or file name stands in the picture or its thumbnail, in any encoding."""
    answer = cleaned(photo.data)
    for output in (answer.data, answer.thumbnail or b""):
        content = output + inflated(output)
        assert not [needle for needle in metadata.needles() if needle in content]


@pytest.mark.parametrize("photo", EXACT, ids=named)
def test_not_a_pixel_changes(photo: Photo) -> None:
    """A lossless outcome shows the very pixels of the original, the right way up."""
    original = photo.shown()
    answer = cleaned(photo.data)
    shown = as_a_viewer_shows(answer.data)
    assert (answer.width, answer.height) == shown.size == original.size
    assert np.array_equal(pixels_of(original), pixels_of(shown))


@pytest.mark.parametrize("photo", AGAIN, ids=named)
def test_what_is_encoded_again_stays_close(photo: Photo) -> None:
    """Where no format would keep it exactly, a picture stays within 42 dB of what a viewer shows, and upright."""
    original = in_srgb(photo.shown())
    answer = cleaned(photo.data)
    shown = as_a_viewer_shows(answer.data)
    assert (answer.width, answer.height) == shown.size == original.size
    assert decibels(original, in_srgb(shown)) >= 42


@pytest.mark.parametrize("photo", COLOURED, ids=named)
def test_colours_survive_the_loss_of_the_owner(photo: Photo) -> None:
    """Without whatever a profile said beside its numbers, a colour-managed viewer shows colours within two levels."""
    answer = cleaned(photo.data)
    before, after = in_srgb(photo.shown()), in_srgb(as_a_viewer_shows(answer.data))
    if answer.mimetype == "image/jpeg" and answer.outcome is Outcome.REENCODED:
        assert decibels(before, after) >= 42
    else:
        assert levels_apart(before, after).max() <= 2


@pytest.mark.slow
@pytest.mark.parametrize("photo", CLEANABLE, ids=named)
def test_scrubbing_again_changes_nothing(photo: Photo) -> None:
    """A clean picture, scrubbed again, stays as it is byte by byte and is said to carry nothing."""
    once = cleaned(photo.data)
    twice = cleaned(once.data)
    assert twice.data == once.data
    assert twice.outcome is Outcome.LOSSLESS
    assert not twice.carried_metadata


@pytest.mark.slow
@pytest.mark.parametrize("photo", EXACT, ids=named)
def test_lossless_outputs_stay_small(photo: Photo) -> None:
    """A lossless output is at most 1.2 times as large as its input, a few hundred bytes of header aside."""
    assert len(cleaned(photo.data).data) <= 1.2 * len(photo.data) + 1024


@pytest.mark.slow
@pytest.mark.parametrize("photo", SAME, ids=named)
def test_the_same_picture_gives_the_same_bytes(photo: Photo) -> None:
    """Two photographs with one coded picture and different metadata cannot be told apart once clean."""
    assert photo.bare is not None
    assert cleaned(photo.data).data == cleaned(photo.bare).data


@pytest.mark.parametrize("photo", [each for each in EXACT if "16-bit" in each.name], ids=named)
def test_sixteen_bits_stay_sixteen_bits(photo: Photo) -> None:
    """A 16-bit picture keeps the low bytes that an 8-bit reader would have dropped."""
    assert np.array_equal(png_samples(cleaned(photo.data).data), png_samples(photo.data))


def test_a_large_picture_gets_a_clean_thumbnail() -> None:
    """The thumbnail is made from the clean picture, upright, no longer than 800 pixels, itself clean."""
    answer = cleaned(manifest.photo("jpeg large").data)
    assert (answer.width, answer.height) == (803, 1201)
    assert answer.thumbnail is not None
    assert answer.thumbnail_size == (535, 800)
    assert as_a_viewer_shows(answer.thumbnail).size == (535, 800)
    assert not cleaned(answer.thumbnail).carried_metadata


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_photograph_gets_a_thumbnail_of_its_own_colours(mode: str) -> None:
    """However the thumbnail of a far larger picture came about, it shows the picture, and the second reader agrees."""
    turned = b"Exif\0\0" + metadata.tiff_block(orientation=6)
    answer = cleaned(photos.saved(photos.picture(mode, (3600, 2700)), "JPEG", quality=92, exif=turned))
    assert answer.thumbnail is not None
    jpeg_check.require_clean(answer.thumbnail)
    width, height = answer.thumbnail_size or (0, 0)
    assert 640 <= height <= 800
    assert abs(width - height * 3 / 4) < 1
    shown = as_a_viewer_shows(answer.data).convert("RGB").resize((30, 40), Image.Resampling.BOX)
    small = as_a_viewer_shows(answer.thumbnail).convert("RGB").resize((30, 40), Image.Resampling.BOX)
    assert np.abs(np.asarray(shown, np.int16) - np.asarray(small, np.int16)).max() <= 12


def test_a_small_picture_needs_no_thumbnail() -> None:
    """A picture no larger than a thumbnail has none."""
    answer = cleaned(photos.jpeg())
    assert answer.thumbnail is None
    assert answer.thumbnail_size is None


def test_a_rebuilt_profile_is_small_and_nameless() -> None:
    """What is left of a profile are its numbers: smaller than it was, the same for every owner."""
    owner = metadata.icc_with_owner(photos.srgb_profile())
    rebuilt = Image.open(io.BytesIO(cleaned(photos.jpeg(icc_profile=owner)).data)).info["icc_profile"]
    nobody = Image.open(io.BytesIO(cleaned(photos.jpeg(icc_profile=photos.srgb_profile())).data))
    assert len(rebuilt) < len(owner)
    assert rebuilt == nobody.info["icc_profile"]
