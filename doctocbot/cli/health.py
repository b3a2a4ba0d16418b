"""Whether the running bot is ready, for a container's health check or a monitoring script."""

import time
from pathlib import Path

import aiohttp
import typer

from doctocbot import console
from doctocbot.chat.wording import Wording
from doctocbot.cli.shared import ConfigPath, run_to_end, stop, words_from
from doctocbot.config import Config, load
from doctocbot.console import EXIT_CONFIG, EXIT_FAILED, out

app = typer.Typer()

_FRESH = 45.0  # seconds; the file is touched every ten
_PATIENCE = 10.0  # seconds


@app.command()
def health(config: ConfigPath = Path("config.yaml")) -> None:
    """Ask the running bot whether it is ready: exit status 0 if it is, 1 if not. Needs no secret."""
    words = words_from(config)
    settings = load(config)
    if settings.health.address is None and settings.health.heartbeat_file is None:
        stop(EXIT_CONFIG, words.say("cli.health-off"))
    complaint = run_to_end(_complaint(settings, words), words)
    if complaint is not None:
        stop(EXIT_FAILED, complaint)
    out.print(console.plain(words.say("cli.ready")))


async def _complaint(config: Config, words: Wording) -> str | None:
    """What is wrong, or None: from the bot itself where it listens, otherwise by the time of its file."""
    if config.health.address is not None:
        return await _asked(*config.health.address, words)
    file = config.health.heartbeat_file
    try:
        beat = file.stat().st_mtime if file is not None else 0.0
    except FileNotFoundError:
        return words.say("cli.not-running-or-ready")
    silent = time.time() - beat
    return words.say("cli.no-heartbeat", seconds=int(silent)) if silent > _FRESH else None


async def _asked(host: str, port: int, words: Wording) -> str | None:
    # Who listens everywhere is asked here.
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    name = f"[{here}]" if ":" in here else here
    try:
        timeout = aiohttp.ClientTimeout(total=_PATIENCE)
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"http://{name}:{port}/readyz") as answer,
        ):
            found = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return words.say("cli.not-running-or-ready")
    if found.get("ready") is True:
        return None
    return words.say("cli.not-ready", complaints=", ".join(map(str, found.get("complaints", []))))
