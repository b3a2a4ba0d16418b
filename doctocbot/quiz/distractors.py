"""The wrong answers of a question: opinions of the case's own thread first, then those of cases of the same specialty.

Which ones they are is a pure rule (`chosen`); where they come from are rows. Cases of other rooms lend nothing, nor do
those that are pulled or hidden.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from doctocbot.cases import opinions, queries
from doctocbot.cases.model import Case, Opinion, opinion_line
from doctocbot.cases.sameness import sameness, surely_says
from doctocbot.guard import find_identifiers
from doctocbot.quiz.free_words import says
from doctocbot.quiz.model import LETTERS, Option
from doctocbot.quiz.vignette import vignette
from doctocbot.rooms.specialties import canonical
from doctocbot.store import Transaction

_MOST = len(LETTERS) - 1
LONGEST_CHOICE, LONGEST_WHY = 100, 200
"""How many characters a choice may have, and a reason against one."""
_MOST_LENDERS = 30


def means_same(one: str, other: str) -> bool:
    """Whether two answers mean the same, in whatever spelling, or but for how it was confirmed."""
    return surely_says(one, other) or surely_says(other, one) or says(one, other) or says(other, one)


def _is_part(one: str, other: str) -> bool:
    """Whether one answer says no more than part of the other: "hépatite" is no wrong answer beside "hépatite A"."""
    first, second = set(sameness(one).split()), set(sameness(other).split())
    return first <= second or second <= first


def choice_words(text: str, language: str) -> str:
    """An answer as a choice shows it: its first line, not too long, without what places or names anybody."""
    return opinion_line(vignette(text, language), LONGEST_CHOICE).rstrip(" ?!.;,:")


def chosen(right: str, never: Iterable[str], candidates: Iterable[Option], language: str) -> list[Option]:
    """The distractors, at most four, in the order of the candidates.

    None means the same as the right answer, as another or as one of `never`, and none holds what identifies anybody.
    """
    found: list[Option] = []
    taken = [right, *never]
    for candidate in candidates:
        words = choice_words(candidate.text, language)
        if not any(map(str.isalnum, words)) or "[…]" in words or find_identifiers(candidate.text):
            continue
        if any(means_same(words, other) or _is_part(words, other) for other in taken):
            continue
        taken.append(words)
        found.append(Option(words, is_right=False, why=candidate.why))
        if len(found) == _MOST:
            break
    return found


def distractors(tx: Transaction, case: Case, right: str, language: str) -> list[Option]:
    """What is asked beside the right answer of a case."""
    own = opinions.opinions(tx, case.id)
    never = [opinion.text for opinion in own if opinion.kept or opinion.confirmed]
    reasons = _reasons(tx, case, own, language)
    given = [Option(opinion.text, is_right=False, why=reasons.get(opinion.id, "")) for opinion in own]
    return chosen(right, never, (*given, *_lent(tx, case)), language)


def _lent(tx: Transaction, case: Case) -> Iterator[Option]:
    """What cases of the same room, kind and specialty came to, and then what was thought of them; the nearest first."""
    names = _names(case)
    lenders = [
        other
        for other in queries.cases_of_room(tx, case.room_id)
        if other.id != case.id and other.kind is case.kind and names & _names(other)
    ]
    lenders.sort(key=lambda other: -len(names & _names(other)))
    for other in lenders:
        if other.outcome:
            yield Option(other.outcome, is_right=False)
    for other in lenders[:_MOST_LENDERS]:
        for opinion in opinions.opinions(tx, other.id):
            yield Option(opinion.text, is_right=False)


def _names(case: Case) -> frozenset[str]:
    return frozenset(filter(None, map(canonical, case.tags)))


def _reasons(tx: Transaction, case: Case, own: Iterable[Opinion], language: str) -> dict[int, str]:
    """Why not, by opinion: what the last one said who opposes it still and gave a reason."""
    found: dict[int, str] = {}
    standing = {opinion.id: opinion.votes for opinion in own}
    for row in tx.rows(_REASONS, id=case.id):
        words = opinion_line(vignette(row["reason"], language), LONGEST_WHY)
        opposes = standing.get(row["opinion_id"], {}).get(row["voter"]) is False
        if opposes and words and "[…]" not in words and not find_identifiers(row["reason"]):
            found[row["opinion_id"]] = words
    return found


_REASONS = (
    "SELECT opinion_id, voter, reason FROM vote JOIN opinion ON opinion.id = opinion_id"
    " WHERE case_id = :id AND says = 'oppose' AND reason IS NOT NULL ORDER BY vote.seq"
)


def forget_lent(tx: Transaction, case: Case) -> None:
    """Erase what a case has lent to the questions of others in its room; call it while its words are still there."""
    outcome = [case.outcome] if case.outcome else []
    forget_lent_words(tx, case, [*outcome, *(opinion.text for opinion in opinions.opinions(tx, case.id))])


def forget_lent_words(tx: Transaction, case: Case, texts: Sequence[str]) -> None:
    """Erase these words of a case where they are among the choices of others in its room."""
    lent = {choice_words(text, language) for text in texts for language in ("fr", "en")}
    tx.execute(_FORGET_LENT, texts=json.dumps(sorted(lent)), id=case.id, room=case.room_id)


_FORGET_LENT = (
    "DELETE FROM question_choice WHERE NOT is_right AND text IN (SELECT value FROM json_each(:texts))"
    " AND question_id IN"
    " (SELECT question.id FROM question JOIN medical_case ON medical_case.id = case_id"
    "  WHERE room_id = :room AND medical_case.id != :id)"
)
