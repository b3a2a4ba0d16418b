"""AVIF: decoded and re-encoded as JPEG at quality 95 (PNG with alpha), upright and in sRGB.

Rotation and mirror stand in boxes (`irot`, `imir`). The decoder leaves them undone and its reader reports them as an
EXIF orientation, over whatever the file's own EXIF says, as the format demands (AV1 Image File Format section 4). Of a
clean aperture (`clap`) it tells nothing, and what the author cut away would come back: such a picture is refused.
"""

from doctocbot.images import exif, pixels
from doctocbot.images.formats import heif, isobmff
from doctocbot.images.model import Candidate, RefusalReason, RefusedError

_CODINGS = frozenset((b"av01", b"grid"))


def clean(data: bytes) -> Candidate:
    """Propose a JPEG of the one picture inside; raises RefusedError for sequences, several pictures and HDR."""
    still = isobmff.inspect(data)
    if still.coding not in _CODINGS or still.cropped:
        raise RefusedError(RefusalReason.UNSUPPORTED_VARIANT)
    opened = pixels.opened(data, "image/avif")
    if getattr(opened, "n_frames", 1) > 1:
        raise RefusedError(RefusalReason.ANIMATED)
    removed = still.removed + heif.metadata_kinds(opened.info)
    icc = bytes(opened.info.get("icc_profile") or b"")
    block = bytes(opened.info.get("exif") or b"").removeprefix(b"Exif\x00\x00")
    picture = pixels.upright(pixels.load(data, "image/avif"), exif.orientation(block))
    return heif.reencoded(picture, icc, still, removed)
