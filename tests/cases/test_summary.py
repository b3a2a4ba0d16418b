"""What came of a case, with the way to each message; and what else can be summed up."""

import pytest

from doctocbot.matrix import Outgoing, event_link
from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MARC, NORA, OTHER_ROOM, PAUL, ROOM, Desk
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

LINK = "https://www.has-sante.fr/x"


async def asked(desk: Desk, words: str, **place: str) -> str:
    """The answer to `!résumé`; with a period comes a chart as well."""
    return desk.answers_to(await desk.say(PAUL, f"!résumé {words}", **place))[0]


async def test_one_case_with_all_that_came_of_it(desk: Desk) -> None:
    """Question, answers, opinions, references, outcome, and the way to the card."""
    await desk.say(LEA, "!cas Enfant de 3 ans, éruption #diagnostic")
    root = await desk.card_id()
    desk.later(minutes=5)
    answer = await desk.say(MARC, "!avis Gianotti-Crosti", thread=root)
    await desk.react(NORA, answer)
    await desk.say(MARC, f"!ref {LINK}", thread=root)
    await desk.say(LEA, "!clore probable Gianotti-Crosti", thread=root)
    told = await asked(desk, "#1")
    assert told.startswith("Résumé de #1 · diagnostic · clos")
    for words in (
        "> Enfant de 3 ans, éruption",
        "1 réponse, de 1 personne · première en 5 min",
        "1. Gianotti-Crosti",
        "2 d'accord, 1 référence, personne contre → avis concordants",
        f"– {LINK}",
        "Issue : Gianotti-Crosti (probable)",
        "https://matrix.to/#/",
    ):
        assert words in told
    assert await asked(desk, "", thread=root) == told
    assert await asked(desk, "", reply=root) == told


