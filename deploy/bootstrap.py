"""Install pinned dependencies and the project into the checkout's own `.venv`, once.

`python3 deploy/bootstrap.py {run,demo,dev}` needs nothing but a Python >= 3.11: no pip, no ensurepip (Debian
ships Python without either). Which index serves the packages is pip's own configuration, never named here.
A second run with the same pins installs nothing.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
PINS = CHECKOUT / "deploy" / "requirements"
# Each set holds all of the sets before it.
SETS = ("run", "demo", "dev")
PINNED = ("--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes")

NO_PIP = """\
No pip could be found for {python}, and no way to get one. One of these helps:
  Debian, Ubuntu:  apt-get install python3-venv
  otherwise:       install pip or uv by your system's packages, or a Python that brings ensurepip
Then run the same command again."""


class BootstrapError(Exception):
    """What the person at the terminal has to do before this can work."""


def install(wanted: str) -> None:
    """Bring `.venv` to the pins of the wanted set; raises BootstrapError where a person must help."""
    if sys.version_info < (3, 11):  # noqa: UP036  this file is what tells people so
        raise BootstrapError(f"doctocbot needs Python 3.11 or newer, this is {sys.version.split()[0]}")
    if is_installed(wanted):
        return
    print(f"Installing the pinned dependencies ({wanted}) into .venv …", flush=True)  # noqa: T201
    if not runs(VENV_PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], check=True)  # noqa: S603
    if not has_pip():
        get_pip()
    pip("install", *PINNED, "-r", str(PINS / "build.txt"))
    # Source distributions are built with the pinned setuptools, not with whatever is newest today.
    # The pins are complete, and one package is replaced in them (overrides.in): nothing is to be looked up again.
    pip("install", *PINNED, "--no-deps", "--no-build-isolation", "-r", str(PINS / f"{wanted}.txt"))
    pip("install", *PINNED[:-1], "--no-deps", "--no-build-isolation", "--editable", str(CHECKOUT))
    stamp(wanted).write_text(fingerprint(wanted), encoding="utf-8")


def is_installed(wanted: str) -> bool:
    """Whether the set, or one that holds it, was installed from the files that lie here now."""
    larger = SETS[SETS.index(wanted) :]
    return any(
        stamp(name).exists() and stamp(name).read_text(encoding="utf-8") == fingerprint(name)
        for name in larger
    )


def stamp(name: str) -> Path:
    """The file that says from what the set was installed; it goes when `.venv` goes."""
    return VENV / f".installed-{name}"


def fingerprint(name: str) -> str:
    """One hash over all that decides what an installation of the set looks like."""
    parts = (PINS / "build.txt", PINS / f"{name}.txt", CHECKOUT / "pyproject.toml")
    digest = hashlib.sha256(str(CHECKOUT).encode())
    for part in parts:
        digest.update(part.read_bytes())
    return digest.hexdigest()


def has_pip() -> bool:
    """Whether `.venv` has a pip of its own."""
    return runs(VENV_PYTHON, "-m", "pip", "--version")


def get_pip() -> None:
    """Bring some pip into `.venv`, from wherever this machine has one."""
    build = ("install", *PINNED, "-r", str(PINS / "build.txt"))
    with tempfile.TemporaryDirectory() as scratch:
        for command in ways_to_pip(Path(scratch)):
            # `ensurepip` brings its own pip; the others run an existing one on the new environment.
            arguments = () if "ensurepip" in command else build
            if runs(*command, *arguments) and has_pip():
                return
    raise BootstrapError(NO_PIP.format(python=sys.executable))


def ways_to_pip(scratch: Path) -> Iterator[tuple[str | Path, ...]]:
    """Commands that may install into `.venv`, the nearest and cheapest first."""
    if importlib.util.find_spec("ensurepip"):
        yield (VENV_PYTHON, "-Im", "ensurepip", "--upgrade", "--default-pip")
    on_venv = ("--python", VENV_PYTHON)
    if importlib.util.find_spec("pip"):
        yield (sys.executable, "-m", "pip", *on_venv)
    for program in filter(None, map(shutil.which, ("pip3", "pip"))):
        yield (program, *on_venv)
    if shutil.which("apt-get") and (wheel := debian_pip_wheel(scratch)):
        yield (VENV_PYTHON, wheel / "pip")


def debian_pip_wheel(scratch: Path) -> Path | None:
    """Pip's wheel out of Debian's own package, fetched as any user and installed nowhere."""
    if not runs("apt-get", "download", "python3-pip-whl", cwd=scratch):
        # A fresh machine may have no package lists yet, and we may not be root: keep our own.
        lists = scratch / "apt"
        (lists / "lists" / "partial").mkdir(parents=True)
        own = ("-o", f"Dir::State={lists}", "-o", f"Dir::Cache={lists}", "-o", "Debug::NoLocking=1")
        runs("apt-get", *own, "update", cwd=scratch)
        runs("apt-get", *own, "download", "python3-pip-whl", cwd=scratch)
    for package in scratch.glob("python3-pip-whl_*.deb"):
        runs("dpkg-deb", "-x", package, scratch)
    return next(scratch.glob("usr/share/python-wheels/pip-*.whl"), None)


def pip(*arguments: str) -> None:
    """Run `.venv`'s pip; its own words stay on the terminal when it fails."""
    # Setuptools warns at every editable install; that one is what we want.
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    finished = subprocess.run([VENV_PYTHON, "-m", "pip", *arguments], check=False, env=quiet)  # noqa: S603
    if finished.returncode != 0:
        raise BootstrapError("pip failed; what it said stands above")


def runs(*command: str | Path, cwd: Path | None = None) -> bool:
    """Whether a command exists and ends well; its failures are expected here, so it is kept quiet."""
    try:
        finished = subprocess.run(  # noqa: S603
            command, check=False, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return False
    return finished.returncode == 0


if __name__ == "__main__":
    os.environ.pop("PYTHONHOME", None)
    try:
        install(sys.argv[1])
    except BootstrapError as fault:
        sys.exit(str(fault))
