"""The people whom a command names: by user id, or by mentions that a client has put into the message.

A mention stands in the words as a name, which its bearer has chosen: it may be anything, also somebody else's id. So
what the client says of it counts, and what is not sure names nobody.
"""

import re
import unicodedata
from collections.abc import Mapping
from html import unescape
from urllib.parse import unquote

from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import RoomState

_USER_ID = re.compile(r"@[^@:\s]{1,255}:[^@\s,;]{1,255}")
_PILL = re.compile(
    r'<a href="https://matrix\.to/#/(@[^"?<>]{1,300})(?:\?[^"<>]{0,300})?"[^<>]{0,300}>([^<>]{0,1000})</a>'
)
_END_OF_QUOTATION = "</mx-reply>"


def people_named(c: Conversation, words: str, room: RoomState) -> tuple[list[str], str]:
    """Whom words name, each once, and the words without them; raises a Refusal where nobody is named."""
    people, rest = named(c, words, room)
    if not people:
        raise Refusal("members.whom")
    return people, rest


def named(c: Conversation, words: str, room: RoomState) -> tuple[list[str], str]:
    """Whom words name, each once, perhaps nobody, and the words without them.

    Raises a Refusal where it is not sure who is meant.
    """
    names = _pills(c)
    sure = bool(names)
    if not sure:
        names = {user: room.display_name(user) for user in _mentioned(c)}
    stand, rest = _taken_out(" ".join(words.split()), names)
    if not sure:
        alike = len({name.casefold() for name in names.values()}) < len(names)
        if c.event.replies_to is not None:
            # Clients mention whom a message answers by themselves.
            names = {user: name for user, name in names.items() if user in stand}
        if names and (alike or any(_misleads(user, name) for user, name in names.items())):
            raise Refusal("members.whom")
    typed = [match.rstrip(".!?)") for match in _USER_ID.findall(rest)]
    return list(dict.fromkeys((*names, *typed))), _tidied(_USER_ID.sub(" ", rest))


def _pills(c: Conversation) -> dict[str, str]:
    """The people whom the message shows as pills, as clients write them beside its words, with the words of each."""
    html = c.event.message.get("formatted_body")
    if not isinstance(html, str):
        return {}
    found = _PILL.findall(html.rpartition(_END_OF_QUOTATION)[2])
    pills = {unquote(unescape(user)): " ".join(unescape(words).split()) for user, words in found}
    return {user: words for user, words in pills.items() if user != c.bot}


def _mentioned(c: Conversation) -> list[str]:
    """Who is listed as mentioned (spec, "User and room mentions")."""
    mentions = c.event.message.get("m.mentions")
    listed = mentions.get("user_ids") if isinstance(mentions, Mapping) else None
    people = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    return [each for each in dict.fromkeys(people) if each != c.bot]


def _taken_out(words: str, names: Mapping[str, str]) -> tuple[set[str], str]:
    """Whose names stand in the words, and the words without them, the longest first and each once."""
    stand: set[str] = set()
    for user, name in sorted(names.items(), key=lambda each: len(each[1]), reverse=True):
        bare = unicodedata.normalize("NFC", name).removeprefix("@")
        pattern = rf"(?<!\w)@?{re.escape(bare)}(?!\w):?"
        words, count = re.subn(pattern, " ", words, count=1, flags=re.IGNORECASE)
        if bare and count:
            stand.add(user)
    return stand, words


def _misleads(user: str, name: str) -> bool:
    """Whether somebody goes by what could be another's id."""
    return name != user and _USER_ID.search(name) is not None


def _tidied(words: str) -> str:
    return " ".join(words.split()).strip(" ,;:")
