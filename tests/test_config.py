"""The operator's settings: all faults at once, with their paths, and secrets that never stand in the file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from doctocbot.chat.wording import LANGUAGES, wording
from doctocbot.config import Config, ConfigFault, Secrets, load, parse, read_secrets

EXAMPLE = Path(__file__).parents[1] / "config.yaml.example"
SECRET = "sixteen letters or more"
GOOD: dict[str, Any] = {
    "homeserver": {"url": "https://matrix.clinic.example", "user_id": "@bot:clinic.example"},
    "rooms": {"allowed_inviters": ["@lea:clinic.example"]},
}


def settings(model: type[BaseModel] = Config, above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key of the model by its path, sections left out."""
    for name, info in model.model_fields.items():
        path = f"{above}{name}"
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from settings(info.annotation, f"{path}.")
        else:
            yield path, info


def changed(path: str, value: object) -> dict[str, Any]:
    """The good settings with one of them changed; `...` removes it."""
    values = {name: dict(part) if isinstance(part, dict) else part for name, part in GOOD.items()}
    *sections, name = path.split(".")
    part = values
    for section in sections:
        part = part.setdefault(section, {})
    part.pop(name, None)
    if value is not ...:
        part[name] = value
    return values


def faults(values: Mapping[str, Any]) -> dict[str, str]:
    """Where something is wrong, and what."""
    with pytest.raises(ConfigFault) as caught:
        parse(values, Path("/etc/doctocbot"))
    return {fault.where: fault.what for fault in caught.value.faults}


# -- the example


def test_the_example_is_a_good_configuration() -> None:
    """Whoever copies it and changes nothing gets no fault."""
    load(EXAMPLE)


def test_the_example_holds_every_key_with_its_default() -> None:
    """And no other; it is checked against the code."""
    example = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    written = {
        f"{name}.{key}" if isinstance(part, dict) else name: value
        for name, part in example.items()
        for key, value in (part.items() if isinstance(part, dict) else [("", part)])
    }
    defaults = dict(settings())
    assert written.keys() == defaults.keys()
    for path, info in defaults.items():
        if not info.is_required():
            default = info.get_default()
            assert str(written[path]) == str(list(default) if isinstance(default, tuple) else default), path


@pytest.mark.parametrize("path", [path for path, _ in settings()])
def test_every_key_of_the_example_has_a_sentence(path: str) -> None:
    """Right above it, saying what it does, and that it has no default where it has none."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    depth, name = path.count("."), path.rsplit(".", 1)[-1]
    at = next(n for n, line in enumerate(lines) if line.startswith("  " * depth + name + ":"))
    comment: list[str] = []
    while lines[at - 1].strip().startswith("#"):
        at -= 1
        comment.insert(0, lines[at].strip("# "))
    assert len(" ".join(comment)) > 20
    assert ("No default" in " ".join(comment)) == dict(settings())[path].is_required()


def test_the_example_names_every_secret_and_holds_none() -> None:
    """They come from the environment or from files."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for name in (
        "DOCTOCBOT_SECRET",
        "DOCTOCBOT_PASSWORD",
        "DOCTOCBOT_TOKEN",
        "DOCTOCBOT_RECOVERY_KEY",
        "DOCTOCBOT_ADMIN_TOKEN",
        "_FILE",
    ):
        assert name in text
    assert not {"secret", "password", "token"} & {path.rsplit(".", 1)[-1] for path, _ in settings()}


# -- faults


def test_the_fewest_settings_are_enough() -> None:
    """All else has its default; the data lie beside the configuration."""
    config = parse(GOOD, Path("/etc/doctocbot"))
    assert config.data_dir == Path("/etc/doctocbot/data")
    assert (config.language, config.quiz.minutes, config.trust.allow_unsigned_devices) == ("fr", 15, False)
    assert config.trust.on_identity_change == "warn"
    assert parse({**GOOD, "data_dir": "/var/lib/bot"}, Path("/etc")).data_dir == Path("/var/lib/bot")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("homeserver", ...),
        ("homeserver.url", ...),
        ("homeserver.url", "matrix.clinic.example"),
        ("homeserver.url", "ftp://matrix.clinic.example"),
        ("homeserver.url", "https://matrix.clinic.example/_matrix/client"),
        ("homeserver.url", ""),
        ("homeserver.url", 8008),
        ("homeserver.user_id", ...),
        ("homeserver.user_id", "bot"),
        ("homeserver.user_id", "@bot"),
        ("homeserver.user_id", "@bot:clinic.example/x"),
        ("homeserver.device_name", ""),
        ("homeserver.device_name", "x" * 101),
        ("homeserver.password", "hunter2"),
        ("rooms.allowed_inviters", ...),
        ("rooms.allowed_inviters", []),
        ("rooms.allowed_inviters", "@lea:clinic.example"),
        ("rooms.allowed_inviters", ["@lea"]),
        ("rooms.allowed_inviters", ["lea@clinic.example"]),
        ("rooms.allowed_inviters", ["https://clinic.example"]),
        ("language", "de"),
        ("language", ""),
        ("languge", "fr"),
        ("quiz.minutes", 0),
        ("quiz.minutes", 10_081),
        ("quiz.minutes", "soon"),
        ("followups.days", 7),
        ("followups.days", [1, 2, 3, 4, 5, 6]),
        ("trust.allow_unsigned_devices", "perhaps"),
        ("trust.on_identity_change", "shrug"),
        ("calls.nudge_minutes", -1),
        ("calls.reminder_minutes", 1441),
        ("calls.quiet_hours", "at night"),
        ("calls.quiet_hours", True),
        ("calls.quiet_hours", 79_200),
        ("data_dir", 5),
    ],
)
def test_each_fault_is_named_by_its_path(path: str, value: object) -> None:
    """And by nothing else."""
    (where,) = faults(changed(path, value))
    assert where.startswith(path)


