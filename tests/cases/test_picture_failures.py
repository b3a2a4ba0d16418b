"""Pictures that cannot be handled as meant: the original goes all the same, and its author knows what became of it."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from doctocbot.chat.wording import wording
from doctocbot.images import RefusalReason
from doctocbot.matrix import Errand
from doctocbot.matrix.errors import Forbidden, TooLarge
from tests.desk import LEA, MARC, Desk, plain
from tests.fakes.pictures import clean_image
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]


async def handled_after_leaving(desk: Desk, content: dict[str, Any]) -> str:
    """Léa posts a picture while the bot is away, and is out of the room when it is handled."""
    await desk.say(LEA, "!cas Enfant")
    event = desk.event(LEA, "m.room.message", content)
    await desk.arrive(event)
    desk.change(member(LEA, "leave"))
    await desk.settle()
    return event.event_id


@pytest.mark.parametrize("refused", [None, RefusalReason.TRUNCATED])
async def test_a_picture_of_somebody_who_has_left_is_taken_out_without_a_word(
    desk: Desk, refused: RefusalReason | None
) -> None:
    """It is in the room all the same; there is nobody to answer, and no case that it could join."""
    original = await handled_after_leaving(desk, desk.photo("bras", refused=refused, caption="!cas Autre"))
    assert desk.gone(original)
    assert desk.answers_to(original) == []
    assert await desk.pictures() == []
    assert len(desk.timeline()) == 1, "the card of the case that was there before"
    assert await desk.value("SELECT count(*) FROM medical_case") == 1


async def test_a_clean_picture_of_somebody_who_has_left_stays_where_it_is(desk: Desk) -> None:
    """It carries nothing."""
    original = await handled_after_leaving(desk, desk.photo("capture", metadata=False))
    assert not desk.gone(original)
    assert await desk.pictures() == []


def fail_with(desk: Desk, error: Exception) -> None:
    """Have the cleaning of every picture fail from now on."""

    def clean(_: Mapping[str, Any]) -> Errand:
        async def errand() -> object:
            raise error

        return errand

    desk.reception = dataclasses.replace(desk.reception, clean=clean)
    desk.restart()


async def test_a_picture_whose_cleaning_fails_goes_with_an_apology(desk: Desk) -> None:
    """It was never proved clean, so it does not stay; the room goes on."""
    fail_with(desk, OSError("no more processes"))
    original = await desk.picture(LEA, "bras")
    in_clear = await desk.picture(LEA, "joues", encrypted=False)
    assert desk.gone(original)
    assert desk.gone(in_clear)
    (told,) = desk.answers_to(original)
    assert "échoué" in told
    assert desk.answers_to(await desk.say(MARC, "!aide"))


async def test_a_clean_picture_that_cannot_be_kept_goes_with_an_apology(desk: Desk) -> None:
    """A failure after the cleaning leaves nothing half done: no case, no copy, and the original is gone."""
    content = desk.photo("bras", caption="!cas Enfant")
    broken: Any = None
    desk.scrubbed[content["url"]] = dataclasses.replace(clean_image("bras"), mimetype=broken)
    original = await desk.do(LEA, "m.room.message", content)
    assert desk.gone(original)
    (told,) = desk.answers_to(original)
    assert "échoué" in told
    assert await desk.value("SELECT count(*) FROM medical_case") == 0


@pytest.mark.parametrize("call", ["upload", "send"])
async def test_a_clean_copy_that_the_server_refuses_for_good_is_missed_aloud(
    desk: Desk, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The original is gone already: the card does not count it, and its author learns that it has to come again."""
    await desk.say(LEA, "!cas Enfant")
    refuse_pictures(desk, call, monkeypatch)
    original = await desk.picture(LEA, "bras")
    assert desk.gone(original)
    assert await desk.pictures() == []
    assert "📷" not in await desk.card()
    assert [plain(wording("fr").say("image.lost"))] == desk.answers_to(original)
    assert await desk.value("SELECT coalesce(data, file) FROM attachment") is None


async def test_a_loose_copy_that_the_server_refuses_is_missed_aloud_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, and a case opened after it does not get what is gone."""
    refuse_pictures(desk, "upload", monkeypatch)
    original = await desk.picture(LEA, "bras")
    assert [plain(wording("fr").say("image.lost"))] == desk.answers_to(original)
    await desk.say(LEA, "!cas Enfant")
    assert "📷" not in await desk.card()


def refuse_pictures(desk: Desk, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the server take no picture: too large to upload, or forbidden to send."""
    send = desk.gateway.send

    async def too_large(_: bytes) -> dict[str, Any]:
        raise TooLarge("M_TOO_LARGE", 413)

    async def no_images(room_id: str, type_: str, content: Mapping[str, Any], transaction_id: str) -> str:
        if content.get("msgtype") == "m.image":
            raise Forbidden("M_FORBIDDEN", 403)
        return await send(room_id, type_, content, transaction_id)

    monkeypatch.setattr(desk.gateway, call, too_large if call == "upload" else no_images)


async def test_a_case_asked_with_a_picture_that_is_refused_is_asked(desk: Desk) -> None:
    """Only the picture goes; the question in its caption stands, and another picture may follow."""
    original = await desk.picture(
        LEA, "radio", caption="!cas Enfant de 3 ans", refused=RefusalReason.TRUNCATED
    )
    assert desk.gone(original)
    assert "> Enfant de 3 ans" in await desk.card()
    assert "📷" not in await desk.card()
    assert any(told.startswith("J'ai retiré cette image du salon.") for told in desk.answers_to(original))
    await desk.picture(LEA, "bras")
    assert await desk.pictures() == ["bras"]
