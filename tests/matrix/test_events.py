"""What the rest of the bot sees of an event."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.matrix.events import BOT_MARKER, Event, read_event

ROOM = "!room:clinic.example"


def message(content: Mapping[str, Any], **more: Any) -> Event:
    """A message of Léa's."""
    return Event("$e", ROOM, "@lea:clinic.example", "m.room.message", 7, content, **more)


def related(**relation: Any) -> dict[str, Any]:
    """A text with a relation."""
    return {"msgtype": "m.text", "body": "x", "m.relates_to": relation}


REPLY = {"m.in_reply_to": {"event_id": "$r"}}


@pytest.mark.parametrize(
    ("content", "thread", "reply", "replaces"),
    [
        ({"body": "x"}, None, None, None),
        (related(**REPLY), None, "$r", None),
        (related(rel_type="m.thread", event_id="$t"), "$t", None, None),
        (related(rel_type="m.thread", event_id="$t", is_falling_back=True, **REPLY), "$t", None, None),
        (related(rel_type="m.thread", event_id="$t", is_falling_back=False, **REPLY), "$t", "$r", None),
        (related(rel_type="m.thread", event_id="$t", **REPLY), "$t", "$r", None),
        ({**related(rel_type="m.replace", event_id="$o"), "m.new_content": {}}, None, None, "$o"),
        (related(rel_type="m.replace", event_id="$o"), None, None, None),
        (related(rel_type="m.annotation", event_id="$o", key="👍"), None, None, None),
        (related(rel_type=1, event_id=["$t"]), None, None, None),
        (related(rel_type="m.thread"), None, None, None),
        ({"m.relates_to": "m.thread"}, None, None, None),
        ({"m.relates_to": {"m.in_reply_to": "$r"}}, None, None, None),
        ({"m.relates_to": {"m.in_reply_to": {"event_id": 5}}}, None, None, None),
    ],
)
def test_relations_are_read_as_the_specification_says(
    content: Mapping[str, Any], thread: str | None, reply: str | None, replaces: str | None
) -> None:
    """Threads, replies inside and outside them, edits; and nothing in what is malformed."""
    event = message(content)
    assert (event.thread_root, event.replies_to, event.replaces) == (thread, reply, replaces)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"msgtype": "m.text", "body": "bonjour"}, "bonjour"),
        ({"msgtype": "m.text"}, ""),
        ({"msgtype": "m.text", "body": 5}, ""),
        ({"msgtype": "m.image", "body": "IMG_1.jpg"}, ""),
        ({"msgtype": "m.image", "body": "IMG_1.jpg", "filename": "IMG_1.jpg"}, ""),
        ({"msgtype": "m.image", "body": "le bras", "filename": "IMG_1.jpg"}, "le bras"),
        ({"msgtype": "m.file", "body": "bilan.pdf"}, ""),
        ({"msgtype": "m.text", "body": "> <@a:b> avant\n> encore\n\naprès", "m.relates_to": REPLY}, "après"),
        ({"msgtype": "m.text", "body": "> ma citation\naprès"}, "> ma citation\naprès"),
        ({"msgtype": "m.text", "body": "> rien d'autre", "m.relates_to": REPLY}, ""),
        ({"msgtype": "m.text", "body": "après", "m.relates_to": REPLY}, "après"),
        ({"msgtype": "m.text", "body": "* neuf", "m.new_content": {"msgtype": "m.text", "body": "neuf"},
          "m.relates_to": {"rel_type": "m.replace", "event_id": "$o"}}, "neuf"),
        ({"msgtype": "m.text", "body": "vieux", "m.new_content": {"body": "neuf"}}, "vieux"),
        ({"msgtype": "m.text", "body": "* x", "m.new_content": "neuf",
          "m.relates_to": {"rel_type": "m.replace", "event_id": "$o"}}, "* x"),
    ],
)  # fmt: skip
def test_the_words_of_a_message_are_what_its_author_wrote(content: Mapping[str, Any], text: str) -> None:
    """No file name, no quotation of what is replied to, and of an edit the new words."""
    assert message(content).text == text


def test_a_sticker_has_no_words_of_its_senders() -> None:
    """Its body describes the picture."""
    assert Event("$e", ROOM, "@a:b", "m.sticker", 0, {"body": "chat"}).text == ""


