"""The bot's logs: one line each, ids and counts only, never a text, a name or a file name."""

import logging
import sys

import structlog

from doctocbot.matrix.quietlog import silence_nio_logging


def set_up_logging(*, verbose: bool = False) -> None:
    """Send our own lines to stderr and keep the libraries' words out of them."""
    silence_nio_logging()
    # asyncio and the drivers log exceptions with what they were handling, which can be a patient's words.
    logging.basicConfig(level=logging.CRITICAL, handlers=[logging.NullHandler()])
    interactive = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=True)
            if interactive
            else structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
