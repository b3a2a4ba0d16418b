"""Signs of life for those who started the program: a file that is touched, and systemd's own protocol."""

import os
import socket
from pathlib import Path


class Heartbeat:
    """A file whose time says when the bot was last ready; missing or old means that it is not."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def beat(self) -> None:
        """Touch the file, private from its first byte; blocks, and raises OSError when the disk is full."""
        if self._file is None:
            return
        handle = os.open(self._file, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.utime(handle)
        finally:
            os.close(handle)

    def stop(self) -> None:
        """Take the file away: a bot that was stopped is not ready."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)


class ServiceManager:
    """Tells systemd how it goes (sd_notify(3)); does nothing where nobody listens."""

    def __init__(self, address: str | None) -> None:
        # An address with @ is in the abstract namespace.
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address
        self._told_ready = False

    def ready(self) -> None:
        """The start is over: dependent services may start. Told once."""
        if not self._told_ready:
            self._told_ready = True
            self._tell("READY=1")

    def alive(self, status: str) -> None:
        """The program goes on; without this within WatchdogSec it is started anew. `status` is shown by systemctl."""
        self._tell(f"WATCHDOG=1\nSTATUS={status}")

    def unwell(self, status: str) -> None:
        """Say what is wrong, and let the watchdog decide."""
        self._tell(f"STATUS={status}")

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1")

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
                notify.sendto(message.encode(), self._address)
        except OSError:
            # A service manager that went away is no reason to stop serving people.
            return
