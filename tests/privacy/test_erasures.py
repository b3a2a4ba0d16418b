"""Who was forgotten stays forgotten when a backup of before is restored (the server's part: test_machine_lost)."""

import pytest

from doctocbot.matrix import MESSAGE, Event, inbox
from doctocbot.matrix.inbox import Undecryptable
from doctocbot.matrix.notes import Echo
from doctocbot.matrix.outgoing import Outgoing
from doctocbot.privacy import erasures
from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MARC, NORA, ROOM, Desk

pytest_plugins = ["tests.desk_fixtures"]


async def forgotten_since(desk: Desk, user: str, at: int) -> None:
    """As fetched from the server after a restore: the database knows the person, and the list says they went."""
    people = {desk.outbox.pseudonym(user): at}
    await desk.database.run(erasures._take_over, people)


async def forget_again(desk: Desk) -> int:
    """What the restored bot does before it handles anything."""
    count: int = await desk.database.run(erasures.forget_again, desk.outbox, desk.world.conversation)
    return count


async def kept_of(desk: Desk, user: str) -> int:
    """How many answers bear a name."""
    return int(await desk.value("SELECT count(*) FROM answer WHERE sender = :user", user=user))


async def test_an_erasure_is_noted_for_the_server(desk: Desk) -> None:
    """Under a pseudonym, with its time; whoever only asked is not on the list."""
    await desk.open_chat(LEA)
    await desk.say(LEA, "!oubliezmoi", room=CHAT)
    assert not await desk.database.run(erasures._untold)
    await desk.say(LEA, "!oubliezmoi oui", room=CHAT)
    assert await desk.database.run(erasures._untold)
    people = await desk.database.run(erasures._latest)
    assert list(people) == [desk.outbox.pseudonym(LEA)]
    await desk.database.run(erasures._told, people)
    assert not await desk.database.run(erasures._untold)


async def test_a_restored_bot_forgets_again(desk: Desk) -> None:
    """The answer of before goes from its database and its card; those of others stay."""
    await desk.say(MARC, "!cas Toux depuis trois semaines")
    card = await desk.card_id()
    await desk.say(LEA, "une sinusite", thread=card)
    await desk.say(NORA, "une coqueluche", thread=card)
    await forgotten_since(desk, LEA, at=desk.now)
    assert await forget_again(desk) == 1
    assert await kept_of(desk, LEA) == 0
    assert await kept_of(desk, NORA) == 1
    assert await desk.value("SELECT count(*) FROM answer WHERE text LIKE '%sinusite%'") == 0


@pytest.mark.parametrize(("later", "gone"), [(-1, True), (0, True), (1, False)])
async def test_what_they_said_until_then_is_passed_over(desk: Desk, later: int, gone: bool) -> None:
    """And what they say from then on counts like anybody's."""
    await forgotten_since(desk, LEA, at=1_700_000_000_000)

    def ask(tx: Transaction) -> bool:
        event = Event("$said", ROOM, LEA, MESSAGE, 1_700_000_000_000 + later)
        return erasures.is_gone(tx, desk.outbox, event)

    assert await desk.database.run(ask) is gone
    await desk.database.run(erasures.finish, desk.outbox)
    assert not await desk.database.run(ask)


async def test_an_older_list_changes_nothing(desk: Desk) -> None:
    """What the backup knew already was forgotten in it."""
    await forgotten_since(desk, LEA, at=5)
    await desk.database.run(erasures.finish, desk.outbox)
    await forgotten_since(desk, LEA, at=5)
    assert await forget_again(desk) == 0


async def test_what_was_passed_over_keeps_no_name_and_is_never_handled(desk: Desk) -> None:
    """Also what still waits for its key when all is caught up; what they have said since stays theirs."""
    await desk.say(MARC, "!cas Toux depuis trois semaines")
    card = await desk.card_id()
    await desk.say(LEA, "une sinusite", thread=card)
    said_at = int(await desk.value("SELECT max(sent_at) FROM inbox WHERE sender = :user", user=LEA))

    def missed(tx: Transaction) -> None:
        waiting = Undecryptable("$waits", ROOM, LEA, said_at, "session", {"event_id": "$waits"})
        inbox.receive(tx, [waiting])

    await desk.database.run(missed)
    await forgotten_since(desk, LEA, at=said_at)
    await desk.database.run(erasures.finish, desk.outbox)
    assert await desk.value("SELECT count(*) FROM inbox WHERE sender = :user", user=LEA) == 0
    assert await desk.value("SELECT state FROM inbox WHERE event_id = '$waits'") == "done"
    late = Event(
        "$waits", ROOM, LEA, MESSAGE, said_at, {"msgtype": "m.text", "body": "une grippe"}, encrypted=True
    )
    await desk.database.run(inbox.key_arrived, late)
    assert await desk.value("SELECT count(*) FROM inbox WHERE state = 'ready'") == 0
    await desk.say(LEA, "je reviens", thread=card)
    assert await desk.value("SELECT count(*) FROM inbox WHERE sender = :user", user=LEA) == 1


async def test_what_the_lost_bot_had_still_to_redact_is_redacted(desk: Desk) -> None:
    """A mention of her that it had sent stands there still; what names her since she has come back stays."""
    erased_at = desk.now

    def adopt(tx: Transaction) -> None:
        for key, at in (("before", erased_at - 1), ("after", erased_at + 1)):
            said = Outgoing(key=key, room_id=ROOM, people=(LEA,))
            echo = Echo(desk.outbox.transaction_id(key), f"${key}", ROOM, at, note=said)
            desk.outbox.adopt(tx, echo)

    await forgotten_since(desk, LEA, at=erased_at)
    await desk.database.run(adopt)
    await desk.database.run(erasures.finish, desk.outbox)
    await desk.settle()
    assert desk.gone("$before")
    assert not desk.gone("$after")
    assert await desk.value("SELECT count(*) FROM outbox_people WHERE user_id = :user", user=LEA) == 1
