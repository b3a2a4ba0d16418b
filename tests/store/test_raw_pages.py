"""Words that are gone are gone from the disk: every page of the file and of its journal is decrypted and searched.

A desk works for a while, with words that no dictionary holds in everything that can hold words. Then a case is pulled,
a person forgotten, a time over; and what is looked at is neither a query nor a copy, but the bytes of the pages.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from doctocbot.store import Database, derive_key
from tests.desk import CHAT, LEA, MARC, MINUTE, NORA, PAUL, Desk
from tests.store.rawpages import RawPages

pytestmark = pytest.mark.slow

pytest_plugins = ["tests.desk_fixtures"]

KEY = derive_key("a long enough secret", "database")
HERS = ("zornemose", "quibralite", "vestragone", "plumidrosse", "hexacroupe")
ANSWER, OPINION, REASON, ADDED, CAPTION, COMMENT = (
    "brugmatose", "krelvinite", "ostrifugal", "dranquilome", "pelvignasse", "furnambrox",
)  # fmt: skip
ALL = (*HERS, ANSWER, OPINION, REASON, ADDED, CAPTION, COMMENT)


@pytest.fixture
async def worked(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk after some weeks, on a file of its own."""
    database = await Database.open(tmp_path / "doctocbot.db", KEY)
    desk = Desk(database)
    await desk.open_room()
    await desk.open_chat(LEA)
    await _others(desk, 12)
    await _story(desk)
    await _others(desk, 12)
    yield desk
    await database.close()


async def _others(desk: Desk, number: int) -> None:
    """Cases of colleagues around it, so that its rows are moved from page to page."""
    for count in range(number):
        await desk.say(PAUL, f"!cas Toux {count} " + "depuis trois semaines, fébrile " * (count * 3))
        card = await desk.card_id(int(await desk.value("SELECT max(id) FROM medical_case")))
        await desk.say(NORA, "Bronchite " * (count + 1), thread=card)


async def _story(desk: Desk) -> None:
    """Léa's case with words in everything, in two forms each: as first said, and as corrected."""
    case, corrected, draft, private, outcome = HERS
    asked = await desk.say(LEA, f"!cas Enfant, {case} #dermato")
    number = int(await desk.value("SELECT max(id) FROM medical_case"))
    card = await desk.card_id(number)
    await desk.edit(LEA, asked, f"!cas Enfant, {case} et {corrected} #dermato")
    await desk.picture(LEA, caption=f"{CAPTION} du dos", thread=card)
    said = await desk.say(MARC, f"{ANSWER} ? https://example.org/{ANSWER}", thread=card)
    await desk.react(NORA, said)
    await desk.say(NORA, f"!avis {OPINION}", thread=card)
    await desk.say(MARC, f"!contre 2 {REASON}", thread=card)
    await desk.say(LEA, f"!ajouter #{number} et {ADDED}", room=CHAT)
    await _quiet(desk)
    await desk.say(LEA, "!publier", room=CHAT)
    await desk.tick()
    await desk.say(NORA, f"!chercher {case}")
    await desk.say(NORA, f"!résumé #{number}")
    await desk.say(LEA, f"!clore #{number} certain {outcome}", thread=card)
    await desk.say(LEA, f"!suivi #{number} {private} à J7", room=CHAT)
    await desk.say(LEA, f"Autre patient, {draft}", room=CHAT)
    await _quiet(desk)
    await desk.say(MARC, f"{COMMENT} aussi", thread=card)
    desk.later(minutes=6)
    await desk.tick()


async def _quiet(desk: Desk) -> None:
    await desk.tick()
    desk.later(seconds=5)
    await desk.tick()


async def _pull(desk: Desk) -> tuple[str, ...]:
    """Léa takes her case back; her draft of another patient stays."""
    number = int(await desk.value("SELECT id FROM medical_case WHERE author = :who", who=LEA))
    await desk.say(LEA, f"!retirer #{number}")
    await desk.tick()
    return tuple(word for word in ALL if word != HERS[2])


async def _forget(desk: Desk) -> tuple[str, ...]:
    """Léa is forgotten, with her draft."""
    await desk.say(LEA, "!oubliezmoi", room=CHAT)
    await desk.say(LEA, "!oubliezmoi oui", room=CHAT)
    await desk.tick()
    return ALL


async def _forget_marc(desk: Desk) -> tuple[str, ...]:
    """Marc is forgotten: his words go from a case that lives on."""
    chat = "!marc:clinic.example"
    await desk.open_chat(MARC, chat)
    await desk.say(MARC, "!oubliezmoi", room=chat)
    await desk.say(MARC, "!oubliezmoi oui", room=chat)
    await desk.tick()
    return (ANSWER, REASON, COMMENT)


async def _expire(desk: Desk) -> tuple[str, ...]:
    """The time of the case is over, and that of the draft long before."""
    desk.now += 366 * 24 * 60 * MINUTE
    for _ in range(20):
        await desk.tick()
    return ALL


@pytest.mark.parametrize(
    "goes", [_pull, _forget, _forget_marc, _expire], ids=lambda each: each.__name__.strip("_")
)
async def test_words_that_went_are_in_no_page(
    worked: Desk, goes: Callable[[Desk], Awaitable[tuple[str, ...]]]
) -> None:
    """They were in many before; when the clock has tidied up they are in none, and what others wrote is there still."""
    pages = RawPages(worked.database.path, KEY)
    before = {word for _, _, word in pages.holding(*ALL)}
    assert before == set(ALL), "each word was written somewhere"
    words = await goes(worked)
    await worked.database.run(lambda tx: tx.execute("DELETE FROM meta WHERE key = 'rewritten_at'"))
    await worked.clock.tidy(worked.now)
    assert pages.holding(*words) == []
    assert {page.place for page in pages} == {"file"}, "the journal is empty"
    if goes is not _expire:
        assert pages.holding("trois semaines"), "what others wrote is still there, and is found"
