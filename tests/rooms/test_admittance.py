"""Whom the bot deals with: lists of the operator, of a room, and of its servers; denied weighs more."""

import pytest

from doctocbot.chat.rendering import Document
from doctocbot.rooms import admittance, audit, direct, private
from doctocbot.rooms.admittance import Bar, Lists, fits, is_entry
from doctocbot.rooms.policy import Act, may
from doctocbot.rooms.private import MeantFor
from doctocbot.rooms.roles import Standing
from doctocbot.store import Transaction
from tests.desk import CHAT, LEA, MARC, MODO, NORA, OTHER_ROOM, PAUL, ROOM, Desk, plain
from tests.fakes.roomstates import member, state_event

pytest_plugins = ["tests.desk_fixtures"]

MODOS_CHAT = "!modo-and-the-bot:clinic.example"
EVE = "@eve:evil.example"
REFUSED = "Je ne peux pas vous répondre dans ce salon"


@pytest.mark.parametrize(
    ("allowed", "denied", "bar"),
    [
        ([], [], None),
        ([LEA], [], None),
        ([MARC], [], Bar.NOT_ALLOWED),
        (["clinic.example"], [], None),
        (["@l*:clinic.example"], [], None),
        (["evil.example"], [], Bar.NOT_ALLOWED),
        ([], [LEA], Bar.DENIED),
        ([], ["clinic.example"], Bar.DENIED),
        ([], ["evil.example"], None),
        ([LEA], ["clinic.example"], Bar.DENIED),
    ],
)
def test_a_list_lets_in_or_keeps_out(allowed: list[str], denied: list[str], bar: Bar | None) -> None:
    """As soon as anybody is allowed nobody else is; whoever is denied is, whoever allows them."""
    assert Lists(tuple(allowed), tuple(denied)).bar(LEA) is bar


@pytest.mark.parametrize("user", ["", "lea", "@", "@lea"])
def test_nobody_without_a_server_fits_a_server(user: str) -> None:
    """It fails closed."""
    assert not fits(user, ["*", "clinic.example"])


@pytest.mark.parametrize(
    ("words", "yes"),
    [("@lea:clinic.example", True), ("clinic.example", True), ("*.evil.example", True), ("@*:evil.example:8448", True),
     ("", False), ("Léa Martin", False), ("@lea", False), ("@:x y", False), ("https://evil.example", False)],
)  # fmt: skip
def test_only_people_patterns_and_servers_can_be_listed(words: str, yes: bool) -> None:
    """Anything else is a slip."""
    assert is_entry(words) is yes


async def keep_out(desk: Desk, how: str, who: str = MARC) -> None:
    """Keep somebody out who is in the room, in one of the ways."""
    if how == "denied by the operator":
        await desk.database.run(admittance.keep_operators, [], [who])
    elif how == "not allowed by the operator":
        everybody_else = sorted({LEA, MODO, NORA, PAUL} - {who})
        await desk.database.run(admittance.keep_operators, everybody_else, [])
    elif how == "denied by the moderators":
        await desk.say(MODO, f"!mod interdire {who}")
    else:
        desk.change(member(EVE), state_event("m.room.server_acl", {"allow": ["*"], "deny": ["evil.example"]}))


WAYS = ["denied by the operator", "not allowed by the operator", "denied by the moderators", "server list"]


@pytest.mark.parametrize("how", WAYS)
async def test_who_is_kept_out_does_nothing_though_they_are_in_the_room(desk: Desk, how: str) -> None:
    """No command, vote, answer or flag of theirs counts; they are told so once, and the others go on as before."""
    who = EVE if how == "server list" else MARC
    await desk.say(LEA, "!cas Genou")
    answer = await desk.say(PAUL, "Entorse", thread=await desk.card_id())
    await keep_out(desk, how, who)
    first = await desk.say(who, "!cas Autre")
    assert REFUSED in desk.answers_to(first)[0]
    assert desk.answers_to(await desk.say(who, "!chercher genou")) == []
    await desk.say(who, "Fracture", thread=await desk.card_id())
    await desk.react(who, answer)
    await desk.react(who, await desk.card_id(), "🚩")
    await desk.react(NORA, answer)
    assert await desk.value("SELECT count(*) FROM medical_case WHERE state = 'open'") == 1
    assert await desk.value("SELECT count(*) FROM answer") == 1
    assert await desk.value("SELECT group_concat(voter) FROM vote") == NORA
    assert not await desk.database.run(
        lambda tx: (
            may(tx, Act.READ, who, desk.world.state(ROOM)) or may(tx, Act.PULL, who, desk.world.state(ROOM))
        )
    )


