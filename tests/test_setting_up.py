"""From five answers to files: what is written, with which modes, and what is never written over."""

import base64
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from doctocbot import setting_up
from doctocbot.config import load, read_secrets
from doctocbot.setting_up import AlreadySetUp, Answers, ForeignData, faults_of, inviters_in, is_server_name

ANSWERS = Answers(
    "https://matrix.clinic.example", "@doctocbot:clinic.example", ("@lea:clinic.example", "@*:lab.example"),
    "en", "kept here",
)  # fmt: skip


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# -- answers


@pytest.mark.parametrize(
    ("question", "answer", "fault"),
    [
        ("homeserver", "https://matrix.clinic.example", None),
        ("homeserver", "http://synapse:8008", None),
        ("homeserver", "ftp://clinic.example", "url"),
        ("homeserver", "https://clinic.example/_matrix", "url"),
        ("homeserver", "https://", "url"),
        ("account", "@doctocbot:clinic.example", None),
        ("account", "@doctocbot:clinic.example:8448", None),
        ("account", "doctocbot", "user-id"),
        ("account", "@doctocbot", "user-id"),
        ("account", "", "user-id"),
        ("inviters", ["clinic.example"], None),
        ("inviters", ["@lea:clinic.example", "@*:lab.example"], None),
        ("inviters", [], "empty"),
        ("inviters", ["@lea"], "inviters"),
        ("inviters", ["https://clinic.example"], "inviters"),
        ("language", "fr", None),
        ("language", "de", "choice"),
        ("data-dir", "data", None),
        ("data-dir", "/var/lib/doctocbot", None),
    ],
)
def test_an_answer_is_judged_as_the_configuration_would(
    question: str, answer: Any, fault: str | None
) -> None:
    """The same faults, the same sentences: what is taken here is taken by `check-config`."""
    assert [found.what for found in faults_of(question, answer)] == ([fault] if fault else [])


def test_no_data_directory_is_an_answer_that_will_not_do() -> None:
    """Else the data would lie beside the configuration, wherever that is."""
    assert faults_of("data-dir", "")


@pytest.mark.parametrize(
    ("typed", "entries"),
    [
        ("", []),
        ("clinic.example", ["clinic.example"]),
        ("@lea:x.example,@max:x.example", ["@lea:x.example", "@max:x.example"]),
        ("  @lea:x.example ,  x.example ", ["@lea:x.example", "x.example"]),
        ("a.example b.example", ["a.example", "b.example"]),
    ],
)
def test_a_list_is_read_as_people_type_it(typed: str, entries: list[str]) -> None:
    """With commas, with spaces, with both."""
    assert inviters_in(typed) == entries


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("clinic.example", True),
        ("clinic.example:8448", True),
        ("192.0.2.1", True),
        ("[2001:db8::1]:8448", True),
        ("", False),
        ("clinic.example/path", False),
        ("@bot:clinic.example", False),
        ("clinic example", False),
        ("clinic.example?x", False),
    ],
)
def test_a_server_name_is_one(text: str, is_one: bool) -> None:
    """What is not could send the look-up anywhere."""
    assert is_server_name(text) is is_one


# -- files


def test_the_configuration_is_the_commented_example_with_the_answers(tmp_path: Path) -> None:
    """Every setting with its sentence, as in the example; no line but those of the answers is another."""
    path = tmp_path / "config.yaml"
    setting_up.write(path, ANSWERS, own_key=False)
    config = load(path)
    assert config.homeserver.url == ANSWERS.url
    assert config.homeserver.user_id == ANSWERS.user_id
    assert config.rooms.allowed_inviters == list(ANSWERS.inviters)
    assert config.language == "en"
    assert config.data_dir == tmp_path / "kept here"
    assert config.health.heartbeat_file == tmp_path / "kept here" / "heartbeat"

    example = setting_up.TEMPLATE.read_text(encoding="utf-8").splitlines()
    written = path.read_text(encoding="utf-8").splitlines()
    assert len(set(example) - set(written)) == 8
    assert "Copy this file" not in "\n".join(written)
    assert yaml.safe_load("\n".join(example)).keys() == yaml.safe_load("\n".join(written)).keys()


def test_what_is_written_is_for_the_bot_alone(tmp_path: Path) -> None:
    """Files 0600, folders of secrets and data 0700, whatever the umask; the operator's own folder is left alone."""
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    before = os.umask(0o000)
    try:
        key = setting_up.write(home / "config.yaml", ANSWERS, own_key=False)
    finally:
        os.umask(before)
    assert key == home / "secrets" / "key"
    modes = {path.name: _mode(path) for path in (home, *home.rglob("*"))}
    assert modes == {"home": 0o755, "config.yaml": 0o600, "secrets": 0o700, "key": 0o600, "kept here": 0o700}


def test_the_key_is_random_and_one_that_the_bot_takes(tmp_path: Path) -> None:
    """32 bytes, another each time."""
    keys = set()
    for name in ("a", "b"):
        key = setting_up.write(tmp_path / name / "config.yaml", ANSWERS, own_key=False)
        assert key is not None
        assert len(base64.b64decode(key.read_text(), validate=False)) == 32
        keys.add(read_secrets({"DOCTOCBOT_SECRET_FILE": str(key)}).secret)
    assert len(keys) == 2


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    """Neither a configuration, nor a key that opens somebody's data."""
    path = tmp_path / "config.yaml"
    first = setting_up.write(path, ANSWERS, own_key=False)
    assert first is not None
    kept = (path.read_bytes(), first.read_bytes())
    with pytest.raises(AlreadySetUp):
        setting_up.write(path, ANSWERS, own_key=False)
    assert (path.read_bytes(), first.read_bytes()) == kept
    # What a crash between the two leaves: the key is there, and goes on being the key.
    path.unlink()
    assert setting_up.write(path, ANSWERS, own_key=False) == first
    assert first.read_bytes() == kept[1]


def test_a_name_that_leads_nowhere_counts_as_there(tmp_path: Path) -> None:
    """A link to a configuration on a disk that is not mounted is somebody's configuration."""
    path = tmp_path / "config.yaml"
    path.symlink_to(tmp_path / "gone")
    with pytest.raises(AlreadySetUp):
        setting_up.write(path, ANSWERS, own_key=False)
    assert not (tmp_path / "secrets").exists()


def test_no_new_key_is_made_for_another_bots_data(tmp_path: Path) -> None:
    """It could not open them: nothing is written. With the operator's own key there is nothing to make."""
    data = tmp_path / "kept here"
    data.mkdir()
    (data / "doctocbot.db").touch()
    with pytest.raises(ForeignData):
        setting_up.write(tmp_path / "config.yaml", ANSWERS, own_key=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept here"]
    assert setting_up.write(tmp_path / "config.yaml", ANSWERS, own_key=True) is None
    assert not (tmp_path / "secrets").exists()


def test_no_half_file_is_left_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up, a power cut: there is a whole configuration afterwards, or none."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device", "config.yaml")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        setting_up.write(tmp_path / "config.yaml", ANSWERS, own_key=True)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_an_example_that_was_changed_is_noticed() -> None:
    """Rather than a configuration in which an answer is missing."""
    with pytest.raises(ValueError, match="example"):
        setting_up.filled_in("data_dir: elsewhere\n", ANSWERS)
