"""Masking: what is under the box is gone for good, what is outside it is what it was, and the scrubber agrees."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from doctocbot.images import CleanImage, Refusal, RefusalReason, deep, scrub, turbo
from doctocbot.images.box import Box
from doctocbot.images.mask import mask
from doctocbot.images.masking import mask_in_sandbox
from doctocbot.images.model import RefusedError
from doctocbot.images.turbo import BlockRow
from tests.images import photos

BOX = Box(35, 20, 30, 11)
# Name -> by how much the width and the height of the two colour planes are divided.
SAMPLINGS = {"4:4:4": (1, 1), "4:2:2": (2, 1), "4:2:0": (2, 2)}


def clean(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage)
    return answer


def shown(data: bytes) -> NDArray[np.uint8]:
    """The picture as a viewer would show it."""
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))


def coefficients(data: bytes) -> dict[tuple[int, int, int], bytes]:
    """Every block of a JPEG by component, row and column."""
    found: dict[tuple[int, int, int], bytes] = {}

    def read(row: BlockRow, blocks: NDArray[np.int16]) -> None:
        if row.top < row.height:
            found.update(
                ((row.component, row.top // 8, at), block.tobytes()) for at, block in enumerate(blocks)
            )

    turbo.read_coefficients(data, read)
    return found


def jpegs() -> Iterator[tuple[str, bytes]]:
    for name in SAMPLINGS:
        for progressive in (False, True):
            data = photos.jpeg(subsampling=name, progressive=progressive, restart_marker_blocks=3)
            yield f"{name} {'progressive' if progressive else 'sequential'}", data
    yield "grey", photos.saved(photos.picture("L"), "JPEG", quality=90)
    yield "CMYK", photos.saved(photos.picture("CMYK"), "JPEG", quality=90)


@pytest.mark.parametrize(("name", "data"), [pytest.param(*photo, id=photo[0]) for photo in jpegs()])
def test_blocks_outside_keep_every_coefficient_and_blocks_inside_keep_none(name: str, data: bytes) -> None:
    """A JPEG loses all coefficients of the coding units under the box, and not one bit of those outside."""
    image = clean(data)
    before, after = coefficients(image.data), coefficients(mask(image.data, [BOX]))
    across, down = SAMPLINGS.get(name.split()[0], (1, 1))
    columns = range(BOX.left // (8 * across), (BOX.right - 1) // (8 * across) + 1)
    rows = range(BOX.top // (8 * down), (BOX.bottom - 1) // (8 * down) + 1)
    assert before.keys() == after.keys()
    blanked = 0
    for (component, row, column), block in after.items():
        divided = (across, down) if component == 0 else (1, 1)
        if row // divided[1] in rows and column // divided[0] in columns:
            assert not any(block)
            blanked += 1
        else:
            assert block == before[component, row, column]
    assert 0 < blanked < len(before)


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in jpegs()])
def test_pixels_of_a_masked_jpeg_change_in_and_next_to_the_box_only(data: bytes) -> None:
    """Pixels a coding unit and a smoothing step away from the box are the same, those in the box are one grey."""
    image = clean(data)
    before, after = shown(image.data), shown(mask(image.data, [BOX]))
    far = np.ones(before.shape[:2], bool)
    unit = 16
    far[
        BOX.top // unit * unit - 2 : -(-BOX.bottom // unit) * unit + 2,
        BOX.left // unit * unit - 2 : -(-BOX.right // unit) * unit + 2,
    ] = False
    assert far.any()
    assert (before[far] == after[far]).all()
    inside = after[BOX.top + 1 : BOX.bottom - 1, BOX.left + 1 : BOX.right - 1].astype(int)
    assert np.ptp(inside) <= 1
    assert (before != after).any()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_is_where_the_picture_is_seen(orientation: int) -> None:
    """Whichever way up a JPEG is stored, the box is blanked where a viewer shows it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = photos.picture(size=(192, 128))
    image = clean(photos.saved(stored, "JPEG", quality=90, subsampling=0, exif=exif))
    box = Box(16, 40, 32, 24)
    assert (image.width, image.height) == ((192, 128) if orientation < 5 else (128, 192))
    masked = mask(image.data, [box])
    before, after = shown(image.data), shown(masked)
    changed = (before != after).any(axis=2)
    expected = np.zeros_like(changed)
    expected[40:64, 16:48] = True
    assert not (changed & ~expected).any()
    assert (after[40:64, 16:48] == 128).all()
    assert clean(masked).data == masked


