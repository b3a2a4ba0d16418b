"""Decide whether an original may stay in its room instead of the clean picture that was made from it."""

from doctocbot.images.model import CleanImage, Outcome
from doctocbot.images.sniff import sniff

# The formats of which every byte is read: whatever no pixel needs is named in `removed`.
_READ_WHOLE = frozenset(("image/jpeg", "image/png"))


def may_stay(original: bytes, clean: CleanImage) -> bool:
    """Whether the original holds nothing but the picture: it is clean already, or was read whole and kept exactly.

    In every other format words can stand where no reader looks, so that an empty `removed` proves nothing. Decodes
    nothing: the bot itself may call it.
    """
    if original == clean.data:
        return True
    kept = sniff(original) == clean.mimetype and clean.outcome is Outcome.LOSSLESS
    return kept and clean.mimetype in _READ_WHOLE and not clean.removed
