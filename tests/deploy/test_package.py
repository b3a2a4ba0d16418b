"""The package: whatever the code reads at its place beside it is installed with it."""

import tomllib
from pathlib import Path, PurePath

_CHECKOUT = Path(__file__).resolve().parents[2]
_PACKAGE = _CHECKOUT / "doctocbot"


def test_every_data_file_is_installed() -> None:
    """A word list, a migration or a catalogue that stays behind would keep an installed bot from starting."""
    settings = tomllib.loads((_CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["doctocbot"]
    data = [
        path.relative_to(_PACKAGE)
        for path in _PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ]

    assert data
    assert [str(path) for path in data if not any(_matches(path, pattern) for pattern in patterns)] == []


def _matches(path: PurePath, pattern: str) -> bool:
    """Whether a glob of the package's settings names a file: as many parts as it has."""
    return len(path.parts) == len(PurePath(pattern).parts) and path.match(pattern)
