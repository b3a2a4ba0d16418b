"""A year as a homeserver would hand it out: raw answers to /sync, written to a file and read one at a time.

They stand in a file so that the process in which the bot is measured holds one answer and not a year.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from tests.bench.people import SERVER, Clinician, RoomKey
from tests.bench.year import Kind, Said, Year

_BEGIN = 1_514_764_800_000  # 2018-01-01, ms
_YEAR = 365 * 24 * 3600 * 1000  # ms
_KEYS_ON_SERVER = {"device_one_time_keys_count": {"signed_curve25519": 50},
                   "device_unused_fallback_key_types": ["signed_curve25519"]}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """One answer to a sync, and how many cards of each room must stand before people could say what is in it.

    `keys` are the room keys that come with it, once more for the yardstick, which gets them without Olm.
    """

    answer: dict[str, Any]
    cards_before: dict[str, int] = field(default_factory=dict)
    keys: tuple[RoomKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the year: one answer with all room keys for it, at `first`, then the answers with what is said."""

    first: int
    syncs: int
    messages: int
    votes: int
    keys: int


class Recording:
    """The file, and in it where each answer begins; the first answer holds the rooms and nothing that is said."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._places = list(_line_starts(file))

    def read(self, number: int) -> Recorded:
        """One answer, by its number from 0."""
        with self._file.open("rb") as source:
            source.seek(self._places[number])
            stored = json.loads(source.readline())
        keys = tuple(RoomKey(*key) for key in stored.pop("keys"))
        return Recorded(**stored, keys=keys)


def room_name(room: int) -> str:
    """The id of a room."""
    return f"!room-{room}:{SERVER}"


def card_name(room_id: str, case: int) -> str:
    """The event id under which the card of a room's n-th case is sent: what answers it has to name it beforehand."""
    return f"$card-{case}-of-{room_id}"


def record(year: Year, people: list[Clinician], bot: str, file: Path, stretch: int) -> list[Stretch]:
    """Write a year down, in stretches of about so many messages."""
    scribe = _Scribe(year, people)
    written = 1
    stretches: list[Stretch] = []
    with file.open("w", encoding="utf-8") as target:
        _write(target, Recorded(_rooms(year, people, bot)))
        for part in year.stretches(stretch):
            answers = [scribe.sync(timelines) for timelines in part]
            keys = scribe.new_keys()
            for answer in (keys, *answers):
                _write(target, answer)
            kinds = [said.kind for timelines in part for timeline in timelines for said in timeline]
            votes = kinds.count(Kind.VOTE)
            stretches.append(Stretch(written, len(answers), len(kinds) - votes, votes, len(keys.keys)))
            written += 1 + len(answers)
    return stretches


def published_keys(people: list[Clinician]) -> dict[str, Any]:
    """What /keys/query answers for everybody, and what /keys/claim does: one key each, which nobody ever uses."""
    published = [person.published_keys() for person in people]
    groups = ("device_keys", "master_keys", "self_signing_keys")
    keys = {person.user_id: {person.device_id: person.one_time_keys(1)} for person in people}
    return {
        group: {user: keys for each in published for user, keys in each[group].items()} for group in groups
    } | {"one_time_keys": keys}


