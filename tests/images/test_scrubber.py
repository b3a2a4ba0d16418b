"""The promise a patient would hold us to: nothing identifying leaves, not a pixel changes, or nothing leaves at all."""

import io
import re
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from doctocbot.images import CleanImage, Outcome, Refusal, Removed, scrub
from tests.images import metadata, photos
from tests.images.photos import Photo

# Pillow grumbles about the damage that was planted.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

PHOTOS = photos.all_photos()
CLEANABLE = [photo for photo in PHOTOS if photo.outcome is not Outcome.REFUSED]
EXACT = [photo for photo in CLEANABLE if photo.outcome is Outcome.LOSSLESS]
REFUSED = [photo for photo in PHOTOS if photo.outcome is Outcome.REFUSED]


def named(photo: Photo) -> str:
    return photo.name.replace(" ", "-")


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


def as_a_viewer_shows(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    turn = picture.getexif().get(0x0112, 1) if picture.format == "JPEG" else 1
    return Photo("output", data, Outcome.LOSSLESS, orientation=turn).shown()


def pixels_of(picture: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    if picture.mode.startswith("I"):
        return np.asarray(picture, np.uint16).view(np.uint8)
    return np.asarray(picture.convert("RGBA"))


def unpacked(data: bytes) -> bytes:
    """Whatever is deflated in a file, inflated."""
    found = b""
    for start in (match.start() for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data)):
        inflater = zlib.decompressobj()
        try:
            found += inflater.decompress(data[start:], 1 << 20)
        except zlib.error:
            continue
    return found


@pytest.mark.parametrize("photo", PHOTOS, ids=named)
def test_each_file_meets_its_expected_fate(photo: Photo) -> None:
    """Every file of the manifest is cleaned the way its format allows, or refused for its own reason."""
    answer = scrub(photo.data)
    if isinstance(answer, Refusal):
        assert answer.reason in photo.reasons
    else:
        assert (answer.outcome, answer.mimetype) == (photo.outcome, photo.mimetype)
        assert photo.removed <= answer.removed
        assert answer.carried_metadata == bool(photo.removed)


@pytest.mark.parametrize("photo", CLEANABLE, ids=named)
def test_no_identifier_survives(photo: Photo) -> None:
    """No planted name, place, serial or file name stands in the picture or its thumbnail, in any encoding."""
    answer = cleaned(photo.data)
    for output in (answer.data, answer.thumbnail or b""):
        content = output + unpacked(output)
        assert not [needle for needle in metadata.needles() if needle in content]


@pytest.mark.parametrize("photo", EXACT, ids=named)
def test_not_a_pixel_changes(photo: Photo) -> None:
    """A lossless outcome shows the very pixels of the original, the right way up."""
    original = photo.shown()
    answer = cleaned(photo.data)
    shown = as_a_viewer_shows(answer.data)
    assert (answer.width, answer.height) == shown.size == original.size
    assert np.array_equal(pixels_of(original), pixels_of(shown))


@pytest.mark.parametrize("photo", CLEANABLE, ids=named)
def test_scrubbing_again_changes_nothing(photo: Photo) -> None:
    """A clean picture, scrubbed again, stays as it is byte by byte and is said to carry nothing."""
    once = cleaned(photo.data)
    twice = cleaned(once.data)
    assert twice.data == once.data
    assert twice.outcome is Outcome.LOSSLESS
    assert not twice.carried_metadata


@pytest.mark.parametrize("photo", EXACT, ids=named)
def test_lossless_outputs_stay_small(photo: Photo) -> None:
    """A lossless output is at most 1.2 times as large as its input, a few hundred bytes of header aside."""
    assert len(cleaned(photo.data).data) <= 1.2 * len(photo.data) + 1024


def test_the_same_picture_gives_the_same_bytes() -> None:
    """Two photographs with one coded picture and different metadata cannot be told apart once clean."""
    outputs = {
        cleaned(photo.data).data
        for photo in photos.jpegs()
        if photo.orientation == 1 and b"ICC_PROFILE" not in photo.data
        if as_a_viewer_shows(photo.data).mode == "RGB" and as_a_viewer_shows(photo.data).size == (97, 61)
        if photo.name not in ("jpeg 444", "jpeg progressive", "jpeg restart markers", "jpeg adobe tail")
    }
    assert len(outputs) == 1


def test_restart_markers_and_scan_order_are_no_fingerprint() -> None:
    """How an encoder laid out the same coefficients does not show in the output."""
    plain, progressive = cleaned(photos.jpeg()), cleaned(photos.jpeg(progressive=True))
    assert plain.data == progressive.data == cleaned(photos.jpeg(restart_marker_blocks=2)).data


def test_sixteen_bits_stay_sixteen_bits() -> None:
    """A 16-bit RGB picture keeps the low bytes that an 8-bit reader would have dropped."""
    rows = photos.rgb16_rows()
    output = cleaned(photos.raw_png(rows, 16, 2)).data
    at = output.index(b"IDAT")
    size = int.from_bytes(output[at - 4 : at], "big")
    assert zlib.decompress(output[at + 4 : at + 4 + size]) == rows


def test_a_large_picture_gets_a_clean_thumbnail() -> None:
    """The thumbnail is made from the clean picture, upright, no longer than 800 pixels, itself clean."""
    photo = next(photo for photo in photos.jpegs() if photo.name == "jpeg large")
    answer = cleaned(photo.data)
    assert (answer.width, answer.height) == (803, 1201)
    assert answer.thumbnail is not None
    assert answer.thumbnail_size == (535, 800)
    assert as_a_viewer_shows(answer.thumbnail).size == (535, 800)
    assert not cleaned(answer.thumbnail).carried_metadata


def test_a_small_picture_needs_no_thumbnail() -> None:
    """A picture no larger than a thumbnail has none."""
    answer = cleaned(photos.jpeg())
    assert answer.thumbnail is None
    assert answer.thumbnail_size is None


def test_colours_survive_the_loss_of_the_owner() -> None:
    """With a profile that names its owner, colours stay within two levels and the name goes."""
    owner = metadata.icc_with_owner(photos.srgb_profile())
    answer = cleaned(photos.jpeg(icc_profile=owner))
    assert Removed.PROFILE in answer.removed
    rebuilt = Image.open(io.BytesIO(answer.data)).info["icc_profile"]
    assert len(rebuilt) < len(owner)
    assert metadata.NAME.encode() not in rebuilt


@pytest.mark.parametrize("photo", [photo for photo in REFUSED if "bomb" in photo.name], ids=named)
def test_a_bomb_is_refused_by_its_header(photo: Photo) -> None:
    """A picture of hundreds of megapixels is refused before anything is unpacked."""
    before = time.process_time()
    assert isinstance(scrub(photo.data), Refusal)
    assert time.process_time() - before < 0.5
