"""Whatever somebody deletes is gone from the bot as well: its copy, what followed, the index, its quotations.

One rare word stands in the message that is deleted and nowhere else. Afterwards it is in no table, and in nothing that
the bot has said and that can still be read.
"""

import json
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest

from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MARC, MINUTE, MODO, NORA, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]

WORD = "zornemose"


class Said(NamedTuple):
    """A message that is going to be deleted: whose, and where."""

    event_id: str
    who: str
    room: str = ROOM


async def everything(desk: Desk) -> str:
    """The whole database as text, the index included."""

    def dump(tx: Transaction) -> str:
        tables = tx.rows(
            "SELECT name FROM pragma_table_list WHERE type IN ('table', 'shadow') AND schema = 'main'"
        )
        names = [row["name"] for row in tables]
        return "\n".join(str(tuple(row)) for name in names for row in tx.rows(f"SELECT * FROM {name}"))  # noqa: S608

    return await desk.database.run(dump)


async def asked(desk: Desk, text: str = "!cas Enfant, éruption #dermato") -> str:
    """Léa's case; returns its card."""
    await desk.say(LEA, text)
    return await desk.card_id()


async def quiet(desk: Desk) -> None:
    """A draft is left alone until its preview is shown."""
    await desk.tick()
    desk.later(seconds=5)
    await desk.tick()


async def case(desk: Desk) -> Said:
    """The message that opened a case."""
    event_id = await desk.say(LEA, f"!cas Enfant, {WORD} #dermato")
    return Said(event_id, LEA)


async def edit_of_case(desk: Desk) -> Said:
    """An edit that gave a case its words."""
    event_id = await desk.say(LEA, "!cas Enfant, éruption #dermato")
    return Said(await desk.edit(LEA, event_id, f"!cas Enfant, {WORD} #dermato"), LEA)


async def case_after_edit(desk: Desk) -> Said:
    """A message whose words were replaced since."""
    event_id = await desk.say(LEA, f"!cas Enfant, {WORD} #dermato")
    await desk.edit(LEA, event_id, f"!cas Enfant, {WORD} du tronc #dermato")
    return Said(event_id, LEA)


async def tag(desk: Desk) -> Said:
    """A hashtag in the message of a case."""
    return Said(await desk.say(LEA, f"!cas Enfant, éruption #{WORD}"), LEA)


async def answer(desk: Desk) -> Said:
    """An answer of which the author has been told."""
    return Said(await desk.say(MARC, f"{WORD} ?", thread=await asked(desk)), MARC)


async def answer_acted_on(desk: Desk) -> Said:
    """An answer that became an opinion because a colleague agreed."""
    event_id = await desk.say(MARC, f"{WORD} ?", thread=await asked(desk))
    await desk.react(NORA, event_id)
    return Said(event_id, MARC)


async def edit_of_answer(desk: Desk) -> Said:
    """An edit that gave an answer its words."""
    event_id = await desk.say(MARC, "Varicelle", thread=await asked(desk))
    return Said(await desk.edit(MARC, event_id, f"Non, {WORD}"), MARC)


async def told_answer(desk: Desk) -> Said:
    """An answer that a notice repeated in the author's direct chat."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "Enfant, éruption du tronc", room=CHAT)
    await quiet(desk)
    await desk.say(LEA, "!publier", room=CHAT)
    await desk.tick()
    event_id = await desk.say(MARC, f"{WORD} ?", thread=await desk.card_id())
    await desk.tick()
    return Said(event_id, MARC)


async def opinion(desk: Desk) -> Said:
    """A `!dx`."""
    return Said(await desk.say(MARC, f"!avis {WORD}", thread=await asked(desk)), MARC)


async def edit_of_opinion(desk: Desk) -> Said:
    """An edit of a `!dx`."""
    event_id = await desk.say(MARC, "!avis Varicelle", thread=await asked(desk))
    return Said(await desk.edit(MARC, event_id, f"!avis {WORD}"), MARC)


async def reason(desk: Desk) -> Said:
    """Why somebody is against an opinion."""
    card = await asked(desk)
    await desk.say(MARC, "!avis Varicelle", thread=card)
    return Said(await desk.say(NORA, f"!contre 1 {WORD}", thread=card), NORA)


async def reference(desk: Desk) -> Said:
    """A link."""
    return Said(await desk.say(MARC, f"!ref https://example.org/{WORD}", thread=await asked(desk)), MARC)


async def closing(desk: Desk) -> Said:
    """The message that closed a case."""
    return Said(await desk.say(LEA, f"!clore certain {WORD}", thread=await asked(desk)), LEA)


async def edit_of_closing(desk: Desk) -> Said:
    """An edit of it."""
    event_id = await desk.say(LEA, "!clore certain Varicelle", thread=await asked(desk))
    return Said(await desk.edit(LEA, event_id, f"!clore certain {WORD}"), LEA)


async def followup(desk: Desk) -> Said:
    """News of a closed case, told in private."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!clore certain Varicelle", thread=await asked(desk))
    return Said(await desk.say(LEA, f"!suivi #1 {WORD} guérie", room=CHAT), LEA, CHAT)


