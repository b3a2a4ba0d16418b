"""French typography for what the demo says: the spaces before double punctuation that may not break a line."""

import re

NO_BREAK, THIN_NO_BREAK = "\u00a0", "\u202f"

_THIN = re.compile(r" (?=[;!?](?:\s|$))")
_WIDE = re.compile(r" (?=[:»](?:[\s,.;)]|$))|(?<=«) ")


def french(text: str) -> str:
    """The same words with thin no-break spaces before ; ! ? and no-break ones before : and inside « ».

    A command such as `!cas` keeps the ordinary space before it.
    """
    return _WIDE.sub(NO_BREAK, _THIN.sub(THIN_NO_BREAK, text))
