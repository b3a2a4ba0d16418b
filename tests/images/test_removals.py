"""How much of each kind was taken out: what the author of a draft is told, and never what it said."""

import copy
import io
import struct
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import TiffImagePlugin

from doctocbot.images import CleanImage, Removals, Removed, scrub
from doctocbot.images.formats import png_writer
from doctocbot.images.model import MOST_COUNTED
from tests.images import containers, metadata, photos
from tests.images.metadata import NAME, PLACE, SERIAL, Entry, jpeg_segment, png_chunk, riff_chunk, text_entry

PLACE_OF, DATE, DEVICE, NAMES = Removed.PLACE, Removed.DATE, Removed.DEVICE, Removed.NAME
TEXT, THUMBNAIL, OTHER = Removed.TEXT, Removed.THUMBNAIL, Removed.OTHER
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"

# What `metadata.tiff_block` and `metadata.xmp` hold.
EXIF_COUNTS = {PLACE_OF: 1, DATE: 3, DEVICE: 3, NAMES: 2, TEXT: 6}
XMP_COUNTS = {PLACE_OF: 1, DATE: 1, DEVICE: 1, NAMES: 1, TEXT: 1}
BOTH_COUNTS = {kind: EXIF_COUNTS[kind] + XMP_COUNTS[kind] for kind in EXIF_COUNTS}
IPTC_COUNTS = {NAMES: 1, PLACE_OF: 1, DATE: 1, TEXT: 1}


def removed(data: bytes) -> Removals:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer.removed


def photograph() -> bytes:
    """The EXIF of a walk in Saint-Malo: where, how high and when, by which telephone, and how it was exposed."""
    place: list[Entry] = [
        *((tag, 2, 2, letter + b"\0") for tag, letter in ((1, b"N"), (3, b"W"))),
        *((tag, 5, 3, struct.pack("<6I", *(48, 1, 38, 1, 57, 1))) for tag in (2, 4)),
        (6, 5, 1, struct.pack("<2I", 12, 1)),
        (7, 5, 3, struct.pack("<6I", *(7, 1, 12, 1, 44, 1))),
        text_entry(29, "2026:10:03"),
    ]
    inner: list[Entry] = [
        *((tag, 5, 1, struct.pack("<2I", 1, 60)) for tag in (0x829A, 0x829D)),
        text_entry(0x9003, "2026:10:03 09:12:44"),
        text_entry(0xA431, SERIAL),
    ]
    first: list[Entry] = [(0x0112, 3, 1, 6), text_entry(0x0110, "Phone 12"), text_entry(0x013B, NAME)]
    inner_at = 8 + 2 + 12 * (len(first) + 2) + 4 + sum(entry[2] for entry in first[1:])
    inner_block, place_at = metadata.directory("<", inner, inner_at)
    place_block, _ = metadata.directory("<", place, place_at)
    pointers: list[Entry] = [(0x8769, 4, 1, inner_at), (0x8825, 4, 1, place_at)]
    head, end = metadata.directory("<", first + pointers, 8)
    assert end == inner_at
    return b"II*\0" + struct.pack("<I", 8) + head + inner_block + place_block


# -- the counts themselves


counts = some.builds(Removals, some.dictionaries(some.sampled_from(Removed), some.integers(-3, 20_000)))


@given(counts)
def test_counts_survive_as_text(told: Removals) -> None:
    """What is written into a column of text comes back equal, is sorted, and holds no value but kinds and numbers."""
    words = told.to_text().split(" ") if told else []
    assert Removals.from_text(told.to_text()) == told
    assert words == sorted(words)
    assert all(1 <= count <= MOST_COUNTED for count in told.values())
    assert list(told) == [kind for kind in Removed if kind in told]


@given(counts)
def test_equal_counts_are_one_value(told: Removals) -> None:
    """A copy has the same hash, so that pictures can be compared and kept in sets."""
    again = copy.deepcopy(told)
    assert again == told
    assert hash(again) == hash(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", {}),
        ("date:3 place:4", {DATE: 3, PLACE_OF: 4}),
        ("date place", {DATE: 1, PLACE_OF: 1}),
        ("date place:2", {DATE: 1, PLACE_OF: 2}),
        ("other:123456", {OTHER: MOST_COUNTED}),
    ],
)
def test_kinds_without_counts_are_still_read(text: str, told: Mapping[Removed, int]) -> None:
    """A draft kept before there were counts says each kind once."""
    assert Removals.from_text(text) == told


@pytest.mark.parametrize("text", ["weather:3", "date:many", "date:", "date:3:4", ":3"])
def test_other_words_are_no_counts(text: str) -> None:
    """What was never written here is an error, not a guess."""
    with pytest.raises(ValueError, match="valid"):
        Removals.from_text(text)


