"""Keeps the libraries' logs from telling what people wrote.

nio logs whole events when one is malformed, and peewee logs every value it stores.
"""

import logging

_LIBRARIES = ("nio", "peewee")
_OURS = logging.getLogger("doctocbot.library")


class _PlaceOnly(logging.Handler):
    """Says that a library logged something, where and how gravely, and not a word of what it said."""

    def emit(self, record: logging.LogRecord) -> None:
        _OURS.log(record.levelno, "%s line %d", record.name, record.lineno)


def silence_nio_logging() -> None:
    """Let only logger name, level and line number of nio's records through, as records of `doctocbot.library`.

    Stands at the root of each library's loggers, so that loggers made later are covered too; calling it again does
    nothing. Exceptions that were logged along are dropped: their text may hold content as well.
    """
    for name in _LIBRARIES:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers[:] = [_PlaceOnly()]
        logger.setLevel(logging.WARNING)


def place_of(error: BaseException) -> str:
    """Where in the code an exception was raised; its own words could quote a patient and are left out."""
    trace = error.__traceback__
    if trace is None:
        return "unknown"
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{code.co_qualname if hasattr(code, 'co_qualname') else code.co_name}:{trace.tb_lineno}"
