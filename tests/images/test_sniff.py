"""An image is known by its bytes, whatever event brought it and whatever it calls itself."""

import pytest

from doctocbot.images import sniff
from tests.images import photos


@pytest.mark.parametrize(
    ("kind", "mimetype"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("AVIF", "image/avif"),
        ("JPEG2000", "image/jp2"),
    ],
)
def test_every_format_is_known_by_its_first_bytes(kind: str, mimetype: str) -> None:
    """The first few hundred bytes of a real file tell its type."""
    assert sniff(photos.saved(photos.picture(), kind)[:300]) == mimetype


@pytest.mark.parametrize(
    ("data", "mimetype"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "image/avif"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><!-- x --><svg/>', "image/svg+xml"),
        ("<svg/>".encode("utf-16"), "image/svg+xml"),
        (b"8BPS\0\1", "image/vnd.adobe.photoshop"),
    ],
)
def test_formats_that_are_refused_are_images_all_the_same(data: bytes, mimetype: str) -> None:
    """What cannot be cleaned must still be recognised as an image, or it would be left standing in the room."""
    assert sniff(data) == mimetype


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"BM",
        b"RIFF",
        b"Bonjour",
        b"BM of the practice, 26 bytes long",
        b"%PDF-1.7",
        b"\0\0\0\x18ftypmp42",
        b"<p>",
    ],
)
def test_other_files_are_no_images(data: bytes) -> None:
    """Words, documents and videos are not taken for pictures, however they begin."""
    assert sniff(data) is None