def test_nothing_taken_out_is_nothing() -> None:
    """Kinds counted at zero are not there, so that empty goes on meaning clean."""
    assert not Removals({TEXT: 0})
    assert Removals({TEXT: 0}) == Removals()
    assert repr(Removals({TEXT: 2})) == "Removals('text:2')"


# -- what is counted in each format


def test_a_photograph_counts_each_entry_under_its_kind() -> None:
    """Coordinates with their letters and the height are place, the satellites' clock is date, exposure is other."""
    told = removed(photos.jpeg_with(photos.exif_segment(photograph())))
    assert told == {PLACE_OF: 5, DATE: 3, DEVICE: 2, NAMES: 1, OTHER: 2}


def jpegs() -> dict[str, tuple[bytes, dict[Removed, int]]]:
    block, packet = metadata.tiff_block(), metadata.xmp()
    small = photos.saved(photos.picture().resize((16, 10)), "JPEG")
    whole = packet * 3
    parts = [
        jpeg_segment(
            0xE1, EXTENDED_XMP + bytes(32) + struct.pack(">II", len(whole), at) + whole[at : at + 100]
        )
        for at in range(0, len(whole), 100)
    ]
    resources = containers.photoshop_resource(1036, containers.photoshop_thumbnail(small, 16, 10))
    resources += containers.photoshop_resource(1028, metadata.iptc_record() + b"\x1c\x02\0\0\2\0\4")
    comments = [jpeg_segment(0xFE, NAME.encode())] * 3
    return {
        "exif": (photos.exif_segment(block), EXIF_COUNTS),
        "exif and its thumbnail": (
            photos.exif_segment(metadata.tiff_block(thumbnail=small)),
            {**EXIF_COUNTS, THUMBNAIL: 1},
        ),
        "xmp": (jpeg_segment(0xE1, XMP + packet), XMP_COUNTS),
        "xmp in parts": (b"".join(parts), {**dict.fromkeys(XMP_COUNTS, 3), TEXT: 1}),
        "iptc": (jpeg_segment(0xED, metadata.photoshop()), IPTC_COUNTS),
        "photoshop": (jpeg_segment(0xED, b"Photoshop 3.0\0" + resources), {**IPTC_COUNTS, THUMBNAIL: 1}),
        "comments": (b"".join(comments), {TEXT: 3}),
        "makers": (jpeg_segment(0xE5, b"words") + jpeg_segment(0xE7, b"words"), {OTHER: 2}),
    }


@pytest.mark.parametrize("name", jpegs())
def test_a_jpeg_counts_what_its_segments_hold(name: str) -> None:
    """EXIF counts by entries, XMP by known properties, IPTC by datasets, comments and thumbnails one each."""
    segments, expected = jpegs()[name]
    assert removed(photos.jpeg_with(segments)) == expected
    assert removed(photos.jpeg_with(segments) + NAME.encode()) == {**expected, Removed.TRAILER: 1}


def test_a_block_in_a_circle_is_counted_once() -> None:
    """A directory that two entries point at, or that is the first itself, does not count again."""
    first: list[Entry] = [(0x8769, 4, 1, 8), text_entry(0x013B, NAME), (0x8825, 4, 1, 8)]
    block = b"II*\0" + struct.pack("<I", 8) + metadata.directory("<", first, 8)[0]
    assert removed(photos.jpeg_with(photos.exif_segment(block))) == {OTHER: 1, NAMES: 1, PLACE_OF: 1}


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (b"<a:b exif:GPSLatitude=\"48,38N\" exif:GPSLongitude = '2,0W'/>", {PLACE_OF: 2, TEXT: 1}),
        (b"<exif:GPSLatitude>48</exif:GPSLatitude>", {PLACE_OF: 1, TEXT: 1}),
        (b"<photoshop:City>a</photoshop:City><dc:creator>b", {PLACE_OF: 1, NAMES: 1, TEXT: 1}),
        (b"torn in the middle: CreateDate 2026", {DATE: 1, TEXT: 1}),
        (b"", {TEXT: 1}),
    ],
)
def test_a_property_counts_once_however_it_is_written(packet: bytes, expected: dict[Removed, int]) -> None:
    """As an attribute or as an element with its end, a property is one; what is torn still names its kind."""
    assert removed(photos.jpeg_with(jpeg_segment(0xE1, XMP + packet))) == expected


def test_a_png_counts_its_chunks() -> None:
    """Text chunks count one each, by keyword where it tells; a packet by its properties; the turn by itself."""
    text = png_chunk(b"tEXt", b"Author\0" + NAME.encode())
    place = png_chunk(b"tEXt", b"exif:GPSLatitude\0" + PLACE.encode())
    packet = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp())
    block = png_chunk(b"eXIf", metadata.tiff_block(orientation=6))
    assert removed(photos.png_with(text, text, place)) == {TEXT: 2, PLACE_OF: 1}
    assert removed(photos.png_with(packet)) == XMP_COUNTS
    told = removed(photos.png_with(block, png_chunk(b"prVt", b"words")) + b"words")
    assert told == {**EXIF_COUNTS, Removed.ORIENTATION: 1, OTHER: 1, Removed.TRAILER: 1}


