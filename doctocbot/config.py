"""The operator's settings: one YAML file, checked whole, and secrets that never stand in it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from doctocbot.chat.times import read_quiet_option

SECRET = "DOCTOCBOT_SECRET"  # noqa: S105 - the name of a variable
PASSWORD = "DOCTOCBOT_PASSWORD"  # noqa: S105 - the name of a variable
TOKEN = "DOCTOCBOT_TOKEN"  # noqa: S105 - the name of a variable
RECOVERY_KEY = "DOCTOCBOT_RECOVERY_KEY"
ADMIN_TOKEN = "DOCTOCBOT_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
BACKUP_PASSPHRASE = "DOCTOCBOT_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable
NEW_SECRET = "DOCTOCBOT_NEW_SECRET"  # noqa: S105 - the name of a variable

_SECRETS = (SECRET, PASSWORD, TOKEN, RECOVERY_KEY, ADMIN_TOKEN)
_SHORTEST_SECRET = 16
_USER_ID = re.compile(r"@[^\s:]+:[^\s:/]+(:\d{1,5})?")
_ADDRESS = re.compile(r"([0-9.]+|\[[0-9a-fA-F:]+\]|localhost):\d{1,5}")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_INVITER = re.compile(r"(@[^\s:]+:)?[^\s:/@]+(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the key's path, and a sentence of the catalogue (`config.<what>`) with its values."""

    where: str
    what: str
    values: Mapping[str, str] = field(default_factory=dict)


class ConfigFault(Exception):
    """Everything that is wrong with a configuration."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.where}: {fault.what}" for fault in faults))
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
            raise PydanticCustomError("user-id", "no user id")
        return value


class RoomsSection(_Section):
    """Which rooms the bot lets itself be invited to, whom it deals with there, and whether it greets newcomers."""

    allowed_inviters: Annotated[list[str], Field(min_length=1)]
    allowed_members: list[str] = []
    denied_members: list[str] = []
    welcome: bool = True

    @field_validator("allowed_inviters", "allowed_members", "denied_members")
    @classmethod
    def _are_inviters(cls, value: list[str]) -> list[str]:
        wrong = [entry for entry in value if not _INVITER.fullmatch(entry)]
        if wrong:
            raise PydanticCustomError("inviters", "no inviters", {"entries": ", ".join(wrong)})
        return value


class TrustSection(_Section):
    """How much the bot asks of other people's devices."""

    allow_unsigned_devices: bool = False
    on_identity_change: Literal["warn", "hold"] = "warn"


class QuizSection(_Section):
    """How quizzes run."""

    minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 15


class CardsSection(_Section):
    """How often a card is edited: the seconds for which changes of one are bundled."""

    seconds_between_edits: Annotated[int, Field(ge=0, le=60)] = 5


class DraftsSection(_Section):
    """How long a draft in a direct chat lives unchanged."""

    hours: Annotated[int, Field(ge=1, le=7 * 24)] = 24


class CallsSection(_Section):
    """When colleagues are called to a case that nobody has answered; 0 minutes is never."""

    nudge_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 15
    reminder_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 60
    quiet_hours: str = "21:00-07:00"

    @field_validator("quiet_hours", mode="before")
    @classmethod
    def _are_hours(cls, value: object) -> str:
        # YAML reads a bare off as false.
        read = "off" if value is False else read_quiet_option(value) if isinstance(value, str) else None
        if read is None:
            raise PydanticCustomError("quiet-hours", "no hours of the day")
        return read


class FollowupsSection(_Section):
    """After how many days authors are asked how a closed case went; none, and nobody is asked."""

    days: Annotated[list[Annotated[int, Field(ge=1, le=365)]], Field(max_length=5)] = [7, 30]


class RetentionSection(_Section):
    """How many days after the last word on it a case is kept, where its room has chosen nothing else; 0 is for ever."""

    days: Annotated[int, Field(ge=0, le=3650)] = 365


class HealthSection(_Section):
    """How those who watch over the bot are told; nothing listens unless it is asked for."""

    listen: str = "off"
    beyond_loopback: bool = False
    heartbeat_file: Path | None = None

    @field_validator("listen", mode="before")
    @classmethod
    def _is_address(cls, value: object) -> str:
        # YAML reads a bare off as false.
        found = "off" if value is False else value
        if found != "off" and not (isinstance(found, str) and _ADDRESS.fullmatch(found)):
            raise PydanticCustomError("listen", "no address")
        return found

    @model_validator(mode="after")
    def _stays_on_loopback(self) -> "HealthSection":
        if self.address is not None and self.address[0] not in _LOOPBACK and not self.beyond_loopback:
            raise PydanticCustomError("beyond-loopback", "not loopback")
        return self

    @property
    def address(self) -> tuple[str, int] | None:
        """Where to listen, None for nowhere."""
        if self.listen == "off":
            return None
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


