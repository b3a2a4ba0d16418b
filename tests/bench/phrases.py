"""What clinicians write, put together from pieces: as long as real questions and answers, and nobody's own words."""

from random import Random

_WHO = (
    "Femme de {age} ans", "Homme de {age} ans", "Patiente de {age} ans, enceinte de 24 SA", "Nourrisson de 5 mois",
    "Enfant de 3 ans non vacciné ROR", "Patient de {age} ans sous AVK", "Étudiante de 22 ans", "Adolescent de 15 ans",
)  # fmt: skip
_HISTORY = (
    "sans antécédent", "diabétique de type 2", "hypertendue, bien équilibrée", "asthmatique, corticoïdes inhalés",
    "insuffisance rénale modérée (DFG 48)", "tabac 20 PA", "allergie aux pénicillines, non documentée",
    "BPCO stade II, trois exacerbations l’an passé", "maladie de Crohn sous anti-TNF",
)  # fmt: skip
_COMPLAINT = (
    "éruption maculo-papuleuse des joues et des fesses depuis {days} jours, apyrexie",
    "toux sèche qui traîne depuis {days} semaines, radiographie normale",
    "douleur de la fosse iliaque droite depuis {days} jours, CRP à 34, pas de défense",
    "lésion annulaire prurigineuse du dos, extension centrifuge depuis {days} semaines",
    "TSH à 0,02 découverte fortuitement, T4 normale, cliniquement euthyroïdienne",
    "vertiges positionnels depuis {days} jours, nystagmus à la manœuvre de Dix-Hallpike",
    "ferritine à 780 µg/L, coefficient de saturation normal, échographie hépatique banale",
    "gonflement douloureux du mollet après un vol de {days} heures, D-dimères positifs",
    "onycholyse de quatre ongles après {days} semaines d’antibiotique",
)
_QUESTION = (
    "Que feriez-vous ?", "Quel bilan avant d’adresser ?", "Votre avis ?", "Une idée de diagnostic ?",
    "Faut-il traiter ou surveiller ?", "Quelle posologie chez elle ?", "Arrêt de travail de quelle durée ?",
    "Existe-t-il une recommandation récente ?",
)  # fmt: skip
_TAGS = (
    "#dermato", "#cardio", "#pédiatrie", "#endocrino", "#infectio", "#ORL", "#gynéco", "#pharmaco", "#biologie",
    "#dermato #diagnostic", "#traitement", "#admin", "#diagnostic", "#ECG #cardio", "",
)  # fmt: skip
_OPENING = (
    "Je pencherais pour", "Chez nous on voit souvent", "Pourquoi pas", "D’expérience :", "J’évoquerais d’abord",
    "Avant tout éliminer", "Classiquement", "Je n’exclus pas", "À mon avis",
)  # fmt: skip
_ADVICE = (
    "contrôle dans trois semaines avant tout traitement", "un avis spécialisé dans la semaine, pas en urgence",
    "je commencerais par une NFS, une CRP et une bandelette", "pas d’antibiotique d’emblée",
    "arrêt du médicament suspect et réévaluation à dix jours", "une photo à distance aiderait beaucoup",
    "dermocorticoïde d’activité forte une fois par jour pendant deux semaines",
    "surveillance simple, cela passe en un mois", "échographie veineuse le jour même", "refaire le dosage à distance",
)  # fmt: skip
OPINIONS = (
    "syndrome de Gianotti-Crosti", "Gianotti Crosti", "pityriasis rosé de Gibert", "dermatophytie", "mégalérythème",
    "toxidermie", "reflux gastro-œsophagien", "coqueluche", "VPPB", "hyperthyroïdie fruste", "stéatose métabolique",
    "thrombose veineuse", "appendicite débutante", "Maladie de Lyme", "psoriasis unguéal", "zona", "rosacée",
)  # fmt: skip
_SOURCES = (
    "https://www.has-sante.fr/jcms/c_{n}", "doi:10.1016/j.jaad.2018.{n}", "PMID {n}",
    "https://www.cochranelibrary.com/cdsr/{n}",
)  # fmt: skip
_TALK = (
    "Merci à tous pour hier, le patient va mieux.", "Qui est de garde ce week-end ?",
    "Bonjour, je rejoins le groupe, MG en zone rurale.", "! attention aux ruptures de stock d’amoxicilline",
    "Bonne année à tous les confrères", "Quelqu’un a le lien du dernier webinaire ?",
)  # fmt: skip


def question(random: Random) -> str:
    """A question to colleagues."""
    words = [
        f"{random.choice(_WHO)}, {random.choice(_HISTORY)}.",
        f"{random.choice(_COMPLAINT).capitalize()}.",
        random.choice(_QUESTION),
        random.choice(_TAGS),
    ]
    return " ".join(words).strip().format(age=random.randint(18, 92), days=random.randint(2, 10))


def case(random: Random) -> str:
    """How a case is opened: by a `!cas`, or in one of six by the word #DocTocToc."""
    return f"{question(random)} #DocTocToc" if random.random() < 1 / 6 else f"!cas {question(random)}"


def answer(random: Random) -> str:
    """An answer of one to three sentences; one in twelve brings a reference."""
    sentences = [f"{random.choice(_OPENING)} {random.choice(OPINIONS)}"]
    sentences += random.sample(_ADVICE, random.randint(0, 2))
    text = ", ".join(sentences) + "."
    return f"{text} {_source(random)}" if random.random() < 1 / 12 else text


def opinion(random: Random) -> str:
    """An answer that its author proposes outright."""
    words = f"!avis {random.choice(OPINIONS)}"
    return f"{words} {_source(random)}" if random.random() < 1 / 12 else words


def closing(random: Random) -> str:
    """What the author writes when the case is clear."""
    return f"!clore {random.choice(('possible', 'probable', 'quasi certain', 'certain'))} {random.choice(OPINIONS)}"


def talk(random: Random) -> str:
    """Something that has nothing to do with any case; one in ten asks the bot for an overview."""
    return random.choice(("!résumé semaine", "!lescas sans réponse") if random.random() < 0.1 else _TALK)


def _source(random: Random) -> str:
    return random.choice(_SOURCES).format(n=random.randint(1_000_000, 39_000_000))
