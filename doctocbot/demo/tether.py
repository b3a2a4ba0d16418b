"""Run a command that dies with the process that asked for it, so that no server is ever left behind.

Started by file path (`python -I tether.py PARENT_PID COMMAND…`) and replaced by the command, which keeps its
process id. Linux only: elsewhere the command runs untethered. The kernel watches the *thread* that forked, so
start it from one that lives as long as the command should (prctl(2), PR_SET_PDEATHSIG).
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tether_to(parent: int) -> None:
    """Have the kernel kill this process when its parent thread ends; exits at once if that is already so."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    # The parent may have died between the fork and the line above; then no signal will ever come.
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    tether_to(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  the caller's own argument vector, no shell
