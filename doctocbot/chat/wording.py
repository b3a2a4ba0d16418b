"""Every sentence a person reads, from the gettext catalogues, in the language of the room."""

import functools
import gettext
import io
import string
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from doctocbot.chat.rendering import Code, Span, plain_span

LANGUAGES = ("fr", "en")


class Wording:
    """Finds sentences by their key and fills in their places; an unknown key is a fault of ours and raises."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = _catalogue(language)

    def say(self, key: str, /, **values: object) -> str:
        """The sentence as plain text."""
        return self._template(key).format_map(values)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """The sentence for a number of things, as plain text; `{n}` is the number."""
        template = self._catalogue.ngettext(key, key, n)
        if template == key:
            raise KeyError(key)
        return template.format_map({"n": n, **values})

    def spans(self, key: str, /, **values: Span) -> tuple[Span, ...]:
        """The sentence as spans, so that names and texts from people stay values and are escaped as such."""
        return tuple(_spans(self._template(key), values))

    def duration(self, milliseconds: int) -> str:
        """A length of time as people say it: "7 min", "1 h 12", "3 j"."""
        minutes = max(round(timedelta(milliseconds=milliseconds).total_seconds() / 60), 0)
        if minutes < 1:
            return self.say("time.under-a-minute")
        if minutes < 60:
            return self.say("time.minutes", minutes=minutes)
        if minutes < 48 * 60:
            return self.say("time.hours", hours=minutes // 60, minutes=f"{minutes % 60:02d}")
        return self.say("time.days", days=minutes // (24 * 60))

    def has(self, key: str) -> bool:
        """Whether the catalogue has a sentence for this key."""
        return self._catalogue.gettext(key) != key

    def _template(self, key: str) -> str:
        template = self._catalogue.gettext(key)
        if template == key:
            raise KeyError(key)
        return template


@functools.cache
def wording(language: str) -> Wording:
    """The wording of one language; raises ValueError for one that has no catalogue."""
    if language not in LANGUAGES:
        raise ValueError(f"no catalogue for the language {language!r}")
    return Wording(language)


def _catalogue(language: str) -> gettext.GNUTranslations:
    """Read a catalogue from its text form, so that no compiled copy can fall behind it."""
    path = resources.files("doctocbot.locales") / language / "LC_MESSAGES" / "doctocbot.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _spans(template: str, values: dict[str, Span]) -> Iterator[Span]:
    """The pieces of a sentence; words of ours between backticks are something to type, with what is filled in."""
    typed: list[str] | None = None
    for literal, name, _, _ in string.Formatter().parse(template):
        for index, part in enumerate(literal.split("`")):
            if index and typed is not None:
                yield Code("".join(typed))
                typed = None
            elif index:
                typed = []
            if typed is not None:
                typed.append(part)
            elif part:
                yield part
        if name and typed is not None:
            typed.append(plain_span(values[name]))
        elif name:
            yield values[name]
