"""What a case is, and what follows from what people did: pure rules, no time but what is passed in.

The words follow the studies of #DocTocToc: an answer is *consensual* when it carries a reference, or when two
contributors agree, and nobody opposes it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from doctocbot.chat.parsing import fold

JOINS_CASE_AFTER_MS = 10 * 60 * 1000
"""For ten minutes after a `!case`, a picture of its author joins it (DESIGN section 3)."""

JOINS_CASE_BEFORE_MS = 2 * 60 * 1000
"""A picture joins a later `!case` only if sent at most two minutes before it, with nothing by the author between."""


class Kind(StrEnum):
    """What a question is about; the five kinds of the 2013 study and medico-legal ones."""

    DIAGNOSIS = "diagnosis"
    TREATMENT = "treatment"
    ADMINISTRATIVE = "administrative"
    MEDICO_LEGAL = "medico-legal"
    SOURCE = "source"
    OTHER = "other"


class CaseState(StrEnum):
    """Where a case stands in its life."""

    OPEN = "open"
    CLOSED = "closed"
    PULLED = "pulled"


class Certainty(StrEnum):
    """How sure the outcome of a diagnosis is."""

    POSSIBLE = "possible"
    PROBABLE = "probable"
    ALMOST_CERTAIN = "almost-certain"
    CERTAIN = "certain"

    @property
    def can_teach(self) -> bool:
        """Whether an outcome is sure enough to be the right answer of a question."""
        return self in (Certainty.ALMOST_CERTAIN, Certainty.CERTAIN)


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its life; times in ms since 1970."""

    id: int
    room_id: str
    author: str
    source_event: str
    state: CaseState
    kind: Kind | None
    tags: tuple[str, ...]
    text: str
    opened_at: int
    outcome: str | None = None
    certainty: Certainty | None = None
    quiz_allowed: bool = False
    chat_id: str | None = None
    """The direct chat from which it came, if from one."""
    anonymous: bool = False
    """Whether the room does not learn who asks."""
    card: int = 1
    """Which of its cards is the present one."""
    expired: bool = False
    """Whether it was retention that took it back; it is `PULLED` as well, so that nothing shows it by oversight."""
    hidden: bool = False
    """Whether moderators have hidden its words: then there are none here, nor tags, nor an outcome."""

    @property
    def known_author(self) -> str | None:
        """The author as the room knows them: nobody, where they asked without their name.

        What the room sees goes by this one: nothing there may differ by who an anonymous author is.
        """
        return None if self.anonymous else self.author

    @property
    def card_key(self) -> str:
        """The outbox key of the card: the case's message in the timeline and the root of its thread."""
        return self.card_keys[-1]

    @property
    def card_keys(self) -> list[str]:
        """The keys of all its cards, the present one last: a room to which it has moved has one of its own."""
        first = f"case:{self.id}:card"
        return [first, *(f"{first}-{number}" for number in range(2, self.card + 1))]


class Vote(StrEnum):
    """What somebody can say to an opinion, by a reaction or in words."""

    AGREE = "agree"
    OPPOSE = "oppose"
    NEUTRAL = "neutral"
    """They take back whatever they said to it before, its proposal included."""
    KEEP = "keep"
    """The case's author will go by it: "réponse retenue"."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What people's acts on an opinion come to; who is in neither map nor set has said nothing."""

    votes: Mapping[str, bool] = field(default_factory=dict)
    neutral: frozenset[str] = frozenset()
    keepers: frozenset[str] = frozenset()

    @property
    def kept(self) -> bool:
        """Whether the case's author goes by it."""
        return bool(self.keepers)

    @property
    def voices(self) -> frozenset[str]:
        """Who has an act on it that stands."""
        return self.keepers | self.votes.keys()


def standing(acts: Iterable[tuple[str, Vote]]) -> Standing:
    """What acts come to, given in the order in which they were done by whom: each person's last word counts."""
    votes: dict[str, bool] = {}
    neutral: set[str] = set()
    keepers: set[str] = set()
    for person, vote in acts:
        if vote is Vote.KEEP:
            keepers.add(person)
        elif vote is Vote.NEUTRAL:
            votes.pop(person, None)
            keepers.discard(person)
            neutral.add(person)
        else:
            votes[person] = vote is Vote.AGREE
            neutral.discard(person)
    return Standing(votes, frozenset(neutral), frozenset(keepers))


