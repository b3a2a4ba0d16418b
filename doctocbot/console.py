"""How the bot speaks to its operator: lines on a terminal, in their language, and exit statuses."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from doctocbot.account import DataDirectoryBusy, NoCredentials
from doctocbot.app import NotLoggedIn, NotSigned
from doctocbot.chat.wording import Wording, wording
from doctocbot.config import Config, Fault
from doctocbot.doctor import Finding, Health
from doctocbot.health.server import CannotListen
from doctocbot.images.files import FileResult
from doctocbot.keep.backup import AlreadyThere, OtherAccount
from doctocbot.keep.portable import NotEmpty, UnfitExport
from doctocbot.keep.sealed import NoBackup, WrongPassphrase
from doctocbot.lease import RunsElsewhere
from doctocbot.login import LoggedIn, LoginRefused, UsedDevice, WrongAccount
from doctocbot.matrix.cryptostore import WrongStoreKey
from doctocbot.matrix.errors import (
    ForeignDevice,
    ForeignIdentity,
    MatrixError,
    TakenOver,
    TokenRevoked,
    Unreachable,
)
from doctocbot.matrix.quietlog import place_of
from doctocbot.matrix.secretstorage import BadRecoveryKey
from doctocbot.matrix.trust import in_fours
from doctocbot.store import NewerSchema, NotNow, OlderSchema, WrongSecret
from doctocbot.verify import BotNotRunning

EXIT_FAILED = 1
EXIT_CONFIG = 2
EXIT_REFUSED = 3
EXIT_LOGGED_OUT = 4
EXIT_NOT_READY = 5

err = Console(stderr=True, soft_wrap=True, highlight=False)
out = Console(soft_wrap=True, highlight=False)

_MARKS = {Health.GOOD: "green", Health.WARNING: "bold yellow", Health.BAD: "bold red"}


def words_of(config: Config) -> Wording:
    """The language of the configuration is the operator's too."""
    return wording(config.language)


def words_of_environment(environment: Mapping[str, str]) -> Wording:
    """The language of the terminal, for commands without a configuration: French or else English (POSIX locale)."""
    chosen = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return wording("fr" if chosen.lower().startswith("fr") else "en")


def plain(line: str, style: str = "") -> Text:
    """A line shown as it is: nothing in it is markup, and what is to be typed loses its backticks."""
    return Text(line.replace("`", ""), style=style)


def fault_line(fault: Fault, words: Wording) -> str:
    """One fault of the configuration, after the key's path."""
    return f"{fault.where}: {words.say(f'config.{fault.what}', **fault.values)}"


def show_finding(finding: Finding, words: Wording) -> None:
    """Print one line of the check-up."""
    show_health(finding.health, finding.line(words), words)


def show_health(health: Health, line: str, words: Wording) -> None:
    """Print a line with how good or bad it is before it."""
    mark = words.say(f"cli.health.{health}")
    out.print(Text(f"{mark:<10}", style=_MARKS[health]) + plain(line))


def show_login(logged_in: LoggedIn, words: Wording) -> None:
    """Tell the operator what there is to keep; the recovery key is never shown again."""
    key = "cli.logged-in-already" if logged_in.already else "cli.logged-in"
    out.print(plain(words.say(key, user=logged_in.user_id, device=logged_in.device_id)))
    out.print(plain(words.say("cli.fingerprint", fingerprint=in_fours(logged_in.fingerprint))))
    if logged_in.recovery_key:
        out.print(plain(words.say("cli.recovery-key", key=logged_in.recovery_key), style="bold"))
        out.print(plain(words.say("cli.recovery-key-advice")))
    out.print(plain(words.say("cli.next")))


def show_line(line: str) -> None:
    """Print one line of a dialogue."""
    out.print(plain(line))


async def typed_line() -> str:
    """The next line that the operator types, empty at the end of the input; may be cancelled at any time."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def hand_over(line: str) -> None:
        if not typed.done():
            typed.set_result(line)

    def read() -> None:
        line = sys.stdin.readline()
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(hand_over, line)

    # A daemon, since nothing can interrupt a thread that waits for the terminal.
    threading.Thread(target=read, daemon=True).start()
    return await typed


def scrub_json(result: FileResult) -> str:
    """One file's outcome as one JSON object."""
    values: dict[str, Any] = {
        "input": str(result.input),
        "output": str(result.output) if result.output else None,
        "outcome": str(result.outcome),
        "reason": str(result.reason) if result.reason else None,
        "removed": {str(kind): result.removed[kind] for kind in sorted(result.removed)},
        "format": result.format,
        "size": result.size,
    }
    # ASCII alone: a file name may hold bytes that are no text, or escapes that a terminal would obey.
    return json.dumps(values)


