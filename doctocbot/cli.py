"""What an operator types."""

import asyncio
import json
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from doctocbot.account import DataDirectoryBusy, NoCredentials
from doctocbot.app import NotReady, open_bot, root_causes
from doctocbot.config import Config, ConfigFault, Secrets, load, read_secrets
from doctocbot.doctor import Health, examine
from doctocbot.images.files import FileResult, scrub_files
from doctocbot.login import LoggedIn, WrongAccount, log_in
from doctocbot.logs import set_up_logging
from doctocbot.matrix.cryptostore import WrongStoreKey
from doctocbot.matrix.errors import ForeignDevice, ForeignIdentity, MatrixError, TokenRevoked, Unreachable
from doctocbot.matrix.quietlog import place_of
from doctocbot.matrix.secretstorage import BadRecoveryKey
from doctocbot.store import DatabaseFault

T = TypeVar("T")

EXIT_FAILED = 1
EXIT_CONFIG = 2
EXIT_REFUSED = 3
EXIT_LOGGED_OUT = 4
EXIT_NOT_READY = 5

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The case desk for closed, encrypted Matrix rooms of clinicians.",
    pretty_exceptions_enable=False,
)
err = Console(stderr=True, soft_wrap=True, highlight=False)
out = Console(soft_wrap=True, highlight=False)

ConfigPath = Annotated[Path, typer.Option("--config", help="The configuration file.")]


@app.command("check-config")
def check_config(config: ConfigPath = Path("config.yaml")) -> None:
    """Check the configuration and the secrets, and report every fault at once."""
    faults: list[str] = []
    for check in (lambda: load(config), read_secrets):
        try:
            check()
        except ConfigFault as fault:
            faults += fault.faults
    if faults:
        _stop(EXIT_CONFIG, *faults)
    out.print(Text(f"{config} is in order."))


@app.command()
def login(config: ConfigPath = Path("config.yaml")) -> None:
    """Log in with DOCTOCBOT_PASSWORD or DOCTOCBOT_TOKEN, and cross-sign the bot's device."""
    settings, secrets = _settings(config)
    set_up_logging()
    logged_in = _run(log_in(settings, secrets), _login_fault)
    _show_login(logged_in)


@app.command()
def run(
    config: ConfigPath = Path("config.yaml"),
    verbose: Annotated[bool, typer.Option("--verbose", help="Log more; still ids and counts only.")] = False,
) -> None:
    """Serve until stopped (Ctrl-C, SIGTERM)."""
    settings, secrets = _settings(config)
    set_up_logging(verbose=verbose)
    _run(_serve(settings, secrets), _run_fault)


@app.command()
def doctor(config: ConfigPath = Path("config.yaml")) -> None:
    """Check what has to be right: one line each; the exit status is 0 only if nothing is bad."""
    settings, secrets = _settings(config)
    set_up_logging()
    bad = _run(_print_findings(settings, secrets), _run_fault)
    if bad:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def scrub(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures, or folders of them.")],
    target: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the clean copies go.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    keep_names: Annotated[bool, typer.Option("--keep-names", help="Keep the names of the files.")] = False,
) -> None:
    """Clean pictures of everything that identifies; exit status 3 if some were refused."""
    if _run(_scrub(files, target, as_json=as_json, keep_names=keep_names), _scrub_fault):
        raise typer.Exit(EXIT_REFUSED)


def main() -> None:
    """Run the command line."""
    app()


# -- carrying out


def _settings(path: Path) -> tuple[Config, Secrets]:
    try:
        return load(path), read_secrets()
    except ConfigFault as fault:
        _stop(EXIT_CONFIG, *fault.faults, "`doctocbot check-config` shows all faults at once.")


async def _serve(config: Config, secrets: Secrets) -> None:
    """Run the bot as a task of its own, which the first signal to stop cancels."""
    async with open_bot(config, secrets) as bot:
        task = asyncio.create_task(bot.run(), name="bot")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            err.print("stopped.")


async def _print_findings(config: Config, secrets: Secrets) -> int:
    bad = 0
    marks = {
        Health.GOOD: ("ok     ", "green"),
        Health.WARNING: ("WARNING", "bold yellow"),
        Health.BAD: ("BAD    ", "bold red"),
    }
    async for finding in examine(config, secrets):
        mark, style = marks[finding.health]
        out.print(Text(mark, style=style), Text(finding.what))
        bad += finding.health is Health.BAD
    return bad


async def _scrub(files: list[Path], target: Path, *, as_json: bool, keep_names: bool) -> int:
    """Clean files and print one line for each; returns how many were refused."""
    refused = 0
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Cleaning", total=None)
        async for result in scrub_files(files, target, keep_names=keep_names):
            refused += result.output is None
            typer.echo(json.dumps(_as_json(result), ensure_ascii=False) if as_json else _as_line(result))
            progress.advance(task)
    return refused


