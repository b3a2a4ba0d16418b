"""Beside the running bot: the audit, banks of questions, and pictures without Matrix."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from doctocbot import console
from doctocbot.auditor import look_over
from doctocbot.chat.wording import Wording
from doctocbot.cli.shared import ConfigPath, run_to_end, settings_of, stop, until_stopped, words_from
from doctocbot.console import EXIT_CONFIG, EXIT_FAILED, EXIT_REFUSED, err, out
from doctocbot.images.files import files_under, scrub_files
from doctocbot.librarian import EXAMPLES, export_bank, import_bank
from doctocbot.librarian import example as bank_of

app = typer.Typer()

audit_app = typer.Typer(no_args_is_help=True, help="The moderators' audit.")
app.add_typer(audit_app, name="audit")

quiz_app = typer.Typer(no_args_is_help=True, help="Banks of questions.")
app.add_typer(quiz_app, name="quiz")


@audit_app.command("verify")
def audit_verify(
    head: Annotated[
        str | None,
        typer.Argument(metavar="[HEAD]", help="A head that moderators were told, to compare with."),
    ] = None,
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Check that no row of the audit was changed or taken out; the exit status is 0 only if none was."""
    settings, secrets, words = settings_of(config)
    remarks = run_to_end(look_over(settings, secrets, head), words)
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
    settings, secrets, words = settings_of(config)
    if (file is None) is (example is None) or example not in (None, *EXAMPLES):
        stop(EXIT_CONFIG, words.say("cli.quiz-which", languages=", ".join(EXAMPLES)))
    path = file if file is not None else bank_of(str(example))
    found = run_to_end(import_bank(settings, secrets, path, remove_missing=remove_missing), words)
    if found.faults:
        lines = (words.say(f"bank.{fault.what}", **dict(fault.values)) for fault in found.faults)
        numbered = zip(found.faults, lines, strict=True)
        stop(
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
    settings, secrets, words = settings_of(config)
    found = run_to_end(export_bank(settings, secrets, file, bank), words)
    if isinstance(found, list):
        stop(EXIT_CONFIG, words.say("cli.quiz-which-bank", banks=", ".join(found) or "—"))
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
    words = console.words_of_environment(os.environ) if config is None else words_from(config)
    work = _scrub(files, target, words, as_json=as_json, keep_names=keep_names)
    if status := run_to_end(until_stopped(work, words), words):
        raise typer.Exit(status)


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
