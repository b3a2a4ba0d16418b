"""Whether an answer in somebody's own words says what is accepted: a slip of the hand counts, another meaning never.

    the same by `sameness` (case, accents, punctuation, synonyms), or word by word within a small distance

An answer is right only where it is nearer to the accepted word than to every rival of it: the same word with another
meaningful part ("hyper" and "hypo", "-ite" and "-ose", "ureter" and "urethr"). What is put before a word ("a-",
"in-") changes how it begins, which nobody does by mistake. Numbers, negations, short words and the
number of words have to be equal, so that a shorter accepted word inside a longer wrong one is not enough.
"""

import functools
import re
from collections.abc import Iterable, Iterator

from doctocbot.cases.sameness import respells, sameness
from doctocbot.cases.synonyms import SYNONYMS
from doctocbot.chat.parsing import fold

_MOST_EDITS = 3
_EXACT_UP_TO = 4
"""Words of so many letters are abbreviations, Roman numbers, negations, sides: one letter makes another of them."""

_JOINING = frozenset("l le la les un une des de du d au aux the an of".split())  # noqa: SIM905
_BEGINNING = frozenset(("a", "c", "est", "it", "s", "is", "diagnostic", "diagnosis"))
_RANKED = frozenset(
    ("type", "stade", "stage", "grade", "classe", "class", "facteur", "factor", "degre", "degree")
)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_SIDES = {"droite": "droit"}

# Parts of words of which each makes another disease, sign or organ of the same rest, anywhere or at its end.
_RIVAL_PARTS: tuple[tuple[str, ...], ...] = tuple(
    tuple(line.split())
    for line in """
    hyper hypo normo
    tachy brady
    intra inter extra infra supra
    endo epi exo peri para pan myo meso
    mono bi tri tetra poly oligo
    macro micro mega
    ante anti
    pre pro post per
    auto allo
    hemo homo hetero
    nephr neur nevr necr neutr
    col chol cox coel
    cyst cyt kyst
    ile ili
    myel pyel my myx myc
    phag phas phon plas
    metr men
    gastr mast
    oste ot
    leuc lymph eryth thromb
    acid alcal
    dextr lev
    perone perine perito
    ureter urethr uretr
    prostat prostrat
    palpat palpit
    listhes lys
    thyr thym
    adren aden
    trache trachel
    sial dial
    fibr fibrin
    arthr arter
    aur or
    glyc glauc
    kal calc natr
    rub ros rug
    """.strip().splitlines()
)
_RIVAL_ENDS: tuple[tuple[str, ...], ...] = tuple(
    tuple(line.split())
    for line in """
    ite ose ome iome ie ique isme iase algie on oide ine ites
    iti itis osis osi oma ioma ia y ism iasis iasi algia oid ine
    emie urie penie cytose cytopenie cytemie philie ectasie
    emia aemia uria penia cytosis cytosi cytopenia philia ectasia
    ectomie tomie stomie scopie plastie pexie
    ectomy tomy stomy scopy plasty pexy
    plegie paresie
    plegia paresia paresi
    gramme graphie
    terne ternee
    tion teur
    cele
    """.strip().splitlines()
)


def says(answer: str, accepted: str) -> bool:
    """Whether an answer means what is accepted, in other spelling or with small slips."""
    bare = _without_beginning(answer)
    meant = sameness(bare)
    if not meant:
        return False
    if _counting(meant) == _counting(sameness(_without_beginning(accepted))) or respells(
        sameness(accepted), bare
    ):
        return True
    return any(_match(_as_written(bare), way) for way in _ways_to_write(accepted))


@functools.lru_cache(maxsize=512)
def _ways_to_write(accepted: str) -> tuple[tuple[str, ...], ...]:
    """What is accepted, and the names that are listed for the same thing: these are misspelt as well."""
    meant = sameness(accepted)
    names = [name for names in SYNONYMS if sameness(names[0]) == meant for name in names]
    return tuple(dict.fromkeys(_as_written(name) for name in (accepted, *names)))


