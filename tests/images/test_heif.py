"""HEIC and AVIF: upright by their boxes, in sRGB, one still picture, and nothing else of them."""

import io
import struct
import time

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from doctocbot.images import CleanImage, Outcome, Refusal, RefusalReason, Removed, pixels, scrub
from doctocbot.images.formats import heif, isobmff
from tests.images import metadata, photos

SIZE = (160, 96)
P3_PRIMARIES, SRGB_CURVE, PQ_CURVE = 12, 13, 16


def heic(picture: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture or photos.picture(size=SIZE)).save(
        buffer, **{"quality": 95, "chroma": 444, **options}
    )
    return buffer.getvalue()


def several(count: int = 2) -> bytes:
    file, buffer = pillow_heif.from_pillow(photos.picture(size=SIZE)), io.BytesIO()
    for _ in range(count - 1):
        file.add_from_pillow(photos.picture(size=SIZE))
    file.save(buffer, quality=50)
    return buffer.getvalue()


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


def shown(answer: CleanImage) -> Image.Image:
    return Image.open(io.BytesIO(answer.data))


@pytest.mark.parametrize("turn", range(1, 9))
def test_boxes_turn_a_picture_and_exif_does_not_turn_it_again(turn: int) -> None:
    """A phone writes the same turn into boxes and into EXIF: the picture is turned once."""
    data = heic(exif=metadata.tiff_block(orientation=turn))
    assert (b"irot" in data or b"imir" in data) == (turn > 1)
    answer = cleaned(data)
    expected = pixels.upright(photos.picture(size=SIZE), turn)
    assert (answer.outcome, answer.mimetype) == (Outcome.REENCODED, "image/jpeg")
    assert pixels.decibels(expected, shown(answer)) > 36
    assert Removed.PLACE in answer.removed


def test_an_orientation_in_exif_alone_turns_nothing() -> None:
    """Without boxes to say so viewers do not turn a HEIC, whatever its EXIF claims."""
    turned = heic(exif=metadata.tiff_block(orientation=6))
    flat = turned.replace(b"irot\x03", b"irot\x00")
    assert flat != turned
    assert pixels.decibels(photos.picture(size=SIZE), shown(cleaned(flat))) > 36


@pytest.mark.slow
def test_the_jpeg_is_as_close_as_promised() -> None:
    """Against what the decoder gives, the JPEG stays above 42 dB."""
    data = heic(photos.picture(size=(640, 400)))
    reference = pillow_heif.open_heif(data).to_pillow()
    assert pixels.decibels(reference, shown(cleaned(data))) >= 42


@pytest.mark.slow
def test_tiles_make_one_picture() -> None:
    """Phones code a photograph as a grid of tiles: that is one picture, not many pages."""
    data = heic(photos.picture(size=(1100, 700)), tile_size=512, quality=70)
    assert isobmff.inspect(data).coding == b"grid"
    assert shown(cleaned(data)).size == (1100, 700)


def test_thumbnails_depth_and_trailers_are_left_behind() -> None:
    """An embedded thumbnail and a film behind the picture go, and the author is told."""
    words = metadata.NAME.encode().ljust(56, b"\0")
    film, credentials = (struct.pack(">I4s", 64, kind) + words for kind in (b"mpvd", b"uuid"))
    answer = cleaned(heic(photos.picture(size=(320, 200)), thumbnails=[64]) + film + credentials)
    assert {Removed.THUMBNAIL, Removed.TRAILER, Removed.OTHER} <= answer.removed.keys()
    assert metadata.NAME.encode() not in answer.data


def test_transparency_makes_it_a_png() -> None:
    """What one can see through cannot be a JPEG."""
    answer = cleaned(heic(photos.picture("RGBA", SIZE)))
    assert (answer.outcome, answer.mimetype) == (Outcome.REENCODED, "image/png")
    assert shown(answer).mode == "RGBA"


def test_ten_bits_become_eight() -> None:
    """A 10-bit picture is shown in 8 bits, and said to be encoded again."""
    across = np.linspace(0, 65535, 128).astype(np.uint16)
    levels = np.repeat(np.tile(across, (64, 1))[:, :, None], 3, axis=2)
    file = pillow_heif.from_bytes("RGB;16", (128, 64), levels.tobytes())
    buffer = io.BytesIO()
    file.save(buffer, quality=95, chroma=444)
    assert pillow_heif.open_heif(buffer.getvalue()).info["bit_depth"] == 10
    answer = cleaned(buffer.getvalue())
    expected = Image.fromarray((levels >> 8).astype(np.uint8))
    assert answer.outcome is Outcome.REENCODED
    assert pixels.decibels(expected, shown(answer)) > 40


