"""A member's identity changes: moderators are told once, who is held is told what to do, and `!mod trust` ends it."""

import pytest

from doctocbot.matrix import identities
from doctocbot.matrix.identities import IdentityShelf
from doctocbot.rooms import moderators
from doctocbot.rooms.identities import may_verify, note_own
from doctocbot.rooms.settings import note_problems, serve_no_more
from doctocbot.store import Transaction
from tests.desk import BOT, CHAT, LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room, member, state_event

pytest_plugins = ["tests.desk_fixtures"]

MODOS_CHAT = "!modo-and-the-bot:clinic.example"
HOME = "!home:clinic.example"
OLD, NEW, NEWER = "old+key", "new+key", "newer+key"


@pytest.fixture
async def held(desk: Desk) -> Desk:
    """Marc's identity has changed, in a room that Modo moderates, and waits to be trusted."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await _changes(desk, hold=True)
    return desk


async def _changes(desk: Desk, *keys: str, hold: bool) -> None:
    desk.change(member(MODO))
    desk.take_power()
    shelf = IdentityShelf(desk.database, hold=hold)
    for key in keys or (OLD, NEW):
        await shelf.seen(MARC, key)


def _said(desk: Desk, room: str = MODOS_CHAT) -> list[str]:
    return [plain(event.body) for event in desk.gateway.visible(room)]


async def test_moderators_are_told_once_of_a_new_identity(held: Desk) -> None:
    """Who, what it means, what to type; not again at the next second, nor after a crash and a backup."""
    await held.tick()
    (told,) = _said(held)
    assert MARC in told
    assert f"!mod confiance {MARC}" in told
    assert "de vive voix" in told
    await held.tick()
    await held.database.run(lambda tx: tx.execute("UPDATE identity_change SET told_at = NULL"))
    held.restart()
    await held.tick()
    assert len(_said(held)) == 1
    assert not _said(held, ROOM)


async def test_without_the_setting_they_are_told_that_it_counts(desk: Desk) -> None:
    """There is nothing to type then, and Marc's commands go on."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await _changes(desk, hold=False)
    await desk.tick()
    (told,) = _said(desk)
    assert "compte" in told
    assert "!mod" not in told
    await desk.say(MARC, "!cas une éruption")
    assert await desk.card()


async def test_a_moderator_is_not_told_of_their_own_new_identity(desk: Desk) -> None:
    """Whoever got into Modo's account would only be warned."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await _changes(desk, hold=False)
    desk.change(member(PAUL), member(MARC, "leave"))
    shelf = IdentityShelf(desk.database)
    for key in (OLD, NEW):
        await shelf.seen(MODO, key)
    await desk.tick()
    assert _said(desk) == []


async def test_whom_no_room_knows_is_named_when_they_come(held: Desk) -> None:
    """Marc had left when his identity changed, and comes back with it."""
    held.change(member(MARC, "leave"))
    await held.tick()
    assert _said(held) == []
    held.change(member(MARC))
    await held.tick()
    assert len(_said(held)) == 1


async def test_who_is_held_commands_nothing_and_is_told_once_in_a_room(held: Desk) -> None:
    """However the message is signed; the sentence says whom to speak with."""
    first = await held.say(MARC, "!cas une éruption")
    second = await held.say(MARC, "!cas une éruption", verified=False)
    (answer,) = held.answers_to(first)
    assert "modérateur" in answer
    assert held.answers_to(second) == []
    assert await held.value("SELECT count(*) FROM medical_case") == 0
    await held.open_chat(MARC, CHAT)
    third = await held.say(MARC, "Enfant de 3 ans, éruption", room=CHAT)
    assert len(held.answers_to(third)) == 1
    assert await held.value("SELECT count(*) FROM draft") == 0


async def test_who_is_held_does_not_vote_or_pull_by_reactions(held: Desk) -> None:
    """Léa's case stands, whatever comes from Marc's account."""
    await held.say(LEA, "!cas une éruption")
    await held.react(MARC, await held.card_id(), "🚩")
    assert "ouvert" in await held.card()


async def test_operators_relaxation_is_none_for_who_is_held(held: Desk) -> None:
    """`allow_unsigned_devices` is about devices, not about whose account it is."""
    object.__setattr__(held.reception, "unsigned_may_command", True)
    await held.say(MARC, "!cas une éruption", verified=False)
    assert await held.value("SELECT count(*) FROM medical_case") == 0


@pytest.mark.parametrize("place", [ROOM, MODOS_CHAT])
async def test_a_moderator_trusts_the_new_identity(held: Desk, place: str) -> None:
    """In the room or in their chat; it is audited, and Marc's devices are judged anew."""
    await held.tick()
    asked = await held.say(MODO, f"!mod confiance {MARC}", room=place)
    assert "compte dès maintenant" in held.answers_to(asked)[0]
    assert await held.database.run(identities.to_be_judged) == [MARC]
    assert await held.value("SELECT count(*) FROM audit WHERE act = 'trusted'") == 1
    await held.say(MARC, "!cas une éruption")
    assert await held.card()


