"""Clean pictures without a scrubber, known by their names."""

from doctocbot.images import CleanImage, Outcome, Removals, Removed


def clean_image(name: str, *, metadata: bool = True) -> CleanImage:
    """A clean picture that is known by its name."""
    removed = Removals({Removed.PLACE: 1} if metadata else {})
    return CleanImage(
        name.encode(),
        "image/jpeg",
        "jpg",
        640,
        480,
        Outcome.LOSSLESS,
        removed,
        original_may_stay=not metadata,
    )
