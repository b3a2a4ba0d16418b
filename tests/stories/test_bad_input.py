"""Bad input: each gets a clear answer or a deliberate silence, and nothing is lost."""

import re

import pytest

from tests.stories.ward import Ward, card, says

pytestmark = pytest.mark.homeserver

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"><a href="javascript:x">Dr</a>&<h1>#1'
_ALLOWED = re.compile(r'</?(?:h4|p|blockquote|ul|li|strong|em|code)>|<br>|<a href="https?://[^"<>]*">|</a>')


async def test_hostile_html_stays_text_everywhere(ward: Ward) -> None:
    """Markup in a nickname, a case, a tag, an opinion, an outcome or a command is shown as typed, never as markup."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    await lea.client.request(
        "PUT", f"/_matrix/client/v3/profile/{lea.user_id}/displayname", {"displayname": HOSTILE}
    )
    room = await ward.room(lea, [], bot)
    await lea.say(room, f"!cas {HOSTILE} #dermato<b>")
    root = await lea.wait_for(room, card(bot), what="the card")
    await lea.say(room, f"!avis {HOSTILE}", thread=root.event_id)
    await lea.say(room, f"!ref https://example.org/?a=<b>&x=\"'{HOSTILE}", thread=root.event_id)
    await lea.say(room, f"!clore {HOSTILE}", thread=root.event_id)
    await lea.say(room, f"!lescas {HOSTILE}")
    await lea.say(room, f"!aide {HOSTILE}")
    await lea.say(room, "!résumé", thread=root.event_id)
    await lea.wait_for(room, says(bot.user_id, "Résumé de #"), what="the summary")
    said = [e for e in lea.timeline(room) if e.sender == bot.user_id and e.type == "m.room.message"]
    for event in said:
        html = str((event.content.get("m.new_content") or event.content).get("formatted_body", ""))
        assert "<" not in _ALLOWED.sub("", html), html


async def test_the_longest_text_that_fits_an_event_becomes_a_case(ward: Ward) -> None:
    """A case almost as long as an event can be is tracked, its card is cut with an ellipsis, and the bot goes on."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    await lea.say(room, "!cas " + 'é"<' * 5_000)
    root = await lea.wait_for(room, card(bot), what="the card")
    await lea.wait_for(
        room, lambda e: e.replaces == root.event_id and "…" in str(e.content), what="the words, cut"
    )
    await lea.say(room, "!lescas")
    await lea.wait_for(room, says(bot.user_id, "Cas ouverts (1)"), what="the list, afterwards")


async def test_a_text_of_100_kb_is_refused_by_the_server_and_harms_nobody(ward: Ward) -> None:
    """More than an event can hold never reaches the bot; it goes on answering."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    with pytest.raises(Exception, match="M_TOO_LARGE"):
        await lea.say(room, "!cas " + "a" * 100_000)
    await lea.say(room, "!cas douleur abdominale")
    await lea.wait_for(room, card(bot), what="the card of the shorter one")


@pytest.mark.parametrize("content", [
    {"msgtype": "m.text"},
    {"msgtype": "m.text", "body": 7},
    {"msgtype": 5, "body": "!cas x"},
    {"msgtype": "m.text", "body": "!avis x", "m.relates_to": "no object"},
    {"msgtype": "m.text", "body": "!avis x", "m.relates_to": {"rel_type": ["m.thread"], "event_id": {}}},
    {"msgtype": "m.image", "body": "x", "file": {"url": "mxc://../..", "key": {}}},
    {"msgtype": "m.image", "body": "x"},
    {"msgtype": "m.text", "body": "half a character: \ud800"},
])  # fmt: skip
async def test_malformed_events_are_survived(ward: Ward, content: dict[str, object]) -> None:
    """An event that is not what its type promises is ignored or refused, and what comes after it is answered."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    await lea.send_raw(room, "m.room.message", content)
    await lea.say(room, "!lescas")
    await lea.wait_for(room, says(bot.user_id, "Aucun cas"), what="the answer to what came later")


async def test_commands_in_clear_text_are_not_obeyed(ward: Ward) -> None:
    """A plain-text command in an encrypted room could be anybody's: it is met with silence."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    await lea.send_raw(
        room, "m.room.message", {"msgtype": "m.text", "body": "!cas en clair"}, encrypted=False
    )
    await lea.say(room, "!lescas")
    await lea.wait_for(room, says(bot.user_id, "Aucun cas"), what="the answer to the encrypted one")


async def test_bots_do_not_answer_each_other(ward: Ward) -> None:
    """A notice, or anything marked as a bot's, is never answered."""
    bot = await ward.bot()
    lea = await ward.person("lea")
    await ward.serve(bot)
    room = await ward.room(lea, [], bot)
    await lea.send_raw(room, "m.room.message", {"msgtype": "m.notice", "body": "!cas notice"})
    await lea.send_raw(
        room, "m.room.message", {"msgtype": "m.text", "body": "!cas robot", "org.doctocbot.bot": True}
    )
    await lea.say(room, "!lescas")
    await lea.wait_for(room, says(bot.user_id, "Aucun cas"), what="the answer to a person")