async def test_a_mention_names_somebody_too(held: Desk) -> None:
    """Element writes the display name into the message and the user id beside it."""
    await held.tick()
    content = {"msgtype": "m.text", "body": "!mod trust Marc", "m.mentions": {"user_ids": [MARC]}}
    await held.do(MODO, "m.room.message", content)
    assert not await held.database.run(identities.is_held, MARC)


REFUSED = {
    "no name": (MODO, "!mod trust", "@"),
    "two at once": (MODO, f"!mod trust {MARC} {LEA}", "une personne à la fois"),
    "a stranger": (MODO, "!mod trust @stranger:elsewhere.example", "aucune salle que vous modérez"),
    "nobody waits": (MODO, f"!mod trust {LEA}", "Aucune nouvelle identité"),
    "oneself": (MODO, f"!mod trust {MODO}", "quelqu'un d'autre"),
    "no moderator": (PAUL, f"!mod trust {MARC}", ""),
    "held oneself": (MARC, f"!mod trust {MARC}", "modérateur"),
}


@pytest.mark.parametrize(("who", "text", "why"), REFUSED.values(), ids=REFUSED)
async def test_trust_is_refused_with_what_to_do(held: Desk, who: str, text: str, why: str) -> None:
    """And Marc stays held."""
    await held.tick()
    asked = await held.say(who, text)
    (answer,) = held.answers_to(asked)
    assert why in answer
    assert await held.database.run(identities.is_held, MARC)


async def test_a_key_that_nobody_was_told_of_cannot_be_trusted(held: Desk) -> None:
    """It changed once more between the moderator's look and their command."""
    await held.tick()
    await IdentityShelf(held.database, hold=True).seen(MARC, NEWER)
    asked = await held.say(MODO, f"!mod trust {MARC}")
    assert "encore une fois" in held.answers_to(asked)[0]
    await held.tick()
    await held.say(MODO, f"!mod trust {MARC}")
    assert not await held.database.run(identities.is_held, MARC)


async def test_a_moderator_of_another_room_trusts_nobody_here(held: Desk) -> None:
    """Paul moderates the emergency room, where Marc is not."""
    await held.open_room(OTHER_ROOM)
    held.change(member(MARC, "leave"), room=OTHER_ROOM)
    held.gateway.rooms[OTHER_ROOM] = held.gateway.rooms[OTHER_ROOM].apply([_levels({PAUL: 50})])
    await held.tick()
    await held.say(PAUL, f"!mod trust {MARC}", room=OTHER_ROOM)
    assert await held.database.run(identities.is_held, MARC)


def _levels(users: dict[str, int]) -> dict[str, object]:
    return {"type": "m.room.power_levels", "state_key": "", "content": {"users": users}}


