"""Deterministic pictures of many formats, each with what it carries and what must become of it."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from doctocbot.images import Outcome, RefusalReason, Removed
from tests.images import metadata
from tests.images.metadata import jpeg_segment, png_chunk, riff_chunk

WIDTH, HEIGHT = 97, 61
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Photo:
    """One file and its expected fate: an outcome, or the reasons for which it may be refused."""

    name: str
    data: bytes = field(repr=False)
    outcome: Outcome
    reasons: frozenset[RefusalReason] = frozenset()
    removed: frozenset[Removed] = frozenset()
    orientation: int = 1
    mimetype: str | None = None
    looks_like: bytes | None = field(default=None, repr=False)

    def shown(self) -> Image.Image:
        """The picture as a viewer would show it, the right way up, pixel by pixel."""
        image = Image.open(io.BytesIO(self.looks_like or self.data))
        image.load()
        turn = _TURNS.get(self.orientation) if image.format != "TIFF" else None
        return image if turn is None else image.transpose(turn)


def picture(mode: str = "RGB", size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """A smooth, asymmetric picture with some texture: no two of its corners are alike."""
    width, height = size
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    noise = np.random.default_rng(7).normal(0, 6, (height, width))
    red, green, blue = 230 * across, 200 * down, 120 * (1 - across) * down + 60
    levels = np.stack([red + noise, green + noise, blue - noise], axis=-1).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(levels)
    if mode == "RGBA":
        image.putalpha(Image.fromarray((255 * across).astype(np.uint8)))
        return image
    if mode == "I;16":
        return Image.fromarray((60000 * across + 5000 * down).astype(np.uint16))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file of the format given."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def srgb_profile() -> bytes:
    """A plain sRGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def jpeg(**options: object) -> bytes:
    """A plain JPEG of the picture."""
    return saved(picture(), "JPEG", **{"quality": 92, **options})


def jpeg_with(*segments: bytes, base: bytes | None = None) -> bytes:
    """A JPEG with segments planted right after its start."""
    base = base or jpeg()
    return base[:2] + b"".join(segments) + base[2:]


def exif_segment(block: bytes) -> bytes:
    """An APP1 segment that holds an EXIF block."""
    return jpeg_segment(0xE1, b"Exif\0\0" + block)


def png(mode: str = "RGB", **options: object) -> bytes:
    """A plain PNG of the picture."""
    return saved(picture(mode), "PNG", **options)


def png_with(*chunks: bytes, base: bytes | None = None) -> bytes:
    """A PNG with chunks planted right after its header."""
    base = base or png()
    return base[:33] + b"".join(chunks) + base[33:]


def raw_png(
    rows: bytes, depth: int, kind: int, *chunks: bytes, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> bytes:
    """A PNG made from scanlines, of any depth and colour type."""
    header = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0)
    parts = [
        png_chunk(b"IHDR", header),
        *chunks,
        png_chunk(b"IDAT", zlib.compress(rows)),
        png_chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def rgb16_rows() -> bytes:
    """Scanlines of a 16-bit RGB picture whose low bytes matter."""
    levels = np.random.default_rng(3).integers(0, 65536, (HEIGHT, WIDTH * 3)).astype(">u2")
    return b"".join(b"\0" + row.tobytes() for row in levels)


def packed_rows(depth: int) -> bytes:
    """Scanlines of a grey picture of few bits, with words in the bits that pad each row."""
    levels = np.asarray(picture("L")) >> (8 - depth)
    bits = np.unpackbits(levels[:, :, None].astype(np.uint8), axis=2)[:, :, 8 - depth :].reshape(HEIGHT, -1)
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)), constant_values=1)
    return b"".join(b"\0" + row.tobytes() for row in np.packbits(padded, axis=1))


