"""The two photographs of the scene: drawn, of nobody, yet carrying all that a phone and a practice's software write.

Every value in them is invented. The same bytes come out at every run.
"""

import io
import struct
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

NEEDLES = ("Quintrec", "QUINTREC", "Malo", "Rostrenen", "48.2371", "Armorik", "K7-0042-19", "2026:11:23")
"""Words that stand in the originals (name, place, device, serial number, date) and may stand in nothing else."""

_SIZE = (1600, 1200)
_QUALITY = 88
_TAKEN = "2026:11:23 08:41:07"
_XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">
<dc:title>LE QUINTREC Malo, 3 ans</dc:title><photoshop:City>Rostrenen</photoshop:City>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""

_Levels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture as a clinician's phone sends it: the bytes of a JPEG and the name of the file."""

    file_name: str
    data: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)


@cache
def forearm() -> Photo:
    """A forearm on an examination sheet, shared from the practice's software: everything a file can carry."""
    picture = _forearm()
    thumbnail = _jpeg(picture.resize((320, 240)))
    exif = _with_thumbnail(_exif(picture, "Rostrenen, cabinet", maker_note=True), thumbnail)
    data = _jpeg(picture, exif=exif, xmp=_XMP.encode(), comment=b"Le Quintrec Malo")
    return Photo("LE_QUINTREC_Malo_avant-bras.jpg", data, thumbnail)


@cache
def knee() -> Photo:
    """A knee from close by, straight from the phone, held upright: the file says to turn it by a quarter."""
    upright = _knee()
    picture = upright.transpose(Image.Transpose.ROTATE_90)
    exif = _exif(picture, "Rostrenen", orientation=6)
    return Photo("Malo_Le_Quintrec_genou.jpg", _jpeg(picture, exif=exif), _jpeg(upright.resize((240, 320))))


def draw_all() -> None:
    """Draw both ahead of time: it takes a second or two of computing."""
    forearm()
    knee()


# -- what they carry


def _exif(picture: Image.Image, place: str, *, orientation: int = 1, maker_note: bool = False) -> bytes:
    """An EXIF block with position, date, device and serial number."""
    tags = ExifTags.Base
    exif = Image.Exif()
    exif[tags.Make] = "Armorik"
    exif[tags.Model] = "Armorik Phone 12"
    exif[tags.Software] = "Armorik Camera 9.1"
    exif[tags.DateTime] = _TAKEN
    exif[tags.Orientation] = orientation
    exif[tags.ImageDescription] = "Le Quintrec Malo"
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    inner[tags.DateTimeOriginal] = _TAKEN
    inner[tags.BodySerialNumber] = "K7-0042-19"
    inner[tags.ExifImageWidth], inner[tags.ExifImageHeight] = picture.size
    if maker_note:
        inner[tags.MakerNote] = b"ARMORIK\0" + b"K7-0042-19\0".ljust(56, b"\x07")
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    degrees = ((48, 14, 13.6), (3, 19, 2.1))
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLongitudeRef] = "N", "W"
    gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLongitude] = (
        tuple(IFDRational(round(part * 10), 10) for part in parts) for parts in degrees
    )
    gps[ExifTags.GPS.GPSDateStamp] = _TAKEN[:10]
    gps[ExifTags.GPS.GPSAreaInformation] = b"ASCII\0\0\0" + f"{place} 48.2371".encode()
    return bytes(exif.tobytes())


def _with_thumbnail(exif: bytes, thumbnail: bytes) -> bytes:
    """The EXIF block with a second directory, that of the thumbnail (Exif 2.32 section 4.5.1), which Pillow drops."""
    head, tiff = exif[:6], bytearray(exif[6:])
    order = "<" if tiff[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, first)
    at = len(tiff)
    struct.pack_into(order + "I", tiff, first + 2 + 12 * count, at)
    entries = ((0x0103, 3, 6), (0x0201, 4, at + 2 + 3 * 12 + 4), (0x0202, 4, len(thumbnail)))
    tiff += struct.pack(order + "H", len(entries))
    for tag, kind, value in entries:
        tiff += struct.pack(
            order + ("HHIHH" if kind == 3 else "HHII"), tag, kind, 1, value, *[0] * (kind == 3)
        )
    return head + bytes(tiff) + struct.pack(order + "I", 0) + thumbnail


def _jpeg(picture: Image.Image, **carried: bytes) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, **carried)
    return out.getvalue()


# -- what they show


def _forearm() -> Image.Image:
    """A forearm that crosses the frame, thicker at the elbow, with papules on its outer side."""
    chance = np.random.default_rng(1955)
    width, height = _SIZE
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    middle = 0.56 - 0.12 * across + 0.03 * np.sin(2.4 * across)
    half = 0.34 - 0.10 * across + 0.02 * np.sin(3 * across + 1)
    offset = (down - middle) / half
    levels = _skin(chance, across, down) * _roundness(offset)[..., None]
    centres = [
        (x * width, (_at(middle, x, width) + side * 0.72 * _at(half, x, width)) * height)
        for x, side in zip(chance.uniform(0.04, 0.96, 190), chance.uniform(-1, 1, 190), strict=True)
    ]
    _papules(levels, chance, _spread(centres, 58), (7, 15))
    inside = np.clip((1 - np.abs(offset)) * 45, 0, 1)[..., None]
    shadow = np.clip(1.25 - np.abs(offset - 0.16), 0, 1)[..., None] * 0.35
    return _image(inside * levels + (1 - inside) * _sheet(chance, across, down) * (1 - shadow))


