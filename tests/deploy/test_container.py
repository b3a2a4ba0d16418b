"""What deploy/ holds for Docker, as far as it can be looked at without an engine.

No image is built and no container started here: deploy/README.md says so, and what was tried by hand.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml

from tests.conftest import Show

pytestmark = pytest.mark.slow

_CHECKOUT = Path(__file__).resolve().parents[2]
_DEPLOY = _CHECKOUT / "deploy"
_DOCKERFILE = (_DEPLOY / "Dockerfile").read_text(encoding="utf-8")
_COMPOSE_FILE = _DEPLOY / "compose.yaml"
_COMPOSE: dict[str, Any] = yaml.safe_load(_COMPOSE_FILE.read_text(encoding="utf-8"))
_NEED_A_PERSON = (2, 4, 5)

# -- the image


def test_the_dockerfile_has_no_fault() -> None:
    """hadolint finds nothing to say, not even a hint."""
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, _DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_image_runs_as_a_number_without_rights() -> None:
    """What runs is no root; base images have their version; nothing secret is an argument or a variable."""
    stages = _DOCKERFILE.split("\nFROM ")[1:]
    assert len(stages) == 2
    assert re.search(r"^USER 10001:10001$", stages[1], re.MULTILINE)
    assert all(re.match(r"python:3\.\d+-slim", stage) for stage in stages)
    variables = re.findall(r"^(?:ENV|ARG) .*", _DOCKERFILE, re.MULTILINE)
    assert not [line for line in variables if re.search("SECRET|PASSWORD|TOKEN", line, re.IGNORECASE)]
    assert "--require-hashes" in stages[0]


def test_only_what_is_built_from_reaches_the_builder() -> None:
    """An allow-list: everything is ignored, and what is let through is in the checkout and needed."""
    lines = (_CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert allowed == {
        "LICENSE", "README.md", "config.yaml.example", "deploy/hold.sh", "deploy/requirements", "doctocbot",
        "pyproject.toml",
    }  # fmt: skip
    assert all((_CHECKOUT / name).exists() for name in allowed)


# -- the container's first process


def _held(program: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [_DEPLOY / "hold.sh", sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


@pytest.mark.parametrize("status", [0, 1, 3, 137])
def test_what_a_restart_may_mend_ends_the_container(status: int) -> None:
    """`run` ends with the bot's status, and Docker's own rule goes on from there."""
    held = _held(f"import sys; sys.exit({status})", "run")
    held.communicate(timeout=20)
    assert held.returncode == status


@pytest.mark.parametrize("status", _NEED_A_PERSON)
def test_what_needs_a_person_waits_for_one(status: int) -> None:
    """The container stays, says why, and stops at once when it is told to: no loop of starts."""
    held = _held(f"import sys; print('the line that says why', flush=True); sys.exit({status})", "run")
    assert held.stdout is not None
    assert held.stderr is not None
    assert held.stdout.readline() == "the line that says why\n"
    assert f"status {status}" in held.stderr.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        held.wait(timeout=1)
    held.terminate()
    assert held.wait(timeout=5) == -signal.SIGTERM
    held.communicate()


@pytest.mark.parametrize("status", [0, *_NEED_A_PERSON])
def test_commands_by_hand_end_as_they_end(status: int) -> None:
    """`login` in a container gives its status to whoever typed it."""
    held = _held(f"import sys; sys.exit({status})", "login")
    held.communicate(timeout=20)
    assert held.returncode == status


def test_a_stop_reaches_the_bot_and_waits_for_it() -> None:
    """SIGTERM is handed on, and what the bot still does in its grace is not cut off."""
    program = """
import signal, sys, time
def stop(*_):
    time.sleep(1)
    print("finished", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
time.sleep(60)
"""
    held = _held(program, "run")
    assert held.stdout is not None
    assert held.stdout.readline() == "up\n"
    held.terminate()
    said, _ = held.communicate(timeout=10)
    assert (said, held.returncode) == ("finished\n", 0)


# -- compose


def test_the_compose_file_is_one_by_the_specification() -> None:
    """Every key is known, every value is of its kind, every name that is used is defined."""
    compose = compose_spec.PyCompose.from_json(json.dumps(_COMPOSE))
    compose.validate()
    compose.to_spec()
    assert set(compose.service_names()) == {"bot", "init", "postgres", "synapse"}


def test_debians_compose_takes_it(show: Show) -> None:
    """`docker-compose config` on the bot alone and with each profile, where that program is; in CI it is."""
    program = shutil.which("docker-compose")
    if program is None:
        assert not os.environ.get("CI"), ".ci/run installs docker-compose"
        show("not run", ["docker-compose config: docker-compose is not installed here (apt: docker-compose)"])
        return
    for profiles in ([], ["--profile", "init"], ["--profile", "homeserver"]):
        arguments = [program, "-f", str(_COMPOSE_FILE), *profiles, "config"]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        # Names stand in it with all that they stand for.
        assert yaml.safe_load(done.stdout)["services"]["bot"]["cap_drop"] == ["ALL"]


def test_the_bot_alone_needs_no_profile() -> None:
    """`up` starts the bot; the homeserver comes by its profile, the questions by name."""
    profiles = {name: service.get("profiles", []) for name, service in _COMPOSE["services"].items()}
    assert profiles == {
        "bot": [], "init": ["init"], "synapse": ["homeserver"], "postgres": ["homeserver"],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["bot", "init"])
def test_the_bots_containers_can_do_nothing_but_their_work(name: str) -> None:
    """No rights, nothing to write but the data and a small /tmp, a limit of memory and of processes."""
    service = _COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "pids_limit"} <= service.keys()
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]  # noqa: S108
    assert "privileged" not in service
    assert "ports" not in service


def test_secrets_come_as_files_and_the_bot_writes_its_data_alone() -> None:
    """Nothing secret stands in the environment of what runs for months, nor in the file itself."""
    bot = _COMPOSE["services"]["bot"]
    assert bot["environment"] == {"DOCTOCBOT_SECRET_FILE": "/run/secrets/key"}
    assert [mount for mount in bot["volumes"] if not mount.endswith(":ro")] == ["data:/data"]
    for service in _COMPOSE["services"].values():
        secret = {name for name in service.get("environment", {}) if re.search("PASSWORD|SECRET|TOKEN", name)}
        assert all(name.endswith("_FILE") or service is _COMPOSE["services"]["init"] for name in secret)


def test_every_image_has_its_version() -> None:
    """And none comes from a registry that a reader would have to know."""
    images = [service["image"] for service in _COMPOSE["services"].values()]
    assert all(re.fullmatch(r"(?:[a-z]+/)?[a-z]+:v?\d+[\d.]*", image) for image in images)


def test_the_healthcheck_is_the_images_own() -> None:
    """Compose and image ask the same thing, a command that is there."""
    test = _COMPOSE["services"]["bot"]["healthcheck"]["test"]
    assert json.dumps(test[1:]) in _DOCKERFILE
    assert test[1:3] == ["doctocbot", "health"]
