"""What holds for every picture, whatever stands around it: pictures, metadata and its order are drawn at random."""

import io
import itertools
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image

from doctocbot.images import CleanImage, Outcome, scrub
from tests.images import photos
from tests.images.manifest import turned
from tests.images.metadata import jpeg_segment, png_chunk, riff_chunk, tiff_block
from tests.images.viewer import as_a_viewer_shows, inflated, pixels_of

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
# Pictures take their time, the more so on a busy machine.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

Planted = tuple[bytes, bytes]
"""A file, and the identifier that stands somewhere in it."""

# Not all zeros and the like, and no words of the formats themselves, which hypothesis knows as well.
secrets = some.binary(min_size=8, max_size=24).filter(
    lambda words: len(set(words)) >= 6 and b"PNG" not in words and b"JFIF" not in words
)


def cleaned(data: bytes) -> CleanImage:
    answer = scrub(data)
    assert isinstance(answer, CleanImage), answer
    return answer


# -- what can stand in a JPEG

_HEADS = (
    *(
        (0xE1, head)
        for head in (b"Exif\0\0", b"Exif\0\0" + tiff_block()[:60], b"http://ns.adobe.com/xap/1.0/\0", b"")
    ),
    *((0xE0, head) for head in (b"JFXX\0\x10", b"JFXX\0\x13", b"AVI1", b"")),
    *((0xE2, head) for head in (b"ICC_PROFILE\0\1\1", b"ICC_PROFILE\0\2\3", b"MPF\0II*\0", b"FPXR\0", b"")),
    *((0xED, head) for head in (b"Photoshop 3.0\x008BIM\x04\x04\0\0", b"")),
    *((marker, b"") for marker in (0xE3, 0xE5, 0xE9, 0xEB, 0xEC, 0xEE, 0xEF, 0xFE)),
)


@some.composite
def jpegs(draw: some.DrawFn) -> Planted:
    """The plain JPEG with segments anywhere between its own, and perhaps a trailer; one of them holds the secret."""
    secret = draw(secrets)
    base = photos.jpeg(progressive=True) if draw(some.booleans()) else photos.jpeg()
    edges = [*segment_starts(base), len(base)]
    pieces = [base[start:end] for start, end in itertools.pairwise(edges)]
    for number in range(draw(some.integers(1, 6))):
        marker, head = draw(some.sampled_from(_HEADS))
        body = head + draw(some.binary(max_size=60)) + (secret if number == 0 else b"")
        # The picture's own JFIF or Adobe segment stands first, as it must.
        pieces.insert(draw(some.integers(2, len(pieces) - 1)), jpeg_segment(marker, body))
    return b"".join(pieces) + draw(some.sampled_from((b"", secret, b"\xff\xd8\xff" + secret))), secret


def segment_starts(data: bytes) -> list[int]:
    """Where each marker of a JPEG begins; the codes of a scan belong to its SOS."""
    starts, at = [0, 2], 2
    while data[at + 1] != 0xD9:
        scan = data[at + 1] == 0xDA
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        while scan and not (data[at] == 0xFF and data[at + 1] and not 0xD0 <= data[at + 1] <= 0xD7):
            at += 1
        starts.append(at)
    return starts


# -- what can stand in a PNG

_NAMES = (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"sPLT", b"caBX", b"pCAL", b"oFFs", b"prVt", b"xyZa")


@some.composite
def pngs(draw: some.DrawFn) -> Planted:
    """The plain PNG with chunks before and after its data, which is cut into pieces of its own."""
    secret, base = draw(secrets), photos.png()
    at = base.index(b"IDAT") - 4
    packed = base[at + 8 : -16]
    cuts = sorted(draw(some.lists(some.integers(0, len(packed)), max_size=4)))
    edges = [0, *cuts, len(packed)]
    data = [png_chunk(b"IDAT", packed[left:right]) for left, right in itertools.pairwise(edges)]
    around: tuple[list[bytes], list[bytes]] = ([], [])
    for number in range(draw(some.integers(1, 6))):
        name = draw(some.sampled_from(_NAMES))
        words = draw(some.binary(max_size=40)) + (secret if number == 0 else b"")
        packs = name == b"zTXt" and draw(some.booleans())
        body = b"Comment\0\0" + zlib.compress(words) if packs else words
        around[draw(some.integers(0, 1))].append(png_chunk(name, body))
    if draw(some.booleans()):
        data.append(png_chunk(b"IDAT", secret))
    if draw(some.booleans()):
        around[0].append(png_chunk(b"iCCP", b"monitor\0\0" + zlib.compress(secret)))
    pieces = (base[:at], *around[0], *data, *around[1], base[-12:], draw(some.sampled_from((b"", secret))))
    return b"".join(pieces), secret


