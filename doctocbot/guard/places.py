"""Places of care by their name: hospitals, clinics, nursing homes, health centres, in French and English.

A word for such a place ("CHU", "EHPAD", "clinic") says nothing alone: a proper name, a town or a saint has to follow or go before.
"Adressé au CHU", "hôpital de jour", "examen clinique" and "fracture clinic" name nowhere.
"""

import re
from collections.abc import Iterator
from importlib.resources import files

from doctocbot.guard.findings import Passage, spans, spans_of_words
from doctocbot.guard.vocabulary import GIVEN, TOWNS, bare, is_clinical, is_ordinary

_KEY = (
    r"(?:chu|chru|chr|chic|chi|chs|ch|ghu|ghr|gh|ght|hia|eps|epsm|cesame|hopita(?:l|ux)|hosto|hopit|cliniques?|polycliniques?|ehpad|ephad|usld"
    r"|maisons? de (?:retraite|repos|sante|soins|convalescence)|maison medicale|mas|fam|ime|itep|esat|cmpp|cmp|cattp|ssr|smr|msp|csapa|camsp|pmi"
    r"|centres? (?:hospitaliers?|medica(?:l|ux)|medico[ \-]\w{4,12}|de sante|de reeducation|de readaptation|de dialyse|de convalescence|de radiologie"
    r"|d'imagerie|cardiologique|anticancereux|de lutte contre le cancer)|foyer(?: logement| de vie)?|residence(?: services?| autonomie| seniors?)?"
    r"|maternite|cabinet(?: medical| dentaire| de radiologie| infirmier)?|pharmacie|labo(?:ratoire)?(?: d'analyses| de biologie)?|sanatorium|hospices?"
    r"|clsc|chsld|cisss|ciusss|gmf|urgences|rea(?:nimation)?|usic|samu|smur|sau|unv|neurochir(?:urgie)?|neonat(?:ologie)?|pediatrie|cardio(?:logie)?|neuro(?:logie)?|hemato(?:logie)?|onco(?:logie)?"
    r"|nephro(?:logie)?|pneumo(?:logie)?|gastro|iuct|ico|icm|clcc|crlcc|crf|ugecam|empr|chp|cmc|cmco|pole (?:de )?sante|ihu|dispensaire|sos medecins|marpa|ehpa|csg|cegidd|caarud|hdj|dialyse|iem|lhss|aura|centre|creche|institut|hospital|infirmary|clinic|home medicalise|ems)"
)
# Between the word and the name.
_KIND_OF = (
    r"(?:(?: (?:universitaire|regional|intercommunal|general|prive|privee|militaire|psychiatrique|specialise|local|departemental|mutualiste"
    r"|pediatrique|medicalisee?|chirurgicale|universitaires?|public|gerontologique|medical|orthopedique))|(?: d'instruction des armees)"
    r"|(?: d'enfants)|(?: (?:de|du) (?:jour|readaptation|geriatrie) (?=d))){0,2}"
)
_LINK = r"(?: ?(?:de la|de l'|des|du|de|d'|la|le|les|l'|aux|au|a|-|of|:|\"|«) ?| ){1,2}"
_SAINTS = r"(?:(?:saint|st)e?s?\.?[ \-]{1,2}[^\W\d_]{3,20}|notre[ \-]dame|sacre[ \-]c(?:oe|œ)ur|hotel[ \-]dieu|bon[ \-]secours|val[ \-]de[ \-]grace)"
_PROPER = r"[A-Z][^\W_']{1,25}\.?"
_ON = rf"(?:[ \-'](?:(?:de|du|des|la|le|les|l|d|et|en|sur|of|and|the)[ \-'])?(?:(?:de|la|le|les|l|d|aux?)[ \-'])?(?:{_PROPER}|d'[A-Z]\w{{2,20}})){{0,4}}"
_NAMED = re.compile(
    rf"(?<![\w\-])(?P<key>(?i:{_KEY}))(?i:{_KIND_OF})(?P<link>(?i:{_LINK}))(?P<first>(?:[LDld]')?{_PROPER}){_ON}"
)
_HOLY = re.compile(
    rf"(?<![\w\-])(?P<key>{_KEY}){_KIND_OF}{_LINK}{_SAINTS}(?:[ \-](?:de|d') ?[^\W\d_]{{3,20}})?",
    re.IGNORECASE,
)
_IN_TOWN = re.compile(
    rf"(?<![\w\-])(?P<key>{_KEY}){_KIND_OF}{_LINK}(?P<town>(?:la |le |les )?[^\W\d_][^\W\d_\-]{{2,20}}(?:-[^\W\d_]{{2,20}}){{0,4}})(?!\w)",
    re.IGNORECASE,
)
# What homes are called when nobody troubles with capitals: "ehpad les mimosas".
_PRETTY = re.compile(
    r"(?<![\w\-])(?:ehpad|ephad|usld|residence|foyer|(?:poly)?clinique|mas|fam|ime|ssr|smr|cmp|maison de retraite|maison de repos|msp|pharmacie|cabinet|ems|hopital)"
    r" (?:des |les |la |le |l'|du |de la |de l'){0,2}"
    r"(?:(?<=ehpad les )(?!residents|familles|soignants|visites|patients|cas|tests|jours|equipes|aides|medecins|deux|trois|autres|gens|infirm)[^\W\d_]{4,20}|acacias|alizes|amandiers|arcades|aubepines?|bergerie|bleuets|bruyeres|camelias|cedres?|cerisiers|chataigniers?|chenes?|cigales|clairiere"
    r"|colline|colombes?|coquelicots|cypres|embruns|erables|etang|fleurs?|fontaines?|fougeres|genets|glycines|hirondelles|hortensias|iris|jardins?|lac"
    r"|lavandes|lilas|lauriers|magnolias|marronniers|mesanges|mimosas|moulin|myosotis|noisetiers|noyers|oliviers|ormes|orchidees|parc|peupliers|pins|platanes"
    r"|pommiers|prairie|primeveres|rives|roseraie|roses|rosiers|sablons|sapins|saules|sources?|tamaris|tilleuls?|tournesols|vallee|verger|vergers|vignes|violettes)\b"
    r"(?: d'[^\W\d_]{2,12}| bleus?| blancs?| fleuris?)?",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(
    r"(?:exam\w{0,4}|cas|tableau|signe|score|essai|recherche|evolution|amelioration|contexte|histoire|diagnostic|presentation|avis|suivi|etat|plan|forme"
    r"|question|pratique|etude|medecine|immunologie|pharmacie|chef de|reponse|stade|vignette|situation|donnees?|efficacite|pertinence|dossier|bio|infirmiere?|critere|interne de) ?$",
    re.IGNORECASE,
)
_COMPANIES = frozenset(
    """
    pfizer sanofi servier roche novartis bayer gsk merck lilly abbvie ipsen astrazeneca biogen teva mylan
    viatris amgen gilead msd bms janssen pasteur
    """.split()
)
# Words for wards, crafts and organs; before "clinic" or "hospital" they name nowhere.
_WARDS = frozenset(
    """
    a the our my your his her their this that an any some every old new same nearest other another and of
    for in at to from on by with local general university regional district community teaching day
    children's childrens women's womens mental psychiatric private public tertiary secondary field rural
    small memory pain fracture diabetes diabetic eye hearing heart failure cardiac cardiology chest
    respiratory asthma copd renal kidney dialysis liver hepatology gi gastro endocrine thyroid bone falls
    frailty geriatric elderly stroke tia neuro neurology headache epilepsy ms movement rheum rheumatology
    joint hand foot spine spinal ortho orthopaedic orthopedic trauma skin derm dermatology lesion mole wound
    leg ulcer vascular vein hernia breast colorectal bowel urology prostate continence gynae colposcopy
    antenatal postnatal fertility family planning sexual gum hiv id infectious tb travel vaccine allergy
    immunology haem haematology anticoag anticoagulation warfarin inr oncology cancer chemo radiotherapy
    palliative sleep obesity weight bariatric dental ent audiology voice swallow paediatric paeds pediatric
    neonatal baby infant child adolescent youth camhs walk-in walk out-patient outpatient inpatient urgent
    emergency acute same-day rapid access follow-up fu preop pre-op pre-assessment assessment review nurse
    nurse-led gp primary care health methadone opioid substance alcohol smoking cessation blood pressure
    hypertension lipid lung surgical medical base central virtual remote telephone video online monthly
    weekly teaching tropical eating disorders gender specialist specialised hub main major minor city county
    state national veterans military nhs icu itu ed ae general laser plastic mohs cataract robotic open
    keyhole abdominal thoracic bypass valve hip knee shoulder back brain neck oral maxillofacial
    oculoplastic elective cosmetic refractive gastric sleeve previous prior post after before since recent
    first second third no needs refused declined had has is was if when hospital clinic surgery home nursing
    residential retirement assisted discharge discharged admitted transfer transferred referred seen see pt
    patient she he they lives living phoned called monday tuesday wednesday thursday friday saturday sunday
    today tomorrow yesterday asthmatic de jour proximite secteur reference recours urgence garde semaine
    nuit
    """.split()
)
_ENGLISH_END = (
    r"(?:Hospitals?|Infirmary|Clinic|Medical Cent(?:re|er)|Health Cent(?:re|er)|Cancer Cent(?:re|er)|Care Home|Nursing Home|Care Cent(?:re|er)|Rest Home"
    r"|Retirement Home|Residential (?:Home|Care)|Nursing Facility|Assisted Living|Urgent Care|Dialysis (?:Unit|Cent(?:re|er))|Birth Cent(?:re|er)|Dental (?:Practice|Surgery|Clinic)|Walk-[Ii]n Cent(?:re|er)|Pharmacy|Rehab|Hospice|NHS (?:Foundation )?Trust|(?:Medical|Family|Group|GP|Health) Practice|Health Board|Rehab(?:ilitation)? Cent(?:re|er)|Surgery|Polyclinic|Sanatorium|Health)"
)
_ENGLISH = re.compile(
    rf"(?<![\w'\-])(?P<names>(?:(?:[A-Z][\w'\-]{{0,20}}\.?|of|and|the|de|la|du|for|Sick) ){{1,6}})(?P<end>(?i:{_ENGLISH_END}))\b"
)
_ENGLISH_OF = re.compile(
    r"\b(?i:hospital|infirmary|hospice|clinic)s? (?:of|for|in|at) (?:the )?(?P<names>[A-Z][\w'\-]{2,20}\.?(?: [A-Z][\w'\-]{1,20}){0,3})"
)
_ENGLISH_SMALL = re.compile(
    r"\b(?:(?:st|saint)\.? [a-z\-]{3,15}(?:'?s)?(?: (?:general|university|royal|community|catholic))?|(?P<town>[a-z\-]{4,15})(?: (?:general|royal|university|district|city|memorial|county)){0,2})"
    r" (?:hospital|infirmary|hospice|medical cent(?:re|er)|general|royal infirmary|nursing home|care home)\b",
    re.IGNORECASE,
)
_GENERAL = re.compile(
    r"\b(?:at|to|from|in|via|near) (?:the )?(?P<id>(?:Royal [A-Z][a-z]{3,20}|[A-Z][a-z'\-]{3,20} (?:General|Royal|Infirmary|Memorial|Presbyterian|Methodist|Baptist|Mercy|DGH)))\b"
)
_HOUSE = re.compile(
    r"\b(?i:lives|living|resident|resides|residing|placed|carer|carers|staff|nurse|matron|back) (?:in|at|of|to|from) (?P<id>(?:[A-Z][a-z']{2,20} ){1,2}(?:House|Lodge|Manor|Court|Grange|Hall|Gardens|View|Villa))\b"
)
_SENT = (
    r"(?:hospita?lise\w{0,2}|hospi|transfere\w{0,2}|transfert|mutee?|adressee?|suivie?|vue?|operee?|urgences?|rea|service|greffee?|accouche|sort\w{0,3}|passee?|admise?|staff|rcp|neuro|cardio|onco|hemato"
    r"|pediatrie|chirurgie|chir|geriatrie|maternite|urg|rdv|scanner|scan|irm|tdm|fait|faite|sortie?|bilan|consultation|cs|consulte|collegues?|avis|centre|equipe|retour|admitted|transferred|transfer|referred|seen|under|followed|done|surgery|clinic|delivered|discharged"
    r"|scanned|team|ward|consultant|colleagues?|registrar|born|works?|appointment|booked|back|sent|taken)"
)
_GOING = rf"\b{_SENT}(?: [^\W\d_]{{2,14}}){{0,2}} (?:(?:a|au|aux|de|du|des|d'|par|sur|vers|pour|at|to|from|in|by|under|with) ?(?:la |le |l'|les |the )?)"


def _hospital_names() -> tuple[str, str]:
    """Patterns for the hospitals called by their name alone: those that are sure, and those that need a word before."""
    lines = (
        files("doctocbot.guard").joinpath("words", "hospitals.txt").read_text(encoding="utf-8").splitlines()
    )
    names = [
        name.strip() for line in lines if not line.startswith("#") for name in line.split(",") if name.strip()
    ]
    sure = [name for name in names if not name.endswith("?")]
    unsure = [name[:-1] for name in names if name.endswith("?")]
    return tuple(
        "|".join(re.escape(name).replace(r"\ ", "[ -]") for name in sorted(some, key=len, reverse=True))
        for some in (sure, unsure)
    )  # type: ignore[return-value]


_SURE, _UNSURE = _hospital_names()
_ALONE = re.compile(
    rf"(?<![\w\-])(?:HUG|HCL|GOSH|CHUM|CUSM)(?![\w\-])|(?<![\w\-])(?=[A-Z]|(?<=a )|(?<=de )|(?<=at )|(?<=d')|(?<=l'))(?i:{_SURE})(?![\w\-])"
)
# Small letters do where no other word is meant.
_ALONE_BY_CONTEXT = re.compile(
    rf"(?i:{_GOING})(?P<id>(?![a-z]|begin|pare|king|guys|couple|curie|citadelle|percy|erasme)(?i:{_UNSURE})|(?!begin|pare|king|guys|couple|curie|citadelle|percy|erasme)(?i:{_UNSURE}|{_SURE})"
    r"|(?:[Ss]ainte?|[Ss]te?)\.?[ \-][^\W\d_]{3,20}(?:'s)?(?![ ]?[+]))(?![\w\-])"
)


_KEY_WORDS = frozenset(
    """
    aura sau unv neurochir neurochirurgie neonat neonatologie pediatrie cardio cardiologie neuro neurologie
    hemato hematologie onco oncologie nephro nephrologie pneumo pneumologie gastro iuct ico icm clcc crlcc
    crf ugecam empr chp cmc cmco pole ihu dispensaire sos marpa ehpa csg cegidd caarud hdj dialyse iem lhss
    chu chru chr chic chi chs ch ghu ghr gh ght hia eps epsm cesame hopital hopitaux hosto hopit clinique
    cliniques polyclinique polycliniques ehpad ephad usld maison maisons mas fam ime itep esat cmpp cmp
    cattp ssr smr msp csapa camsp pmi centre centres foyer residence maternite cabinet pharmacie labo
    laboratoire sanatorium hospice hospices clsc chsld cisss ciusss gmf urgences rea reanimation usic samu
    smur creche institut hospital infirmary clinic home ems
    """.split()
)
_ENGLISH_WORDS = frozenset(
    """
    residential facility living care unit pharmacy rehab hospital hospitals infirmary clinic centre center
    home hospice trust practice board surgery polyclinic sanatorium health general
    """.split()
)
_GENERAL_WORDS = frozenset(
    ["general", "royal", "infirmary", "memorial", "presbyterian", "methodist", "baptist", "mercy", "dgh"]
)
_HOUSE_WORDS = frozenset(["house", "lodge", "manor", "court", "grange", "hall", "gardens", "view", "villa"])
_SURE_WORDS = frozenset(["hug", "hcl", "gosh", "chum", "cusm"]) | frozenset(
    word
    for name in _SURE.replace("[ -]", " ").replace("\\", "").split("|")
    for word in re.findall(r"[a-z]{2,}", name)
)
_UNSURE_WORDS = frozenset(
    word
    for name in _UNSURE.replace("[ -]", " ").replace("\\", "").split("|")
    for word in re.findall(r"[a-z]{2,}", name)
) | frozenset(["st", "ste", "saint", "sainte"])


_ST = frozenset(("st",))


def places(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find places of care by their names, the forms that say most first; spans may overlap."""
    text, has = passage.text, passage.has
    if has(_KEY_WORDS):
        yield from spans_of_words(_NAMED, passage, _KEY_WORDS, _is_named)
        yield from spans_of_words(_HOLY, passage, _KEY_WORDS, _is_no_adjective)
        yield from spans_of_words(_PRETTY, passage, _KEY_WORDS)
        yield from spans_of_words(_IN_TOWN, passage, _KEY_WORDS, _is_in_town)
    if has(_ENGLISH_WORDS):
        yield from spans(_ENGLISH, text, _is_proper)
        yield from spans(_ENGLISH_OF, text, _is_proper)
        yield from spans(_ENGLISH_SMALL, text, _is_small_town)
    if has(_GENERAL_WORDS):
        yield from spans(_GENERAL, text, _has_proper_words)
    if has(_HOUSE_WORDS):
        yield from spans(_HOUSE, text, _has_proper_words)
    if has(_ST):
        yield from spans(_BY_WARD, text)
    if has(_SURE_WORDS):
        yield from spans(_ALONE, text, _has_proper_words)
    if has(_UNSURE_WORDS) or has(_SURE_WORDS):
        yield from spans(_ALONE_BY_CONTEXT, text, _has_proper_words)


def _is_no_adjective(match: re.Match[str]) -> bool:
    """Whether "clinique" is a place here: "examen clinique" is none."""
    if match.re is _HOLY and match["key"].lower() in _NEVER_ALONE:
        return False
    before = match.string[max(0, match.start() - 20) : match.start()]
    return not (match["key"].lower() == "clinique" and _ADJECTIVE.search(before))


_NEVER_ALONE = frozenset(
    """
    sau unv neurochir neurochirurgie neonat neonatologie pediatrie cardio cardiologie neuro neurologie
    hemato hematologie onco oncologie nephro nephrologie pneumo pneumologie gastro dialyse hdj centre aura
    urgences rea reanimation usic samu smur institut laboratoire labo hospital infirmary clinic gh rcp
    creche cabinet
    """.split()
)


def _is_named(match: re.Match[str]) -> bool:
    key, first = match["key"].lower(), match["first"]
    word = bare(first.split("'")[-1])
    if not _is_no_adjective(match) or (word in _COMPANIES and key.startswith(("labo", "institut"))):
        return False
    if match["link"].strip().startswith("L") and key not in _NEVER_ALONE:
        return True
    if word in _WARDS:
        return False
    if key in ("centre", "aura") and match["link"] == " " and (word in GIVEN or key == "aura"):
        return first[1:].islower()
    if key in _NEVER_ALONE and not (
        word in TOWNS or (key in ("cabinet", "creche") and match["link"].strip())
    ):
        return False
    if key in ("pharmacie", "institut", "residence") and ":" in match["link"]:
        return False
    shouted = first.isupper() and len(first) < 4
    return not (
        is_ordinary(word)
        or (is_clinical(word) and word not in TOWNS and not match["link"].strip())
        or shouted
    )


def _is_in_town(match: re.Match[str]) -> bool:
    name = bare(match["town"]).replace(" ", "-")
    return (
        (name in TOWNS or name in _ALSO_AFTER_A_WORD)
        and _is_no_adjective(match)
        and not re.search(r"a ?$", match.string[match.start() : match.start("town")][-3:])
    )


def _is_proper(match: re.Match[str]) -> bool:
    words = [bare(word) for word in match["names"].split()]
    named = [word for word in words if word not in _WARDS and not is_ordinary(word)]
    end = (match.groupdict().get("end") or "").lower()
    if end in ("surgery", "clinic", "health") and len(named) < len(words):
        named = [word for word in named if word[0].isalpha() and not is_clinical(word)]
    if end in ("surgery", "health", "pharmacy", "rehab", "urgent care"):
        return bool(named) and bool(
            re.search(
                r"\b(?:at|gp|from|with|by|of|under)(?: the)? ?$",
                match.string[max(0, match.start() - 14) : match.start()],
                re.IGNORECASE,
            )
            or match.string.startswith((" GP", ", GP"), match.end())
        )
    return bool(named)


# "hopital foch", "clinique ambroise pare": in small letters, behind the word for a hospital.
_ALSO_AFTER_A_WORD = frozenset(
    name
    for name in f"{_SURE}|{_UNSURE}".replace("[ -]", "-").replace("\\", "").split("|")
    if name not in ("begin", "hopital-nord")
)
_BY_WARD = re.compile(
    r"\b(?P<id>St\.? [A-Z][a-z]{2,15}'?s?)(?= (?:A&E|ED|ICU|ITU|ward|emergency|maternity)\b)"
)


def _is_small_town(match: re.Match[str]) -> bool:
    return match["town"] is None or match["town"].lower() in TOWNS


def _has_proper_words(match: re.Match[str]) -> bool:
    words = [bare(word) for word in match["id" if "id" in match.re.groupindex else 0].split()]
    return any(word not in _WARDS for word in words)
