"""What a message says to the bot, decided without doing anything."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

_COMMAND = re.compile(
    r"\s*!(?P<space>[ \t\u00a0\u202f]*)(?P<name>[^\W\d_][\w’'`´‘‐‑–-]*)(?:\s+(?P<words>.*))?\s*\Z", re.S
)
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´-‐‑–_"), None)


@dataclass(frozen=True, slots=True)
class Called:
    """A known command, by its first name, and the words after it."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something typed as a command that is none; `nearest` is the folded name that it resembles, if any."""

    typed: str
    nearest: str | None


_LIGATURES = (("œ", "oe"), ("Œ", "OE"), ("æ", "ae"), ("Æ", "AE"))


def fold(text: str) -> str:
    """Text as it counts when compared: no case, no accents, one space where there was any white space."""
    decomposed = unicodedata.normalize("NFKD", text)
    # "≠" is "=" with a stroke through it, and the stroke is no accent.
    bare = "".join(char for char in decomposed if char == "\u0338" or not unicodedata.combining(char))
    for letter, apart in _LIGATURES:
        bare = bare.replace(letter, apart)
    return " ".join(bare.casefold().split())


def fold_name(name: str) -> str:
    """A command's name as it counts: no case, accents, hyphens or apostrophes, straight or curly."""
    return fold(name.translate(_APOSTROPHES))


def name_table(names: Iterable[Iterable[str]]) -> dict[str, str]:
    """From every folded name of every command to its first one; raises ValueError when two commands share one."""
    table: dict[str, str] = {}
    for all_names in names:
        first, *_ = own = list(all_names)
        for name in own:
            if table.setdefault(fold_name(name), first) != first:
                raise ValueError(f"two commands are called {name!r}")
    return table


def understand(text: str, names: Mapping[str, str]) -> Called | Unknown | None:
    """The command in a message, something that looks like one, or None for ordinary words.

    A name counts whole and only at the beginning. Phones put a space after the `!`; with one, only known names
    are commands, since "! attention" is French punctuation.
    """
    # Some keyboards send a letter and its accent apart.
    match = _COMMAND.match(unicodedata.normalize("NFC", text))
    if match is None:
        return None
    folded = fold_name(match["name"])
    words = (match["words"] or "").strip()
    if first := names.get(folded):
        return Called(first, words)
    # "!d accord 1": some type a space for the apostrophe.
    elided, _, rest = words.partition(" ")
    if len(folded) == 1 and (first := names.get(fold_name(match["name"] + elided))):
        return Called(first, rest.strip())
    if match["space"]:
        return None
    near = get_close_matches(folded, names, n=1, cutoff=0.6)
    return Unknown(match["name"], near[0] if near else None)


_NUMBER = re.compile(r"#\s?(\d{1,9})(?!\w)")


def leading_number(words: str) -> tuple[int | None, str]:
    """A case number at the beginning (`#12 …`) and the words after it."""
    match = _NUMBER.match(words)
    if match is None:
        return None, words
    return int(match[1]), words[match.end() :].strip()


def leading_count(words: str) -> tuple[int | None, str]:
    """A plain number at the beginning (`2 because …`) and the words after it."""
    match = re.match(r"(?:n[°o]\s?)?(\d{1,9})(?!\w|[.,]\d)\s*", words)
    if match is None:
        return None, words
    return int(match[1]), words[match.end() :].strip(" :,-–—.")


_ANYWAY = ("anyway", "quand meme", "malgre tout")


def leading_anyway(words: str) -> tuple[bool, str]:
    """Whether the words begin with "anyway", and what is left of them."""
    folded = fold(words)
    for said in _ANYWAY:
        if folded == said or folded.startswith(f"{said} "):
            count = len(said.split())
            return True, "".join(words.split(None, count)[count:])
    return False, words
