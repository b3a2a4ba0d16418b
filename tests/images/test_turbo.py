"""The TurboJPEG library through our few calls: exact, strict, and open to changes of coefficients."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from doctocbot.images import turbo
from doctocbot.images.turbo import BlockRow
from tests.images import photos
from tests.images.coded_jpeg import EOI, JFIF, Coded, Part, adobe, quantisation
from tests.images.metadata import jpeg_segment

NAME = b"DUPONT Jean 1950"
PLAIN = Coded()


def shown(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize(
    "options", [{}, {"subsampling": 0}, {"progressive": True}, {"restart_marker_blocks": 2}]
)
def test_carrying_over_keeps_every_pixel_and_no_marker(options: dict[str, object]) -> None:
    """The same coefficients come out, without the comment, and the outcome is its own outcome."""
    data = photos.jpeg(comment=NAME, **options)
    carried = turbo.transform(data)
    assert np.array_equal(shown(data), shown(carried))
    assert NAME not in carried
    assert turbo.transform(carried) == carried


def test_coefficients_are_shown_row_by_row_as_they_were_coded() -> None:
    """A reader sees each component's block rows once, at the component's own sampling, in frequency order."""
    rows: list[BlockRow] = []
    first: dict[tuple[int, int], NDArray[np.int16]] = {}

    def read(row: BlockRow, blocks: NDArray[np.int16]) -> None:
        rows.append(row)
        first[row.component, row.top] = blocks[0].copy()

    turbo.read_coefficients(PLAIN.picture(JFIF), read)
    light = [BlockRow(0, top, 40, 24) for top in (0, 8, 16)]
    assert rows == [*light, *(BlockRow(colour, top, 24, 16) for colour in (1, 2) for top in (0, 8))]
    coded = PLAIN.block(0, 1, 0)
    # Zigzag order begins with the mean, then one step right, one step down.
    assert [first[0, 8][0, 0], first[0, 8][0, 1], first[0, 8][1, 0]] == coded[:3]


def test_a_filter_changes_what_it_touches_and_nothing_else() -> None:
    """Blanking one block of light leaves every other block's samples as they were."""

    def blank(row: BlockRow, blocks: NDArray[np.int16]) -> None:
        if (row.component, row.top) == (0, 8):
            blocks[2] = 0

    data = PLAIN.picture(JFIF)
    before, after = turbo.decode(data).planes, turbo.decode(turbo.transform(data, filter=blank)).planes
    assert (after[0][8:16, 16:24] == 128).all()
    before[0][8:16, 16:24] = 128
    assert all(np.array_equal(*planes) for planes in zip(before, after, strict=True))


def test_what_a_filter_raises_comes_through() -> None:
    """An error in a filter stops the work and reaches the caller as it is."""

    def fail(row: BlockRow, blocks: NDArray[np.int16]) -> None:
        raise LookupError(row.component)

    with pytest.raises(LookupError):
        turbo.transform(photos.jpeg(), filter=fail)


@pytest.mark.parametrize(
    ("factors", "sizes"),
    [
        ([(1, 1)] * 3, [(37, 53)] * 3),
        ([(2, 1), (1, 1), (1, 1)], [(37, 54), (37, 27), (37, 27)]),
        ([(1, 2), (1, 1), (1, 1)], [(38, 53), (19, 53), (19, 53)]),
        ([(2, 2), (1, 1), (1, 1)], [(38, 54), (19, 27), (19, 27)]),
        ([(4, 1), (1, 1), (1, 1)], [(37, 56), (37, 14), (37, 14)]),
        ([(1, 1)], [(37, 53)]),
        ([(1, 1)] * 4, [(37, 53, 4)]),
        ([(3, 1), (1, 1), (1, 1)], [(37, 53, 3)]),
    ],
    ids=["4:4:4", "4:2:2", "4:4:0", "4:2:0", "4:1:1", "grey", "inks", "unusual"],
)
def test_samples_come_at_their_own_sampling(
    factors: list[tuple[int, int]], sizes: list[tuple[int, ...]]
) -> None:
    """Planes have the size of their component, whole for the coarsest; inks and unusual samplings come as pixels."""
    parts = tuple(Part(number, *pair) for number, pair in enumerate(factors, start=1))
    decoded = turbo.decode(Coded(parts=parts, width=53, height=37).picture(JFIF))
    assert (decoded.width, decoded.height) == (53, 37)
    assert [plane.shape for plane in decoded.planes] == sizes


def test_grey_samples_are_those_that_others_read() -> None:
    """Our planes and Pillow's pixels of a grey picture are the same."""
    data = photos.saved(photos.picture("L"), "JPEG")
    assert np.array_equal(turbo.decode(data).planes[0], shown(data))


CUT = {
    "end missing": PLAIN.picture(JFIF)[:-2],
    "codes missing": PLAIN.picture(JFIF)[:-60],
    "codes missing, end mended": PLAIN.picture(JFIF)[:-60] + EOI,
}
DAMAGED = {
    "nothing": b"",
    "no picture": b"\xff\xd8" + EOI,
    "words after the codes": PLAIN.picture(JFIF)[:-2] + NAME * 4 + EOI,
    "restart misnumbered": Coded(restart=1).picture(JFIF).replace(b"\xff\xd3", b"\xff\xd5", 1),
    "odd transform": PLAIN.picture(adobe(77)),
    "words between segments": PLAIN.picture(JFIF).replace(b"\xff\xda", NAME + b"\xff\xda", 1),
}


@pytest.mark.parametrize("name", [*CUT, *DAMAGED])
def test_the_first_warning_is_an_error(name: str) -> None:
    """Reading and carrying over fail alike on what viewers mend, and tell a cut picture from a damaged one."""
    for read in (turbo.decode, turbo.transform):
        with pytest.raises(turbo.TurboError) as raised:
            read({**CUT, **DAMAGED}[name])
        assert raised.value.truncated == (name in CUT)


def test_viewers_mend_what_the_strict_reader_refuses() -> None:
    """Asked not to be strict, the reader mends a cut picture and says nothing, but still fails on no picture."""
    whole, mended = PLAIN.picture(JFIF), turbo.decode(CUT["codes missing"], strict=False)
    assert np.array_equal(turbo.decode(whole).planes[0][:8], mended.planes[0][:8])
    with pytest.raises(turbo.TurboError):
        turbo.decode(b"\xff\xd8" + EOI, strict=False)


def test_steps_that_change_between_scans_cannot_be_carried_over() -> None:
    """Such a picture decodes strictly, but no one table describes its coefficients: carrying over fails."""
    scans = PLAIN.scan(0) + quantisation(0, [9] * 64) + PLAIN.scan(1) + PLAIN.scan(2)
    data = b"\xff\xd8" + JFIF + PLAIN.tables + PLAIN.frame() + scans + EOI
    turbo.decode(data)
    with pytest.raises(turbo.TurboError):
        turbo.transform(data)


def test_scans_without_end_are_not_followed() -> None:
    """A picture of very many scans, a way to keep a decoder busy for hours, is refused as damaged."""
    grey = Coded(parts=(Part(1),), marker=0xC2)
    empty = jpeg_segment(0xDA, b"\x01\x01\x00\x00\x00\x00") + grey.codes(0)
    with pytest.raises(turbo.TurboError):
        turbo.decode(b"\xff\xd8" + JFIF + grey.tables + grey.frame() + empty * 600 + EOI)
