"""The chain of the audit: whatever is done to its rows without the key is found, and where."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.rooms.audit_chain import FIRST, Broken, Entry, Link, check, digest, seal

KEY = b"the bot's secret"
texts = st.none() | st.text(max_size=8)
entries = st.builds(
    Entry,
    id=st.just(0),
    at=st.integers(0, 2**45),
    actor=st.text(max_size=8),
    act=st.sampled_from(["pull", "hidden"]),
    room_id=texts,
    case_id=st.none() | st.integers(1, 99),
    about=texts,
    reason=texts,
)


def chain(said: list[Entry], key: bytes = KEY) -> list[Link]:
    """Rows as the audit writes them."""
    links, head = [], FIRST
    for number, entry in enumerate(said, start=1):
        numbered = replace(entry, id=number)
        links.append(Link(numbered, head, seal(key, head, numbered)))
        head = links[-1].hash
    return links


@given(st.lists(entries, max_size=6))
def test_what_was_only_added_to_holds(said: list[Entry]) -> None:
    """Down to the last row, whose hash is the head."""
    links = chain(said)
    found = check(KEY, links)
    assert (found.rows, found.broken) == (len(said), None)
    assert found.head == (links[-1].hash if links else FIRST)


@given(st.lists(entries, min_size=1, max_size=6), st.data())
def test_a_changed_row_is_named(said: list[Entry], data: st.DataObject) -> None:
    """Whatever of it was changed, also where its hash was made anew with another key."""
    links = chain(said)
    at = data.draw(st.integers(0, len(links) - 1))
    other = data.draw(entries.filter(lambda entry: replace(entry, id=at + 1) != links[at].entry))
    forged = replace(other, id=at + 1)
    own_hash = data.draw(st.sampled_from([links[at].hash, seal(b"a guess", links[at].previous, forged)]))
    links[at] = Link(forged, links[at].previous, own_hash)
    broken = check(KEY, links).broken
    assert broken is not None
    assert (broken.row, broken.why) == (at + 1, Broken.CHANGED)


def drop_second(links: list[Link]) -> list[Link]:
    """A row is gone."""
    return [links[0], *links[2:]]


def drop_and_renumber(links: list[Link]) -> list[Link]:
    """A row is gone and the next bears its number."""
    return [links[0], replace(links[2], entry=replace(links[2].entry, id=2))]


def swap(links: list[Link]) -> list[Link]:
    """Two rows have changed places."""
    return [links[0], links[2], links[1]]


def drop_first(links: list[Link]) -> list[Link]:
    """The beginning is gone."""
    return links[1:]


@pytest.mark.parametrize("damage", [drop_second, drop_and_renumber, swap, drop_first])
def test_missing_and_moved_rows_are_found(damage: Callable[[list[Link]], list[Link]]) -> None:
    """The first row that does not follow the one before it is named."""
    links = chain([Entry(0, at, "a", "pull", None, None, None, None) for at in range(3)])
    broken = check(KEY, damage(links)).broken
    assert broken is not None
    assert broken.why is Broken.MISSING


def test_rows_cut_off_at_the_end_show_by_the_head_alone() -> None:
    """Why the moderators are told it."""
    links = chain([Entry(0, at, "a", "pull", None, None, None, None) for at in range(3)])
    found = check(KEY, links[:2])
    assert found.broken is None
    assert found.head != links[2].hash


def test_a_row_means_one_thing() -> None:
    """A missing value and an empty one, or a word that has moved from one field to the next, make another hash."""
    entry = Entry(1, 1, "a", "pull", "b", None, None, None)
    others = [
        replace(entry, about=""),
        replace(entry, actor="ab", room_id=""),
        replace(entry, room_id=None, about="b"),
        replace(entry, case_id=0),
    ]
    assert len({seal(KEY, FIRST, each) for each in [entry, *others]}) == 5


def test_a_reason_is_found_again_only_with_its_salt() -> None:
    """Whoever has the key alone cannot try guesses at an erased one."""
    assert digest(KEY, "salt", "Mme X") == digest(KEY, "salt", "Mme X")
    assert len({digest(KEY, "salt", "Mme X"), digest(KEY, "", "Mme X"), digest(KEY, "salt", "Mme Y")}) == 3
