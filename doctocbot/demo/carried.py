"""What a picture's file tells besides the picture, read with Pillow as anybody could who receives it."""

import io
import re
from collections.abc import Iterator
from datetime import datetime

import numpy as np
from PIL import ExifTags, Image

FILE_NAME, PICTURE, TURN = "nom du fichier", "image", "orientation"
NOTHING = "rien"

_TAGS = ExifTags.Base
_TURNED = {3: "tête en bas", 6: "à tourner à droite", 8: "à tourner à gauche"}
_COMPASS = {"N": "N", "S": "S", "E": "E", "W": "O"}


def carried(data: bytes, file_name: str) -> dict[str, str]:
    """Everything found in and on a JPEG, by its kind in French; what is not there is not named."""
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
        found = {FILE_NAME: file_name, **dict(_exif(image)), **dict(_around(image))}
    return {**{kind: words for kind, words in found.items() if words}, PICTURE: f"{width} × {height}"}


def same_pixels(one: bytes, other: bytes) -> bool:
    """Whether two pictures are equal pixel by pixel, as they are stored."""
    with Image.open(io.BytesIO(one)) as first, Image.open(io.BytesIO(other)) as second:
        return first.size == second.size and np.array_equal(np.asarray(first), np.asarray(second))


def _exif(image: Image.Image) -> Iterator[tuple[str, str]]:
    exif = image.getexif()
    inner, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    yield "lieu (GPS)", _position(gps)
    yield "date", _date(str(inner.get(_TAGS.DateTimeOriginal) or exif.get(_TAGS.DateTime) or ""))
    yield "appareil", str(exif.get(_TAGS.Model, ""))
    serial = str(inner.get(_TAGS.BodySerialNumber, ""))
    note = f"+ {len(inner[_TAGS.MakerNote])} octets du fabricant" if _TAGS.MakerNote in inner else ""
    yield "n° de série", f"{serial} {note}".strip()
    yield "description", str(exif.get(_TAGS.ImageDescription, ""))
    thumbnail = exif.get_ifd(ExifTags.IFD.IFD1).get(_TAGS.JpegIFByteCount)
    yield "miniature", f"{thumbnail} octets, de la même photo" if thumbnail else ""
    yield TURN, _TURNED.get(exif.get(_TAGS.Orientation, 1), "")


def _around(image: Image.Image) -> Iterator[tuple[str, str]]:
    """What stands beside the EXIF block: comments, and what editors and practices' software write."""
    yield "commentaire", image.info.get("comment", b"").decode("utf-8", "replace")
    packet = image.info.get("xmp", b"").decode("utf-8", "replace")
    yield "XMP", " · ".join(words.strip() for words in re.findall(r">([^<>]+)<", packet) if words.strip())


def _date(written: str) -> str:
    """A date as EXIF writes it, as people do; left as it is where it is none."""
    try:
        return datetime.strptime(written, "%Y:%m:%d %H:%M:%S").strftime("%d/%m/%Y %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return written


def _position(gps: dict[int, object]) -> str:
    """Latitude and longitude in degrees, as a map takes them."""
    keys = ExifTags.GPS
    pairs = ((keys.GPSLatitude, keys.GPSLatitudeRef), (keys.GPSLongitude, keys.GPSLongitudeRef))
    parts = []
    for key, side in pairs:
        value = gps.get(key)
        if not isinstance(value, tuple):
            return ""
        degrees, minutes, seconds = (float(part) for part in value)
        shown = f"{degrees + minutes / 60 + seconds / 3600:.4f}".replace(".", ",")
        parts.append(f"{shown}° {_COMPASS.get(str(gps.get(side)), '?')}")
    return " · ".join(parts)
