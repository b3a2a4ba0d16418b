"""A homeserver whose clock jumps: `python jumpyclock.py FILE …` runs Synapse on a clock that FILE moves (seconds)."""

import runpy
import sys
import time
from pathlib import Path

from doctocbot.demo.homeserver import Homeserver

_LOOK_EVERY = 0.5  # seconds


class JumpyHomeserver(Homeserver):
    """A homeserver whose clock `jump` moves; it keeps what it was moved by over restarts."""

    @property
    def _shift(self) -> Path:
        return self.directory / "clock-shift"

    def jump(self, seconds: float) -> None:
        """Move the clock by so much, at once."""
        present = float(self._shift.read_text()) if self._shift.exists() else 0.0
        self._shift.write_text(str(present + seconds))

    def _program(self, config: Path) -> list[str]:
        return [sys.executable, __file__, str(self._shift), "--config-path", str(config)]


def run() -> None:
    """Run Synapse, whose every look at the clock goes by the file."""
    file = Path(sys.argv.pop(1))
    real, seen = time.time, [0.0, 0.0]

    def shifted() -> float:
        now = real()
        if now - seen[0] > _LOOK_EVERY:
            seen[:] = [now, float(file.read_text() or 0) if file.exists() else 0.0]
        return now + seen[1]

    # Before Twisted is imported: it keeps the function itself.
    time.time = shifted
    runpy.run_module("synapse.app.homeserver", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    run()
