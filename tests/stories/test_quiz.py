"""A quiz from a closed case: consent, hidden votes, one result."""

import pytest

from doctocbot.demo.person import Person
from tests.stories.ward import BotAccount, Ward, card, joined, redacted, says

pytestmark = pytest.mark.homeserver

POLL = "org.matrix.msc3381.poll.start"


async def _closed_case(bot: BotAccount, room: str, lea: Person, omar: Person) -> str:
    await lea.say(room, "!cas Enfant de 3 ans, éruption #dermato")
    root = await omar.wait_for(room, card(bot), what="the card")
    for opinion in ("rubéole", "rougeole", "syndrome de Gianotti-Crosti"):
        await omar.say(room, f"!avis {opinion}", thread=root.event_id)
    await lea.say(room, "!clore certain Gianotti-Crosti", thread=root.event_id)
    await lea.wait_for(room, says(bot.user_id, "devenir un quiz"), what="the question of consent")
    return root.event_id


async def test_a_quiz_from_consent_to_result(ward: Ward) -> None:
    """Nobody is asked before the author agrees; the last vote counts, by poll or by word; nobody is named."""
    bot = await ward.bot()
    lea, omar, ines = await ward.person("lea"), await ward.person("omar"), await ward.person("ines")
    await ward.serve(bot)
    room = await ward.room(lea, [omar, ines], bot)
    root = await _closed_case(bot, room, lea, omar)
    await omar.say(room, "!quiz")
    await omar.wait_for(room, says(bot.user_id, "pas encore de question"), what="no quiz without consent")
    await omar.say(room, "!quiz permettre", thread=root)
    await omar.wait_for(room, says(bot.user_id, "Seul l'auteur"), what="only the author consents")
    await lea.say(room, "!quiz permettre", thread=root)
    await lea.wait_for(room, says(bot.user_id, "Merci."), what="the thanks")
    await omar.say(room, "!quiz")
    poll = await ines.wait_for(room, lambda e: e.type == POLL, what="the poll")
    start = poll.content[POLL]
    assert start["kind"] == "org.matrix.msc3381.poll.undisclosed"
    texts = {each["id"]: each["org.matrix.msc1767.text"] for each in start["answers"]}
    assert len(texts) == 3, "the outcome is one of the opinions given, so it stands once"
    right = next(letter for letter, text in texts.items() if "Gianotti" in text)
    wrong = next(letter for letter in texts if letter != right)

    await ines.vote(room, poll.event_id, wrong)
    await ines.vote(room, poll.event_id, right)
    await ines.say(room, "!quiz stop")
    await ines.wait_for(room, says(bot.user_id, "Seuls qui a lancé"), what="who may stop it")
    # Last: when everybody has answered, the question ends by itself.
    typed = await omar.say(room, f"!réponse {wrong.lower()}")
    await ines.wait_for(room, redacted(typed), what="the typed answer taken away")
    await omar.say(room, "!quiz stop")
    result = await ines.wait_for(room, says(bot.user_id, "La bonne réponse"), what="the result")
    assert result.thread == poll.event_id
    assert f"✅ {texts[right]} — 1" in result.body
    assert f"{texts[wrong]} — 1" in result.body
    assert ines.user_id not in str(result.content)
    await ines.wait_for(room, lambda e: e.type == "org.matrix.msc3381.poll.end", what="the end of the poll")


async def test_a_quiz_ends_by_itself_also_after_a_restart(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end stands in the database: a bot that was down at that moment ends the quiz when it is back."""
    monkeypatch.setattr("doctocbot.quiz.desk._MINUTE_MS", 3_000)
    bot = await ward.bot(quiz={"minutes": 1})
    lea, omar = await ward.person("lea"), await ward.person("omar")
    async with bot.serving():
        room = await ward.room(lea, [omar], bot)
        root = await _closed_case(bot, room, lea, omar)
        await lea.say(room, "!quiz permettre", thread=root)
        await lea.say(room, "!quiz")
        poll = await omar.wait_for(room, lambda e: e.type == POLL, what="the poll")
    letter = poll.content[POLL]["answers"][0]["id"]
    await omar.vote(room, poll.event_id, letter)
    await ward.serve(bot)
    result = await lea.wait_for(room, says(bot.user_id, "La bonne réponse"), what="the result")
    assert sum(says(bot.user_id, "La bonne réponse")(e) for e in lea.timeline(room)) == 1
    assert result.thread == poll.event_id
    assert f"{letter}. " in result.body
    assert " — 1" in result.body, "the vote cast while the bot was down counts"


async def test_an_answer_in_private_ends_the_question_of_the_room(ward: Ward) -> None:
    """Everybody who was asked has answered, one by poll and one in a direct chat where the room sees nothing of it."""
    bot = await ward.bot()
    lea, omar, ines = await ward.person("lea"), await ward.person("omar"), await ward.person("ines")
    await ward.serve(bot)
    room = await ward.room(lea, [omar, ines], bot)
    root = await _closed_case(bot, room, lea, omar)
    chat = await ines.create_room(None, invite=[bot.user_id], direct=True)
    await ines.wait_for(chat, joined(bot.user_id), what="the bot in the direct chat")
    await lea.say(room, "!quiz permettre", thread=root)
    await lea.say(room, "!quiz")
    poll = await omar.wait_for(room, lambda e: e.type == POLL, what="the poll")
    texts = {each["id"]: each["org.matrix.msc1767.text"] for each in poll.content[POLL]["answers"]}
    right = next(letter for letter, text in texts.items() if "Gianotti" in text)
    await ines.say(chat, f"!réponse {right}")
    await ines.wait_for(chat, says(bot.user_id, "Compté pour la question"), what="the confirmation")
    assert not any(says(bot.user_id, "La bonne réponse")(e) for e in lea.timeline(room))
    await omar.vote(room, poll.event_id, right)
    result = await lea.wait_for(room, says(bot.user_id, "La bonne réponse"), what="the result")
    assert f"✅ {texts[right]} — 2" in result.body
    assert result.thread == poll.event_id