def _as_written(text: str) -> tuple[str, ...]:
    """The words that count, without case, accents, punctuation and the s of a plural."""
    words = _counting(re.sub(r"[^\w%/+<>=.,]+", " ", fold(_without_beginning(text))).rstrip(" .,"))
    return tuple(
        word[:-1] if len(word) > _EXACT_UP_TO and word.endswith("s") and word.isalpha() else word
        for word in words
    )


def _without_beginning(text: str) -> str:
    """The words without "c'est", "le" or "a" before them, so that "le syndrome de" is found behind; never nothing."""
    words = re.split(r"[\s'’]+", text.strip())
    at = 0
    while at < len(words) - 1 and fold(words[at]) in _BEGINNING | _JOINING:
        at += 1
    return text if at == 0 else " ".join(words[at:])


def _counting(text: str) -> tuple[str, ...]:
    words = [word for word in text.split() if word not in _JOINING] or text.split()
    return tuple(
        _ROMAN.get(word, word) if at and words[at - 1] in _RANKED else _SIDES.get(word, word)
        for at, word in enumerate(words)
    )


def _match(given: tuple[str, ...], meant: tuple[str, ...]) -> bool:
    if given == meant or "".join(given) == "".join(meant):
        return bool(given)
    if len(given) != len(meant):
        return False
    edits = 0
    for written, word in zip(given, meant, strict=True):
        distance = 0 if _is_same_word(written, word) else _slips(written, word)
        if distance is None:
            return False
        edits += distance
    return edits <= _MOST_EDITS


def _is_same_word(one: str, other: str) -> bool:
    """Whether two words differ by nothing, or by the feminine's mute e."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= _EXACT_UP_TO and longer == f"{shorter}e")


def _allowed(word: str) -> int:
    """How many slips a word may have: one from five letters, two from nine, three from fifteen."""
    if len(word) <= _EXACT_UP_TO or not word.isalpha():
        return 0
    return 1 if len(word) < 9 else 2 if len(word) < 15 else _MOST_EDITS


def _slips(written: str, word: str) -> int | None:
    """How many slips make one word of the other; None where these are too many, or something else is meant."""
    allowed = _allowed(word)
    if not allowed or not written.isalpha() or abs(len(written) - len(word)) > allowed:
        return None
    if len(written) <= _EXACT_UP_TO or _first_sound(written) != _first_sound(word) or written in _KNOWN:
        return None
    distance = _distance(written, word)
    if distance > allowed:
        return None
    nearest = min((_distance(written, rival) for rival in _rivals(word)), default=distance + 1)
    return distance if distance < nearest else None


_SOUNDS = (
    ("ph", "f"), ("k", "c"), ("qu", "c"), ("y", "i"), ("ae", "e"), ("oe", "e"), ("s", "c"), ("z", "c"),
)  # fmt: skip


_SOUNDS = (
    ("ph", "f"), ("k", "c"), ("qu", "c"), ("y", "i"), ("ae", "e"), ("oe", "e"), ("s", "c"), ("z", "c"),
)  # fmt: skip


def _first_sound(word: str) -> str:
    """How a word begins: nobody mistakes it but for a mute h, or letters that sound alike."""
    bare = word.removeprefix("h")
    for letters, sound in _SOUNDS:
        if bare.startswith(letters):
            return sound
    return bare[:1]


@functools.lru_cache(maxsize=2048)
def _rivals(word: str) -> frozenset[str]:
    """The words that another meaningful part would make of this one."""
    return frozenset(rival for rival in _other_parts(word) if rival != word)


def _other_parts(word: str) -> Iterator[str]:
    for group in _RIVAL_PARTS:
        for part in group:
            for found in re.finditer(part, word):
                yield from (f"{word[: found.start()]}{other}{word[found.end() :]}" for other in group)
    for group in _RIVAL_ENDS:
        for end in group:
            if word.endswith(end):
                yield from (f"{word[: -len(end)]}{other}" for other in group)


def _distance(one: str, other: str) -> int:
    """How many letters to add, leave out, change, or swap with their neighbour (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, wanted in enumerate(other, start=1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]


def _known(lines: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset(
        word for names in lines for name in names for word in (*sameness(name).split(), *_as_written(name))
    )


_KNOWN = _known(SYNONYMS)
"""Words of listed names: whoever writes one of them means it."""
