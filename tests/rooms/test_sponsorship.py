"""Two clinicians of a room vouch for a newcomer who has given an RPPS number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.rooms import members
from doctocbot.rooms.labels import Grounds
from doctocbot.rooms.sponsorship import is_rpps, number_in
from doctocbot.rooms.trades import Calling
from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MARC, MODO, NORA, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import member

pytest_plugins = ["tests.desk_fixtures"]

RPPS, OTHER_RPPS = "10001234565", "10009876540"
MODO_CHAT = "!modo-and-the-bot:clinic.example"
GP = Calling("doctor", "general-practice")


@pytest.mark.parametrize(
    ("digits", "right"),
    [
        (RPPS, True),
        (OTHER_RPPS, True),
        ("10001234566", False),
        ("1000123456", False),
        ("100012345650", False),
    ],
)
def test_a_number_has_eleven_digits_and_a_key(digits: str, *, right: bool) -> None:
    """By the formula of Luhn."""
    assert is_rpps(digits) is right


@given(st.from_regex(r"[0-9]{10}", fullmatch=True), st.integers(0, 10), st.integers(1, 9))
def test_one_mistyped_digit_is_seen(ten: str, place: int, by: int) -> None:
    """That is what the key is for."""
    right = next(f"{ten}{key}" for key in range(10) if is_rpps(f"{ten}{key}"))
    wrong = [*right]
    wrong[place] = str((int(wrong[place]) + by) % 10)
    assert not is_rpps("".join(wrong))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (f"médecin {RPPS}", (RPPS, "médecin")),
        (f"médecin RPPS: {RPPS} dans Cabinet", (RPPS, "médecin dans Cabinet")),
        ("médecin RPPS n° 10 00 12 34 56 5", (RPPS, "médecin")),
        ("médecin 1000.1234.565", (RPPS, "médecin")),
        ("médecin 123456789", ("123456789", "médecin")),
        ("étudiant en 4e année", (None, "étudiant en 4e année")),
        ("médecin", (None, "médecin")),
    ],
)
def test_a_number_is_found_as_people_type_it(typed: str, found: tuple[str | None, str]) -> None:
    """Any long number, so that a wrong one is taken out as well."""
    assert number_in(typed) == found


@pytest.fixture
async def room(desk: Desk) -> Desk:
    """A room with vouching: Marc and Nora are confirmed, Léa has declared herself and given her number."""
    await desk.open_chat(MODO, MODO_CHAT)
    await desk.say(MODO, "!mod set parrainage on")
    for who in (MARC, NORA):
        await confirm(desk, who)
    await desk.open_chat(LEA)
    await desk.say(LEA, f"!jesuis MG {RPPS}", room=CHAT)
    return desk


async def confirm(desk: Desk, who: str) -> None:
    """A moderator has confirmed somebody."""

    def bear(tx: Transaction) -> None:
        members.bear(tx, ROOM, who, GP, Grounds.CONFIRMED, at=0)

    await desk.database.run(bear)


async def grounds(desk: Desk, who: str = LEA) -> str | None:
    """On whose word somebody bears their label."""
    found = await desk.database.run(members.label_of, ROOM, who)
    return None if found is None else found.grounds


async def vouch(desk: Desk, voucher: str, newcomer: str = LEA) -> str:
    """Somebody vouches in the room; the refusal, if it is one."""
    return " ".join(desk.answers_to(await desk.say(voucher, f"!parrainer {newcomer}")))


def told(desk: Desk, place: str) -> str:
    """All that somebody was told in private."""
    return "\n".join(plain(sent.body) for sent in desk.timeline(place))


async def test_two_clinicians_vouch_for_a_newcomer(room: Desk) -> None:
    """Both, the newcomer and the moderators are told; in the room nothing is said."""
    await room.open_chat(MARC, "!marc-and-the-bot:clinic.example")
    before = len(room.timeline(ROOM))
    assert await vouch(room, MARC) == ""
    assert await grounds(room) == "declared"
    assert "encore un autre" in told(room, "!marc-and-the-bot:clinic.example")
    assert await vouch(room, NORA) == ""
    assert await grounds(room) == "sponsored"
    assert "parrainé" in told(room, "!marc-and-the-bot:clinic.example")
    assert "répondu de vous" in told(room, CHAT)
    assert MARC in told(room, MODO_CHAT)
    assert len(room.timeline(ROOM)) == before
    assert "déjà confirmé" in await vouch(room, NORA)


async def test_who_was_vouched_for_may_vouch(room: Desk) -> None:
    """Their trade counts as confirmed."""
    await vouch(room, MARC)
    await vouch(room, NORA)
    await room.open_chat(PAUL, "!paul-and-the-bot:clinic.example")
    await room.say(PAUL, f"!jesuis IDE {OTHER_RPPS}", room="!paul-and-the-bot:clinic.example")
    for voucher in (LEA, MARC):
        assert await vouch(room, voucher, PAUL) == ""
    assert await grounds(room, PAUL) == "sponsored"


@pytest.mark.parametrize(
    ("voucher", "newcomer", "said"),
    [
        (PAUL, LEA, "métier est confirmé"),
        (MODO, LEA, "métier est confirmé"),
        (MARC, MARC, "soi-même"),
        (MARC, NORA, "déjà confirmé"),
        (MARC, PAUL, "RPPS"),
        (MARC, "@gone:clinic.example", "pas membre"),
    ],
)
async def test_who_may_not_is_told_why(room: Desk, voucher: str, newcomer: str, said: str) -> None:
    """Without a confirmed trade of one's own, for oneself, or for somebody who has asked for nothing."""
    assert said in await vouch(room, voucher, newcomer)
    assert await room.value("SELECT count(*) FROM vouch") == 0


