"""Words that mean a life-threatening emergency now, in French or English: what comes before asking colleagues.

Pure. It looks for what is said to be happening (`emergency_words`: "ne respire plus", "SCA ST+"), and leaves it when
the words around say that it is not: denied, over, somebody else's, feared, prevented, taught.

It reads signs of language and understands nothing, so silence means nothing. Known to be missed:
- what is told in other words ("elle est toute bleue et molle"), misspelt, or in abbreviations that are not listed;
- numbers that are worse than the words around them (a saturation of 60 %, a potassium of 8);
- dangers of the day rather than the minute (a torsion, an epiglottitis, a limb without pulse at the foot);
- an emergency told like a past one ("a fait un arrêt cardiaque"), on the same line as a history without a word for
  the present ("ATCD HTA, détresse respiratoire"), or right behind a denial or a word like "risque" with no comma;
- parents, brothers and sisters who are the patient themselves ("père : ne respire plus").
Known to be warned of for nothing: what was last week and is told in the present tense, teaching cases told likewise,
and figures of speech that are not listed. The line that it brings is right for anybody: call 15 or 112.
"""

import re
import unicodedata

from doctocbot.guard.emergency_words import SIGNS, SOON

_LONGEST_READ = 20_000
_READ_BEFORE, _READ_AFTER = 300, 120
"""Characters around a sign in which words may take it back; bounds the work on hostile texts."""


def sounds_like_emergency(text: str) -> bool:
    """Whether a text says that somebody's life is in danger at this moment; errs on both sides (see the module)."""
    return any(_happens_in(clause) for clause in _clauses(text[:_LONGEST_READ]))


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    return re.sub(r"[^\S\n]+", " ", re.sub(r"[-‐‑–—_'’‘`´*#]", " ", bare))


_END = re.compile(r"[.!?…](?=\s|$)|[\n;]|\b(?:mais|but|however|cependant|par contre)\b")


def _clauses(text: str) -> list[str]:
    """The text in folded pieces; what is said in one of a date or of the past says nothing of the others."""
    return _END.split(_fold(text))


_SIGN = re.compile(rf"(?<!\w)(?:{'|'.join(SIGNS)})")


def _happens_in(clause: str) -> bool:
    return any(
        _is_present(
            clause[max(0, sign.start() - _READ_BEFORE) : sign.start()],
            sign[0],
            clause[sign.end() : sign.end() + _READ_AFTER],
        )
        for sign in _SIGN.finditer(clause)
    )


def _is_present(before: str, sign: str, after: str) -> bool:
    """Whether a sign between these words is meant as happening now, to the patient."""
    near = re.split(r"[,:(]", before)[-1]
    beside = re.split(r"[,)]", after)[0]
    if any(pattern.search(near) for pattern in (_DENIED, _OVER, _SPOKEN_OF, _OTHERS_SILENCE)):
        return False
    if _LONG_AGO.search(f"{near}|{beside}") or _TAKEN_BACK.match(after) or _ANCESTOR.search(before):
        return False
    history = [*_HISTORY.finditer(before)]
    if _ASKED_IN_GENERAL.search(near) and not beside.strip():
        return False
    # "ATCD : HTA, AVC, ce jour détresse respiratoire": a history goes on until the present is named.
    return not history or bool(_NOW.search(f"{before[history[-1].end() :]}{sign}{beside}"))


def _any(words: str) -> str:
    """A pattern for one of these words, each a pattern itself; `_` is the space within one."""
    return f"(?:{'|'.join(words.split())})".replace("_", " ")


# Words that lie between a denial, or a word for the past, and what it holds for.
_SMALL = (
    "(?: "
    + _any(
        """de d des du un une l la le les a au aux en son sa ses cet cette mon ma etat par the an of in to his her my
        any with for from signes? signs? evidence arguments? pour en_faveur notion vraie? franche? grave acute aigue?
        encore yet longer deux trois two three premier first episodes? crises? tableau"""
    )
    + ")*"
)
_NOT = _any(
    r"""pas sans aucune? ni non absence jamais elimine\w* ecarte\w* exclu\w* hors ecarter eliminer n_est_plus n_a_plus
    no not without never denies denied nor neither absent exclude ruled_out rule_out ruling_out negative isn_t wasn_t
    plutot_qu rather_than"""
)
_DENIED = re.compile(rf"\b{_NOT}{_SMALL} ?$|\b{_NOT}(?: \S+){{1,5}} (?:ou|or|ni|nor){_SMALL} ?$")

