"""The pins: complete enough to install the same thing everywhere, and silent about where from."""

import json
import re
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).resolve().parents[2]
_PINS = sorted((_CHECKOUT / "deploy" / "requirements").glob("*.txt"))
_LOCK = _CHECKOUT / "tests" / "element" / "package-lock.json"

each_set = pytest.mark.parametrize("pins", _PINS, ids=lambda path: path.stem)


@each_set
def test_no_index_is_named(pins: Path) -> None:
    """Whoever installs uses the package index of their own configuration."""
    assert "://" not in pins.read_text(encoding="utf-8")


@each_set
def test_every_pin_has_its_hash(pins: Path) -> None:
    """A package that was replaced at its index is refused."""
    entries = re.split(r"\n(?=\S)", pins.read_text(encoding="utf-8"))
    pinned = [entry for entry in entries if not entry.startswith("#")]

    assert pinned
    assert [entry for entry in pinned if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_element_engine_is_locked_without_addresses() -> None:
    """Each npm package has its hash, and comes from whatever registry the machine uses."""
    packages = json.loads(_LOCK.read_text(encoding="utf-8"))["packages"]
    installed = [package for path, package in packages.items() if path]

    assert installed
    assert all("integrity" in package and "resolved" not in package for package in installed)
