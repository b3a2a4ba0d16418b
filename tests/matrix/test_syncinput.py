"""What of a sync reaches nio: who is in, whether it is encrypted, keys; never a word that somebody said."""

from typing import Any

import pytest
from nio.events import RoomMemberEvent  # type: ignore[import-untyped]

from doctocbot.matrix.errors import Unreachable
from doctocbot.matrix.syncinput import read_sync, rooms_left

ROOM = "!cas:doctoc.test"


def _event(type_: str, content: Any, key: str | None = "", **more: Any) -> dict[str, Any]:
    event = {
        "type": type_,
        "event_id": "$1",
        "sender": "@a:x",
        "origin_server_ts": 1,
        "content": content,
        **more,
    }
    return event if key is None else {**event, "state_key": key}


def _sync(*events: Any) -> dict[str, Any]:
    return {"next_batch": "s1", "rooms": {"join": {ROOM: {"timeline": {"events": list(events)}}}}}


def test_words_never_reach_nio() -> None:
    """Messages, reactions and state that nio does not need are not even parsed."""
    raw = _sync(
        _event("m.room.message", {"msgtype": "m.text", "body": "secret"}, None),
        _event("m.room.encrypted", {"ciphertext": "x"}, None),
        _event("m.room.topic", {"topic": "secret"}),
        _event("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}),
    )
    response = read_sync(raw)
    assert "secret" not in str(response)
    assert len(response.rooms.join[ROOM].timeline.events) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"membership": "leave", "reason": 5},
        {"membership": "leave", "displayname": ["x"]},
        {"membership": "leave", "avatar_url": {}},
    ],
)
def test_a_leave_counts_however_odd_the_rest_of_it(content: dict[str, Any]) -> None:
    """Whoever was put out by a sloppy client must not receive the next key."""
    raw = _sync(_event("m.room.member", content, "@paul:doctoc.test", prev_content=3, unsigned=None))
    (event,) = read_sync(raw).rooms.join[ROOM].timeline.events
    assert isinstance(event, RoomMemberEvent)
    assert event.membership == "leave"


def test_a_redacted_membership_still_counts() -> None:
    """nio takes a redacted member event for nothing, but the person is in the room."""
    redacted = {"redacted_because": {"type": "m.room.redaction"}}
    raw = _sync(_event("m.room.member", {"membership": "join"}, "@paul:doctoc.test", unsigned=redacted))
    (event,) = read_sync(raw).rooms.join[ROOM].timeline.events
    assert isinstance(event, RoomMemberEvent)


@pytest.mark.parametrize(
    "nonsense", [None, 5, "x", [], [None], {"events": 5}, {"events": [None, 5, {}]}, {"join": 5}]
)
def test_nonsense_is_left_out(nonsense: Any) -> None:
    """Any part of a sync may be missing or malformed without the rest being lost."""
    good = _event("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    for part in ("to_device", "rooms", "device_lists", "presence", "account_data"):
        read_sync({**_sync(good), part: nonsense})
    for part in ("timeline", "state", "ephemeral", "summary"):
        raw = _sync(good)
        raw["rooms"]["join"][ROOM] = {"state": {"events": [good]}, part: nonsense}
        read_sync(raw)
    assert list(rooms_left({"rooms": nonsense})) == []


def test_what_is_no_sync_is_no_answer() -> None:
    """A proxy's JSON is not taken for an empty sync."""
    with pytest.raises(Unreachable):
        read_sync({"status": "ok"})


def test_only_keys_and_requests_for_keys_come_through() -> None:
    """Nobody can start an interactive verification with a bot."""
    types = ["m.key.verification.start", "m.room_key_request", "m.dummy", "m.room.encrypted"]
    events = [{"type": type_, "sender": "@a:x", "content": {}} for type_ in types]
    response = read_sync({"next_batch": "s", "to_device": {"events": events}})
    assert len(response.to_device_events) <= 2


def test_whom_the_bot_cannot_name_gets_no_keys() -> None:
    """The directory counts their room as unsafe; nio does not hear of them."""
    raw = _sync(_event("m.room.member", {"membership": "join"}, "@eve\u200b:evil.example"))
    assert read_sync(raw).rooms.join[ROOM].timeline.events == []
