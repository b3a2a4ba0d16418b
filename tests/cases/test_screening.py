"""What identifies somebody is shown by no card and no summary, whoever typed it and wherever."""

import pytest

from doctocbot.cases.screening import finding_line, in_place, screened
from doctocbot.chat.rendering import plain_span
from doctocbot.chat.wording import wording
from doctocbot.guard import find_identifiers
from tests.desk import LEA, MARC, NORA, ROOM, Desk, plain

pytest_plugins = ["tests.desk_fixtures"]

PHONE = "06 12 34 56 78"
CASE = f"!cas Éruption chez l'adulte, fièvre 39, TA 12/8. Rappeler sa fille au {PHONE} #dermato"


def shown(desk: Desk) -> str:
    """All that the bot says, what it edited since included: earlier versions stay readable in Element."""
    return plain(desk.readable())


async def test_a_card_shows_dots_for_what_identifies(desk: Desk) -> None:
    """And clinical numbers as they are."""
    await desk.say(LEA, CASE)
    assert "Rappeler sa fille au […]" in shown(desk)
    assert "fièvre 39, TA 12/8" in shown(desk)
    assert PHONE not in shown(desk)


async def test_the_author_is_told_at_once_in_the_thread(desk: Desk) -> None:
    """By a mention, with the kind of what was found and how to go on, and never with the words themselves."""
    await desk.say(LEA, CASE)
    (told,) = [event for event in desk.gateway.visible(ROOM) if "ressemble" in event.body]
    assert told.content["m.mentions"] == {"user_ids": [LEA]}
    assert "numéro de téléphone" in told.body
    assert "!retirer #1" in told.body
    assert told.content["m.relates_to"]["rel_type"] == "m.thread"


async def test_the_database_never_held_the_words(desk: Desk) -> None:
    """What was found is not kept with the case, for nothing may be made of it."""
    await desk.say(LEA, CASE)
    assert PHONE not in await desk.value("SELECT text FROM medical_case")


async def test_the_authors_edit_puts_it_right(desk: Desk) -> None:
    """The card shows what the message says now."""
    source = await desk.say(LEA, CASE)
    await desk.edit(LEA, source, "!cas Éruption chez l'adulte, fièvre 39. Sa fille a été rappelée. #dermato")
    assert "Sa fille a été rappelée" in shown(desk)
    assert "[…]" not in await desk.card()


async def test_an_edit_that_puts_in_a_name_is_screened_as_well(desk: Desk) -> None:
    """And the author hears of that one."""
    source = await desk.say(LEA, "!cas Éruption chez l'adulte, fièvre 39")
    assert "ressemble" not in shown(desk)
    await desk.edit(LEA, source, f"!cas Éruption chez l'adulte, joindre le {PHONE}")
    assert PHONE not in shown(desk)
    assert "joindre le […]" in shown(desk)
    assert "ressemble" in shown(desk)


async def test_a_photos_caption_is_screened_in_card_and_copy(desk: Desk) -> None:
    """The clean copy says no more than the card."""
    await desk.picture(LEA, caption=CASE)
    assert "[…]" in shown(desk)
    assert PHONE not in shown(desk)


async def test_a_loose_photos_caption_is_screened(desk: Desk) -> None:
    """A copy takes the place of the original, which is gone; the number is gone with it."""
    await desk.picture(LEA, caption=f"Pour mémoire, le {PHONE}")
    assert PHONE not in shown(desk)


async def test_opinions_and_reasons_are_screened(desk: Desk) -> None:
    """A colleague's words come into card and summary as well."""
    await desk.say(LEA, "!cas Éruption chez l'adulte, fièvre 39")
    card = await desk.card_id()
    await desk.say(MARC, f"!dx rougeole, voir avec le {PHONE}", thread=card)
    await desk.say(NORA, f"!contre 1 appelez plutôt le {PHONE}", thread=card)
    await desk.say(LEA, "!résumé #1")
    assert "rougeole, voir avec le […]" in shown(desk)
    assert "appelez plutôt le […]" in shown(desk)
    assert PHONE not in shown(desk)


@pytest.mark.parametrize("length", range(138, 162, 3))
async def test_an_opinion_is_screened_before_it_is_cut(desk: Desk, length: int) -> None:
    """Half a telephone number on the card is more than nothing."""
    await desk.say(LEA, "!cas Enfant, toux quinteuse")
    words = "Coqueluche, " + "à confirmer " * 12
    await desk.say(MARC, f"!avis {words[:length]} {PHONE} le matin", thread=await desk.card_id())
    assert "06 1" not in shown(desk)


async def test_an_outcome_that_identifies_closes_nothing(desk: Desk) -> None:
    """The author hears why and what to do."""
    await desk.say(LEA, "!cas Éruption chez l'adulte #diag")
    said = await desk.say(LEA, f"!clore #1 certain rougeole, tél {PHONE}")
    (told,) = desk.answers_to(said)
    assert "identifiant" in told
    assert await desk.value("SELECT state FROM medical_case") == "open"


async def test_what_may_be_a_name_is_left_to_the_author(desk: Desk) -> None:
    """A drug or an eponym is not blotted out of a card."""
    assert [finding.kind.asks_only for finding in find_identifiers("Dupont Marie vue ce matin")] == [True]
    await desk.say(LEA, "!cas Dupont Marie vue ce matin, fièvre")
    assert "[…]" not in shown(desk)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"Rappeler le {PHONE} avant midi.", ("Rappeler le ", PHONE, " avant midi.")),
        (f"Fièvre.\n{PHONE}\nToux.", ("", PHONE, "")),
        (
            f"Une phrase si longue qu'elle est coupée avant le {PHONE} et une autre qui l'est après aussi.",
            ("…est coupée avant le ", PHONE, " et une autre qui l'est …"),
        ),
    ],
)
def test_a_finding_is_shown_where_it_stands(text: str, place: tuple[str, str, str]) -> None:
    """With a few words of its line around it."""
    (finding,) = find_identifiers(text)
    assert in_place(text, finding) == place
    line = "".join(plain_span(span) for span in finding_line(text, finding, wording("fr")))
    assert line.startswith("numéro de téléphone")
    assert PHONE in line


def test_screened_leaves_clean_words_alone() -> None:
    """Doses, pressures and days are no identifiers."""
    text = "Amoxicilline 1 g 1-0-1, TA 12/8, SpO2 94 %, J3, 54 ans, CRP 112"
    assert screened(text) == text
