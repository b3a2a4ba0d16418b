"""The full-text index keeps step with every change, and forgets what is erased."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctocbot.cases import search
from doctocbot.store import Database, Transaction
from tests.desk import LEA, MARC, NORA, OTHER_ROOM, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def found(desk: Desk, words: str, *rooms: str) -> list[int]:
    """The numbers of the cases that a search brings, with all the words."""
    cases, every = await desk.database.run(search.find, rooms or (ROOM,), words, 10)
    return [case.id for case in cases] if every else []


def bytes_of_index(tx: Transaction) -> bytes:
    """Everything that the tables of the index hold."""
    held: list[Any] = []
    for table in ("data", "idx", "content", "docsize"):
        held += [tuple(row) for row in tx.rows(f"SELECT * FROM case_search_{table}")]  # noqa: S608 (fixed names)
    return repr(held).encode()


@pytest.mark.parametrize(
    "words",
    [
        "zébulonite",
        "ZEBULONITES",
        "l'onycholyse",
        "carnavalet",
        "xylophone",
        "dermato",
        "treatment",
        "traitement",
    ],
)
async def test_a_case_is_found_by_everything_that_was_said_of_it(desk: Desk, words: str) -> None:
    """Its words, answers, opinions, outcome, tags, and its kind in either language."""
    await desk.say(LEA, "!cas Onycholyses des dix ongles #dermato #traitement")
    root = await desk.card_id()
    await desk.say(MARC, "Plutôt une zébulonite", thread=root)
    await desk.say(NORA, "!avis maladie du Carnavalet", thread=root)
    await desk.say(LEA, "!clore probable xylophone", thread=root)
    await desk.say(LEA, "!cas Rien à voir")
    assert await found(desk, words) == [1]


async def test_what_is_said_next_is_found_at_once_or_after_a_tick(desk: Desk) -> None:
    """The index is read anew by whoever searches first, the clock or a person."""
    await desk.say(LEA, "!cas Enfant")
    assert await found(desk, "rubéole") == []
    await desk.say(MARC, "rubéole", thread=await desk.card_id())
    await desk.tick()
    assert await desk.value("SELECT count(*) FROM unindexed") == 0
    assert await found(desk, "rubéole") == [1]


async def test_edited_words_take_the_place_of_the_old_ones(desk: Desk) -> None:
    """Of the case and of an answer."""
    case = await desk.say(LEA, "!cas Monsieur Dupontel, zona")
    answer = await desk.say(MARC, "aciclovir", thread=await desk.card_id())
    await desk.edit(LEA, case, "!cas Homme de 60 ans, zona")
    await desk.edit(MARC, answer, "valaciclovir")
    assert [await found(desk, words) for words in ("dupontel", "aciclovir", "valaciclovir zona")] == [
        [],
        [],
        [1],
    ]


@pytest.mark.parametrize("how", ["pulled", "edited and deleted"])
async def test_nothing_is_left_in_the_index_of_what_is_erased(desk: Desk, how: str) -> None:
    """Not a syllable, from the very transaction on; SQLite's own tables are looked into."""
    case = await desk.say(LEA, "!cas Zébulonite du dos")
    answer = await desk.say(MARC, "zébulonite sans doute", thread=await desk.card_id())
    assert await found(desk, "zébulonite") == [1]
    assert b"zebulon" in await desk.database.run(bytes_of_index)
    if how == "pulled":
        await desk.redact(LEA, case)
    else:
        await desk.edit(LEA, case, "!cas Dos")
        await desk.redact(MARC, answer)
    assert b"ebulon" not in await desk.database.run(bytes_of_index)
    assert await found(desk, "zébulonite") == []


async def test_a_search_draws_on_its_rooms_alone(desk: Desk) -> None:
    """And on no case that is pulled."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(LEA, "!cas zona ici")
    await desk.say(LEA, "!cas zona ailleurs", room=OTHER_ROOM)
    await desk.redact(LEA, await desk.say(LEA, "!cas zona retiré"))
    assert await found(desk, "zona") == [1]
    assert await found(desk, "zona", OTHER_ROOM) == [2]
    assert await found(desk, "zona", ROOM, OTHER_ROOM) == [2, 1]


async def test_the_authors_words_count_more_than_the_talk(desk: Desk) -> None:
    """Best first: what the case is about, then what somebody mentioned."""
    await desk.say(LEA, "!cas Fille de 8 ans")
    await desk.say(MARC, "Pas une coqueluche", thread=await desk.card_id())
    await desk.say(LEA, "!cas Coqueluche, quel traitement ?")
    assert await found(desk, "coqueluche") == [2, 1]


async def test_all_words_first_and_else_some(desk: Desk) -> None:
    """It is known which of both it was."""
    await desk.say(LEA, "!cas toux sèche")
    await desk.say(LEA, "!cas fièvre")

    async def both(words: str) -> tuple[list[int], bool]:
        cases, every = await desk.database.run(search.find, [ROOM], words, 10)
        return [case.id for case in cases], every

    assert await both("toux sèche") == ([1], True)
    cases, every = await both("toux fièvre")
    assert (set(cases), every) == ({1, 2}, False)
    assert await both("urticaire") == ([], True)
    assert await both("") == ([], True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.text("\"'*()^:+-{}NEARORANDT é😀\0", max_size=30))
def test_whatever_is_typed_the_search_answers(encrypted_database: Database, words: str) -> None:
    """Quotes, hyphens, operators, emoji: words to look for, or nothing."""

    def look(tx: Transaction) -> None:
        cases, _ = search.find(tx, [ROOM], words, 10)
        assert cases == [] or words.strip()

    asyncio.run(encrypted_database.run(look))


@pytest.mark.parametrize(
    "words", ['"zona"', "zona*", "(zona", "zona AND", "NEAR(zona)", "zona -toux", "words:zona", "zona 😀"]
)
async def test_operators_are_no_operators(desk: Desk, words: str) -> None:
    """A case is found by its word whatever stands around it, and by itself where all must match."""
    await desk.say(LEA, "!cas zona")
    cases, _ = await desk.database.run(search.find, [ROOM], words, 10)
    assert [case.id for case in cases] == [1]
