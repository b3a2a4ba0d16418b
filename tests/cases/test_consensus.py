"""The consensus of a case against its definition, said once more in plain words and another way round."""

from collections.abc import Mapping, Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from doctocbot.cases.model import Apart, Consensus, Opinion, Vote, standing, tally

AUTHOR = "a"
PEOPLE = st.sampled_from("abcde")
ACTS = st.lists(st.tuples(PEOPLE, st.sampled_from(Vote)), max_size=12)
REFERENCES = st.lists(st.just("https://doi.org/10.1/x"), max_size=1)

CITATIONS = st.dictionaries(
    st.sampled_from(["https://doi.org/10.1/x", "https://doi.org/10.1/y"]), st.frozensets(PEOPLE, min_size=1)
)
APART = st.dictionaries(PEOPLE, st.sampled_from(Apart))

Acts = Sequence[tuple[str, Vote]]


def opinion(proposers: frozenset[str], acts: Acts, references: Sequence[str] = ()) -> Opinion:
    """An opinion as the desk makes it from what people did."""
    stands = standing(acts)
    return Opinion(1, 1, "x", proposers, stands.votes, tuple(references), stands.neutral, kept=stands.kept)


def stance(person: str, proposers: frozenset[str], acts: Acts) -> str:
    """What one person thinks: their last word, else their own proposal, else nothing."""
    for who, vote in reversed(acts):
        if who == person and vote in (Vote.AGREE, Vote.OPPOSE):
            return "for" if vote is Vote.AGREE else "against"
        if who == person and vote is Vote.NEUTRAL:
            return "nothing"
    return "for" if person in proposers else "nothing"


@given(st.frozensets(PEOPLE), ACTS, REFERENCES)
@example(frozenset("b"), [("c", Vote.AGREE)], [])
@example(frozenset("b"), [("b", Vote.NEUTRAL), ("c", Vote.AGREE)], [])
@example(frozenset("b"), [("c", Vote.AGREE), ("d", Vote.OPPOSE), ("d", Vote.NEUTRAL)], [])
@example(frozenset("ab"), [("a", Vote.OPPOSE)], ["https://doi.org/10.1/x"])
def test_consensus_is_what_the_studies_call_consensual(
    proposers: frozenset[str], acts: Acts, references: list[str]
) -> None:
    """A reference, or two contributors who agree, and nobody opposes; the author of the case never counts."""
    colleagues = [stance(person, proposers, acts) for person in "bcde"]
    count = tally(opinion(proposers, acts, references), AUTHOR)
    assert (count.agree, count.oppose) == (colleagues.count("for"), colleagues.count("against"))
    if "against" in colleagues:
        assert count.consensus is Consensus.OPPOSED
    elif references or colleagues.count("for") >= 2:
        assert count.consensus is Consensus.REACHED
    else:
        assert count.consensus is Consensus.OPEN


@given(st.frozensets(PEOPLE), ACTS)
def test_the_author_changes_nothing_that_is_counted(proposers: frozenset[str], acts: Acts) -> None:
    """Whatever they propose or vote: the count is the same as without them."""
    others = [(who, vote) for who, vote in acts if who != AUTHOR]
    with_them, without = opinion(proposers, acts), opinion(proposers - {AUTHOR}, others)
    assert tally(with_them, AUTHOR) == tally(without, AUTHOR)


@given(st.frozensets(PEOPLE), ACTS)
def test_an_author_whom_the_room_does_not_know_counts_like_everybody(
    proposers: frozenset[str], acts: Acts
) -> None:
    """Leaving them out would show who they are."""
    everybody = [stance(person, proposers, acts) for person in "abcde"]
    count = tally(opinion(proposers, acts), None)
    assert (count.agree, count.oppose) == (everybody.count("for"), everybody.count("against"))


@given(st.frozensets(PEOPLE), ACTS, CITATIONS, APART)
@example(frozenset("b"), [("c", Vote.AGREE)], {}, {"c": Apart.STUDENT})
@example(frozenset("bc"), [("d", Vote.OPPOSE)], {}, {"d": Apart.STUDENT})
@example(frozenset("b"), [], {"https://doi.org/10.1/x": frozenset("b")}, {"b": Apart.STUDENT})
def test_those_who_are_counted_apart_make_and_break_no_consensus(
    proposers: frozenset[str], acts: Acts, citations: Mapping[str, frozenset[str]], apart: Mapping[str, Apart]
) -> None:
    """Students, and whom the room's setting leaves out: what they say is shown beside, and decides nothing."""
    stands = standing(acts)
    found = Opinion(
        1, 1, "x", proposers, stands.votes, tuple(citations), cited_by=citations, neutral=stands.neutral
    )
    count = tally(found, AUTHOR, apart)
    counting = [stance(person, proposers, acts) for person in "bcde" if person not in apart]
    assert (count.agree, count.oppose) == (counting.count("for"), counting.count("against"))
    cited = [people for people in citations.values() if any(person not in apart for person in people)]
    assert count.references == len(cited)
    if "against" in counting:
        assert count.consensus is Consensus.OPPOSED
    elif cited or counting.count("for") >= 2:
        assert count.consensus is Consensus.REACHED
    else:
        assert count.consensus is Consensus.OPEN
    for why in Apart:
        beside = [stance(person, proposers, acts) for person in "bcde" if apart.get(person) is why]
        assert count.apart.get(why, (0, 0)) == (beside.count("for"), beside.count("against"))


@given(ACTS, st.data())
def test_an_act_taken_back_never_was(acts: Acts, data: st.DataObject) -> None:
    """What stood before stands again, for everybody else nothing changes."""
    at = data.draw(st.integers(0, len(acts)))
    person = data.draw(PEOPLE)
    vote = data.draw(st.sampled_from(Vote))
    more = [*acts[:at], (person, vote), *acts[at:]]
    before, after = standing(acts), standing(more)
    for other in set("abcde") - {person}:
        assert before.votes.get(other) == after.votes.get(other)
        assert (other in before.neutral) == (other in after.neutral)
    del more[at]
    assert standing(more) == before


@given(ACTS)
def test_an_answer_is_kept_until_whoever_kept_it_takes_that_back(acts: Acts) -> None:
    """By a thumb, for or against, they do not."""
    kept = False
    for person in "abcde":
        own = [vote for who, vote in acts if who == person and vote in (Vote.KEEP, Vote.NEUTRAL)]
        kept = kept or own[-1:] == [Vote.KEEP]
    assert standing(acts).kept is kept
