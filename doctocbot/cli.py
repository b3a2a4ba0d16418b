"""What an operator types."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.progress import Progress

from doctocbot import console
from doctocbot.app import open_bot
from doctocbot.auditor import look_over
from doctocbot.chat.wording import Wording
from doctocbot.config import Config, ConfigFault, Fault, Secrets, load, read_secrets
from doctocbot.console import EXIT_CONFIG, EXIT_FAILED, EXIT_REFUSED, err, out
from doctocbot.doctor import Health, examine
from doctocbot.images.files import files_under, scrub_files
from doctocbot.librarian import EXAMPLES, export_bank, import_bank
from doctocbot.librarian import example as bank_of
from doctocbot.login import log_in
from doctocbot.logs import set_up_logging
from doctocbot.matrix.cryptostore import WrongStoreKey
from doctocbot.matrix.errors import MatrixError
from doctocbot.store import DatabaseFault
from doctocbot.verify import compare_emojis

T = TypeVar("T")
_BY_SIGNAL = 128

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The case desk for closed, encrypted Matrix rooms of clinicians.",
    pretty_exceptions_enable=False,
)

audit_app = typer.Typer(no_args_is_help=True, help="The moderators' audit.")
app.add_typer(audit_app, name="audit")

quiz_app = typer.Typer(no_args_is_help=True, help="Banks of questions.")
app.add_typer(quiz_app, name="quiz")

ConfigPath = Annotated[Path, typer.Option("--config", help="The configuration file.")]


@app.command("check-config")
def check_config(config: ConfigPath = Path("config.yaml")) -> None:
    """Check the configuration and the secrets, and report every fault at once."""
    faults: list[Fault] = []
    words = console.words_of_environment(os.environ)
    try:
        words = console.words_of(load(config))
    except ConfigFault as fault:
        faults += fault.faults
    try:
        read_secrets()
    except ConfigFault as fault:
        faults += fault.faults
    if faults:
        _stop(EXIT_CONFIG, *(console.fault_line(fault, words) for fault in faults))
    out.print(console.plain(words.say("cli.config-in-order", path=config)))


@app.command()
def login(config: ConfigPath = Path("config.yaml")) -> None:
    """Log in with DOCTOCBOT_PASSWORD or DOCTOCBOT_TOKEN, and cross-sign the bot's device."""
    settings, secrets, words = _settings(config)
    console.show_login(_run(log_in(settings, secrets), words), words)


@app.command()
def run(
    config: ConfigPath = Path("config.yaml"),
    verbose: Annotated[bool, typer.Option("--verbose", help="Log more; still ids and counts only.")] = False,
) -> None:
    """Serve until stopped (Ctrl-C, SIGTERM)."""
    settings, secrets, words = _settings(config, verbose=verbose)
    _run(_serve(settings, secrets, words), words)


