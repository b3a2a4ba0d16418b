"""Who is trusted, as a table of what a server may show: the chain device, self-signing key, master key."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doctocbot.matrix.crosssigning import CrossSigning
from doctocbot.matrix.signing import encode_base64, public_key, sign_json
from doctocbot.matrix.trust import evaluate, honest_devices

MARIE = "@marie:doctoc.test"
Answer = dict[str, Any]


def _device(device_id: str, identity: CrossSigning | None, user_id: str = MARIE) -> dict[str, Any]:
    key = Ed25519PrivateKey.generate()
    keys = {f"ed25519:{device_id}": public_key(key), f"curve25519:{device_id}": encode_base64(bytes(32))}
    bare = {"user_id": user_id, "device_id": device_id, "algorithms": ["m.megolm.v1.aes-sha2"], "keys": keys}
    signed = sign_json(bare, user_id, device_id, key)
    return identity.sign_device(signed) if identity else signed


def _answer(identity: CrossSigning, **devices: dict[str, Any]) -> Answer:
    body = identity.upload_body()
    return {
        "device_keys": {MARIE: devices},
        "master_keys": {MARIE: body["master_key"]},
        "self_signing_keys": {MARIE: body["self_signing_key"]},
    }


def test_a_device_signed_by_its_owner_is_trusted_and_another_is_not() -> None:
    """Marie verified her phone and skipped it on her tablet."""
    identity = CrossSigning.generate(MARIE)
    trust = evaluate(
        _answer(identity, PHONE=_device("PHONE", identity), TABLET=_device("TABLET", None)), MARIE
    )
    assert trust.master_key == identity.master_key
    assert trust.signed_devices == {"PHONE"}
    assert trust.unsigned == {"TABLET"}
    assert trust.trusted_identity


def _no_master(answer: Answer, _other: CrossSigning) -> None:
    answer["master_keys"] = {}


def _other_master(answer: Answer, other: CrossSigning) -> None:
    answer["master_keys"][MARIE] = other.upload_body()["master_key"]


def _self_signing_unsigned(answer: Answer, _other: CrossSigning) -> None:
    answer["self_signing_keys"][MARIE].pop("signatures")


def _other_self_signing(answer: Answer, other: CrossSigning) -> None:
    answer["self_signing_keys"][MARIE] = other.upload_body()["self_signing_key"]


def _self_signing_claims_to_be_master(answer: Answer, _other: CrossSigning) -> None:
    answer["self_signing_keys"][MARIE]["usage"] = ["user_signing"]


def _device_swapped(answer: Answer, _other: CrossSigning) -> None:
    answer["device_keys"][MARIE]["PHONE"]["keys"]["curve25519:PHONE"] = encode_base64(b"\1" * 32)


def _device_renamed(answer: Answer, _other: CrossSigning) -> None:
    answer["device_keys"][MARIE]["OTHER"] = answer["device_keys"][MARIE].pop("PHONE")


def _device_of_somebody_else(answer: Answer, other: CrossSigning) -> None:
    answer["device_keys"][MARIE]["PHONE"] = _device("PHONE", other, "@mallory:doctoc.test")


def _two_master_keys(answer: Answer, other: CrossSigning) -> None:
    keys = other.upload_body()["master_key"]["keys"]
    answer["master_keys"][MARIE]["keys"] = {**answer["master_keys"][MARIE]["keys"], **keys}


@pytest.mark.parametrize(
    "forge",
    [
        _no_master,
        _other_master,
        _self_signing_unsigned,
        _other_self_signing,
        _self_signing_claims_to_be_master,
        _device_swapped,
        _device_renamed,
        _device_of_somebody_else,
        _two_master_keys,
    ],
)
def test_no_forgery_makes_a_device_trusted(forge: Callable[[Answer, CrossSigning], None]) -> None:
    """A server that changes any link of the chain gets nobody's device trusted."""
    identity, other = CrossSigning.generate(MARIE), CrossSigning.generate(MARIE)
    answer = _answer(identity, PHONE=_device("PHONE", identity))
    assert evaluate(answer, MARIE).signed_devices
    forge(answer, other)
    assert not evaluate(answer, MARIE).signed_devices


@pytest.mark.parametrize(
    "nonsense",
    [None, [], "x", 5, {"keys": None}, {"user_id": MARIE, "device_id": "BAD", "keys": {"ed25519:BAD": 1}}],
)
def test_one_malformed_device_hides_no_other(nonsense: Any) -> None:
    """A colleague's broken or hostile client costs nobody else their trust, and raises nothing."""
    identity = CrossSigning.generate(MARIE)
    answer = _answer(identity, PHONE=_device("PHONE", identity), BAD=nonsense)
    assert evaluate(answer, MARIE).signed_devices == {"PHONE"}
    assert [device for device, _ in honest_devices(answer, MARIE)] == ["PHONE"]
    for group in ("device_keys", "master_keys", "self_signing_keys"):
        evaluate({**answer, group: {MARIE: nonsense}}, MARIE)
        evaluate({**answer, group: nonsense}, MARIE)


def test_somebody_held_has_no_trusted_device() -> None:
    """While a moderator has not accepted Marie's new identity, none of her devices counts."""
    identity = CrossSigning.generate(MARIE)
    held = evaluate(_answer(identity, PHONE=_device("PHONE", identity)), MARIE).held()
    assert not held.signed_devices
    assert held.unsigned == {"PHONE"}
    assert not held.trusted_identity
