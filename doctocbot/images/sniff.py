"""Tell what bytes are by their first bytes alone, never by a name or a declared type.

A PNG that is called `.jpg`, or that a client declared as JPEG, is harmless and common: it is cleaned as the PNG that it
is, and leaves under the type and the extension of what was written. What counts is that a file keeps the promise of its
first bytes: one that begins like a format and cannot be read whole as that format, by one named reader and never by
another that happens to understand it, is refused. What a second format hides behind the first (a ZIP, a PDF, a film)
goes with everything else that is not the picture.
"""

from doctocbot.images.model import RefusalReason

_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_JPEG_2000 = (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
_JPEG_XL = (b"\x00\x00\x00\x0cJXL \r\n\x87\n", b"\xff\x0a")

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (_JPEG_2000[0], "image/jp2"),
    (_JPEG_2000[1], "image/jp2"),
    (_JPEG_XL[0], "image/jxl"),
    (_JPEG_XL[1], "image/jxl"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)

_FOREIGN: tuple[tuple[bytes, RefusalReason], ...] = (
    (b"%PDF", RefusalReason.DOCUMENT),
    (b"%!PS", RefusalReason.DOCUMENT),
    (b"{\\rtf", RefusalReason.DOCUMENT),
    (b"\xd0\xcf\x11\xe0", RefusalReason.DOCUMENT),
    (b"PK\x03\x04", RefusalReason.ARCHIVE),
    (b"PK\x05\x06", RefusalReason.ARCHIVE),
    (b"\x1f\x8b", RefusalReason.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", RefusalReason.ARCHIVE),
    (b"Rar!", RefusalReason.ARCHIVE),
    (b"BZh", RefusalReason.ARCHIVE),
    (b"\xfd7zXZ", RefusalReason.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", RefusalReason.ARCHIVE),
    (b"\x1a\x45\xdf\xa3", RefusalReason.VIDEO),
    (b"OggS", RefusalReason.VIDEO),
    (b"\x00\x00\x01\xba", RefusalReason.VIDEO),
    (b"FLV\x01", RefusalReason.VIDEO),
)


def sniff(data: bytes) -> str | None:
    """Name the image type (a MIME type) that the bytes begin like, or None if they begin like no image."""
    for magic, mimetype in _MAGIC:
        if data.startswith(magic):
            return mimetype
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:2] == b"BM" and len(data) >= 26 and data[14:18] in _BMP_HEADER_SIZES:
        return "image/bmp"
    if data[4:8] == b"ftyp":
        return _sniff_heif(data)
    if _looks_like_markup(data, b"<svg"):
        return "image/svg+xml"
    return None


def refusal_for(data: bytes) -> RefusalReason:
    """Say why bytes that no format module reads are refused, as closely as their first bytes allow."""
    if not data:
        return RefusalReason.EMPTY
    if data[128:132] == b"DICM":
        return RefusalReason.DICOM
    for magic, reason in _FOREIGN:
        if data.startswith(magic):
            return reason
    mimetype = sniff(data)
    if mimetype == "image/svg+xml":
        return RefusalReason.VECTOR
    if mimetype is not None:
        return RefusalReason.UNKNOWN_FORMAT
    if data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide") or data[8:12] == b"AVI ":
        return RefusalReason.VIDEO
    if _looks_like_markup(data, b"<html") or _looks_like_markup(data, b"<!doctype html"):
        return RefusalReason.DOCUMENT
    return RefusalReason.NOT_AN_IMAGE


_BMP_HEADER_SIZES = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def _sniff_heif(data: bytes) -> str | None:
    box_end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    brands = {data[8:12], *(data[i : i + 4] for i in range(16, box_end - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "image/avif"
    if brands & _HEIF_BRANDS:
        return "image/heic"
    return None


def _looks_like_markup(data: bytes, tag: bytes) -> bool:
    head = data[:4096]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\x00", b"")[2:]
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") and tag in head.lower()
