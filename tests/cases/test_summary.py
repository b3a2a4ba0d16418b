"""What came of a case, and what a period brought."""

import pytest

from tests.desk import LEA, MARC, NORA, OTHER_ROOM, PAUL, Desk

pytest_plugins = ["tests.desk_fixtures"]

LINK = "https://www.has-sante.fr/x"


async def asked(desk: Desk, words: str, **place: str) -> str:
    """The one answer to `!résumé`."""
    (answer,) = desk.answers_to(await desk.say(PAUL, f"!résumé {words}", **place))
    return answer


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
        f"• {LINK}",
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
        ("", "Les sept derniers jours"),
        ("semaine", "Les sept derniers jours"),
        ("week", "Les sept derniers jours"),
        ("aujourd'hui", "Les dernières 24 heures"),
        ("aujourd’hui", "Les dernières 24 heures"),
        ("AUJOURD'HUI", "Les dernières 24 heures"),
        ("today", "Les dernières 24 heures"),
        ("jour", "Les dernières 24 heures"),
        ("ouverts", "Cas ouverts (2)"),
        ("open", "Cas ouverts (2)"),
    ],
)
async def test_a_period_is_named_in_either_language(desk: Desk, words: str, title: str) -> None:
    """A week when nothing is said."""
    await desk.say(LEA, "!cas Enfant")
    await desk.say(LEA, "!cas Adulte")
    assert (await asked(desk, words)).startswith(title)


async def test_a_period_counts_what_the_studies_count(desk: Desk) -> None:
    """Answered, with consensus, how soon; and the ones still unanswered, by name."""
    await desk.open_room(OTHER_ROOM)
    await desk.say(LEA, "!cas Trop vieux")
    desk.later(minutes=8 * 24 * 60)
    await desk.say(LEA, "!cas Ailleurs", room=OTHER_ROOM)
    for text in ("un", "deux", "trois", "quatre"):
        await desk.say(LEA, f"!cas {text}")
    root = await desk.card_id(3)
    desk.later(minutes=6)
    await desk.say(MARC, f"!avis rubéole {LINK}", thread=root)
    await desk.say(NORA, "rougeole", thread=await desk.card_id(4))
    await desk.say(NORA, "roséole", thread=await desk.card_id(5))
    await desk.redact(LEA, await desk.say(LEA, "!cas retiré"))
    told = await asked(desk, "semaine")
    assert "cas ouverts : 4" in told
    assert "avec réponse : 3 (75 %)" in told
    assert "avec avis concordants : 1 (25 %)" in told
    assert "délai médian de la première réponse : 6 min" in told
    assert "Encore sans réponse :\n• #6 · ouvert" in told
    assert "#1 " not in told


async def test_an_empty_period_says_so(desk: Desk) -> None:
    """No table of zeros."""
    assert "Aucun cas" in await asked(desk, "semaine")
    assert "Aucun cas" in await asked(desk, "aujourd'hui")


async def test_anything_else_is_explained(desk: Desk) -> None:
    """With what can be summed up."""
    assert "!résumé #12" in await asked(desk, "tout et n'importe quoi")
    assert "pas de cas #9" in await asked(desk, "#9")
