"""The words of a text as they are searched: case, accents, elisions and simple plurals make no difference.

The same function reads what is written into the index and what somebody looks for, so that both meet. A cut that
leaves no dictionary word is none the worse for it: `biopsie`, `biopsies` and `biopsy` all become `biopsi`.
"""

import re
import unicodedata

from doctocbot.chat.parsing import fold

_LONGEST = 40
_APOSTROPHES = "'’‘ʼ`´"
_ELIDED = re.compile(
    rf"\b(?:(?:jus|lors|puis|quoi)?qu|[cdjlmnst])[{_APOSTROPHES}](?=\w)|(?<=\w)[{_APOSTROPHES}]s\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")

_SMALL_WORDS = frozenset(
    _WORD.findall(
        "a ai au aux avec ce ces cet cette dans de des du elle en est et etre eu il ils je la le les leur lui ma mais"
        " me mes moi mon ne nos notre nous on ont ou par pas plus pour qu que qui sa se ses si son sont sur ta te tes"
        " toi ton tu un une vos votre vous y"
        " an and are as at be but by for from had has have he her him his how in into is it its my no not of on or our"
        " she so than that the their then there they this to was we were what when which who with you your"
    )
)

_PLURAL = re.compile(r"(?<=..[^s])s\Z|(?<=.eau|..eu|..ou)x\Z")
_PLURAL_OF_AL = re.compile(r"(?<=.[^e])aux\Z")


def terms(text: str) -> list[str]:
    """The terms of a text in their order, as often as they stand there.

    Articles and their like are left out, unless they are written in capitals among small letters: LES is lupus, and
    TA a blood pressure.
    """
    shouted = text.isupper()
    found = []
    for word in _written(text):
        acronym = len(word) > 1 and word.isupper() and not shouted
        found += [stem(part) for part in _folded(word) if acronym or part not in _SMALL_WORDS]
    return found


def sought(text: str) -> list[str]:
    """The terms that somebody looks for, each once; of articles alone, these."""
    every_word = (stem(part) for word in _written(text) for part in _folded(word))
    return list(dict.fromkeys(terms(text) or every_word))


def stem(word: str) -> str:
    """A folded word without what a plural adds in French or English, and without a mute ending."""
    word = _PLURAL_OF_AL.sub("al", _PLURAL.sub("", word[:_LONGEST]))
    if len(word) > 3 and word.endswith("y"):
        word = f"{word[:-1]}i"
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def _written(text: str) -> list[str]:
    # Some keyboards send a letter and its accent apart.
    return _WORD.findall(_ELIDED.sub(" ", unicodedata.normalize("NFC", text)))


def _folded(word: str) -> list[str]:
    """A word as it counts; some signs are written out, and may then be several."""
    return _WORD.findall(fold(word))