def _knee() -> Image.Image:
    """A bent knee that fills the frame: a dome, lighter where the bone is near, and larger papules."""
    chance = np.random.default_rng(1957)
    height, width = _SIZE
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    far = np.hypot((across - 0.5) / 0.72, (down - 0.52) / 0.80)
    levels = _skin(chance, across, down) * _roundness(far * 0.9)[..., None]
    levels += 14 * np.exp(-((far / 0.38) ** 2))[..., None]
    for depth in (0.30, 0.36, 0.73):
        crease = np.exp(-(((down - depth - 0.05 * np.cos(5 * (across - 0.5))) / 0.006) ** 2))
        levels -= (9 * crease * np.clip(1 - np.abs(across - 0.5) * 3.2, 0, 1))[..., None]
    centres = [(x * width, y * height) for x, y in chance.uniform((0.08, 0.06), (0.92, 0.95), (170, 2))]
    _papules(levels, chance, _spread(centres, 84), (10, 21))
    inside = np.clip((1.06 - far) * 30, 0, 1)[..., None]
    return _image(inside * levels + (1 - inside) * _sheet(chance, across, down) * 0.8)


def _skin(chance: np.random.Generator, across: _Levels, down: _Levels) -> _Levels:
    """Even skin with the mottling and the grain that a phone's camera gives it."""
    base = np.array((226.0, 178.0, 152.0))
    mottle = _cloud(chance, across.shape, 9) * 5 + _cloud(chance, across.shape, 60) * 3
    grain = _cloud(chance, across.shape, 420) * 3
    light = 6 * (0.5 - down) + 4 * (0.5 - across)
    tint = np.array((0.55, 1.0, 0.9))
    skin: _Levels = base + mottle[..., None] * tint + (grain + light)[..., None]
    return skin


def _sheet(chance: np.random.Generator, across: _Levels, down: _Levels) -> _Levels:
    """The paper of an examination couch, pale and creased."""
    creases = _cloud(chance, across.shape, 14) * 5 + np.sin(90 * down + 4 * across) * 1.2
    return np.array((196.0, 211.0, 214.0)) + (creases + _cloud(chance, across.shape, 300) * 2)[..., None]


def _papules(
    levels: _Levels,
    chance: np.random.Generator,
    centres: list[tuple[float, float]],
    radii: tuple[float, float],
) -> None:
    """Raise small, alike, pink-brown domes with a faint halo, lit from the upper left."""
    height, width, _ = levels.shape
    for x, y in centres:
        radius = chance.uniform(*radii)
        reach = int(radius * 3)
        left, top = max(int(x) - reach, 0), max(int(y) - reach, 0)
        right, bottom = min(int(x) + reach, width), min(int(y) + reach, height)
        if left >= right or top >= bottom:
            continue
        over, under = np.meshgrid(np.arange(left, right) - x, np.arange(top, bottom) - y)
        squeeze = chance.uniform(0.85, 1.15)
        far = np.hypot(over * squeeze, under / squeeze) / radius
        halo, dome = np.exp(-((far / 1.7) ** 2)), 1 / (1 + np.exp((far - 1) * 6))
        relief = dome * (1 - dome) * 4 * (-(over + under) / (radius * 1.5))
        strength = chance.uniform(0.75, 1.1)
        redness = (halo * 14 + dome * 26)[..., None] * np.array((0.35, 1.15, 1.0)) * strength
        levels[top:bottom, left:right] += relief[..., None] * 13 - redness


def _spread(centres: list[tuple[float, float]], apart: float) -> list[tuple[float, float]]:
    """The centres that keep their distance from those before them: the papules do not run together."""
    kept: list[tuple[float, float]] = []
    for x, y in centres:
        if all((x - other) ** 2 + (y - above) ** 2 > apart**2 for other, above in kept):
            kept.append((x, y))
    return kept


def _roundness(offset: _Levels) -> _Levels:
    """How a rounded limb darkens towards its edges (offset 0 is its ridge, 1 its outline)."""
    depth: _Levels = np.sqrt(np.clip(1 - np.clip(offset, -1, 1) ** 2, 0, 1))
    return 0.68 + 0.34 * depth


def _cloud(chance: np.random.Generator, shape: tuple[int, ...], cells: int) -> _Levels:
    """Smooth noise of unit strength with about so many cells across."""
    height, width = shape
    small = chance.normal(0, 1, (max(cells * height // width, 2), cells)).astype(np.float32)
    grown = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    levels: _Levels = np.array(grown, dtype=np.float64)
    return levels


def _at(line: _Levels, x: float, width: int) -> float:
    return float(line[0, min(int(x * width), width - 1)])


def _image(levels: _Levels) -> Image.Image:
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))
