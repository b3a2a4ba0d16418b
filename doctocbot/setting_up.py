"""What `doctocbot init` does: from five answers to a commented configuration, a key, and folders with modes."""

import base64
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from doctocbot.config import ConfigFault, Fault, parse
from doctocbot.matrix.connection import Connection
from doctocbot.matrix.errors import MatrixError

TEMPLATE = Path(__file__).with_name("config.yaml.example")
KEY_FILE = Path("secrets/key")
_KEY_BYTES = 32
_LOOK_UP_SECONDS = 15.0
# Spec: appendices, "Server name": a host name, an address, and a port behind either.
_SERVER_NAME = re.compile(r"([A-Za-z0-9.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?")

# What the template says of itself, and what stands there in a configuration that was made from it.
_COPY_ME = """Copy this file to config.yaml, change the three
# that have no default, and run `doctocbot check-config`."""
_MADE = """Written by `doctocbot init`: change it as you
# like, and run `doctocbot check-config` after that."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The five answers, as they go into the configuration; `url` is an address already."""

    url: str
    user_id: str
    inviters: tuple[str, ...]
    language: str
    data_dir: str


class AlreadySetUp(Exception):
    """There is a configuration already; it is never written over."""


class ForeignData(Exception):
    """The data directory holds a database, which a new key could not open."""


class LookUpFailed(Exception):
    """A server name did not lead to a homeserver; `what` is a sentence of the catalogue (`init.<what>`)."""

    def __init__(self, what: str, **values: str) -> None:
        super().__init__(what)
        self.what = what
        self.values = values


# -- answers


def faults_of(question: str, answer: Any) -> list[Fault]:
    """What the configuration would say of one answer, the others being good ones."""
    values = _values({question: answer})
    try:
        parse(values, Path())
    except ConfigFault as fault:
        return fault.faults
    return []


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    answers = {
        "homeserver": "https://matrix.example.org",
        "account": "@doctocbot:example.org",
        "inviters": ["example.org"],
        "language": "fr",
        "data-dir": "data",
    } | dict(given)
    return {
        "homeserver": {"url": answers["homeserver"], "user_id": answers["account"]},
        "rooms": {"allowed_inviters": answers["inviters"]},
        "language": answers["language"],
        "data_dir": answers["data-dir"] or None,
    }


def inviters_in(answer: str) -> list[str]:
    """The entries of a list as people type it: with commas, with spaces, with both."""
    return answer.replace(",", " ").split()


# -- the homeserver


def is_server_name(text: str) -> bool:
    """Whether this can be the name of a homeserver."""
    return _SERVER_NAME.fullmatch(text) is not None


async def find_homeserver(server_name: str) -> str:
    """The address of a server's client API, by its name: what it says of itself, else the name itself if that answers.

    Raises LookUpFailed. Spec: client-server API, "Server discovery", "Well-known URI".
    """
    try:
        base = await _well_known(server_name)
    except LookUpFailed:
        # Some have none: they answer under their own name, or a person has to know.
        if not await answers(f"https://{server_name}"):
            raise
        return f"https://{server_name}"
    if not await answers(base):
        raise LookUpFailed("no-homeserver-there", url=base)
    return base


async def answers(url: str) -> bool:
    """Whether a homeserver answers at an address."""
    connection = Connection(url)
    try:
        found = await connection.request("GET", "/_matrix/client/versions", timeout=_LOOK_UP_SECONDS)
    except MatrixError:
        return False
    finally:
        await connection.close()
    return isinstance(found.get("versions"), list)


async def _well_known(server_name: str) -> str:
    address = f"https://{server_name}/.well-known/matrix/client"
    timeout = aiohttp.ClientTimeout(total=_LOOK_UP_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(address) as response:
            status, body = response.status, await response.content.read(1 << 16)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise LookUpFailed("look-up-unreachable", address=address, error=type(error).__name__) from error
    if status != 200:
        raise LookUpFailed("look-up-status", address=address, status=str(status))
    try:
        base = json.loads(body)["m.homeserver"]["base_url"].rstrip("/")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LookUpFailed("look-up-odd", address=address) from error
    if faults_of("homeserver", base):
        raise LookUpFailed("look-up-odd", address=address)
    return str(base)


# -- files


def filled_in(template: str, answers: Answers) -> str:
    """The commented configuration with the answers in it; ValueError if the template has changed under our feet."""
    inviters = "\n".join(f"    - {_quoted(entry)}" for entry in answers.inviters)
    for here, there in (
        (_COPY_ME, _MADE),
        ("\n  url: https://matrix.example.org\n", f"\n  url: {_quoted(answers.url)}\n"),
        ('\n  user_id: "@doctocbot:example.org"\n', f"\n  user_id: {_quoted(answers.user_id)}\n"),
        ('\n    - "@moderator:example.org"\n', f"\n{inviters}\n"),
        ("\nlanguage: fr\n", f"\nlanguage: {answers.language}\n"),
        ("\ndata_dir: data\n", f"\ndata_dir: {_quoted(answers.data_dir)}\n"),
        # `doctocbot health`, and so a container's health check, works from the first day.
        ("\n  heartbeat_file: null\n", f"\n  heartbeat_file: {_quoted(f'{answers.data_dir}/heartbeat')}\n"),
    ):
        if template.count(here) != 1:
            raise ValueError("the example of a configuration is not what it was")
        template = template.replace(here, there)
    return template


def _quoted(text: str) -> str:
    # What JSON quotes, YAML reads alike, whatever a folder is called.
    return json.dumps(text, ensure_ascii=False)


def refuse_if_set_up(config: Path) -> None:
    """Raise AlreadySetUp where there is a configuration."""
    if os.path.lexists(config):
        raise AlreadySetUp(str(config))


def write(config: Path, answers: Answers, *, own_key: bool) -> Path | None:
    """Write key and configuration, make the folders private, and return where the key is.

    Nothing that is there is written over, and whatever cuts this short leaves whole files or none; the configuration
    comes last. A key that is there already is kept. Where the operator has a key of their own, None is returned.
    Raises AlreadySetUp, ForeignData and OSError.
    """
    text = filled_in(TEMPLATE.read_text(encoding="utf-8"), answers)
    refuse_if_set_up(config)
    key = config.parent / KEY_FILE
    data = (config.parent / Path(answers.data_dir).expanduser()).resolve()
    if not own_key and not key.exists() and (data / "doctocbot.db").exists():
        raise ForeignData(str(data))
    config.parent.mkdir(parents=True, exist_ok=True)
    _private_folder(data)
    if not own_key:
        _private_folder(key.parent)
        if not key.exists():
            _write_new(key, base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() + "\n")
    try:
        _write_new(config, text)
    except FileExistsError as error:
        raise AlreadySetUp(str(config)) from error
    return None if own_key else key


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _write_new(path: Path, text: str) -> None:
    """A whole private file under a name that is free, or nothing; raises FileExistsError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
