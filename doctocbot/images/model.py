"""The vocabulary of the scrubber: what goes out, what was taken away, why a picture is refused. Pure data."""

from dataclasses import dataclass, field
from enum import StrEnum

from PIL import Image


class Outcome(StrEnum):
    """What happened to a picture; the values are what `doctocbot scrub --json` prints."""

    LOSSLESS = "clean-lossless"
    REENCODED = "clean-reencoded"
    REFUSED = "refused"


class Removed(StrEnum):
    """A kind of content that was taken out; sentences stand in the catalogues as `image.removed.<kind>`."""

    PLACE = "place"
    DATE = "date"
    DEVICE = "device"
    NAME = "name"
    TEXT = "text"
    THUMBNAIL = "thumbnail"
    PROFILE = "profile"
    ORIENTATION = "orientation"
    TRAILER = "trailer"
    OTHER = "other"


class RefusalReason(StrEnum):
    """Why nothing is posted; sentences stand in the catalogues as `image.refused.<reason>`."""

    EMPTY = "empty"
    NOT_AN_IMAGE = "not-an-image"
    UNKNOWN_FORMAT = "unknown-format"
    UNSUPPORTED_VARIANT = "unsupported-variant"
    ANIMATED = "animated"
    SEVERAL_PAGES = "several-pages"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too-many-pixels"
    TOO_LARGE = "too-large"
    VECTOR = "vector"
    DOCUMENT = "document"
    DICOM = "dicom"
    VIDEO = "video"
    ARCHIVE = "archive"
    UNVERIFIED = "unverified"
    WORKER_DIED = "worker-died"
    TIMED_OUT = "timed-out"
    LINK = "link"
    UNREADABLE = "unreadable"


MAX_BYTES = 40 * 1024 * 1024
MAX_PIXELS = 60_000_000
THUMBNAIL_SIDE = 800
# A picture that is encoded again must be at least this close to the original (peak signal-to-noise ratio).
LEAST_DECIBELS = 42.0
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


@dataclass(frozen=True, slots=True)
class CleanImage:
    """A picture that was proved to hold nothing but its pixels.

    `width` and `height` are pixels as the picture is shown, the right way up. `thumbnail` is a JPEG made from the
    clean picture, or None where the picture is no larger than a thumbnail itself. `original_may_stay` is for whoever
    still has the original to tell, by `staying.may_stay`.
    """

    data: bytes
    mimetype: str
    extension: str
    width: int
    height: int
    outcome: Outcome
    removed: frozenset[Removed]
    thumbnail: bytes | None = None
    thumbnail_size: tuple[int, int] | None = None
    original_may_stay: bool = False

    @property
    def carried_metadata(self) -> bool:
        """Whether the original held anything of which it is known that it had to go."""
        return bool(self.removed)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer for whatever could not be proved clean: nothing of it may be posted."""

    reason: RefusalReason


class RefusedError(Exception):
    """Raised inside the scrubber as soon as a picture cannot be proved clean; never leaves `scrub`."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a format module proposes, before verification: the bytes and how they relate to the original.

    `orientation` is the EXIF orientation (1-8) of the original; `baked` tells whether the candidate's pixels were
    already turned by it (otherwise the candidate says so itself in a minimal EXIF). `srgb` tells that the original's
    colours were converted to sRGB on the way. `reference` is the original as a format module decoded it, upright and in
    sRGB, for originals that the second reader cannot decode by itself or that cost too much to decode twice.
    """

    data: bytes
    mimetype: str
    outcome: Outcome
    removed: frozenset[Removed]
    orientation: int = 1
    baked: bool = True
    srgb: bool = False
    reference: Image.Image | None = field(default=None, repr=False, compare=False)
