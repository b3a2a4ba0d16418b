"""What the machine makes of keys and messages that others wrote, honest or not; no server needed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nio.crypto import OlmDevice  # type: ignore[import-untyped]
from nio.events import ToDeviceEvent  # type: ignore[import-untyped]

from doctocbot.matrix.cryptostore import CryptoStore, StoreKeys
from doctocbot.matrix.olm import CarefulOlm, Undecryptable

MARIE, BOT, MALLORY = "@marie:doctoc.test", "@bot:doctoc.test", "@mallory:doctoc.test"
ROOM, OTHER_ROOM = "!cas:doctoc.test", "!autre:doctoc.test"


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[CarefulOlm, CarefulOlm]]:
    """Marie's phone and the bot, which has found her phone signed and holds the key to what she says."""
    marie, bot = (_machine(user, name, tmp_path / name) for user, name in ((MARIE, "PHONE"), (BOT, "SERVER")))
    device = OlmDevice(MARIE, "PHONE", dict(marie.account.identity_keys))
    bot.store.save_device_keys({MARIE: {"PHONE": device}})
    bot.device_store.add(device)
    bot.store.verify_device(device)
    marie.create_outbound_group_session(ROOM)
    marie.outbound_group_sessions[ROOM].shared = True
    _hand_over(marie, bot)
    yield marie, bot
    for machine in (marie, bot):
        machine.store.close()


def _machine(user_id: str, device_id: str, directory: Path) -> CarefulOlm:
    return CarefulOlm(
        user_id, device_id, CryptoStore(user_id, device_id, directory, StoreKeys.derive("secret"))
    )


def _hand_over(
    sender: CarefulOlm, receiver: CarefulOlm, room: str = ROOM, sender_key: str | None = None
) -> None:
    session, keys = sender.outbound_group_sessions[ROOM], sender.account.identity_keys
    receiver.create_group_session(
        sender_key or keys["curve25519"], keys["ed25519"], room, session.id, session.session_key
    )


def _say(sender: CarefulOlm, text: str, event_id: str = "$1") -> dict[str, Any]:
    message = {"type": "m.room.message", "content": {"msgtype": "m.text", "body": text}}
    return {
        "type": "m.room.encrypted",
        "event_id": event_id,
        "sender": sender.user_id,
        "origin_server_ts": 1,
        "content": sender.group_encrypt(ROOM, message),
    }


def test_a_message_of_a_signed_device_is_verified(machines: tuple[CarefulOlm, CarefulOlm]) -> None:
    """Type, content, device and session come out."""
    marie, bot = machines
    event = bot.open_event(_say(marie, "bonjour"), ROOM)
    assert (event.type, event.content["body"], event.verified) == ("m.room.message", "bonjour", True)
    assert event.sender_device == marie.device_id
    assert event.session_id == marie.outbound_group_sessions[ROOM].id


def test_the_claims_of_an_event_do_not_matter(machines: tuple[CarefulOlm, CarefulOlm]) -> None:
    """Left out by newer clients or forged by a server, `sender_key` and `device_id` change nothing."""
    marie, bot = machines
    raw = _say(marie, "bonjour")
    for claims in ({}, {"sender_key": "x", "device_id": "FORGED"}):
        content = {
            key: value for key, value in raw["content"].items() if key not in ("sender_key", "device_id")
        }
        event = bot.open_event({**raw, "content": {**content, **claims}}, ROOM)
        assert event.verified
        assert event.sender_device == marie.device_id


def test_somebody_elses_name_on_it_is_not_verified(machines: tuple[CarefulOlm, CarefulOlm]) -> None:
    """A server that puts Mallory's name on Marie's message gets it read, but not believed."""
    marie, bot = machines
    event = bot.open_event({**_say(marie, "!pull #12"), "sender": MALLORY}, ROOM)
    assert not event.verified
    assert event.sender_device is None
    assert MALLORY in bot.users_for_key_query