@app.command()
def doctor(config: ConfigPath = Path("config.yaml")) -> None:
    """Check what has to be right: one line each; the exit status is 0 only if nothing is bad."""
    settings, secrets, words = _settings(config)
    if _run(_print_findings(settings, secrets, words), words):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def verify(
    user: Annotated[
        str | None, typer.Argument(metavar="[@USER:SERVER]", help="Wait for this member alone.")
    ] = None,
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Compare emojis with a member who verifies the bot in Element; the bot has to be running."""
    settings, secrets, words = _settings(config)
    work = compare_emojis(settings, secrets, words, user, show=console.show_line, read=console.typed_line)
    if status := _run(_until_stopped(work, words), words):
        raise typer.Exit(status)


@audit_app.command("verify")
def audit_verify(
    head: Annotated[
        str | None,
        typer.Argument(metavar="[HEAD]", help="A head that moderators were told, to compare with."),
    ] = None,
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Check that no row of the audit was changed or taken out; the exit status is 0 only if none was."""
    settings, secrets, words = _settings(config)
    remarks = _run(look_over(settings, secrets, head), words)
    for remark in remarks:
        line = words.say(f"cli.{remark.what}", **remark.values)
        out.print(console.plain(line, style="red" if remark.bad else ""))
    if any(remark.bad for remark in remarks):
        raise typer.Exit(EXIT_FAILED)


@quiz_app.command("import")
def quiz_import(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The bank, a YAML file.")] = None,
    example: Annotated[
        str | None, typer.Option("--example", help="Or the one that comes along: fr, en.")
    ] = None,
    remove_missing: Annotated[
        bool,
        typer.Option("--remove-missing", help="Remove questions of this bank that the file has no more."),
    ] = False,
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Take in a bank of questions, beside a running bot; with one fault nothing is, and every fault is listed."""
    settings, secrets, words = _settings(config)
    if (file is None) is (example is None) or example not in (None, *EXAMPLES):
        _stop(EXIT_CONFIG, words.say("cli.quiz-which", languages=", ".join(EXAMPLES)))
    path = file if file is not None else bank_of(str(example))
    found = _run(import_bank(settings, secrets, path, remove_missing=remove_missing), words)
    if found.faults:
        lines = (words.say(f"bank.{fault.what}", **dict(fault.values)) for fault in found.faults)
        numbered = zip(found.faults, lines, strict=True)
        _stop(
            EXIT_CONFIG,
            *(f"{path}:{fault.line}: {line}" for fault, line in numbered),
            words.say("cli.quiz-nothing"),
        )
    taken = found.taken
    counts = {"new": taken.new, "changed": taken.changed, "same": taken.same, "removed": taken.removed}
    out.print(console.plain(words.say("cli.quiz-imported", **counts)))


@quiz_app.command("export")
def quiz_export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where the bank goes; its pictures go beside it.")
    ],
    bank: Annotated[str | None, typer.Option("--bank", help="Which bank, where there are several.")] = None,
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Write a bank of questions out; questions made from cases never leave the bot."""
    settings, secrets, words = _settings(config)
    found = _run(export_bank(settings, secrets, file, bank), words)
    if isinstance(found, list):
        _stop(EXIT_CONFIG, words.say("cli.quiz-which-bank", banks=", ".join(found) or "—"))
    out.print(console.plain(words.say("cli.quiz-exported", n=found, file=file)))


@app.command()
def scrub(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures, or folders of them.")],
    target: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the clean copies go.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    keep_names: Annotated[bool, typer.Option("--keep-names", help="Keep the names of the files.")] = False,
    config: Annotated[Path | None, typer.Option("--config", help="Only for its language.")] = None,
) -> None:
    """Clean pictures of everything that identifies; exit status 3 if some were refused, 0 if none was."""
    words = console.words_of_environment(os.environ) if config is None else _words(config)
    work = _scrub(files, target, words, as_json=as_json, keep_names=keep_names)
    if status := _run(_until_stopped(work, words), words):
        raise typer.Exit(status)


def main() -> None:
    """Run the command line."""
    app()


def _settings(path: Path, *, verbose: bool = False) -> tuple[Config, Secrets, Wording]:
    """Read what every command needs and set up the logs; all that is wrong with it ends the command."""
    words = console.words_of_environment(os.environ)
    try:
        config = load(path)
        words = console.words_of(config)
        secrets = read_secrets()
    except ConfigFault as fault:
        lines = [console.fault_line(each, words) for each in fault.faults]
        _stop(EXIT_CONFIG, *lines, words.say("cli.config-all-faults"))
    set_up_logging(verbose=verbose)
    return config, secrets, words


def _words(path: Path) -> Wording:
    """The language of a configuration that is asked for nothing else."""
    try:
        return console.words_of(load(path))
    except ConfigFault as fault:
        words = console.words_of_environment(os.environ)
        _stop(EXIT_CONFIG, *(console.fault_line(each, words) for each in fault.faults))


async def _serve(config: Config, secrets: Secrets, words: Wording) -> None:
    """Run the bot as a task of its own, which the first signal to stop cancels."""
    async with open_bot(config, secrets) as bot:
        task = asyncio.create_task(bot.run(), name="bot")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            err.print(console.plain(words.say("cli.stopped")))


async def _print_findings(config: Config, secrets: Secrets, words: Wording) -> int:
    """Print the check-up as it goes; returns how many things are bad."""
    bad = 0
    try:
        async for finding in examine(config, secrets):
            console.show_finding(finding, words)
            bad += finding.health is Health.BAD
    except (DatabaseFault, WrongStoreKey, MatrixError) as error:
        console.show_health(Health.BAD, console.explain(error, words)[1], words)
        bad += 1
    return bad


async def _scrub(files: list[Path], target: Path, words: Wording, *, as_json: bool, keep_names: bool) -> int:
    """Clean files and print one line for each; returns the exit status."""
    refused = 0
    paths = await asyncio.to_thread(files_under, files, target)
    # Lines that go to a file must not be drawn into the terminal of the bar.
    with Progress(
        console=err, transient=True, disable=not err.is_terminal, redirect_stdout=out.is_terminal
    ) as progress:
        task = progress.add_task("", total=len(paths))
        async for result in scrub_files(paths, target, keep_names=keep_names):
            refused += result.output is None
            typer.echo(console.scrub_json(result) if as_json else console.scrub_line(result, words))
            progress.advance(task)
    return EXIT_REFUSED if refused else 0


async def _until_stopped(work: Coroutine[Any, Any, int], words: Wording) -> int:
    """Let work end by itself or by the first signal to stop; returns its status, or a shell's for that signal."""
    task = asyncio.ensure_future(work)
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        err.print(console.plain(words.say("cli.stopped")))
        return _BY_SIGNAL + signals[0]
    except BrokenPipeError:
        # Nobody reads the lines any more; nor is there anything to say when Python closes its output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BY_SIGNAL + signal.SIGPIPE


def _run(work: Coroutine[Any, Any, T], words: Wording) -> T:
    """Run to the end; whatever goes wrong becomes one clear line and a status."""
    try:
        result = asyncio.run(work)
    except Exception as error:  # noqa: BLE001 - the last place where an exception can become a clear line
        status, line = console.explain(error, words)
        _stop(status, line)
    return result


def _stop(status: int, *lines: str) -> NoReturn:
    for line in lines:
        err.print(console.plain(line, style="red"))
    raise typer.Exit(status)