async def test_one_person_is_not_two(room: Desk) -> None:
    """However often they say it."""
    await vouch(room, MARC)
    assert "déjà parrainé" in await vouch(room, MARC)
    assert await grounds(room) == "declared"


async def test_a_voucher_who_has_left_counts_no_more(room: Desk) -> None:
    """When the second comes, one is missing; also if the first comes back later."""
    await vouch(room, MARC)
    room.change(member(MARC, "leave"))
    await vouch(room, NORA)
    assert await grounds(room) == "declared"
    room.change(member(MARC))
    await vouch(room, MARC)
    assert await grounds(room) == "sponsored"


@pytest.mark.parametrize("word", ["none", "étudiant en médecine"])
async def test_a_voucher_who_loses_their_label_counts_no_more(room: Desk, word: str) -> None:
    """Their word stood on it; that they get it back later does not bring it back."""
    await vouch(room, MARC)
    await room.say(MODO, f"!mod member {MARC} {word}")
    await confirm(room, MARC)
    await vouch(room, NORA)
    assert await grounds(room) == "declared"


async def test_another_trade_ends_what_was_vouched_for(room: Desk) -> None:
    """Marc vouched for a general practitioner."""
    await vouch(room, MARC)
    await room.say(LEA, f"!jesuis chirurgienne {RPPS}", room=CHAT)
    await vouch(room, NORA)
    assert await grounds(room) == "declared"
    await vouch(room, MARC)
    assert await grounds(room) == "sponsored"


async def test_another_number_ends_what_was_vouched_for(room: Desk) -> None:
    """Two colleagues stand for one and the same person."""
    await vouch(room, MARC)
    await room.say(LEA, f"!jesuis MG {OTHER_RPPS}", room=CHAT)
    await vouch(room, NORA)
    assert await grounds(room) == "declared"


async def test_a_number_given_twice_confirms_nobody(room: Desk) -> None:
    """The moderators are told who, once, and decide; the one whom they take away frees the other."""
    chat = "!paul-and-the-bot:clinic.example"
    await room.open_chat(PAUL, chat)
    for _ in range(2):
        await room.say(PAUL, f"!jesuis MG {RPPS}", room=chat)
    assert "Un autre compte" in told(room, chat)
    assert told(room, MODO_CHAT).count("Le même numéro RPPS") == 1
    assert LEA in told(room, MODO_CHAT)
    for newcomer in (LEA, PAUL):
        assert "même numéro" in await vouch(room, MARC, newcomer)
    await room.say(MODO, f"!mod member {PAUL} none")
    await vouch(room, MARC)
    await vouch(room, NORA)
    assert await grounds(room) == "sponsored"


async def test_another_number_is_another_person(room: Desk) -> None:
    """Nobody is told anything."""
    chat = "!paul-and-the-bot:clinic.example"
    await room.open_chat(PAUL, chat)
    await room.say(PAUL, f"!jesuis MG {OTHER_RPPS}", room=chat)
    assert "empreinte" in told(room, chat)
    assert "même numéro" not in told(room, MODO_CHAT)


async def test_who_is_confirmed_already_needs_no_number(room: Desk) -> None:
    """None is kept of them then."""
    chat = "!marc-and-the-bot:clinic.example"
    await room.open_chat(MARC, chat)
    await room.say(MARC, f"!jesuis MG {OTHER_RPPS}", room=chat)
    assert "pas nécessaire" in told(room, chat)
    assert await room.value("SELECT count(*) FROM sponsorship WHERE user_id = :who", who=MARC) == 0


async def test_without_the_setting_nobody_vouches(room: Desk) -> None:
    """It is off where moderators have not turned it on, and stops when they turn it off."""
    await room.say(MODO, "!mod set parrainage off")
    assert "modération" in await vouch(room, MARC)
    assert await grounds(room) == "declared"
