"""Closed rooms only: whom the bot follows into which room, and what it does when a room opens (DESIGN section 7)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from doctocbot.demo.person import Person
from doctocbot.demo.seen import SeenEvent
from doctocbot.matrix.homeserver import HomeserverGateway
from tests.images import metadata, photos
from tests.stories.powercut import PowerCut
from tests.stories.ward import BotAccount, Ward, card, caught_up, joined, redacted, says

pytestmark = pytest.mark.homeserver

_PHOTO = photos.jpeg_with(photos.exif_segment(metadata.tiff_block()))
_NOT_SERVED = "Je ne peux pas travailler dans ce salon"


def _said(bot: BotAccount, person: Person, room: str) -> list[SeenEvent]:
    """Everything that the bot has said in a room."""
    return [e for e in person.timeline(room) if e.sender == bot.user_id and e.type != "m.room.member"]


def _left(user_id: str) -> Callable[[SeenEvent], bool]:
    return lambda e: (
        e.type == "m.room.member"
        and e.raw.get("state_key") == user_id
        and e.content.get("membership") == "leave"
    )


def _restricted_to(room: str) -> dict[str, Any]:
    return {"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": room}]}


# -- invitations


async def test_only_the_invitation_of_an_allowed_person_is_accepted(ward: Ward) -> None:
    """The bot joins the room of somebody in `rooms.allowed_inviters` and declines what others invite it to."""
    lea, mallory = await ward.person("lea"), await ward.person("mallory")
    bot = await ward.bot(rooms={"allowed_inviters": [lea.user_id]})
    foreign = await mallory.create_room("Autre", invite=[bot.user_id])
    await ward.serve(bot)
    await mallory.wait_for(foreign, _left(bot.user_id), what="the bot declining")
    room = await ward.room(lea, [mallory], bot)
    await mallory.say(room, "!cas d'un membre qui n'a pas le droit d'inviter")
    await lea.wait_for(room, card(bot), what="the card")
    assert not [e for e in mallory.timeline(foreign) if joined(bot.user_id)(e)]


async def test_put_out_and_asked_back_in_the_bot_goes_on(ward: Ward) -> None:
    """Kicked by mistake and invited again, it serves the room as before and remembers its cases."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    await lea.say(room, "!cas avant")
    await lea.wait_for(room, says(bot.user_id, "avant"), what="the card")
    await lea.kick(room, bot.user_id)
    missed = await lea.say(room, "!cas pendant son absence")
    await lea.invite(room, bot.user_id)
    await lea.wait_for(
        room, lambda e: joined(bot.user_id)(e) and e.sent_at > _sent(lea, missed), what="it back"
    )
    await lea.say(room, "!cas après")
    second = await lea.wait_for(room, card(bot, 2), what="the second card")
    await lea.wait_for(
        room, lambda e: e.replaces == second.event_id and "après" in str(e.content), what="its words"
    )


def _sent(person: Person, event_id: str) -> int:
    event = person.seen.event(event_id)
    return event.sent_at if event else 0


# -- rooms that open and close


@pytest.mark.parametrize(("type_", "opened", "closed", "why"), [
    ("m.room.join_rules", {"join_rule": "public"}, {"join_rule": "invite"}, "N'importe qui peut y entrer"),
    ("m.room.history_visibility", {"history_visibility": "world_readable"}, {"history_visibility": "shared"},
     "lire l'historique"),
], ids=["anybody may join", "anybody may read"])  # fmt: skip
async def test_an_open_room_is_told_once_why_and_served_when_it_is_closed(
    ward: Ward, type_: str, opened: dict[str, Any], closed: dict[str, Any], why: str
) -> None:
    """Open when the bot comes, closed, and opened again: each opening is explained once, encrypted; then silence."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    elsewhere = await ward.room(omar, [], bot)
    room = await ward.room(lea, [omar], bot, **opened)
    await lea.wait_for(room, _explains(bot, why), what="the explanation to a room that is open")
    await lea.say(room, "!cas ignoré")
    await caught_up(omar, elsewhere, bot)
    await lea.set_state(room, type_, closed)
    await caught_up(lea, room, bot)
    await lea.set_state(room, type_, opened)
    await lea.wait_for(room, lambda _: len(_said(bot, lea, room)) == 3, what="the explanation to its opening")
    await lea.say(room, "!cas ignoré aussi")
    photo = await lea.send_image(room, _PHOTO)
    await caught_up(omar, elsewhere, bot)
    await lea.set_state(room, type_, closed)
    await lea.say(room, "!cas à voir")
    await lea.wait_for(room, card(bot, 1), what="the first case of all")
    said = _said(bot, lea, room)
    assert [_explains(bot, why)(event) for event in said[:4]] == [True, False, True, False]
    assert all(event.encrypted and event.verified for event in said)
    assert not [event for event in lea.timeline(room) if redacted(photo)(event)]


def _explains(bot: BotAccount, why: str) -> Callable[[SeenEvent], bool]:
    return lambda event: says(bot.user_id, _NOT_SERVED)(event) and why in event.body


async def test_a_restricted_room_is_as_closed_as_the_room_it_lets_in(ward: Ward) -> None:
    """Open to the members of a closed room where the bot is: served; not so while that one is open, or unseen."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    parent, unseen = await ward.room(lea, [], bot), await lea.create_room("Inconnu")
    child = await ward.room(lea, [], bot, join_rule=_restricted_to(parent))
    await caught_up(lea, child, bot)
    await lea.set_state(parent, "m.room.join_rules", {"join_rule": "public"})
    await lea.wait_for(child, says(bot.user_id, _NOT_SERVED), what="the explanation in the child")
    await lea.set_state(parent, "m.room.join_rules", {"join_rule": "invite"})
    await caught_up(lea, parent, bot)
    await caught_up(lea, child, bot)
    orphan = await ward.room(lea, [], bot, join_rule=_restricted_to(unseen))
    told = await lea.wait_for(orphan, says(bot.user_id, _NOT_SERVED), what="the explanation in the orphan")
    assert "que je ne vois pas" in told.body


