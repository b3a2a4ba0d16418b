"""The other process of the replay: it writes the year down, and decrypts its messages and does nothing else.

`python -m tests.bench.yardstick` reads one JSON object a line and answers each with one; so the process in which the
bot is measured holds neither the year nor these machines, and both run on the same cores a moment apart.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from nio.crypto import Olm, OlmDevice  # type: ignore[import-untyped]
from nio.events import MegolmEvent  # type: ignore[import-untyped]
from nio.store import DefaultStore  # type: ignore[import-untyped]

from doctocbot.matrix.cryptostore import CryptoStore, StoreKeys
from doctocbot.matrix.olm import CarefulOlm
from doctocbot.matrix.quietlog import silence_nio_logging
from tests.bench.people import BotKeys, Clinician, RoomKey
from tests.bench.recording import Recorded, Recording, published_keys, record
from tests.bench.year import ANSWERS, Kind, imagine

_DEVICE = "YARDSTICK"


@dataclass(frozen=True, slots=True)
class Decryption:
    """Seconds for the same messages: nio parsing raw events and then decrypting them, and the bot's own machine."""

    nio_parsing: float
    nio_decrypting: float
    nio_cpu: float
    own: float


class Yardstick:
    """Two machines with the keys to everything: nio's own with the store it takes by default, and the bot's."""

    def __init__(self, user_id: str, directory: Path, published: dict[str, Any]) -> None:
        (directory / "nio").mkdir()
        own_store = CryptoStore(user_id, _DEVICE, directory / "own", StoreKeys.derive("bench"))
        self._own = CarefulOlm(user_id, _DEVICE, own_store)
        self._nio = Olm(user_id, _DEVICE, DefaultStore(user_id, _DEVICE, str(directory / "nio"), "bench"))
        for user, devices in published["device_keys"].items():
            for device_id, keys in devices.items():
                self._meet(OlmDevice(user, device_id, _identity(device_id, keys)))

    def _meet(self, device: OlmDevice) -> None:
        for machine in (self._own, self._nio):
            machine.store.save_device_keys({device.user_id: {device.id: device}})
            machine.device_store.add(device)
        self._own.store.verify_device(device)
        self._nio.verify_device(device)

    def decrypt(self, answers: list[Recorded]) -> Decryption:
        """Time the decryption of all messages in these answers, from the raw event to what is inside."""
        for answer in answers:
            for key in answer.keys:
                self._take(key)
        raw = [
            (event, room_id)
            for answer in answers
            for room_id, joined in answer.answer.get("rooms", {"join": {}})["join"].items()
            for event in joined["timeline"]["events"]
            if event["type"] == "m.room.encrypted"
        ]
        begin, begin_cpu = perf_counter(), process_time()
        parsed = [(MegolmEvent.from_dict(event), room_id) for event, room_id in raw]
        parsing = perf_counter() - begin
        for event, room_id in parsed:
            self._nio.decrypt_megolm_event(event, room_id)
        both, cpu = perf_counter() - begin, process_time() - begin_cpu
        begin = perf_counter()
        for event, room_id in raw:
            self._own.open_event(event, room_id)
        return Decryption(parsing, both - parsing, cpu, perf_counter() - begin)

    def _take(self, key: RoomKey) -> None:
        for machine in (self._own, self._nio):
            machine.create_group_session(
                key.sender_key, key.fingerprint, key.room_id, key.session_id, key.session_key
            )


def _identity(device_id: str, keys: dict[str, Any]) -> dict[str, str]:
    return {kind: keys["keys"][f"{kind}:{device_id}"] for kind in ("curve25519", "ed25519")}


def main() -> None:
    """Answer the first line by writing the year down, every other by timing the decryption of a part of it."""
    silence_nio_logging()
    asked = json.loads(sys.stdin.readline())
    directory = Path(asked["directory"])
    bot = BotKeys(**asked["bot"])
    year = imagine(asked["messages"], asked["timeline"])
    people = [Clinician.numbered(number, bot) for number in range(year.people)]
    published, file = published_keys(people), directory / "year.jsonl"
    (directory / "published.json").write_text(json.dumps(published), encoding="utf-8")
    stretches = record(year, people, bot.user_id, file, asked["stretch"])
    _say(
        cases=year.count(Kind.CASE),
        answers=year.count(*ANSWERS),
        votes=year.count(Kind.VOTE),
        stretches=[asdict(stretch) for stretch in stretches],
    )
    recording, yardstick = Recording(file), Yardstick(bot.user_id, directory, published)
    for line in sys.stdin:
        first, last = json.loads(line)["answers"]
        took = yardstick.decrypt([recording.read(number) for number in range(first, last)])
        _say(**asdict(took))


def _say(**values: Any) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