@pytest.mark.parametrize(
    ("content", "bot"),
    [
        ({"msgtype": "m.notice", "body": "x"}, True),
        ({"msgtype": "m.text", "body": "x", BOT_MARKER: True}, True),
        ({"msgtype": "m.text", "body": "x"}, False),
    ],
)
def test_bots_are_known_by_notices_and_by_our_marker(content: Mapping[str, Any], bot: bool) -> None:
    """So that bots never answer each other."""
    assert message(content).from_bot is bot


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "body",
        "msgtype",
        "filename",
        "m.relates_to",
        "m.new_content",
        "rel_type",
        "event_id",
        "m.in_reply_to",
        "key",
    ]
)
CONTENT = st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON, max_size=4), max_size=5)


@given(CONTENT)
def test_no_content_makes_it_raise_and_the_inbox_gives_it_back_whole(content: dict[str, Any]) -> None:
    """Events are written by strangers, and kept as text."""
    event = message(content, encrypted=True, verified=True, redacts="$x")
    for name in (
        "thread_root",
        "replies_to",
        "replaces",
        "text",
        "msgtype",
        "from_bot",
        "emoji",
        "related_id",
    ):
        getattr(event, name)
    assert Event.from_json(event.to_json()) == event


@given(
    st.dictionaries(
        st.sampled_from(["event_id", "sender", "type", "content", "origin_server_ts", "redacts"]), JSON
    )
)
def test_an_event_without_the_least_shape_of_one_is_none(raw: dict[str, Any]) -> None:
    """And never an error."""
    event = read_event(raw, ROOM)
    if event is not None:
        assert event.event_id
        assert event.sender
        assert event.type
        assert not event.encrypted


RAW = {"event_id": "$e", "sender": "@a:b", "type": "m.room.encrypted", "origin_server_ts": 9, "content": {}}


def test_a_relation_outside_the_encryption_counts() -> None:
    """Clients send it there; one inside is taken before it."""
    outer = {**RAW, "content": related(rel_type="m.thread", event_id="$outer")}
    event = read_event(outer, ROOM, decrypted=("m.room.message", {"body": "x"}), verified=True)
    assert event is not None
    assert (event.thread_root, event.encrypted, event.verified, event.sent_at) == ("$outer", True, True, 9)
    inner = related(rel_type="m.thread", event_id="$inner")
    event = read_event(outer, ROOM, decrypted=("m.room.message", inner))
    assert event is not None
    assert event.thread_root == "$inner"
    assert not event.verified


def test_nothing_in_clear_text_is_verified() -> None:
    """Whatever the caller believes."""
    event = read_event({**RAW, "type": "m.room.message"}, ROOM, verified=True)
    assert event is not None
    assert not event.verified


def test_both_names_of_a_poll_are_one() -> None:
    """The one that Element draws."""
    event = read_event(RAW, ROOM, decrypted=("m.poll.response", {}))
    assert event is not None
    assert event.type == "org.matrix.msc3381.poll.response"


@pytest.mark.parametrize(
    "raw",
    [{"redacts": "$x", "content": {}}, {"content": {"redacts": "$x"}}, {"redacts": "$x", "content": {"redacts": "$y"}}],
)  # fmt: skip
def test_what_a_redaction_takes_away_is_read_in_every_room_version(raw: dict[str, Any]) -> None:
    """Version 11 moved it into the content."""
    event = read_event({**RAW, "type": "m.room.redaction", **raw}, ROOM)
    assert event is not None
    assert event.redacts == "$x"


def test_a_relation_that_the_server_adds_makes_no_edit() -> None:
    """What is said anew stands inside the encryption; without it a message is one of its own."""
    outer = {**RAW, "content": related(rel_type="m.replace", event_id="$case")}
    said = {"msgtype": "m.text", "body": "merci"}
    event = read_event(outer, ROOM, decrypted=("m.room.message", said), verified=True)
    assert event is not None
    assert event.replaces is None
    event = read_event(outer, ROOM, decrypted=("m.room.message", {**said, "m.new_content": said}))
    assert event is not None
    assert event.replaces == "$case"


@pytest.mark.parametrize(("in_content", "taken_away"), [(False, "$own"), (True, "$of-somebody-else")])
def test_a_redaction_names_what_the_server_has_looked_at(in_content: bool, taken_away: str) -> None:
    """Before room version 11 that stands beside the content, and what its sender wrote inside means nothing."""
    raw = {**RAW, "type": "m.room.redaction", "redacts": "$own", "content": {"redacts": "$of-somebody-else"}}
    event = read_event(raw, ROOM, redacts_in_content=in_content)
    assert event is not None
    assert event.redacts == taken_away
