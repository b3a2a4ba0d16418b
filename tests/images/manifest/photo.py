"""One file of the manifest and its expected fate."""

import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import pillow_heif
from PIL import Image

from doctocbot.images import Outcome, RefusalReason, Removed

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
    """One file and its expected fate: an outcome, or the reasons for which it may be refused.

    `bare` is the same coded picture without any metadata: once clean, the two must be the same bytes. `looks_like`
    is a file that shows the same picture, where no reader of the tests would show this one.
    """

    name: str
    data: bytes = field(repr=False)
    outcome: Outcome
    reasons: frozenset[RefusalReason] = frozenset()
    removed: frozenset[Removed] = frozenset()
    orientation: int = 1
    mimetype: str | None = None
    bare: bytes | None = field(default=None, repr=False)
    looks_like: bytes | None = field(default=None, repr=False)

    def shown(self) -> Image.Image:
        """The picture as a viewer would show it, the right way up, pixel by pixel."""
        return turned(opened(self.looks_like or self.data), self.orientation)


def opened(data: bytes) -> Image.Image:
    """Open a picture with the reader that its first bytes ask for."""
    if data[4:8] == b"ftyp" and data[8:12] != b"avif":
        return pillow_heif.open_heif(data).to_pillow()
    image = Image.open(io.BytesIO(data))
    if data[:2] == b"BM" and data[70:74] == b"DEBM":
        # BITMAPV5HEADER: the profile stands so many bytes behind the header's start. Pillow does not look there.
        at, size = struct.unpack_from("<II", data, 14 + 112)
        image.info["icc_profile"] = data[14 + at : 14 + at + size]
    return image


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Decode a picture and turn it by its EXIF orientation; TIFF is turned by its reader already."""
    icc = image.info.get("icc_profile")
    image.load()
    turn = _TURNS.get(orientation) if image.format != "TIFF" else None
    image = image if turn is None else image.transpose(turn)
    if icc:
        image.info["icc_profile"] = icc
    return image


class Keeper(Protocol):
    """Makes photographs that must come out in one way."""

    def __call__(
        self,
        name: str,
        data: bytes,
        removed: Iterable[Removed] = (),
        orientation: int = 1,
        bare: bytes | None = None,
        looks_like: bytes | None = None,
    ) -> Photo:
        """One photograph, what is said to have been taken out of it, and which way up it is."""


def keeper(outcome: Outcome, mimetype: str) -> Keeper:
    """A maker of photographs that must come out this way, as this type."""

    def kept(
        name: str,
        data: bytes,
        removed: Iterable[Removed] = (),
        orientation: int = 1,
        bare: bytes | None = None,
        looks_like: bytes | None = None,
    ) -> Photo:
        kinds = frozenset(removed)
        return Photo(name, data, outcome, frozenset(), kinds, orientation, mimetype, bare, looks_like)

    return kept


def refused(name: str, data: bytes, *reasons: RefusalReason) -> Photo:
    """A file that must be refused, for one of these reasons."""
    return Photo(name, data, Outcome.REFUSED, frozenset(reasons))
