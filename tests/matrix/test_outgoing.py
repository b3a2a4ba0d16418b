"""What the bot sends, as it goes over the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.chat.rendering import Document, Person
from doctocbot.matrix.events import BOT_MARKER
from doctocbot.matrix.outgoing import REACTION, Outgoing, finished_content, people_in, reaction, redaction

IDS = {"root": "$root", "$said": "$said", "card": "$card", "poll": "$poll"}
TEXT = {"msgtype": "m.text", "body": "bonjour\nà tous", "m.mentions": {}}


def outgoing(**more: str) -> Outgoing:
    """Something to send."""
    return Outgoing(key="k", room_id="!r", content=TEXT, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "relation"),
    [
        ({}, None),
        ({"reply_to": "$said"}, {"m.in_reply_to": {"event_id": "$said"}}),
        (
            {"thread": "root"},
            {"rel_type": "m.thread", "event_id": "$root", "is_falling_back": True,
             "m.in_reply_to": {"event_id": "$root"}},
        ),
        (
            {"thread": "root", "reply_to": "$said"},
            {"rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": {"event_id": "$said"}},
        ),
        ({"refers_to": "poll"}, {"rel_type": "m.reference", "event_id": "$poll"}),
    ],
)  # fmt: skip
def test_relations_are_written_as_the_specification_says(
    more: dict[str, str], relation: dict[str, object] | None
) -> None:
    """In a thread with a reply for clients without threads."""
    content = finished_content(outgoing(**more), TEXT, IDS)
    assert content.get("m.relates_to") == relation
    assert content["body"] == TEXT["body"]


def test_everything_said_carries_our_marker() -> None:
    """So that bots of this kind never answer each other; an edit carries it inside and out."""
    assert finished_content(outgoing(), TEXT, {})[BOT_MARKER] is True
    edit = finished_content(outgoing(edits="card"), TEXT, IDS)
    assert edit[BOT_MARKER] is True
    assert edit["m.new_content"][BOT_MARKER] is True


def test_an_edit_holds_its_words_once() -> None:
    """The fallback is the first line only: twice the whole would not fit, and would hide words from a redaction."""
    edit = finished_content(outgoing(edits="card"), TEXT, IDS)
    assert edit["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$card"}
    assert edit["m.new_content"]["body"] == TEXT["body"]
    assert edit["body"] == "* bonjour"
    assert edit["m.mentions"] == {}


def test_a_reaction_holds_nothing_but_itself() -> None:
    """It travels in the clear."""
    made = reaction("k", "!r", "$said", "👍", case_id=3)
    relation = {"rel_type": "m.annotation", "event_id": "$said", "key": "👍"}
    assert finished_content(made, made.content, IDS) == {"m.relates_to": relation}
    assert made.type == REACTION
    assert made.points_at == ["$said"]


def test_one_redaction_of_an_event_is_enough() -> None:
    """Its key comes from its target, and it goes out whatever the room has become."""
    made = redaction("!r", "$said")
    assert made.key == redaction("!r", "$said").key != redaction("!r", "$other").key
    assert made.even_unserved
    assert made.points_at == ["$said"]


WORDS = st.text(max_size=5)


@given(WORDS, st.dictionaries(WORDS, WORDS | st.integers()), st.none() | WORDS, st.none() | st.integers(0, 9))
def test_the_outbox_gives_back_what_it_was_given(
    key: str, content: dict[str, object], name: str | None, number: int | None
) -> None:
    """Row by row, after any number of restarts."""
    made = Outgoing(
        key=key,
        room_id="!r",
        content=content,
        thread=name,
        edits=name,
        case_id=number,
        attachment_id=number,
        renders=name,
        even_unserved=bool(number),
    )
    assert Outgoing.from_json(made.to_json()) == made


_LOCALPART = st.text(
    st.characters(codec="utf-8", exclude_characters=": \n\r\t\v\f\x1c\x1d\x1e\x1f\x85"),
    min_size=1,
    max_size=30,
)
_SERVER = st.from_regex(r"[a-z0-9]([a-z0-9\-.]{0,20}[a-z0-9])?(:[0-9]{1,5})?", fullmatch=True)


@given(st.lists(st.builds("@{}:{}".format, _LOCALPART, _SERVER), max_size=4), st.text(max_size=20))
def test_whomever_a_pill_shows_is_found_whatever_their_name(people: list[str], around: str) -> None:
    """Old servers let people have any name; what somebody typed around it hides nobody."""
    document = Document()
    for person in people:
        document.line(around, Person(around, person), around)
    assert set(people) <= people_in(document.content())
