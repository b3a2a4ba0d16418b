"""What a line of words read in a picture looks like: a name, a clinician, a hospital, a date, a number.

Engines lose accents, spaces and colons, and take a caret for a tilde; the rules here allow for that. They know the
labels and the manner in which prints and screens write names, and point rather once too often: the author decides. A
name in small letters without a title, a label or a given name that is common goes unnoticed. Pure.
"""

import itertools
import re
import unicodedata
from enum import StrEnum

from doctocbot.guard import Kind, find_identifiers


class Sign(StrEnum):
    """What a spot looks like; sentences stand in the catalogues as `image.sign.<sign>`."""

    NAME = "name"
    CLINICIAN = "clinician"
    HOSPITAL = "hospital"
    DATE = "date"
    PHONE = "phone"
    MAIL = "mail"
    NUMBER = "number"


_KINDS = {
    Kind.PHONE: Sign.PHONE,
    Kind.MAIL: Sign.MAIL,
    Kind.DATE: Sign.DATE,
    Kind.NIR: Sign.NUMBER,
    Kind.NATIONAL_NUMBER: Sign.NUMBER,
    Kind.FILE_NUMBER: Sign.NUMBER,
}
# Compared with words without accents. Between a label and its value an engine may drop the colon or the space.
_SIGNS: tuple[tuple[Sign, re.Pattern[str]], ...] = (
    (
        Sign.NAME,
        re.compile(
            r"\b(?i:noms?|prenoms?|patiente?|(?:patient |pat )?name|surname|(?:last|first|family|given) name"
            r"|nom (?:de naissance|usuel|de famille)|nom,? prenom) ?[:=] ?[A-Za-z]{2}"
        ),
    ),
    (
        Sign.NAME,
        re.compile(
            r"\b(?i:noms?|prenoms?|surname|(?:last|first|family|given) name)(?: |(?=[A-Z]))[A-Z][A-Za-z'\-]"
        ),
    ),
    (
        Sign.NAME,
        re.compile(
            r"\b(?:M\.|M(?= )|Mr|MR|Mrs|MRS|Ms|Miss|(?i:mme|mlle|madame|monsieur))\.? ?[A-Z][A-Za-z'\-]+"
        ),
    ),
    # The banner of DICOM: family name, caret (which engines take for its likes), given name.
    (Sign.NAME, re.compile(r"[A-Za-z'\-]{2,} ?[\^~Λ∧ˆ] ?[A-Za-z'\-]+")),
    (
        Sign.CLINICIAN,
        re.compile(r"\b(?:(?i:dr|docteur|professeur|doctor|prof)|Pr|PR\.)\.? ?:? ?[A-Z][A-Za-z'\-]+"),
    ),
    (
        Sign.HOSPITAL,
        re.compile(
            r"\b(?:CHU|CHRU?|CHUV|CHI|GHU|HUG|APHP|AP-HP|HCL|NHS)(?![A-Zf-z])|\bCH (?:de |du |d')?[A-Z][a-z]"
            r"|\b(?i:hopital|hospital|(?:poly)?clinique|clinic|infirmary)"
            r"(?i: ?(?:du|des?|la|le|les|d'|of|universitaire)){0,2} ?[A-Z]"
            r"|\b(?i:centre|groupe) ?(?i:hospitalier)|\b[A-Z][a-z]+ (?:Hospital|Clinic|Infirmary)\b"
        ),
    ),
    (
        Sign.DATE,
        re.compile(
            r"(?i:\bddn|\bdob|\bn[e6]e?(?:\(e\))? ?le|date de ?naissance|date of ?birth|birth ?date) ?[:.]? ?[0-9]"
        ),
    ),
    (
        Sign.NUMBER,
        re.compile(
            r"(?i:\b(?:ipp|nda|nip|iep|mrn|ins|pid|id|patient ?id|accession|dossier|sejour)) ?(?:[nN][°o.]?)? ?[:.#]? ?"
            r"[A-Z]{0,3}[0-9][0-9 \-]{4,}"
        ),
    ),
    # Engines drop some of the spaces between figures, and no grouping is left to know a phone number by.
    (Sign.PHONE, re.compile(r"(?<![\w.,+/\-])0[1-9](?: ?[0-9]){8}(?![\w.,/\-])")),
    # A number by itself, as banners print it.
    (Sign.NUMBER, re.compile(r"(?<![\w.,+/\-])[0-9]{7,14}(?![\w.,/\-])")),
)
_WORDS = re.compile(r"[A-Za-z'\-]+(?: [A-Za-z'\-]+)*")
_GLUED = re.compile(r"[A-Z][A-Z'\-]{2,}[A-Z][a-z]{2,}(?:-[A-Z][a-z]+)?")
# A name all in capitals whose space was dropped is at least as long as this.
_LONG = 9
_LOUD = 0.7


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that are written in capitals on prints and screens and name nobody.
_PAPERS = _words("""
    ABDOMEN ACQUISITION ALARME ANALYSE ANGIO AORTE AP APNEE ARTERE AXIAL BILAN BPM BRAIN CARDIAC
    CARDIAQUE CARDIO CEREBRAL CHEST COMPTE CORONAL COUPE CRANE DATE DEBIT DIAGNOSTIC DOPPLER DOSE DROIT
    DROITE ECG ECHO ECHOGRAPHIE EDTA EXAMEN ELECTROCARDIOGRAMME EXAM FACE FEMALE FEMME FETAL FLAIR FREQ
    FREQUENCE GAIN GAUCHE GENERAL HEAD HEART HEMATOLOGIE HOMME IMAGE IRM LATERAL LEFT LIVER LUNG MALE
    MODE MRI NORMAL NORMALE OD OG PATIENT PERFUSION POST PRE PRESSION PROFIL RADIO RADIOGRAPHIE RAPPORT
    RATE RENDU RESULTAT RESULTATS RHYTHM RIGHT RX RYTHME SAGITTAL SATURATION SCANNER SECTION SERIE
    SERIES SERUM SINUS SINUSAL SPINE STUDY THORAX TRAUMA TUBE URINE US VEINE VENTRICULAIRE VIEW WITH
    WITHOUT AVEC SANS ET DE DU LA LE LES EN AU
""")
# Given names that are common where our rooms are: with one beside it, a capitalised word is a family name.
_GIVEN = _words("""
    adam ahmed alain alexandre alexis ali alice amelie andre anne antoine arthur audrey aurelie axel
    baptiste benjamin bernard brigitte camille caroline catherine cecile celine chantal charles
    charlotte chloe christian christine christophe claire claude clement daniel david denis didier
    dominique elisabeth elise emma emilie eric fatima florence francois francoise frederic gabriel
    genevieve georges gerard gilles guillaume guy helene henri hugo ines isabelle jacqueline jacques
    james jean jean-pierre jeanne jerome joel john jose joseph julie julien karim kevin laura laurence
    laurent lea leo louis louise lucas lucie manon marc marcel marguerite maria marie martin martine
    mary mathieu maxime mehdi michel michele mohamed monique nathalie nicolas nicole noemie odette
    olivier pascal patricia patrick paul paulette philippe pierre raymond rene robert roger romain samir
    sandrine sarah sebastien simone sophie stephane stephanie susan suzanne sylvie theo therese thierry
    thomas valerie veronique victor vincent virginie william xavier yasmine yves yvette yvonne zoe
""")


