"""JPEG: keep the coded picture, coefficient by coefficient, and write everything around it anew.

The segments are parsed strictly, the picture alone is handed to a lossless transcoder (so that slack between codes,
unused tables and marker tails go), and the header is rebuilt from three facts: orientation, colour model, profile.
Source: ITU-T T.81 annex B, JFIF 1.02, Exif 2.32 section 4.5, ICC.1:2022 annex B.4.
"""

import mozjpeg_lossless_optimization as mozjpeg  # type: ignore[import-untyped]

from doctocbot.images import exif, pixels, profile, turbo
from doctocbot.images.formats import jpeg_segments
from doctocbot.images.formats.jpeg_segments import APP1, APP2, EXIF, ICC, SPACES, Parsed, segment
from doctocbot.images.formats.jpeg_steps import Frequencies, settled
from doctocbot.images.model import (
    LEAST_DECIBELS,
    Candidate,
    Outcome,
    RefusalReason,
    RefusedError,
    Removals,
    Removed,
)

# Quality 95 is near enough for photographs; noise and screens may need more to reach the floor.
_QUALITIES = (95, 98, 100)
# A progressive picture leaves as a sequential one unless it would grow by more than this.
_MOST_GROWTH = 1.1
_ICC_PIECE = 65000


def clean(data: bytes) -> Candidate:
    """Propose the same coded picture without anything else; raises RefusedError where it cannot be read whole.

    Where the picture can be read but its coefficients cannot be carried over, or its profile cannot be rebuilt, the
    proposal is that of `encode_again`.
    """
    parsed = jpeg_segments.parse(data)
    icc = _shown_profile(parsed)
    rebuilt = profile.rebuild(icc, SPACES[parsed.colour()]) if icc else b""
    if rebuilt is None or parsed.tables.silences:
        return _encoded_again(parsed)
    orientation = parsed.orientation or 1
    try:
        output = _carried_over(parsed, orientation, rebuilt)
    except (turbo.TurboError, ValueError):
        return _encoded_again(parsed)
    if parsed.pieces and (not icc or icc != rebuilt):
        parsed.removed[Removed.PROFILE] += 1
    removed = Removals(parsed.removed)
    return Candidate(output, "image/jpeg", Outcome.LOSSLESS, removed, orientation, baked=False)


def encode_again(data: bytes) -> Candidate:
    """Propose the same pixels, upright and in sRGB, encoded anew; raises RefusedError where a strict reader fails."""
    return _encoded_again(jpeg_segments.parse(data))


def encode_faithfully(picture: pixels.Picture) -> bytes:
    """Encode at quality 95, 4:4:4, or at the next one up where that would not reach 42 dB."""
    for quality in _QUALITIES:
        coded = pixels.jpeg(picture, quality)
        if pixels.decibels(picture, pixels.load(coded, "image/jpeg")) >= LEAST_DECIBELS:
            return _carried_over(jpeg_segments.parse(coded), 1, b"")
    raise RefusedError(RefusalReason.UNVERIFIED)


def _shown_profile(parsed: Parsed) -> bytes:
    icc = parsed.profile()
    return icc if profile.usable(icc, SPACES[parsed.colour()]) else b""


def _encoded_again(parsed: Parsed) -> Candidate:
    core, icc, orientation = parsed.core(), _shown_profile(parsed), parsed.orientation or 1
    # Pillow paints grey over what is missing and says nothing; this reader fails on the first warning.
    try:
        turbo.decode(core)
    except turbo.TurboError as error:
        raise RefusedError(RefusalReason.TRUNCATED if error.truncated else RefusalReason.DAMAGED) from error
    if parsed.pieces:
        parsed.removed[Removed.PROFILE] += 1
    picture = pixels.load(core, "image/jpeg")
    if icc:
        picture = pixels.srgb(picture, icc)
    output = encode_faithfully(pixels.upright(picture, orientation))
    removed = Removals(parsed.removed)
    return Candidate(output, "image/jpeg", Outcome.REENCODED, removed, orientation, srgb=bool(icc))


def _carried_over(parsed: Parsed, orientation: int, icc: bytes) -> bytes:
    block = exif.minimal(orientation)
    segments = [segment(APP1, EXIF + block)] if block else []
    pieces = [icc[start : start + _ICC_PIECE] for start in range(0, len(icc), _ICC_PIECE)]
    segments += [
        segment(APP2, ICC + bytes((number, len(pieces))) + piece)
        for number, piece in enumerate(pieces, start=1)
    ]
    head = b"\xff\xd8" + jpeg_segments.colour_segment(parsed.colour())
    return head + b"".join(segments) + _coded_anew(parsed.core(), len(head), parsed.progressive)


def _coded_anew(core: bytes, head: int, progressive: bool) -> bytes:
    """Give the tables, frame and scans of the same coefficients: sequential, in which all encoders look alike.

    Of pages and drawings a progressive coder may have made far less than that; then so do we.
    """
    frequencies = Frequencies()
    sequential = settled(turbo.transform(core, filter=frequencies.note), frequencies)
    if not progressive or len(sequential) <= _MOST_GROWTH * (len(core) - head):
        return sequential
    finer = settled(mozjpeg.optimize(core, copy=mozjpeg.COPY_MARKERS.NONE), frequencies)
    return finer if len(sequential) > _MOST_GROWTH * len(finer) else sequential
