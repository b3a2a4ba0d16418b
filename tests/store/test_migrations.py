"""Steps from one version of the schema to the next: what stands on somebody's disk is kept and goes on."""

import hashlib
import json
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from doctocbot.cases import drafts, queries, search
from doctocbot.matrix import Outbox
from doctocbot.matrix.notes import Notes
from doctocbot.matrix.sender import Sender
from doctocbot.rooms import audit
from doctocbot.rooms.audit_chain import check
from doctocbot.rooms.direct import chat_of
from doctocbot.store import Database, Transaction, derive_key
from tests.fakes.gateway import FakeGateway, still_ours

pytestmark = pytest.mark.slow

KEY = derive_key("a long random secret", "database")
LEA, MARC = "@lea:clinic.example", "@marc:clinic.example"
ROOM, CHAT = "!cabinet:clinic.example", "!lea-and-the-bot:clinic.example"
RELEASED = {
    "0001_start.sql": "24bebb238dfc593be5aad8dffbeaa91beeb3f7bc8c59a14751245d7bcb03ca8f",
    "0002_drafts.sql": "d0fbeefcc2d866e8afbb5481a5e4db51ebe86d408264061a05845a1291ed8f52",
    "0003_opinions.sql": "e109c303b33f183452c620e2520badec631986b158adea6b6d551473f0840a49",
    "0004_calls.sql": "3262136d46b0e4b3d62363bd7740dc2a3b3ca862d93199351b4bd8329b37655a",
    "0005_desk.sql": "4362c963c56f49e166155e5232498cd53ead18f021a8d3ff9a7d7c0177eb6439",
    "0006_search.sql": "b36003426321459c2761251b5617643c6c5aceeac375213536fb8cc360e3625e",
    "0007_drafts_given_back.sql": "a222df638c6a29a2446812ea60fb6a5d5994f7e9635e553d4f6809e5d9064bcc",
    "0008_drafts_again.sql": "61a7494b776cca3c1f0a0b883bd7ce438f3e91ef13721e23afcfbdcaf0335ed2",
    "0009_votes.sql": "81d731481e57b1d412b7187cfdbcc4a3a0813f14e7a4675fe9084b235f6379b0",
    "0010_calls_again.sql": "6b4781fed3a9d8f3ef71f738ac553dcbdd2732a4ecc0e0000269725aa0659dc5",
    "0011_members.sql": "5191f1088e56951d5e2146c34c222bca28569d91022addafb69be433511a0aea",
    "0012_audit.sql": "bc6caffeb29f65745bd631421e8c79938f68892f322232b9bb8a354503129474",
    "0013_doors.sql": "b5460ad2779a0c297f222861b41c27e50bde396c8c6ea67d9b8c59aedd42e221",
    "0014_identities.sql": "ae8413425b19c6ca1db9419f67f21bb001323bae1dc0cb18c632f78543b5046d",
    "0015_kept.sql": "1afceb3ea07a701b204cc43681fca933299e84821c83afc2c94decce7bef942f",
    "0016_questions.sql": "09552fda1154e8270cc38421492e3a4106f6aab2a638de46ea5a223ab7d0c480",
    "0017_reviews.sql": "b9fcb138510abf1da72adcd99c4f6f56a36cb07ec86f6142b274ad284c8bbbca",
    "0018_students.sql": "6a48e187857ada162b488f25df01dfe8f8ace77ba38ed52f2227d53df37ff799",
    "0019_replays.sql": "07421f636496d086babce5c0dae18ab3a0b9daa4a5d3f62383cacaf3300d89ec",
    "0020_mended.sql": "f593cf713600ad2dac1e98f39b8480ef9a7536c45948647b09a20b90177fbacc",
    "0021_restored.sql": "53638a2a68e7c2fb4a4472cb841a907ef950338625a21f44bff8fe8398bac8c1",
    "0022_lasting_names.sql": "fa473fa3b183111a195a070f53219e6dd7886234a915aafbee110e4dbcbc2154",
}
FIRST = tuple(RELEASED)[:2]
"""The steps of the first release, whose database is opened here."""

