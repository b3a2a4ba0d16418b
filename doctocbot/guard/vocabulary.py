"""The words that the rules know: names, eponyms, medicines, towns, hospitals, and what stands after a title otherwise.

Read once from the small files in `words/`, whose heads say where they come from. A word marked with "?" there is believed
only beside another sign.
"""

import re
from importlib.resources import files


def _read(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of one file that are sure, and those that are not."""
    lines = files("doctocbot.guard").joinpath("words", f"{name}.txt").read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    unsure = frozenset(word[:-1] for word in words if word.endswith("?"))
    return frozenset(word for word in words if not word.endswith("?")) - unsure, unsure


EPONYMS = _read("eponyms")[0]
MEDICINES = _read("medicines")[0]
ORDINARY = _read("ordinary")[0]
TOWNS = _read("towns")[0]
SURE_GIVEN, _UNSURE_GIVEN = _read("given_names")
GIVEN = SURE_GIVEN | _UNSURE_GIVEN
_SURE_SURNAMES, _UNSURE_SURNAMES = _read("surnames")
SURNAMES = _SURE_SURNAMES | _UNSURE_SURNAMES
SURE_SURNAMES = _SURE_SURNAMES - EPONYMS - ORDINARY
NAMES = GIVEN | SURNAMES

# How substances end (INN stems, WHO "The use of stems in the selection of INN"), in French and English.
_SUBSTANCE = re.compile(
    r"(?:mab|nib|pril|sartan|statine?|cill?ine?|azoles?|xaban|parine?|mycine?|oxacine?|prazole|azepam|zolam|idine?"
    r"|olone|a?sone|gliptine?|gliflozine?|vir|g?lutide|caine|dipine|lukast|dronate|triptan|setron|fibrate|olol|amine?"
    r"|azine?|apine|iline|oxetine|opram|cycline|thyrox|iazide|emide|actone|barbital|profene?|oxib|trexate|stigmine"
    r"|codone|morphone?|nazole|cetam|gabaline?|tidine|terol|sone|tropium|kinra|cept|parib|ciclib)$"
)
# How words end that describe or tell rather than name.
_TELLING = re.compile(
    r"[a-z-]{3}(?:ement|iques?|tions?|isee?s?|ifiee?s?|tees?|sees?|quees?|eux|euses?|aques?|phrenes?|philes?|phobes?|tifs?|tives?|ienne?s|istes?|ologues?|opathe?s?|opathies?"
    r"|algies?|emies?|uries?|ites?|oses?|omes?|ectomies?|ectomise?e?s?|plegiques?|aires?|ables?|ibles?|atre|atique"
    r"|ation|ologist|ology|itis|osis|aemia|ing|ised|ized|ally|ness|logie|graphie|scopie|aient|issait|uait|tait)$"
)


def bare(word: str) -> str:
    """Spell a word of a plain text as the files do."""
    word = word.lower().rstrip(".").replace("œ", "oe")
    return word[:-2] if word.endswith("'s") else word


def is_name(word: str) -> bool:
    """Whether a bare word, or a part of it between hyphens, is a name that we know."""
    return word in NAMES or ("-" in word and any(part in NAMES for part in word.split("-")))


def is_ordinary(word: str) -> bool:
    """Whether a bare word tells something of somebody rather than naming them."""
    return word in ORDINARY or _TELLING.search(word) is not None


def is_medicine(word: str) -> bool:
    """Whether a bare word is a medicine that we know, or ends like a substance."""
    return word in MEDICINES or _SUBSTANCE.search(word) is not None


def is_clinical(word: str) -> bool:
    """Whether a bare word is a medicine or gives its name to a disease, a sign or a test."""
    return is_medicine(word) or word in EPONYMS or _is_compound(word)


def _is_compound(word: str) -> bool:
    return "-" in word and word not in GIVEN and any(part in EPONYMS for part in word.split("-"))
