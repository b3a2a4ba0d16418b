"""Canonical JSON and signatures, by the examples of the spec and by what a hostile server might send."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nio import Api  # type: ignore[import-untyped]

from doctocbot.matrix.signing import (
    canonical_json,
    decode_base64,
    encode_base64,
    is_signed_by,
    public_key,
    sign_json,
)

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "{}"),
        ({"one": 1, "two": "Two"}, '{"one":1,"two":"Two"}'),
        ({"b": "2", "a": "1"}, '{"a":"1","b":"2"}'),
        ({"a": "日本語"}, '{"a":"日本語"}'),
        ({"本": 2, "日": 1}, '{"日":1,"本":2}'),
        ({"a": "日"}, '{"a":"日"}'),
        ({"a": None}, '{"a":null}'),
        ({"a": -0, "b": 10000000000}, '{"a":0,"b":10000000000}'),
        ({"a": '"\\\b\f\n\r\t\u001f/\u007f'}, '{"a":"\\"\\\\\\b\\f\\n\\r\\t\\u001f/\u007f"}'),
        ({"list": [True, {"y": [], "x": 1}]}, '{"list":[true,{"x":1,"y":[]}]}'),
    ],
)
def test_writes_what_the_spec_writes(value: Any, expected: str) -> None:
    """The examples of the appendix come out byte for byte."""
    assert canonical_json(value) == expected.encode()


@pytest.mark.parametrize(
    "value", [{"a": 1.0}, {"a": float("nan")}, [2**53], [-(2**53)], {1: "a"}, {"a": {"b": [0.5]}}, "\ud800"]
)
def test_refuses_what_has_no_canonical_form(value: Any) -> None:
    """Floats, integers out of range, keys that are no text and lone surrogates cannot be signed."""
    with pytest.raises(ValueError):
        canonical_json(value)


# Slow only while Hypothesis builds its tables of characters, once per machine.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.text(max_size=5), _JSON, max_size=4))
def test_agrees_with_the_library_that_signs_for_the_device(value: dict[str, Any]) -> None:
    """Our canonical JSON and nio's are the same, or signatures of the two would not meet."""
    assert canonical_json(value) == Api.to_canonical_json(value).encode()


@given(st.binary(max_size=70))
def test_base64_is_read_with_and_without_padding(data: bytes) -> None:
    """What others pad and we do not is the same key."""
    bare = encode_base64(data)
    assert "=" not in bare
    assert decode_base64(bare) == decode_base64(bare + "=" * (-len(bare) % 4)) == data


def test_a_signature_holds_whatever_stands_in_unsigned() -> None:
    """Servers add to `unsigned` what they like; signatures of others are kept beside ours."""
    key = Ed25519PrivateKey.generate()
    signed = sign_json({"a": 1, "signatures": {"@b:x": {"ed25519:B": "zz"}}}, "@a:x", "A", key)
    signed["unsigned"] = {"device_display_name": "Téléphone"}
    assert is_signed_by(signed, "@a:x", "A", public_key(key))
    assert signed["signatures"]["@b:x"] == {"ed25519:B": "zz"}


@pytest.mark.parametrize(
    "signatures",
    [
        None,
        [],
        {},
        "x",
        {"@a:x": None},
        {"@a:x": {"ed25519:A": 5}},
        {"@a:x": {"ed25519:A": "é"}},
        {"@a:x": {"ed25519:A": "AAAA"}},
    ],
)
def test_nonsense_is_no_signature(signatures: Any) -> None:
    """Whatever a server sends in place of signatures, the answer is no and never an exception."""
    key = public_key(Ed25519PrivateKey.generate())
    assert not is_signed_by({"a": 1, "signatures": signatures}, "@a:x", "A", key)
    assert not is_signed_by({"a": 1, "signatures": {"@a:x": {"ed25519:A": "AAAA"}}}, "@a:x", "A", "no key")


def test_a_change_breaks_the_signature() -> None:
    """One changed value, or the signature of another key, and it is not signed."""
    key = Ed25519PrivateKey.generate()
    signed = sign_json({"a": 1}, "@a:x", "A", key)
    assert not is_signed_by({**signed, "a": 2}, "@a:x", "A", public_key(key))
    assert not is_signed_by(signed, "@a:x", "A", public_key(Ed25519PrivateKey.generate()))
