"""TIFF: one page, its samples at their own depth, as PNG."""

import io
import struct
import time

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from doctocbot.images import CleanImage, Outcome, Refusal, RefusalReason, Removed, deep, exif, pixels, scrub
from tests.images import metadata, photos

WIDTH, HEIGHT = 45, 30
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2


def tiff(
    order: str, levels: NDArray[np.uint16], photometric: int, *extra: tuple[int, int, int, int]
) -> bytes:
    """A TIFF of 16-bit samples (height, width, channels) in one strip, in the byte order given."""
    height, width, channels = levels.shape
    strip = levels.astype(order + "u2").tobytes()
    tags = [(256, 3, 1, width), (257, 3, 1, height), (259, 3, 1, 1), (262, 3, 1, photometric)]
    tags += [(277, 3, 1, channels), (278, 3, 1, height), (279, 4, 1, len(strip)), *extra]
    end = 8 + 2 + 12 * (len(tags) + 2) + 4
    bits = struct.pack(order + "H", 16) * channels
    tags += [(258, 3, channels, end if channels > 2 else 16), (273, 4, 1, end + len(bits))]
    table = b""
    for tag, kind, count, value in sorted(tags):
        short = kind == 3 and count == 1
        table += struct.pack(order + "HHI", tag, kind, count)
        table += struct.pack(order + ("HH" if short else "I"), *((value, 0) if short else (value,)))
    magic = b"II*\0" if order == "<" else b"MM\0*"
    head = magic + struct.pack(order + "IH", 8, len(tags)) + table + bytes(4)
    return bytes(head + bits + strip)


def deep_levels(channels: int) -> NDArray[np.uint16]:
    shape = HEIGHT, WIDTH, channels
    return np.random.default_rng(channels).integers(0, 65536, shape).astype(np.uint16)


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


def levels_of(picture: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(picture.convert("RGBA"))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("channels", "photometric"), [(1, BLACK_IS_ZERO), (3, RGB)])
def test_sixteen_bits_stay_sixteen_bits(order: str, channels: int, photometric: int) -> None:
    """Samples of 16 bits come out whole, in either byte order, though Pillow shows colours of 8."""
    levels = deep_levels(channels)
    answer = cleaned(tiff(order, levels, photometric))
    assert (answer.outcome, answer.mimetype) == (Outcome.LOSSLESS, "image/png")
    assert np.array_equal(deep.samples(answer.data, "image/png"), levels)


def test_a_sixteen_bit_negative_is_shown_as_it_is() -> None:
    """An X-ray whose zero is white comes out with its zero black, not inverted."""
    levels = deep_levels(1)
    output = deep.samples(cleaned(tiff("<", levels, WHITE_IS_ZERO)).data, "image/png")
    assert np.array_equal(output, 65535 - levels)
    assert scrub(tiff(">", levels, WHITE_IS_ZERO)) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


@pytest.mark.parametrize("turn", range(1, 9))
def test_sixteen_bits_are_turned_upright(turn: int) -> None:
    """The orientation of a 16-bit TIFF is baked into its samples."""
    levels = deep_levels(3)
    answer = cleaned(tiff("<", levels, RGB, (274, 3, 1, turn)))
    assert np.array_equal(deep.samples(answer.data, "image/png"), deep.upright(levels, turn))
    assert (Removed.ORIENTATION in answer.removed) == (turn > 1)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", None])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "LA", "1"])
def test_packed_pixels_are_exact(mode: str, compression: str | None) -> None:
    """Whatever lossless code a page is packed with, its pixels come out as they are."""
    picture = photos.picture(mode)
    answer = cleaned(photos.saved(picture, "TIFF", compression=compression))
    assert answer.outcome is Outcome.LOSSLESS
    assert np.array_equal(levels_of(Image.open(io.BytesIO(answer.data))), levels_of(picture))


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_fax_is_exact(turn: int) -> None:
    """A fax page of one bit comes out bit by bit, the right way up."""
    picture = photos.picture("1")
    answer = cleaned(photos.saved(picture, "TIFF", compression="group4", tiffinfo={274: turn}))
    expected = levels_of(pixels.upright(picture, turn))
    assert np.array_equal(levels_of(Image.open(io.BytesIO(answer.data))), expected)


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_a_spoilt_fax_is_noticed(place: float) -> None:
    """A fax whose codes make no sense from some place on is refused, though its reader paints on in white."""
    data = photos.saved(photos.picture("1"), "TIFF", compression="group4")
    (start,), (length,) = exif.numbers(data, 273), exif.numbers(data, 279)
    at = start + int(length * place)
    assert scrub(data[:at] + bytes(8) + data[at + 8 :]) == Refusal(RefusalReason.DAMAGED)


def test_an_older_fax_is_refused() -> None:
    """Group 3 leaves its encoders choices: whether all of a page is there cannot be proved."""
    data = photos.saved(photos.picture("1"), "TIFF", compression="group3")
    assert scrub(data) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


def test_a_jpeg_inside_stays_a_jpeg() -> None:
    """What was coded with loss is encoded as JPEG again: exact pixels as PNG would be many times as large."""
    data = photos.saved(photos.picture(), "TIFF", compression="jpeg", quality=90)
    answer = cleaned(data)
    assert (answer.outcome, answer.mimetype) == (Outcome.REENCODED, "image/jpeg")
    assert pixels.decibels(pixels.load(data, "image/tiff"), Image.open(io.BytesIO(answer.data))) >= 40


