"""WebP: exact where it was exact, JPEG where it was lossy, and a container in which nothing else has room."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from doctocbot.images import CleanImage, Outcome, Refusal, RefusalReason, Removed, pixels, scrub, structure
from doctocbot.images.model import RefusedError
from tests.images import metadata, photos
from tests.images.metadata import riff_chunk


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


def erased(lossless: bool = True) -> bytes:
    samples = np.array(photos.picture("RGB").convert("RGBA"))
    samples[10:30, 10:60, 3] = 0
    return photos.saved(Image.fromarray(samples), "WEBP", lossless=lossless, exact=True, quality=90)


def extended(canvas: tuple[int, int], flags: int = 0, reserved: bytes = bytes(3)) -> bytes:
    """A lossless picture behind a header of the extended kind."""
    plain = photos.saved(photos.picture(), "WEBP", lossless=True)
    size = b"".join((side - 1).to_bytes(3, "little") for side in canvas)
    body = b"WEBP" + riff_chunk(b"VP8X", bytes((flags,)) + reserved + size) + plain[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_what_an_eraser_left_behind_is_gone() -> None:
    """Colours under full transparency turn black in a lossless WebP; all that is seen stays."""
    data = erased()
    answer = cleaned(data)
    before, after = (np.asarray(Image.open(io.BytesIO(each))) for each in (data, answer.data))
    seen = before[:, :, 3] > 0
    assert (answer.outcome, answer.mimetype) == (Outcome.LOSSLESS, "image/webp")
    assert Removed.OTHER in answer.removed
    assert not after[~seen].any()
    assert np.array_equal(before[seen], after[seen])
    assert cleaned(answer.data).data == answer.data


def test_lossy_with_transparency_becomes_a_png() -> None:
    """What one can see through cannot be a JPEG."""
    data = erased(lossless=False)
    answer = cleaned(data)
    assert (answer.outcome, answer.mimetype) == (Outcome.REENCODED, "image/png")
    assert not pixels.hides_colour(pixels.load(answer.data, "image/png"))


def test_lossy_becomes_a_faithful_jpeg() -> None:
    """A lossy picture is encoded again, above 42 dB of what its decoder gives."""
    data = photos.saved(photos.picture(), "WEBP", quality=80)
    answer = cleaned(data)
    assert (answer.outcome, answer.mimetype) == (Outcome.REENCODED, "image/jpeg")
    assert pixels.decibels(pixels.load(data, "image/webp"), Image.open(io.BytesIO(answer.data))) >= 42


def test_a_canvas_of_another_size_is_refused() -> None:
    """A header that announces another picture than the one that follows is damage."""
    assert scrub(extended((photos.WIDTH + 1, photos.HEIGHT))) == Refusal(RefusalReason.DAMAGED)


@pytest.mark.parametrize(
    "output",
    [
        extended((photos.WIDTH, photos.HEIGHT), reserved=b"Ana"),
        extended((photos.WIDTH, photos.HEIGHT), flags=0x08),
        extended((photos.WIDTH, photos.HEIGHT), flags=0x01),
        extended((photos.WIDTH + 1, photos.HEIGHT)),
    ],
    ids=["words in reserved bytes", "exif announced", "reserved flag", "another canvas"],
)
def test_a_header_has_no_room_for_anything(output: bytes) -> None:
    """The second reader objects to every bit of the extended header that the picture does not need."""
    structure.walk_webp(extended((photos.WIDTH, photos.HEIGHT)))
    with pytest.raises(RefusedError):
        structure.walk_webp(output)


def test_padding_holds_nothing() -> None:
    """The byte that fills a chunk of odd length up must be zero."""
    plain = photos.saved(photos.picture(), "WEBP", lossless=True)
    picture = plain[20 : 20 + int.from_bytes(plain[16:20], "little")]
    odd = picture + bytes(1 - len(picture) % 2)
    for padding, fine in ((b"\0", True), (b"\1", False)):
        body = b"WEBPVP8L" + struct.pack("<I", len(odd)) + odd + padding
        output = b"RIFF" + struct.pack("<I", len(body)) + body
        if fine:
            structure.walk_webp(output)
        else:
            with pytest.raises(RefusedError):
                structure.walk_webp(output)


@pytest.mark.parametrize("size", [(16383, 16383), (16383, 4000)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    """A picture that claims too many pixels is refused before anything is decoded."""
    plain = bytearray(photos.saved(photos.picture(), "WEBP", lossless=True))
    plain[21:25] = ((size[0] - 1) | (size[1] - 1) << 14).to_bytes(4, "little")
    assert scrub(bytes(plain)) == Refusal(RefusalReason.TOO_MANY_PIXELS)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (97, 61), (640, 480)])
@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 10}, {"quality": 80}, {"quality": 100}])
def test_words_behind_the_codes_are_told_of(options: dict[str, int], size: tuple[int, int]) -> None:
    """Decoders stop when the last pixel is there; what the chunk holds behind it goes."""
    plain = photos.saved(photos.picture(size=size), "WEBP", **options)
    body = plain[20 : 20 + int.from_bytes(plain[16:20], "little")] + metadata.NAME.encode()
    chunk = riff_chunk(plain[12:16], body)
    longer = b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk
    assert cleaned(plain).removed == {}
    assert cleaned(longer).removed == {Removed.OTHER: 1}
    assert cleaned(longer).data == cleaned(plain).data


def test_letters_in_reserved_fields_are_told_of() -> None:
    """Three bytes of the extended header are for nothing yet."""
    canvas = photos.WIDTH, photos.HEIGHT
    assert cleaned(extended(canvas)).removed == {}
    assert cleaned(extended(canvas, reserved=b"Jea")).removed == {Removed.OTHER: 1}
