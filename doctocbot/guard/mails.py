"""Mail addresses, also where the sign is spelled out: name (at) hospital.fr."""

import re
from collections.abc import Iterator

from doctocbot.guard.findings import Passage, spans

_PROVIDER = (
    r"(?:gmail|googlemail|hotmail|outlook|orange|wanadoo|free|laposte|yahoo|ymail|sfr|icloud|live|msn|aol|protonmail|proton|bbox|numericable|neuf"
    r"|bluewin|skynet|videotron|sympatico|nhs|btinternet|comcast|gmx|me|aphp|ap-hm|chu-[a-z]{3,15}|mssante|apicrypt|medical)"
)
_TOP = r"(?:com|fr|net|org|ca|ch|be|uk|eu|lu|ie|info|edu|gov|co\.uk|nhs\.uk)"
# Typed with a space, a comma or words: "m.dupont @ gmail . com", "marie dupont arobase orange point fr", "x at gmail dot com".
_SPELLED = re.compile(
    rf"(?<![\w.])(?P<id>[\w.+\-]{{2,40}} ?(?:@| at |\barobase\b|\bchez\b|\(a\)) ?(?:{_PROVIDER}|[\w\-]{{2,30}}(?= ?(?:\bpoint\b|\bdot\b|\[\.\])))"
    rf"(?: ?(?:[.,]|\bpoint\b|\bdot\b|\[\.\]) ?{_TOP})(?!\w))",
    re.IGNORECASE,
)
# The end was forgotten: marie.dupont@gmail
_CUT = re.compile(rf"(?<![\w.])[\w.+\-]{{2,40}}@{_PROVIDER}(?![\w.:])", re.IGNORECASE)
_SIGN = re.compile(r"@| ?[\[({<] ?(?:at|arobase|a) ?[\])}>] ?", re.IGNORECASE)
_LOCAL_END = re.compile(r"[\w.%+'\-]")
_DOMAIN = re.compile(r"(?:[^\W_][\w\-]{0,62}\.){1,6}[^\W\d_]{2,24}(?!\w)")
_MOST_LOCAL = 64
_SAID = frozenset(["at", "arobase", "chez", "a"]) - frozenset("a")


def mails(passage: Passage) -> Iterator[tuple[int, int]]:
    """Find mail addresses, from the sign outwards, so that a long text without one costs nothing."""
    text, last = passage.text, 0
    for sign in _SIGN.finditer(text):
        domain = _DOMAIN.match(text, sign.end())
        if domain is None:
            continue
        start = sign.start()
        least = max(last, start - _MOST_LOCAL)
        while start > least and _LOCAL_END.match(text, start - 1):
            start -= 1
        while start < sign.start() and not text[start].isalnum():
            start += 1
        if start < sign.start():
            last = domain.end()
            yield start, last
    if "@" in text or passage.has(_SAID):
        yield from spans(_SPELLED, text)
        yield from spans(_CUT, text)