def test_a_device_that_is_not_signed_is_not_verified(machines: tuple[CarefulOlm, CarefulOlm]) -> None:
    """The same message, once Marie's phone has lost its signature."""
    marie, bot = machines
    bot.store.blacklist_device(bot.device_store[MARIE][marie.device_id])
    assert not bot.open_event(_say(marie, "bonjour"), ROOM).verified


def test_a_key_passed_on_by_another_is_not_verified(machines: tuple[CarefulOlm, CarefulOlm]) -> None:
    """Mallory's device hands on a key to Marie's session as if it were its own."""
    marie, bot = machines
    marie.create_outbound_group_session(ROOM)
    marie.outbound_group_sessions[ROOM].shared = True
    _hand_over(marie, bot, sender_key="bWFsbG9yeXMgZGV2aWNlIGtleSwgbm90IG1hcmllcyE")
    assert not bot.open_event(_say(marie, "bonjour"), ROOM).verified
    _hand_over(marie, bot)
    assert bot.open_event(_say(marie, "bonjour", "$2"), ROOM).verified


def test_the_same_ciphertext_is_read_again_but_not_as_another_event(
    machines: tuple[CarefulOlm, CarefulOlm],
) -> None:
    """Reading twice is harmless; a server that serves an old command as a new event is refused."""
    marie, bot = machines
    raw = _say(marie, "!pull #12")
    assert bot.open_event(raw, ROOM) == bot.open_event(raw, ROOM)
    with pytest.raises(Undecryptable, match="replay"):
        bot.open_event({**raw, "event_id": "$copy"}, ROOM)


def test_a_message_cannot_be_moved_to_another_room(machines: tuple[CarefulOlm, CarefulOlm]) -> None:
    """Even where the key was handed over for that room too."""
    marie, bot = machines
    raw = _say(marie, "bonjour")
    with pytest.raises(Undecryptable):
        bot.open_event(raw, OTHER_ROOM)
    _hand_over(marie, bot, OTHER_ROOM)
    with pytest.raises(Undecryptable):
        bot.open_event(_say(marie, "bonjour", "$2"), OTHER_ROOM)


def test_a_key_sent_again_later_does_not_hide_what_was_said_before(
    machines: tuple[CarefulOlm, CarefulOlm],
) -> None:
    """Element hands a key on from where it stands; nio would replace the one that reaches further back."""
    marie, bot = machines
    early = _say(marie, "avant", "$early")
    _hand_over(marie, bot)
    assert bot.open_event(early, ROOM).content["body"] == "avant"


def test_keys_outlive_a_restart_whoever_claims_them(machines: tuple[CarefulOlm, CarefulOlm]) -> None:
    """Somebody else's claim to the session does not take Marie's place in the store."""
    marie, bot = machines
    early = _say(marie, "avant", "$early")
    _hand_over(marie, bot, sender_key="bWFsbG9yeXMgZGV2aWNlIGtleSwgbm90IG1hcmllcyE")
    again = CarefulOlm(BOT, bot.device_id, bot.store)
    event = again.open_event(early, ROOM)
    assert (event.content["body"], event.verified) == ("avant", True)


@pytest.mark.parametrize(
    "change",
    [
        {"content": None},
        {"content": {}},
        {"content": {"algorithm": "m.olm.v1.curve25519-aes-sha2"}},
        {"content": {"algorithm": "m.megolm.v1.aes-sha2"}},
        {"content": {"algorithm": "m.megolm.v1.aes-sha2", "session_id": ["a"], "ciphertext": "x"}},
        {"content": {"algorithm": "m.megolm.v1.aes-sha2", "session_id": "unknown", "ciphertext": 5}},
        {"sender": None},
        {"sender": "no user"},
        {"origin_server_ts": "x"},
        {"event_id": None},
    ],
)
def test_nonsense_is_undecryptable_and_nothing_worse(
    machines: tuple[CarefulOlm, CarefulOlm], change: dict[str, Any]
) -> None:
    """Whatever a hostile client or server writes, one event is lost and no loop ends."""
    marie, bot = machines
    with pytest.raises(Undecryptable):
        bot.open_event({**_say(marie, "x"), **change}, ROOM)