def student_voice(number: int) -> str:
    """The name under which a student's opinion stands that was proposed from a direct chat: nobody's user id."""
    return f"{_STUDENT_VOICE}{number}"


def is_student_voice(sender: str) -> bool:
    """Whether it is the name of a student who is not to be named."""
    return sender.startswith(_STUDENT_VOICE)


_STUDENT_VOICE = "~student:"


@dataclass(frozen=True, slots=True)
class Opinion:
    """An answer on which somebody acted: who proposed it, who is for and against, what refers to it.

    `votes` holds who agrees (True) or opposes (False), `neutral` who has taken their stance back, a proposer perhaps.
    """

    id: int
    number: int
    text: str
    proposers: frozenset[str] = frozenset()
    votes: Mapping[str, bool] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    neutral: frozenset[str] = frozenset()
    told: int = 1
    """How many messages say it, of those that count: more than one were merged."""
    kept: bool = False
    """Whether the case's author goes by it."""
    confirmed: bool = False
    """Whether the outcome of the closed case says the same."""
    cited_by: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Who brought each of the references."""


def keycaps(number: int) -> str:
    """An opinion's number as the reaction that shows it under its message: 2 is a keycap."""
    return "".join(f"{digit}\ufe0f\u20e3" for digit in str(number))


class Consensus(StrEnum):
    """Whether contributors are of one mind about an opinion."""

    REACHED = "reached"
    OPPOSED = "opposed"
    OPEN = "open"


class Apart(StrEnum):
    """Why somebody is counted apart: what they say is shown, and makes or breaks no consensus."""

    STUDENT = "student"
    UNPROVED = "unproved"
    """The room's settings count only those who have a trade, or a confirmed one, and they have none."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How an opinion stands, with the case's author left out; `apart` are those who agree and oppose beside these."""

    agree: int
    oppose: int
    references: int
    apart: Mapping[Apart, tuple[int, int]] = field(default_factory=dict)

    @property
    def consensus(self) -> Consensus:
        """The published definition: a reference or two who agree, and nobody against."""
        if self.oppose:
            return Consensus.OPPOSED
        return Consensus.REACHED if self.references or self.agree >= 2 else Consensus.OPEN


_NOBODY: Mapping[str, Apart] = {}


def tally(opinion: Opinion, author: str | None, apart: Mapping[str, Apart] = _NOBODY) -> Tally:
    """Count an opinion: who proposed it agrees with it until they say otherwise; the case's author never counts.

    `author` is the one whom the room knows (`Case.known_author`), `apart` are those who are counted apart; a reference
    counts unless they alone brought it.
    """
    stances = dict.fromkeys(opinion.proposers - opinion.neutral, True) | dict(opinion.votes)
    if author is not None:
        stances.pop(author, None)
    beside: dict[Apart, tuple[int, int]] = {}
    for person in stances.keys() & apart.keys():
        agreeing, opposing = beside.get(apart[person], (0, 0))
        agrees = stances.pop(person)
        beside[apart[person]] = (agreeing + agrees, opposing + (not agrees))
    agree = sum(stances.values())
    references = sum(not _only_apart(opinion.cited_by.get(each), apart) for each in opinion.references)
    return Tally(agree, len(stances) - agree, references, beside)


def _only_apart(people: frozenset[str] | None, apart: Mapping[str, Apart]) -> bool:
    """Whether nobody brought something who is not counted apart."""
    return bool(people) and apart.keys() >= (people or frozenset())


_HASHTAG = re.compile(r"(?<![\w&/#])#([^\W\d_][\w-]*)")
_CALL = re.compile(r"(?<![\w&/#])#docs?toctoc(?![\w-])", re.IGNORECASE)
_KIND_TAGS = {
    "diagnostic": Kind.DIAGNOSIS, "diagnosis": Kind.DIAGNOSIS, "diag": Kind.DIAGNOSIS,
    "traitement": Kind.TREATMENT, "treatment": Kind.TREATMENT, "therapeutique": Kind.TREATMENT,
    "admin": Kind.ADMINISTRATIVE, "administratif": Kind.ADMINISTRATIVE, "administrative": Kind.ADMINISTRATIVE,
    "medicolegal": Kind.MEDICO_LEGAL, "juridique": Kind.MEDICO_LEGAL, "legal": Kind.MEDICO_LEGAL,
    "source": Kind.SOURCE, "sources": Kind.SOURCE, "biblio": Kind.SOURCE,
    "autre": Kind.OTHER, "other": Kind.OTHER,
}  # fmt: skip


