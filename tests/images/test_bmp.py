"""BMP: whole pictures of every layout that can be told from a cut one."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from doctocbot.images import CleanImage, Outcome, Refusal, RefusalReason, Removed, scrub
from tests.images import metadata, photos

WIDTH, HEIGHT = 37, 20
RLE8, RLE4 = 1, 2
_COLOURS = 16
_END_OF_LINE, _END_OF_BITMAP = b"\0\0", b"\0\1"


def indices() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return (np.add.outer(np.arange(HEIGHT) // 3, np.arange(WIDTH) // 5) % _COLOURS).astype(np.uint8)


def palette() -> bytes:
    return bytes(np.random.default_rng(1).integers(0, 256, 3 * _COLOURS, dtype=np.uint8))


def picture() -> Image.Image:
    drawn = Image.fromarray(indices())
    drawn.putpalette(palette())
    return drawn


def runs(bits: int) -> bytes:
    """The codes of the picture, line by line from its foot, with a run of literal pixels in each."""
    codes = b""
    for row in indices()[::-1].tolist():
        literal = row[:6]
        packed = (
            bytes(literal)
            if bits == 8
            else bytes(a << 4 | b for a, b in zip(*[iter(literal)] * 2, strict=True))
        )
        codes += bytes((0, 6)) + packed + bytes(len(packed) % 2)
        for value in row[6:]:
            codes += bytes((1, value if bits == 8 else value << 4))
        codes += _END_OF_LINE
    return codes + _END_OF_BITMAP


def run_length_bmp(codes: bytes, compression: int) -> bytes:
    bits = 8 if compression == RLE8 else 4
    quads = b"".join(bytes((*palette()[at : at + 3][::-1], 0)) for at in range(0, 3 * _COLOURS, 3))
    start = 54 + len(quads)
    info = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, bits, compression, len(codes), 0, 0, _COLOURS, 0)
    return b"BM" + struct.pack("<IHHI", start + len(codes), 0, 0, start) + info + quads + codes


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


def rgb(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize("compression", [RLE8, RLE4])
def test_run_lengths_are_exact(compression: int) -> None:
    """Run-length codes that paint every pixel come out as the very picture."""
    answer = cleaned(run_length_bmp(runs(8 if compression == RLE8 else 4), compression))
    assert answer.outcome is Outcome.LOSSLESS
    assert np.array_equal(rgb(answer.data), np.asarray(picture().convert("RGB")))


@pytest.mark.parametrize("compression", [RLE8, RLE4])
@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_run_lengths_that_end_early_are_noticed(compression: int, cut: int) -> None:
    """Codes without their end, or with an end put where they were cut, are refused."""
    codes = runs(8 if compression == RLE8 else 4)
    assert scrub(run_length_bmp(codes[:-cut], compression)) == Refusal(RefusalReason.TRUNCATED)
    mended = run_length_bmp(codes[: -cut // 2 * 2 - 4] + _END_OF_BITMAP, compression)
    assert scrub(mended) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


def test_pixels_left_bare_are_refused() -> None:
    """A jump over pixels leaves them to the viewer's choice."""
    codes = b"\0\2\5\1" + runs(8)
    assert scrub(run_length_bmp(codes, RLE8)) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


def test_words_after_the_codes_do_not_survive() -> None:
    """What follows the end of the codes goes, and the author is told."""
    whole = run_length_bmp(runs(8), RLE8)
    answer = cleaned(whole + metadata.NAME.encode())
    assert Removed.TRAILER in answer.removed
    assert answer.data == cleaned(whole).data


def test_rows_from_the_top_are_shown_the_right_way_up() -> None:
    """A negative height means that the first row is the top one."""
    bmp = photos.saved(photos.picture(), "BMP")
    stride = (photos.WIDTH * 3 + 3) // 4 * 4
    rows = [bmp[54 + stride * row : 54 + stride * (row + 1)] for row in range(photos.HEIGHT)]
    flipped = bmp[:22] + struct.pack("<i", -photos.HEIGHT) + bmp[26:54] + b"".join(reversed(rows))
    assert cleaned(flipped).data == cleaned(bmp).data


def test_an_os2_header_is_read() -> None:
    """The oldest header, of twelve bytes, holds the same pixels."""
    bmp = photos.saved(photos.picture(), "BMP")
    core = struct.pack("<I4H", 12, photos.WIDTH, photos.HEIGHT, 1, 24)
    old = b"BM" + struct.pack("<IHHI", 26 + len(bmp) - 54, 0, 0, 26) + core + bmp[54:]
    assert cleaned(old).data == cleaned(bmp).data


@pytest.mark.parametrize("cut", [1, 500])
def test_missing_rows_are_noticed(cut: int) -> None:
    """A picture whose rows reach beyond the end of the file is cut."""
    assert scrub(photos.saved(photos.picture(), "BMP")[:-cut]) == Refusal(RefusalReason.TRUNCATED)


