"""What is taken from a process is gone, and what reading a picture needs is left."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import doctocbot

pytestmark = pytest.mark.slow

ROOT = str(Path(doctocbot.__file__).parent.parent)


def said_by(program: str) -> str:
    """What a process of its own prints, once confined as the program says."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys, threading\nfrom doctocbot.images import confine\n" + textwrap.dedent(program),
        ],
        env={"PYTHONPATH": ROOT},
        capture_output=True,
        check=False,
    )
    return done.stdout.decode().strip() or str(done.returncode)


@pytest.mark.skipif(os.uname().machine not in ("x86_64", "aarch64"), reason="no filter for this machine")
def test_a_sealed_process_still_computes_and_answers() -> None:
    """Memory, threads and open pipes stay; only what reaches out of the process fails, and cannot be had again."""
    program = """
    assert confine.seal()
    thread = threading.Thread(target=lambda: print(sum(bytes(10_000_000)), flush=True))
    thread.start()
    thread.join()
    try:
        os.open("/proc/self/maps", os.O_RDONLY)
    except PermissionError:
        print("sealed")
    """
    assert said_by(program) == "0\nsealed"


def test_memory_is_limited() -> None:
    """Past its limit a process is told that there is no memory, instead of taking the machine's."""
    program = """
    confine.limit(memory=1 << 30, cpu_seconds=5)
    try:
        bytearray(1 << 30)
    except MemoryError:
        print("no more")
    """
    assert said_by(program) == "no more"


def test_time_is_limited() -> None:
    """Past its seconds of CPU a process is ended by the kernel, whatever code it runs."""
    program = """
    confine.limit(memory=1 << 30, cpu_seconds=1)
    while True:
        pass
    """
    assert said_by(program) == "-24"
