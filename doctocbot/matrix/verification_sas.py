"""The arithmetic of a verification by emojis: what both sides show, and the MACs over their keys.

Source: Matrix specification, "Short Authentication String (SAS) verification", method `m.sas.v1` with
`curve25519-hkdf-sha256` and `hkdf-hmac-sha256.v2`. Key agreement, HKDF and HMAC are vodozemac's.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vodozemac import Curve25519PublicKey, EstablishedSas, Sas

from doctocbot.matrix.signing import canonical_json, encode_base64

EMOJIS = (
    ("🐶", "dog"), ("🐱", "cat"), ("🦁", "lion"), ("🐎", "horse"),
    ("🦄", "unicorn"), ("🐷", "pig"), ("🐘", "elephant"), ("🐰", "rabbit"),
    ("🐼", "panda"), ("🐓", "rooster"), ("🐧", "penguin"), ("🐢", "turtle"),
    ("🐟", "fish"), ("🐙", "octopus"), ("🦋", "butterfly"), ("🌷", "flower"),
    ("🌳", "tree"), ("🌵", "cactus"), ("🍄", "mushroom"), ("🌏", "globe"),
    ("🌙", "moon"), ("☁️", "cloud"), ("🔥", "fire"), ("🍌", "banana"),
    ("🍎", "apple"), ("🍓", "strawberry"), ("🌽", "corn"), ("🍕", "pizza"),
    ("🎂", "cake"), ("❤️", "heart"), ("😀", "smiley"), ("🤖", "robot"),
    ("🎩", "hat"), ("👓", "glasses"), ("🔧", "spanner"), ("🎅", "santa"),
    ("👍", "thumbs-up"), ("☂️", "umbrella"), ("⌛", "hourglass"), ("⏰", "clock"),
    ("🎁", "gift"), ("💡", "light-bulb"), ("📕", "book"), ("✏️", "pencil"),
    ("📎", "paperclip"), ("✂️", "scissors"), ("🔒", "lock"), ("🔑", "key"),
    ("🔨", "hammer"), ("☎️", "telephone"), ("🏁", "flag"), ("🚂", "train"),
    ("🚲", "bicycle"), ("✈️", "aeroplane"), ("🚀", "rocket"), ("🏆", "trophy"),
    ("⚽", "ball"), ("🎸", "guitar"), ("🎺", "trumpet"), ("🔔", "bell"),
    ("⚓", "anchor"), ("🎧", "headphones"), ("📁", "folder"), ("📌", "pin"),
)  # fmt: skip
"""By their numbers (spec, "SAS method: emoji"), each with its name: sentences stand under `emoji.<name>`."""


class NotAKey(ValueError):
    """What should be an ephemeral public key is none."""


@dataclass(frozen=True, slots=True)
class Device:
    """One end of a verification."""

    user_id: str
    device_id: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The Ed25519 keys of one end, in base64: its device's and its owner's master key."""

    device: str
    master: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What both sides compare: seven numbers of emojis, or three numbers."""

    emojis: tuple[int, ...]
    decimals: tuple[int, int, int]


def commitment(public_key: str, start: Mapping[str, Any]) -> str:
    """What whoever accepts binds itself to before it sees the other's key; ValueError for a start without canon."""
    return encode_base64(hashlib.sha256(public_key.encode() + canonical_json(start)).digest())


class OurHalf:
    """Our ephemeral key; of use once."""

    def __init__(self) -> None:
        self._sas = Sas()
        self.public_key: str = self._sas.public_key.to_base64()

    def agree(self, their_key: str) -> EstablishedSas:
        """The secret that both share; raises NotAKey."""
        try:
            return self._sas.diffie_hellman(Curve25519PublicKey.from_base64(their_key))
        except ValueError as error:
            raise NotAKey from error


def shown(
    secret: EstablishedSas,
    starter: Device,
    starters_key: str,
    accepter: Device,
    accepters_key: str,
    name: str,
) -> Shown:
    """What is to be compared; `name` is the transaction's id."""
    parts = (
        "MATRIX_KEY_VERIFICATION_SAS",
        starter.user_id,
        starter.device_id,
        starters_key,
        accepter.user_id,
        accepter.device_id,
        accepters_key,
        name,
    )
    found = secret.bytes("|".join(parts))
    return Shown(tuple(found.emoji_indices), found.decimals)


def macs(secret: EstablishedSas, sender: Device, receiver: Device, keys: Keys, name: str) -> dict[str, Any]:
    """The content of our `m.key.verification.mac`."""
    signed = _by_id(sender, keys)
    return {
        "mac": {
            key_id: secret.calculate_mac(key, _info(sender, receiver, name, key_id))
            for key_id, key in signed.items()
        },
        "keys": secret.calculate_mac(_ids(signed), _info(sender, receiver, name, "KEY_IDS")),
    }


def macs_hold(
    secret: EstablishedSas,
    sender: Device,
    receiver: Device,
    keys: Keys,
    name: str,
    content: Mapping[str, Any],
) -> bool:
    """Whether the other side's MACs are over exactly these keys of theirs: both of them, under the ids they have.

    Other ids may stand there as well (spec); what they are is nobody's business, but that they were sent is checked.
    """
    given, over_ids = content.get("mac"), content.get("keys")
    if not isinstance(given, Mapping) or not isinstance(over_ids, str):
        return False
    if not _holds(secret, _ids(given), _info(sender, receiver, name, "KEY_IDS"), over_ids):
        return False
    return all(
        isinstance(mac := given.get(key_id), str)
        and _holds(secret, key, _info(sender, receiver, name, key_id), mac)
        for key_id, key in _by_id(sender, keys).items()
    )


def _by_id(device: Device, keys: Keys) -> dict[str, str]:
    return {f"ed25519:{device.device_id}": keys.device, f"ed25519:{keys.master}": keys.master}


def _ids(key_ids: Iterable[Any]) -> str:
    return ",".join(sorted(str(each) for each in key_ids))


def _info(sender: Device, receiver: Device, name: str, key_id: str) -> str:
    return (
        f"MATRIX_KEY_VERIFICATION_MAC{sender.user_id}{sender.device_id}"
        f"{receiver.user_id}{receiver.device_id}{name}{key_id}"
    )


def _holds(secret: EstablishedSas, text: str, info: str, mac: str) -> bool:
    try:
        secret.verify_mac(text, info, mac)
    except ValueError:
        return False
    return True
