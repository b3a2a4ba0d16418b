"""JPEGs with every segment that a camera, an editor or an attacker puts into them: all cleaned bit-exactly."""

import struct
from collections.abc import Iterator

from doctocbot.images import Outcome, Removed
from tests.images import containers, metadata
from tests.images.makernotes import MAKERS, maker_note
from tests.images.manifest.photo import Keeper, Photo, keeper
from tests.images.metadata import NAME, SERIAL, jpeg_segment
from tests.images.photos import exif_segment, jpeg, jpeg_with, picture, saved

XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_RICH = frozenset((Removed.PLACE, Removed.DATE, Removed.DEVICE, Removed.NAME, Removed.TEXT))
_SCRIPTS = {
    "ascii": b"ASCII\0\0\0" + NAME.encode(),
    "jis": b"JIS\0\0\0\0\0" + NAME.encode("iso2022_jp"),
    "unicode": b"UNICODE\0" + NAME.encode("utf-16-be"),
    "undefined": bytes(8) + NAME.encode(),
    "unknown": b"\xff" * 8 + NAME.encode("utf-16-le"),
}


def jpegs_with_metadata() -> Iterator[Photo]:
    """JPEGs that all show one coded picture, and must all become the same bytes."""
    kept = keeper(Outcome.LOSSLESS, "image/jpeg")
    yield from _exifs(kept)
    yield from _xmps(kept)
    yield from _application_segments(kept)
    yield from _odd_places(kept)


def thumbnail() -> bytes:
    """A small picture that names the person itself."""
    return saved(picture().resize((16, 10)), "JPEG", comment=NAME.encode())


def _with(kept: Keeper, name: str, removed: set[Removed] | frozenset[Removed], *segments: bytes) -> Photo:
    return kept(name, jpeg_with(*segments), removed, bare=jpeg())


def _exifs(kept: Keeper) -> Iterator[Photo]:
    for order, word in (("<", "little"), (">", "big")):
        block = metadata.tiff_block(order, thumbnail=thumbnail())
        thumbnailed = _RICH | {Removed.THUMBNAIL}
        yield _with(kept, f"jpeg exif thumbnail {word}-endian", thumbnailed, exif_segment(block))
        for script, comment in _SCRIPTS.items():
            block = metadata.tiff_block(order, comment=comment)
            yield _with(kept, f"jpeg user comment {script} {word}-endian", _RICH, exif_segment(block))
        for maker in MAKERS:
            block = metadata.tiff_block(order, maker_note=maker_note(maker, order))
            yield _with(kept, f"jpeg maker note {maker} {word}-endian", _RICH, exif_segment(block))
    twice = (exif_segment(metadata.tiff_block(orientation=turn)) for turn in (3, 6))
    yield kept("jpeg two exifs", jpeg_with(*twice), _RICH, 3)
    broken = exif_segment(b"II*\0\xff\xff\xff\x7f" + NAME.encode())
    yield _with(kept, "jpeg corrupt exif", {Removed.OTHER}, broken)
    yield _with(kept, "jpeg cut exif", {Removed.DATE}, exif_segment(metadata.tiff_block()[:190]))
    loop = (
        b"II*\0\x08\0\0\0\x01\0"
        + struct.pack("<HHII", 0x8769, 4, 1, 8)
        + struct.pack("<I", 8)
        + NAME.encode()
    )
    yield _with(kept, "jpeg exif in a circle", {Removed.THUMBNAIL}, exif_segment(loop))
    yield _with(kept, "jpeg exif without a head", {Removed.OTHER}, jpeg_segment(0xE1, metadata.tiff_block()))


def _xmps(kept: Keeper) -> Iterator[Photo]:
    told = {Removed.TEXT, Removed.PLACE}
    yield _with(kept, "jpeg xmp", told, jpeg_segment(0xE1, XMP + metadata.xmp()))
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    note = metadata.xmp().replace(b"<dc:creator>", b'<x xmpNote:HasExtendedXMP="' + guid + b'"/><dc:creator>')
    whole = metadata.xmp() * 3
    parts = [
        jpeg_segment(0xE1, EXTENDED_XMP + guid + struct.pack(">II", len(whole), at) + whole[at : at + 300])
        for at in range(0, len(whole), 300)
    ]
    yield _with(kept, "jpeg extended xmp", told, jpeg_segment(0xE1, XMP + note), *parts)
    utf16 = XMP + metadata.xmp().decode().encode("utf-16")
    yield _with(kept, "jpeg xmp in utf-16", told, jpeg_segment(0xE1, utf16))


