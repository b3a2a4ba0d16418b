"""Setting the bot up, letting it serve and looking after it."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from doctocbot import console
from doctocbot.app import open_bot
from doctocbot.chat.wording import Wording
from doctocbot.cli.shared import ConfigPath, run_to_end, settings_of, stop, until_stopped
from doctocbot.config import Config, ConfigFault, Fault, Secrets, load, read_secrets
from doctocbot.console import EXIT_CONFIG, EXIT_FAILED, err, out
from doctocbot.doctor import Health, examine
from doctocbot.login import log_in
from doctocbot.matrix.cryptostore import WrongStoreKey
from doctocbot.matrix.errors import MatrixError
from doctocbot.store import DatabaseFault
from doctocbot.verify import compare_emojis

app = typer.Typer()


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
        stop(EXIT_CONFIG, *(console.fault_line(fault, words) for fault in faults))
    out.print(console.plain(words.say("cli.config-in-order", path=config)))


@app.command()
def login(config: ConfigPath = Path("config.yaml")) -> None:
    """Log in with DOCTOCBOT_PASSWORD or DOCTOCBOT_TOKEN, and cross-sign the bot's device."""
    settings, secrets, words = settings_of(config)
    console.show_login(run_to_end(log_in(settings, secrets), words), words)


@app.command()
def run(
    config: ConfigPath = Path("config.yaml"),
    verbose: Annotated[bool, typer.Option("--verbose", help="Log more; still ids and counts only.")] = False,
) -> None:
    """Serve until stopped (Ctrl-C, SIGTERM)."""
    settings, secrets, words = settings_of(config, verbose=verbose)
    run_to_end(_serve(settings, secrets, words), words)


@app.command()
def doctor(config: ConfigPath = Path("config.yaml")) -> None:
    """Check what has to be right: one line each; the exit status is 0 only if nothing is bad."""
    settings, secrets, words = settings_of(config)
    if run_to_end(print_findings(settings, secrets, words), words):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def verify(
    user: Annotated[
        str | None, typer.Argument(metavar="[@USER:SERVER]", help="Wait for this member alone.")
    ] = None,
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Compare emojis with a member who verifies the bot in Element; the bot has to be running."""
    settings, secrets, words = settings_of(config)
    work = compare_emojis(settings, secrets, words, user, show=console.show_line, read=console.typed_line)
    if status := run_to_end(until_stopped(work, words), words):
        raise typer.Exit(status)


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


async def print_findings(config: Config, secrets: Secrets, words: Wording) -> int:
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
