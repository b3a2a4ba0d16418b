"""The boxes of HEIC and AVIF: what they cut away stays away, and what stands beside the picture is told of."""

import io
import struct
from collections.abc import Callable

import pillow_heif
import pytest
from PIL import Image

from doctocbot.images import CleanImage, Refusal, RefusalReason, Removed, pixels, scrub
from tests.images import metadata, photos

SIZE = (160, 96)


def heic() -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(photos.picture(size=SIZE)).save(buffer, quality=95, chroma=444)
    return buffer.getvalue()


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


def shown(answer: CleanImage) -> Image.Image:
    return Image.open(io.BytesIO(answer.data))


def grown(data: bytes, names: tuple[bytes, ...], extra: int) -> bytearray:
    """Boxes made larger by so many bytes that are yet to be put in."""
    file = bytearray(data)
    for name in names:
        at = file.index(name) - 4
        file[at : at + 4] = struct.pack(">I", int.from_bytes(file[at : at + 4], "big") + extra)
    return file


def with_property(data: bytes, name: bytes, body: bytes, essential: int = 0x80) -> bytes:
    """A file of one item whose picture has one property more, the last one, which readers must obey if essential."""
    plain = struct.pack(">I4s", 8 + len(body), name) + body
    start = data.index(b"ipco") - 4
    end = start + int.from_bytes(data[start : start + 4], "big")
    count, at = 0, start + 8
    while at < end:
        count, at = count + 1, at + int.from_bytes(data[at : at + 4], "big")
    file = grown(data, (b"meta", b"iprp", b"ipco"), len(plain))
    file[end:end] = plain
    at = file.index(b"ipma") + 14
    file = grown(bytes(file), (b"meta", b"iprp", b"ipma"), 1)
    file.insert(at + 1 + file[at], essential | count + 1)
    file[at] += 1
    # One extent, whose place is the last number but one.
    at = file.index(b"iloc") - 4
    at += int.from_bytes(file[at : at + 4], "big") - 8
    file[at : at + 4] = struct.pack(">I", int.from_bytes(file[at : at + 4], "big") + len(plain) + 1)
    return bytes(file)


def aperture(width: int, height: int, left: int, top: int) -> bytes:
    """The body of a clean aperture that leaves these pixels of the whole picture (ISO/IEC 14496-12, 12.1.4)."""
    across, down = 2 * left + width - SIZE[0], 2 * top + height - SIZE[1]
    return struct.pack(">4IiIiI", width, 1, height, 1, across, 2, down, 2)


CROP = (64, 48, 16, 32)


def cut_out(picture: Image.Image) -> Image.Image:
    width, height, left, top = CROP
    return picture.crop((left, top, left + width, top + height))


def test_what_the_author_cut_away_from_a_heic_is_not_published() -> None:
    """The part that a clean aperture leaves comes out, and nothing beside it."""
    answer = cleaned(with_property(heic(), b"clap", aperture(*CROP)))
    assert pixels.decibels(cut_out(photos.picture(size=SIZE)), shown(answer)) > 34


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_heic_is_cut_before_it_is_turned(quarters: int) -> None:
    """Boxes are obeyed in the order in which the picture has them."""
    cropped = with_property(heic(), b"clap", aperture(*CROP))
    answer = cleaned(with_property(cropped, b"irot", bytes((quarters,))))
    expected = cut_out(photos.picture(size=SIZE)).rotate(90 * quarters, expand=True)
    assert pixels.decibels(expected, shown(answer)) > 34


def test_a_heic_is_cut_before_it_is_mirrored() -> None:
    """As it is before it is turned."""
    cropped = with_property(heic(), b"clap", aperture(*CROP))
    answer = cleaned(with_property(cropped, b"imir", b"\1"))
    expected = cut_out(photos.picture(size=SIZE)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert pixels.decibels(expected, shown(answer)) > 34


def avif() -> bytes:
    return photos.saved(photos.picture(size=SIZE), "AVIF", quality=90)


def test_an_avif_with_a_clean_aperture_is_refused() -> None:
    """Its reader shows all of the picture, also what its author cut away."""
    data = avif()
    assert isinstance(scrub(data), CleanImage)
    answer = scrub(with_property(data, b"clap", aperture(*CROP)))
    assert answer == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


@pytest.mark.parametrize("make", [heic, avif])
def test_pixels_that_are_not_square_are_refused(make: Callable[[], bytes]) -> None:
    """The readers would leave the picture narrow."""
    wide = with_property(make(), b"pasp", struct.pack(">2I", 2, 1))
    assert scrub(wide) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)
    square = with_property(make(), b"pasp", struct.pack(">2I", 1, 1))
    assert cleaned(square).data == cleaned(make()).data


@pytest.mark.parametrize("make", [heic, avif])
@pytest.mark.parametrize("name", [b"free", b"skip", b"mdat"])
def test_words_in_a_box_of_no_item_are_told_of(make: Callable[[], bytes], name: bytes) -> None:
    """No reader looks at what no item lays claim to, and the author is told that it went."""
    words = metadata.NAME.encode()
    data = make()
    assert cleaned(data).removed == {}
    answer = cleaned(data + struct.pack(">I4s", 8 + len(words), name) + words)
    assert answer.removed == {Removed.OTHER: 1}
    assert answer.data == cleaned(data).data


def test_a_property_that_makes_no_part_of_the_picture_is_told_of() -> None:
    """Properties may be of kinds of their own."""
    noted = with_property(heic(), b"note", metadata.NAME.encode(), essential=0)
    assert cleaned(noted).removed == {Removed.OTHER: 1}


def test_the_name_of_an_item_is_told_of() -> None:
    """A writer may call its picture by any words."""
    assert cleaned(avif().replace(b"Color\0", b"Jean\0\0")).removed == {Removed.TEXT: 1}