def test_a_spoilt_jpeg_inside_is_noticed() -> None:
    """A strip whose codes end early is refused, though its reader would paint it grey."""
    data = photos.saved(photos.picture(), "TIFF", compression="jpeg", quality=90)
    at = data.rindex(b"\xff\xd9") - 200
    answer = scrub(data[:at] + b"\xff\xd9" * 100 + data[at + 200 :])
    assert isinstance(answer, Refusal)
    assert answer.reason in (RefusalReason.TRUNCATED, RefusalReason.DAMAGED)


def test_inks_become_srgb() -> None:
    """CMYK has no place in a PNG: the picture is converted, and said to be encoded again."""
    answer = cleaned(photos.saved(photos.picture("CMYK"), "TIFF"))
    assert (answer.outcome, answer.mimetype) == (Outcome.REENCODED, "image/png")


@pytest.mark.parametrize("cut", [1, 300])
def test_a_cut_strip_is_noticed(cut: int) -> None:
    """A page whose strip reaches beyond the end of the file is cut."""
    assert scrub(tiff("<", deep_levels(3), RGB)[:-cut]) == Refusal(RefusalReason.TRUNCATED)


def test_big_tiff_is_refused() -> None:
    """BigTIFF is for pictures that nobody posts."""
    assert scrub(b"II+\0\x08\0\0\0" + bytes(64)) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


def test_millions_of_strips_cost_nothing() -> None:
    """A page that claims more strips than its file has bytes is refused at once."""
    data = tiff("<", deep_levels(1), BLACK_IS_ZERO)
    for tag in (273, 279):
        at = data.index(struct.pack("<HHI", tag, 4, 1))
        data = data[: at + 4] + struct.pack("<I", 0xFFFFFFF0) + data[at + 8 :]
    before = time.process_time()
    assert isinstance(scrub(data), Refusal)
    assert time.process_time() - before < 0.5


def test_words_between_strips_do_not_survive() -> None:
    """Bytes of the file that belong to no strip are not read."""
    data = photos.saved(photos.picture(), "TIFF")
    assert cleaned(data + b"Marguerite Lavalliere").data == cleaned(data).data


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        *((tag, Removed.OTHER) for tag in (333, 337, 37724, 42113, 50838, 65000)),
        *((tag, Removed.PLACE) for tag in (34736, 34737)),
        *((tag, Removed.TEXT) for tag in (32781, 42112)),
    ],
)
def test_a_tag_that_makes_no_part_of_the_picture_is_told_of(tag: int, kind: Removed) -> None:
    """Whatever a tag is for, unless pixels depend on it it goes, and the author is told."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[tag] = 2
    tags[tag] = metadata.NAME
    answer = cleaned(photos.saved(photos.picture(), "TIFF", tiffinfo=tags))
    assert answer.removed == {kind: 1}


def test_where_on_earth_a_map_lies_is_a_place() -> None:
    """GeoTIFF writes coordinates into tags of its own."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[33922] = 12
    tags[33922] = (0.0, 0.0, 0.0, 2.35, 48.85, 0.0)
    assert cleaned(photos.saved(photos.picture(), "TIFF", tiffinfo=tags)).removed == {Removed.PLACE: 1}


def test_words_between_the_strips_are_told_of() -> None:
    """Bytes that neither the directory nor a strip lays claim to are no part of the picture."""
    whole = tiff("<", deep_levels(3), RGB)
    moved = exif.numbers(whole, 273)[0]
    planted = bytearray(whole[:moved] + metadata.NAME.encode() + whole[moved:])
    at = planted.index(struct.pack("<HHI", 273, 4, 1)) + 8
    planted[at : at + 4] = struct.pack("<I", moved + len(metadata.NAME.encode()))
    assert cleaned(whole).removed == {}
    assert cleaned(bytes(planted)).removed == {Removed.OTHER: 1}
    assert cleaned(bytes(planted)).data == cleaned(whole).data


@pytest.mark.parametrize("compression", [None, "tiff_adobe_deflate"])
def test_a_strip_longer_than_its_rows_is_told_of(compression: str | None) -> None:
    """What a strip holds behind its rows is read by nobody."""
    whole = photos.saved(photos.picture(), "TIFF", compression=compression)
    start, length = exif.numbers(whole, 273)[-1], exif.numbers(whole, 279)[-1]
    words = metadata.NAME.encode()
    old = struct.pack("<HHII", 273, 4, 1, start), struct.pack("<HHII", 279, 4, 1, length)
    assert all(entry in whole for entry in old)
    longer = whole.replace(old[0], struct.pack("<HHII", 273, 4, 1, len(whole)))
    longer = longer.replace(old[1], struct.pack("<HHII", 279, 4, 1, length + len(words)))
    longer = longer[:start] + bytes(length) + longer[start + length :] + whole[start : start + length] + words
    assert cleaned(whole).removed == {}
    assert cleaned(longer).removed == {Removed.OTHER: 1}
    assert cleaned(longer).data == cleaned(whole).data


def alpha_tiff(meaning: int) -> bytes:
    """Four pixels of red, half transparent; ExtraSamples says what the fourth sample means."""
    picture = photos.saved(Image.new("RGBA", (4, 4), (128, 64, 0, 128)), "TIFF")
    entry = struct.pack("<HHI", 338, 3, 1)
    at = picture.index(entry) + 8
    return picture[:at] + struct.pack("<H", meaning) + picture[at + 2 :]


def test_colours_multiplied_by_their_alpha_are_refused() -> None:
    """They cannot be divided by it again exactly, and viewers do not agree how to round."""
    assert cleaned(alpha_tiff(2)).outcome is Outcome.LOSSLESS
    assert scrub(alpha_tiff(1)) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


def test_a_fourth_sample_of_no_meaning_is_told_of() -> None:
    """Nobody sees it, and it may be a picture of its own."""
    assert cleaned(alpha_tiff(0)).removed == {Removed.OTHER: 1}