async def test_guest_access_is_no_reason_to_refuse(ward: Ward) -> None:
    """Element leaves it on in every private room; a guest still needs an invitation there."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    await lea.set_state(room, "m.room.guest_access", {"guest_access": "can_join"})
    await caught_up(lea, room, bot)
    assert not [event for event in _said(bot, lea, room) if says(bot.user_id, _NOT_SERVED)(event)]


# -- rooms without encryption


async def test_an_unencrypted_room_is_left_without_a_word_in_clear(ward: Ward) -> None:
    """The bot leaves it, saying why in its leaving, sends nothing, and comes back when it is encrypted."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    room = await lea.create_room("En clair", encrypted=False, invite=[bot.user_id])
    await lea.say(room, "!cas en clair")
    await ward.serve(bot)
    left = await lea.wait_for(room, _left(bot.user_id), what="the bot leaving")
    assert "chiffré" in str(left.content["reason"])
    await lea.set_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    await lea.set_power_level(room, bot.user_id, 50)
    assert not _said(bot, lea, room)
    await lea.invite(room, bot.user_id)
    await lea.wait_for(room, lambda e: joined(bot.user_id)(e) and e.sent_at > left.sent_at, what="it back")
    await caught_up(lea, room, bot)
    assert all(event.encrypted for event in _said(bot, lea, room))
    assert not [event for event in _said(bot, lea, room) if card(bot)(event)]


async def test_an_unencrypted_room_is_left_even_after_a_power_cut(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between seeing what kind of room it is and leaving it, the bot leaves it at its next start."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    room = await lea.create_room("En clair", encrypted=False, invite=[bot.user_id])
    with monkeypatch.context() as during:
        power = PowerCut(during)
        power.before(HomeserverGateway, "leave")
        async with bot.serving(ready=False):
            await asyncio.wait_for(power.reached.wait(), 20)
    async with bot.serving():
        await lea.wait_for(room, _left(bot.user_id), what="the bot leaving")
    assert not _said(bot, lea, room)


# -- who is in, and how rooms are made


@pytest.mark.parametrize("version", ["10", "12"])
async def test_old_and_new_room_versions_are_served_alike(ward: Ward, version: str) -> None:
    """The creator moderates, the bot redacts, and a redaction is understood, in version 10 as in version 12."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot, room_version=version)
    photo = await omar.send_image(room, _PHOTO, caption="!cas genou")
    root = (await lea.wait_for(room, card(bot), what="the card")).event_id
    await lea.wait_for(room, redacted(photo), what="the redaction of the original")
    await lea.say(room, "!clore entorse", thread=root)
    await lea.wait_for(room, lambda e: e.replaces == root and "· clos" in str(e.content), what="the closing")
    regretted = await omar.say(room, "!cas trop précis")
    second = (await lea.wait_for(room, card(bot, 2), what="the second card")).event_id
    await omar.redact(room, regretted)
    await lea.wait_for(room, redacted(second), what="its withdrawal")


@pytest.mark.parametrize("goes", ["leaves", "is put out"])
async def test_who_is_no_longer_in_the_room_neither_commands_nor_votes(ward: Ward, goes: str) -> None:
    """What Omar commanded and voted just before he went, while the bot was down, is void; Nora's vote is not."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    ines, nora = await ward.person("ines"), await ward.person("nora")
    async with bot.serving():
        room = await ward.room(lea, [omar, ines, nora], bot)
        await omar.say(room, "!cas d'Omar")
        own = (await omar.wait_for(room, card(bot, 1), what="Omar's card")).event_id
        await lea.say(room, "!cas de Léa")
        other = (await omar.wait_for(room, card(bot, 2), what="Léa's card")).event_id
        opinion = await ines.say(room, "!avis entorse", thread=other)
        await caught_up(ines, room, bot)
    await omar.say(room, "!clore guéri", thread=own)
    await omar.react(room, opinion, "👍")
    await nora.react(room, opinion, "👍")
    await (omar.leave(room) if goes == "leaves" else lea.kick(room, omar.user_id))
    async with bot.serving():
        await caught_up(lea, room, bot)
    assert "· ouvert" in str(lea.latest(own)["body"])
    assert ": 2 d'accord" in str(lea.latest(other)["body"])


async def test_what_is_taken_back_goes_even_while_the_room_is_open(ward: Ward) -> None:
    """Léa deletes her case after the room was opened to everybody: the bot's copy and its words go at once."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    elsewhere = await ward.room(omar, [], bot)
    room = await ward.room(lea, [omar], bot)
    case = await lea.say(room, "!cas trop précis")
    words = await lea.wait_for(
        room, lambda e: bool(e.replaces) and "trop précis" in str(e.content), what="its words"
    )
    await lea.set_state(room, "m.room.join_rules", {"join_rule": "public"})
    await caught_up(omar, elsewhere, bot)
    await lea.redact(room, case)
    await lea.wait_for(room, redacted(words.event_id), what="the redaction of the card's words")
    async with bot.database() as database:
        assert await database.run(lambda tx: tx.value("SELECT text FROM medical_case")) is None
