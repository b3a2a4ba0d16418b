"""The reader of a storm notices each thing that must never be: a timeline that is falsified for it says so."""

from collections.abc import Callable
from typing import Any

import pytest

from doctocbot.demo.seen import SeenEvent
from tests.chaos.crew import Asked
from tests.chaos.reader import compare

BOT, LEA, ROOM = "@doctocbot:clinic.example", "@lea:clinic.example", "!cabinet:clinic.example"


def event(event_id: str, sender: str = BOT, **more: Any) -> SeenEvent:
    """An encrypted message as a reader sees it."""
    content = more.pop("content", {"body": "…", "msgtype": "m.text"})
    how: dict[str, Any] = {
        "type": "m.room.message",
        "sent_at": 0,
        "raw": {},
        "encrypted": True,
        "decrypted": True,
        "verified": True,
    }
    how |= more
    return SeenEvent(event_id, ROOM, sender, content=content, **how)


def edit(event_id: str, root: str, words: str) -> SeenEvent:
    """An edit of a card."""
    inner = {"body": words, "msgtype": "m.text"}
    relation = {"rel_type": "m.replace", "event_id": root}
    return event(event_id, content={"body": "*", "m.new_content": inner, "m.relates_to": relation})


def asked(**more: Any) -> Asked:
    """A case with two answers."""
    return Asked("signe0001x", LEA, "$asked", answers={"$a", "$b"}, **more)


def orderly() -> list[SeenEvent]:
    """A case as it should be: one card, whose last edit shows two answers."""
    return [
        event("$asked", LEA),
        event("$card", content={"body": "#1", "msgtype": "m.text"}),
        edit("$e1", "$card", "#1 signe0001x"),
        edit("$e2", "$card", "#1 signe0001x — 2 réponses"),
        event("$reaction", type="m.reaction", encrypted=False, decrypted=False),
    ]


def test_nothing_is_wrong_with_an_orderly_room() -> None:
    """And its figures are told."""
    report = compare(orderly(), BOT, [asked()])
    assert report.faults == {}
    assert (report.cases, report.answers) == (1, 2)


def second_card(room: list[SeenEvent]) -> None:
    """A second card for the same case."""
    room += [event("$card2"), edit("$e3", "$card2", "#2 signe0001x")]


def no_card(room: list[SeenEvent]) -> None:
    """The card was never sent."""
    room[:] = room[:1]


def clear_text(room: list[SeenEvent]) -> None:
    """A message that was not encrypted."""
    room.append(event("$clear", encrypted=False, decrypted=False))


def locked(room: list[SeenEvent]) -> None:
    """A message for which the reader got no key."""
    room.append(event("$locked", type="m.room.encrypted", decrypted=False))


def said_twice(room: list[SeenEvent]) -> None:
    """Two answers of the same words to the same message."""
    content = {"body": "Noté.", "m.relates_to": {"m.in_reply_to": {"event_id": "$asked"}}}
    room += [event("$s1", content=content), event("$s2", content=content)]


def one_too_many(room: list[SeenEvent]) -> None:
    """An answer was counted twice."""
    room.append(edit("$e3", "$card", "#1 signe0001x — 3 réponses"))


@pytest.mark.parametrize(
    ("falsify", "kind"),
    [
        (second_card, "doubled"), (no_card, "lost"), (clear_text, "in_clear"), (locked, "unreadable"),
        (said_twice, "doubled"), (one_too_many, "miscounted"),
    ],
)  # fmt: skip
def test_each_thing_that_must_not_be_is_noticed(
    falsify: Callable[[list[SeenEvent]], None], kind: str
) -> None:
    """By its own name, and by no other."""
    room = orderly()
    falsify(room)
    assert list(compare(room, BOT, [asked()]).faults) == [kind]


def test_words_of_a_pulled_case_are_noticed_wherever_they_stand() -> None:
    """The card is gone, an edit of it is not."""
    room = orderly()
    assert list(compare(room, BOT, [asked(pulled=True)]).faults) == ["not_gone"]
    for seen in room[1:4]:
        seen.redacted, seen.content = True, {}
    assert compare(room, BOT, [asked(pulled=True)]).faults == {}


def test_an_original_that_stays_and_a_copy_too_many_are_noticed() -> None:
    """One clean copy in the thread, and the photo as it came gone."""
    room = orderly()
    copy = {
        "body": "image-1.jpg",
        "msgtype": "m.image",
        "m.relates_to": {"rel_type": "m.thread", "event_id": "$card"},
    }
    room += [event("$copy", content=copy)]
    assert list(compare(room, BOT, [asked(photo=True)]).faults) == ["originals_left"]
    room[0].redacted = True
    assert compare(room, BOT, [asked(photo=True)]).faults == {}
    room += [event("$copy2", content=copy)]
    assert list(compare(room, BOT, [asked(photo=True)]).faults) == ["copies_wrong"]