def interlaced_png() -> bytes:
    """An 8-bit grey PNG in the seven passes of Adam7."""
    levels, rows = np.asarray(picture("L")), b""
    passes = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    for left, top, across, down in passes:
        rows += b"".join(b"\0" + row.tobytes() for row in levels[top::down, left::across])
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 1)
    parts = (png_chunk(b"IHDR", header), png_chunk(b"IDAT", zlib.compress(rows)), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def webp_with(*chunks: bytes, flags: int, lossless: bool = True) -> bytes:
    """A WebP of the extended kind with chunks planted after its picture."""
    plain = saved(picture(), "WEBP", lossless=lossless, quality=90)
    extended = struct.pack("<I", flags) + struct.pack("<I", WIDTH - 1)[:3] + struct.pack("<I", HEIGHT - 1)[:3]
    body = b"WEBP" + riff_chunk(b"VP8X", extended) + plain[12:] + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpegs() -> Iterator[Photo]:
    """JPEGs with everything a camera, an editor or an attacker puts into them: all cleaned bit-exactly."""
    kept = _keeper(Outcome.LOSSLESS, "image/jpeg")
    rich = frozenset((Removed.PLACE, Removed.DATE, Removed.DEVICE, Removed.NAME, Removed.TEXT))
    small = saved(picture().resize((16, 10)), "JPEG", comment=metadata.NAME.encode())
    yield kept("jpeg plain", jpeg())
    yield kept("jpeg progressive", jpeg(progressive=True))
    yield kept("jpeg grey", saved(picture("L"), "JPEG"))
    yield kept("jpeg cmyk", saved(picture("CMYK"), "JPEG"))
    yield kept("jpeg 444", jpeg(subsampling=0))
    yield kept("jpeg one pixel", saved(picture(size=(1, 1)), "JPEG"))
    yield kept("jpeg restart markers", jpeg(restart_marker_blocks=2))
    for order, word in (("<", "little"), (">", "big")):
        block = metadata.tiff_block(order, thumbnail=small)
        yield kept(f"jpeg exif {word}-endian", jpeg_with(exif_segment(block)), rich | {Removed.THUMBNAIL})
        for turn in range(1, 9):
            block = metadata.tiff_block(order, turn)
            yield kept(f"jpeg turned {turn} {word}-endian", jpeg_with(exif_segment(block)), rich, turn)
    block = metadata.tiff_block(orientation=6, rich=False, gps=False)
    yield kept("jpeg orientation alone", jpeg_with(exif_segment(block)), {Removed.OTHER}, 6)
    twice = (
        exif_segment(metadata.tiff_block(orientation=3)),
        exif_segment(metadata.tiff_block(orientation=6)),
    )
    yield kept("jpeg two exifs", jpeg_with(*twice), rich, 3)
    broken = exif_segment(b"II*\0\xff\xff\xff\x7f" + metadata.NAME.encode())
    yield kept("jpeg corrupt exif", jpeg_with(broken), {Removed.OTHER})
    head = b"http://ns.adobe.com/xap/1.0/\0"
    yield kept(
        "jpeg xmp", jpeg_with(jpeg_segment(0xE1, head + metadata.xmp())), {Removed.TEXT, Removed.PLACE}
    )
    head = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40
    yield kept("jpeg extended xmp", jpeg_with(jpeg_segment(0xE1, head + metadata.xmp())), {Removed.TEXT})
    iptc = jpeg_with(jpeg_segment(0xED, metadata.photoshop()))
    yield kept("jpeg iptc", iptc, {Removed.NAME, Removed.PLACE, Removed.DATE})
    yield kept("jpeg comment", jpeg(comment=metadata.NAME.encode()), {Removed.TEXT})
    jfxx = jpeg_segment(0xE0, b"JFXX\0\x10" + small)
    yield kept("jpeg jfxx thumbnail", jpeg_with(jfxx), {Removed.THUMBNAIL})
    for marker in (*range(0xE3, 0xED), 0xEF):
        segment = jpeg_segment(marker, metadata.SERIAL.encode())
        yield kept(f"jpeg marker {marker:02x}", jpeg_with(segment), {Removed.OTHER})
    adobe = jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + metadata.NAME.encode())
    yield kept("jpeg adobe tail", jpeg_with(adobe), {Removed.OTHER})
    mpf = jpeg_with(jpeg_segment(0xE2, b"MPF\0" + metadata.SERIAL.encode()))
    yield kept("jpeg several pictures", mpf + jpeg(comment=metadata.NAME.encode()), {Removed.TRAILER})
    yield kept("jpeg trailer", jpeg() + metadata.NAME.encode(), {Removed.TRAILER})
    yield kept("jpeg zip polyglot", jpeg() + b"PK\3\4" + metadata.FILE_NAME.encode(), {Removed.TRAILER})
    owner = metadata.icc_with_owner(srgb_profile())
    yield kept("jpeg profile with owner", jpeg(icc_profile=owner), {Removed.PROFILE})
    yield kept("jpeg broken profile", jpeg(icc_profile=metadata.NAME.encode() * 9), {Removed.PROFILE})
    large = jpeg_with(
        exif_segment(metadata.tiff_block(orientation=6)), base=saved(picture(size=(1201, 803)), "JPEG")
    )
    yield kept("jpeg large", large, rich, 6)


