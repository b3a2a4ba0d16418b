"""Who did what: rows that are only added to, names that can be erased, a head that is told."""

import json
import re
from datetime import datetime

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from doctocbot.auditor import report
from doctocbot.matrix import Event
from doctocbot.rooms import audit, moderators
from doctocbot.rooms.audit import Deed
from doctocbot.rooms.settings import note_problems
from doctocbot.store import Transaction
from tests.cases.test_intake import draft
from tests.desk import BOT, CHAT, LEA, MARC, MODO, ROOM, Desk, plain
from tests.fakes.roomstates import closed_room

pytest_plugins = ["tests.desk_fixtures"]

MODOS_CHAT = "!modo-and-the-bot:clinic.example"
HOME = "!home:clinic.example"
DAY = 24 * 60


async def note(desk: Desk, who: str, deed: Deed, **values: object) -> None:
    """Somebody does something that is audited."""

    def write(tx: Transaction) -> None:
        moment = Event(f"${desk.now}", ROOM, who, "m.room.message", desk.now)
        audit.note(desk.world.conversation(tx, moment), deed, **values)  # type: ignore[arg-type]

    await desk.database.run(write)


async def whole(desk: Desk) -> str:
    """All that the chain itself holds."""
    return str(await desk.database.run(lambda tx: [tuple(row) for row in tx.rows("SELECT * FROM audit")]))


async def remarks(desk: Desk, head: str | None = None) -> list[str]:
    """What the operator is told of the audit; faults bear a mark."""
    return [
        f"{'!' if each.bad else ''}{each.what}" for each in await desk.database.run(report, desk.outbox, head)
    ]


async def test_the_chain_holds_pseudonyms_and_digests(desk: Desk) -> None:
    """Neither a name nor a reason stands in it; both stand beside it."""
    await note(desk, MODO, Deed.PULL, room=ROOM, case=3, about=LEA, reason="Mme Dupont est nommée")
    rows = await whole(desk)
    assert desk.outbox.pseudonym(MODO) in rows
    for word in (LEA, MODO, "Dupont"):
        assert word not in rows
    words = await desk.database.run(
        lambda tx: tuple(tx.row("SELECT actor, about, reason FROM audit_words") or ())
    )
    assert words == (MODO, LEA, "Mme Dupont est nommée")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET act = 'consent'",
        "UPDATE audit SET hash = hash",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT id, at, actor, 'consent', room_id, case_id, about, reason, previous, hash"
        " FROM audit",
        "INSERT INTO audit SELECT id + 5, at, actor, act, room_id, case_id, about, reason, previous, hash FROM audit",
    ],
)
async def test_the_audit_is_only_added_to(desk: Desk, statement: str) -> None:
    """The database itself refuses anything else, also what our own code would try by mistake."""
    await note(desk, MODO, Deed.PULL, room=ROOM)
    with pytest.raises(sqlcipher.DatabaseError, match="only added to"):
        await desk.database.run(lambda tx: tx.execute(statement))
    assert await remarks(desk) == ["audit-rows", "audit-head"]


async def test_a_person_is_forgotten_and_the_chain_holds(desk: Desk) -> None:
    """Their name goes, and the reasons that they gave or that were given about them; other people's stay."""
    await note(desk, MODO, Deed.PULL, room=ROOM, about=LEA, reason="le nom de Léa")
    await note(desk, LEA, Deed.PULL, room=ROOM, reason="mon erreur")
    await note(desk, MODO, Deed.SETTING, room=ROOM, reason="nudge: 20 → 30")
    assert await desk.database.run(audit.forget, LEA) == 2
    left = str(
        await desk.database.run(lambda tx: [tuple(row) for row in tx.rows("SELECT * FROM audit_words")])
    )
    assert LEA not in left
    assert "Léa" not in left
    assert "erreur" not in left
    assert MODO in left
    assert "nudge" in left
    assert await remarks(desk) == ["audit-rows", "audit-head"]