def shown(path: Path) -> str:
    """A file's name as a terminal may be given it: what cannot be printed, or is no text, stands escaped."""
    name = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in name
    )


def scrub_line(result: FileResult, words: Wording) -> str:
    """One file's outcome for a person."""
    if result.output is None:
        reason = words.say(f"image.refused.{result.reason}")
        return words.say("cli.scrub-refused", input=shown(result.input), reason=reason)
    counts = [
        f"{words.say(f'image.removed.{kind}')} {count}" for kind, count in sorted(result.removed.items())
    ]
    removed = ", ".join(counts) or words.say("cli.scrub-nothing")
    return words.say(
        "cli.scrubbed",
        input=shown(result.input),
        outcome=result.outcome,
        removed=removed,
        output=shown(result.output),
    )


def explain(error: BaseException, words: Wording) -> tuple[int, str]:
    """The exit status and the one line that an operator needs for what ended a command."""
    cause = _root(error)
    status, key, values = _explanation(cause)
    return status, words.say(f"cli.{key}", **values)


def _root(error: BaseException) -> BaseException:
    """The first exception at the bottom of nested groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


_KNOWN: tuple[tuple[type[BaseException], int, str], ...] = (
    (NoCredentials, EXIT_CONFIG, "no-credentials"),
    (WrongAccount, EXIT_CONFIG, "wrong-account"),
    (UsedDevice, EXIT_CONFIG, "used-device"),
    (BadRecoveryKey, EXIT_CONFIG, "bad-recovery-key"),
    (LoginRefused, EXIT_FAILED, "login-refused"),
    (TokenRevoked, EXIT_LOGGED_OUT, "logged-out"),
    (ForeignIdentity, EXIT_NOT_READY, "foreign-identity"),
    (ForeignDevice, EXIT_NOT_READY, "foreign-device"),
    (NotLoggedIn, EXIT_NOT_READY, "not-logged-in"),
    (NotSigned, EXIT_NOT_READY, "not-signed"),
    (RunsElsewhere, EXIT_NOT_READY, "runs-elsewhere"),
    (TakenOver, EXIT_NOT_READY, "taken-over"),
    (AlreadyThere, EXIT_NOT_READY, "already-there"),
    (OtherAccount, EXIT_CONFIG, "backup-of-another"),
    (WrongPassphrase, EXIT_CONFIG, "wrong-passphrase"),
    (NoBackup, EXIT_CONFIG, "no-backup"),
    (UnfitExport, EXIT_CONFIG, "unfit-export"),
    (NotEmpty, EXIT_NOT_READY, "not-empty"),
    (DataDirectoryBusy, EXIT_NOT_READY, "busy"),
    (BotNotRunning, EXIT_NOT_READY, "not-running"),
    (WrongSecret, EXIT_NOT_READY, "wrong-secret"),
    (WrongStoreKey, EXIT_NOT_READY, "wrong-secret"),
    (NewerSchema, EXIT_NOT_READY, "newer-schema"),
    (OlderSchema, EXIT_NOT_READY, "older-schema"),
    (NotNow, EXIT_FAILED, "not-now"),
    (CannotListen, EXIT_FAILED, "cannot-listen"),
    (Unreachable, EXIT_FAILED, "unreachable"),
    (MatrixError, EXIT_FAILED, "refused"),
)


def _explanation(error: BaseException) -> tuple[int, str, dict[str, str]]:
    """Status, sentence and its values; of a fault of ours the kind and the place, whose words could quote a message."""
    if isinstance(error, OSError) and error.filename:
        return (
            EXIT_CONFIG,
            "file",
            {
                "file": shown(Path(os.fsdecode(error.filename))),
                "error": error.strerror or type(error).__name__,
            },
        )
    values = {"code": getattr(error, "code", ""), "user": str(error), "path": str(error), "error": str(error)}
    if isinstance(error, TokenRevoked) and error.soft:
        return EXIT_LOGGED_OUT, "session-expired", values
    for kind, status, key in _KNOWN:
        if isinstance(error, kind):
            return status, key, values
    return EXIT_FAILED, "own-fault", {"kind": type(error).__name__, "place": place_of(error)}
