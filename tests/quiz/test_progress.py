"""How far somebody is: numbers that mean what the words say, in a picture and in words."""

from tests.desk import CHAT, NORA, Desk
from tests.quiz.asking import closed_case
from tests.quiz.test_reviews import begin, letter, reply, shown

pytest_plugins = ["tests.desk_fixtures"]


async def picture(desk: Desk) -> str:
    """The words of the picture that Nora gets."""
    await reply(desk, "!quiz moi progrès")
    content = shown(desk)[-1].content
    assert content["msgtype"] == "m.image"
    return str(content["body"])


async def test_the_first_time_counts_for_no_retention(desk: Desk) -> None:
    """Only what somebody had met before can have been retained."""
    await closed_case(desk)
    await desk.open_chat(NORA)
    await begin(desk)
    await reply(desk, letter(desk, right=False))
    told = await picture(desk)
    assert "Pas encore de question revue" in told
    desk.later(minutes=2)
    assert "à revoir 1" in (await picture(desk)).replace("\u00a0", " ")


async def test_retention_is_the_share_of_right_reviews_of_the_last_thirty_days(desk: Desk) -> None:
    """One of two is half; what is older counts no more."""
    await closed_case(desk)
    await desk.open_chat(NORA)
    for right in (False, True, False):
        await begin(desk)
        await reply(desk, letter(desk, right=right))
        await reply(desk, "!quiz moi stop")
        desk.later(minutes=15)
    assert "50 % de 2 questions" in (await picture(desk)).replace("\u202f", " ").replace("\u00a0", " ")
    desk.later(minutes=31 * 24 * 60)
    assert "Pas encore" in await picture(desk)


async def test_without_a_review_there_is_no_picture(desk: Desk) -> None:
    """A word says how to begin."""
    await desk.open_chat(NORA)
    await desk.say(NORA, "!quiz moi progress", room=CHAT)
    assert "Rien à montrer" in desk.gateway.visible()[-1].body
