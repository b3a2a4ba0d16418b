"""The reader of outgoing JPEGs objects to whatever is not the picture, and to a picture that is not the same."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from doctocbot.images import jpeg_check
from doctocbot.images.formats import jpeg
from doctocbot.images.model import RefusalReason, RefusedError
from tests.images import metadata, photos
from tests.images.coded_jpeg import EOI, HUFFMAN, JFIF, Coded, Part, adobe, huffman, quantisation
from tests.images.metadata import jpeg_segment
from tests.images.odd_jpegs import CARRIED_OVER

NAME = b"DUPONT Jean 1950"
MINIMAL_EXIF = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
CLEAN = jpeg.clean(Coded().picture(JFIF)).data
TURNED = CLEAN[:20] + jpeg_segment(0xE1, MINIMAL_EXIF) + CLEAN[20:]


def after_header(segment: bytes) -> bytes:
    return CLEAN[:20] + segment + CLEAN[20:]


def before(marker: int, segment: bytes) -> bytes:
    return CLEAN.replace(bytes((0xFF, marker)), segment + bytes((0xFF, marker)), 1)


def changed(old: bytes, new: bytes) -> bytes:
    assert old in CLEAN
    return CLEAN.replace(old, new, 1)


FRAME = CLEAN[CLEAN.index(b"\xff\xc0") :][:19]
STEPS = CLEAN[CLEAN.index(b"\xff\xdb") :][:69]
SCAN = CLEAN[CLEAN.index(b"\xff\xda") :][:14]
FAULTS = {
    "nothing": b"",
    "no header": b"\xff\xd8" + CLEAN[20:],
    "density": changed(b"\x01\x01\0\0\x01", b"\x01\x01\x01\0\x48"),
    "second header": after_header(JFIF),
    "both colour markers": after_header(adobe(1)),
    "adobe's other transform": adobe(1).join((b"\xff\xd8", CLEAN[20:])),
    "comment": after_header(jpeg_segment(0xFE, NAME)),
    "private segment": after_header(jpeg_segment(0xE9, NAME)),
    "exif": after_header(jpeg_segment(0xE1, b"Exif\0\0" + metadata.tiff_block())),
    "upright, said so": after_header(jpeg_segment(0xE1, MINIMAL_EXIF.replace(b"\x06", b"\x01"))),
    "orientation twice": after_header(jpeg_segment(0xE1, MINIMAL_EXIF) * 2),
    "orientation after the tables": before(0xC0, jpeg_segment(0xE1, MINIMAL_EXIF)),
    "xmp": after_header(jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + metadata.xmp())),
    "profile with words": after_header(jpeg_segment(0xE2, b"ICC_PROFILE\0\1\1" + photos.srgb_profile())),
    "profile in a wrong piece": after_header(jpeg_segment(0xE2, b"ICC_PROFILE\0\1\2" + bytes(140))),
    "unused steps": before(0xC0, quantisation(1, (NAME * 4)[:64])),
    "steps in another slot": CLEAN.replace(STEPS, STEPS[:4] + b"\1" + STEPS[5:]),
    "a step of nothing": CLEAN.replace(STEPS, STEPS[:-1] + b"\0"),
    "words after the steps": CLEAN.replace(STEPS, jpeg_segment(0xDB, STEPS[4:] + NAME)),
    "unused codes": before(0xDA, huffman(0x13, HUFFMAN[0x10])),
    "codes twice": before(0xDA, huffman(0x00, HUFFMAN[0x00]) * 2),
    "words after the codes of a table": before(0xDA, jpeg_segment(0xC4, b"\1" + HUFFMAN[0] + NAME)),
    "restart interval": before(0xDA, jpeg_segment(0xDD, b"\0\0")),
    "numbers that spell": CLEAN.replace(FRAME, FRAME[:10] + b"D" + FRAME[11:]),
    "steps that are not there": CLEAN.replace(FRAME, FRAME[:-1] + b"\1"),
    "words in the frame": CLEAN.replace(FRAME, jpeg_segment(0xC0, FRAME[4:] + NAME)),
    "12 bits": CLEAN.replace(FRAME, FRAME[:4] + b"\x0c" + FRAME[5:]),
    "scan of two components": CLEAN.replace(SCAN, jpeg_segment(0xDA, b"\2" + SCAN[5:9] + SCAN[-3:])),
    "scan parameters": CLEAN.replace(SCAN, SCAN[:-3] + b"DUP"),
    "words between": before(0xC0, NAME),
    "fill byte": before(0xC0, b"\xff"),
    "restart in the codes": CLEAN[:-2] + b"\xff\xd0" + EOI,
    "comment after the codes": CLEAN[:-2] + jpeg_segment(0xFE, NAME) + EOI,
    "trailer": CLEAN + NAME,
    "second end": CLEAN + EOI,
    "cut": CLEAN[:-40],
    "half an end": CLEAN[:-1],
    "segment longer than the file": CLEAN[:-2] + b"\xff\xe9\xff\xff" + NAME,
}


def objects(check: Callable[..., object], *data: bytes) -> bool:
    try:
        check(*data)
    except RefusedError as refused:
        return refused.reason is RefusalReason.UNVERIFIED
    return False


@pytest.mark.parametrize("name", FAULTS)
def test_one_thing_too_many_is_an_objection(name: str) -> None:
    """A segment, table, number or byte that the picture does not need, and the file stays."""
    assert FAULTS[name] != CLEAN
    assert objects(jpeg_check.require_clean, FAULTS[name])


@pytest.mark.parametrize("name", CARRIED_OVER)
def test_what_the_scrubber_writes_passes(name: str) -> None:
    """There is no objection to the scrubber's own output, of whatever kind."""
    jpeg_check.require_clean(jpeg.clean(CARRIED_OVER[name]).data)


