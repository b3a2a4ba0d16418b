"""What people write never reaches a log through a library."""

import logging
from collections.abc import Iterator

import pytest
from nio.events import Event  # type: ignore[import-untyped]

from doctocbot.matrix.quietlog import silence_nio_logging

CLINICAL = "enfant de trois ans, Madame Dupont"
MALFORMED = {
    "type": "m.room.message",
    "event_id": "$1",
    "sender": "@marie:doctoc.test",
    "content": {"msgtype": "m.text", "body": CLINICAL},
}


@pytest.fixture(autouse=True)
def loggers_as_before() -> Iterator[None]:
    """Logging is the process's; other tests get it back as it was."""
    loggers = [logging.getLogger(name) for name in ("nio", "peewee")]
    before = [(logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    yield
    for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def test_plain_nio_logs_a_malformed_event_whole(caplog: pytest.LogCaptureFixture) -> None:
    """The trap: one missing field, and the patient stands in the log."""
    Event.parse_event(MALFORMED)
    assert CLINICAL in caplog.text


def test_only_the_place_is_left(caplog: pytest.LogCaptureFixture) -> None:
    """Logger, level and line are told, so that an operator can look it up; nothing else is."""
    silence_nio_logging()
    silence_nio_logging()
    Event.parse_event(MALFORMED)
    assert CLINICAL not in caplog.text
    (record,) = caplog.records
    assert record.name == "doctocbot.library"
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("nio.events.misc line ")


def test_loggers_made_later_and_exceptions_are_covered(caplog: pytest.LogCaptureFixture) -> None:
    """A logger that nio makes after the start says no more, nor does a traceback."""
    silence_nio_logging()
    try:
        raise ValueError(CLINICAL)
    except ValueError:
        logging.getLogger("nio.made.later").exception(CLINICAL)
    logging.getLogger("peewee").warning("INSERT %s", CLINICAL)
    assert CLINICAL not in caplog.text
    assert len(caplog.records) == 2
