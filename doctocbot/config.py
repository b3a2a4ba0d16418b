"""The operator's settings: one YAML file, checked whole, and secrets that never stand in it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

SECRET = "DOCTOCBOT_SECRET"  # noqa: S105 - the name of a variable
PASSWORD = "DOCTOCBOT_PASSWORD"  # noqa: S105 - the name of a variable
TOKEN = "DOCTOCBOT_TOKEN"  # noqa: S105 - the name of a variable
RECOVERY_KEY = "DOCTOCBOT_RECOVERY_KEY"

_SHORTEST_SECRET = 16
_USER_ID = re.compile(r"@[^\s:]+:[^\s:/]+(:\d{1,5})?")
_INVITER = re.compile(r"(@[^\s:]+:)?[^\s:/@]+(:\d{1,5})?")


class ConfigFault(Exception):
    """Everything that is wrong with a configuration, one line for each fault, each with the key's path."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HomeserverSection(_Section):
    """Where the bot's account lives."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+/?$")]
    user_id: str
    device_name: Annotated[str, Field(min_length=1, max_length=100)] = "doctocbot"

    @field_validator("user_id")
    @classmethod
    def _is_user_id(cls, value: str) -> str:
        if not _USER_ID.fullmatch(value):
            raise ValueError("must look like @doctocbot:example.org")
        return value


class RoomsSection(_Section):
    """Which rooms the bot lets itself be invited to."""

    allowed_inviters: Annotated[list[str], Field(min_length=1)]

    @field_validator("allowed_inviters")
    @classmethod
    def _are_inviters(cls, value: list[str]) -> list[str]:
        wrong = [entry for entry in value if not _INVITER.fullmatch(entry)]
        if wrong:
            raise ValueError(f"not a user id, a pattern or a server: {', '.join(wrong)}")
        return value


class TrustSection(_Section):
    """How much the bot asks of other people's devices."""

    allow_unsigned_devices: bool = False


class QuizSection(_Section):
    """How quizzes run."""

    minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 15


class Config(_Section):
    """All settings. Read it with `load`."""

    homeserver: HomeserverSection
    data_dir: Path = Path("data")
    language: Literal["fr", "en"] = "fr"
    rooms: RoomsSection
    trust: TrustSection = TrustSection()
    quiz: QuizSection = QuizSection()


@dataclass(frozen=True, slots=True)
class Secrets:
    """What comes from the environment or from files that it names; never shown when printed."""

    secret: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    recovery_key: str | None = field(default=None, repr=False)


def load(path: Path) -> Config:
    """Read and check a configuration file; raises ConfigFault with all its faults at once."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigFault([f"{path}: cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise ConfigFault([f"{path}: is not a text file in UTF-8"]) from error
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigFault([f"{path}{where}: is not valid YAML"]) from error
    if not isinstance(values, dict):
        raise ConfigFault([f"{path}: holds no settings; see config.yaml.example"])
    return parse(values, path.parent)


def parse(values: Mapping[str, Any], folder: Path) -> Config:
    """Check settings; a relative `data_dir` is taken from the configuration's own folder."""
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise ConfigFault([_fault(each) for each in error.errors()]) from error
    return config.model_copy(update={"data_dir": (folder / config.data_dir.expanduser()).resolve()})


def _fault(error: Mapping[str, Any]) -> str:
    """One fault in words, without the value where it could be a secret that strayed into the file."""
    where = ".".join(str(part) for part in error["loc"])
    what = {"missing": "is missing", "extra_forbidden": "is not a setting (is it misspelt?)"}.get(
        error["type"]
    )
    return f"{where}: {what or error['msg'].removeprefix('Value error, ')}"


def read_secrets(environment: Mapping[str, str] = os.environ) -> Secrets:
    """Read the secrets from the environment, each directly or from the file its `…_FILE` twin names.

    Raises ConfigFault with all faults at once.
    """
    faults: list[str] = []
    found = {name: _secret(environment, name, faults) for name in (SECRET, PASSWORD, TOKEN, RECOVERY_KEY)}
    secret = found[SECRET]
    if secret is None:
        if not faults:
            faults.append(
                f"{SECRET}: is missing; set it, or {SECRET}_FILE, to a long random text and keep a copy"
            )
    elif len(secret) < _SHORTEST_SECRET:
        faults.append(
            f"{SECRET}: is too short; {_SHORTEST_SECRET} characters at least, better 32 random ones"
        )
    if faults or secret is None:
        raise ConfigFault(faults)
    return Secrets(secret, found[PASSWORD], found[TOKEN], found[RECOVERY_KEY])


def _secret(environment: Mapping[str, str], name: str, faults: list[str]) -> str | None:
    direct, file = environment.get(name), environment.get(f"{name}_FILE")
    if direct and file:
        faults.append(f"{name}: is set twice, as {name} and as {name}_FILE; keep one")
        return None
    if not file:
        return direct or None
    try:
        content = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{name}_FILE: the file cannot be read ({type(error).__name__})")
        return None
    if not content:
        faults.append(f"{name}_FILE: the file is empty")
    return content or None
