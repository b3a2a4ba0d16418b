"""A member's identity is replaced in the middle: who is told, who gets keys, whom the bot obeys (DESIGN section 8)."""

from collections.abc import Mapping
from typing import Any

import pytest

from doctocbot.demo.person import Person
from doctocbot.matrix.crosssigning import VAULT_NAME, CrossSigning, ensure_cross_signed
from doctocbot.matrix.identities import is_held
from tests.stories.ward import BotAccount, Ward, answers, card, caught_up, joined, says

pytestmark = pytest.mark.homeserver


async def _with_new_identity(ward: Ward) -> tuple[Person, str]:
    """Somebody, and the password with which they can reset their identity."""
    user_id, password = await ward.new_user("marie")
    return await ward.device(user_id, password), password


async def _reset(person: Person, password: str) -> None:
    """What Element's "reset your identity" does: new cross-signing keys, and the device signed by them."""
    new = CrossSigning.generate(person.user_id)
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": person.user_id},
        "password": password,
    }
    await person.client.request(
        "POST", "/_matrix/client/v3/keys/device_signing/upload", new.upload_body() | {"auth": auth}
    )
    await person.vault.put(VAULT_NAME, new.seeds())
    person.cross_signing = await ensure_cross_signed(person.client, person.vault)


async def _chat_with(bot: BotAccount, person: Person) -> str:
    chat = await person.create_room(invite=[bot.user_id], direct=True)
    await person.wait_for(chat, joined(bot.user_id), what="the bot in the chat")
    return chat


def _reasons(person: Person) -> list[str]:
    """The codes with which keys are refused to somebody from now on."""
    codes: list[str] = []
    take = person.client.process_sync

    async def note(raw: Mapping[str, Any]) -> None:
        events = raw.get("to_device", {}).get("events", [])
        codes.extend(e["content"]["code"] for e in events if e["type"] == "m.room_key.withheld")
        await take(raw)

    person.client.process_sync = note  # type: ignore[method-assign]
    return codes


def _session(person: Person, event_id: str) -> str:
    event = person.seen.event(event_id)
    assert event is not None
    return str(event.raw["content"]["session_id"])


async def test_who_is_held_reads_nothing_new_and_commands_nothing_until_trusted(ward: Ward) -> None:
    """Marie's account shows another identity: no keys for it, no case from it, until her moderator trusts it."""
    bot = await ward.bot(trust={"on_identity_change": "hold"})
    await ward.serve(bot)
    lea = await ward.person("lea")
    marie, password = await _with_new_identity(ward)
    room = await ward.room(lea, [marie], bot)
    chat = await _chat_with(bot, lea)
    await marie.say(room, "!cas une éruption")
    first = await marie.wait_for(room, card(bot), what="the card")
    assert first.decrypted

    withheld = _reasons(marie)
    await _reset(marie, password)
    told = await lea.wait_for(chat, says(bot.user_id, marie.user_id), what="the word to the moderator")
    assert f"!mod confiance {marie.user_id}" in told.body
    refused = await marie.say(room, "!cas encore une")
    why = await lea.wait_for(room, answers(bot, refused), what="the refusal")
    assert "modérateur" in why.body
    await caught_up(lea, room, bot)
    assert sum(map(card(bot), lea.timeline(room))) == 1
    assert [event.decrypted for event in marie.timeline(room) if event.event_id == why.event_id] == [False]
    assert _session(lea, first.event_id) != _session(lea, why.event_id)
    assert set(withheld) == {"m.blacklisted"}
    again = await marie.say(room, "!cas et encore")
    await caught_up(lea, room, bot)
    assert not [event for event in lea.timeline(room) if answers(bot, again)(event)]

    asked = await lea.say(chat, f"!mod confiance {marie.user_id}")
    await lea.wait_for(chat, answers(bot, asked), what="the confirmation")
    await caught_up(lea, room, bot)
    opened = await marie.say(room, "!lescas")
    answer = await marie.wait_for(
        room, lambda e: e.decrypted and answers(bot, opened)(e), what="the answer, readable again"
    )
    assert answer.verified


async def test_a_hold_outlives_a_restart_of_the_bot(ward: Ward) -> None:
    """And a change that came while it was down is seen at the start."""
    bot = await ward.bot(trust={"on_identity_change": "hold"})
    lea = await ward.person("lea")
    marie, password = await _with_new_identity(ward)
    async with bot.serving():
        room = await ward.room(lea, [marie], bot)
        chat = await _chat_with(bot, lea)
        await caught_up(marie, room, bot)
    await _reset(marie, password)
    async with bot.serving():
        await lea.wait_for(chat, says(bot.user_id, marie.user_id), what="the word to the moderator")
    async with bot.serving():
        refused = await marie.say(room, "!lescas")
        why = await lea.wait_for(room, answers(bot, refused), what="the refusal")
        assert "modérateur" in why.body
        await caught_up(lea, room, bot)
        assert sum(map(says(bot.user_id, marie.user_id), lea.timeline(chat))) == 1
    async with bot.database() as database:
        assert await database.run(is_held, marie.user_id)


async def test_by_default_moderators_are_told_and_the_member_goes_on(ward: Ward) -> None:
    """A lost phone costs nobody a consultation."""
    bot = await ward.bot()
    await ward.serve(bot)
    lea = await ward.person("lea")
    marie, password = await _with_new_identity(ward)
    room = await ward.room(lea, [marie], bot)
    chat = await _chat_with(bot, lea)
    await caught_up(marie, room, bot)
    await _reset(marie, password)
    told = await lea.wait_for(chat, says(bot.user_id, marie.user_id), what="the word to the moderator")
    assert "!mod" not in told.body
    asked = await marie.say(room, "!lescas")
    await marie.wait_for(room, lambda e: e.decrypted and answers(bot, asked)(e), what="the answer, readable")


async def test_the_relaxed_setting_writes_to_nobody_who_is_held(ward: Ward) -> None:
    """`allow_unsigned_devices` is for devices that nobody signed, not for an account that may be somebody else's."""
    bot = await ward.bot(trust={"on_identity_change": "hold", "allow_unsigned_devices": True})
    await ward.serve(bot)
    lea = await ward.person("lea")
    marie, password = await _with_new_identity(ward)
    room = await ward.room(lea, [marie], bot)
    chat = await _chat_with(bot, lea)
    await caught_up(marie, room, bot)
    await _reset(marie, password)
    await lea.wait_for(chat, says(bot.user_id, marie.user_id), what="the word to the moderator")
    refused = await marie.say(room, "!cas une éruption")
    why = await lea.wait_for(room, answers(bot, refused), what="the refusal")
    await caught_up(lea, room, bot)
    assert [event.decrypted for event in marie.timeline(room) if event.event_id == why.event_id] == [False]
    assert not [event for event in lea.timeline(room) if card(bot)(event)]


async def test_the_operators_terminal_sits_beside_the_running_bot(ward: Ward) -> None:
    """Two processes and one database: the terminal waits, ends at a signal, and says so when no bot runs."""
    bot = await ward.bot()
    status, output = await (await bot.process("verify")).ended()
    assert status == 5
    assert "doctocbot run" in output
    serving = await bot.process("run")
    await serving.said("serving")
    terminal = await bot.process("verify", LC_ALL="C")
    await terminal.said("En attente")
    assert await terminal.stop() == 128 + 15
    assert await serving.stop() == 0