async def test_a_photo_of_somebody_kept_out_is_cleaned_out_all_the_same(desk: Desk) -> None:
    """It is in the room, with its place and date; no clean copy is posted for them."""
    await keep_out(desk, "denied by the moderators")
    photo = await desk.picture(MARC)
    assert desk.gone(photo)
    assert not [event for event in desk.timeline() if event.content.get("msgtype") == "m.image"]


async def test_who_is_kept_out_is_no_member_for_their_direct_chat(desk: Desk) -> None:
    """They find nothing there, publish nothing, and no private word meant for members reaches them."""
    await desk.say(LEA, "!cas Genou")
    await desk.open_chat(MARC)
    await keep_out(desk, "denied by the moderators")
    before = len(desk.timeline(CHAT))
    await desk.say(MARC, "!chercher genou", room=CHAT)
    await desk.say(MARC, "!cas Autre", room=CHAT)
    await desk.say(MARC, "!publier", room=CHAT)
    said = " ".join(event.body for event in desk.timeline(CHAT)[before:])
    assert "Genou" not in said
    assert await desk.value("SELECT count(*) FROM medical_case") == 1
    assert await desk.database.run(direct.shared_rooms, MARC, desk.world.room) == []

    def tell(tx: Transaction) -> None:
        c = desk.world.conversation(tx, desk.event(LEA, "m.room.message", {}))
        document = Document().line("Pour les membres")
        private.tell(c, MARC, "test", document, meant_for=MeantFor(ROOM, Standing.MEMBER))

    await desk.database.run(tell)
    assert await desk.value("SELECT count(*) FROM private_word") == 0


async def test_the_moderators_lists_are_their_rooms_alone(desk: Desk) -> None:
    """Elsewhere the same person takes part."""
    await desk.open_room(OTHER_ROOM)
    await keep_out(desk, "denied by the moderators")
    await desk.say(MARC, "!cas Là-bas", room=OTHER_ROOM)
    assert await desk.value("SELECT room_id FROM medical_case") == OTHER_ROOM


async def test_whoever_is_let_in_again_takes_part_again(desk: Desk) -> None:
    """By `!mod deny remove`."""
    await keep_out(desk, "denied by the moderators")
    done = await desk.say(MODO, f"!mod interdire retirer {MARC}")
    assert "n'est plus sur la liste" in desk.answers_to(done)[0]
    await desk.say(MARC, "!cas Genou")
    assert await desk.value("SELECT author FROM medical_case") == MARC


@pytest.mark.parametrize(
    "command", [f"!mod interdire {MODO}", "!mod deny clinic.example", f"!mod allow {LEA}"]
)
async def test_nobody_locks_themselves_out(desk: Desk, command: str) -> None:
    """Nothing is changed by such a command."""
    done = await desk.say(MODO, command)
    assert "Cela vous exclurait vous-même" in desk.answers_to(done)[0]
    assert await desk.value("SELECT count(*) FROM admittance") == 0


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("!mod interdire le docteur", "Nommez une personne"),
        (f"!mod deny remove {PAUL}", "n'est pas sur cette liste"),
    ],
)
async def test_what_is_no_entry_is_refused(desk: Desk, command: str, answer: str) -> None:
    """With what can be listed."""
    done = await desk.say(MODO, command)
    assert answer in desk.answers_to(done)[0]