def test_all_faults_are_told_at_once() -> None:
    """Nobody corrects a file ten times."""
    wrong = {
        "homeserver": {"url": "x", "device_nam": "x"},
        "rooms": {"allowed_inviters": []},
        "language": "de",
        "quiz": {"minutes": 0},
        "typo": 1,
    }
    assert faults(wrong).keys() == {
        "homeserver.url", "homeserver.user_id", "homeserver.device_nam", "rooms.allowed_inviters", "language",
        "quiz.minutes", "typo",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "kept"),
    [("22h-7h", "22:00-07:00"), ("21:00-07:00", "21:00-07:00"), ("off", "off"), (False, "off")],
)
def test_quiet_hours_are_kept_in_one_form(written: object, kept: str) -> None:
    """However they are written; YAML reads a bare `off` as false."""
    assert parse(changed("calls.quiet_hours", written), Path()).calls.quiet_hours == kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_has_a_sentence(language: str) -> None:
    """With all its places filled."""
    words = wording(language)
    told = []
    for path, value in [
        ("homeserver.url", ...), ("homeserver.url", "x"), ("homeserver.user_id", "x"), ("homeserver.device_name", ""),
        ("typo", 1), ("rooms.allowed_inviters", ["@x"]), ("rooms.allowed_inviters", []), ("language", "de"),
        ("quiz.minutes", 0), ("quiz.minutes", 10**6), ("quiz.minutes", "x"), ("trust.allow_unsigned_devices", "x"),
        ("calls.quiet_hours", "x"),
    ]:  # fmt: skip
        with pytest.raises(ConfigFault) as caught:
            parse(changed(path, value), Path())
        told += [words.say(f"config.{fault.what}", **fault.values) for fault in caught.value.faults]
    assert len(told) == 13
    assert all(len(sentence) > 5 and "{" not in sentence for sentence in told)


def test_a_secret_that_strayed_into_the_file_is_not_repeated() -> None:
    """Faults are copied into tickets and chats."""
    with pytest.raises(ConfigFault) as caught:
        parse(changed("homeserver.password", "hunter2"), Path())
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in str(caught.value.faults)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "unreadable"),
        (b"", "no-settings"),
        (b"- a\n- b\n", "no-settings"),
        (b"just words", "no-settings"),
        (b"a: [1\nb: 2\n", "not-yaml"),
        (b"a: !!python/object:os.system {}\n", "not-yaml"),
        (b"\xff\xfe\x00", "not-text"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path, content: bytes | None, what: str) -> None:
    """Named by the file."""
    path = tmp_path / "config.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigFault) as caught:
        load(path)
    assert [(fault.where, fault.what) for fault in caught.value.faults] == [(str(path), what)]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """As some editors write them."""
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(GOOD), encoding="utf-8-sig")
    assert load(path).homeserver.user_id == "@bot:clinic.example"


# -- secrets


def secret_faults(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is wrong with the secrets."""
    with pytest.raises(ConfigFault) as caught:
        read_secrets(environment)
    return [(fault.where, fault.what) for fault in caught.value.faults]


def test_secrets_come_from_the_environment_or_from_files(tmp_path: Path) -> None:
    """The line end of a file is not part of it."""
    file = tmp_path / "token"
    file.write_text("syt_token\n", encoding="utf-8")
    read = read_secrets(
        {"DOCTOCBOT_SECRET": SECRET, "DOCTOCBOT_TOKEN_FILE": str(file), "DOCTOCBOT_PASSWORD": ""}
    )
    assert read == Secrets(SECRET, None, "syt_token", None)


def test_secrets_are_never_printed() -> None:
    """Not even by somebody who prints everything."""
    assert SECRET not in repr(Secrets(SECRET, SECRET, SECRET, SECRET, SECRET))


def test_faulty_secrets_are_told_at_once_by_the_name_of_the_variable(tmp_path: Path) -> None:
    """Set twice, unreadable, empty, not text, short or missing; and never with what they hold."""
    empty, binary, short = tmp_path / "empty", tmp_path / "binary", tmp_path / "short"
    empty.write_text(" \n", encoding="utf-8")
    binary.write_bytes(b"\xff\xfe")
    short.write_text("short", encoding="utf-8")
    assert secret_faults({}) == [("DOCTOCBOT_SECRET", "secret-missing")]
    assert secret_faults({"DOCTOCBOT_SECRET": "short"}) == [("DOCTOCBOT_SECRET", "secret-short")]
    assert secret_faults({"DOCTOCBOT_SECRET_FILE": str(short)}) == [("DOCTOCBOT_SECRET", "secret-short")]
    assert secret_faults(
        {
            "DOCTOCBOT_SECRET": SECRET,
            "DOCTOCBOT_SECRET_FILE": str(short),
            "DOCTOCBOT_PASSWORD_FILE": str(empty),
            "DOCTOCBOT_TOKEN_FILE": str(binary),
            "DOCTOCBOT_RECOVERY_KEY_FILE": str(tmp_path / "nowhere"),
        }
    ) == [
        ("DOCTOCBOT_SECRET", "secret-twice"),
        ("DOCTOCBOT_PASSWORD_FILE", "secret-file-empty"),
        ("DOCTOCBOT_TOKEN_FILE", "secret-file"),
        ("DOCTOCBOT_RECOVERY_KEY_FILE", "secret-file"),
    ]
