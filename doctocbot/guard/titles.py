"""Names after titles and after words for a person: "Mme Dupont", "le petit Lucas", "Dr D. Martin", "patient: SMITH".

A title such as "Mme" or "Mrs" is followed by a name unless the next word is an ordinary one; after words for people
("patient", "baby", "mother") a capital, or a name that we know, is needed too. Single initials ("Mme D.") name nobody.
"""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import Passage
from doctocbot.guard.vocabulary import (
    GIVEN,
    ORDINARY,
    SURE_GIVEN,
    SURE_SURNAMES,
    SURNAMES,
    bare,
    is_clinical,
    is_name,
    is_ordinary,
)

_TITLES = frozenset(
    """
    mme mmes mesdames madame mlle mlles melle melles mademoiselle monsieur messieurs mrs mister miss docteur
    docteure doctor professeur professeure professor prof profs dr drs dre dres mr ms mx mm pr prs sir lady
    maitre me soeur m
    """.split()
)
_SPELLED_OUT = frozenset(
    """
    madame mademoiselle monsieur messieurs docteur docteure mesdames doctor professeur professeure professor
    prof profs mister
    """.split()
)
_ENGLISH_SPELLED_OUT = frozenset(["doctor", "professor", "prof", "profs", "mister"])
_NEEDS_CAPITAL = frozenset(
    ["miss", "sir", "lady", "maitre", "me", "soeur", "m", "mm", "mx", "ms", "pr", "prs"]
)
# Written in capitals they are magnetic resonance, multiple sclerosis, rheumatoid arthritis, detached retina.
_ALSO_ABBREVIATIONS = frozenset(["DR", "MR", "MS", "PR", "ME", "DRE", "MM", "PRS"])
_GLUED = re.compile(r"(?<![\w'\-@#/])(?:Dr|Mme|Mr|Pr|Mlle|Mrs)(?=[A-Z][a-z])")

_CHILDREN = frozenset(
    """
    petit petite petits petites tit tite jeune jeunes enfant enfants bebe bb famille nomme nommee denomme
    denommee nommes prenomme prenommee appele appelee appelle baby little young named called feu
    """.split()
)
_PATIENTS = frozenset(
    """
    patient patiente patients patientes pt pte resident residente client cliente nourrisson eleve
    """.split()
)
_KIN = frozenset(
    """
    fils fille mari femme epouse epoux veuve vve compagne compagnon conjoint conjointe concubin concubine
    mere pere frere soeur maman papa mamie papy tante oncle cousin cousine niece neveu voisin voisine tuteur
    tutrice curateur curatrice aidant aidante ami amie interne externe infirmier infirmiere ide idel as asg
    soignant soignante kine sf collegue collegues confrere consoeur medecin traitant mt chirurgien
    chirurgienne chir anesthesiste cardiologue dermatologue neurologue gyneco gynecologue pediatre
    psychiatre psychologue pharmacien pharmacienne dentiste urgentiste secretaire chef cheffe remplacant
    remplacante son daughter wife husband partner mother father brother sister mum mom dad nan gran uncle
    aunt nephew neighbour carer nurse hca matron colleague consultant surgeon registrar reg sho gp midwife
    physio pharmacist cardiologist intern
    """.split()
)
_LABEL_WORDS = frozenset(
    """
    nom name prenom prenoms surname first last firstname lastname forename full patient pt identite
    etiquette signe signed contact nok next personne
    """.split()
)
_AFTER_TITLE = re.compile(r"(?:\.? ?: ?|\.? {0,2}\n? ?)(?=[^\W\d_])")
_AFTER_PERSON = re.compile(r"(?: ?: ?| ?\(| |, )(?=[^\W\d_])")
_LABEL = re.compile(
    r"(?<![\w\-])(?:(?:nom|name)(?: (?:de naissance|de famille|de jeune fille|d'usage|usuel|patient|du patient|de la patiente|et prenom|prenom|/ ?prenom))?|prenoms?|surname|first ?name|last ?name|forename|full name|patient name|pt name"
    r"|identite|etiquette|signe|signed|contact|nok|next of kin|personne de confiance|personne a prevenir)(?: ?[:=] ?| is |'s | - )(?=[^\W\d_])",
    re.IGNORECASE,
)
_BORN_AS = re.compile(r"(?<![\w\-])(?:nee?|epouse|ep|ep\.|vve|veuve|divorcee) (?=[A-Z])")
_BORN_WORDS = frozenset(["ne", "nee", "epouse", "ep", "vve", "veuve", "divorcee"])
_INITIALS = re.compile(
    r"[A-Z](?:\.? ?-?[A-Z]){0,2}\.? {1,2}(?=[A-Z])|[A-Z]\.(?:-?[A-Z]\.){0,2}(?=[A-Z][a-z])"
)
_WORD = re.compile(r"(?:[DdLl]'|[OoNn]')?[^\W\d_]{1,25}(?:['\-][^\W\d_]{1,25}){0,3}")
_PARTICLES = frozenset(
    """
    de du des d la le les van von der den el al ben bin bou abou ould da dos del della di ter ten st saint
    mc mac o
    """.split()
)
_FINAL_INITIAL = re.compile(r" [A-Z]\.?(?![\w'])(?! ?[0-9])")
_MOST_WORDS = 4
_LETTERS = re.compile(r"[^\W\d_]+")


