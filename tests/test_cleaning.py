"""The errand for a picture: one file that nobody can fetch is refused, and never holds up its room."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from doctocbot import cleaning
from doctocbot.cases.pictures import Fetched, NoPicture
from doctocbot.cleaning import PictureCleaner
from doctocbot.images import CleanImage, Refusal, RefusalReason, ScrubWorkers
from doctocbot.images.reading import Reader
from doctocbot.matrix.errors import (
    DamagedMedia,
    Forbidden,
    MatrixError,
    NotFound,
    RateLimited,
    TokenRevoked,
    TooLarge,
    Unreachable,
)
from tests.fakes.gateway import FakeGateway
from tests.images import photos

pytestmark = pytest.mark.slow

OTHER_FILES = ("m.file", "m.video", "m.audio")


@pytest.fixture
async def workers() -> AsyncIterator[ScrubWorkers]:
    """The real thing that cleans, with one process."""
    async with ScrubWorkers(1) as pool:
        yield pool


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    """A media repository on paper, and no waiting between the tries."""
    monkeypatch.setattr(cleaning, "_PAUSES", (0.0,) * len(cleaning._PAUSES))
    return FakeGateway()


def described(msgtype: str, mimetype: object = "image/jpeg") -> dict[str, Any]:
    """A file's content, as its sender describes it."""
    return {"msgtype": msgtype, "file": {"url": "mxc://phones.example/x"}, "info": {"mimetype": mimetype}}


async def fetched(
    gateway: FakeGateway, content: dict[str, Any], workers: ScrubWorkers | None = None
) -> Fetched:
    """What the errand for this content brings; without workers it must not get as far as cleaning."""
    found = await PictureCleaner(gateway, workers or ScrubWorkers(), Reader()).clean(content)()
    assert isinstance(found, CleanImage | Refusal | NoPicture)
    return found


@pytest.mark.parametrize(
    "error",
    [
        Forbidden("M_FORBIDDEN", 403),
        NotFound("M_NOT_FOUND", 404),
        DamagedMedia("wrong hash"),
        MatrixError("M_UNRECOGNIZED", 404),
        MatrixError("M_UNKNOWN", 400),
    ],
)
@pytest.mark.parametrize("msgtype", ["m.image", *OTHER_FILES])
async def test_what_the_server_will_not_hand_over_is_refused_at_once(
    gateway: FakeGateway, msgtype: str, error: MatrixError
) -> None:
    """Nobody can prove it clean, and asking again brings the same answer."""
    gateway.failures.append(error)
    assert await fetched(gateway, described(msgtype)) == Refusal(RefusalReason.UNREADABLE)
    assert gateway.calls == 1


@pytest.mark.parametrize("msgtype", ["m.image", *OTHER_FILES])
async def test_a_picture_that_is_too_large_says_so(gateway: FakeGateway, msgtype: str) -> None:
    """Whatever it is sent as, when it says itself that it is an image."""
    gateway.failures.append(TooLarge("M_TOO_LARGE", 413))
    assert await fetched(gateway, described(msgtype)) == Refusal(RefusalReason.TOO_LARGE)


@pytest.mark.parametrize("msgtype", OTHER_FILES)
async def test_a_film_or_a_thesis_that_is_too_large_is_no_picture(gateway: FakeGateway, msgtype: str) -> None:
    """It stays in the room."""
    gateway.failures.append(TooLarge("M_TOO_LARGE", 413))
    assert await fetched(gateway, described(msgtype, "video/mp4")) == NoPicture()


@pytest.mark.parametrize("info", [None, "x", [], {}, {"mimetype": None}, {"mimetype": ["image/jpeg"]}])
@pytest.mark.parametrize("msgtype", ["m.image", "m.file", None, 5, ["m.file"]])
async def test_a_malformed_description_raises_nothing(
    gateway: FakeGateway, msgtype: object, info: object
) -> None:
    """Contents are written by strangers."""
    gateway.failures.append(TooLarge("M_TOO_LARGE", 413))
    assert await fetched(gateway, {"msgtype": msgtype, "info": info}) is not None


@pytest.mark.parametrize(
    "error", [Unreachable("NO_ANSWER"), TokenRevoked("M_UNKNOWN_TOKEN", 401), RateLimited(1)]
)
async def test_a_homeserver_that_is_away_condemns_no_picture(
    gateway: FakeGateway, error: MatrixError
) -> None:
    """No connection, a wait that is asked for, a session that is over: the picture is fetched when that has passed."""
    gateway.failures.append(error)
    with pytest.raises(type(error)):
        await fetched(gateway, described("m.image"))


@pytest.mark.parametrize("status", [404, 500, 502, 504])
async def test_a_file_that_can_never_be_fetched_is_given_up(gateway: FakeGateway, status: int) -> None:
    """Another server is gone, or the upload was never finished: some tries, and the room goes on."""
    gateway.failures.extend(Unreachable("M_NOT_YET_UPLOADED", status) for _ in range(100))
    assert await fetched(gateway, described("m.image")) == Refusal(RefusalReason.UNREADABLE)
    assert 1 < gateway.calls == len(cleaning._PAUSES) + 1


async def test_a_file_that_comes_at_the_last_try_is_cleaned(
    gateway: FakeGateway, workers: ScrubWorkers
) -> None:
    """A proxy that restarts costs nobody a picture."""
    gateway.files["mxc://phones.example/x"] = photos.jpeg(comment=b"Madame L.")
    gateway.failures.extend(Unreachable("NO_MATRIX_ANSWER", 502) for _ in cleaning._PAUSES)
    found = await fetched(gateway, described("m.image"), workers)
    assert isinstance(found, CleanImage)
    assert b"Madame" not in found.data


@pytest.mark.parametrize("msgtype", ["m.image", *OTHER_FILES])
async def test_an_image_by_its_bytes_is_cleaned_whatever_it_is_sent_as(
    gateway: FakeGateway, workers: ScrubWorkers, msgtype: str
) -> None:
    """A photo sent as a film is a photo."""
    gateway.files["mxc://phones.example/x"] = photos.jpeg(comment=b"Madame L.")
    found = await fetched(gateway, described(msgtype, "video/mp4"), workers)
    assert isinstance(found, CleanImage)
    assert found.carried_metadata


@pytest.mark.parametrize("msgtype", OTHER_FILES)
async def test_a_file_that_is_no_image_is_left_alone(
    gateway: FakeGateway, workers: ScrubWorkers, msgtype: str
) -> None:
    """A voice message, a protocol."""
    gateway.files["mxc://phones.example/x"] = b"some words"
    assert await fetched(gateway, described(msgtype, "text/plain"), workers) == NoPicture()


async def test_an_image_that_is_none_by_its_bytes_is_refused(
    gateway: FakeGateway, workers: ScrubWorkers
) -> None:
    """It says that it is a picture, and nobody can prove it clean."""
    gateway.files["mxc://phones.example/x"] = b"some words"
    assert isinstance(await fetched(gateway, described("m.image"), workers), Refusal)
