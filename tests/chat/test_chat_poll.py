"""Votes in native polls."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.chat.poll import POLL_RESPONSE, poll_vote


@pytest.mark.parametrize(
    ("content", "letter"),
    [
        ({POLL_RESPONSE: {"answers": ["B"]}}, "B"),
        ({"m.poll.response": {"answers": ["B"]}}, "B"),
        ({"m.selections": ["B"]}, "B"),
        ({POLL_RESPONSE: {"answers": []}}, None),
        ({POLL_RESPONSE: {"answers": [1]}}, None),
        ({POLL_RESPONSE: {"answers": "B"}}, None),
        ({POLL_RESPONSE: []}, None),
        ({POLL_RESPONSE: None}, None),
        ({"m.selections": "B"}, None),
        ({"m.selections": []}, None),
        ({}, None),
    ],
)
def test_a_vote_is_read_under_either_name(content: Mapping[str, Any], letter: str | None) -> None:
    """Element writes the unstable name, others the stable one; a spoilt vote is none."""
    assert poll_vote(content) == letter


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([POLL_RESPONSE, "m.poll.response", "m.selections"]), JSON))
def test_no_content_makes_it_raise(content: dict[str, Any]) -> None:
    """Votes are written by strangers."""
    assert isinstance(poll_vote(content), str | None)