async def _noras_room(desk: Desk) -> None:
    """Nora, a mere member of the ward's room, has one of her own, to which she invited the bot and Marc."""
    desk.gateway.rooms[OTHER_ROOM] = closed_room(
        OTHER_ROOM, creator=NORA, members=(BOT, MARC), levels={BOT: 50}
    )
    await desk.inspect(OTHER_ROOM)


async def test_who_moderates_a_room_of_their_own_trusts_nobody_for_all(held: Desk) -> None:
    """An accomplice makes one for the stolen account; the ward's moderators alone were told, and decide."""
    await held.tick()
    await _noras_room(held)
    asked = await held.say(NORA, f"!mod trust {MARC}", room=OTHER_ROOM)
    assert "un d'eux de l'accepter" in held.answers_to(asked)[0]
    held.change(member(MARC, "leave"))
    await held.say(NORA, f"!mod trust {MARC}", room=OTHER_ROOM)
    assert await held.database.run(identities.is_held, MARC)
    held.change(member(MARC))
    await held.say(MARC, "!cas une éruption")
    assert await held.value("SELECT count(*) FROM medical_case") == 0


async def test_who_moderates_all_rooms_concerned_trusts(held: Desk) -> None:
    """The room whose moderators were told is not served any more: somebody must be able to."""
    await held.tick()
    await _noras_room(held)
    held.change(member(MARC, "leave"))
    await held.database.run(serve_no_more, ROOM)
    await held.say(NORA, f"!mod trust {MARC}", room=OTHER_ROOM)
    assert not await held.database.run(identities.is_held, MARC)


async def test_trusting_is_audited_and_told_in_every_room_where_it_counts(held: Desk) -> None:
    """Modo moderates the one, Paul and Modo the other: Paul hears who did it."""
    await held.open_room(OTHER_ROOM)
    held.change(_levels({BOT: 50, PAUL: 50, MODO: 50}), member(MODO), room=OTHER_ROOM)
    await held.open_chat(PAUL, CHAT)
    await held.tick()
    await held.say(MODO, f"!mod trust {MARC}", room=ROOM)
    assert await held.value("SELECT count(DISTINCT room_id) FROM audit WHERE act = 'trusted'") == 2
    assert "a accepté la nouvelle identité" in _said(held, CHAT)[-1]
    assert MODO in _said(held, CHAT)[-1]


async def test_a_second_change_to_the_same_key_is_told_too(desk: Desk) -> None:
    """The owner got their account back, and lost it again to the same thief."""
    await desk.open_chat(MODO, MODOS_CHAT)
    for keys in ((OLD, NEW), (OLD,), (NEW,)):
        await _changes(desk, *keys, hold=False)
        await desk.tick()
    assert len([said for said in _said(desk) if MARC in said]) == 3


async def test_a_second_change_to_a_key_that_waits_is_told_anew(held: Desk) -> None:
    """And has to be looked at once more before it can be trusted."""
    await held.tick()
    await _changes(held, OLD, NEW, hold=True)
    asked = await held.say(MODO, f"!mod trust {MARC}")
    assert "encore une fois" in held.answers_to(asked)[0]
    await held.tick()
    assert len([said for said in _said(held) if "identité de chiffrement" in said]) == 2


async def test_one_home_of_two_rooms_is_told_of_both(held: Desk) -> None:
    """Each by its name: the moderators have to know where the account is."""
    await held.open_room(OTHER_ROOM)
    for room, name in ((ROOM, "Cabinet"), (OTHER_ROOM, "Urgences")):
        held.change(state_event("m.room.name", {"name": name}), room=room)
    held.gateway.rooms[HOME] = closed_room(HOME, members=(BOT,), levels={BOT: 50})
    await held.database.run(note_problems, HOME, [])
    for room in (ROOM, OTHER_ROOM):
        await held.database.run(moderators.settle, room, HOME)
    await held.tick()
    told = " ".join(_said(held, HOME))
    assert "Cabinet" in told
    assert "Urgences" in told