def pngs() -> Iterator[tuple[str, bytes]]:
    for mode in ("L", "LA", "RGB", "RGBA", "P", "1", "I;16"):
        yield mode, photos.png(mode)
    yield "few colours", photos.saved(photos.picture().quantize(5), "PNG")
    yield "full palette", photos.saved(photos.picture().quantize(256), "PNG")
    yield "transparent index", photos.saved(photos.picture().quantize(8), "PNG", transparency=3)
    yield "interlaced", photos.raw_png(photos.adam7_rows(), 8, 0, interlaced=True)
    for kind in (0, 2, 4, 6):
        yield f"16-bit type {kind}", photos.raw_png(photos.samples16(kind), 16, kind)
    for depth in (1, 2, 4):
        yield f"{depth}-bit grey", photos.raw_png(photos.packed_rows(depth), depth, 0)
    for level in (127, 128):
        grey = photos.saved(photos.picture("L"), "PNG", transparency=level)
        yield f"grey {level} is transparent", grey
    yield "lossless WebP", photos.saved(photos.picture("RGBA"), "WEBP", lossless=True, exact=True)


def samples(data: bytes) -> NDArray[np.uint16]:
    """All samples at full depth, with transparency applied."""
    if data[24] == 16 and data[:4] == b"\x89PNG":
        return deep.samples(data, "image/png")
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(np.uint16)


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in pngs()])
def test_exactly_the_pixels_of_the_box_change(data: bytes) -> None:
    """Other formats keep every sample outside the box, at full depth, and one opaque colour is left inside."""
    image = clean(data)
    masked = mask(image.data, [BOX, Box(0, 0, 3, 2)])
    before, after = samples(image.data), samples(masked)
    inside = np.zeros(before.shape[:2], bool)
    inside[BOX.top : BOX.bottom, BOX.left : BOX.right] = True
    inside[:2, :3] = True
    assert (before[~inside] == after[~inside]).all()
    assert (after[inside] == after[0, 0]).all()
    if before.shape[2] == 4:
        assert after[0, 0, 3] in (255, 65535)
    assert (before[inside] != after[inside]).any()


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in (*jpegs(), *pngs())])
def test_the_scrubber_gives_a_masked_picture_out_unchanged(data: bytes) -> None:
    """A masked picture is clean as it is: scrubbing it again gives the same bytes."""
    masked = mask(clean(data).data, [BOX])
    assert clean(masked).data == masked


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 90}),
        ("JPEG", {"quality": 90, "progressive": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_two_pictures_that_differ_under_the_box_give_the_same_bytes(
    kind: str, options: dict[str, object]
) -> None:
    """Nothing of what was under the box decides a single byte of what leaves."""
    masked = []
    for secret in ("white", "black", "red"):
        image = photos.picture(size=(128, 96))
        image.paste(secret, (32, 32, 64, 64))
        masked.append(mask(clean(photos.saved(image, kind, **options)).data, [Box(32, 32, 32, 32)]))
    assert masked[0] == masked[1] == masked[2]


_NUMBERS = st.integers(-20, 120)


@given(st.lists(st.builds(Box, _NUMBERS, _NUMBERS, st.integers(-5, 120), st.integers(-5, 120)), max_size=4))
@settings(deadline=None)
def test_any_boxes_are_masked_or_objected_to(boxes: list[Box]) -> None:
    """Boxes that reach beyond the picture are cut to it; a box without any pixel of it is an error, never ignored."""
    image = clean(photos.jpeg())
    size = (image.width, image.height)
    if boxes and all(box.within(size) for box in boxes):
        after = shown(mask(image.data, boxes))
        for box in boxes:
            part = box.within(size)
            assert part is not None
            assert (
                abs(after[part.top + part.height // 2, part.left + part.width // 2].astype(int) - 128).max()
                <= 40
            )
    else:
        with pytest.raises(ValueError, match="outside"):
            mask(image.data, boxes)


def test_what_is_no_clean_picture_is_refused() -> None:
    """Damaged and unknown files raise a refusal, not whatever a decoder trips over."""
    for data in (b"", b"%PDF-1.7", photos.jpeg()[:-40], photos.png()[:-20], b"\xff\xd8\xff\xd9"):
        with pytest.raises(RefusedError):
            mask(data, [BOX])


@pytest.mark.slow
async def test_masking_runs_in_a_sandbox_and_comes_back_clean() -> None:
    """The bot gets a picture that is masked, proved clean again, with a thumbnail made anew, or a refusal."""
    image = clean(photos.saved(photos.picture(size=(1200, 900)), "JPEG", quality=90, comment=b"Madame L."))
    answer = await mask_in_sandbox(image, [Box(0, 0, 600, 450)])
    assert isinstance(answer, CleanImage)
    assert answer.data == mask(image.data, [Box(0, 0, 600, 450)])
    assert answer.thumbnail is not None
    assert np.ptp(shown(answer.thumbnail)[20:280, 20:380].astype(int)) <= 2
    broken = CleanImage(
        **{**{name: getattr(image, name) for name in image.__slots__}, "data": image.data[:-9]}
    )
    assert await mask_in_sandbox(broken, [Box(0, 0, 9, 9)]) == Refusal(RefusalReason.TRUNCATED)
    with pytest.raises(ValueError, match="outside"):
        await mask_in_sandbox(image, [Box(1200, 0, 9, 9)])