class Config(_Section):
    """All settings. Read it with `load`."""

    homeserver: HomeserverSection
    data_dir: Path = Path("data")
    language: Literal["fr", "en"] = "fr"
    timezone: str = "Europe/Paris"
    rooms: RoomsSection
    trust: TrustSection = TrustSection()
    quiz: QuizSection = QuizSection()
    cards: CardsSection = CardsSection()
    drafts: DraftsSection = DraftsSection()
    followups: FollowupsSection = FollowupsSection()
    calls: CallsSection = CallsSection()
    retention: RetentionSection = RetentionSection()
    health: HealthSection = HealthSection()

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise PydanticCustomError("timezone", "no time zone") from error
        return value


@dataclass(frozen=True, slots=True)
class Secrets:
    """What comes from the environment or from files that it names; never shown when printed."""

    secret: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    recovery_key: str | None = field(default=None, repr=False)
    admin_token: str | None = field(default=None, repr=False)


def load(path: Path) -> Config:
    """Read and check a configuration file; raises ConfigFault with all its faults at once."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _file_fault(path, "unreadable", error=error.strerror or "") from error
    except UnicodeDecodeError as error:
        raise _file_fault(path, "not-text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _file_fault(path, "not-yaml", line=str(mark.line + 1) if mark else "?") from error
    if not isinstance(values, dict):
        raise _file_fault(path, "no-settings")
    return parse(values, path.parent)


def _file_fault(path: Path, what: str, **values: str) -> ConfigFault:
    return ConfigFault([Fault(str(path), what, values)])


def parse(values: Mapping[str, Any], folder: Path) -> Config:
    """Check settings; a relative `data_dir` is taken from the configuration's own folder."""
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise ConfigFault([_fault(each) for each in error.errors()]) from error
    places: dict[str, Any] = {"data_dir": (folder / config.data_dir.expanduser()).resolve()}
    if config.health.heartbeat_file is not None:
        beat = (folder / config.health.heartbeat_file.expanduser()).resolve()
        places["health"] = config.health.model_copy(update={"heartbeat_file": beat})
    return config.model_copy(update=places)


_FAULTS = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "user-id": "user-id",
    "inviters": "inviters",
    "timezone": "timezone",
    "quiet-hours": "quiet-hours",
    "listen": "listen",
    "beyond-loopback": "beyond-loopback",
    "string_pattern_mismatch": "url",
    "literal_error": "choice",
    "greater_than_equal": "at-least",
    "less_than_equal": "at-most",
    "too_short": "empty",
    "string_too_short": "empty",
}


def _fault(error: Mapping[str, Any]) -> Fault:
    """One fault without the value that was found: it could be a secret that strayed into the file."""
    where = ".".join(str(part) for part in error["loc"])
    context = error.get("ctx") or {}
    values = {
        "detail": error["msg"],
        "entries": str(context.get("entries", "")),
        "choices": str(context.get("expected", "")),
        "least": str(context.get("ge", "")),
        "most": str(context.get("le", "")),
    }
    return Fault(where, _FAULTS.get(error["type"], "value"), values)


def read_secrets(environment: Mapping[str, str] = os.environ) -> Secrets:
    """Read the secrets from the environment, each directly or from the file its `…_FILE` twin names.

    Raises ConfigFault with all faults at once.
    """
    faults: list[Fault] = []
    found = {name: _secret(environment, name, faults) for name in _SECRETS}
    secret = found[SECRET]
    if secret is None and not any(fault.where.startswith(SECRET) for fault in faults):
        faults.append(Fault(SECRET, "secret-missing", {"name": SECRET}))
    if secret is not None and len(secret) < _SHORTEST_SECRET:
        faults.append(Fault(SECRET, "secret-short", {"least": str(_SHORTEST_SECRET)}))
    if faults or secret is None:
        raise ConfigFault(faults)
    return Secrets(secret, found[PASSWORD], found[TOKEN], found[RECOVERY_KEY], found[ADMIN_TOKEN])


def read_further_secret(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """Read one that only some commands need, such as the passphrase of backups; raises ConfigFault with its faults."""
    faults: list[Fault] = []
    found = _secret(environment, name, faults)
    if found is None and not faults:
        faults.append(Fault(name, "secret-missing-here", {"name": name}))
    if found is not None and len(found) < _SHORTEST_SECRET:
        faults.append(Fault(name, "secret-short", {"least": str(_SHORTEST_SECRET)}))
    if faults or found is None:
        raise ConfigFault(faults)
    return found


def _secret(environment: Mapping[str, str], name: str, faults: list[Fault]) -> str | None:
    direct, file = environment.get(name), environment.get(f"{name}_FILE")
    if direct and file:
        faults.append(Fault(name, "secret-twice", {"name": name}))
        return None
    if not file:
        return direct or None
    try:
        content = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(f"{name}_FILE", "secret-file", {"error": type(error).__name__}))
        return None
    if not content:
        faults.append(Fault(f"{name}_FILE", "secret-file-empty"))
    return content or None