def pngs() -> Iterator[Photo]:
    """PNGs of every depth and colour type, with every chunk that can hold words."""
    kept = _keeper(Outcome.LOSSLESS, "image/png")
    for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"):
        yield kept(f"png {mode}", png(mode))
        exif = png_chunk(b"eXIf", metadata.tiff_block(">", 6))
        turned = png_with(exif, base=png(mode))
        yield kept(f"png {mode} turned", turned, {Removed.PLACE, Removed.ORIENTATION}, 6)
    for depth in (2, 4):
        yield kept(f"png grey {depth}-bit", raw_png(packed_rows(depth), depth, 0))
        yield kept(f"png palette {depth}-bit", png("P", bits=depth))
    yield kept("png interlaced", interlaced_png())
    yield kept("png transparent colour", png(transparency=(10, 20, 30)))
    yield kept("png rgb 16-bit", raw_png(rgb16_rows(), 16, 2))
    latin = metadata.NAME.encode()
    texts = (
        png_chunk(b"tEXt", b"Author\0" + latin),
        png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(latin)),
        png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp()),
    )
    for text in texts:
        yield kept(f"png {text[4:8].decode()}", png_with(text), {Removed.TEXT})
        after = png()[:-12] + text + png()[-12:]
        yield kept(f"png {text[4:8].decode()} after the picture", after, {Removed.TEXT})
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9))
    yield replace(kept("png text bomb", png_with(bomb), {Removed.TEXT}), looks_like=png())
    yield kept("png time", png_with(png_chunk(b"tIME", bytes((7, 234, 10, 3, 9, 12, 44)))), {Removed.DATE})
    yield kept("png private chunk", png_with(png_chunk(b"prVt", latin)), {Removed.OTHER})
    yield kept("png c2pa", png_with(png_chunk(b"caBX", latin)), {Removed.OTHER})
    yield kept("png trailer", png() + latin, {Removed.TRAILER})
    rows = b"".join(b"\0" + row.tobytes() for row in np.asarray(picture("L")))
    yield kept("png extra rows", raw_png(rows + latin * 40, 8, 0), {Removed.TRAILER})
    slack = png_chunk(b"IDAT", zlib.compress(rows) + latin)
    body = raw_png(rows, 8, 0)[:33] + slack + png_chunk(b"IEND", b"")
    yield kept("png slack after the data", body, {Removed.TRAILER})
    ramp = bytes(range(192)) + latin * 3
    unused = raw_png(
        b"".join(b"\0" + bytes(WIDTH) for _ in range(HEIGHT)), 8, 3, png_chunk(b"PLTE", ramp[:255])
    )
    yield kept("png unused palette", unused)
    owner = metadata.icc_with_owner(srgb_profile())
    yield kept("png profile with owner", png(icc_profile=owner), {Removed.PROFILE})


