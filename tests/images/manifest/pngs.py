"""PNGs of every depth and colour type, with every chunk that can hold words and every place behind the picture."""

import zlib
from collections.abc import Iterator

import numpy as np

from doctocbot.images import Outcome, Removed
from tests.images import containers, metadata
from tests.images.manifest.photo import Keeper, Photo, keeper
from tests.images.metadata import NAME, png_chunk
from tests.images.photos import (
    HEIGHT,
    WIDTH,
    adam7_rows,
    grey_rows,
    packed_rows,
    picture,
    png,
    png_with,
    raw_png,
    samples16,
    saved,
)

_WORDS = NAME.encode()
_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6


def pngs() -> Iterator[Photo]:
    """PNGs, all cleaned to PNGs of the very same samples."""
    kept = keeper(Outcome.LOSSLESS, "image/png")
    yield from _pictures(kept)
    yield from _texts(kept)
    yield from _other_chunks(kept)
    yield from _hidden_data(kept)


def _pictures(kept: Keeper) -> Iterator[Photo]:
    for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"):
        # Where its alpha is 0, the picture has colours that nobody sees.
        # A palette that is the web's holds entries that no pixel uses.
        yield kept(f"png {mode}", png(mode), {Removed.OTHER} if mode in ("RGBA", "P") else ())
        for turn in range(2, 9) if mode in ("RGB", "1") else (6,):
            exif = png_chunk(b"eXIf", metadata.tiff_block(">", turn))
            turned = png_with(exif, base=png(mode))
            yield kept(f"png {mode} turned {turn}", turned, {Removed.PLACE, Removed.ORIENTATION}, turn)
    for depth in (2, 4):
        yield kept(f"png grey {depth}-bit", raw_png(packed_rows(depth), depth, _GREY), {Removed.OTHER})
        few = picture().quantize(1 << depth)
        yield kept(f"png palette {depth}-bit", saved(few, "PNG", bits=depth))
    for size in ((1, 1), (1, 7), (9, 1)):
        yield kept(f"png {size[0]} by {size[1]}", png(size=size))
    yield kept("png interlaced", raw_png(adam7_rows(), 8, _GREY, interlaced=True))
    yield kept("png transparent colour", png(transparency=_corner()))
    for kind, name in (
        (_GREY, "grey"),
        (_RGB, "rgb"),
        (_GREY_ALPHA, "grey alpha"),
        (_RGB_ALPHA, "rgb alpha"),
    ):
        rows = samples16(kind)
        yield kept(f"png {name} 16-bit", raw_png(rows, 16, kind))
        text = png_chunk(b"tEXt", b"Author\0" + _WORDS)
        bare = raw_png(rows, 16, kind)
        yield kept(f"png {name} 16-bit with text", raw_png(rows, 16, kind, text), {Removed.TEXT}, bare=bare)


def _texts(kept: Keeper) -> Iterator[Photo]:
    raw = f"\nexif\n{len(metadata.tiff_block()):8}\n{metadata.tiff_block().hex()}\n".encode()
    texts = {
        "tEXt": png_chunk(b"tEXt", b"Author\0" + _WORDS),
        "zTXt": png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(_WORDS)),
        "iTXt": png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp()),
        "packed iTXt": png_chunk(b"iTXt", b"Author\0\1\0fr\0Auteur\0" + zlib.compress(_WORDS)),
        "raw profile": png_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw)),
        "text bomb": png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9)),
    }
    for name, text in texts.items():
        bare = png()
        looks = bare if name == "text bomb" else None
        told = {Removed.TEXT}
        yield kept(f"png {name}", png_with(text), told, bare=bare, looks_like=looks)
        after = bare[:-12] + text + bare[-12:]
        yield kept(f"png {name} after the picture", after, told, bare=bare, looks_like=looks)