def _write(target: TextIO, recorded: Recorded) -> None:
    values = asdict(recorded)
    values["keys"] = [list(key.values()) for key in values["keys"]]
    target.write(json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n")


def _line_starts(file: Path) -> Iterator[int]:
    place = 0
    with file.open("rb") as source:
        for line in source:
            yield place
            place += len(line)


class _Scribe:
    """Turns what is said into answers; knows which cards have to stand before one may come."""

    def __init__(self, year: Year, people: list[Clinician]) -> None:
        self._people = people
        self._ms_per_spell = _YEAR / year.spells
        self._answers = 0
        self._keys: list[tuple[Clinician, RoomKey]] = []

    def sync(self, timelines: Sequence[Sequence[Said]]) -> Recorded:
        """The answer that brings what is said in each room."""
        join = {
            room_name(room): _room_update([self._event(said) for said in timeline])
            for room, timeline in enumerate(timelines)
            if timeline
        }
        cards = {
            room_name(room): max(
                (said.case or 0 for said in timeline if said.kind is not Kind.CASE), default=0
            )
            for room, timeline in enumerate(timelines)
        }
        return Recorded(self._answer(rooms={"join": join}), cards)

    def new_keys(self) -> Recorded:
        """The answer that hands over the keys to everything written since the last one."""
        events = [person.hand_over(key) for person, key in self._keys]
        keys = tuple(key for _, key in self._keys)
        self._keys.clear()
        return Recorded(self._answer(to_device={"events": events}), keys=keys)

    def _answer(self, **parts: Any) -> dict[str, Any]:
        self._answers += 1
        return {"next_batch": f"s{self._answers}", **parts, **_KEYS_ON_SERVER}

    def _event(self, said: Said) -> dict[str, Any]:
        room_id, person = room_name(said.room), self._people[said.person]
        event: dict[str, Any] = {
            "event_id": _event_id(said.number),
            "sender": person.user_id,
            "origin_server_ts": _BEGIN + round(said.moment * self._ms_per_spell),
            "unsigned": {"age": 1_000, "membership": "join"},
        }
        if said.kind is Kind.VOTE:
            relation = {"rel_type": "m.annotation", "event_id": _event_id(said.target or 0), "key": said.text}
            return event | {"type": "m.reaction", "content": {"m.relates_to": relation}}
        content = {"msgtype": "m.text", "body": said.text, "m.mentions": {}}
        encrypted, key = person.encrypt(room_id, content, self._relation(said, room_id))
        if key is not None:
            self._keys.append((person, key))
        return event | {"type": "m.room.encrypted", "content": encrypted}

    def _relation(self, said: Said, room_id: str) -> dict[str, Any] | None:
        if said.case is None or said.kind is Kind.CASE:
            return None
        card = card_name(room_id, said.case)
        if said.kind is Kind.REPLY:
            return {"m.in_reply_to": {"event_id": card}}
        return {
            "rel_type": "m.thread",
            "event_id": card,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": card},
        }


def _room_update(events: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "timeline": {"events": events, "limited": False, "prev_batch": "before"},
        "state": {"events": []},
    }


def _event_id(number: int) -> str:
    digest = hashlib.sha256(number.to_bytes(8, "big")).digest()
    return "$" + urlsafe_b64encode(digest).rstrip(b"=").decode()


def _rooms(year: Year, people: list[Clinician], bot: str) -> dict[str, Any]:
    """The first answer: closed, encrypted rooms in which everybody is, the bot with the power to redact."""
    joined = {room_name(room): _room(people, bot) for room in range(year.rooms)}
    return {"next_batch": "s0", "rooms": {"join": joined}, "device_lists": {"changed": []}} | _KEYS_ON_SERVER


def _room(people: list[Clinician], bot: str) -> dict[str, Any]:
    creator = people[0].user_id
    contents: list[tuple[str, str, dict[str, Any]]] = [
        ("m.room.create", "", {"room_version": "11"}),
        ("m.room.power_levels", "", {"users": {creator: 100, bot: 50}}),
        ("m.room.join_rules", "", {"join_rule": "invite"}),
        ("m.room.history_visibility", "", {"history_visibility": "shared"}),
        ("m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"}),
    ]
    members = [person.user_id for person in people] + [bot]
    contents += [
        ("m.room.member", user, {"membership": "join", "displayname": user[1:].split(":")[0]})
        for user in members
    ]
    events = [
        {
            "type": type_,
            "state_key": key,
            "sender": creator,
            "event_id": _event_id(1_000_000 + number),
            "origin_server_ts": _BEGIN,
            "content": content,
        }
        for number, (type_, key, content) in enumerate(contents)
    ]
    return _room_update([]) | {"state": {"events": events}}
