"""The vocabulary of the scrubber: what goes out, what was taken away, why a picture is refused. Pure data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Self

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


class Removals(Mapping[Removed, int]):
    """How much of each kind was taken out of a picture, never what it said; empty where nothing was.

    Counts are positive and stop at `MOST_COUNTED`, kinds stand in the order of `Removed`. It cannot be changed, so
    that it may be compared and hashed with the picture it tells of.
    """

    __slots__ = ("_counts",)

    def __init__(self, counts: Mapping[Removed, int] = MappingProxyType({})) -> None:
        """Keep what was counted of each kind; kinds of which there was none are left out."""
        self._counts = {kind: min(counts[kind], MOST_COUNTED) for kind in Removed if counts.get(kind, 0) > 0}

    def __getitem__(self, kind: Removed) -> int:
        return self._counts[kind]

    def __iter__(self) -> Iterator[Removed]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __hash__(self) -> int:
        return hash(tuple(self._counts.items()))

    def __repr__(self) -> str:
        return f"Removals({self.to_text()!r})"

    def to_text(self) -> str:
        """Write the counts as words that sort, for a column of text: `date:3 place:4`."""
        return " ".join(sorted(f"{kind}:{count}" for kind, count in self.items()))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote; a kind alone counts one, as before there were counts.

        Raises ValueError for kinds that there are not, and for what is no count.
        """
        words = (word.partition(":") for word in text.split())
        return cls({Removed(kind): int(count) if colon else 1 for kind, colon, count in words})


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
# Of each kind no more than this is counted: hostile files hold as many as they like.
MOST_COUNTED = 9_999
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
    removed: Removals
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
    removed: Removals
    orientation: int = 1
    baked: bool = True
    srgb: bool = False
    reference: Image.Image | None = field(default=None, repr=False, compare=False)
