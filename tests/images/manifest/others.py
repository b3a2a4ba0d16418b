"""WebP, GIF and BMP with the metadata they can hold."""

import struct
from collections.abc import Iterator

from doctocbot.images import Outcome, Removed
from tests.images import metadata
from tests.images.manifest.photo import Keeper, Photo, keeper
from tests.images.metadata import FILE_NAME, NAME, riff_chunk
from tests.images.photos import gif, gif_with, picture, saved, srgb_profile, webp_with

_WORDS = NAME.encode()


def others() -> Iterator[Photo]:
    """WebP stays WebP where it is lossless; GIF and BMP become PNG."""
    yield from _webps()
    yield from _gifs(keeper(Outcome.LOSSLESS, "image/png"))
    yield from _bmps(keeper(Outcome.LOSSLESS, "image/png"))


def _webps() -> Iterator[Photo]:
    exact = keeper(Outcome.LOSSLESS, "image/webp")
    again = keeper(Outcome.REENCODED, "image/jpeg")
    plain = saved(picture(), "WEBP", lossless=True)
    block, packet = metadata.tiff_block(), metadata.xmp()
    chunks = (riff_chunk(b"EXIF", block), riff_chunk(b"XMP ", packet), riff_chunk(b"note", packet))
    kinds = {Removed.PLACE, Removed.TEXT, Removed.OTHER}
    yield exact("webp lossless", plain)
    yield exact("webp lossless one pixel", saved(picture(size=(1, 1)), "WEBP", lossless=True))
    alpha = saved(picture("RGBA"), "WEBP", lossless=True, exact=True)
    yield exact("webp lossless alpha", alpha, {Removed.OTHER})
    yield exact("webp lossless metadata", webp_with(*chunks, flags=0x0C), kinds, bare=plain)
    for turn in range(2, 9):
        block = metadata.tiff_block(orientation=turn)
        turned = webp_with(riff_chunk(b"EXIF", block), flags=0x08)
        yield exact(f"webp turned {turn}", turned, {Removed.ORIENTATION}, turn)
    headed = webp_with(riff_chunk(b"EXIF", b"Exif\0\0" + metadata.tiff_block()), flags=0x08)
    yield exact("webp exif with a head", headed, {Removed.PLACE}, bare=plain)
    unsaid = webp_with(*chunks, flags=0)
    yield exact("webp metadata without flags", unsaid, kinds, bare=plain)
    yield exact("webp trailer", plain + packet, {Removed.TRAILER}, bare=plain)
    yield again("webp lossy", saved(picture(), "WEBP", quality=90))
    yield again("webp lossy metadata", webp_with(*chunks, flags=0x0C, lossless=False), kinds)
    see_through = saved(picture("RGBA"), "WEBP", quality=90, exif=metadata.tiff_block(), xmp=packet)
    yield keeper(Outcome.REENCODED, "image/png")("webp lossy alpha", see_through, {Removed.PLACE})


def _gifs(exact: Keeper) -> Iterator[Photo]:
    for mode in ("L", "P", "RGB", "1"):
        yield exact(f"gif {mode}", saved(picture(mode), "GIF"))
    extensions: dict[str, tuple[bytes, set[Removed]]] = {
        "comment": (b"\x21\xfe" + _blocks(_WORDS), {Removed.TEXT}),
        "xmp": (b"\x21\xff\x0bXMP DataXMP" + metadata.xmp() + _xmp_trailer(), {Removed.TEXT}),
        "profile": (b"\x21\xff\x0bICCRGBG1012" + _blocks(_owned()), {Removed.OTHER}),
        "iptc": (b"\x21\xff\x0bMGK8BIM0000" + _blocks(metadata.photoshop()), {Removed.OTHER}),
        "private block": (b"\x21\xff\x0bKRTAPP01042" + _blocks(_WORDS), {Removed.OTHER}),
        "plain text": (b"\x21\x01\x0c" + bytes(8) + b"\x08\x08\1\0" + _blocks(_WORDS), {Removed.TEXT}),
    }
    for name, (extension, told) in extensions.items():
        yield exact(f"gif {name}", gif_with(extension), told, bare=gif())
    yield exact(
        "gif comment after the picture", gif()[:-1] + b"\x21\xfe" + _blocks(_WORDS) + b";", {Removed.TEXT}
    )
    yield exact("gif trailer", gif() + metadata.xmp(), {Removed.TRAILER}, bare=gif())
    yield exact(
        "gif interlaced",
        saved(picture("P"), "GIF", interlace=1),
        bare=saved(picture("P"), "GIF", interlace=0),
    )
    yield exact("gif transparent", saved(picture("P"), "GIF", transparency=7))


def _blocks(body: bytes) -> bytes:
    pieces = [body[at : at + 255] for at in range(0, len(body), 255)]
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def _xmp_trailer() -> bytes:
    # The "magic trailer": wherever a reader of sub-blocks comes out of the text, it falls through to the end.
    return b"\x01" + bytes(range(0xFF, -1, -1)) + b"\0"


def _owned() -> bytes:
    return metadata.icc_with_owner(srgb_profile())


def _bmps(exact: Keeper) -> Iterator[Photo]:
    for mode in ("1", "L", "P", "RGB"):
        bmp = saved(picture(mode), "BMP")
        # The web's palette holds entries that no pixel uses.
        yield exact(f"bmp {mode}", bmp, {Removed.OTHER} if mode == "P" else ())
        yield exact(f"bmp {mode} trailer", bmp + metadata.xmp(), {Removed.TRAILER}, bare=bmp)
    plain = saved(picture(), "BMP")
    reserved = plain[:6] + _WORDS[:4] + plain[10:]
    yield exact("bmp words in reserved fields", reserved, {Removed.OTHER}, bare=plain)
    gap = plain[:10] + struct.pack("<I", 54 + len(_WORDS)) + plain[14:54] + _WORDS + plain[54:]
    yield exact("bmp words before the pixels", gap, {Removed.OTHER}, bare=plain)
    yield exact("bmp top down", _top_down(plain), bare=plain)
    yield exact(
        "bmp linked profile", bmp_with_profile(b"KNIL", FILE_NAME.encode() + b"\0"), {Removed.PROFILE}
    )


def _top_down(bmp: bytes) -> bytes:
    width, height = struct.unpack_from("<ii", bmp, 18)
    stride = (3 * width + 3) // 4 * 4
    rows = [bmp[54 + stride * row : 54 + stride * (row + 1)] for row in range(height)]
    return bmp[:22] + struct.pack("<i", -height) + bmp[26:54] + b"".join(reversed(rows))


def bmp_with_profile(kind: bytes, profile: bytes) -> bytes:
    """A BMP of version 5, whose profile stands behind the pixels, or whose file name does."""
    plain = saved(picture(), "BMP")
    pixels = plain[54:]
    header = struct.pack("<I", 124) + plain[18:54]
    header += struct.pack("<4I4s", 0xFF0000, 0xFF00, 0xFF, 0, kind) + bytes(48)
    header += struct.pack("<4I", 4, 124 + len(pixels), len(profile), 0)
    total = 14 + len(header) + len(pixels) + len(profile)
    return b"BM" + struct.pack("<IHHI", total, 0, 0, 14 + len(header)) + header + pixels + profile