async def test_what_is_kept_about_somebody_is_found(desk: Desk) -> None:
    """By their name; and by their pseudonym, also when the name is gone."""
    await note(desk, MODO, Deed.PULL, room=ROOM, case=1, about=LEA, reason="doublon")
    await note(desk, LEA, Deed.CONSENT, room=ROOM, case=2)
    await note(desk, MARC, Deed.CONSENT, room=ROOM, case=3)

    def about(tx: Transaction, pseudonym: str | None) -> list[tuple[object, ...]]:
        rows = audit.rows_about(tx, LEA, pseudonym)
        return [(row["what"], row["case_id"], bool(row["did"]), row["words"]) for row in rows]

    both = [("pull", 1, False, "doublon"), ("consent", 2, True, None)]
    assert await desk.database.run(about, None) == both
    await desk.database.run(audit.forget, LEA)
    assert await desk.database.run(about, None) == []
    bare = [("pull", 1, False, None), ("consent", 2, True, None)]
    assert await desk.database.run(about, desk.outbox.pseudonym(LEA)) == bare


async def test_reasons_go_with_time(desk: Desk) -> None:
    """They may name a patient; who did what stays."""
    await note(desk, MODO, Deed.PULL, room=ROOM, reason="Mme Dupont")
    later = desk.outbox.now() + 1
    assert await desk.database.run(audit.forget_reasons, "!elsewhere", later) == 0
    assert await desk.database.run(audit.forget_reasons, ROOM, later) == 1
    assert await desk.value("SELECT actor FROM audit_words") == MODO
    assert await remarks(desk) == ["audit-rows", "audit-head"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE audit SET act = 'consent' WHERE id = 2", "!audit-changed"),
        ("UPDATE audit SET about = NULL WHERE id = 2", "!audit-changed"),
        ("DELETE FROM audit WHERE id = 1", "!audit-missing"),
        ("DELETE FROM audit WHERE id = 2", "!audit-missing"),
        ("UPDATE audit_words SET actor = '@marc:clinic.example' WHERE audit_id = 2", "!audit-words"),
        ("UPDATE audit_words SET reason = 'rien de grave' WHERE audit_id = 2", "!audit-words"),
        ("UPDATE audit_words SET salt = NULL WHERE audit_id = 2", "!audit-words"),
    ],
)
async def test_whoever_writes_the_file_is_found_out(desk: Desk, damage: str, said: str) -> None:
    """The triggers keep nobody out who can drop them; the chain does."""
    for case in (1, 2, 3):
        await note(desk, MODO, Deed.PULL, room=ROOM, case=case, about=LEA, reason="doublon")

    def change(tx: Transaction) -> None:
        guards = tx.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'")
        for guard in guards:
            tx.execute(f"DROP TRIGGER {guard['name']}")
        if damage.startswith("DELETE"):
            tx.execute("DELETE FROM audit_words")
        tx.execute(damage)
        for guard in guards:
            tx.execute(guard["sql"])

    await desk.database.run(change)
    assert said in await remarks(desk)


async def test_a_kept_head_proves_that_nothing_was_cut_off(desk: Desk) -> None:
    """It is found with the rows since; one that is not of this chain is a fault."""
    await note(desk, MODO, Deed.PULL, room=ROOM)
    _, head = await desk.database.run(audit.head)
    await note(desk, MODO, Deed.PULL, room=ROOM)
    assert (await remarks(desk, head))[-1] == "audit-known-head"
    assert (await remarks(desk, f" {head.upper()} "))[-1] == "audit-known-head"
    assert (await remarks(desk, "f" * 64))[-1] == "!audit-unknown-head"


async def test_what_was_noted_before_there_was_a_chain_is_taken_in(desk: Desk) -> None:
    """In its order and without names, before anything new."""

    def old(tx: Transaction) -> None:
        for case in (7, 8):
            tx.execute(
                "INSERT INTO audit_unchained (at, actor, act, room_id, case_id) VALUES (1, 'a', 'pull', :room, :case)",
                room=ROOM,
                case=case,
            )

    await desk.database.run(old)
    assert await remarks(desk) == ["audit-rows", "audit-head", "audit-waiting"]
    await note(desk, MODO, Deed.SETTING, room=ROOM)
    rows = await desk.database.run(
        lambda tx: [(row["id"], row["case_id"]) for row in tx.rows("SELECT * FROM audit")]
    )
    assert rows == [(1, 7), (2, 8), (3, None)]
    assert await remarks(desk) == ["audit-rows", "audit-head"]


def chat(desk: Desk) -> list[str]:
    """What the moderator's chat shows of the bot's."""
    return [plain(event.body) for event in desk.gateway.visible(MODOS_CHAT)]


