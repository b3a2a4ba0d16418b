"""`!mod export`: the cases of a room as a file for one of its moderators, without anybody's name.

JSON Lines: the first line says what the file is, each further one is a case. Of a pulled case there is nothing but its
number, of a hidden one no words of its author. Who asked and who answered is left out: `!mod who` tells, audited.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from doctocbot.cases import opinions, queries
from doctocbot.cases.model import Case, CaseState, tally
from doctocbot.cases.quotations import EXPORTED
from doctocbot.cases.screening import screened
from doctocbot.chat.replies import Conversation
from doctocbot.matrix import Outgoing
from doctocbot.rooms import direct
from doctocbot.store import Transaction

_FORMAT = 1


def numbers(tx: Transaction, room_id: str) -> list[int]:
    """The cases that a room has ever had."""
    rows = tx.rows("SELECT id FROM medical_case WHERE room_id = :room ORDER BY id", room=room_id)
    return [row["id"] for row in rows]


def lines(tx: Transaction, room_id: str, name: str, now: int) -> Iterator[str]:
    """The file, line by line; times are UTC."""
    cases = queries.cases_numbered(tx, numbers(tx, room_id))
    yield _json({"doctocbot-cases": _FORMAT, "room": name, "exported": _moment(now), "cases": len(cases)})
    for case in cases:
        yield _json(_case(tx, case))


def _case(tx: Transaction, case: Case) -> dict[str, Any]:
    told: dict[str, Any] = {
        "number": case.id,
        "state": case.state,
        "opened": _moment(case.opened_at),
        "kind": case.kind,
        "hidden": case.hidden,
    }
    if case.state is CaseState.PULLED:
        return told
    told |= {
        "tags": case.tags,
        "text": case.text,
        "added": [] if case.hidden else queries.additions(tx, case.id),
        "pictures": queries.picture_count(tx, case.id),
        "outcome": case.outcome,
        "certainty": case.certainty,
        "opinions": list(_opinions(tx, case)),
        "references": opinions.references(tx, case.id),
        "answers": _said(tx, _ANSWERS, case),
    }
    if not case.hidden:
        told["news"] = _said(tx, _NEWS, case)
    return told


_ANSWERS = "SELECT sent_at AS at, text FROM answer WHERE case_id = :id ORDER BY sent_at, event_id"
_NEWS = "SELECT at, text FROM followup WHERE case_id = :id ORDER BY at, event_id"


def _opinions(tx: Transaction, case: Case) -> Iterator[dict[str, Any]]:
    for opinion in opinions.opinions(tx, case.id):
        count = tally(opinion, case.known_author)
        yield {
            "number": opinion.number,
            "text": opinion.text,
            "agree": count.agree,
            "oppose": count.oppose,
            "references": opinion.references,
            "consensus": count.consensus,
            "kept": opinion.kept,
        }


def _said(tx: Transaction, statement: str, case: Case) -> list[dict[str, str]]:
    rows = tx.rows(statement, id=case.id)
    return [{"at": _moment(row["at"]), "text": screened(row["text"])} for row in rows if row["text"]]


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def send(c: Conversation, there: Conversation, chat_id: str) -> None:
    """Send the file in a moderator's direct chat; a pull of any case in it reaches the message."""
    room = there.room
    data = "\n".join([*lines(c.tx, room.room_id, room.name or room.room_id, c.now), ""]).encode()
    attachment_id = c.tx.insert(
        "INSERT INTO attachment (mimetype, extension, width, height, size, data)"
        " VALUES ('application/x-ndjson', 'jsonl', 0, 0, :size, :data)",
        size=len(data),
        data=data,
    )
    key = f"{c.cause}{EXPORTED}"
    c.tx.execute(
        "INSERT INTO data_file (attachment_id, user_id, key) VALUES (:id, :user, :key)",
        id=attachment_id,
        user=c.sender,
        key=key,
    )
    direct.note_private(c.tx, chat_id)
    words = c.world.wording(c.tx, chat_id)
    name = f"{words.say('export.file-name')}.jsonl"
    body = words.say("export.here", room=room.name or room.room_id)
    message = Outgoing(
        key=key,
        room_id=chat_id,
        content={"body": body, "filename": name, "m.mentions": {}},
        attachment_id=attachment_id,
        quotes=True,
        shows=tuple(numbers(c.tx, room.room_id)),
    )
    c.send([message])
