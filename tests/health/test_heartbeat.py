"""Signs of life: a private file, and systemd's protocol on a real socket."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctocbot.health.heartbeat import Heartbeat, ServiceManager


def test_the_file_is_private_and_its_time_says_when(tmp_path: Path) -> None:
    """Touched, not rewritten; gone when the bot stops in order."""
    file = tmp_path / "beat"
    heartbeat = Heartbeat(file)
    heartbeat.beat()
    os.utime(file, (1, 1))
    heartbeat.beat()
    assert abs(file.stat().st_mtime - time.time()) < 5
    assert file.stat().st_mode & 0o777 == 0o600
    heartbeat.stop()
    assert not file.exists()
    heartbeat.stop()


def test_without_a_file_nothing_is_written() -> None:
    """Nobody asked for one."""
    Heartbeat(None).beat()


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """What systemd listens on, and the address that it gives."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@doctocbot-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        listening.settimeout(5)
        yield listening, address


def test_systemd_hears_each_word(listener: tuple[socket.socket, str]) -> None:
    """Ready once, alive with what it does, unwell without feeding the watchdog, and the end."""
    listening, address = listener
    manager = ServiceManager(address)
    manager.ready()
    manager.ready()
    manager.alive("ready")
    manager.unwell("no-sync")
    manager.stopping()
    heard = [listening.recv(1_000).decode() for _ in range(4)]
    assert heard == ["READY=1", "WATCHDOG=1\nSTATUS=ready", "STATUS=no-sync", "STOPPING=1"]


def test_a_service_manager_that_went_away_changes_nothing(tmp_path: Path) -> None:
    """The people in the rooms are served all the same."""
    ServiceManager(str(tmp_path / "nobody")).alive("ready")
    ServiceManager(None).alive("ready")