def is_call(text: str) -> bool:
    """Whether a message holds #DocTocToc or #DocsTocToc, the habit that started it all; a quotation calls nobody."""
    return any(_CALL.search(line) for line in text.split("\n") if not line.lstrip().startswith(">"))


def kind_and_tags(text: str) -> tuple[Kind | None, tuple[str, ...]]:
    """The kind and the tags that a case's hashtags say; the kind is never guessed from anything else."""
    kind: Kind | None = None
    tags: dict[str, None] = {}
    for match in _HASHTAG.finditer(text):
        folded = fold(match[1])
        if folded in ("doctoctoc", "docstoctoc"):
            continue
        named = _KIND_TAGS.get(folded.replace("-", ""))
        if named is None:
            tags[match[1].casefold()[:40]] = None
        kind = kind or named
    return kind, tuple(tags)[:10]


_ADDRESS = re.compile(r"https?://[^\s<>\"'«»]+", re.IGNORECASE)
_DOI = re.compile(r"\b(?:doi:\s?)?(10\.\d{4,9}/[^\s<>\"'«»]+)", re.IGNORECASE)
_PMID = re.compile(r"\bPMID:?\s{0,2}(\d{4,9})\b", re.IGNORECASE)


def references_in(text: str) -> list[str]:
    """The references in an answer, as addresses: links, DOIs and PMIDs, each once, in their order."""
    found: list[tuple[int, str]] = []
    rest = text
    for match in _ADDRESS.finditer(text):
        found.append((match.start(), _trimmed(match[0])))
        rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
    found += [(m.start(), f"https://doi.org/{_trimmed(m[1])}") for m in _DOI.finditer(rest)]
    found += [(m.start(), f"https://pubmed.ncbi.nlm.nih.gov/{m[1]}/") for m in _PMID.finditer(rest)]
    addresses = (address for _, address in sorted(found))
    return list(dict.fromkeys(address for address in addresses if _refers(address)))


def _refers(address: str) -> bool:
    """Whether an address leads to a source: a link to a message of Matrix, or to somebody's messenger, does not."""
    return not address.endswith("://") and _NO_SOURCE.match(address) is None


_NO_SOURCE = re.compile(r"https?://(?:matrix\.to|wa\.me|api\.whatsapp\.com|t\.me|signal\.me)/", re.IGNORECASE)
"""Messages and people; who is meant is in the address."""


def without_references(text: str) -> str:
    """The words of an opinion without the links, DOIs and PMIDs in it, which are kept apart."""
    rest = text
    for pattern in (_ADDRESS, _DOI, _PMID):
        rest = pattern.sub(" ", rest)
    # The dash before a link goes with it; one before a number is a minus.
    ends = " ,;:(" if rest == text else " ,;:-–—("
    bare = re.sub(r"\(\s*\)|\[\s*\]", " ", rest)
    return re.sub(r"[^\S\n]+", " ", bare).strip(ends)


def _trimmed(address: str) -> str:
    """An address without the punctuation of the sentence around it."""
    address = address.rstrip(".,;:!?…")
    return address.rstrip(")]") if address.count("(") < address.count(")") else address


_CERTAINTY_WORDS = (
    (("almost certain", "quasi certain", "presque certain"), Certainty.ALMOST_CERTAIN),
    (("certain", "certaine"), Certainty.CERTAIN),
    (("probable", "likely"), Certainty.PROBABLE),
    (("possible",), Certainty.POSSIBLE),
)


def outcome_and_certainty(words: str) -> tuple[Certainty | None, str]:
    """Read `[CERTAINTY] OUTCOME`: the certainty, one word or two, if the words begin with one, and the rest."""
    parts = words.split(None, 2)
    for length in (2, 1):
        head = fold(" ".join(parts[:length])).strip(" :,-").replace("-", " ")
        named = next((value for names, value in _CERTAINTY_WORDS if head in names), None)
        if named is not None and len(parts) >= length:
            return named, " ".join(parts[length:]).strip(" :,-")
    return None, words.strip()


def opinion_line(text: str, most: int = 160) -> str:
    """The words by which an opinion is listed: the first line of the answer, shortened."""
    line = next((line.strip() for line in text.split("\n") if line.strip()), "")
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