def others() -> Iterator[Photo]:
    """WebP, GIF, BMP, TIFF and AVIF with the metadata they can hold."""
    webp = _keeper(Outcome.LOSSLESS, "image/webp")
    exact = _keeper(Outcome.LOSSLESS, "image/png")
    again = _keeper(Outcome.REENCODED, "image/jpeg")
    block, packet = metadata.tiff_block(orientation=6), metadata.xmp()
    owner = metadata.icc_with_owner(srgb_profile())
    chunks = (riff_chunk(b"EXIF", block), riff_chunk(b"XMP ", packet), riff_chunk(b"note", packet))
    kinds = {Removed.PLACE, Removed.TEXT, Removed.OTHER, Removed.ORIENTATION}
    yield webp("webp lossless", saved(picture(), "WEBP", lossless=True))
    yield webp("webp lossless alpha", saved(picture("RGBA"), "WEBP", lossless=True, exact=True))
    yield webp("webp lossless metadata", webp_with(*chunks, flags=0x0C), kinds, 6)
    yield webp(
        "webp lossless profile", saved(picture(), "WEBP", lossless=True, icc_profile=owner), {Removed.PROFILE}
    )
    yield webp("webp trailer", saved(picture(), "WEBP", lossless=True) + packet, {Removed.TRAILER})
    yield again("webp lossy metadata", webp_with(*chunks, flags=0x0C, lossless=False), kinds, 6)
    yield again("avif metadata", saved(picture(), "AVIF", exif=block, xmp=packet), {Removed.PLACE}, 6)
    for mode in ("L", "P", "RGB"):
        gif = saved(picture(mode), "GIF", comment=metadata.NAME.encode())
        yield exact(f"gif {mode} comment", gif, {Removed.TEXT})
        yield exact(f"gif {mode} trailer", saved(picture(mode), "GIF") + packet, {Removed.TRAILER})
    for mode in ("1", "L", "P", "RGB"):
        bmp = saved(picture(mode), "BMP")
        yield exact(f"bmp {mode}", bmp)
        yield exact(f"bmp {mode} trailer", bmp + packet, {Removed.TRAILER})
    for mode in ("1", "L", "P", "RGB", "RGBA", "I;16"):
        tags = {270: metadata.NAME, 700: packet, 315: metadata.NAME, 33723: metadata.photoshop()}
        tiff = saved(picture(mode), "TIFF", tiffinfo=tags, icc_profile=owner)
        yield exact(f"tiff {mode} metadata", tiff, {Removed.TEXT, Removed.NAME, Removed.PROFILE})
    yield exact("tiff packed", saved(picture(), "TIFF", compression="tiff_lzw"))


