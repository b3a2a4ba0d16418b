"""Everybody in the room as witnesses: a thing has happened once each of them has seen it on their own device."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from doctocbot.demo.cast import Cast, Role
from doctocbot.demo.seen import SeenEvent

Test = Callable[[SeenEvent], bool]

PATIENCE = 30.0
"""Seconds that a witness waits for one thing: far more than it takes, also on a busy machine."""


class NotSeen(AssertionError):
    """Something in view is not as it should be."""


def check(holds: bool, what: str) -> None:
    """Raise NotSeen, saying what is wrong, unless something holds."""
    if not holds:
        raise NotSeen(what)


class Audience:
    """The cast in one room, and what all of them see there."""

    def __init__(self, cast: Cast, bot: str, room: str = "") -> None:
        self.cast = cast
        self.bot = bot
        self.room = room
        """Set once there is one."""

    async def sees(self, role: Role, test: Test, what: str) -> SeenEvent:
        """What one person sees; AssertionError says what was awaited in vain."""
        return await self.cast[role].wait_for(self.room, test, PATIENCE, what)

    async def all_see(self, test: Test, what: str) -> SeenEvent:
        """What everybody sees; the event as the first of them does."""
        return (await asyncio.gather(*(self.sees(role, test, what) for role in self.cast)))[0]

    async def all_meet(self, event_id: str, what: str) -> SeenEvent:
        """Everybody's device has met this event, though it may be gone again by now."""
        return await self.all_see(lambda seen: seen.event_id == event_id, what)

    async def all_see_event(self, event_id: str, what: str) -> SeenEvent:
        """Everybody reads this event, and knows it to come from a verified device."""
        return await self.all_see(
            lambda seen: seen.event_id == event_id and seen.decrypted and seen.verified, what
        )

    async def all_see_bot(self, test: Test, what: str) -> SeenEvent:
        """Everybody sees something that the bot sent encrypted, from its signed device."""
        return await self.all_see(
            lambda seen: seen.sender == self.bot and seen.decrypted and seen.verified and test(seen), what
        )

    async def all_see_card(self, card: str, *words: str) -> Mapping[str, Any]:
        """Everybody sees the card say all these words at once; returns its content."""

        def says_so(seen: SeenEvent) -> bool:
            body = _plain(str(seen.content.get("m.new_content", {}).get("body", "")))
            return seen.replaces == card and all(_plain(word) in body for word in words)

        edit = await self.all_see_bot(says_so, f"the card with: {', '.join(words)}")
        shown: Mapping[str, Any] = edit.content["m.new_content"]
        return shown

    async def all_see_gone(self, event_id: str, what: str) -> None:
        """Everybody's device has let go of what this event said."""
        await self.all_see(gone(event_id), what)

    async def all_download(self, event: SeenEvent) -> bytes:
        """Everybody downloads the file of an event, and all hold the same bytes, which are returned."""
        copies = await asyncio.gather(*(self.cast[role].fetch_media(event.content) for role in self.cast))
        check(len(set(copies)) == 1, "not everybody was given the same file")
        return copies[0]

    def from_bot(self, role: Role) -> Iterator[SeenEvent]:
        """All that one person has of the bot's events whose content ought to be encrypted."""
        in_the_clear = ("m.room.member", "m.room.redaction", "m.reaction")
        for seen in self.cast[role].timeline(self.room):
            if seen.sender == self.bot and seen.type not in in_the_clear:
                yield seen


def gone(event_id: str) -> Test:
    """Whether something is this event, redacted."""
    return lambda seen: seen.event_id == event_id and seen.redacted


def answers_to(event_id: str) -> Test:
    """Whether something is a reply to this event."""
    return lambda seen: seen.relation.get("m.in_reply_to", {}).get("event_id") == event_id


def _plain(words: str) -> str:
    """Words without what typography adds to them."""
    return words.translate({0x2019: "'", 0xA0: " ", 0x202F: " "})