def monday(desk: Desk, weeks: int) -> None:
    """Let it be some Monday at nine, later."""
    local = datetime.fromtimestamp(desk.now / 1000, desk.world.zone)
    days = 7 * weeks - local.weekday()
    desk.now += int((days * DAY + (9 - local.hour) * 60) * 60_000)


async def test_the_moderators_are_told_the_head_every_week(desk: Desk) -> None:
    """Once each, with how many rows there are; nobody else is, and a restart says nothing twice."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.open_chat(LEA, CHAT)
    await desk.say(MODO, "!mod set nudge 30")
    await desk.tick()
    assert [said for said in chat(desk) if "empreinte" in said] == []
    for week in (1, 2):
        monday(desk, 1)
        await desk.tick()
        await desk.tick()
        desk.restart()
        await desk.tick()
        assert len([said for said in chat(desk) if "empreinte" in said]) == week
    _, head = await desk.database.run(audit.head)
    assert head in chat(desk)[-1]
    assert "1 ligne " in chat(desk)[-1]
    assert not any("empreinte" in event.body for event in desk.gateway.visible(CHAT))
    assert not any("empreinte" in event.body for event in desk.gateway.visible(ROOM))


async def test_weeks_of_an_outage_are_told_once(desk: Desk) -> None:
    """The head of today says all that those of the weeks before would have said."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.say(MODO, "!mod set nudge 30")
    await desk.tick()
    monday(desk, 4)
    await desk.tick()
    await desk.tick()
    assert len([said for said in chat(desk) if "empreinte" in said]) == 1


async def test_a_moderator_reads_the_audit_in_private(desk: Desk) -> None:
    """Who, what, when, in which case and why; the room sees nothing of it, and the reading is a row too."""
    desk.call(MODO, "Modo")
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.say(LEA, "!cas Enfant de 3 ans, toux")
    await desk.say(MODO, "!mod close #1 doublon du cas de Marc", room=MODOS_CHAT)
    before = len(desk.gateway.visible(ROOM))
    await desk.say(MODO, "!mod journal 5")
    assert len(desk.gateway.visible(ROOM)) == before
    told = chat(desk)[-1]
    assert "Modo · a clos un cas" in told
    assert "#1 · doublon du cas de Marc" in told
    assert await desk.value("SELECT act FROM audit ORDER BY id DESC LIMIT 1") == "read-audit"


async def test_the_audit_does_not_tell_who_asked_without_a_name(desk: Desk) -> None:
    """That is for `!mod who`, which is a deed of its own."""
    await desk.say(MODO, "!mod set anonymous on")
    await desk.open_chat(LEA)
    await desk.open_chat(MODO, MODOS_CHAT)
    await draft(desk)
    await desk.say(LEA, "!publier anonyme", room=CHAT)
    await desk.tick()
    await desk.say(MODO, "!mod pull #1 nom du patient", room=MODOS_CHAT)
    await desk.say(MODO, "!mod oui", room=MODOS_CHAT)
    await desk.say(MODO, "!mod journal", room=MODOS_CHAT)
    shown = json.dumps([event.content for event in desk.gateway.visible(MODOS_CHAT)], ensure_ascii=False)
    assert "a publié, avec l" in shown
    assert "sans nom" in shown
    assert LEA not in shown


async def nameless_case(desk: Desk, text: str = "Homme de 54 ans, plaque du dos #dermato") -> None:
    """Léa publishes a case without her name."""
    await desk.say(MODO, "!mod set anonymous on")
    await draft(desk, text)
    await desk.say(LEA, "!publier anonyme", room=CHAT)
    await desk.tick()


def shown(desk: Desk) -> str:
    """Everything in the moderator's chat, pills and ids included."""
    return json.dumps([event.content for event in desk.gateway.visible(MODOS_CHAT)], ensure_ascii=False)


@pytest.mark.parametrize("home", [False, True])
async def test_a_nameless_author_takes_their_case_back_without_a_name(desk: Desk, home: bool) -> None:
    """What moderators are told at once and what they read in the audit agree: neither says who it was."""
    await desk.open_chat(LEA)
    await desk.open_chat(MODO, MODOS_CHAT)
    if home:
        levels = {BOT: 50, MODO: 100}
        desk.gateway.rooms[HOME] = closed_room(HOME, creator=MODO, members=(BOT,), levels=levels)
        await desk.database.run(note_problems, HOME, [])
        await desk.database.run(moderators.settle, ROOM, HOME)
    await nameless_case(desk)
    await desk.say(LEA, "!pull #1", room=CHAT)
    await desk.tick()
    await desk.say(MODO, "!mod journal", room=HOME if home else MODOS_CHAT)
    told = shown(desk) + json.dumps([each.content for each in desk.gateway.visible(HOME)], ensure_ascii=False)
    assert "sans son nom a retiré" in told
    assert "a posé ce cas sans nom · a retiré un cas" in told
    assert LEA not in told


