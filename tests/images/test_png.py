"""PNG: the very samples at their own depth, and nothing that nobody sees."""

import io
import struct
import time
import zlib
from operator import itemgetter

import numpy as np
import pytest
from PIL import Image

from doctocbot.images import CleanImage, Outcome, Refusal, RefusalReason, Removed, deep, scrub
from doctocbot.images.formats import png, png_filters, png_writer
from doctocbot.images.formats.png_chunks import inflated, parse
from tests.images import metadata, photos
from tests.images.metadata import png_chunk

SIZE = (40, 24)
RGB16, GREY_ALPHA16, RGB_ALPHA16 = 2, 4, 6
CHANNELS = {0: 1, RGB16: 3, GREY_ALPHA16: 2, RGB_ALPHA16: 4}


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


def deep_levels(kind: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """Samples of 16 bits, none of them zero, in which every bit matters."""
    shape = SIZE[1], SIZE[0], CHANNELS[kind]
    return np.random.default_rng(kind).integers(1, 65536, shape).astype(np.uint16)


def deep_png(levels: np.ndarray[tuple[int, ...], np.dtype[np.uint16]], kind: int, *chunks: bytes) -> bytes:
    rows = levels.astype(">u2").view(np.uint8).reshape(levels.shape[0], -1)
    filtered = png_filters.filtered(rows, 2 * CHANNELS[kind])
    return photos.raw_png(filtered, 16, kind, *chunks, size=(levels.shape[1], levels.shape[0]))


def erased() -> bytes:
    """A picture in which an editor's eraser made words transparent, and kept their colour."""
    picture = photos.picture("RGB", SIZE).convert("RGBA")
    samples = np.array(picture)
    samples[5:15, 5:30, 3] = 0
    samples[5:15:2, 5:30, :3] = (200, 30, 30)
    return photos.saved(Image.fromarray(samples), "PNG")


@pytest.mark.parametrize("kind", [RGB16, GREY_ALPHA16, RGB_ALPHA16])
@pytest.mark.parametrize("turn", range(1, 9))
def test_sixteen_bits_are_turned_without_losing_one(kind: int, turn: int) -> None:
    """A 16-bit picture is turned upright sample by sample, whatever its filters."""
    levels = deep_levels(kind)
    exif = png_chunk(b"eXIf", metadata.tiff_block(">", turn))
    answer = cleaned(deep_png(levels, kind, exif))
    expected = {
        1: levels,
        2: levels[:, ::-1],
        3: levels[::-1, ::-1],
        4: levels[::-1],
        5: levels.transpose(1, 0, 2),
        6: np.rot90(levels, -1),
        7: np.rot90(levels, 2).transpose(1, 0, 2),
        8: np.rot90(levels),
    }[turn]
    assert answer.outcome is Outcome.LOSSLESS
    assert np.array_equal(deep.samples(answer.data, "image/png"), expected)


def test_interlaced_sixteen_bits_are_turned_too() -> None:
    """Adam7 passes of 16-bit colour come out whole and upright."""
    levels = deep_levels(RGB16)
    rows = b""
    for left, top, across, down in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4)):
        rows += _pass(levels[top::down, left::across])
    rows += _pass(levels[::2, 1::2]) + _pass(levels[1::2])
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", *SIZE, 16, RGB16, 0, 0, 1))
    exif = png_chunk(b"eXIf", metadata.tiff_block(">", 3))
    data = b"\x89PNG\r\n\x1a\n" + header + exif + png_chunk(b"IDAT", zlib.compress(rows))
    answer = cleaned(data + png_chunk(b"IEND", b""))
    assert np.array_equal(deep.samples(answer.data, "image/png"), levels[::-1, ::-1])


def _pass(levels: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> bytes:
    return b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)


def test_what_an_eraser_left_behind_is_gone() -> None:
    """Colours under full transparency, which show again in any editor, turn black; all that is seen stays."""
    data = erased()
    answer = cleaned(data)
    before, after = (np.asarray(Image.open(io.BytesIO(each))) for each in (data, answer.data))
    seen = before[:, :, 3] > 0
    assert answer.outcome is Outcome.LOSSLESS
    assert Removed.OTHER in answer.removed
    assert not after[~seen].any()
    assert np.array_equal(before[seen], after[seen])


@pytest.mark.parametrize("kind", [GREY_ALPHA16, RGB_ALPHA16])
def test_an_eraser_of_sixteen_bits_leaves_nothing_behind_either(kind: int) -> None:
    """At 16 bits only an alpha of exactly zero is invisible; an alpha of one of 65535 is kept with its colour."""
    levels = deep_levels(kind)
    levels[3, 3, -1], levels[4, 4, -1] = 0, 1
    output = deep.samples(cleaned(deep_png(levels, kind)).data, "image/png")
    assert not output[3, 3].any()
    assert np.array_equal(output[4, 4], levels[4, 4])
    levels[3, 3] = 0
    assert np.array_equal(output, levels)


def test_scanlines_without_hidden_colour_are_carried_over() -> None:
    """A picture with nothing invisible keeps its scanlines byte by byte, filters included."""
    data = photos.png("RGB")
    assert inflated(parse(cleaned(data).data)) == inflated(parse(data))