async def test_an_unanswered_case_says_so(desk: Desk) -> None:
    """The tenth that got none is what this is about."""
    await desk.say(LEA, "!cas Enfant")
    assert "pas encore de réponse" in await asked(desk, "#1")


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("", "Les sept derniers jours :"),
        ("semaine", "Les sept derniers jours :"),
        ("week", "Les sept derniers jours :"),
        ("aujourd'hui", "Aujourd'hui :"),
        ("aujourd’hui", "Aujourd'hui :"),
        ("AUJOURD'HUI", "Aujourd'hui :"),
        ("today", "Aujourd'hui :"),
        ("jour", "Aujourd'hui :"),
        ("du jour", "Aujourd'hui :"),
        ("aujourd´hui", "Aujourd'hui :"),
        ("cette semaine", "Les sept derniers jours :"),
        ("de la semaine", "Les sept derniers jours :"),
        ("hebdo", "Les sept derniers jours :"),
        ("ouvertes", "Cas ouverts (2)"),
        ("1", "Résumé de #1"),
        ("cas 1", "Résumé de #1"),
        ("du cas n° 1", "Résumé de #1"),
        ("n°1", "Résumé de #1"),
        ("ouverts", "Cas ouverts (2)"),
        ("open", "Cas ouverts (2)"),
    ],
)
async def test_a_period_is_named_in_either_language(desk: Desk, words: str, title: str) -> None:
    """A week when nothing is said."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, "!cas Adulte")
    assert (await asked(desk, words)).startswith(title)


async def test_anything_else_is_explained(desk: Desk) -> None:
    """With what can be summed up."""
    assert "!résumé #12" in await asked(desk, "tout et n'importe quoi")
    assert "pas de cas #9 dans ce salon" in await asked(desk, "#9")


async def test_a_direct_chat_is_no_room(desk: Desk) -> None:
    """A number that is missing there is missing in all rooms of the asker."""
    await desk.open_chat(PAUL)
    assert "pas de cas #9 dans vos salons" in await asked(desk, "#9", room=CHAT)


def link(event_id: str) -> str:
    """How an address stands in the plain words of a message."""
    return f"({event_link(ROOM, event_id)})"


def line_with(told: str, words: str) -> str:
    """The one line of a summary that holds these words."""
    (line,) = [line for line in told.split("\n") if words in line]
    return line


async def test_every_line_leads_to_its_message(desk: Desk) -> None:
    """The first answer, an opinion, why somebody is against it, a reference, the closing."""
    await desk.say(LEA, "!cas Enfant de 3 ans #diagnostic")
    root = await desk.card_id()
    first = await desk.say(PAUL, "Depuis quand ?", thread=root)
    proposed = await desk.say(MARC, "!avis rubéole", thread=root)
    against = await desk.say(NORA, "!contre 1 il est vacciné", thread=root)
    brought = await desk.say(PAUL, f"!ref {LINK}", thread=root)
    closing = await desk.say(LEA, "!clore possible rougeole", thread=root)
    told = await asked(desk, "#1")
    for words, event_id in (
        ("Résumé de #1", root),
        ("3 réponses, de 3 personnes", first),
        ("1. rubéole", proposed),
        ("– contre : il est vacciné", against),
        (LINK, brought),
        ("Issue : rougeole (possible)", closing),
    ):
        assert link(event_id) in line_with(told, words)
    assert "État : avis discordants" in told


async def test_the_status_follows_the_published_definition(desk: Desk) -> None:
    """A reference or two who agree, and nobody against."""
    await desk.say(LEA, "!cas Enfant")
    answer = await desk.say(MARC, "rubéole", thread=await desk.card_id())
    assert "État : pas encore d'avis concordants." in await asked(desk, "#1")
    await desk.react(NORA, answer)
    assert "État : avis concordants (" in await asked(desk, "#1")
    await desk.react(PAUL, answer, "👎")
    assert "État : avis discordants (" in await asked(desk, "#1")


async def test_whoever_is_no_longer_against_gives_no_reason(desk: Desk) -> None:
    """The last word counts."""
    await desk.say(LEA, "!cas Enfant")
    root = await desk.card_id()
    answer = await desk.say(MARC, "!avis rubéole", thread=root)
    await desk.say(NORA, "!contre 1 il est vacciné", thread=root)
    await desk.react(NORA, answer)
    assert "contre :" not in await asked(desk, "#1")


async def test_pictures_and_what_the_author_added_are_facts(desk: Desk) -> None:
    """With the way to them."""
    await desk.say(LEA, "!cas Enfant")
    await desk.picture(LEA, "one")
    await desk.picture(LEA, "two")
    key = "case:1:addition:1"

    def add(tx: Transaction) -> None:
        tx.execute("INSERT INTO addition (case_id, key, text, at) VALUES (1, :key, 'vacciné', 0)", key=key)
        desk.outbox.put(tx, Outgoing(key=key, room_id=ROOM, content={"body": "l'auteur précise"}, case_id=1))

    await desk.database.run(add)
    await desk.settle()
    told = await asked(desk, "#1")
    picture = next(
        event.event_id for event in await desk.thread() if event.content.get("msgtype") == "m.image"
    )
    assert link(picture) in line_with(told, "2 images")
    assert link(await desk.event_of(key)) in line_with(told, "L'auteur précise : vacciné")


async def test_how_it_went_on_is_told(desk: Desk) -> None:
    """As the author told it in private, with the way to where it stands in the thread."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, "!clore #1 possible rubéole")
    await desk.say(LEA, "!suivi #1 guéri sans séquelle", room=CHAT)
    await desk.settle()
    told = await asked(desk, "#1")
    news = next(event.event_id for event in await desk.thread() if "guéri sans séquelle" in event.body)
    assert link(news) in line_with(told, "Suivi, plus tard : guéri sans séquelle")


async def test_what_was_done_in_private_is_not_linked(desk: Desk) -> None:
    """Nobody in the room could open it, and it would tell where it was done."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!cas Enfant")
    closing = await desk.say(LEA, "!clore #1 possible rubéole", room=CHAT)
    told = await asked(desk, "#1")
    assert "rubéole" in told
    assert closing.replace("$", "%24") not in told


async def test_in_a_direct_chat_a_case_is_named(desk: Desk) -> None:
    """One of the asker's rooms; another's reads like a missing one."""
    await desk.open_room(OTHER_ROOM)
    desk.change(member(PAUL, membership="leave"), room=OTHER_ROOM)
    await desk.open_chat(PAUL)
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, "!cas Ailleurs", room=OTHER_ROOM)
    assert "> Enfant" in await asked(desk, "#1", room=CHAT)
    foreign, missing = await asked(desk, "#2", room=CHAT), await asked(desk, "#9", room=CHAT)
    assert foreign.replace("#2", "#9") == missing


async def test_a_pulled_case_is_summed_up_no_more(desk: Desk) -> None:
    """And what was summed up before is gone."""
    await desk.say(LEA, "!cas Zébulonite")
    before = await desk.say(PAUL, "!résumé #1")
    assert len(desk.answers_to(before)) == 1
    await desk.say(NORA, "!retirer #1")
    assert desk.answers_to(before) == []
    assert "retiré" in await asked(desk, "#1")
    assert "Zébulonite" not in desk.readable()