# -- what can stand in a WebP


@some.composite
def webps(draw: some.DrawFn) -> Planted:
    """The lossless WebP with chunks behind its picture."""
    secret, chunks = draw(secrets), []
    for number in range(draw(some.integers(1, 5))):
        name = draw(some.sampled_from((b"EXIF", b"XMP ", b"note", b"C2PA", b"\0\1\2\3")))
        chunks.append(riff_chunk(name, draw(some.binary(max_size=60)) + (secret if number == 0 else b"")))
    flags = draw(some.sampled_from((0, 0x04, 0x08, 0x0C)))
    return photos.webp_with(*chunks, flags=flags) + draw(some.sampled_from((b"", secret))), secret


def bare_webp() -> bytes:
    return photos.saved(photos.picture(), "WEBP", lossless=True, quality=90)


PLANTED: dict[str, tuple[some.SearchStrategy[Planted], Callable[[], bytes]]] = {
    "jpeg": (jpegs(), photos.jpeg),
    "png": (pngs(), photos.png),
    "webp": (webps(), bare_webp),
}


@pytest.mark.parametrize("kind", PLANTED)
@calm
@given(some.data())
def test_metadata_never_shows(kind: str, data: some.DataObject) -> None:
    """One coded picture gives the same bytes whatever stands around it, and no identifier in there survives."""
    planted, bare = PLANTED[kind]
    file, secret = data.draw(planted)
    answer = cleaned(file)
    assert answer.data == cleaned(bare()).data
    assert answer.carried_metadata
    assert secret not in answer.data + inflated(answer.data)


# -- every picture


@some.composite
def pictures(draw: some.DrawFn) -> Image.Image:
    """Any picture of few pixels: noise, or a smooth one, of any kind."""
    mode = draw(some.sampled_from(("RGB", "L", "RGBA", "P", "CMYK", "1")))
    size = draw(some.integers(1, 40)), draw(some.integers(1, 40))
    if draw(some.booleans()):
        return photos.picture("RGB", size).convert(mode)
    levels = np.random.default_rng(draw(some.integers(0, 2**32))).integers(0, 256, (size[1], size[0], 3))
    return Image.fromarray(levels.astype(np.uint8)).convert(mode)


@some.composite
def files(draw: some.DrawFn) -> tuple[bytes, int]:
    """Any picture as a file of a lossless outcome, with an EXIF that may turn it."""
    picture, turn = draw(pictures()), draw(some.integers(1, 8))
    exif = tiff_block(draw(some.sampled_from("<>")), turn)
    if draw(some.booleans()) and picture.mode in ("RGB", "L", "CMYK"):
        jpeg = photos.saved(
            picture,
            "JPEG",
            quality=draw(some.integers(1, 100)),
            subsampling=draw(some.integers(0, 2)),
            progressive=draw(some.booleans()),
            restart_marker_blocks=draw(some.integers(0, 3)),
        )
        return photos.jpeg_with(photos.exif_segment(exif), base=jpeg), turn
    if draw(some.booleans()):
        rgb = picture.convert("RGB" if picture.mode == "CMYK" else picture.mode)
        return photos.png_with(png_chunk(b"eXIf", exif), base=photos.saved(rgb, "PNG")), turn
    plain = photos.saved(picture.convert("RGB"), "WEBP", lossless=True)
    width, height = picture.size
    head = struct.pack("<I", 8) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBP" + riff_chunk(b"VP8X", head) + plain[12:] + riff_chunk(b"EXIF", exif)
    return b"RIFF" + struct.pack("<I", len(body)) + body, turn


@calm
@given(files())
def test_every_picture_stays_what_it_is(drawn: tuple[bytes, int]) -> None:
    """Exact and the right way up, hardly larger, and unchanged by a second scrubbing."""
    file, turn = drawn
    answer = cleaned(file)
    assert answer.outcome is Outcome.LOSSLESS
    before = turned(Image.open(io.BytesIO(file)), turn)
    assert np.array_equal(pixels_of(before), pixels_of(as_a_viewer_shows(answer.data)))
    assert len(answer.data) <= 1.2 * len(file) + 1024
    again = cleaned(answer.data)
    assert again.data == answer.data
    assert not again.carried_metadata