def _application_segments(kept: Keeper) -> Iterator[Photo]:
    resources = containers.photoshop_resource(1036, containers.photoshop_thumbnail(thumbnail(), 16, 10))
    resources += containers.photoshop_resource(1028, metadata.iptc_record())
    iptc = {Removed.NAME, Removed.PLACE, Removed.DATE}
    yield _with(kept, "jpeg iptc", iptc, jpeg_segment(0xED, metadata.photoshop()))
    both = jpeg_segment(0xED, b"Photoshop 3.0\0" + resources)
    yield _with(kept, "jpeg photoshop with thumbnail", iptc | {Removed.THUMBNAIL}, both)
    yield _with(kept, "jpeg bare iptc", iptc, jpeg_segment(0xED, metadata.iptc_record()))
    yield kept("jpeg comment", jpeg(comment=NAME.encode()), {Removed.TEXT}, bare=jpeg())
    comments = (jpeg_segment(0xFE, NAME.encode(encoding)) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
    yield _with(kept, "jpeg three comments", {Removed.TEXT}, *comments)
    yield _with(
        kept, "jpeg jfxx thumbnail", {Removed.THUMBNAIL}, jpeg_segment(0xE0, b"JFXX\0\x10" + thumbnail())
    )
    pixels = b"JFXX\0\x13\x08\x04" + (NAME * 5).encode()[:96]
    yield _with(kept, "jpeg jfxx pixels", {Removed.THUMBNAIL}, jpeg_segment(0xE0, pixels))
    small = b"JFIF\0\1\2\1\0\x48\0\x48\x08\x04" + (NAME * 5).encode()[:96]
    base = jpeg()
    jfif = base[:2] + jpeg_segment(0xE0, small) + base[20:]
    yield kept("jpeg jfif thumbnail", jfif, {Removed.THUMBNAIL}, bare=base)
    for marker in (*range(0xE3, 0xEE), 0xEF):
        removed = {Removed.TEXT if marker == 0xED else Removed.OTHER}
        yield _with(kept, f"jpeg marker {marker:02x}", removed, jpeg_segment(marker, SERIAL.encode()))
    store = jpeg_segment(0xEB, containers.app11(containers.jumbf()))
    yield _with(kept, "jpeg c2pa", {Removed.OTHER}, store)
    yield _with(kept, "jpeg ducky", {Removed.OTHER}, jpeg_segment(0xEC, b"Ducky" + NAME.encode("utf-16-be")))
    flir = jpeg_segment(0xE1, b"FLIR\0\1\0\0" + NAME.encode())
    yield _with(kept, "jpeg flir", {Removed.OTHER}, flir)


def _odd_places(kept: Keeper) -> Iterator[Photo]:
    told = NAME.encode()
    adobe = jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + told)
    yield _with(kept, "jpeg adobe tail", {Removed.OTHER}, adobe)
    numbers = jpeg_segment(0xEE, b"Adobe" + struct.pack(">HHHB", 0x4C41, 0x5641, 0x4C4C, 1))
    yield _with(kept, "jpeg adobe numbers", {Removed.OTHER}, numbers)
    base = jpeg()
    between = jpeg_segment(0xFE, told)
    at = base.index(b"\xff\xda")
    yield kept("jpeg comment before the scan", base[:at] + between + base[at:], {Removed.TEXT}, bare=base)
    yield kept("jpeg comment after the scan", base[:-2] + between + base[-2:], {Removed.TEXT}, bare=base)
    progressive = jpeg(progressive=True)
    second = progressive.index(b"\xff\xda", progressive.index(b"\xff\xda") + 2)
    mixed = progressive[:second] + between + progressive[second:]
    yield kept("jpeg comment between scans", mixed, {Removed.TEXT}, bare=base)
    unused = jpeg_segment(0xDB, b"\x03" + (told * 4)[:64])
    yield kept("jpeg unused table", jpeg_with(unused), {Removed.OTHER}, bare=base)
    filled = base[:2] + b"\xff" * 40 + base[2:]
    yield kept("jpeg fill bytes", filled, bare=base)