SPEC = {
    "key": "$asked:reply", "room_id": ROOM, "type": "m.room.message", "content": {"msgtype": "m.notice", "body": "…"},
    "thread": None, "reply_to": "$asked", "edits": None, "refers_to": None, "target": None, "case_id": None,
    "attachment_id": None, "renders": None, "quotes": False, "even_unserved": False,
}  # fmt: skip
REDACTION = SPEC | {"key": "redact:$old", "type": "m.room.redaction", "reply_to": None, "target": "$old"}
NAMES = {
    "lea": LEA, "marc": MARC, "room": ROOM, "chat": CHAT, "spec": json.dumps(SPEC), "redaction": json.dumps(REDACTION),
}  # fmt: skip
ROWS = (
    "INSERT INTO room (room_id, served) VALUES (:room, 1)",
    "INSERT INTO room (room_id, served, direct_with, was_private) VALUES (:chat, 1, :lea, 1)",
    "INSERT INTO medical_case (id, room_id, author, source_event, state, tags, text, words_event, opened_at)"
    " VALUES (3, :room, :lea, '$case', 'open', 'dermato', 'Plaque du dos', '$case', 1000)",
    "INSERT INTO audit (at, actor, act, room_id, case_id) VALUES (1000, 'a pseudonym', 'consent', :room, 3),"
    " (2000, 'another', 'pull', :room, NULL)",
    "INSERT INTO answer VALUES ('$answer', 3, :marc, 2000, '$answer', 'Psoriasis, plutôt', NULL)",
    "INSERT INTO opinion VALUES (5, 3, 2, 'psoriasis', 'Psoriasis')",
    "INSERT INTO proposal VALUES ('$answer', 5, :marc, 2000, '$answer', 1)",
    "INSERT INTO vote VALUES ('$later', 5, :lea, 0, 'Trop plat', 4000)",
    "INSERT INTO vote VALUES ('$sooner', 5, :lea, 1, NULL, 3000)",
    "INSERT INTO draft (id, author, chat_id, version, shown_version, shown_rooms, case_id)"
    " VALUES (7, :lea, :chat, 2, 2, :room, 3)",
    "INSERT INTO draft_part (id, draft_id, event_id, words_event, text) VALUES (9, 7, '$words', '$words', 'Enfant')",
    "INSERT INTO draft_event VALUES ('$words', 7)",
    "INSERT INTO draft (id, author, chat_id) VALUES (8, :marc, '!marc')",
    "DELETE FROM draft WHERE id = 8",
    "INSERT INTO outbox (key, transaction_id, room_id, state, spec, created_at)"
    " VALUES ('$asked:reply', 'first', :room, 'queued', :spec, 0),"
    " ('redact:$old', 'second', :room, 'queued', :redaction, 0)",
)


def step(name: str) -> str:
    """The text of one step."""
    return (resources.files("doctocbot.store") / "migrations" / name).read_text(encoding="utf-8")


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[Database]:
    """A database of the first release, with something of everything in it, opened by the present program."""
    path = tmp_path / "doctocbot.db"
    connection: Any = sqlcipher.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = '{KEY}'")
    for name in FIRST:
        connection.executescript(step(name))
    for row in ROWS:
        connection.execute(row, NAMES)
    connection.execute(f"PRAGMA user_version = {len(FIRST)}")
    connection.close()
    database = await Database.open(path, KEY)
    yield database
    await database.close()


@pytest.mark.parametrize(("name", "digest"), RELEASED.items())
def test_a_released_step_is_never_changed(name: str, digest: str) -> None:
    """Whoever has taken it will not take it again: what comes after is a step of its own."""
    assert hashlib.sha256(step(name).encode()).hexdigest() == digest


