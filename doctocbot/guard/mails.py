"""Mail addresses, also where the sign is spelled out: name (at) hospital.fr."""

import re
from collections.abc import Iterator

_SIGN = re.compile(r"@| ?[\[(] ?(?:at|arobase) ?[\])] ?", re.IGNORECASE)
_LOCAL_END = re.compile(r"[\w.%+'\-]")
_DOMAIN = re.compile(r"(?:[^\W_][\w\-]{0,62}\.){1,6}[^\W\d_]{2,24}(?!\w)")
_MOST_LOCAL = 64


def mails(text: str) -> Iterator[tuple[int, int]]:
    """Find mail addresses, from the sign outwards, so that a long text without one costs nothing."""
    last = 0
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
