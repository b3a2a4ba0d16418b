"""A case without its author's name: nothing that the room sees differs by who asked."""

from typing import Any

import pytest

from doctocbot.cases.release import Wish
from doctocbot.store import Database
from tests.cases.test_intake import choose, draft, notices, poll_words, polls, preview, quiet
from tests.desk import BOT, CHAT, LEA, MARC, MODO, NORA, ROOM, Desk, plain
from tests.fakes.roomstates import member, state_event
from tests.fakes.wiping import wipe

pytest_plugins = ["tests.desk_fixtures"]

WORDS = "Homme de 54 ans, plaque du dos #dermato"
MODOS_CHAT = "!modo-and-the-bot:clinic.example"


@pytest.fixture
async def anonymous(desk: Desk) -> Desk:
    """The room allows it, and Léa has published a case without her name."""
    await desk.say(MODO, "!mod set anonymous on")
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    await desk.say(LEA, "!publier anonyme", room=CHAT)
    await desk.tick()
    return desk


async def test_the_card_names_nobody(anonymous: Desk) -> None:
    """A colleague asks; the name stands in nothing that the room was ever sent."""
    assert "par un confrère" in await anonymous.card()
    sent = [str(event.content) for event in anonymous.gateway.sent if event.room_id == ROOM]
    assert not any("lea" in content for content in sent)


async def test_without_the_rooms_leave_it_is_refused(desk: Desk) -> None:
    """The draft stays, and the doctor learns what to do; the poll offers it only where it is allowed."""
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    assert not any("sans mon nom" in words for words in poll_words(polls(desk)[0]))
    await desk.say(LEA, "!publier anonyme", room=CHAT)
    assert "ne permet pas" in notices(desk)[-1]
    assert desk.gateway.visible(ROOM) == []


async def test_the_poll_offers_it_where_it_is_allowed(desk: Desk) -> None:
    """One tap, as with the name."""
    await desk.say(MODO, "!mod set anonyme oui")
    await desk.open_chat(LEA)
    await draft(desk, WORDS)
    (index,) = [n for n, words in enumerate(poll_words(polls(desk)[0])) if "sans mon nom" in words]
    await choose(desk, index)
    assert "par un confrère" in await desk.card()


async def test_the_preview_says_what_the_nameless_card_says(desk: Desk) -> None:
    """Where it can be published without the name, both ways are shown before either is chosen; elsewhere one."""
    await desk.open_chat(LEA)
    words = await draft(desk, WORDS)
    assert "confrère" not in preview(desk)
    await desk.say(MODO, "!mod set anonymous on")
    await desk.edit(LEA, words, f"{WORDS} prurigineuse", room=CHAT)
    await quiet(desk)
    assert f"par {LEA}" in preview(desk)
    assert "Sans votre nom : par un confrère" in preview(desk)


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("", Wish(anyway=False, nameless=None, room="")),
        ("anonyme", Wish(anyway=False, nameless=True, room="")),
        ("Sans mon nom quand même Urgences", Wish(anyway=True, nameless=True, room="Urgences")),
        ("quand même anonyme", Wish(anyway=True, nameless=True, room="")),
        ("sous mon nom", Wish(anyway=False, nameless=False, room="")),
        ("anyway under my name Cabinet", Wish(anyway=True, nameless=False, room="Cabinet")),
        ("Anonymes", Wish(anyway=False, nameless=None, room="Anonymes")),
    ],
)
def test_what_is_asked_for_after_publish(words: str, wish: Wish) -> None:
    """In any order; what is said of the name counts, and nothing that only looks like it."""
    assert Wish.read(words) == wish


async def room_after(desk: Desk, who: str) -> list[str]:
    """What the room shows after somebody has done everything that an author or a colleague does."""
    root = await desk.card_id()
    before = len(desk.gateway.sent)
    answer = await desk.say(NORA, "Psoriasis", thread=root)
    await desk.say(who, "Oui, peut-être", thread=root)
    await desk.react(who, answer)
    await desk.react(who, answer, "✅")
    await desk.say(who, "!clore psoriasis", thread=root)
    await desk.say(who, "!attends", thread=root)
    await desk.picture(who, "dos", thread=root)
    await desk.say(who, "!lescas miens")
    after = [event for event in desk.gateway.sent[before:] if event.room_id == ROOM]
    return [event.body.replace(who, "X") for event in after]


async def test_in_the_room_the_author_is_like_anybody_else(database: Database, anonymous: Desk) -> None:
    """Answers and votes count, closing and ✅ are as little theirs as a colleague's: the bot says the very same."""
    lea = await room_after(anonymous, LEA)
    await database.run(wipe)
    again = Desk(database)
    await again.open_room()
    again.change(*_moderator())
    await again.say(MODO, "!mod set anonymous on")
    await again.open_chat(LEA)
    await draft(again, WORDS)
    await again.say(LEA, "!publier anonyme", room=CHAT)
    await again.tick()
    marc = await room_after(again, MARC)
    assert lea == marc
    assert any("2 réponses" in words for words in lea)


def _moderator() -> list[dict[str, Any]]:
    return [
        member(MODO),
        state_event("m.room.power_levels", {"users": {MODO: 50, BOT: 50}, "redact": 50}),
    ]


async def test_from_the_chat_the_author_acts_as_one(anonymous: Desk) -> None:
    """Closing by number, and the news of answers, reach only their own chat."""
    await anonymous.say(NORA, "Psoriasis", thread=await anonymous.card_id())
    assert any("Psoriasis" in event.body for event in anonymous.gateway.visible(CHAT))
    await anonymous.say(LEA, "!clore #1 psoriasis", room=CHAT)
    assert "clos" in await anonymous.card()


async def test_only_a_moderator_learns_who_asked_and_that_is_on_record(anonymous: Desk) -> None:
    """Told in private, never in the room."""
    await anonymous.open_chat(MODO, MODOS_CHAT)
    refused = await anonymous.say(MARC, "!mod qui #1")
    assert "modération" in anonymous.answers_to(refused)[0]
    asked = await anonymous.say(MODO, "!mod qui #1")
    assert anonymous.answers_to(asked) == []
    told = [plain(event.body) for event in anonymous.gateway.visible(MODOS_CHAT)]
    assert any(LEA in words and "journal" in words for words in told)
    assert await anonymous.value("SELECT count(*) FROM audit WHERE act = 'asked-who'") == 1


async def test_additions_say_the_author_and_no_name(anonymous: Desk) -> None:
    """The thread tells what, not who."""
    await anonymous.say(LEA, "!ajouter #1 Pas de fièvre", room=CHAT)
    await quiet(anonymous)
    await choose(anonymous, 0)
    sent = [event.body for event in anonymous.gateway.sent if event.room_id == ROOM]
    assert any("Pas de fièvre" in words for words in sent)
    assert not any("lea" in words for words in sent)