def signs(text: str) -> set[Sign]:
    """Say what one line looks like; empty where it names nobody as far as one can tell."""
    plain = without_accents(text)
    found = {_KINDS[finding.kind] for finding in find_identifiers(_respaced(text)) if finding.kind in _KINDS}
    found |= {sign for sign, pattern in _SIGNS if pattern.search(plain)}
    if _is_named(plain):
        found.add(Sign.NAME)
    return found


def without_accents(text: str) -> str:
    """Spell a text with the bare letters."""
    return "".join(
        letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)
    )


def _respaced(text: str) -> str:
    """Put back the spaces that engines drop around dates: 13/12/202414:05, 76357369907/12/1958, le12/03/1947."""
    text = re.sub(r"(?<=[0-9]{2}[/.\-][0-9]{2}[/.\-][0-9]{4})(?=[0-9]{1,2}:)", " ", text)
    text = re.sub(r"(?<=[0-9]{4})(?=[0-9]{2}[/.\-][0-9]{2}[/.\-](?:19|20)[0-9]{2}(?![0-9]))", " ", text)
    return re.sub(r"(?<=[A-Za-z:])(?=[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{2,4})", " ", text)


def _is_named(plain: str) -> bool:
    if any(not _is_paper(match[0]) for match in _GLUED.finditer(plain)):
        return True
    for run in _WORDS.findall(plain):
        words = run.split()
        if any(_is_loud(word) and len(word) >= _LONG and not _is_paper(word) for word in words):
            return True
        if any(_are_a_name(first, second) for first, second in itertools.pairwise(words)):
            return True
    return False


def _are_a_name(first: str, second: str) -> bool:
    if not (first[0].isupper() and second[0].isupper() and min(len(first), len(second)) >= 2):
        return False
    if _is_paper(first) or _is_paper(second) or max(len(first), len(second)) < 4:
        return False
    return _is_loud(first) or _is_loud(second) or first.lower() in _GIVEN or second.lower() in _GIVEN


def _is_loud(word: str) -> bool:
    return len(word) >= 3 and sum(letter.isupper() for letter in word) >= _LOUD * len(word)


def _is_paper(word: str) -> bool:
    loud = word.upper().strip("'-")
    return loud in _PAPERS or any(paper in loud for paper in _PAPERS if len(paper) >= 6)