@pytest.mark.parametrize(
    ("bits", "masks"),
    [
        (16, (0xF800, 0x07E0, 0x001F)),
        (16, (0x0F00, 0x00F0, 0x000F)),
        (32, (0x3FF00000, 0x000FFC00, 0x000003FF)),
        (32, (0x0000FF00, 0x00FF0000, 0xFF000000)),
    ],
    ids=["565", "444", "10 bits", "another order"],
)
def test_masks_tell_where_samples_are(bits: int, masks: tuple[int, int, int]) -> None:
    """Whatever masks a header names, samples are scaled to 8 bits and rounded."""
    words = np.random.default_rng(bits).integers(
        0, 1 << bits, (HEIGHT, WIDTH + WIDTH % (32 // bits)), dtype=np.uint64
    )
    rows = words.astype("<u2" if bits == 16 else "<u4").tobytes()
    info = struct.pack("<IiiHHIIiiII", 40, WIDTH, -HEIGHT, 1, bits, 3, len(rows), 0, 0, 0, 0)
    head = b"BM" + struct.pack("<IHHI", 66 + len(rows), 0, 0, 66)
    answer = cleaned(head + info + struct.pack("<3I", *masks) + rows)
    pixels = words[:, :WIDTH]
    levels = [(pixels & mask) / mask * 255 for mask in masks]
    assert np.array_equal(rgb(answer.data), np.floor(np.stack(levels, axis=-1) + 0.5))


def test_an_embedded_profile_is_rebuilt() -> None:
    """The colours that a profile in the newest header gives the pixels stay, and its owner goes."""
    bmp = photos.saved(photos.picture(), "BMP")
    icc, rows = metadata.icc_with_owner(photos.srgb_profile()), bmp[54:]
    info = struct.pack("<IiiHHIIiiII", 124, photos.WIDTH, photos.HEIGHT, 1, 24, 0, len(rows), 0, 0, 0, 0)
    info += bytes(16) + b"DEBM" + bytes(48) + struct.pack("<IIII", 4, 124 + len(rows), len(icc), 0)
    head = b"BM" + struct.pack("<IHHI", 138 + len(rows) + len(icc), 0, 0, 138)
    answer = cleaned(head + info + rows + icc)
    rebuilt = Image.open(io.BytesIO(answer.data)).info["icc_profile"]
    assert answer.removed == {Removed.PROFILE: 1}
    assert metadata.NAME.encode() not in rebuilt
    assert np.array_equal(rgb(answer.data), np.asarray(photos.picture()))


def test_a_bomb_is_refused_by_its_header() -> None:
    """A picture that claims gigapixels is refused before anything is read."""
    bmp = photos.saved(photos.picture(), "BMP")
    bomb = bmp[:18] + struct.pack("<ii", 65500, 65500) + bmp[26:]
    assert scrub(bomb) == Refusal(RefusalReason.TOO_MANY_PIXELS)


@pytest.mark.parametrize("place", ["reserved field", "reserved byte of a colour", "gap", "unused colour"])
def test_words_before_the_pixels_are_told_of(place: str) -> None:
    """What stands before the pixels and colours none of them goes, and the author is told."""
    whole = run_length_bmp(runs(8), RLE8)
    words = metadata.NAME.encode() * 2
    used = 54 + 4 * (int(indices().max()) + 1)
    whole = whole[:used] + bytes(54 + 4 * _COLOURS - used) + whole[54 + 4 * _COLOURS :]
    start = int.from_bytes(whole[10:14], "little")
    planted = {
        "reserved field": whole[:6] + words[:4] + whole[10:],
        "reserved byte of a colour": whole[:57] + words[:1] + whole[58:],
        "gap": whole[:10] + struct.pack("<I", start + len(words)) + whole[14:start] + words + whole[start:],
        "unused colour": whole[:10]
        + struct.pack("<I", start + 4)
        + whole[14:46]
        + struct.pack("<I", _COLOURS + 1)
        + whole[50:start]
        + words[:3]
        + b"\0"
        + whole[start:],
    }[place]
    assert cleaned(whole).removed == {}
    assert cleaned(planted).removed == {Removed.OTHER: 1}
    assert cleaned(planted).data == cleaned(whole).data


def test_run_lengths_that_begin_at_an_odd_byte_are_refused() -> None:
    """Literal pixels are filled up to whole words, which one reader counts from the codes and another from the file."""
    whole = run_length_bmp(runs(8), RLE8)
    start = int.from_bytes(whole[10:14], "little")
    moved = whole[:10] + struct.pack("<I", start + 1) + whole[14:start] + b"\0" + whole[start:]
    assert scrub(moved) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)
