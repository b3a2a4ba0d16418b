"""A year as a homeserver would hand it out: raw answers to /sync, written to a file and read one at a time.

They stand in a file so that the process in which the bot is measured holds one answer and not a year.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from tests.bench.people import SERVER, BotKeys, Clinician, RoomKey
from tests.bench.year import ANSWERS, Kind, Said, Year

_BEGIN = 1_514_764_800_000  # 2018-01-01, ms
_YEAR = 365 * 24 * 3600 * 1000  # ms
_KEYS_ON_SERVER = {"device_one_time_keys_count": {"signed_curve25519": 50},
                   "device_unused_fallback_key_types": ["signed_curve25519"]}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """One answer to a sync: the messages and votes in it, and how many cards of each room must be there before.

    `keys` are the room keys that come with it, once more for the yardstick, which gets them without Olm.
    """

    answer: dict[str, Any]
    messages: int
    votes: int
    cards_before: dict[str, int]
    keys: tuple[RoomKey, ...]


class Recording:
    """The file, and in it where each answer begins; the first answer holds the rooms and nothing that is said."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._places = list(_line_starts(file))

    def __len__(self) -> int:
        return len(self._places)

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


def record(year: Year, bot: BotKeys, file: Path) -> dict[str, Any]:
    """Write a year down; returns everybody's answer of /keys/query."""
    people = [Clinician(number, bot) for number in range(year.people)]
    with file.open("w", encoding="utf-8") as target:
        _write(target, Recorded(_rooms(year, people, bot), 0, 0, {}, ()))
        scribe = _Scribe(year, people)
        for number, timelines in enumerate(year.syncs, start=1):
            _write(target, scribe.sync(number, timelines))
    published = [person.published_keys() for person in people]
    groups = ("device_keys", "master_keys", "self_signing_keys")
    return {
        group: {user: keys for each in published for user, keys in each[group].items()} for group in groups
    }


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
    """Turns what is said into events; knows which cards have to stand before an event may come."""

    def __init__(self, year: Year, people: list[Clinician]) -> None:
        self._people = people
        self._ms_per_spell = _YEAR / year.spells
        self._said = {said.number: said for said in year}

    def sync(self, number: int, timelines: Any) -> Recorded:
        join, to_device, keys = {}, [], []
        cards: dict[str, int] = {}
        messages = votes = 0
        for said_in_room in timelines:
            events = []
            for said in said_in_room:
                event, key = self._event(said)
                events.append(event)
                votes += said.kind is Kind.VOTE
                messages += said.kind is not Kind.VOTE
                room_id = event["room_id"]
                if said.case is not None and said.kind is not Kind.CASE:
                    cards[room_id] = max(cards.get(room_id, 0), said.case)
                if key is not None:
                    keys.append(key)
                    to_device.append(self._people[said.person].hand_over(key))
            if events:
                join[events[0].pop("room_id")] = {"timeline": _timeline(events, number), "state": {"events": []}}
        answer = {"next_batch": f"s{number}", "rooms": {"join": join}, "to_device": {"events": to_device}}
        return Recorded(answer | _KEYS_ON_SERVER, messages, votes, cards, tuple(keys))

    def _event(self, said: Said) -> tuple[dict[str, Any], RoomKey | None]:
        room_id, person = room_name(said.room), self._people[said.person]
        event = {
            "event_id": _event_id(said.number),
            "room_id": room_id,
            "sender": person.user_id,
            "origin_server_ts": _BEGIN + round(said.moment * self._ms_per_spell),
            "unsigned": {"age": 1_000, "membership": "join"},
        }
        if said.kind is Kind.VOTE:
            relation = {"rel_type": "m.annotation", "event_id": _event_id(said.target or 0), "key": said.text}
            return event | {"type": "m.reaction", "content": {"m.relates_to": relation}}, None
        content = {"msgtype": "m.text", "body": said.text, "m.mentions": {}}
        encrypted, key = person.encrypt(room_id, content, self._relation(said, room_id))
        return event | {"type": "m.room.encrypted", "content": encrypted}, key

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


def _timeline(events: list[dict[str, Any]], number: int) -> dict[str, Any]:
    for event in events:
        event.pop("room_id", None)  # events in a sync do not name their room
    return {"events": events, "limited": False, "prev_batch": f"p{number}"}


def _event_id(number: int) -> str:
    digest = hashlib.sha256(number.to_bytes(8, "big")).digest()
    return "$" + urlsafe_b64encode(digest).rstrip(b"=").decode()


def _rooms(year: Year, people: list[Clinician], bot: BotKeys) -> dict[str, Any]:
    """The first answer: closed, encrypted rooms in which everybody is, the bot with the power to redact."""
    joined = {room_name(room): _room(people, bot) for room in range(year.rooms)}
    return {"next_batch": "s0", "rooms": {"join": joined}, "device_lists": {"changed": []}} | _KEYS_ON_SERVER


def _room(people: list[Clinician], bot: BotKeys) -> dict[str, Any]:
    creator = people[0].user_id
    contents: list[tuple[str, str, dict[str, Any]]] = [
        ("m.room.create", "", {"room_version": "11"}),
        ("m.room.power_levels", "", {"users": {creator: 100, bot.user_id: 50}}),
        ("m.room.join_rules", "", {"join_rule": "invite"}),
        ("m.room.history_visibility", "", {"history_visibility": "shared"}),
        ("m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"}),
    ]
    members = [person.user_id for person in people] + [bot.user_id]
    contents += [
        ("m.room.member", user, {"membership": "join", "displayname": user[1:].split(":")[0]}) for user in members
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
    return {"state": {"events": events}, "timeline": {"events": [], "limited": False, "prev_batch": "p0"}}


def expected_answers(year: Year) -> int:
    """How many messages a bot that misses nothing counts as answers."""
    return sum(said.kind in ANSWERS for said in year)
