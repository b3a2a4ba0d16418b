"""What is remembered of people's identities: first sight, changes, and what waits for a moderator."""

import time

import pytest

from doctocbot.matrix import identities
from doctocbot.matrix.identities import IdentityChange, IdentityShelf
from doctocbot.matrix.trust import Change, in_fours
from doctocbot.store import Database

pytest_plugins = ["tests.desk_fixtures"]

MARIE = "@marie:clinic.example"

SHOWN = {
    "the same key as ever": (["A", "A"], ["first seen", "same"], ["first seen", "same"]),
    "a reset": (["A", "B", "B"], ["first seen", "changed", "same"], ["first seen", "held", "held"]),
    "two resets": (["A", "B", "C"], ["first seen", "changed", "changed"], ["first seen", "held", "held"]),
    "and back": (["A", "B", "A"], ["first seen", "changed", "changed"], ["first seen", "held", "same"]),
    "to and fro": (
        ["A", "B", "A", "B"],
        ["first seen", "changed", "changed", "changed"],
        ["first seen", "held", "same", "held"],
    ),
}


@pytest.mark.parametrize(("keys", "warned", "held"), SHOWN.values(), ids=SHOWN)
async def test_a_new_key_is_warned_of_or_held(
    database: Database, keys: list[str], warned: list[str], held: list[str]
) -> None:
    """What the server shows in turn, and what it is taken for under either setting."""
    relaxed, strict = IdentityShelf(database), IdentityShelf(database, hold=True)
    assert [await relaxed.seen("@relaxed:x", key) for key in keys] == [Change(each) for each in warned]
    assert [await strict.seen("@strict:x", key) for key in keys] == [Change(each) for each in held]


async def test_going_over_to_a_key_again_is_news_again(database: Database) -> None:
    """Whoever got back into an account has been seen before, and is no less dangerous for it."""
    shelf = IdentityShelf(database)
    for key in ("A", "B", "A", "B"):
        await shelf.seen(MARIE, key)
    news = await database.run(identities.untold)
    assert [(each.master_key, each.times) for each in sorted(news, key=str)] == [("A", 1), ("B", 2)]
    for change in news:
        await database.run(identities.note_told, change, ["!a:x"], 1)
    assert await database.run(identities.untold) == []
    await shelf.seen(MARIE, "A")
    assert await database.run(identities.untold) == [IdentityChange(MARIE, "A", held=False, times=2)]


async def test_a_key_that_waits_is_news_once_however_often_it_is_shown(database: Database) -> None:
    """A server says it at every look; who has been told stays so."""
    shelf = IdentityShelf(database, hold=True)
    for key in ("A", "B", "B"):
        await shelf.seen(MARIE, key)
    (change,) = await database.run(identities.untold)
    assert change.times == 1
    await database.run(identities.note_told, change, ["!a:x"], 1)
    await shelf.seen(MARIE, "B")
    assert await database.run(identities.untold) == []
    assert await database.run(identities.told_in, MARIE, "B") == {"!a:x"}


async def test_a_server_that_shows_two_keys_in_turn_does_not_call_every_minute(database: Database) -> None:
    """Moderators are told five times, and then once a day."""
    shelf = IdentityShelf(database)
    told = 0
    for _ in range(20):
        for key in ("A", "B"):
            await shelf.seen(MARIE, key)
            for change in await database.run(identities.untold):
                told += 1
                await database.run(identities.note_told, change, ["!a:x"], int(time.time() * 1000))
    assert told == 2 * 5


async def test_what_a_moderator_accepts_counts_and_the_next_key_waits_again(database: Database) -> None:
    """Accepting is for the one key, and has the person's devices judged anew."""
    shelf = IdentityShelf(database, hold=True)
    await shelf.seen(MARIE, "A")
    assert await shelf.seen(MARIE, "B") is Change.HELD
    assert await database.run(identities.is_held, MARIE)
    await database.run(identities.accept, MARIE)
    assert not await database.run(identities.is_held, MARIE)
    assert await database.run(identities.to_be_judged) == [MARIE]
    assert await database.run(identities.to_be_judged) == []
    assert await shelf.seen(MARIE, "B") is Change.SAME
    assert await shelf.seen(MARIE, "A") is Change.HELD


async def test_without_the_setting_nobody_stays_held(database: Database) -> None:
    """The operator went back to `warn`: who waited counts at the next look."""
    strict = IdentityShelf(database, hold=True)
    await strict.seen(MARIE, "A")
    await strict.seen(MARIE, "B")
    assert await IdentityShelf(database).seen(MARIE, "B") is Change.CHANGED
    assert not await database.run(identities.is_held, MARIE)


async def test_a_comparison_of_emojis_is_worth_nothing_for_the_next_key(database: Database) -> None:
    """It is noted for the key that the bot goes by, and forgotten with it."""
    shelf = IdentityShelf(database)
    await shelf.seen(MARIE, "A")
    assert await database.run(identities.verified, MARIE, "A", 5)
    assert not await database.run(identities.verified, MARIE, "B", 5)
    await shelf.seen(MARIE, "B")
    assert await database.run(lambda tx: tx.value("SELECT verified_at FROM identity")) is None


async def test_a_comparison_does_not_lift_a_hold(database: Database) -> None:
    """That is a moderator's to do."""
    shelf = IdentityShelf(database, hold=True)
    await shelf.seen(MARIE, "A")
    await shelf.seen(MARIE, "B")
    assert not await database.run(identities.verified, MARIE, "B", 5)
    assert not await database.run(identities.verified, MARIE, "A", 5)


def test_a_fingerprint_is_read_in_fours() -> None:
    """As Element shows it."""
    assert in_fours("abcdefghij") == "abcd efgh ij"
