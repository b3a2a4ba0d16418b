"""What every test may ask for: a real Synapse for the session, and people of one's own on it."""

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

import hypothesis
import pytest

from doctocbot.demo.homeserver import Homeserver

NewUser = Callable[[str], Awaitable[tuple[str, str]]]

_people = itertools.count(1)

# `make fuzz`: the same properties, two hundred times as many examples.
# `make check`: a quarter of the examples, for the minute between two commits; `make test` takes them all.
hypothesis.settings.register_profile("quick", max_examples=25, deadline=None)
hypothesis.settings.register_profile("fuzz", max_examples=20_000, deadline=None)


Show = Callable[[str, Iterable[str]], None]
_SHOWN = "shown in the output"


@pytest.fixture
def show(record_property: Callable[[str, object], None]) -> Show:
    """Show a table at the end of the run, under a title: what a reader of CI's output wants to see with their eyes."""

    def note(title: str, lines: Iterable[str]) -> None:
        record_property(_SHOWN, (title, *lines))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have shown, from whichever process they ran in."""
    reports = (report for found in terminalreporter.stats.values() for report in found)
    reports = (report for report in reports if getattr(report, "when", None) == "call")
    for report in reports:
        tables = (value for name, value in getattr(report, "user_properties", ()) if name == _SHOWN)
        for title, *lines in tables:
            terminalreporter.section(title, sep="-")
            for line in lines:
                terminalreporter.line(line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever uses the homeserver, so that the quick check leaves it out."""
    for item in items:
        if "homeserver" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.homeserver)


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    """One Synapse for the whole session.

    Synchronous on purpose: it belongs to no event loop, so tests may use it from loops of their own.
    A test that kills or restarts its homeserver starts one for itself.
    """
    directory: Path = tmp_path_factory.mktemp("homeserver")
    server = Homeserver(directory)
    asyncio.run(server.launch())
    yield server
    asyncio.run(server.stop())


@pytest.fixture
def new_user(homeserver: Homeserver) -> NewUser:
    """Registers somebody nobody else has met: `await new_user("pharmacienne")` is (user_id, password)."""

    async def register(word: str) -> tuple[str, str]:
        password = secrets.token_urlsafe(12)
        return await homeserver.register(f"{word}-{next(_people)}", password), password

    return register