def test_steps_are_numbered_without_a_gap() -> None:
    """Their number is the version of the schema."""
    names = sorted(entry.name for entry in (resources.files("doctocbot.store") / "migrations").iterdir())
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


async def test_nothing_points_nowhere_after_the_steps(old: Database) -> None:
    """Tables were made anew, and what pointed at the old ones points at the new."""
    assert await old.run(lambda tx: tx.rows("PRAGMA foreign_key_check")) == []
    assert await old.run(lambda tx: tx.value("PRAGMA integrity_check")) == "ok"
    left = await old.run(lambda tx: tx.rows("SELECT name FROM sqlite_schema WHERE sql GLOB '*old_draft*'"))
    assert left == []


async def test_a_case_keeps_its_answers_and_votes(old: Database) -> None:
    """In the order in which they were given; it is found by its words, and nobody is called for it now."""

    def look(tx: Transaction) -> None:
        case = queries.case_by_id(tx, 3)
        assert case is not None
        assert (case.text, case.tags) == ("Plaque du dos", ("dermato",))
        assert tx.value("SELECT text FROM answer WHERE case_id = 3") == "Psoriasis, plutôt"
        votes = tx.rows("SELECT event_id, says, reason FROM vote ORDER BY seq")
        said = [tuple(row) for row in votes]
        assert said == [("$sooner", "agree", None), ("$later", "oppose", "Trop plat")]
        assert tx.value("SELECT last_opinion FROM medical_case WHERE id = 3") == 2
        assert tx.value("SELECT look_at FROM medical_case WHERE id = 3") is None
        assert [found.id for found in search.find(tx, [ROOM], "plaques psoriasis", 5)[0]] == [3]
        assert chat_of(tx, LEA, "") == CHAT

    await old.run(look)


async def test_a_draft_goes_on_where_it_was(old: Database) -> None:
    """With its words, on the way to its room; a new one takes a number that none has ever had."""

    def look(tx: Transaction) -> None:
        (draft,) = drafts.on_the_way(tx)
        assert (draft.id, draft.author, draft.chat_id, draft.case_id) == (7, LEA, CHAT, 3)
        assert (draft.version, draft.shown_version, draft.shown_rooms) == (2, 2, (ROOM,))
        assert draft.sent_as == "case:3:card"
        assert [part.text for part in drafts.parts(tx, 7)] == ["Enfant"]
        assert drafts.events(tx, draft) == ["$words"]
        assert drafts.begin(tx, MARC, "!marc").id == 9
        drafts.delete(tx, draft)
        assert tx.rows("SELECT id FROM draft_part") == []
        assert tx.rows("SELECT event_id FROM draft_event") == []

    await old.run(look)


async def test_what_was_audited_becomes_the_beginning_of_the_chain(old: Database) -> None:
    """In its order; what is noted next follows on it."""

    def look(tx: Transaction) -> None:
        outbox = Outbox("a secret")
        audit.take_in(tx, outbox)
        rows = tx.rows("SELECT id, at, actor, act, room_id, case_id FROM audit ORDER BY id")
        assert [tuple(row) for row in rows] == [
            (1, 1000, "a pseudonym", "consent", ROOM, 3),
            (2, 2000, "another", "pull", ROOM, None),
        ]
        assert tx.value("SELECT count(*) FROM audit_unchained") == 0
        assert check(audit.key_of(outbox), audit.links(tx)).broken is None

    await old.run(look)


async def test_what_waited_to_be_sent_is_sent(old: Database) -> None:
    """What has to go goes first, as among rows of today."""
    gateway = FakeGateway()
    await Sender(old, gateway, {}, lambda tx, outgoing, room: None, Notes("a secret"), still_ours).drain(ROOM)
    assert gateway.redactions == ["$old"]
    assert [event.body for event in gateway.sent] == ["…"]
    order = await old.run(lambda tx: tx.rows("SELECT key FROM outbox ORDER BY urgent DESC, seq"))
    assert [row["key"] for row in order] == ["redact:$old", "$asked:reply"]