async def test_the_lists_are_shown_with_whom_they_keep_out(desk: Desk) -> None:
    """To the moderator alone: in the room nobody reads who is kept out; members may not see or change them."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.say(MODO, f"!mod interdire {MARC}", room=MODOS_CHAT)
    before = len(desk.timeline())
    await desk.say(MODO, "!mod interdire")
    assert len(desk.timeline()) == before
    shown = plain(desk.timeline(MODOS_CHAT)[-1].body)
    assert f"Refusés : {MARC}" in shown
    assert "Présents" in shown
    refused = desk.answers_to(await desk.say(LEA, f"!mod interdire {PAUL}"))[0]
    assert MARC not in refused
    assert await desk.value("SELECT count(*) FROM admittance") == 1


@pytest.mark.parametrize("name", ["Marc", "Marc Dupont", "evil.example", "M.Dupont"])
async def test_whom_a_mention_names_is_kept_out_themselves(desk: Desk, name: str) -> None:
    """Element writes the display name, which is no server whatever it looks like."""
    desk.call(MARC, name)
    content = {"msgtype": "m.text", "body": f"!mod deny {name}", "m.mentions": {"user_ids": [MARC]}}
    await desk.do(MODO, "m.room.message", content)
    assert await desk.value("SELECT group_concat(pattern) FROM admittance") == MARC
    await desk.say(MARC, "!cas Genou")
    assert await desk.value("SELECT count(*) FROM medical_case") == 0


@pytest.mark.parametrize("who", ["@Marc:clinic.example", "@MARC:Clinic.Example", "@Ma*:clinic.example"])
async def test_capitals_keep_out_all_the_same(desk: Desk, who: str) -> None:
    """A phone's keyboard writes them."""
    await desk.say(MODO, f"!mod deny {who}")
    await desk.say(MARC, "!cas Genou")
    assert await desk.value("SELECT count(*) FROM medical_case") == 0
    await desk.say(MODO, f"!mod deny remove {who.lower()}")
    assert await desk.value("SELECT count(*) FROM admittance") == 0


@pytest.mark.parametrize("server", ["Evil.example", "EVIL.EXAMPLE", "evil.example."])
async def test_a_server_is_kept_out_however_it_is_typed(desk: Desk, server: str) -> None:
    """With capitals, or at the end of a sentence."""
    desk.change(member(EVE))
    await desk.say(MODO, f"!mod deny {server}")
    await desk.say(EVE, "!cas Genou")
    assert await desk.value("SELECT count(*) FROM medical_case") == 0


@pytest.mark.parametrize("typed", ["Marc", "DrMarc", "M.Dupont"])
async def test_a_bare_name_is_no_server(desk: Desk, typed: str) -> None:
    """Nobody is told that somebody is kept out who is not."""
    desk.call(MARC, "M.Dupont")
    done = await desk.say(MODO, f"!mod deny {typed}")
    assert "rien n'a changé" in desk.answers_to(done)[0]
    assert await desk.value("SELECT count(*) FROM admittance") == 0


async def test_a_server_without_a_dot_is_one_if_somebody_is_from_there(desk: Desk) -> None:
    """On a server's own network names are short."""
    desk.change(member("@eve:intranet"))
    await desk.say(MODO, "!mod deny intranet")
    assert await desk.value("SELECT pattern FROM admittance") == "intranet"


async def test_a_person_who_was_listed_is_erased_from_the_audit(desk: Desk) -> None:
    """What was listed and struck out again names them; old rows do so in words alone."""
    await desk.say(MODO, f"!mod deny @Paul:{PAUL.partition(':')[2]}")
    await desk.say(MODO, f"!mod deny remove {PAUL}")
    assert await desk.value("SELECT count(*) FROM audit_words WHERE about = :paul", paul=PAUL) == 2
    await desk.database.run(lambda tx: tx.execute("UPDATE audit_words SET about = NULL WHERE audit_id = 1"))
    await desk.database.run(audit.forget, PAUL)
    words = "SELECT count(*) FROM audit_words WHERE reason IS NOT NULL OR about IS NOT NULL"
    assert await desk.value(words) == 0


async def test_the_operators_lists_are_those_of_this_start(desk: Desk) -> None:
    """What was taken out of the configuration counts no more; what moderators set stays."""
    await keep_out(desk, "denied by the moderators")
    await desk.database.run(admittance.keep_operators, [], [PAUL])
    await desk.database.run(admittance.keep_operators, [], [])
    assert await desk.value("SELECT group_concat(pattern) FROM admittance") == MARC


async def test_what_is_listed_is_audited(desk: Desk) -> None:
    """Who kept out whom can be answered for."""
    await keep_out(desk, "denied by the moderators")
    assert await desk.value("SELECT count(*) FROM audit WHERE act = 'setting'") == 1