def _other_chunks(kept: Keeper) -> Iterator[Photo]:
    chunks: dict[str, tuple[bytes, set[Removed]]] = {
        "time": (png_chunk(b"tIME", bytes((7, 234, 10, 3, 9, 12, 44))), {Removed.DATE}),
        "c2pa": (png_chunk(b"caBX", containers.jumbf()), {Removed.OTHER}),
        "exif": (png_chunk(b"eXIf", metadata.tiff_block()), {Removed.PLACE, Removed.DEVICE}),
        "private chunk": (png_chunk(b"prVt", _WORDS), {Removed.OTHER}),
        "suggested palette": (png_chunk(b"sPLT", _WORDS + b"\0\x08" + bytes(6)), {Removed.OTHER}),
        "scale": (png_chunk(b"sCAL", b"\x01" + b"1.0\0001.0"), {Removed.OTHER}),
        "calibration": (png_chunk(b"pCAL", _WORDS + bytes(10) + b"mm\0001\0002"), {Removed.OTHER}),
        "gif application": (png_chunk(b"gIFx", b"XMP DataXMP" + _WORDS), {Removed.OTHER}),
        "signature": (png_chunk(b"dSIG", _WORDS), {Removed.OTHER}),
        "apple chunk": (png_chunk(b"iDOT", bytes(28)), {Removed.OTHER}),
    }
    for name, (chunk, told) in chunks.items():
        yield kept(f"png {name}", png_with(chunk), told, bare=png())
    late = png()[:-12] + png_chunk(b"eXIf", metadata.tiff_block()) + png()[-12:]
    yield kept("png exif after the picture", late, {Removed.PLACE}, bare=png())


def _hidden_data(kept: Keeper) -> Iterator[Photo]:
    told = {Removed.TRAILER}
    yield kept("png trailer", png() + _WORDS, told, bare=png())
    yield kept("png zip polyglot", png() + containers.archive(), told, bare=png())
    second = png_with(png_chunk(b"tEXt", b"Author\0" + _WORDS))
    yield kept("png acropalypse", png() + second[len(second) // 3 :], told, bare=png())
    rows = grey_rows()
    bare = raw_png(rows, 8, _GREY)
    hidden = png_chunk(b"IDAT", zlib.compress(_WORDS))
    yield kept("png data after the end", bare + hidden + png_chunk(b"IEND", b""), told, bare=bare)
    yield kept("png extra rows", raw_png(rows + _WORDS * 40, 8, _GREY), told, bare=bare)
    slack = png_chunk(b"IDAT", zlib.compress(rows) + _WORDS)
    yield kept("png slack after the data", bare[:33] + slack + png_chunk(b"IEND", b""), told, bare=bare)
    packed = zlib.compress(rows)
    pieces = [png_chunk(b"IDAT", packed[:90]), png_chunk(b"IDAT", packed[90:]), hidden]
    split = bare[:33] + b"".join(pieces) + png_chunk(b"IEND", b"")
    yield kept("png hidden data chunk", split, told, bare=bare)
    scattered = [png_chunk(b"IDAT", packed[at : at + 1]) for at in range(len(packed))]
    yield kept("png one byte a chunk", bare[:33] + b"".join(scattered) + png_chunk(b"IEND", b""), bare=bare)
    plain = raw_png(rows, 8, _GREY, level=0)
    yield kept("png stored", plain, bare=bare)
    ramp = bytes(range(192)) + _WORDS * 3
    blank = b"".join(b"\0" + bytes(WIDTH) for _ in range(HEIGHT))
    unused = raw_png(blank, 8, _PALETTE, png_chunk(b"PLTE", ramp[:255]))
    yield kept("png unused palette", unused, {Removed.OTHER})
    suggested = png_with(png_chunk(b"PLTE", (_WORDS * 40)[:768]))
    yield kept("png palette of a true colour picture", suggested, {Removed.OTHER}, bare=png())
    levels = np.asarray(picture("RGBA")).copy()
    levels[: HEIGHT // 2, :, 3] = 0
    levels[: HEIGHT // 2, :, :3] = 200
    under = levels.copy()
    words = np.frombuffer((_WORDS * 999)[: HEIGHT // 2 * WIDTH * 3], np.uint8)
    under[: HEIGHT // 2, :, :3] = words.reshape(HEIGHT // 2, WIDTH, 3)
    yield kept("png words under transparency", rgba_png(under), {Removed.OTHER}, bare=rgba_png(levels))


def _corner() -> tuple[int, ...]:
    return tuple(int(level) for level in np.asarray(picture())[0, 0])


def rgba_png(levels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
    """A PNG of exactly these samples, colours under transparency included."""
    return raw_png(b"".join(b"\0" + row.tobytes() for row in levels), 8, _RGB_ALPHA)
