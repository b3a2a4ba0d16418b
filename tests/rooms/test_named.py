"""Whom a command names: by id, by pill, by mention; never somebody who only seems to be named."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from doctocbot.chat.replies import Refusal
from doctocbot.rooms.named import named, people_named
from tests.desk import BOT, LEA, MARC, NORA, PAUL, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]

STRANGER = "@eve:evil.example"
NAMES = {PAUL: "Paul", LEA: "Dr Léa Martin", MARC: "Paul Martin"}


def pill(user: str, words: str) -> str:
    """A mention as Element draws it."""
    return f'<a href="https://matrix.to/#/{user}">{words}</a>'


async def read(
    desk: Desk, words: str, html: str | None = None, mentions: object = None, reply: str | None = None
) -> tuple[list[str], str] | None:
    """Whom the words of a message name, and what is left of them; None where it is not sure."""
    for user, name in NAMES.items():
        desk.call(user, name)
    content: dict[str, Any] = {"msgtype": "m.text", "body": f"!mod member {words}"}
    if html is not None:
        content["formatted_body"] = html
    if mentions is not None:
        content["m.mentions"] = mentions
    event = desk.event(NORA, "m.room.message", content, reply=reply)

    def look(tx: Any) -> tuple[list[str], str] | None:
        c = desk.world.conversation(tx, event)
        try:
            return named(c, words, c.room)
        except Refusal:
            return None

    return await desk.database.run(look)


def listed(*users: str) -> Mapping[str, object]:
    """The mentions of a message."""
    return {"user_ids": list(users)}


READ = {
    "an id": (f"{PAUL} infirmier", None, None, ([PAUL], "infirmier")),
    "an id and a full stop": (f"{PAUL}.", None, None, ([PAUL], "")),
    "a stranger's id": (f"{STRANGER}, infirmier", None, None, ([STRANGER], "infirmier")),
    "two ids": (f"{PAUL} {LEA}", None, None, ([PAUL, LEA], "")),
    "one id twice": (f"{PAUL} {PAUL}", None, None, ([PAUL], "")),
    "a pill": ("Paul infirmier", f"{pill(PAUL, 'Paul')} infirmier", None, ([PAUL], "infirmier")),
    "an old name in a pill": ("Paulo infirmier", pill(PAUL, "Paulo"), listed(PAUL), ([PAUL], "infirmier")),
    "an id in a pill": (f"{PAUL} infirmier", pill(PAUL, PAUL), listed(PAUL), ([PAUL], "infirmier")),
    "a quoted address": (
        "Paul infirmier", pill("%40paul%3Aclinic.example", "Paul").replace("%40", "@", 1), None, ([PAUL], "infirmier")
    ),
    "a pill and an id": (f"Paul {LEA}", pill(PAUL, "Paul"), listed(PAUL), ([PAUL, LEA], "")),
    "a mention": ("Paul: infirmier", None, listed(PAUL), ([PAUL], "infirmier")),
    "a name in small letters": ("paul infirmier", None, listed(PAUL), ([PAUL], "infirmier")),
    "a name within another": ("Paul Martin", None, listed(PAUL, MARC), ([PAUL, MARC], "")),
    "a longer name": ("@Dr Léa Martin infirmier", None, listed(LEA), ([LEA], "infirmier")),
    "the bot": ("Doctocbot Paul", None, listed(BOT, PAUL), ([PAUL], "Doctocbot")),
    "nobody": ("infirmier", None, None, ([], "infirmier")),
    "no list": ("infirmier", None, {"user_ids": 7}, ([], "infirmier")),
    "no mentions": ("infirmier", None, [PAUL], ([], "infirmier")),
    "no words": ("infirmier", 7, {"user_ids": [7, None]}, ([], "infirmier")),
}  # fmt: skip


@pytest.mark.parametrize(("words", "html", "mentions", "found"), READ.values(), ids=READ)
async def test_people_are_named_as_clients_write_them(
    desk: Desk, words: str, html: str | None, mentions: object, found: tuple[list[str], str]
) -> None:
    """By what they typed or chose from the client's list; the words are left without it."""
    assert await read(desk, words, html, mentions) == found


async def test_whom_a_reply_answers_is_not_named_by_it(desk: Desk) -> None:
    """Clients mention that person by themselves; the moderator meant Paul alone, or a server."""
    answered = await desk.say(LEA, "bonjour")
    assert await read(desk, "Paul", None, listed(LEA, PAUL), answered) == ([PAUL], "")
    assert await read(desk, "Paul", pill(PAUL, "Paul"), listed(LEA, PAUL), answered) == ([PAUL], "")
    assert await read(desk, "evil.example", None, listed(LEA), answered) == ([], "evil.example")
    assert await read(desk, PAUL, None, listed(LEA), answered) == ([PAUL], "")
    assert await read(desk, "Dr Léa Martin", None, listed(LEA), answered) == ([LEA], "")


async def test_a_name_within_a_longer_one_is_not_named_by_it(desk: Desk) -> None:
    """In reply to Paul, about Paul Martin."""
    answered = await desk.say(PAUL, "bonjour")
    assert await read(desk, "Paul Martin", None, listed(PAUL, MARC), answered) == ([MARC], "")
    assert await read(desk, "Pauline", None, listed(PAUL), answered) == ([], "Pauline")


async def test_a_quotation_names_nobody(desk: Desk) -> None:
    """Older clients repeat whom they answer, with a pill."""
    answered = await desk.say(LEA, "bonjour")
    html = f"<mx-reply><blockquote>{pill(LEA, 'Léa')}</blockquote></mx-reply>{pill(PAUL, 'Paul')}"
    assert await read(desk, "Paul", html, listed(LEA, PAUL), answered) == ([PAUL], "")


async def test_a_name_that_looks_like_an_id_is_not_sure(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paul calls himself as Marc's id: with a pill it is he, without one nobody can tell."""
    monkeypatch.setitem(NAMES, PAUL, MARC)
    assert await read(desk, f"{MARC} aucun", pill(PAUL, MARC), listed(PAUL)) == ([PAUL], "aucun")
    assert await read(desk, f"{MARC} aucun", None, listed(PAUL)) is None
    assert await read(desk, f"{MARC} aucun") == ([MARC], "aucun")


async def test_two_of_one_name_are_not_sure(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply to the one that names the other looks the same both ways."""
    monkeypatch.setitem(NAMES, MARC, "paul")
    answered = await desk.say(PAUL, "bonjour")
    assert await read(desk, "Paul", None, listed(PAUL, MARC), answered) is None
    assert await read(desk, "Paul", pill(MARC, "Paul"), listed(PAUL, MARC), answered) == ([MARC], "")


@pytest.mark.parametrize(
    "words", ["@" * 60_000, "@:" * 30_000, "@a:" * 20_000, "@" + "a" * 60_000, "@a" * 30_000]
)
async def test_hostile_words_are_read_at_once(desk: Desk, words: str) -> None:
    """Any clinician may type them, after `!vouch`."""
    began = time.monotonic()
    html = '<a href="https://matrix.to/#/@' * 2_000
    await read(desk, words, html)
    assert time.monotonic() - began < 2


async def test_somebody_has_to_be_named(desk: Desk) -> None:
    """Else the person is told how."""
    event = desk.event(NORA, "m.room.message", {"msgtype": "m.text", "body": "!mod confirm"})

    def look(tx: Any) -> None:
        people_named(desk.world.conversation(tx, event), "", desk.world.state(ROOM))

    with pytest.raises(Refusal, match=r"members\.whom"):
        await desk.database.run(look)
