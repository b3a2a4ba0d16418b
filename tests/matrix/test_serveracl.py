"""Server lists of rooms: patterns as the spec has them, and nobody where they cannot be read."""

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
