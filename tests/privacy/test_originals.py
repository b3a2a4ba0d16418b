"""The originals of redacted pictures are deleted from the server, where the operator lets the bot; else it says so."""

import pytest

from doctocbot.matrix.errors import Forbidden, MatrixError, Unreachable
from doctocbot.privacy.originals import Originals, enable
from doctocbot.store import Database
from tests.desk import BOT, CHAT, LEA, MARC, MINUTE, MODO, Desk, plain

pytest_plugins = ["tests.desk_fixtures"]
SCAN = "mxc://phones.example/scan"


class Shelf:
    """The server's files, as its administrator deletes them."""

    def __init__(self) -> None:
        self.deleted: list[tuple[str, str]] = []
        self.failures: list[MatrixError] = []

    async def delete(self, address: str, uploader: str) -> bool:
        """Delete, or fail as told."""
        if self.failures:
            raise self.failures.pop(0)
        self.deleted.append((address, uploader))
        return True


@pytest.fixture
async def desk(database: Database) -> Desk:
    """A bot whose operator has given it the admin access."""
    await database.run(enable, deletes=True)
    desk = Desk(database, deletes_originals=True)
    await desk.open_room()
    return desk


@pytest.fixture
def shelf() -> Shelf:
    """Nothing is deleted yet."""
    return Shelf()


async def delete(desk: Desk, shelf: Shelf) -> list[str]:
    """What is deleted when it is due."""
    before = len(shelf.deleted)
    desk.now = max(desk.now, desk.outbox.now()) + 1
    await Originals(desk.database, shelf, BOT).delete_due(desk.now)
    return [address for address, _ in shelf.deleted[before:]]


async def test_the_original_of_a_replaced_picture_is_deleted_once(desk: Desk, shelf: Shelf) -> None:
    """In its sender's name, with its thumbnail, after the redaction and not before."""
    content = desk.photo("scan")
    content["info"] = {"thumbnail_file": {"url": "mxc://phones.example/small"}}
    event = desk.event(LEA, "m.room.message", content)
    await desk.arrive(event)
    await desk.handle()
    assert await delete(desk, shelf) == []
    await desk.settle()
    assert desk.gone(event.event_id)
    assert sorted(await delete(desk, shelf)) == [SCAN, "mxc://phones.example/small"]
    assert {uploader for _, uploader in shelf.deleted} == {LEA}
    assert await delete(desk, shelf) == []


async def test_a_picture_that_stands_keeps_its_file(desk: Desk, shelf: Shelf) -> None:
    """Until its sender, or a moderator, deletes it."""
    event = await desk.picture(MARC, "scan", metadata=False)
    assert await delete(desk, shelf) == []
    await desk.redact(MODO, event)
    assert await delete(desk, shelf) == [SCAN]


async def test_the_original_of_a_draft_goes_with_its_draft(desk: Desk, shelf: Shelf) -> None:
    """From the direct chat as from the room, and with it what the bot showed of it there."""
    await desk.open_chat(LEA)
    await desk.picture(LEA, "scan", room=CHAT)
    await desk.say(LEA, "!jeter", room=CHAT)
    assert set(await delete(desk, shelf)) == {SCAN, *desk.gateway.files}


async def test_whoever_is_forgotten_leaves_no_original(desk: Desk, shelf: Shelf) -> None:
    """The address stays until the file is gone, and no longer."""
    await desk.open_chat(LEA)
    await desk.picture(LEA, "scan", metadata=False)
    await desk.say(LEA, "!oubliezmoi", room=CHAT)
    await desk.say(LEA, "!oubliezmoi oui", room=CHAT)
    assert await delete(desk, shelf) == [SCAN]
    assert await desk.value("SELECT count(*) FROM original_media") == 0


async def test_the_clean_copies_of_a_case_go_when_it_is_pulled(desk: Desk, shelf: Shelf) -> None:
    """They are the bot's own files, and nobody's message shows them any more."""
    await desk.say(LEA, "!cas Éruption")
    await desk.picture(LEA, "scan")
    assert await delete(desk, shelf) == [SCAN]
    copies = set(desk.gateway.files)
    assert copies
    await desk.say(LEA, "!retirer #1")
    assert set(await delete(desk, shelf)) == copies
    assert {uploader for address, uploader in shelf.deleted if address in copies} == {BOT}


async def test_the_file_of_a_preview_stays_while_the_published_case_shows_it(
    desk: Desk, shelf: Shelf
) -> None:
    """One upload serves both: it goes with the last of them."""
    await desk.open_chat(LEA)
    await desk.picture(LEA, "scan", caption="Éruption du dos", room=CHAT)
    await desk.tick()
    desk.later(seconds=5)
    await desk.tick()
    await desk.say(LEA, "!publier", room=CHAT)
    await desk.tick()
    (shown,) = [event for event in await desk.thread() if event.content.get("msgtype") == "m.image"]
    assert shown.content["file"]["url"] not in await delete(desk, shelf)
    await desk.say(MARC, "!retirer #1")
    await desk.tick()
    await desk.say(LEA, "!jeter", room=CHAT)
    assert shown.content["file"]["url"] in await delete(desk, shelf)


async def test_whoever_withdraws_the_access_leaves_no_addresses(desk: Desk) -> None:
    """At the next start nothing is noted any more, and what was is gone."""
    await desk.picture(LEA, "scan", metadata=False)
    assert await desk.value("SELECT count(*) FROM original_media") == 1
    await desk.database.run(enable, deletes=False)
    assert await desk.value("SELECT count(*) FROM original_media") == 0


async def test_a_failure_is_tried_again_later_and_given_up_after_days(desk: Desk, shelf: Shelf) -> None:
    """The server may be away, or the token withdrawn for a while."""
    await desk.picture(LEA, "scan")
    shelf.failures = [Unreachable("AWAY"), Forbidden("M_FORBIDDEN")]
    assert await delete(desk, shelf) == []
    assert await delete(desk, shelf) == []
    desk.now += 3 * MINUTE
    assert await delete(desk, shelf) == []
    desk.now += 3 * MINUTE
    assert await delete(desk, shelf) == [SCAN]
    await desk.picture(LEA, "other")
    shelf.failures = [Unreachable("AWAY")] * 100
    for _ in range(50):
        await delete(desk, shelf)
        desk.now += 7 * 60 * MINUTE
    assert await desk.value("SELECT count(*) FROM original_media") == 0
    assert len(shelf.failures) == 60


@pytest.mark.parametrize(
    ("deletes", "said"), [(True, "aussi effacé du serveur"), (False, "reste sur le serveur")]
)
async def test_the_advice_says_what_becomes_of_the_file(
    database: Database, *, deletes: bool, said: str
) -> None:
    """Once per person, in the thread of the case."""
    desk = Desk(database, deletes_originals=deletes)
    await desk.open_room()
    await desk.say(LEA, "!cas Éruption")
    await desk.picture(LEA)
    assert any(said in plain(event.body) for event in await desk.thread())


async def test_nothing_is_noted_where_nothing_can_be_deleted(database: Database) -> None:
    """Addresses are kept for that alone."""
    desk = Desk(database)
    await desk.open_room()
    await desk.picture(LEA)
    assert await desk.value("SELECT count(*) FROM original_media") == 0