def test_wide_colours_named_by_number_become_srgb() -> None:
    """Display P3 told in code points is converted: its red of 234, 51, 35 is sRGB's purest red."""
    red = Image.new("RGB", SIZE, (234, 51, 35))
    data = heic(red, color_primaries=P3_PRIMARIES, transfer_characteristic=SRGB_CURVE)
    assert isobmff.inspect(data).nclx is not None
    levels = np.asarray(shown(cleaned(data)).convert("RGB"), np.int16)
    assert np.abs(levels[48, 80] - (255, 0, 0)).max() <= 4


def test_hdr_is_refused() -> None:
    """A picture coded for HDR screens would be shown in colours of nobody's choice."""
    data = heic(color_primaries=9, transfer_characteristic=PQ_CURVE)
    assert scrub(data) == Refusal(RefusalReason.UNSUPPORTED_VARIANT)


def test_code_points_for_plain_screens_mean_srgb() -> None:
    """BT.709 and what is left unspecified are shown as sRGB is."""
    assert heif.nclx_profile(None) == heif.nclx_profile((1, 13, 6)) == heif.nclx_profile((2, 2, 2)) == b""


@pytest.mark.parametrize("count", [2, 5])
def test_several_pictures_are_refused(count: int) -> None:
    """A burst is several pictures: the author chooses which one to show."""
    assert scrub(several(count)) == Refusal(RefusalReason.SEVERAL_PAGES)


def test_a_sequence_is_refused() -> None:
    """A file with a film track moves, whatever still it shows first."""
    film = struct.pack(">I4s", 16, b"moov") + bytes(8)
    assert scrub(heic() + film) == Refusal(RefusalReason.ANIMATED)


@pytest.mark.parametrize("cut", [10, 1000])
def test_missing_codes_are_noticed_before_decoding(cut: int) -> None:
    """A picture whose codes reach beyond the end of the file is cut."""
    assert scrub(heic()[:-cut]) == Refusal(RefusalReason.TRUNCATED)


def test_a_bomb_is_refused_by_its_header() -> None:
    """A picture that claims gigapixels is refused before anything is decoded."""
    data = heic()
    at = data.index(b"ispe") + 8
    before = time.process_time()
    bomb = data[:at] + struct.pack(">II", 65500, 65500) + data[at + 8 :]
    assert scrub(bomb) == Refusal(RefusalReason.TOO_MANY_PIXELS)
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize("turn", range(1, 9))
def test_avif_is_turned_by_its_boxes(turn: int) -> None:
    """AVIF comes out upright, once, whatever turn its boxes tell."""
    plain = photos.picture(size=SIZE)
    exif = metadata.tiff_block(orientation=turn)
    data = photos.saved(plain, "AVIF", quality=95, subsampling="4:4:4", exif=exif)
    answer = cleaned(data)
    assert answer.outcome is Outcome.REENCODED
    assert pixels.decibels(pixels.upright(plain, turn), shown(answer)) > 36


def test_an_avif_exif_alone_turns_nothing() -> None:
    """Browsers turn an AVIF by its boxes only."""
    turned = photos.saved(photos.picture(size=SIZE), "AVIF", exif=metadata.tiff_block(orientation=6))
    flat = turned.replace(b"irot\x03", b"irot\x00")
    assert flat != turned
    assert shown(cleaned(flat)).size == SIZE


def test_garbled_codes_are_refused() -> None:
    """Whatever a decoder makes of codes that were changed, no error of its leaves the scrubber."""
    for data in (heic(photos.picture(size=(64, 48))), photos.saved(photos.picture(size=(64, 48)), "AVIF")):
        start = data.index(b"mdat") + 4
        for at in range(start, len(data), max(1, (len(data) - start) // 60)):
            answer = scrub(data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :])
            assert isinstance(answer, CleanImage) or answer.reason is not RefusalReason.WORKER_DIED


def test_garbled_boxes_are_refused() -> None:
    """Whatever a byte in the boxes is changed to, the file is refused or comes out clean."""
    data = heic(photos.picture(size=(32, 32)), exif=metadata.tiff_block())
    for at in range(0, data.index(b"mdat"), 3):
        answer = scrub(data[:at] + bytes((data[at] ^ 0x55,)) + data[at + 1 :])
        assert isinstance(answer, Refusal) or metadata.NAME.encode() not in answer.data
