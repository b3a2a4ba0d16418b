"""Server lists of rooms: patterns as the spec has them, and nobody where they cannot be read."""

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.matrix.serveracl import read_server_acl


@pytest.mark.parametrize(
    ("content", "server", "admitted"),
    [
        ({"allow": ["*"]}, "clinic.example", True),
        ({"allow": ["*"], "deny": ["evil.example"]}, "evil.example", False),
        ({"allow": ["*"], "deny": ["evil.example"]}, "EVIL.example:8448", False),
        ({"allow": ["*"], "deny": ["*.evil.example"]}, "evil.example", True),
        ({"allow": ["*"], "deny": ["*.evil.example"]}, "a.evil.example", False),
        ({"allow": ["clinic.example"]}, "clinic.example:8448", True),
        ({"allow": ["clinic.example"]}, "other.example", False),
        ({"allow": ["clinic.example"], "deny": ["clinic.example"]}, "clinic.example", False),
        ({"allow": ["clini?.example"]}, "clinic.example", True),
        ({"allow": ["clini?.example"]}, "clini.example", False),
        ({"allow": ["clinic.example"]}, "clinicxexample", False),
        ({"allow": ["[ab]"]}, "a", False),
        ({"allow": []}, "clinic.example", False),
        ({"allow": ["*"], "allow_ip_literals": False}, "192.0.2.1:8448", False),
        ({"allow": ["*"], "allow_ip_literals": False}, "[2001:db8::1]", False),
        ({"allow": ["*"], "allow_ip_literals": True}, "192.0.2.1", True),
        ({"allow": ["*"], "allow_ip_literals": False}, "clinic.example", True),
        ({"allow": ["*"]}, "", False),
    ],
)  # fmt: skip
def test_a_server_is_let_in_by_the_list(content: dict[str, Any], server: str, admitted: bool) -> None:
    """Denied weighs more than allowed; the port does not matter."""
    acl = read_server_acl(content)
    assert acl.readable
    assert acl.admits(server) is admitted


JSON = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), min_size=1)


@given(st.fixed_dictionaries({"allow": JSON}, optional={"deny": JSON, "allow_ip_literals": JSON}))
def test_what_is_no_list_of_patterns_lets_nobody_in(content: dict[str, Any]) -> None:
    """It fails closed."""
    acl = read_server_acl(content)
    assert not acl.readable
    assert not acl.admits("clinic.example")


@pytest.mark.parametrize("entry", ["*" * 40 + "z", "*a" * 500 + "z", "*?" * 100 + "z", "?*" * 2_000])
def test_a_list_written_to_hold_the_bot_up_is_read_at_once(entry: str) -> None:
    """Whoever moderates any room writes it, and all rooms wait for it."""
    acl = read_server_acl({"allow": ["*"], "deny": [entry] * 100})
    began = time.perf_counter()
    acl.admits("hopital-bordeaux.example")
    assert time.perf_counter() - began < 0.5


def test_a_list_longer_than_any_room_needs_lets_nobody_in() -> None:
    """It would be gone through for every message of the room."""
    assert not read_server_acl({"allow": ["*"], "deny": ["evil.example"] * 20_000}).readable


@given(st.text("ab*?.", max_size=8), st.text("ab.", max_size=8))
def test_a_pattern_means_what_it_means_as_an_expression(pattern: str, host: str) -> None:
    """Any characters for `*`, one for `?`, and itself for everything else."""
    expression = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    fits = bool(host) and re.fullmatch(expression, host) is not None
    assert read_server_acl({"allow": [pattern]}).admits(host) is fits
