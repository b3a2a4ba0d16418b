"""Trades by all the names that clinicians give them, in French and English, and what somebody says of their own. Pure.

    "médecin généraliste"      ->  doctor, general-practice
    "interne en dermato"       ->  resident, dermatology
    "étudiante infirmière"     ->  nurse, as a student
    "pharmacienne biologiste"  ->  pharmacist, laboratory

Words are compared as everywhere, without case, accents, hyphens or full stops. A word that is not known makes the whole
unknown: "femme de médecin" is no doctor.

Externs and whoever studies for a trade are students of it, as is who says of which year they are, or that they are "en
médecine". Interns ("internes", residents) are students too by French law, but they treat patients and prescribe: here
they bear a trade of their own, which everybody sees.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from doctocbot.chat.parsing import fold
from doctocbot.rooms.specialties import SPECIALTIES, canonical, is_specialty, squeezed

DOCTOR, RESIDENT = "doctor", "resident"

_NAMES: Mapping[str, tuple[str, ...]] = {
    DOCTOR: ("médecin", "docteur", "docteur en médecine", "doctoresse", "toubib", "femme médecin", "DR", "docteure",
             "doctor", "physician", "MD", "medical doctor", "doctor of medicine"),
    RESIDENT: ("interne", "internes", "interne des hôpitaux", "docteur junior", "docteure junior", "dr junior", "FFI",
               "faisant fonction d'interne", "resident", "intern", "registrar", "house officer", "junior doctor",
               "trainee doctor", "specialty trainee"),
    "pharmacist": ("pharmacien", "pharmacienne", "pharmacien d'officine", "pharmacienne d'officine", "pharmacist",
                   "docteur en pharmacie"),
    "pharmacy-technician": ("préparateur en pharmacie", "préparatrice en pharmacie", "préparateur", "préparatrice",
                            "pharmacy technician"),
    "nurse": ("infirmier", "infirmière", "infirmier diplômé d'état", "infirmière diplômée d'état", "IDE", "IDEL",
              "infirmier de soins généraux", "nurse", "registered nurse", "RN", "district nurse"),
    "advanced-nurse": ("IPA", "infirmier en pratique avancée", "infirmière en pratique avancée",
                       "infirmier de pratique avancée", "infirmière de pratique avancée", "APN", "nurse practitioner",
                       "advanced practice nurse", "advanced nurse practitioner", "ANP"),
    "care-assistant": ("aide-soignant", "aide-soignante", "AS", "auxiliaire de puériculture", "AES", "care assistant",
                       "healthcare assistant", "nursing assistant", "HCA"),
    "midwife": ("sage-femme", "sage-homme", "SF", "maïeuticien", "maïeuticienne", "midwife"),
    "dentist": ("dentiste", "chirurgien-dentiste", "chirurgienne-dentiste", "médecin-dentiste", "odontologiste",
                "odontologue", "orthodontiste", "dentist", "dental surgeon", "orthodontist"),
    "physiotherapist": ("kiné", "kinésithérapeute", "masseur-kinésithérapeute", "masseuse-kinésithérapeute",
                        "masseur-kiné", "MK", "MKDE", "physiotherapist", "physio", "physical therapist"),
    "occupational-therapist": ("ergothérapeute", "ergo", "occupational therapist"),
    "psychomotor-therapist": ("psychomotricien", "psychomotricienne", "psychomot", "psychomotor therapist"),
    "speech-therapist": ("orthophoniste", "logopède", "speech therapist", "speech and language therapist", "SLT"),
    "podiatrist": ("podologue", "pédicure-podologue", "pédicure", "podo", "podiatrist", "chiropodist"),
    "psychologist": ("psychologue", "neuropsychologue", "psychologist", "neuropsychologist"),
    "dietitian": ("diététicien", "diététicienne", "diététicien nutritionniste", "diététicienne nutritionniste",
                  "dietitian", "dietician"),
    "orthoptist": ("orthoptiste", "orthoptist"),
    "optician": ("opticien", "opticienne", "opticien-lunetier", "opticienne-lunetière", "optician", "optometrist"),
    "audiologist": ("audioprothésiste", "audiologiste", "audiologist"),
    "radiographer": ("manipulateur radio", "manipulatrice radio", "manip radio", "manip", "MERM", "manipulateur",
                     "manipulatrice", "manipulateur en électroradiologie", "manipulatrice en électroradiologie",
                     "manipulateur en électroradiologie médicale", "manipulatrice en électroradiologie médicale",
                     "radiographer"),
    "lab-technician": ("technicien de laboratoire", "technicienne de laboratoire", "technicien labo",
                       "technicienne labo", "lab technician", "laboratory technician"),
    "paramedic": ("ambulancier", "ambulancière", "paramedic"),
    "social-worker": ("assistante sociale", "assistant social", "assistant de service social",
                      "assistante de service social", "travailleur social", "travailleuse sociale", "social worker"),
    "veterinarian": ("vétérinaire", "véto", "médecin vétérinaire", "docteur vétérinaire", "veterinarian", "vet",
                     "veterinary surgeon"),
}  # fmt: skip

TRADES: tuple[str, ...] = tuple(_NAMES)
"""All trades, by the names under which they are kept."""

_WITH_SPECIALTY: Mapping[str, tuple[str, str]] = {
    "IADE": ("nurse", "anaesthesia"), "IBODE": ("nurse", "surgery"), "puéricultrice": ("nurse", "paediatrics"),
    "puériculteur": ("nurse", "paediatrics"), "infirmière puéricultrice": ("nurse", "paediatrics"),
    "infirmier puériculteur": ("nurse", "paediatrics"), "biologiste médical": ("", "laboratory"),
    "biologiste médicale": ("", "laboratory"), "school nurse": ("nurse", ""), "practice nurse": ("nurse", ""),
    "chirurgien plastique": (DOCTOR, "plastic-surgery"), "chirurgienne plastique": (DOCTOR, "plastic-surgery"),
    "plasticien": (DOCTOR, "plastic-surgery"), "plasticienne": (DOCTOR, "plastic-surgery"),
    "plastic surgeon": (DOCTOR, "plastic-surgery"), "pédopsychiatre": (DOCTOR, "psychiatry"),
    "stomatologiste": (DOCTOR, "oral-surgery"), "neurochirurgienne": (DOCTOR, "neurosurgery"),
}  # fmt: skip
"""Words that say both; without a trade, whose specialty it is another word says."""

_TRADE_OF_SUBJECT: Mapping[str, str] = {
    "dentistry": "dentist", "pharmacy": "pharmacist", "nursing": "nurse", "midwifery": "midwife",
    "physiotherapy": "physiotherapist", "speech-therapy": "speech-therapist", "podiatry": "podiatrist",
    "psychology": "psychologist",
}  # fmt: skip
"""Specialties that are the subject of a trade of their own: "étudiant en pharmacie"."""

_STUDENT = (
    "étudiant", "étudiante", "étudiants", "étudiantes", "élève", "student", "en formation", "trainee", "in training",
)  # fmt: skip
_STUDENT_OF: Mapping[str, str] = {
    "externe": DOCTOR, "externes": DOCTOR, "étudiant hospitalier": DOCTOR, "étudiante hospitalière": DOCTOR,
    "carabin": DOCTOR, "carabine": DOCTOR, "DFGSM2": DOCTOR, "DFGSM3": DOCTOR, "DFASM1": DOCTOR, "DFASM2": DOCTOR,
    "DFASM3": DOCTOR, "PASS": DOCTOR, "P1": DOCTOR, "P2": DOCTOR, "D1": DOCTOR, "D2": DOCTOR, "D3": DOCTOR,
    "D4": DOCTOR, "extern": DOCTOR, "medical student": DOCTOR, "med student": DOCTOR, "clinical clerk": DOCTOR,
    "ESI": "nurse", "IFSI": "nurse", "ESF": "midwife", "IFMK": "physiotherapist", "dental student": "dentist",
    "nursing student": "nurse", "student nurse": "nurse",
}  # fmt: skip
"""Words that say who studies what; another trade beside them counts for more: "externe en pharmacie"."""

_STUDIES: Mapping[str, str] = {"médecine": DOCTOR, "medicine": DOCTOR, "medical": DOCTOR}
"""What is studied for a trade: whoever says no more studies it, "je suis en médecine"."""

_SUBJECTS = frozenset(
    map(
        squeezed,
        ("heart", "skin", "diabète", "diabetes", "thyroïde", "thyroid", "EHPAD", "grossesse", "pregnancy", "dialyse",
         "dialysis", "plaies", "plaies et cicatrisation", "wound care", "cancer", "eye", "eyes", "douleur", "pain",
         "médicaments", "scanner", "IRM", "MRI", "IST", "MST", "STI", "STD", "sommeil", "sleep", "sport", "vaccins",
         "vaccin", "vaccination", "vaccine", "vaccines", "maladies infectieuses", "addictions", "allergie",
         "santé mentale", "mental health", "elderly care", "infectious disease", "infectious diseases", "nutrition",
         "labo", "laboratoire", "laboratory", "renal"),
    )
)  # fmt: skip
"""Names of specialties that nobody bears alone: "grossesse" is followed, "médecin du sport" somebody is."""

_SAYS_NOTHING = frozenset(
    squeezed(word)
    for word in (  # noqa: SIM905 (thirty lines of one word each)
        "un une le la l de du des d en et a au aux the an of in for and je suis i am exerce comme chez libéral libérale"
        " hospitalier hospitalière praticien praticienne PH CCA chef cheffe clinique assistant assistante remplaçant"
        " remplaçante retraité retraitée salarié salariée titulaire adjoint adjointe officine installé installée ville"
        " rural rurale cabinet hôpital CHU CH diplômé diplômée état DE scolaire PMI coordonnateur coordonnatrice"
        " coordinateur coordinatrice conseil régulateur régulatrice militaire référent référente senior spécialiste"
        " spécialisé spécialisée spécialité spé libre salle bloc consultant specialist retired hospital community"
        " freelance private practice locum general qualified année"
    ).split()
)
"""What people say beside their trade."""

_WITHIN = frozenset(("en", "in"))

_YEAR = re.compile(
    r"\b(?:[1-9](?:e|er|ere|re|eme|ieme|st|nd|rd|th)|premiere|deuxieme|troisieme|quatrieme|cinquieme|sixieme|first|second"
    r"|third|fourth|fifth|final)[ -](?:annee|year)\b"
)


@dataclass(frozen=True, slots=True)
class Calling:
    """What somebody does: canonical names of trade and specialty (may be empty), and whether they study it still."""

    trade: str
    specialty: str = ""
    student: bool = False


@dataclass(frozen=True, slots=True)
class _Says:
    """What one word or phrase says of somebody."""

    trade: str = ""
    specialty: str = ""
    student: bool = False
    studies: str = ""
    alone: bool = True
    """Whether it is a calling without a word about the trade."""
    within: bool = False
    """Whether the person is "in" it: "en pharmacie"."""


def _every_phrase() -> dict[str, _Says]:
    """From every phrase, squeezed, to what it says; a trade's own name weighs more than the specialty's."""
    found = {squeezed(word): _Says(student=True) for word in _STUDENT}
    found |= {squeezed(word): _Says(student=True, studies=trade) for word, trade in _STUDENT_OF.items()}
    found |= {squeezed(word): _Says(studies=trade) for word, trade in _STUDIES.items()}
    found |= {squeezed(word): _Says(trade, special) for word, (trade, special) in _WITH_SPECIALTY.items()}
    for trade, names in _NAMES.items():
        for name in (*names, *(f"{name}s" for name in names if not name.isupper())):
            said = _Says(trade)
            if found.setdefault(squeezed(name), said) != said:
                raise ValueError(f"{name!r} says two things")
    return found


_PHRASES = _every_phrase()
_LONGEST_PHRASE = 6


def read_calling(words: str) -> Calling | None:
    """What somebody says they are, or None for what is not known, says too little, or names two trades."""
    bare, years = _YEAR.subn(" ", re.sub(r"[^\w\s]+", " ", fold(words.replace("’", "'"))).strip())
    said = _understood(bare.split())
    if not said:
        return None
    trades = list(dict.fromkeys(each.trade for each in said if each.trade))
    subject, named = _subject(said)
    student = any(each.student for each in said) or (
        RESIDENT not in trades and (years > 0 or _is_in_it(said))
    )
    studies = next((each.studies for each in said if each.studies), "")
    if RESIDENT in trades:
        others = [trade for trade in trades if trade not in (RESIDENT, DOCTOR)]
        return None if others or student else Calling(RESIDENT, subject)
    trades = _without_title(trades)
    if len(trades) > 1:
        return None
    trade = trades[0] if trades else ""
    own = _TRADE_OF_SUBJECT.get(subject, "")
    if own and (trade == own or (not trade and (student or named))):
        trade, subject = own, ""
    trade = trade or (studies if student else "")
    if not trade and subject and (student or named):
        trade = DOCTOR
    return Calling(trade, subject, student) if trade else None


def _is_in_it(said: list[_Says]) -> bool:
    """Whether somebody says of nothing but a course that they are in it: "en pharmacie", never "infirmier en ville"."""
    courses = [each for each in said if each.trade or each.studies or each.specialty in _TRADE_OF_SUBJECT]
    return bool(courses) and all(each.within for each in courses) and not any(each.student for each in said)


def _subject(said: list[_Says]) -> tuple[str, bool]:
    """The specialty that is said, the narrowest ("chirurgien orthopédiste"), and whether it is a calling alone."""
    subjects = sorted((each for each in said if each.specialty), key=lambda each: each.specialty == "surgery")
    return (subjects[0].specialty, any(each.alone for each in subjects)) if subjects else ("", False)


def _without_title(trades: list[str]) -> list[str]:
    """The trades without the title that others bear as well: "docteur" of pharmacy."""
    return [trade for trade in trades if trade != DOCTOR] or trades


def _understood(tokens: list[str]) -> list[_Says] | None:
    """What each phrase says, the longest first; None as soon as a word is not known."""
    found: list[_Says] = []
    at = 0
    while at < len(tokens):
        for length in range(min(_LONGEST_PHRASE, len(tokens) - at), 0, -1):
            says = _meaning("".join(tokens[at : at + length]))
            if says is not None:
                found.append(replace(says, within=at > 0 and tokens[at - 1] in _WITHIN))
                break
        else:
            length = 1
            if squeezed(tokens[at]) not in _SAYS_NOTHING:
                return None
        at += length
    return found


def _meaning(phrase: str) -> _Says | None:
    if phrase in _PHRASES:
        return _PHRASES[phrase]
    name = canonical(phrase)
    if not is_specialty(name):
        return None
    return _Says(specialty=name, alone=phrase not in _SUBJECTS)


STUDENT = "student"
"""Under which name students of all trades are counted together."""


def counted_as(calling: Calling) -> str:
    """The name under which somebody is counted: a doctor's specialty, "student" for all of them, else the trade."""
    if calling.student:
        return STUDENT
    return (
        calling.specialty if calling.trade == DOCTOR and calling.specialty in SPECIALTIES else calling.trade
    )


def by_count(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Counts added up by name, the most frequent first, students after all others."""
    added: Counter[str] = Counter()
    for name, count in counts:
        added[name] += count
    return sorted(added.items(), key=lambda each: (each[0] == STUDENT, -each[1], each[0]))
