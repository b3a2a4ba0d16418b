"""The TurboJPEG library, as far as the scrubber needs it: carry coefficients over, decode without mercy.

The library comes inside the wheel `turbojpeg`; its Python module is not used, for it neither stops on warnings nor
gives access to coefficients. Every call makes a handle of its own and closes it. Limits on memory are the sandbox's;
limits on pixels are the caller's, who has read the frame header.
Source: turbojpeg.h of libjpeg-turbo 3.0 (functions and constants), jpeglib.h (colour models).
"""

import ctypes
import ctypes.util
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

_DECOMPRESS, _TRANSFORM = 1, 2
_STOP_ON_WARNING, _SUBSAMPLING, _WIDTH, _HEIGHT, _COLOUR_MODEL, _SCAN_LIMIT = 0, 4, 5, 6, 8, 13
_COPY_NONE, _OPTIMIZE, _NO_OUTPUT = 64, 256, 16
# TJPF: the layout of decoded pixels, and how many samples each has.
_RGB, _CMYK = (0, 3), (11, 4)
# TJCS_CMYK and TJCS_YCCK.
_MODELS_OF_FOUR = (3, 4)
# TJSAMP -> how many planes a picture of that sampling has.
_PLANES = {0: 3, 1: 3, 2: 3, 3: 1, 4: 3, 5: 3, 6: 3}
_WARNING = 0
_MOST_SCANS = 256
_BLOCK = 64
# How the library says that codes, or whole segments, are missing at the end.
_CUT = (b"premature end", b"empty input")

Samples: TypeAlias = NDArray[np.uint8]


class TurboError(Exception):
    """The library could not read a JPEG through without a warning; `truncated` where its end is missing."""

    def __init__(self, words: bytes) -> None:
        super().__init__(words.decode("ascii", "replace"))
        self.truncated = any(sign in words.lower() for sign in _CUT)


