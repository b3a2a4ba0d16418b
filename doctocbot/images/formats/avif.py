"""AVIF: decoded and re-encoded as JPEG at quality 95 (PNG with alpha), upright and in sRGB."""

from doctocbot.images import embedded, exif, pixels, profile
from doctocbot.images.formats import jpeg, png_writer
from doctocbot.images.model import Candidate, Outcome, RefusalReason, RefusedError, Removed


def clean(data: bytes) -> Candidate:
    """Propose a JPEG of the one picture inside; raises RefusedError for sequences and damaged files."""
    picture = pixels.opened(data, "image/avif")
    if getattr(picture, "n_frames", 1) > 1:
        raise RefusedError(RefusalReason.ANIMATED)
    block = bytes(picture.info.get("exif") or b"").removeprefix(b"Exif\x00\x00")
    icc = bytes(picture.info.get("icc_profile") or b"")
    removed: set[Removed] = set(exif.kinds(block)) if block else set()
    if picture.info.get("xmp"):
        removed |= embedded.xmp_kinds(bytes(picture.info["xmp"]))
    if icc:
        removed.add(Removed.PROFILE)
    orientation = exif.orientation(block)
    picture = pixels.load(data, "image/avif")
    srgb = bool(icc) and profile.usable(icc, b"RGB ")
    if srgb:
        picture = pixels.srgb(picture, icc)
    picture = pixels.upright(picture, orientation)
    alpha = picture.mode == "RGBA"
    output = png_writer.encode(picture) if alpha else jpeg.encode_faithfully(picture)
    mimetype = "image/png" if alpha else "image/jpeg"
    return Candidate(output, mimetype, Outcome.REENCODED, frozenset(removed), orientation, srgb=srgb)