async def test_who_pulls_their_nameless_case_before_all_is_named_as_anybody(desk: Desk) -> None:
    """The room has seen who typed it: if that one were not named, everybody would know whose case it was."""
    await desk.open_chat(LEA)
    await desk.open_chat(MODO, MODOS_CHAT)
    await nameless_case(desk)
    await desk.say(LEA, "!pull #1")
    await desk.say(MODO, "!mod journal", room=MODOS_CHAT)
    notice, journal = chat(desk)[-2:]
    assert f"{LEA} a retiré" in notice
    assert f"{LEA} · a retiré un cas → la personne qui a posé ce cas sans nom" in journal


@pytest.mark.parametrize("first", ["!pull #1", "!vote"])
async def test_an_erased_name_links_no_nameless_case(desk: Desk, first: str) -> None:
    """The pseudonym that stands at what Léa did by name stands at nothing that she did without."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.open_chat(LEA)
    if first == "!pull #1":
        await desk.say(MARC, "!cas toux depuis trois semaines")
        await desk.say(LEA, first)
    else:
        await draft(desk, "Femme de 30 ans, toux depuis trois semaines #pneumo")
        await desk.say(LEA, "!publier", room=CHAT)
        await desk.tick()
    await nameless_case(desk)
    await desk.say(LEA, "!forgetme", room=CHAT)
    await desk.say(LEA, "!forgetme oui", room=CHAT)
    await desk.tick()
    await desk.say(MODO, "!mod journal", room=MODOS_CHAT)
    pseudonym = desk.outbox.pseudonym(LEA)
    lines = [line for line in chat(desk)[-1].split("\n") if pseudonym in line]
    assert any("#1" in line for line in lines)
    assert not any("#2" in line for line in lines)


async def test_no_number_of_readings_hides_a_deed(desk: Desk) -> None:
    """A hundred and one looks at the journal are counted beside what was done."""
    await desk.open_chat(MODO, MODOS_CHAT)
    await desk.say(MODO, "!mod set nudge 30")
    for _ in range(101):
        await note(desk, MODO, Deed.READ_AUDIT, room=ROOM)
    await desk.say(MODO, "!mod journal 5", room=MODOS_CHAT)
    told = chat(desk)[-1]
    assert "nudge" in told
    assert f"Lectures du journal par {MODO} : 101" in told


async def test_the_whole_audit_can_be_read_page_by_page(desk: Desk) -> None:
    """Each page says what to type for the one before; the first says nothing of the kind."""
    await desk.open_chat(MODO, MODOS_CHAT)
    for number in range(250):
        await note(desk, MODO, Deed.SETTING, room=ROOM, reason=f"réglage {number}:")
    typed, seen, pages = "!mod journal 100", "", 0
    while typed:
        await desk.say(MODO, typed, room=MODOS_CHAT)
        seen += chat(desk)[-1]
        found = re.search(r"!mod journal avant #\d+", chat(desk)[-1])
        typed = found[0].replace("journal", "journal 100") if found else ""
        pages += 1
    assert pages == 3
    assert all(seen.count(f" réglage {number}:") == 1 for number in range(250))


async def test_readings_stand_at_the_page_of_their_time(desk: Desk) -> None:
    """The three of long ago are not counted to the latest page."""
    await desk.open_chat(MODO, MODOS_CHAT)
    for deed in (Deed.SETTING, *[Deed.READ_AUDIT] * 3, Deed.SETTING, Deed.READ_AUDIT, Deed.SETTING):
        await note(desk, MODO, deed, room=ROOM, reason="réglage")
    await desk.say(MODO, "!mod journal 1", room=MODOS_CHAT)
    assert "Lectures" not in chat(desk)[-1]
    await desk.say(MODO, "!mod journal 1 avant #7", room=MODOS_CHAT)
    assert f"par {MODO} : 1," in chat(desk)[-1]
    await desk.say(MODO, "!mod journal avant #5", room=MODOS_CHAT)
    assert f"par {MODO} : 3," in chat(desk)[-1]
