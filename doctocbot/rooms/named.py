"""The people whom a command names: by user id, or by mentions that a client has put into the message."""

import re

from doctocbot.chat.replies import Conversation, Refusal
from doctocbot.matrix import RoomState

_USER_ID = re.compile(r"@[^:\s]+:[^\s,;]+")


def people_named(c: Conversation, words: str, room: RoomState) -> tuple[list[str], str]:
    """Whom words name, each once, and the words without them.

    A mention stands in the words as the name that the person has in the room. Raises a Refusal where nobody is named.
    """
    typed = [match.rstrip(".!?)") for match in _USER_ID.findall(words)]
    if typed:
        return list(dict.fromkeys(typed)), _tidied(_USER_ID.sub(" ", words))
    mentions = c.event.message.get("m.mentions")
    listed = mentions.get("user_ids") if isinstance(mentions, dict) else None
    people = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    people = [each for each in dict.fromkeys(people) if each != c.bot]
    if not people:
        raise Refusal("members.whom")
    for name in sorted((room.display_name(each) for each in people), key=len, reverse=True):
        words = re.sub(rf"@?{re.escape(name)}:?", " ", words, flags=re.IGNORECASE)
    return people, _tidied(words)


def _tidied(words: str) -> str:
    return " ".join(words.split()).strip(" ,;:")
