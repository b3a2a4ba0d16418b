"""The wheel, as `pipx install` takes it: all that the bot reads is in it, and nothing else."""

import email
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.images import metadata, photos

pytestmark = pytest.mark.slow

_CHECKOUT = Path(__file__).resolve().parents[2]
_PACKAGE = _CHECKOUT / "doctocbot"
_MIGRATED = """
import asyncio, pathlib
from doctocbot.chat.wording import wording
from doctocbot.guard import identifiers
from doctocbot.store import Database, derive_key

async def migrate():
    database = await Database.open(pathlib.Path("new.db"), derive_key("x" * 16, "database"))
    await database.close()

asyncio.run(migrate())
print(wording("en").say("cli.next"))
"""
_BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "config.yaml.example")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the pinned setuptools, from what a checkout holds and a container's builder is sent."""
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(
        _PACKAGE, source / "doctocbot", symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in _BUILT_FROM:
        shutil.copy(_CHECKOUT / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    _run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
        "--wheel-dir", out, source,
    )  # fmt: skip
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment of its own: the wheel, and the dependencies of this one."""
    environment = tmp_path_factory.mktemp("environment")
    _run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    (site,) = environment.glob("lib/python*/site-packages")
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
    )
    dependencies = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    (site / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")
    return environment / "bin"


def _run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    # Nothing of the checkout, nor of who runs the tests, is to be found by it.
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8"}
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    done = subprocess.run(
        command, cwd=cwd, env=environment | kept, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _package_files() -> Iterator[str]:
    for path in _PACKAGE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(_CHECKOUT))


def test_everything_of_the_package_is_in_it_and_nothing_else(wheel: Path) -> None:
    """Catalogues, migrations, word lists, banks and the example of a configuration; no test, no deployment."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == set(_package_files())


def test_the_example_in_it_is_the_one_of_the_checkout(wheel: Path) -> None:
    """There is one; what `init` writes from cannot fall behind."""
    packed = zipfile.ZipFile(wheel).read("doctocbot/config.yaml.example")
    assert packed == (_CHECKOUT / "config.yaml.example").read_bytes()
    assert (_PACKAGE / "config.yaml.example").is_symlink()


def test_it_says_what_it_is(wheel: Path) -> None:
    """Name, Python, licence, command: what installers and their users go by."""
    archive = zipfile.ZipFile(wheel)
    names = {name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
    said = email.message_from_bytes(archive.read(names["METADATA"]))
    assert said["Name"] == "doctocbot"
    assert said["Requires-Python"] == ">=3.11"
    assert said["License-Expression"] == "Apache-2.0"
    assert "licenses/LICENSE" in names
    assert archive.read(names["entry_points.txt"]).decode().split() == [
        "[console_scripts]", "doctocbot", "=", "doctocbot.cli:main",
    ]  # fmt: skip
    wants = said.get_all("Requires-Dist") or []
    assert any(want.startswith("matrix-nio") for want in wants)
    assert wheel.name.endswith("-py3-none-any.whl")


def test_it_works_far_from_any_checkout(installed: Path, tmp_path: Path) -> None:
    """Help, a picture cleaned in its sandbox, a configuration written, and a database made by all migrations."""
    program = installed / "doctocbot"
    where = "import doctocbot, pathlib; print(pathlib.Path(doctocbot.__file__).resolve())"
    found = _run(installed / "python", "-c", where, cwd=tmp_path).stdout
    assert Path(found.strip()).is_relative_to(installed.parent.resolve())

    assert "case desk" in _run(program, "--help", cwd=tmp_path).stdout
    picture = tmp_path / "IMG_0001.jpg"
    picture.write_bytes(photos.jpeg_with(photos.exif_segment(metadata.tiff_block())))
    assert "clean-lossless" in _run(program, "scrub", picture.name, "--out", "clean", cwd=tmp_path).stdout

    assert "--inviters" in _run(program, "init", "--help", cwd=tmp_path).stdout
    answers = (
        "--homeserver", "http://127.0.0.1:9", "--account", "@doctocbot:clinic.example",
        "--inviters", "clinic.example", "--language", "fr",
    )  # fmt: skip
    assert "Configuration écrite" in _run(program, "init", "--yes", *answers, cwd=tmp_path).stdout
    written = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert written["homeserver"]["user_id"] == "@doctocbot:clinic.example"
    assert "doctocbot doctor" in _run(installed / "python", "-c", _MIGRATED, cwd=tmp_path).stdout
