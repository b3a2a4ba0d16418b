"""The systemd unit: read by systemd's own tools where they are, and its filter of system calls tried on the bot."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Show
from tests.images import metadata, photos

pytestmark = pytest.mark.slow

_UNIT = Path(__file__).resolve().parents[2] / "deploy" / "doctocbot.service"
_BIN = Path(sys.executable).parent
_HIGHEST_EXPOSURE = 2.5
_NO_TOOL = "systemd-analyze is not on this machine; the unit was only read"
_ERRNO, _PERMISSION, _ALLOW = 0x00050000, 1, 0x7FFF0000


def _settings() -> dict[str, list[str]]:
    """Every setting with its values in order, whatever its section."""
    found: dict[str, list[str]] = {}
    for line in _UNIT.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def _analyze(show: Show, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """systemd-analyze's answer; None, and a line in the output, where there is none. CI has it."""
    program = shutil.which("systemd-analyze")
    if program is None:
        assert not os.environ.get("CI"), _NO_TOOL
        show("not run", [f"systemd-analyze {arguments[0]}: {_NO_TOOL}"])
        return None
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_systemd_finds_no_fault(tmp_path: Path, show: Show) -> None:
    """Every setting is known and understood; the program alone is another, since none is installed in /opt here."""
    unit = tmp_path / "doctocbot.service"
    unit.write_text(
        _UNIT.read_text(encoding="utf-8").replace("/opt/doctocbot/bin", str(_BIN)), encoding="utf-8"
    )
    done = _analyze(show, "verify", str(unit))
    if done is not None:
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_little_of_the_machine_is_exposed(show: Show) -> None:
    """systemd's own measure of it, from 0 (nothing) to 10."""
    done = _analyze(show, "security", "--offline=true", str(_UNIT))
    if done is None:
        return
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d)", done.stdout)
    assert found is not None
    show("systemd-analyze security", [found[0], *(line for line in done.stdout.splitlines() if "✗" in line)])
    assert float(found[1]) < _HIGHEST_EXPOSURE


def test_the_unit_says_what_it_is_for() -> None:
    """What systemd has no opinion on: secrets by file, a watchdog, and no loop where only a person helps."""
    settings = _settings()
    assert settings["Type"] == ["notify"]
    assert settings["LoadCredential"][0].startswith("secret:")
    assert "DOCTOCBOT_SECRET_FILE=%d/secret" in settings["Environment"]
    assert settings["Restart"] == ["on-failure"]
    assert settings["RestartPreventExitStatus"] == ["2 4 5"]
    for name in ("WatchdogSec", "MemoryMax", "StateDirectory", "User"):
        assert settings[name][0] not in ("", "0", "root")


# -- the filter, on the bot itself


def _system_calls(show: Show) -> list[str] | None:
    """The names that the unit lets through, its groups looked up with systemd."""
    listed = _analyze(show, "syscall-filter", "--no-pager")
    if listed is None:
        return None
    groups: dict[str, list[str]] = {}
    group = ""
    for line in listed.stdout.splitlines():
        if line.startswith("@"):
            group = line.strip()
        elif line.startswith(" ") and not line.strip().startswith("#"):
            groups.setdefault(group, []).append(line.strip())

    def members(name: str) -> Iterator[str]:
        if not name.startswith("@"):
            yield name
            return
        for each in groups[name]:
            yield from members(each)

    allowed: set[str] = set()
    for rule in _settings()["SystemCallFilter"]:
        names = {call for name in rule.lstrip("~").split() for call in members(name)}
        allowed = allowed - names if rule.startswith("~") else allowed | names
    # What systemd itself always lets through, to be able to start anything.
    return sorted(allowed | set(members("@default")) | {"execve"})


def _confine(names: list[str]) -> None:
    """Lock this process in by the unit's filter, and without new privileges."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_ERRNO | _PERMISSION))
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            library.seccomp_rule_add(context, ctypes.c_uint32(_ALLOW), number, 0)
    if library.seccomp_load(context) != 0:
        raise OSError("no filter")


def test_the_bots_workers_can_lock_themselves_in_under_the_unit(tmp_path: Path, show: Show) -> None:
    """Under the unit's own filter a picture is cleaned, and its worker is as sealed as without it."""
    names = _system_calls(show)
    if names is None:
        return
    assert "mount" not in names
    picture = tmp_path / "IMG_0001.jpg"
    picture.write_bytes(photos.jpeg_with(photos.exif_segment(metadata.tiff_block())))
    out = tmp_path / "clean"

    def confined(*command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, preexec_fn=lambda: _confine(names), capture_output=True, text=True, check=False
        )

    scrubbed = confined(_BIN / "doctocbot", "scrub", picture, "--out", out)
    assert scrubbed.returncode == 0, scrubbed.stdout + scrubbed.stderr
    assert len(list(out.iterdir())) == 1
    program = (
        "from doctocbot.images import confine; import os; os.nice(5); confine.limit(1 << 30, 5); "
        "assert confine.seal(); print('sealed', flush=True); os.open('/proc/self/maps', os.O_RDONLY)"
    )
    sealed = confined(sys.executable, "-c", program)
    assert sealed.stdout == "sealed\n"
    assert "PermissionError" in sealed.stderr
    # And the filter is one: what it leaves out is refused.
    refused = confined(sys.executable, "-c", "import os; os.chroot('/')")
    assert "Operation not permitted" in refused.stderr


@pytest.mark.parametrize("name", ["PrivateNetwork", "DynamicUser", "MemoryDenyWriteExecute"])
def test_what_would_break_it_is_not_set(name: str) -> None:
    """A server is reached by network, commands by hand own the same files, the JPEG library calls Python back."""
    assert name not in _settings()