_OVER = re.compile(
    r"\b"
    + _any(
        r"""post apres after following suites? decours distance sequelles? sequelae deja(?:_fait|_eu)? depuis since lors
        survived survecu (?:a|ayant)_(?:fait|eu|presente) ai_(?:fait|eu) avait had suivie? traitee? treated
        hospitalisee? admitted ancienn?e?s? anciennement previous prior precedente?s? decedee? morte? died death deces
        dead reprise"""
    )
    + rf"{_SMALL} ?$|(?<!year )(?<!month )(?<!week )(?<!day )\b(?:old|known) ?$"
)
_LENGTHS = "(?:jours?|j|semaines?|sem|mois|ans?|annees?|days?|weeks?|months?|years?|yrs?)"
_LONG_AGO = re.compile(
    # A year, and no dose.
    r"\b(?:1[89]|20)\d\d\b(?! ?(?:mg|g|ml|ui|m|cc|kcal|iu|mcg|units?)\b)"
    r"|\b(?:il y a|depuis|for|since|x) (?:\S+ ){0,2}?(?:\d+|une?|deux|trois|quatre|quelques|plusieurs|several|two|three"
    rf"|many) ?{_LENGTHS}\b|\b{_LENGTHS} (?:ago|plus tot|earlier|before|auparavant)\b|\b"
    + _any(
        """l_an_dernier l_annee_derniere le_mois_dernier la_semaine_derniere hier dans_l_enfance a_la_naissance
        dans_(?:les|ses)_(?:antecedents|atcd) sequellaire anciens? ancienne last_(?:year|month|week) yesterday
        in_childhood as_a_child at_birth"""
    )
    + r"\b"
)
_HISTORY = re.compile(
    r"\b"
    + _any(
        """atcd?s? antecedents? familia(?:l|le|ux|les) dans_la_famille history hx pmhx? past_medical in_the_family"""
    )
    + r"\b"
)
_NOW = re.compile(
    rf"{SOON}|\b"
    + _any(
        """ce_(?:jour|matin|midi|soir) cette_nuit aujourd_?hui actuellement maintenant en_cours presente devant_moi
        au_cabinet toujours vient_de now today tonight currently presents? in_front_of_me still just"""
    )
    + r"\b"
)

_RELATIVE = _any(
    "pere mere frere soeur oncle tante cousine? grand_(?:pere|mere) father mother brother sister uncle aunt"
    " grand(?:father|mother)"
)
_ANCESTOR = re.compile(
    rf"\b{_RELATIVE}s?(?: (?:est |qui )?(?:morte?|decedee?|a (?:fait|eu)|ayant|avait|victime|avec|died|had|has had|with"
    rf"|who had){_SMALL}| ?[:=(](?: \S+)?) ?$"
)
_TAKEN_BACK = re.compile(
    r" ?[:=] ?(?:non|no|neg\w*|absente?)\b"
    r"| ?\(?(?:(?:a|est|is|was|has)(?: ete| been)? )?"
    + _any(
        "elimine ecarte exclu evite avorte recupere resolu ruled_out resolved prevent aborted resuscitated"
    )
    + r"|(?: \?)? ?"
    + _any(
        "formation training course drill simulation guidelines? protocole? prevention risk survivors? unit clinic"
        " centre"
    )
    + rf"\b|(?: \S+){{0,2}} (?:du|de|of|chez|in)(?: (?:son|sa|la|le|l|his|her|the))? {_RELATIVE}\b"
)
_SPOKEN_OF = re.compile(
    r"\b"
    + _any(
        r"""prevention prevenir prophylaxie risques? eviter peur crainte craint craindre phobie formations? cours
        simulation protocole recommandations? recos? algorithme article etude incidence mortalite certificat
        reeducation survie allergie stylo prise_en_charge theorie questionnaire cas_clinique prevent(?:ing)?
        prophylaxis risk avoid fear afraid course training protocol guidelines? algorithm study review mortality
        certificate rehab\w* survival epipen prediction management poster quiz"""
    )
    + r"(?: (?!et\b|and\b)\S+){0,4} ?$|\b(?:si|if|en cas|in case|au cas ou)(?: \S+){0,3} ?$"
)
# "Quelle conduite devant un arrêt cardiaque ?": a question about nobody, unless more is told.
_ASKED_IN_GENERAL = re.compile(
    r"\b(?:conduite(?: a tenir)?|cat|que faire|reagir|attitude) (?:devant|face a|lors d)(?: une?)? ?$"
)
# Somebody who does not answer is no patient: "le SAMU ne répond pas".
_OTHERS_SILENCE = re.compile(
    r"\b"
    + _any(
        """confreres? consoeurs? specialistes? secretariat samu hopital service cabinet pharmacie cpam caisse labo
        laboratoire personne centre collegues? urgences medecin cardiologue astreinte standard telephone
        mail on_ne_me"""
    )
    + r"(?: qui)?(?: ne| n)? ?$"
)