def test_colours_that_nobody_sees_are_counted_once() -> None:
    """What two passes over a transparent picture both find is one finding, at 8 bits and at 16."""
    assert removed(photos.png("RGBA")) == {OTHER: 1}
    rows = bytearray(photos.samples16(6))
    rows[1 + 6 : 1 + 8] = b"\0\0"
    assert removed(photos.raw_png(bytes(rows), 16, 6)) == {OTHER: 1}


def test_a_profile_is_counted_once() -> None:
    """A profile that goes for two reasons at a time (its name and its owner's) is one profile."""
    owned = metadata.icc_with_owner(photos.srgb_profile())
    assert removed(photos.png(icc_profile=owned)) == {Removed.PROFILE: 1}
    assert removed(photos.jpeg(icc_profile=owned)) == {Removed.PROFILE: 1}
    assert removed(photos.saved(photos.picture(), "TIFF", icc_profile=owned)) == {Removed.PROFILE: 1}


def test_a_profile_that_nobody_goes_by_is_told_of() -> None:
    """Beside a cICP chunk no reader looks at a profile: it goes with its owner's name, and not without a word."""
    owned = png_writer.profile_chunk(metadata.icc_with_owner(photos.srgb_profile()))
    both = photos.png_with(png_chunk(b"cICP", b"\x01\x0d\0\1"), png_chunk(b"iCCP", owned))
    assert removed(both) == {Removed.PROFILE: 1}


def test_a_webp_counts_its_chunks() -> None:
    """Both packets of a WebP count by what they hold, a chunk of somebody's own as one."""
    chunks = (riff_chunk(b"EXIF", metadata.tiff_block()), riff_chunk(b"XMP ", metadata.xmp()))
    noted = (riff_chunk(b"note", b"words"), riff_chunk(b"note", b"words"))
    assert removed(photos.webp_with(*chunks, *noted, flags=0x0C)) == {**BOTH_COUNTS, OTHER: 2}


def test_a_gif_counts_its_extensions() -> None:
    """Comments count one each, as does the block of an application."""
    comment, own = b"\x21\xfe\x05words\0", b"\x21\xff\x0bKRTAPP01042\x05words\0"
    assert removed(photos.gif_with(comment, comment, own)) == {TEXT: 2, OTHER: 1}


def test_a_bmp_counts_what_stands_around_its_pixels() -> None:
    """Words in reserved fields and words at the end are two findings."""
    plain = photos.saved(photos.picture(), "BMP")
    planted = plain[:6] + b"Jean" + plain[10:] + NAME.encode()
    assert removed(planted) == {OTHER: 1, Removed.TRAILER: 1}


def test_a_tiff_counts_the_entries_that_make_no_picture() -> None:
    """Coordinates and serials in directories of their own count where they stand, and not as unread bytes again."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[315], tags[65000] = NAME, NAME, SERIAL
    tags[34853] = {1: "N", 2: (48.0, 38.0, 57.0), 29: "2026:10:03"}
    tags[34665] = {0xA431: SERIAL, 0x9003: "2026:10:03 09:12:44"}
    told = removed(photos.saved(photos.picture(), "TIFF", tiffinfo=tags))
    assert told == {TEXT: 1, NAMES: 1, OTHER: 1, PLACE_OF: 2, DATE: 2, DEVICE: 1}


@pytest.mark.parametrize("kind", ["HEIC", "AVIF"])
def test_a_heif_counts_its_metadata(kind: str) -> None:
    """EXIF and XMP in a HEIC or AVIF count as anywhere else."""
    block, packet = metadata.tiff_block(), metadata.xmp()
    if kind == "HEIC":
        told = photos.heic(photos.picture(), exif=b"Exif\0\0" + block, xmp=packet)
    else:
        told = photos.saved(photos.picture(), "AVIF", exif=block, xmp=packet)
    assert removed(told) == BOTH_COUNTS
    assert removed(told + NAME.encode()) == {**BOTH_COUNTS, Removed.TRAILER: 1}


def test_a_heic_counts_its_thumbnail() -> None:
    """A small copy inside the container is one thumbnail."""
    assert removed(photos.heic(photos.picture(size=(320, 200)), thumbnail=64)) == {THUMBNAIL: 1}


def test_a_flood_stops_counting() -> None:
    """Thousands of chunks are told of as the most that is counted."""
    flood = io.BytesIO()
    for _ in range(MOST_COUNTED + 5):
        flood.write(png_chunk(b"tEXt", b"a\0b"))
    assert removed(photos.png_with(flood.getvalue())) == {TEXT: MOST_COUNTED}