def test_the_one_orientation_may_stand() -> None:
    """The fixed block that holds an orientation and nothing else is no objection."""
    jpeg_check.require_clean(TURNED)


@pytest.mark.parametrize(
    "parts",
    [
        (Part(1),),
        (Part(1, 2, 2), Part(2), Part(3)),
        (Part(1, 3, 1), Part(2), Part(3)),
        (Part(1), Part(2), Part(3), Part(4)),
    ],
    ids=["grey", "colour", "unusual sampling", "inks"],
)
def test_one_changed_block_is_seen(parts: tuple[Part, ...]) -> None:
    """Two pictures that differ in the coefficients of their blocks are not the same, whatever their kind."""
    one, other = (Coded(parts=parts, seed=seed).picture(JFIF) for seed in (1, 2))
    jpeg_check.read_copy(one, jpeg.clean(one).data)
    assert objects(jpeg_check.read_copy, one, jpeg.clean(other).data)


@pytest.mark.parametrize(
    ("original", "copy"),
    [
        (Coded().picture(JFIF), Coded().picture(adobe(0))),
        (Coded().picture(JFIF), Coded(height=23).picture(JFIF)),
        (Coded(parts=(Part(1, 2, 1), Part(2), Part(3))).picture(JFIF), Coded().picture(JFIF)),
        (CARRIED_OVER["inks"], CARRIED_OVER["inks by adobe"]),
        (CARRIED_OVER["inks by adobe"], CARRIED_OVER["YCCK"]),
    ],
    ids=["colour model", "height", "sampling", "inverted inks", "kind of inks"],
)
def test_the_same_codes_told_to_mean_something_else_are_seen(original: bytes, copy: bytes) -> None:
    """Equal coefficients under another colour marker, size or sampling are another picture."""
    assert objects(jpeg_check.read_copy, original, copy)


def test_a_copy_must_be_flawless_where_viewers_would_mend_it() -> None:
    """A copy with bytes after its codes shows the same picture, and is refused nonetheless."""
    whole = Coded().picture(JFIF)
    assert objects(jpeg_check.read_copy, whole, whole[:-2] + NAME * 4 + EOI)


def test_a_picture_of_one_line_is_seen() -> None:
    """A long line whose colours are halved both ways can be scaled down too."""
    data = photos.saved(photos.picture("RGB", (4000, 1)), "JPEG", subsampling=2)
    assert jpeg_check.read_copy(data, data).size == (667, 1)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(4000, 1009), (1000, 3001), (1601, 1200), (640, 480), (801, 1)])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"mode": "L"}, {"mode": "CMYK"}], ids=str)
def test_the_preview_shows_the_picture(size: tuple[int, int], options: dict[str, object]) -> None:
    """What is returned looks like the picture scaled down, is no smaller than 640 pixels, and keeps `info`."""
    mode = str(options.get("mode", "RGB"))
    picture = photos.picture(mode, size)
    saving = {key: value for key, value in options.items() if key != "mode"}
    data = photos.saved(picture, "JPEG", quality=92, icc_profile=b"profile", **saving)
    preview = jpeg_check.read_copy(data, data)
    assert min(max(size), 640) <= max(preview.size) <= max(size)
    assert preview.info["icc_profile"] == b"profile"
    small = Image.open(io.BytesIO(data)).convert("RGB").resize((40, 30), Image.Resampling.BOX)
    seen = preview.convert("RGB").resize((40, 30), Image.Resampling.BOX)
    assert np.abs(np.asarray(small, np.int16) - np.asarray(seen, np.int16)).max() <= 12