def refused() -> Iterator[Photo]:
    """What cannot be proved clean, each with the reason that a doctor is given."""
    reason = RefusalReason
    for name, data in (("jpeg", jpeg()), ("png", png()), ("webp", saved(picture(), "WEBP")), ("gif", gif())):
        cut = len(data) * 2 // 3
        yield _refused(f"{name} cut", data[:cut], reason.TRUNCATED)
    yield _refused("jpeg cut, end mended", jpeg()[:-900] + b"\xff\xd9", reason.TRUNCATED, reason.DAMAGED)
    yield _refused("png cut, end mended", png()[:-900] + png()[-12:], reason.TRUNCATED, reason.DAMAGED)
    between = jpeg()[:20] + metadata.NAME.encode() + jpeg()[20:]
    yield _refused("jpeg bytes between segments", between, reason.DAMAGED)
    reserved = jpeg_with(jpeg_segment(0xF4, metadata.SERIAL.encode()))
    yield _refused("jpeg reserved marker", reserved, reason.DAMAGED)
    wrong = bytearray(png())
    wrong[-20] ^= 1
    yield _refused("png wrong checksum", bytes(wrong), reason.DAMAGED)
    frames = [picture("P").rotate(90 * turn) for turn in range(3)]
    yield _refused(
        "gif animated", saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), reason.ANIMATED
    )
    moving = [frame.convert("RGB") for frame in frames]
    yield _refused(
        "png animated", saved(moving[0], "PNG", save_all=True, append_images=moving[1:]), reason.ANIMATED
    )
    yield _refused(
        "webp animated", saved(moving[0], "WEBP", save_all=True, append_images=moving[1:]), reason.ANIMATED
    )
    yield _refused(
        "avif animated", saved(moving[0], "AVIF", save_all=True, append_images=moving[1:]), reason.ANIMATED
    )
    pages = saved(moving[0], "TIFF", save_all=True, append_images=moving[1:])
    yield _refused("tiff of several pages", pages, reason.SEVERAL_PAGES)
    turned16 = raw_png(rgb16_rows(), 16, 2, png_chunk(b"eXIf", metadata.tiff_block(">", 6)))
    yield _refused("png rgb 16-bit turned", turned16, reason.UNSUPPORTED_VARIANT)
    yield _refused("png bomb", raw_png(b"\0", 8, 2, size=(25_000, 20_000)), reason.TOO_MANY_PIXELS)
    yield _refused("png enormous", raw_png(b"\0", 8, 2, size=(40_000, 40_000)), reason.TOO_MANY_PIXELS)
    yield _refused("jpeg bomb", resized_jpeg(65_500, 65_500), reason.TOO_MANY_PIXELS)
    yield _refused("too many bytes", jpeg() + bytes(41 * 1024 * 1024), reason.TOO_LARGE)
    svg = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><text>Lavalliere</text></svg>'
    yield _refused("svg", svg, reason.VECTOR)
    yield _refused("pdf", b"%PDF-1.7\n" + metadata.NAME.encode(), reason.DOCUMENT)
    yield _refused("html", b"<!DOCTYPE html><html><body>Lavalliere</body></html>", reason.DOCUMENT)
    yield _refused("dicom", bytes(128) + b"DICM" + metadata.NAME.encode(), reason.DICOM)
    yield _refused("video", b"\0\0\0\x18ftypmp42" + bytes(64), reason.VIDEO)
    yield _refused("archive", b"PK\3\4" + metadata.FILE_NAME.encode(), reason.ARCHIVE)
    yield _refused("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), reason.HEIC)
    yield _refused("psd", b"8BPS\0\1" + bytes(64), reason.UNKNOWN_FORMAT)
    yield _refused("text", b"Madame Lavalliere, 79 ans", reason.NOT_AN_IMAGE)
    yield _refused("nothing", b"", reason.EMPTY)
    yield _refused("jpeg magic alone", b"\xff\xd8\xff", reason.TRUNCATED)
    yield _refused(
        "bmp magic alone", b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(8), reason.TRUNCATED, reason.DAMAGED
    )


def gif() -> bytes:
    """A plain still GIF."""
    return saved(picture("P"), "GIF")


def resized_jpeg(width: int, height: int) -> bytes:
    """A small JPEG that claims to be of another size."""
    data = jpeg()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def all_photos() -> list[Photo]:
    """The whole manifest."""
    return [*jpegs(), *pngs(), *others(), *refused()]


def _keeper(outcome: Outcome, mimetype: str) -> Callable[..., Photo]:
    def kept(name: str, data: bytes, removed: object = frozenset(), orientation: int = 1) -> Photo:
        kinds = frozenset(removed)  # type: ignore[call-overload]
        return Photo(name, data, outcome, frozenset(), kinds, orientation, mimetype)

    return kept


def _refused(name: str, data: bytes, *reasons: RefusalReason) -> Photo:
    return Photo(name, data, Outcome.REFUSED, frozenset(reasons))