async def test_who_still_moderates_one_of_two_rooms_is_told(held: Desk) -> None:
    """Modo had no chat yet when it happened, and has left the first room when there is one."""
    await held.database.run(lambda tx: tx.execute("DELETE FROM room WHERE room_id = :chat", chat=MODOS_CHAT))
    await held.open_room(OTHER_ROOM)
    held.change(_levels({BOT: 50, MODO: 100}), member(MODO), room=OTHER_ROOM)
    await held.tick()
    first = await held.value("SELECT in_room FROM private_word WHERE user_id = :modo", modo=MODO)
    held.change(member(MODO, "leave"), room=first)
    await held.open_chat(MODO, MODOS_CHAT)
    await held.tick()
    assert any(MARC in said for said in _said(held))


@pytest.mark.parametrize("place", [ROOM, CHAT])
async def test_the_bot_says_who_it_is(desk: Desk, place: str) -> None:
    """User id, device and fingerprint as Element shows them, and how to compare."""
    await desk.open_chat(LEA)
    await desk.database.run(note_own, "DEVICE", "abcdefgh", signed=True)
    asked = await desk.say(LEA, "!bot", room=place)
    (answer,) = desk.answers_to(asked)
    for part in (BOT, "DEVICE", "abcd efgh", "signée", "doctocbot doctor"):
        assert part in answer


async def test_a_bot_that_does_not_know_itself_yet_says_so(desk: Desk) -> None:
    """It does at every start, before it serves."""
    asked = await desk.say(LEA, "!bot")
    assert "réessayez" in desk.answers_to(asked)[0]


# -- verifications


async def _asked(desk: Desk, who: str, what: str, name: str = "$ask") -> None:
    """A verification of which somebody is to be told."""

    def write(tx: Transaction) -> None:
        tx.execute(
            "INSERT INTO verification (user_id, transaction_id, device_id, state, requested_at, to_tell)"
            " VALUES (:user, :name, 'PHONE', 'requested', 0, :what) ON CONFLICT DO UPDATE SET to_tell = :what",
            user=who,
            name=name,
            what=what,
        )

    await desk.database.run(write)
    await desk.tick()


TOLD = {"asked": "opérateur", "done": "vérifié", "timeout": "!bot", "failed": "confidentiel"}


@pytest.mark.parametrize(("what", "words"), TOLD.items())
async def test_the_member_reads_in_words_how_a_verification_goes(desk: Desk, what: str, words: str) -> None:
    """In their direct chat, once, whatever crashes."""
    await desk.open_chat(LEA)
    before = len(_said(desk, CHAT))
    await _asked(desk, LEA, what)
    await desk.tick()
    assert [words in said for said in _said(desk, CHAT)[before:]] == [True]
    await _asked(desk, LEA, what)
    assert len(_said(desk, CHAT)) == before + 1


async def test_who_may_verify_the_bot(desk: Desk) -> None:
    """Members of a served room, there or in their chat; nobody who left, nobody in a room that is not served."""
    await desk.open_chat(LEA)
    desk.gateway.rooms[OTHER_ROOM] = desk.gateway.rooms[ROOM]

    def may(tx: Transaction, user: str, room_id: str | None) -> bool:
        return may_verify(tx, user, room_id, desk.gateway.room)

    cases = {
        (LEA, None): True,
        (LEA, ROOM): True,
        (LEA, CHAT): True,
        (MARC, CHAT): False,
        (LEA, OTHER_ROOM): False,
        (LEA, "!unknown:clinic.example"): False,
        ("@stranger:elsewhere.example", None): False,
    }
    assert {case: await desk.database.run(may, *case) for case in cases} == cases
    desk.change(member(LEA, "leave"))
    assert not await desk.database.run(may, LEA, None)
    assert not await desk.database.run(may, LEA, CHAT)
