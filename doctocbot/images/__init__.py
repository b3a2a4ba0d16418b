"""Pictures: bytes in, clean bytes out, or a refusal that says why. Nothing leaves that was not proved clean."""

from doctocbot.images.model import CleanImage, Outcome, Refusal, RefusalReason, Removals, Removed
from doctocbot.images.pool import Limits, ScrubWorkers
from doctocbot.images.scrubber import scrub
from doctocbot.images.sniff import sniff

__all__ = [
    "CleanImage",
    "Limits",
    "Outcome",
    "Refusal",
    "RefusalReason",
    "Removals",
    "Removed",
    "ScrubWorkers",
    "scrub",
    "sniff",
]
