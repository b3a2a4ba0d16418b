"""The process in which pictures are read: the engine warm in a template, one short-lived child for each picture.

As in `worker`, frames come in on standard input and go out on standard output, the template never touches a picture,
and the end of the input ends it. Once the engine is loaded the process may open no connection: engines have been seen
to fetch models from the network.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from doctocbot.images import confine, pixels
from doctocbot.images.model import RefusedError
from doctocbot.images.reading import ENGINES, LENGTH_BYTES
from doctocbot.images.sniff import sniff
from doctocbot.images.wire import ENDED
from doctocbot.images.worker import own_third_pipe

# One line as an engine gives it: words, score, corners (x, y) in pixels of what it was shown.
_Seen: TypeAlias = tuple[str, float, list[tuple[float, float]]]
_Engine: TypeAlias = Callable[[Any], list[_Seen]]
# One line as it is answered: words, left, top, width, height (pixels of the picture as shown), score.
Found: TypeAlias = tuple[str, int, int, int, int, float]
Reads: TypeAlias = Callable[[bytes], list[Found]]

# The longest side that is read. Text less than about ten pixels high is lost; 12 megapixels take 4 s and 1 GB.
_LONGEST_SIDE = 2000
_LEAST_SCORE = 0.5
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "ftplib.", "urllib.")


def main(arguments: list[str]) -> None:
    """Serve pictures until the input ends; arguments are bytes of memory, seconds of CPU, seconds of wall clock."""
    memory, cpu_seconds, wall_seconds = (int(argument) for argument in arguments)
    serve(_reader, memory, cpu_seconds, wall_seconds)


def serve(load: Callable[[], Reads], memory: int, cpu_seconds: int, wall_seconds: int) -> None:
    """Load an engine once, and answer each picture that comes in from a child forked for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The bot answers people meanwhile: whatever else runs goes first.
    os.nice(5)
    sys.addaudithook(_forbid)
    confine.die_with_parent(signal.SIGKILL)
    # Libraries greet on standard output, which is the bot's: they speak to nobody instead.
    answers = os.fdopen(os.dup(1), "wb")
    ends = own_third_pipe()
    os.dup2(2, 1)
    reads = load()
    Image.init()
    gc.freeze()
    _write_frame(answers, b"ready")
    while (picture := _read_frame()) is not None:
        child = os.fork()
        if child == 0:
            os.close(0)
            os.close(ends)
            _answer_and_exit(reads, picture, answers, (memory, cpu_seconds, wall_seconds))
        _, status = os.waitpid(child, 0)
        if status != 0:
            # Part of an answer may be in the pipe already: end here, so that the bot starts afresh.
            os._exit(1)
        os.write(ends, ENDED)


def _reader() -> Reads:
    engine = _loaded_engine()
    return lambda picture: read(picture, engine)


def read(data: bytes, engine: _Engine) -> list[Found]:
    """Read a clean picture: words, the box around them as the picture is shown (left, top, width, height), score."""
    picture = pixels.load(data, sniff(data) or "")
    picture = pixels.upright(picture, picture.getexif().get(0x0112, 1) if picture.format == "JPEG" else 1)
    shown = _on_white(picture)
    scale = min(1.0, _LONGEST_SIDE / max(shown.size))
    if scale < 1:
        size = max(1, round(shown.width * scale)), max(1, round(shown.height * scale))
        shown = shown.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    lines = []
    for words, score, corners in engine(np.asarray(shown)[:, :, ::-1].copy()):
        left, top = (min(corner[axis] for corner in corners) / scale for axis in (0, 1))
        right, bottom = (max(corner[axis] for corner in corners) / scale for axis in (0, 1))
        lines.append((words, int(left), int(top), int(right - left) + 1, int(bottom - top) + 1, float(score)))
    return sorted(lines, key=lambda line: (line[2], line[1]))


def _on_white(picture: pixels.Picture) -> pixels.Picture:
    if picture.mode.startswith("I"):
        # Pillow clips 16-bit grey on conversion; scale it instead.
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    if picture.mode in ("LA", "RGBA") or "transparency" in picture.info:
        colours = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", colours.size, "white"), colours)
    return picture.convert("RGB")


def _loaded_engine() -> _Engine:
    for name in ENGINES:
        # One may be installed without a library of the system that it needs.
        with contextlib.suppress(ImportError):
            return _LOADERS[name]()
    raise ImportError("no engine")


def _older() -> _Engine:
    module = importlib.import_module("rapidocr_onnxruntime")
    engine = module.RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1, max_side_len=_LONGEST_SIDE)

    def found(levels: Any) -> list[_Seen]:
        lines, _ = engine(levels)
        return [(words, float(score), corners) for corners, words, score in lines or ()]

    return found


def _newer() -> _Engine:
    module = importlib.import_module("rapidocr")
    models = Path(module.__file__ or "").parent / "models"
    if not any(models.glob("*_det_*.onnx")):
        raise ImportError("no model inside the wheel")
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    engine = module.RapidOCR(
        params={"Global.log_level": "critical", "Global.max_side_len": _LONGEST_SIDE, **threads}
    )

    def found(levels: Any) -> list[_Seen]:
        answer = engine(levels)
        if answer.txts is None:
            return []
        return list(zip(answer.txts, answer.scores, answer.boxes.tolist(), strict=True))

    return found


_LOADERS: dict[str, Callable[[], _Engine]] = {"rapidocr_onnxruntime": _older, "rapidocr": _newer}


def _answer_and_exit(reads: Reads, picture: bytes, answers: Any, limits: tuple[int, int, int]) -> None:
    status = 1
    try:
        memory, cpu_seconds, wall_seconds = limits
        confine.die_with_parent(signal.SIGKILL)
        confine.limit(memory, cpu_seconds)
        signal.setitimer(signal.ITIMER_REAL, wall_seconds)
        confine.seal()
        lines = [line for line in reads(picture) if line[5] >= _LEAST_SCORE]
        _write_frame(answers, json.dumps(lines).encode())
        status = 0
    except RefusedError:
        status = 2
    finally:
        os._exit(status)


def _forbid(event: str, _arguments: object) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(event)


def _read_frame() -> bytes | None:
    source = sys.stdin.buffer
    length = source.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    body = source.read(int.from_bytes(length, "big"))
    return body if len(body) == int.from_bytes(length, "big") else None


def _write_frame(sink: Any, body: bytes) -> None:
    sink.write(len(body).to_bytes(LENGTH_BYTES, "big"))
    sink.write(body)
    sink.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