def _show_login(logged_in: LoggedIn) -> None:
    """Tell the operator what there is to keep; the recovery key is never shown again."""
    word = "Logged in already" if logged_in.already else "Logged in"
    out.print(
        Text(f"{word} as {logged_in.user_id}, session {logged_in.device_id}; the session is cross-signed.")
    )
    out.print(Text(f"Fingerprint: {logged_in.fingerprint}"))
    if logged_in.recovery_key:
        out.print(Text(f"Recovery key: {logged_in.recovery_key}", style="bold"))
        out.print(
            "Write the recovery key down now and keep it apart from this machine: it is shown only once, and without it"
            " a lost machine means a new identity, which alarms every member of every room."
        )
    out.print("Next: `doctocbot doctor`, then `doctocbot run`.")


# -- what goes wrong


def _run(work: Coroutine[Any, Any, T], explain: Callable[[BaseException], tuple[int, str]]) -> T:
    """Run to the end; a failure that the operator can do something about becomes one clear line and a status."""
    try:
        result = asyncio.run(work)
    except Exception as error:  # noqa: BLE001 - the last place where an exception can become a clear line
        status, words = explain(root_causes(error)[0])
        _stop(status, words)
    return result


def _login_fault(error: BaseException) -> tuple[int, str]:
    match error:
        case NoCredentials():
            return (
                EXIT_CONFIG,
                "Set DOCTOCBOT_PASSWORD or DOCTOCBOT_TOKEN (or the _FILE twin of one) to log in.",
            )
        case WrongAccount():
            return (
                EXIT_CONFIG,
                f"homeserver.user_id: the credentials belong to {error}, not to the account named there.",
            )
        case BadRecoveryKey():
            return (
                EXIT_CONFIG,
                "DOCTOCBOT_RECOVERY_KEY: this is no recovery key; copy it whole, the spaces do not matter.",
            )
        case ForeignIdentity():
            return EXIT_NOT_READY, (
                "This account already has a cross-signing identity that this bot does not hold. It is never replaced,"
                " since that would alarm every member. Set DOCTOCBOT_RECOVERY_KEY to the key printed at the first"
                " login, or use an account of its own for the bot."
            )
        case MatrixError(code="M_FORBIDDEN"):
            return EXIT_FAILED, "The homeserver refused the login: the password or the user id is wrong."
        case _:
            return _run_fault(error)


def _scrub_fault(error: BaseException) -> tuple[int, str]:
    if isinstance(error, OSError):
        return EXIT_CONFIG, f"--out: cannot be written to ({error.strerror})."
    return _run_fault(error)


def _run_fault(error: BaseException) -> tuple[int, str]:
    match error:
        case TokenRevoked():
            return EXIT_LOGGED_OUT, (
                "The homeserver has ended the bot's session (its access token is no longer valid)."
                " Nothing is lost: run `doctocbot login` with the password or a new token, then `doctocbot run`."
            )
        case ForeignDevice():
            return EXIT_NOT_READY, (
                "The homeserver knows other keys for this session than the crypto store holds: the store was lost or"
                " replaced. Log the session out in Element or at the server, then run `doctocbot login`."
            )
        case Unreachable():
            return EXIT_FAILED, f"The homeserver cannot be reached or does not answer as one ({error.code})."
        case MatrixError():
            return EXIT_FAILED, f"The homeserver refused: {error}."
        case NotReady() | DataDirectoryBusy() | DatabaseFault() | WrongStoreKey():
            return EXIT_NOT_READY, f"{error}."
        case _:
            # A fault of ours: the place helps whoever mends it, the words could quote a message.
            kind, place = type(error).__name__, place_of(error)
            return (
                EXIT_FAILED,
                f"doctocbot stopped because of a fault of its own: {kind} at {place}. Nothing is lost.",
            )


def _stop(status: int, *lines: str) -> NoReturn:
    for line in lines:
        err.print(Text(line, style="red"))
    raise typer.Exit(status)


def _as_json(result: FileResult) -> dict[str, Any]:
    return {
        "input": str(result.input),
        "output": str(result.output) if result.output else None,
        "outcome": str(result.outcome),
        "reason": str(result.reason) if result.reason else None,
        "removed": sorted(str(kind) for kind in result.removed),
        "format": result.format,
        "size": result.size,
    }


def _as_line(result: FileResult) -> str:
    if result.output is None:
        return f"{result.input}: refused ({result.reason})"
    removed = ", ".join(sorted(str(kind) for kind in result.removed)) or "nothing"
    return f"{result.input}: {result.outcome} -> {result.output} (removed: {removed})"
