"""The nightly backup by systemd: read by systemd's own tools where they are, and held to what it promises."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Show

_DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
_BOT, _BACKUP = _DEPLOY / "doctocbot.service", _DEPLOY / "doctocbot-backup.service"
_TIMER = _DEPLOY / "doctocbot-backup.timer"
_HIGHEST_EXPOSURE = 2.5
# What the backup needs less of than the bot, or says otherwise.
_OWN = {
    "Environment", "ExecStart", "IPAddressDeny", "IOSchedulingClass", "LoadCredential", "Nice", "PrivateNetwork",
    "ReadWritePaths", "RestrictAddressFamilies", "TimeoutStartSec", "Type",
}  # fmt: skip
_OF_A_SERVICE_THAT_STAYS = {
    "NotifyAccess", "Restart", "RestartPreventExitStatus", "RestartSec", "TimeoutStopSec", "WatchdogSec",
}  # fmt: skip


def _settings(unit: Path, section: str) -> dict[str, list[str]]:
    """The settings of one section, each with its values in order."""
    found: dict[str, list[str]] = {}
    here = False
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            here = line == f"[{section}]"
        elif here and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def _analyze(show: Show, *arguments: str | Path) -> subprocess.CompletedProcess[str] | None:
    """systemd-analyze's answer; None, and a line in the output, where there is none. CI has it."""
    program = shutil.which("systemd-analyze")
    if program is None:
        assert not os.environ.get("CI"), "systemd-analyze is not on this machine"
        show(
            "not run",
            [f"systemd-analyze {arguments[0]}: not on this machine; the backup's units were only read"],
        )
        return None
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_systemd_finds_no_fault(tmp_path: Path, show: Show) -> None:
    """The timer, and the service that it starts; a program that exists stands for the one in /opt."""
    for unit in (_BACKUP, _TIMER):
        text = unit.read_text(encoding="utf-8").replace("/opt/doctocbot/bin/doctocbot", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = _analyze(show, "verify", tmp_path / _BACKUP.name, tmp_path / _TIMER.name)
    if done is not None:
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_little_of_the_machine_is_exposed(show: Show) -> None:
    """systemd's own measure of it, from 0 (nothing) to 10."""
    done = _analyze(show, "security", "--offline=true", _BACKUP)
    if done is None:
        return
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d)", done.stdout)
    assert found is not None
    show("systemd-analyze security", [found[0]])
    assert float(found[1]) < _HIGHEST_EXPOSURE


def test_the_time_is_one_that_systemd_understands(show: Show) -> None:
    """And it comes every night."""
    done = _analyze(show, "calendar", "--iterations=2", _settings(_TIMER, "Timer")["OnCalendar"][0])
    if done is not None:
        assert done.returncode == 0, done.stderr
    assert _settings(_TIMER, "Timer")["OnCalendar"] == ["*-*-* 03:15:00"]


def test_a_missed_night_is_made_up_for() -> None:
    """A practice's machine may be off at night; and the timer belongs to the service of its name."""
    timer = _settings(_TIMER, "Timer")
    assert timer["Persistent"] == ["yes"]
    assert "Unit" not in timer
    assert _TIMER.stem == _BACKUP.stem
    assert _settings(_TIMER, "Install")["WantedBy"] == ["timers.target"]


def test_secrets_are_shown_as_files_and_to_the_backup_alone() -> None:
    """The key opens what is copied and the passphrase closes the copy; their files are out of its sight."""
    service = _settings(_BACKUP, "Service")
    sources = dict(credential.split(":", 1) for credential in service["LoadCredential"])
    assert sources.keys() == {"secret", "passphrase"}
    assert {"DOCTOCBOT_SECRET_FILE=%d/secret", "DOCTOCBOT_BACKUP_PASSPHRASE_FILE=%d/passphrase"} <= set(
        service["Environment"]
    )
    for assignment in service["Environment"]:
        name, _, value = assignment.partition("=")
        assert not re.search("SECRET|PASS|TOKEN", name) or (
            name.endswith("_FILE") and value.startswith("%d/")
        )
    hidden = service["InaccessiblePaths"][0].lstrip("-")
    assert all(Path(source).is_relative_to(hidden) for source in sources.values())


def test_what_is_backed_up_is_what_the_bot_serves() -> None:
    """Same user, same configuration, same key, same folder of data as the bot's own unit."""
    bot, backup = _settings(_BOT, "Service"), _settings(_BACKUP, "Service")
    for name in ("User", "Group", "StateDirectory", "StateDirectoryMode", "UMask"):
        assert backup[name] == bot[name], name
    assert backup["LoadCredential"][0] == bot["LoadCredential"][0]

    def words_of(unit: dict[str, list[str]]) -> list[str]:
        return unit["ExecStart"][0].split()

    assert words_of(backup)[0] == words_of(bot)[0]
    assert words_of(backup)[-2:] == words_of(bot)[-2:]
    assert words_of(backup)[1:3] == ["backup", *backup["ReadWritePaths"]]


def test_it_may_do_no_more_than_the_bot() -> None:
    """Whatever confines the bot confines its backup, which has no network besides."""
    bot, backup = _settings(_BOT, "Service"), _settings(_BACKUP, "Service")
    assert bot.keys() - backup.keys() - _OF_A_SERVICE_THAT_STAYS == set()
    differing = {name for name in bot.keys() & backup.keys() if bot[name] != backup[name]}
    assert differing - _OWN == set()
    assert backup["PrivateNetwork"] == ["yes"]
    assert backup["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert backup["Type"] == ["oneshot"]


@pytest.mark.parametrize("unit", [_BOT, _BACKUP], ids=lambda path: path.stem)
def test_nothing_runs_with_roots_rights(unit: Path) -> None:
    """No line of either asks for them: neither a user, nor a prefix that leaves the confinement."""
    service = _settings(unit, "Service")
    assert service["User"] == ["doctocbot"]
    commands = [command for name, values in service.items() if name.startswith("Exec") for command in values]
    assert [command for command in commands if not command.startswith("/")] == []
