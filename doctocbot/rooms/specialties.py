"""Specialties by all the names that clinicians give them, in French and English: one name for "dermato" and "skin".

Pure. The short lists are the names and abbreviations as they are typed; case, accents, spaces, hyphens and full stops
make no difference. How a specialty is called in a room's language stands in the catalogues (`specialty.<name>`).
"""

import re
from collections.abc import Iterator

from doctocbot.chat.parsing import fold

_NAMES: dict[str, tuple[str, ...]] = {
    "addiction-medicine": ("addictologie", "addicto", "addiction medicine", "addictions"),
    "allergy": ("allergologie", "allergo", "allergie", "allergologue", "allergy", "allergist"),
    "anaesthesia": ("anesthésie", "anesthésie réanimation", "anesth", "MAR", "anesthésiste", "anaesthesia",
                    "anesthesia", "anesthesiology", "anaesthetics"),
    "cardiology": ("cardiologie", "cardio", "cardiologue", "cardiology", "cardiologist", "heart"),
    "dentistry": ("dentiste", "dentaire", "odontologie", "odonto", "chirurgien dentiste", "chirurgie dentaire",
                  "dentist", "dentistry", "dental"),
    "dermatology": ("dermatologie", "dermato", "dermatologue", "dermatology", "dermatologist", "derm", "derma",
                    "skin"),
    "diabetes": ("diabétologie", "diabéto", "diabète", "diabétologue", "diabetes", "diabetology"),
    "emergency-medicine": ("urgences", "urgence", "médecine d'urgence", "urgentiste", "SAMU", "SMUR", "SAU",
                           "emergency", "emergency medicine", "ER", "A&E"),
    "endocrinology": ("endocrinologie", "endocrino", "endoc", "endocrinologue", "endocrinology", "endocrine",
                      "thyroïde", "thyroid"),
    "ent": ("ORL", "oto-rhino-laryngologie", "oto-rhino", "otorhino", "ENT", "otolaryngology",
            "ear nose and throat"),
    "gastroenterology": ("gastro-entérologie", "gastro-entéro", "gastro", "hépato-gastro", "HGE",
                         "gastro-entérologue", "gastroenterology", "GI"),
    "general-practice": ("médecine générale", "MG", "généraliste", "médecin généraliste", "médecin traitant",
                         "médecine de famille", "general practice", "general practitioner", "GP", "GPs",
                         "family medicine"),
    "genetics": ("génétique", "généticien", "genetics", "genetic"),
    "geriatrics": ("gériatrie", "géria", "gériatre", "geriatrics", "EHPAD", "elderly care"),
    "gynaecology": ("gynécologie", "gynéco", "gynécologue", "GO", "gynécologie obstétrique", "obstétrique",
                    "gynéco-obstétrique", "obstétricien", "gynaecology", "gynecology", "gynae", "gyn", "OBGYN",
                    "obgyn", "obstetrics", "grossesse", "pregnancy"),
    "haematology": ("hématologie", "hémato", "hématologue", "haematology", "hematology", "haemato"),
    "infectious-diseases": ("infectiologie", "infectio", "maladies infectieuses", "infectiologue", "SMIT",
                            "infectious diseases", "infectious disease", "ID"),
    "intensive-care": ("réanimation", "réa", "soins intensifs", "réanimateur", "intensive care",
                       "critical care", "ICU"),
    "internal-medicine": ("médecine interne", "interniste", "internal medicine"),
    "laboratory": ("biologie", "biologie médicale", "biologiste", "laboratoire", "labo", "laboratory",
                   "lab medicine", "biochimie", "microbiologie", "microbiology", "bactério", "bactériologie"),
    "medico-legal": ("médecine légale", "médecin légiste", "forensic medicine", "forensics"),
    "midwifery": ("sage-femme", "sages-femmes", "SF", "maïeutique", "midwife", "midwives", "midwifery"),
    "nephrology": ("néphrologie", "néphro", "néphrologue", "nephrology", "renal", "dialyse", "dialysis"),
    "neurology": ("neurologie", "neuro", "neurologue", "neurology", "neurologist"),
    "neurosurgery": ("neurochirurgie", "neurochir", "neurochirurgien", "neurosurgery"),
    "nursing": ("IDE", "IDEL", "infirmier", "infirmière", "infirmiers", "infirmières", "soins infirmiers",
                "IPA", "plaies", "plaies et cicatrisation", "nurse", "nurses", "nursing", "wound care"),
    "nutrition": ("nutrition", "nutritionniste", "diététique", "diététicien", "diététicienne", "dietetics",
                  "dietitian", "dietician"),
    "occupational-medicine": ("médecine du travail", "médecin du travail", "medtra", "santé au travail",
                              "occupational health", "occupational medicine"),
    "oncology": ("oncologie", "onco", "cancérologie", "cancéro", "oncologue", "oncology", "cancer"),
    "ophthalmology": ("ophtalmologie", "ophtalmo", "ophta", "OPH", "ophtalmologue", "ophtalmologiste",
                      "ophthalmology", "ophthalmo", "eye", "eyes", "orthoptie", "orthoptiste"),
    "oral-surgery": ("chirurgie maxillo-faciale", "maxillo-facial", "maxillo", "CMF", "stomatologie", "stomato",
                     "stomatologue", "maxillofacial surgery", "oral surgery"),
    "orthopaedics": ("orthopédie", "ortho", "orthopédiste", "traumatologie", "trauma", "traumato",
                     "chirurgie orthopédique", "orthopaedics", "orthopedics", "orthopaedic"),
    "paediatrics": ("pédiatrie", "pédia", "pédiatre", "ped", "paediatrics", "pediatrics", "paeds", "peds",
                    "paediatrician", "pediatrician", "néonatologie", "néonat", "neonatology"),
    "pain-medicine": ("douleur", "algologie", "algologue", "médecine de la douleur", "pain", "pain medicine"),
    "palliative-care": ("soins palliatifs", "palliatif", "soins pall", "USP", "palliative care", "palliative"),
    "pathology": ("anatomopathologie", "anapath", "anatomie pathologique", "ACP", "pathology", "histology"),
    "pharmacy": ("pharmacie", "pharma", "pharmacien", "pharmacienne", "pharmaco", "pharmacologie", "pharmacy",
                 "pharmacist", "pharmacology", "médicaments"),
    "physiotherapy": ("kiné", "kinésithérapie", "kinésithérapeute", "kinés", "MK", "MKDE", "masseur-kiné",
                      "physiotherapy", "physiotherapist", "physio", "physical therapy"),
    "plastic-surgery": ("chirurgie plastique", "plastie", "chirurgie de la main", "plastic surgery",
                        "hand surgery"),
    "podiatry": ("pédicure-podologue", "podologue", "podologie", "podo", "pédicure", "podiatry", "podiatrist",
                 "chiropody"),
    "psychiatry": ("psychiatrie", "psy", "psychiatre", "pédopsychiatrie", "pédopsy", "psychiatry",
                   "psychiatrist", "psych", "mental health", "santé mentale"),
    "psychology": ("psychologie", "psychologue", "psychology", "psychologist"),
    "public-health": ("santé publique", "épidémiologie", "public health", "epidemiology"),
    "pulmonology": ("pneumologie", "pneumo", "pneumologue", "pneumology", "pulmonology", "respiratory",
                    "respiratory medicine", "chest medicine"),
    "radiology": ("radiologie", "radio", "radiologue", "imagerie", "imagerie médicale", "radiology",
                  "radiologist", "imaging", "scanner", "IRM", "MRI"),
    "rehabilitation": ("MPR", "médecine physique", "médecine physique et de réadaptation", "rééducation",
                       "rehabilitation", "rehab"),
    "rheumatology": ("rhumatologie", "rhumato", "rhumatologue", "rheumatology", "rheum", "rheumatologist"),
    "sexual-health": ("santé sexuelle", "sexologie", "IST", "MST", "CeGIDD", "sexual health", "STI", "STD"),
    "sleep-medicine": ("sommeil", "médecine du sommeil", "sleep", "sleep medicine"),
    "speech-therapy": ("orthophonie", "orthophoniste", "speech therapy", "speech therapist", "SLT"),
    "sports-medicine": ("médecine du sport", "médecin du sport", "sport", "sports medicine"),
    "surgery": ("chirurgie", "chir", "chirurgien", "chirurgienne", "chirurgie générale", "chirurgie viscérale",
                "viscéral", "digestif", "surgery", "surgeon", "general surgery"),
    "toxicology": ("toxicologie", "toxico", "centre antipoison", "CAP", "toxicology", "poison centre",
                   "poison center"),
    "travel-medicine": ("médecine des voyages", "médecine tropicale", "travel medicine", "tropical medicine"),
    "urology": ("urologie", "uro", "urologue", "urology", "urologist"),
    "vaccination": ("vaccination", "vaccins", "vaccin", "vaccines", "vaccine"),
    "vascular-medicine": ("médecine vasculaire", "angiologie", "angio", "vasculaire", "phlébologie", "angiologue",
                          "vascular medicine", "vascular", "chirurgie vasculaire", "vascular surgery"),
}  # fmt: skip

