"""GIF: one still frame, exactly, on a screen that may be larger than it."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from doctocbot.images import CleanImage, Outcome, Refusal, RefusalReason, Removed, scrub
from tests.images import metadata, photos

SCREEN, PLACE = (120, 90), (5, 7)
WORDS = metadata.NAME.encode()


def on_screen(gif: bytes, screen: tuple[int, int], place: tuple[int, int]) -> bytes:
    """The same frame, moved to a place on a screen of another size."""
    at = gif.index(b"\x2c\0\0\0\0" + gif[6:10])
    head = gif[:6] + struct.pack("<2H", *screen) + gif[10 : at + 1]
    return head + struct.pack("<2H", *place) + gif[at + 5 :]


def few_colours() -> Image.Image:
    return photos.picture("RGB").quantize(20)


def many_colours() -> Image.Image:
    picture = photos.picture("P")
    picture.putdata([number % 256 for number in range(picture.width * picture.height)])
    return picture


def rgba(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    samples = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    return samples * (samples[:, :, 3:] > 0)


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


@pytest.mark.parametrize("options", [{}, {"interlace": 1}, {"transparency": 3}])
@pytest.mark.parametrize("draw", [few_colours, many_colours])
def test_a_frame_smaller_than_its_screen_is_exact(draw: object, options: dict[str, int]) -> None:
    """A browser shows the frame where it stands, and nothing around it: so does the PNG."""
    assert callable(draw)
    gif = photos.saved(draw(), "GIF", **options)
    answer = cleaned(on_screen(gif, SCREEN, PLACE))
    assert (answer.outcome, answer.width, answer.height) == (Outcome.LOSSLESS, *SCREEN)
    left, top = PLACE
    shown, frame = rgba(answer.data), rgba(gif)
    assert np.array_equal(shown[top : top + photos.HEIGHT, left : left + photos.WIDTH], frame)
    shown[top : top + photos.HEIGHT, left : left + photos.WIDTH] = 0
    assert not shown.any()
    assert cleaned(answer.data).data == answer.data


def test_a_transparent_index_needs_no_colour() -> None:
    """A frame whose transparent index lies beyond its colour table is whole all the same."""
    picture = Image.fromarray(np.tile(np.arange(5, dtype=np.uint8), (20, 4)))
    picture.putpalette(bytes(range(3 * 8)))
    gif = photos.saved(picture, "GIF", transparency=4, optimize=False)
    assert gif[10] & 7 == 2
    halved = gif[:10] + bytes((gif[10] & 0xF8 | 1,)) + gif[11 : 13 + 12] + gif[13 + 24 :]
    alpha = np.asarray(Image.open(io.BytesIO(cleaned(halved).data)).convert("RGBA"))[:, :, 3]
    assert np.array_equal(alpha == 0, np.asarray(picture) == 4)


def test_a_frame_beyond_its_screen_is_refused() -> None:
    """Some viewers cut such a frame and others widen the screen."""
    gif = on_screen(photos.saved(few_colours(), "GIF"), (50, 50), (0, 0))
    assert scrub(gif) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


def test_frames_of_different_sizes_move_all_the_same() -> None:
    """An animation whose first frame is smaller than the screen is called an animation."""
    gif = on_screen(photos.saved(few_colours(), "GIF"), SCREEN, PLACE)
    frame = gif[gif.index(b"\x2c" + struct.pack("<2H", *PLACE)) : -1]
    assert scrub(gif[:-1] + frame + b";") == Refusal(RefusalReason.ANIMATED)


@pytest.mark.parametrize(
    ("label", "kind"), [(b"\xfe", Removed.TEXT), (b"\x01", Removed.TEXT), (b"\xff", Removed.OTHER)]
)
def test_extensions_do_not_survive(label: bytes, kind: Removed) -> None:
    """Comments, plain text and what applications hang on go, wherever they stand."""
    gif = photos.saved(few_colours(), "GIF")
    words = b"!" + label + b"\x15Marguerite Lavalliere\0"
    at = 13 + (3 << (gif[10] & 7) + 1)
    for planted in (gif[:at] + words + gif[at:], gif[:-1] + words + b";"):
        answer = cleaned(planted)
        assert kind in answer.removed
        assert answer.data == cleaned(gif).data


def test_colours_of_nobodys_choice_are_refused() -> None:
    """Without any colour table each viewer takes colours of its own."""
    gif = photos.saved(few_colours(), "GIF")
    bare = gif[:10] + bytes((gif[10] & 0x78,)) + gif[11:13] + gif[13 + (3 << (gif[10] & 7) + 1) :]
    assert scrub(bare) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


def test_the_end_must_be_there() -> None:
    """A GIF without its trailer is cut."""
    assert scrub(photos.gif()[:-1]) == Refusal(RefusalReason.TRUNCATED)


def test_codes_behind_the_end_of_a_frame_are_told_of() -> None:
    """Decoders stop at the end code; what the sub-blocks hold behind it is no part of the picture."""
    gif = photos.saved(few_colours(), "GIF")
    told = cleaned(gif[:-2] + bytes((len(WORDS),)) + WORDS + gif[-2:])
    assert cleaned(gif).removed == {}
    assert told.removed == {Removed.OTHER: 1}
    assert told.data == cleaned(gif).data


@pytest.mark.parametrize("colours", [2, 3, 16, 256])
@pytest.mark.parametrize("side", [1, 40, 400])
def test_the_end_of_honest_codes_is_found(colours: int, side: int) -> None:
    """Whatever the widths of the codes, and however often their table fills up and is cleared."""
    levels = np.random.default_rng(colours).integers(0, colours, (side, side), dtype=np.uint8)
    picture = Image.fromarray(levels)
    picture.putpalette(bytes(range(256)) * 3)
    assert Removed.OTHER not in cleaned(photos.saved(picture, "GIF")).removed


def test_a_palette_that_the_frame_replaces_is_told_of() -> None:
    """A screen's palette whose only frame brings one of its own is seen nowhere."""
    gif = photos.saved(few_colours(), "GIF")
    size = 3 << ((gif[10] & 7) + 1)
    at = gif.index(b"\x2c\0\0\0\0" + gif[6:10])
    own = gif[: at + 9] + bytes((0x80 | gif[at + 9] | gif[10] & 7,)) + gif[13 : 13 + size] + gif[at + 10 :]
    told = cleaned(own[:13] + WORDS.ljust(size, b"."[:1]) + own[13 + size :])
    assert told.removed == {Removed.OTHER: 1}
    assert told.data == cleaned(gif).data