def titled_names(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find the names after titles, words for people and labels, without the title itself; spans may overlap."""
    for start, style in _openings(passage):
        if (end := _name_end(passage.text, start, style)) is not None:
            yield start, end


def _openings(passage: Passage) -> Iterator[tuple[int, str]]:
    """Where a name may begin, and how much it takes to believe one there."""
    text = passage.text
    yield from _behind_titles(passage)
    for glued in _GLUED.finditer(text):
        yield glued.end(), "small"
    if passage.has(_LABEL_WORDS):
        for label in _LABEL.finditer(text):
            yield label.end(), "label"
    for style, words in (("child", _CHILDREN), ("patient", _PATIENTS), ("kin", _KIN)):
        yield from _behind_people(passage, style, words)
    if passage.has(_BORN_WORDS):
        for born in _BORN_AS.finditer(text):
            yield born.end(), "born"


def _behind_titles(passage: Passage) -> Iterator[tuple[int, str]]:
    text = passage.text
    for start in passage.beginnings(_TITLES):
        word = _LETTERS.match(text, start)
        if word is None or (start and text[start - 1] in "'-@#/_0123456789"):
            continue
        after = _AFTER_TITLE.match(text, word.end())
        if after is not None and (style := _style_after(text, start, word[0], after[0])) is not None:
            yield after.end(), style


def _behind_people(passage: Passage, style: str, people: frozenset[str]) -> Iterator[tuple[int, str]]:
    text = passage.text
    for start in passage.beginnings(people):
        word = _LETTERS.match(text, start)
        after = _AFTER_PERSON.match(text, word.end()) if word else None
        if word is None or after is None or (after[0] == ", " and style != "kin"):
            continue
        if style == "child" and word[0].isupper() and text[after.end() : after.end() + 2].istitle():
            # PETIT Robert: a family name in capitals.
            continue
        yield after.end(), style


def _style_after(text: str, start: int, written: str, gap: str) -> str | None:
    """How much it takes to believe a name behind this title; None where it is no title."""
    title, shouted = written.lower(), _is_shouted(text, start)
    if not gap and title not in ("m", "dr", "mr", "mme", "pr"):
        return None
    if title in ("m", "ms", "pr", "me", "mm") and _follows_figure(text, start):
        return None
    if written == "m":
        return "known" if gap == ". " else None
    if written in _ALSO_ABBREVIATIONS and not shouted:
        return "abbreviation"
    if title in _NEEDS_CAPITAL and written.islower():
        return {"pr": "pr", "miss": "capital", "sir": "capital", "lady": "capital"}.get(title, "known")
    if title in _NEEDS_CAPITAL:
        return "small" if shouted else "capital"
    if title in _ENGLISH_SPELLED_OUT and written.islower():
        return "known"
    return "spelled" if title in _SPELLED_OUT else "small"


def _follows_figure(text: str, start: int) -> bool:
    """440 ms, 5 m, 12 mm: units."""
    return re.search(r"[0-9] ?$", text[max(0, start - 2) : start]) is not None


def _is_shouted(text: str, at: int) -> bool:
    """Whether the line around a place is written in capitals."""
    line = text[max(0, at - 60) : at + 60]
    return sum(letter.islower() for letter in line) * 8 <= sum(letter.isupper() for letter in line)


def _name_end(text: str, at: int, style: str) -> int | None:
    """Where the name that begins at `at` ends, None where none does; `style` says how much it takes to believe one."""
    initials = _INITIALS.match(text, at)
    place = initials.end() if initials else at
    first = _WORD.match(text, place)
    if first is None:
        return None
    particle = first[0].lower() in _PARTICLES
    if particle and style == "kin":
        # "Le mari de Chantal": not a name after a title.
        return None
    if particle:
        following = re.compile(r"[ '\-]{1,2}").match(text, first.end())
        first = (following and _WORD.match(text, following.end())) or first
        if first[0].lower() in _PARTICLES and (more := re.compile(r" ").match(text, first.end())):
            first = _WORD.match(text, more.end()) or first
    if not _opens_a_name(
        first, style, shouted=_is_shouted(text, at), initialled=initials is not None, particle=particle
    ):
        return None
    return _last_end(text, first)


def _opens_a_name(
    first: re.Match[str], style: str, *, shouted: bool, initialled: bool, particle: bool
) -> bool:
    written = first[0]
    word, letter = bare(written), written.split("'")[-1][0] if written[1:2] == "'" else written[0]
    if len(word) < 2 or set(word) <= set("xyz"):
        return False
    if letter.islower() or shouted:
        return _is_small_name(word, style, elided="'" in word[:3], particle=particle)
    known = is_name(word)
    if style in ("small", "spelled", "capital"):
        return known or (word not in _NEVER and not is_ordinary_after_title(word))
    if style == "abbreviation":
        return known or (len(word) >= 4 and not is_ordinary(word) and not is_clinical(word))
    if style == "known":
        return known and word not in _UNLIKELY
    if known and word not in _UNLIKELY and (style == "label" or word not in _DISEASES):
        return True
    if is_ordinary(word) or is_clinical(word):
        return False
    if written.isupper() and not initialled:
        return len(word) >= (3 if style == "label" else 6)
    return len(word) >= (3 if style in ("label", "child", "patient", "pr") else 4)


def _is_small_name(word: str, style: str, *, elided: bool, particle: bool) -> bool:
    """A name in small letters, or in a line of capitals, where the writing gives no hint."""
    if style == "small":
        return is_name(word) or (
            len(word) >= 3 and not is_ordinary(word) and not _is_elided(word, elided=elided) and not particle
        )
    if style == "spelled":
        return (is_name(word) and word not in _UNLIKELY) or (
            len(word) >= 5 and not is_ordinary(word) and not _is_elided(word, elided=elided) and not particle
        )
    if style == "known":
        return is_name(word) and word not in ORDINARY and word not in _UNLIKELY
    if style == "label":
        return is_name(word) or (len(word) >= 4 and not is_ordinary(word) and not is_clinical(word))
    if style == "pr":
        return is_name(word) and word not in ORDINARY
    if style == "child":
        return word in SURE_GIVEN or (word in SURE_SURNAMES and word not in _UNLIKELY)
    return word in SURE_GIVEN or word in SURE_SURNAMES


def _is_elided(word: str, *, elided: bool) -> bool:
    return elided and word.split("'")[0] in ("n", "s", "l", "d", "qu", "j", "c", "m", "t")


def is_ordinary_after_title(word: str) -> bool:
    """Whether a capitalised word behind a clear title is still no name: the list counts, likenesses do not."""
    return word in ORDINARY


# Names that are also what one says of a patient.
_UNLIKELY = frozenset(
    """
    said petit petite grand jeune fort gros blanc noir brun roux sage constant paris marine rose mai juin
    avril may june
    """.split()
)
# One says "a Wilson", "a Turner" of a patient.
_DISEASES = frozenset(
    """
    wilson turner hunter young gilbert graves bell paget horton still addison down lynch west robin vincent
    roger alport pompe
    """.split()
)
_NEVER = frozenset(["vue", "vu", "avium", "tuberculosis"])


def _last_end(text: str, first: re.Match[str]) -> int:
    """Go on over further names, particles and an initial behind the first name."""
    end, capital = first.end(), first[0][0].isupper()
    for _ in range(_MOST_WORDS - 1):
        word = _WORD.match(text, end + 1) if text[end : end + 1] == " " else None
        if word is None:
            break
        if word[0].lower() in _PARTICLES and (more := re.compile(r"[ ']").match(text, word.end())):
            word = _WORD.match(text, more.end()) or word
        plain = bare(word[0])
        is_next = (
            is_name(plain)
            if not word[0][0].isupper() or not capital
            else len(plain) > 1 and not is_clinical(plain)
        )
        if (
            not is_next
            or is_ordinary(plain)
            or (word[0].isupper() and len(plain) < 4 and plain not in SURNAMES and plain not in GIVEN)
        ):
            break
        end = word.end()
    initial = _FINAL_INITIAL.match(text, end) if capital else None
    return initial.end() if initial else end
