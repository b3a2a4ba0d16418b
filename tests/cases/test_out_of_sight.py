"""What a case has left elsewhere goes with it: exports, votes with reasons, refused commands, edits while hidden."""

import pytest

from tests.desk import LEA, MARC, MODO, NORA, Desk

pytest_plugins = ["tests.desk_fixtures"]
MODOS_CHAT, MARCS_CHAT = "!modo-and-the-bot:clinic.example", "!marc-and-the-bot:clinic.example"


def exported(desk: Desk) -> str:
    """The files that still stand in the moderator's chat."""
    files = [sent for sent in desk.gateway.visible(MODOS_CHAT) if sent.content.get("msgtype") == "m.file"]
    return "".join(desk.gateway.files[sent.content["file"]["url"]].decode("utf-8-sig") for sent in files)


async def export(desk: Desk) -> None:
    """A moderator has the room's cases sent."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.say(MODO, "!mod exporter", room=MODOS_CHAT)
    await desk.say(MODO, "!mod oui", room=MODOS_CHAT)
    assert "toux" in exported(desk)


async def test_an_export_goes_when_the_author_corrects_the_case(desk: Desk) -> None:
    """It holds the words that had to go."""
    case = await desk.say(LEA, "!cas Enfant, Zorglub, toux")
    await export(desk)
    await desk.edit(LEA, case, "!cas Enfant, toux")
    await desk.tick()
    assert exported(desk) == ""


@pytest.mark.parametrize("way", ["redacted", "edited", "forgotten"])
async def test_an_export_goes_with_an_answer_in_it(desk: Desk, way: str) -> None:
    """However the answer goes."""
    await desk.say(LEA, "!cas Enfant, toux")
    answer = await desk.say(MARC, "Je connais Zorglub, coqueluche", thread=await desk.card_id())
    await export(desk)
    if way == "redacted":
        await desk.redact(MARC, answer)
    elif way == "edited":
        await desk.edit(MARC, answer, "coqueluche")
    else:
        await desk.open_chat(MARC, MARCS_CHAT)
        await desk.say(MARC, "!oubliezmoi", room=MARCS_CHAT)
        await desk.say(MARC, "!oubliezmoi oui", room=MARCS_CHAT)
    await desk.tick()
    assert exported(desk) == ""


async def test_an_export_goes_when_a_case_is_hidden(desk: Desk) -> None:
    """And another one can be asked for, without its words."""
    await desk.say(LEA, "!cas Enfant, Zorglub, toux")
    await export(desk)
    await desk.say(MODO, "!mod masquer #1 nom", room=MODOS_CHAT)
    await desk.say(MODO, "!mod oui", room=MODOS_CHAT)
    await desk.tick()
    assert exported(desk) == ""


async def test_answers_in_an_export_are_screened(desk: Desk) -> None:
    """As everywhere."""
    await desk.say(LEA, "!cas Enfant, toux")
    await desk.say(MARC, "Rappelez Mme Dupont au 06 12 34 56 78", thread=await desk.card_id())
    await export(desk)
    assert "Dupont" not in exported(desk)
    assert "06 12" not in exported(desk)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (LEA, "!avis #1 coqueluche de Zorglub"),
        (LEA, "!contre #1 1 Zorglub n'a pas de sibilants"),
        (LEA, "!clore #1 coqueluche de Mme Dupont"),
        (LEA, "!étiquette #1 zorglub"),
        (MARC, "!avis #1 coqueluche de Zorglub"),
    ],
)
async def test_a_command_that_names_the_case_goes_with_it(desk: Desk, who: str, words: str) -> None:
    """Typed in the timeline, done or refused."""
    await desk.say(LEA, "!cas Enfant, toux")
    await desk.say(NORA, "!avis asthme", thread=await desk.card_id())
    said = await desk.say(who, words)
    await desk.say(LEA, "!retirer #1")
    await desk.tick()
    assert desk.gone(said)


async def test_a_new_case_that_speaks_of_another_is_its_own(desk: Desk) -> None:
    """It begins with the other's number, and stays when that is pulled."""
    await desk.say(LEA, "!cas Enfant, toux")
    said = await desk.say(MARC, "!cas #1 me rappelle un cas d'asthme")
    await desk.say(LEA, "!retirer #1")
    await desk.tick()
    assert not desk.gone(said)
    assert "asthme" in await desk.card(2)


async def hide(desk: Desk) -> None:
    """A moderator hides the first case."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.say(MODO, "!mod masquer #1 nom", room=MODOS_CHAT)
    await desk.say(MODO, "!mod oui", room=MODOS_CHAT)
    await desk.tick()


async def test_hiding_takes_the_authors_own_opinion(desk: Desk) -> None:
    """It may name the patient as the case did."""
    await desk.say(LEA, "!cas Enfant, toux")
    said = await desk.say(LEA, "!avis coqueluche de Zorglub", thread=await desk.card_id())
    await hide(desk)
    assert desk.gone(said)


async def test_an_edit_does_not_bring_a_hidden_case_back(desk: Desk) -> None:
    """The edit is redacted, its words are shown when the case is shown again."""
    case = await desk.say(LEA, "!cas Enfant, toux")
    await hide(desk)
    edit = await desk.edit(LEA, case, "!cas Enfant Zorglub, toux et fièvre")
    await desk.tick()
    assert desk.gone(edit)
    assert "Zorglub" not in desk.readable()


async def test_an_opinion_is_compared_by_screened_words(desk: Desk) -> None:
    """What is never shown is not kept either."""
    await desk.say(LEA, "!cas Enfant, toux")
    await desk.say(MARC, "!avis coqueluche de Mme Dupont", thread=await desk.card_id())
    assert "dupont" not in str(await desk.value("SELECT sameness FROM opinion")).lower()