@pytest.mark.parametrize("ciphertext", ["", "AAAA", "é", "A" * 5000])
def test_a_broken_ciphertext_is_undecryptable(
    machines: tuple[CarefulOlm, CarefulOlm], ciphertext: str
) -> None:
    """A known session, and bytes that never came from it."""
    marie, bot = machines
    raw = _say(marie, "x")
    with pytest.raises(Undecryptable):
        bot.open_event({**raw, "content": {**raw["content"], "ciphertext": ciphertext}}, ROOM)


@pytest.mark.parametrize(
    "plaintext",
    [
        "no json",
        "[]",
        json.dumps({"type": "m.room.message", "content": {}}),
        json.dumps({"type": 5, "content": {}, "room_id": ROOM}),
        json.dumps({"type": "m.room.message", "content": "x", "room_id": ROOM}),
        json.dumps({"type": "m.room.encrypted", "content": {}, "room_id": ROOM}),
    ],
)
def test_a_plaintext_without_the_shape_of_an_event_is_refused(
    machines: tuple[CarefulOlm, CarefulOlm], plaintext: str
) -> None:
    """A member's own client may encrypt anything."""
    marie, bot = machines
    raw = _say(marie, "x")
    raw["content"]["ciphertext"] = marie.outbound_group_sessions[ROOM].encrypt(plaintext)
    with pytest.raises(Undecryptable):
        bot.open_event(raw, ROOM)


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize("body", ["", "xx", "AAAA", "é", "A" * 300])
def test_a_hostile_olm_message_is_left_out(
    machines: tuple[CarefulOlm, CarefulOlm], kind: int, body: str
) -> None:
    """Plain nio raises out of the whole sync, which then comes again and again."""
    marie, bot = machines
    own = bot.account.identity_keys["curve25519"]
    raw = {
        "type": "m.room.encrypted",
        "sender": MALLORY,
        "content": {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": marie.account.identity_keys["curve25519"],
            "ciphertext": {own: {"type": kind, "body": body}},
        },
    }
    assert bot.handle_to_device_event(ToDeviceEvent.parse_event(raw)) is None


def test_counts_of_keys_are_read_as_the_spec_says(machines: tuple[CarefulOlm, CarefulOlm]) -> None:
    """Zero and missing mean none; only a server that sends no counts at all said nothing."""
    bot = machines[1]
    bot.share_keys()
    bot.keys_uploaded({"signed_curve25519": 50})
    news: list[tuple[dict[str, Any], int]] = [
        ({}, 50),
        ({"device_one_time_keys_count": {"signed_curve25519": 12}}, 12),
        ({"device_one_time_keys_count": {"signed_curve25519": 0}}, 0),
        ({"device_one_time_keys_count": {"signed_curve25519": 50}}, 50),
        ({"device_one_time_keys_count": {}}, 0),
        ({"device_one_time_keys_count": {"signed_curve25519": None}}, 0),
    ]
    for sync, count in news:
        bot.note_key_counts(sync)
        assert bot.uploaded_key_count == count
        assert bot.should_upload_keys is (count < 50)
    bot.note_key_counts({"device_one_time_keys_count": {"signed_curve25519": 50}})
    bot.note_key_counts({"device_unused_fallback_key_types": []})
    assert list(bot.share_keys()["fallback_keys"])
    assert not bot.share_keys()["one_time_keys"]
    bot.keys_uploaded({"signed_curve25519": 50})
    bot.note_key_counts({"device_unused_fallback_key_types": ["signed_curve25519"]})
    assert not bot.should_upload_keys


def test_memory_of_messages_seen_is_bounded(machines: tuple[CarefulOlm, CarefulOlm]) -> None:
    """A year of messages does not grow the replay check for ever."""
    assert machines[1].message_index_store.maxsize == 20_000
