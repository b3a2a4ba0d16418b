"""Maker notes as seven makers lay them out: a directory of tags behind a head of their own, with serials in it.

The heads and tag numbers are those that ExifTool's documentation of the makers' tags lists; the bytes are ours.
"""

from dataclasses import dataclass

from tests.images.metadata import NAME, SERIAL, Entry, directory, text_entry


@dataclass(frozen=True)
class _Layout:
    """How a maker begins its note: the head, the byte order ("" is that of the EXIF), where offsets count from."""

    head: bytes
    order: str
    base: int | None
    tags: tuple[tuple[int, str], ...]


# `base` is the place in the note that its offsets count from; None counts from the TIFF block's start.
_LAYOUTS: dict[str, _Layout] = {
    "canon": _Layout(b"", "", None, ((0x0009, NAME), (0x0096, SERIAL))),
    "nikon": _Layout(b"Nikon\0\x02\x10\0\0MM\0*\0\0\0\x08", ">", 10, ((0x001D, SERIAL), (0x00A0, SERIAL))),
    "apple": _Layout(b"Apple iOS\0\0\x01MM", ">", 0, ((0x000B, SERIAL), (0x0011, NAME))),
    "fujifilm": _Layout(b"FUJIFILM\x0c\0\0\0", "<", 0, ((0x0010, SERIAL),)),
    "panasonic": _Layout(b"Panasonic\0\0\0", "", None, ((0x0025, SERIAL), (0x0066, NAME))),
    "olympus": _Layout(b"OLYMPUS\0II\x03\0", "<", 0, ((0x0101, SERIAL), (0x0207, NAME))),
    "sony": _Layout(b"SONY DSC \0\0\0", "", None, ((0xB02B, SERIAL), (0x2031, SERIAL))),
}
MAKERS = tuple(_LAYOUTS)


def maker_note(maker: str, order: str, at: int = 0) -> bytes:
    """The note of a maker, for an EXIF in the byte order given, in whose TIFF block it stands at `at`."""
    layout = _LAYOUTS[maker]
    start = len(layout.head) + (at if layout.base is None else -layout.base)
    entries: list[Entry] = [text_entry(tag, words) for tag, words in sorted(layout.tags)]
    return layout.head + directory(layout.order or order, entries, start)[0]