class TurboMissingError(ImportError):
    """There is no TurboJPEG library of version 3 on this machine."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """All samples of a picture. `model` and `sampling` are the library's TJCS and TJSAMP (-1: an unusual sampling).

    Grey, YCbCr and RGB of the usual samplings give one plane (height, width) per component, at its own sampling and
    before any conversion of colours. Unusual samplings give one array (height, width, 3) of RGB, four components one
    array (height, width, 4) of CMYK.
    """

    width: int
    height: int
    model: int
    sampling: int
    planes: list[Samples]


class BlockRow(NamedTuple):
    """One row of DCT blocks of one component: where it lies, in samples of that component's own plane.

    `width` and `height` are those of the plane, filled up to whole blocks.
    """

    component: int
    top: int
    width: int
    height: int


# Called with each row of blocks: int16 coefficients of shape (blocks, 8, 8), [vertical, horizontal] frequency, not
# yet multiplied with the quantisation table. They may be changed in place; they are gone when the call is over.
CoefficientFilter: TypeAlias = Callable[[BlockRow, NDArray[np.int16]], None]


class _Region(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("x", "y", "w", "h")]


class _Transform(ctypes.Structure):
    pass


_FILTER = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, _Region, _Region, ctypes.c_int, ctypes.c_int, ctypes.POINTER(_Transform)
)
_Transform._fields_ = [
    ("r", _Region),
    ("op", ctypes.c_int),
    ("options", ctypes.c_int),
    ("data", ctypes.c_void_p),
    ("customFilter", _FILTER),
]


def prepare() -> None:
    """Load the library now, so that processes forked later have it; raises TurboMissingError if there is none."""
    _library()


def transform(data: bytes, *, filter: CoefficientFilter | None = None) -> bytes:
    """Write the same coefficients as a sequential JPEG without any marker of the original, in Huffman codes of its own.

    Reads as strictly as can be: raises TurboError at the first warning. `filter` may change coefficients on the way;
    what it raises is passed on.
    """
    return _transformed(data, _COPY_NONE | _OPTIMIZE, filter)


def read_coefficients(data: bytes, reader: CoefficientFilter) -> None:
    """Show each row of blocks to `reader` and write nothing; raises as `transform` does."""
    _transformed(data, _COPY_NONE | _NO_OUTPUT, reader)


def decode(data: bytes, *, strict: bool = True) -> Decoded:
    """Decode every sample of every component; raises TurboError for what cannot be read at all.

    A strict reader also raises it at the first warning; any other mends what it can, as viewers do.
    """
    library = _library()
    with _handle(_DECOMPRESS, strict) as handle:
        _require(handle, library.tj3DecompressHeader(handle, data, len(data)), strict)
        width, height = library.tj3Get(handle, _WIDTH), library.tj3Get(handle, _HEIGHT)
        if width < 1 or height < 1:
            raise TurboError(b"no picture")
        model = library.tj3Get(handle, _COLOUR_MODEL)
        sampling = library.tj3Get(handle, _SUBSAMPLING)
        if sampling in _PLANES and model not in _MODELS_OF_FOUR:
            shapes = _plane_shapes(width, height, sampling)
            planes = [np.empty(shape, np.uint8) for shape in shapes]
            pointers = (ctypes.c_void_p * len(planes))(*(plane.ctypes.data for plane in planes))
            status = library.tj3DecompressToYUVPlanes8(handle, data, len(data), pointers, None)
        else:
            layout, channels = _CMYK if model in _MODELS_OF_FOUR else _RGB
            planes = [np.empty((height, width, channels), np.uint8)]
            status = library.tj3Decompress8(handle, data, len(data), planes[0].ctypes.data, 0, layout)
        _require(handle, status, strict)
    return Decoded(width, height, model, sampling, planes)


def _plane_shapes(width: int, height: int, sampling: int) -> list[tuple[int, int]]:
    library = _library()
    return [
        (
            library.tj3YUVPlaneHeight(number, height, sampling),
            library.tj3YUVPlaneWidth(number, width, sampling),
        )
        for number in range(_PLANES[sampling])
    ]


def _transformed(data: bytes, options: int, filter: CoefficientFilter | None) -> bytes:
    library = _library()
    callback = _FilterCallback(filter)
    work = _Transform(options=options, customFilter=callback.pointer)
    output, size = ctypes.c_void_p(), ctypes.c_size_t()
    with _handle(_TRANSFORM) as handle:
        try:
            status = library.tj3Transform(
                handle, data, len(data), 1, ctypes.byref(output), ctypes.byref(size), ctypes.byref(work)
            )
            if callback.failure is not None:
                raise callback.failure
            _require(handle, status)
            return ctypes.string_at(output, size.value) if output.value else b""
        finally:
            library.tj3Free(output)


class _FilterCallback:
    """A Python filter in the shape the library calls, which keeps what it raised (C cannot pass it on)."""

    def __init__(self, filter: CoefficientFilter | None) -> None:
        self._filter = filter
        self.failure: Exception | None = None
        self.pointer = _FILTER() if filter is None else _FILTER(self._call)

    def _call(
        self, address: int, array: _Region, plane: _Region, component: int, _number: int, _work: object
    ) -> int:
        if array.y >= plane.h:
            # A row that only fills the last unit up; it is not coded.
            return 0
        count = array.w * array.h
        coefficients = np.frombuffer((ctypes.c_int16 * count).from_address(address), np.int16)
        row = BlockRow(component, array.y, plane.w, plane.h)
        try:
            if self._filter is not None:
                self._filter(row, coefficients.reshape(count // _BLOCK, 8, 8))
        except Exception as error:  # noqa: BLE001 - raised again as soon as the library has returned
            self.failure = error
            return -1
        return 0


@contextmanager
def _handle(kind: int, strict: bool = True) -> Iterator[int]:
    library = _library()
    handle = library.tj3Init(kind)
    if not handle:
        raise MemoryError
    try:
        _require(handle, library.tj3Set(handle, _STOP_ON_WARNING, int(strict)))
        _require(handle, library.tj3Set(handle, _SCAN_LIMIT, _MOST_SCANS))
        yield handle
    finally:
        library.tj3Destroy(handle)


def _require(handle: int, status: int, strict: bool = True) -> None:
    if status == 0:
        return
    library = _library()
    if not strict and library.tj3GetErrorCode(handle) == _WARNING:
        return
    words: bytes = library.tj3GetErrorStr(handle)
    if b"emory" in words:
        raise MemoryError
    raise TurboError(words)


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(_path())
    pointer, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
    signatures = {
        "tj3Init": (pointer, (number,)),
        "tj3Destroy": (None, (pointer,)),
        "tj3Free": (None, (pointer,)),
        "tj3GetErrorStr": (ctypes.c_char_p, (pointer,)),
        "tj3GetErrorCode": (number, (pointer,)),
        "tj3Set": (number, (pointer, number, number)),
        "tj3Get": (number, (pointer, number)),
        "tj3DecompressHeader": (number, (pointer, ctypes.c_char_p, size)),
        "tj3Decompress8": (number, (pointer, ctypes.c_char_p, size, pointer, number, number)),
        "tj3DecompressToYUVPlanes8": (number, (pointer, ctypes.c_char_p, size, pointer, pointer)),
        "tj3YUVPlaneWidth": (number, (number, number, number)),
        "tj3YUVPlaneHeight": (number, (number, number, number)),
        "tj3Transform": (number, (pointer, ctypes.c_char_p, size, number, pointer, pointer, pointer)),
    }
    for name, (result, arguments) in signatures.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise TurboMissingError("the TurboJPEG library here is older than version 3") from error
        function.restype, function.argtypes = result, arguments
    return library


def _path() -> str:
    found = importlib.util.find_spec("turbojpeg")
    if found is not None and found.origin is not None:
        inside = sorted(Path(found.origin).parent.glob("turbojpeg.libs/libturbojpeg-*.so*"))
        if inside:
            return str(inside[0])
    installed = ctypes.util.find_library("turbojpeg")
    if installed is None:
        raise TurboMissingError("there is no TurboJPEG library here: install the wheel `turbojpeg`")
    return installed
