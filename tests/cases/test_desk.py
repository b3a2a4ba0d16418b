"""The life of a case in its room."""

from tests.desk import LEA, Desk

pytest_plugins = ["tests.desk"]


async def test_smoke(desk: Desk) -> None:
    """x."""
    await desk.say(LEA, "!cas Enfant de 3 ans, éruption #dermato")
    print(await desk.card())
    p = await desk.picture(LEA, "a")
    print(await desk.pictures(), desk.gone(p), await desk.card())
    assert 0
