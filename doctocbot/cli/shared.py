"""What all commands share: reading the configuration, running to the end, and stopping with one clear line."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from doctocbot import console
from doctocbot.chat.wording import Wording
from doctocbot.config import Config, ConfigFault, Secrets, load, read_secrets
from doctocbot.console import EXIT_CONFIG, err
from doctocbot.logs import set_up_logging

T = TypeVar("T")
_BY_SIGNAL = 128

ConfigPath = Annotated[Path, typer.Option("--config", help="The configuration file.")]


def settings_of(path: Path, *, verbose: bool = False) -> tuple[Config, Secrets, Wording]:
    """Read what every command needs and set up the logs; all that is wrong with it ends the command."""
    words = console.words_of_environment(os.environ)
    try:
        config = load(path)
        words = console.words_of(config)
        secrets = read_secrets()
    except ConfigFault as fault:
        lines = [console.fault_line(each, words) for each in fault.faults]
        stop(EXIT_CONFIG, *lines, words.say("cli.config-all-faults"))
    set_up_logging(verbose=verbose)
    return config, secrets, words


def words_from(path: Path) -> Wording:
    """The language of a configuration that is asked for nothing else."""
    try:
        return console.words_of(load(path))
    except ConfigFault as fault:
        words = console.words_of_environment(os.environ)
        stop(EXIT_CONFIG, *(console.fault_line(each, words) for each in fault.faults))


def run_to_end(work: Coroutine[Any, Any, T], words: Wording) -> T:
    """Run to the end; whatever goes wrong becomes one clear line and a status."""
    try:
        result = asyncio.run(work)
    except Exception as error:  # noqa: BLE001 - the last place where an exception can become a clear line
        status, line = console.explain(error, words)
        stop(status, line)
    return result


async def until_stopped(work: Coroutine[Any, Any, int], words: Wording) -> int:
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


def stop(status: int, *lines: str) -> NoReturn:
    for line in lines:
        err.print(console.plain(line, style="red"))
    raise typer.Exit(status)