SPECIALTIES: tuple[str, ...] = tuple(_NAMES)
"""All specialties that are known by several names, by the one under which they are kept."""


def squeezed(name: str) -> str:
    """A name as it is compared: without case, accents, spaces, hyphens or other signs; it may be empty."""
    return re.sub(r"[\W_]+", "", fold(name))


def _by_every_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for specialty, names in _NAMES.items():
        for name in (specialty, *names):
            if found.setdefault(squeezed(name), specialty) != specialty:
                raise ValueError(f"two specialties are called {name!r}")
    return found


_SPECIALTY_OF = _by_every_name()
_LONGEST_PHRASE = max(len(name.replace("-", " ").split()) for names in _NAMES.values() for name in names)
_LONGEST_TAG = 40
_JOINING = frozenset(
    "de du des d le la les l un une et ou au aux en pour je and or the of in for a an to".split()  # noqa: SIM905
)


def canonical(name: str) -> str:
    """The one name of a specialty, or, of any other word, the tag that it is; empty when nothing is left of it."""
    bare = squeezed(name)
    return _SPECIALTY_OF.get(bare, bare[:_LONGEST_TAG])


def is_specialty(name: str) -> bool:
    """Whether a canonical name is a specialty's and no plain tag."""
    return name in _NAMES


def names_in(words: str) -> tuple[str, ...]:
    """The canonical names in what somebody typed, each once: `dermato, médecine générale #ecg`.

    The longest known name counts ("médecine du sport" is one); words that are none are plain tags, and those that
    only join others say nothing.
    """
    found: dict[str, None] = {}
    for part in re.split(r"[,;/+\n]", words):
        tokens = [token for token in re.split(r"[\s'’]+", part) if squeezed(token)]
        found.update(dict.fromkeys(_names(tokens)))
    return tuple(found)


def _names(tokens: list[str]) -> Iterator[str]:
    at = 0
    while at < len(tokens):
        for length in range(min(_LONGEST_PHRASE, len(tokens) - at), 0, -1):
            specialty = _SPECIALTY_OF.get(squeezed("".join(tokens[at : at + length])))
            if specialty is not None:
                yield specialty
                break
        else:
            length = 1
            if fold(tokens[at]) not in _JOINING:
                yield canonical(tokens[at])
        at += length
