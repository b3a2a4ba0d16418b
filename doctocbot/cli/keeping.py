"""Keeping what the bot knows: backup, restore, another secret, export and import."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from doctocbot import console
from doctocbot.chat.wording import Wording
from doctocbot.cli.shared import ConfigPath, run_to_end, settings_of, stop
from doctocbot.config import BACKUP_PASSPHRASE, NEW_SECRET, ConfigFault, read_further_secret
from doctocbot.console import EXIT_CONFIG, out
from doctocbot.keep import backup as backups
from doctocbot.keep import portable
from doctocbot.keep.rekey import rekey as encrypt_anew

app = typer.Typer()


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the backup goes.")],
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Write a backup, encrypted to DOCTOCBOT_BACKUP_PASSPHRASE, beside a running bot; prints its file."""
    settings, secrets, words = settings_of(config)
    passphrase = _further_secret(BACKUP_PASSPHRASE, words)
    file = run_to_end(backups.back_up(settings, secrets, folder, passphrase), words)
    out.print(console.plain(words.say("cli.backed-up", file=file)))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    other_is_gone: Annotated[
        bool,
        typer.Option("--other-is-gone", help="The machine of before is lost for good: do not wait for it."),
    ] = False,
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Put a backup where the configuration keeps its data, which must be empty; `run` then catches up."""
    settings, secrets, words = settings_of(config)
    passphrase = _further_secret(BACKUP_PASSPHRASE, words)
    work = backups.restore(settings, secrets, file, passphrase, other_is_gone=other_is_gone)
    manifest, lives = run_to_end(work, words)
    made = datetime.fromtimestamp(manifest.made_at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    out.print(console.plain(words.say("cli.restored", user=manifest.user_id, made=made)))
    if not lives:
        out.print(console.plain(words.say("cli.restored-login")))


@app.command()
def rekey(config: ConfigPath = Path("config.yaml")) -> None:
    """Encrypt database and crypto store anew, to DOCTOCBOT_NEW_SECRET; the bot must be stopped."""
    settings, secrets, words = settings_of(config)
    new = _further_secret(NEW_SECRET, words)
    done = run_to_end(encrypt_anew(settings, secrets.secret, new), words)
    out.print(console.plain(words.say("cli.rekeyed" if done else "cli.rekeyed-already")))


@app.command("export")
def export_all(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where it goes; it must not exist yet.")],
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Write all that the bot has kept as JSON Lines, in clear text, beside a running bot (docs/export.md)."""
    settings, secrets, words = settings_of(config)
    rows = run_to_end(portable.export(settings, secrets, file), words)
    out.print(console.plain(words.say("cli.exported", n=rows, file=file)))


@app.command("import")
def import_all(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` wrote.")],
    config: ConfigPath = Path("config.yaml"),
) -> None:
    """Take an export into a bot that has logged in and served nobody yet; all of it or nothing."""
    settings, secrets, words = settings_of(config)
    rows = run_to_end(portable.take_in(settings, secrets, file), words)
    out.print(console.plain(words.count("cli.imported", rows)))


def _further_secret(name: str, words: Wording) -> str:
    try:
        return read_further_secret(name)
    except ConfigFault as fault:
        stop(EXIT_CONFIG, *(console.fault_line(each, words) for each in fault.faults))