def test_a_deflate_stream_is_never_passed_on() -> None:
    """Blocks that hold nothing, and tables that say something, do not outlive the deflation anew."""
    rows = b"".join(b"\0" + bytes(40) for _ in range(24))
    packer = zlib.compressobj(9)
    padded = (
        packer.compress(rows) + b"".join(packer.flush(zlib.Z_SYNC_FLUSH) for _ in range(50)) + packer.flush()
    )
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", *SIZE, 8, 0, 0, 0, 0))
    end = png_chunk(b"IEND", b"")
    first = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", padded) + end
    assert cleaned(first).data == cleaned(photos.raw_png(rows, 8, 0, size=SIZE)).data


def test_a_palette_tells_nothing_but_its_colours() -> None:
    """Entries that are unused, double or invisible go: which of two equal ones a pixel uses could tell words."""
    indices = bytes((3, 7, 9, 12) * 10)
    palette = bytearray(3 * 16)
    palette[9:12] = palette[21:24] = b"\xff\x80\x00"
    palette[27:30], palette[36:39], palette[0:3] = b"Dr.", b"Mme", b"Ana"
    transparency = b"\xff" * 9 + b"\0" + b"\xff" * 2 + b"\0"
    rows = b"".join(b"\0" + indices for _ in range(24))
    chunks = png_chunk(b"PLTE", bytes(palette)), png_chunk(b"tRNS", transparency)
    answer = cleaned(photos.raw_png(rows, 8, 3, *chunks, size=SIZE))
    parsed = parse(answer.data)
    assert Removed.OTHER in answer.removed
    assert (parsed.palette, parsed.transparency) == (b"\xff\x80\x00" + bytes(3), b"\xff\0")


@pytest.mark.parametrize(("seen", "kept"), [(True, b"\0\x0a\0\x14\0\x1e"), (False, b"")])
def test_a_transparent_colour_is_kept_where_a_pixel_has_it(seen: bool, kept: bytes) -> None:
    """The one colour that is transparent stays where it is used, without the bits that the depth does not have."""
    pixel = bytes((10, 20, 30)) if seen else bytes((1, 2, 3))
    rows = b"".join(b"\0" + pixel + bytes(39 * 3) for _ in range(24))
    key = png_chunk(b"tRNS", b"M\x0am\x14e\x1e")
    parsed = parse(cleaned(photos.raw_png(rows, 8, 2, key, size=SIZE)).data)
    assert parsed.transparency == kept


def test_a_bad_colour_chunk_does_not_spoil_the_picture() -> None:
    """Chunks that a reader would trip over are no part of the picture, and are dropped before it sees them."""
    bad = png_chunk(b"cHRM", b""), png_chunk(b"iCCP", b"x"), png_chunk(b"gAMA", b"\0")
    assert cleaned(photos.png_with(*bad)).data == cleaned(photos.png()).data


@pytest.mark.parametrize("cut", [1, 5, 400])
def test_missing_rows_are_noticed(cut: int) -> None:
    """A stream that ends early, though its chunks are whole and its checksums right, is refused."""
    rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in np.asarray(photos.picture("L", SIZE))))
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", *SIZE, 8, 0, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", rows[:-cut]) + png_chunk(b"IEND", b"")
    assert scrub(data) == Refusal(RefusalReason.TRUNCATED)


def test_the_same_scanlines_always_give_the_same_stream() -> None:
    """How hard the original was packed does not show: else a picture scrubbed twice would change."""
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(photos.picture("L")))
    streams = {png_writer.deflated(rows), png_writer.deflated(bytearray(rows))}
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", photos.WIDTH, photos.HEIGHT, 8, 0, 0, 0, 0))
    for level in (1, 9):
        idat = png_chunk(b"IDAT", zlib.compress(rows, level))
        data = b"\x89PNG\r\n\x1a\n" + header + idat + png_chunk(b"IEND", b"")
        streams.add(b"".join(parse(png.clean(data).data).packed))
    assert len(streams) == 1


@pytest.mark.parametrize("pixel_bytes", [1, 3, 6])
def test_filters_are_the_inverse_of_what_readers_do(pixel_bytes: int) -> None:
    """Each of the five filters, chosen or forced, gives the rows back in a plain reading of the standard."""
    rows = np.random.default_rng(5).integers(0, 256, (9, 30), dtype=np.uint8)
    for kinds in (None, np.arange(9, dtype=np.uint8) % 5):
        filtered = np.frombuffer(png_filters.filtered(rows, pixel_bytes, kinds), np.uint8).reshape(9, 31)
        assert _unfiltered(filtered, pixel_bytes) == rows.tolist()


def _unfiltered(
    filtered: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], pixel_bytes: int
) -> list[list[int]]:
    above = [0] * (filtered.shape[1] - 1)
    rows = []
    for kind, *coded in filtered.tolist():
        row: list[int] = []
        for at, value in enumerate(coded):
            left = row[at - pixel_bytes] if at >= pixel_bytes else 0
            corner = above[at - pixel_bytes] if at >= pixel_bytes else 0
            guess = left + above[at] - corner
            # `min` takes the first of equals: left, then above, as the standard says.
            _, nearest = min(
                (abs(guess - left), left), (abs(guess - above[at]), above[at]), key=itemgetter(0)
            )
            if abs(guess - corner) < abs(guess - nearest):
                nearest = corner
            row.append((value + (0, left, above[at], (left + above[at]) // 2, nearest)[kind]) % 256)
        rows.append(row)
        above = row
    return rows


@pytest.mark.slow
def test_a_profile_bomb_costs_nothing() -> None:
    """A profile that would inflate to a gigabyte is dropped unread, fast."""
    bomb = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200_000_000), 9))
    data = photos.png_with(bomb)
    before = time.process_time()
    assert cleaned(data).data == cleaned(photos.png()).data
    assert time.process_time() - before < 1