async def draft(desk: Desk) -> Said:
    """Words in a draft that its author has been shown."""
    await desk.open_chat(LEA)
    event_id = await desk.say(LEA, f"Nourrisson, {WORD}", room=CHAT)
    await quiet(desk)
    return Said(event_id, LEA, CHAT)


async def part_of_draft(desk: Desk) -> Said:
    """One of two messages of a draft."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "Nourrisson de 3 mois", room=CHAT)
    event_id = await desk.say(LEA, f"fébrile, {WORD}", room=CHAT)
    await quiet(desk)
    return Said(event_id, LEA, CHAT)


async def edit_of_draft(desk: Desk) -> Said:
    """An edit of a draft's message."""
    await desk.open_chat(LEA)
    event_id = await desk.say(LEA, "Nourrisson de 3 mois", room=CHAT)
    edit = await desk.edit(LEA, event_id, f"Nourrisson, {WORD}", room=CHAT)
    await quiet(desk)
    return Said(edit, LEA, CHAT)


async def caption(desk: Desk) -> Said:
    """The clean copy of a picture of a case, with its caption; the original is deleted because the bot asks for it."""
    photo = await desk.picture(LEA, caption=f"{WORD} du dos", thread=await asked(desk))
    return Said(await desk.event_of(f"case:1:picture:{photo}"), MODO)


async def loose_picture(desk: Desk) -> Said:
    """The clean copy of a picture of no case, with its caption."""
    photo = await desk.picture(MARC, caption=f"{WORD} au restaurant")
    return Said(await desk.event_of(f"picture:{photo}"), MODO)


async def picture_left_in_place(desk: Desk) -> Said:
    """A picture that carried nothing, with a caption."""
    return Said(await desk.picture(MARC, caption=f"{WORD} au restaurant", metadata=False), MARC)


async def picture_that_opened(desk: Desk) -> Said:
    """A picture whose caption is a `!case`."""
    return Said(await desk.picture(LEA, caption=f"!cas {WORD} du dos"), LEA)


async def quizzed(desk: Desk) -> Said:
    """An answer that became a choice of a quiz that has ended."""
    card = await asked(desk)
    event_id = await desk.say(MARC, f"!avis {WORD}", thread=card)
    await desk.say(LEA, "!clore certain Varicelle", thread=card)
    await desk.say(LEA, "!quiz allow", thread=card)
    await desk.say(NORA, "!quiz #1")
    desk.later(minutes=20)
    await desk.tick()
    assert await desk.value("SELECT 1 FROM quiz_choice WHERE instr(text, :word)", word=WORD)
    return Said(event_id, MARC)


async def quiz_answer(desk: Desk) -> Said:
    """An `!answer` with words of its own."""
    card = await asked(desk)
    await desk.say(MARC, "!avis Rougeole", thread=card)
    await desk.say(LEA, "!clore certain Varicelle", thread=card)
    await desk.say(LEA, "!quiz allow", thread=card)
    await desk.say(NORA, "!quiz #1")
    return Said(await desk.say(NORA, f"!réponse A {WORD}"), NORA)


async def search(desk: Desk) -> Said:
    """A command that asks for the word."""
    await asked(desk)
    return Said(await desk.say(NORA, f"!chercher {WORD}"), NORA)


async def unknown_command(desk: Desk) -> Said:
    """A command that is none, and a word that could be a name."""
    return Said(await desk.say(NORA, f"!{WORD}"), NORA)


KINDS: tuple[Callable[[Desk], Awaitable[Said]], ...] = (
    case, edit_of_case, case_after_edit, tag, answer, answer_acted_on, edit_of_answer, told_answer, opinion,
    edit_of_opinion, reason, reference, closing, edit_of_closing, followup, draft, part_of_draft, edit_of_draft,
    caption, loose_picture, picture_left_in_place, picture_that_opened, quizzed, quiz_answer, search, unknown_command,
)  # fmt: skip
NEVER_KEPT = {"quiz_answer", "search", "unknown_command"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_what_is_deleted_is_gone_from_the_bot(
    desk: Desk, kind: Callable[[Desk], Awaitable[Said]]
) -> None:
    """Also what it showed of it in between: a find, a summary, the week."""
    said = await kind(desk)
    await desk.say(NORA, "!résumé #1")
    await desk.say(NORA, "!chercher enfant")
    desk.later(minutes=6)
    await desk.tick()
    if kind.__name__ not in NEVER_KEPT:
        assert WORD in await everything(desk)
    await desk.redact(said.who, said.event_id, room=said.room)
    await desk.tick()
    desk.now += 10 * MINUTE
    await desk.tick()
    assert WORD not in await everything(desk)
    assert WORD not in desk.readable()
    assert WORD not in json.dumps([event.body for event in desk.gateway.visible()])


async def test_what_the_bot_deletes_itself_is_kept(desk: Desk) -> None:
    """It redacts originals whose clean copies live on."""
    await desk.picture(LEA, caption="Placard du dos", thread=await asked(desk))
    (original,) = desk.gateway.redactions
    await desk.redact("@doctocbot:clinic.example", original)
    assert "Placard du dos" in await everything(desk)
