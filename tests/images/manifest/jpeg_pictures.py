"""JPEGs as encoders lay them out: every colour model, sampling, size and orientation, all kept bit-exactly."""

import struct
from collections.abc import Iterator

from doctocbot.images import Outcome, Removed
from tests.images import metadata
from tests.images.manifest.photo import Keeper, Photo, keeper
from tests.images.photos import exif_segment, jpeg, jpeg_with, picture, saved

_RICH = frozenset((Removed.PLACE, Removed.DATE, Removed.DEVICE, Removed.NAME, Removed.TEXT))
# No whole number of blocks or of units of 4:2:0 and 4:2:2 in either direction.
_ODD = (19, 35)


def jpeg_pictures() -> Iterator[Photo]:
    """JPEGs of every make of picture."""
    kept = keeper(Outcome.LOSSLESS, "image/jpeg")
    yield from _layouts(kept)
    yield from _orientations(kept)
    large = saved(picture(size=(1201, 803)), "JPEG")
    block = exif_segment(metadata.tiff_block(orientation=6))
    yield kept("jpeg large", jpeg_with(block, base=large), _RICH, 6)


def _layouts(kept: Keeper) -> Iterator[Photo]:
    yield kept("jpeg plain", jpeg())
    yield kept("jpeg progressive", jpeg(progressive=True), bare=jpeg())
    yield kept("jpeg restart markers", jpeg(restart_marker_blocks=2), bare=jpeg())
    yield kept("jpeg optimized", jpeg(optimize=True), bare=jpeg())
    yield kept("jpeg grey", saved(picture("L"), "JPEG"))
    yield kept("jpeg grey progressive", saved(picture("L"), "JPEG", progressive=True))
    yield kept("jpeg cmyk", saved(picture("CMYK"), "JPEG"))
    yield kept("jpeg ycck", adobe_transform(saved(picture("CMYK"), "JPEG"), 2))
    yield kept("jpeg cmyk progressive", saved(picture("CMYK"), "JPEG", progressive=True))
    yield kept("jpeg rgb", jpeg(keep_rgb=True))
    for sampling, name in ((0, "444"), (1, "422"), (2, "420")):
        yield kept(f"jpeg {name} odd size", saved(picture(size=_ODD), "JPEG", subsampling=sampling))
    for size in ((1, 1), (1, 9), (9, 1), (7, 8), (8, 8), (16, 17)):
        yield kept(f"jpeg {size[0]} by {size[1]}", saved(picture(size=size), "JPEG"))
    for quality in (1, 100):
        yield kept(f"jpeg quality {quality}", jpeg(quality=quality))
    without = jpeg()
    yield kept("jpeg without jfif", without[:2] + without[20:], bare=without)


def _orientations(kept: Keeper) -> Iterator[Photo]:
    bases = {
        "": jpeg(),
        "odd ": saved(picture(size=_ODD), "JPEG", subsampling=1),
        "grey ": saved(picture("L", _ODD), "JPEG"),
        "cmyk ": saved(picture("CMYK", _ODD), "JPEG"),
        "progressive ": saved(picture(size=_ODD), "JPEG", progressive=True),
    }
    for turn in range(1, 9):
        for name, base in bases.items():
            for order, word in (("<", "little"), (">", "big"))[: 1 if name else 2]:
                turned = jpeg_with(exif_segment(metadata.tiff_block(order, turn)), base=base)
                bare = jpeg_with(
                    exif_segment(metadata.tiff_block("<", turn, gps=False, rich=False)), base=base
                )
                yield kept(f"jpeg {name}turned {turn} {word}-endian", turned, _RICH, turn, bare=bare)
    block = metadata.tiff_block(orientation=6, rich=False, gps=False)
    yield kept("jpeg orientation alone", jpeg_with(exif_segment(block)), {Removed.OTHER}, 6)
    for turn in (0, 9, 255):
        block = metadata.tiff_block(orientation=turn)
        yield kept(f"jpeg impossible orientation {turn}", jpeg_with(exif_segment(block)), _RICH, bare=jpeg())
    for kind in (1, 4, 8, 9):
        block = metadata.tiff_block(orientation=6)
        other = block.replace(struct.pack("<HHII", 0x0112, 3, 1, 6), struct.pack("<HHII", 0x0112, kind, 1, 6))
        yield kept(f"jpeg orientation of type {kind}", jpeg_with(exif_segment(other)), _RICH, 6)
    after = exif_segment(metadata.tiff_block(orientation=8))
    at = jpeg().index(b"\xff\xc4")
    late = jpeg()[:at] + after + jpeg()[at:]
    yield kept("jpeg exif after the frame", late, _RICH, 8)


def adobe_transform(data: bytes, transform: int) -> bytes:
    """The same codes, said to be of another colour model."""
    at = data.index(b"Adobe") + 11
    return data[:at] + bytes((transform,)) + data[at + 1 :]
