"""One message that cannot be handled costs nobody else an answer."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from doctocbot.cases import desk
from doctocbot.chat.replies import Conversation
from doctocbot.demo.person import Person
from tests.stories.plainnio import PlainBot
from tests.stories.ward import Ward, answers, card, caught_up

pytestmark = pytest.mark.homeserver

_WORDS = "fracture Pouteau-Colles Lavalliere"


async def test_a_handler_that_fails_is_told_marked_and_passed_over(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When handling one answer fails its author is told, the next one counts, and no log holds a word of it."""
    bot = await ward.bot()
    lea, omar = await ward.person("lea"), await ward.person("omar")
    await ward.serve(bot)
    room = await ward.room(lea, [omar], bot)
    await lea.say(room, "!cas poignet douloureux")
    root = (await omar.wait_for(room, card(bot), what="the card")).event_id
    _choke_on(monkeypatch, _WORDS)
    with capture_logs() as logs:
        choked = await omar.say(room, _WORDS, thread=root)
        told = await omar.wait_for(room, answers(bot, choked), what="the apology")
        await omar.say(room, "entorse", thread=root)
        await lea.wait_for(
            room, lambda e: e.replaces == root and "1 réponse" in str(e.content), what="the count"
        )
    assert "Quelque chose a échoué" in told.body
    assert told.thread == root
    async with bot.database() as database:
        row = await database.run(lambda tx: tx.row("SELECT * FROM inbox WHERE event_id = :id", id=choked))
    assert row is not None
    assert (row["state"], row["event"]) == ("failed", None)
    assert [entry["kind"] for entry in logs if entry["event"] == "handler failed"] == ["ValueError"]
    assert not [word for word in _WORDS.split() if word in str(logs) + caplog.text]


def _choke_on(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    hear = desk.hear

    def choking(c: Conversation) -> bool:
        heard = hear(c)
        if words in c.event.text:
            raise ValueError(f"a bug that quotes: {c.event.text}")
        return heard

    monkeypatch.setattr(desk, "hear", choking)


async def test_plain_nio_loses_what_came_with_a_message_that_its_handler_fails_on(ward: Ward) -> None:
    """A failing callback, like a crash in it, ends plain nio's sync for good, token saved: the rest never comes."""
    lea = await ward.person("lea")
    room = await ward.room(lea)
    plain = await PlainBot.in_room(ward, room, lea)
    plain.chokes_on = await lea.say(room, "poison")
    lost = await lea.say(room, "!cas urgent")
    with pytest.raises(ValueError, match="a handler that fails"):
        await plain.catch_up()
    plain.chokes_on = None
    later = await lea.say(room, "!cas suivant")
    await plain.catch_up()
    assert plain.heard == [later]
    assert lost not in plain.heard


# -- what a member's own, hostile client can encrypt


def _nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


_PLAINTEXTS = [
    r'{"msgtype":"m.text","body":"!cas demi-caract\u00e8re \ud83d perdu"}',
    r'{"msgtype":"m.text","body":"!cas x","m.relates_to":{"rel_type":"m.thread","event_id":"\udc00"}}',
    r'{"msgtype":"m.text","body":"!cas x\u0000y"}',
    r'{"msgtype":"m.image","body":"\ud83d","filename":"\ud83d","file":{"url":"mxc://a/\ud83d"}}',
    f'{{"msgtype":"m.text","body":"!cas x","deep":{_nested(6_000)}}}',
    f'{{"msgtype":"m.text","body":"!cas x","deep":{_nested(900)}}}',
    f'{{"msgtype":"m.text","body":"!cas x","n":{"9" * 5_000}}}',
    '{"msgtype":"m.text","body":"!cas x","n":NaN}',
]


async def test_no_plaintext_stops_the_bot(ward: Ward) -> None:
    """Whatever a hostile client encrypts, what the next member asks is answered, before and after a restart."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    async with bot.serving():
        room = await ward.room(lea, [], bot)
        await caught_up(lea, room, bot)
        for content in _PLAINTEXTS:
            await _say_plaintext(lea, room, content)
        await caught_up(lea, room, bot)
    async with bot.serving():
        await caught_up(lea, room, bot)


async def _say_plaintext(person: Person, room: str, content: str) -> None:
    """Encrypt a content that no honest client would write, letter for letter."""
    session = person.client.machine.outbound_group_sessions[room]
    payload = f'{{"type":"m.room.message","room_id":{json.dumps(room)},"content":{content}}}'
    encrypted: dict[str, Any] = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "sender_key": person.client.machine.account.identity_keys["curve25519"],
        "device_id": person.client.device_id,
        "session_id": session.id,
        "ciphertext": session.encrypt(payload),
    }
    await person.send_raw(room, "m.room.encrypted", encrypted, encrypted=False)
