"""One verification that a member starts from their client: an event in, events out, and no network.

The bot never asks and never chooses the method: it answers a request with `ready` when an operator is there, takes
the member's `start`, and accepts. So it is always the accepting side of the spec's "SAS verification":

    request -> | ready -> | <- start | accept -> | <- key | key -> | both compare | mac <-> mac | done

Nothing here waits or reads a clock; times are milliseconds since 1970. What is not expected ends it with the code that
the spec names; what comes after the end changes nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vodozemac import EstablishedSas

from doctocbot.matrix.verification_sas import (
    Device,
    Keys,
    NotAKey,
    OurHalf,
    Shown,
    commitment,
    macs,
    macs_hold,
    shown,
)

METHOD = "m.sas.v1"
PATIENCE_MS = 10 * 60_000
"""For how long a request may be open (spec, "Key verification framework")."""

_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_AGREEMENT, _HASH, _MAC = "curve25519-hkdf-sha256", "sha256", "hkdf-hmac-sha256.v2"


class Stage(StrEnum):
    """How far it is; stored by these names."""

    REQUESTED = "requested"
    """The member asks, and no operator is there yet."""
    READY = "ready"
    STARTED = "started"
    COMPARE = "compare"
    """Both sides see the emojis; the operator has not said yet."""
    CONFIRMED = "confirmed"
    """The operator has said that they are the same; the member has not."""
    DONE = "done"
    CANCELLED = "cancelled"


class Code(StrEnum):
    """Why it ended (spec, `m.key.verification.cancel`)."""

    USER = "m.user"
    TIMEOUT = "m.timeout"
    UNKNOWN_METHOD = "m.unknown_method"
    UNEXPECTED_MESSAGE = "m.unexpected_message"
    KEY_MISMATCH = "m.key_mismatch"
    INVALID_MESSAGE = "m.invalid_message"
    MISMATCHED_SAS = "m.mismatched_sas"


@dataclass(frozen=True, slots=True)
class Message:
    """An event to send: `m.key.verification.<kind>`, without what names the transaction."""

    kind: str
    content: dict[str, Any] = field(default_factory=dict)


class Ended(Exception):
    """It cannot go on."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


_EXPECTED: Mapping[Stage, str] = {
    Stage.READY: "start",
    Stage.STARTED: "key",
    Stage.COMPARE: "mac",
    Stage.CONFIRMED: "mac",
}


class Verification:
    """One transaction with one device of a member; `name` is its id, `ours` are the keys that we vouch for."""

    def __init__(self, us: Device, ours: Keys, them: Device, name: str, requested_at: int) -> None:
        self.us = us
        self.them = them
        self.name = name
        self.requested_at = requested_at
        self.stage = Stage.REQUESTED
        self.code: str | None = None
        self.shown: Shown | None = None
        self.theirs: Keys | None = None
        """The member's keys as the server shows them; to be set before their `start` is taken."""
        self._ours = ours
        self._half = OurHalf()
        self._secret: EstablishedSas | None = None
        self._mac_held = False

    @property
    def over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.stage in (Stage.DONE, Stage.CANCELLED)

    def ready(self) -> list[Message]:
        """An operator is there: say that we are ready, once."""
        if self.stage is not Stage.REQUESTED:
            return []
        self.stage = Stage.READY
        return [Message("ready", {"from_device": self.us.device_id, "methods": [METHOD]})]

    def take(self, kind: str, content: Mapping[str, Any]) -> list[Message]:
        """What follows from an event of the member's."""
        if self.over:
            return []
        if kind == "cancel":
            code = content.get("code")
            # It is shown in the operator's terminal, and logged: nothing that could steer either.
            self._end(code if isinstance(code, str) and _CODE.fullmatch(code) else Code.USER)
            return []
        try:
            if kind != _EXPECTED.get(self.stage) or (kind == "mac" and self._mac_held):
                raise Ended(Code.UNEXPECTED_MESSAGE)
            return self._taken(kind, content)
        except Ended as ended:
            return self.cancel(ended.code)

    def answer(self, *, same: bool) -> list[Message]:
        """The operator has compared."""
        if self.stage is not Stage.COMPARE or self._secret is None:
            return []
        if not same:
            return self.cancel(Code.MISMATCHED_SAS)
        self.stage = Stage.CONFIRMED
        mac = Message("mac", macs(self._secret, self.us, self.them, self._ours, self.name))
        return [mac, *self._finished()]

    def tick(self, now: int) -> list[Message]:
        """End what has been open too long."""
        return self.cancel(Code.TIMEOUT) if now - self.requested_at >= PATIENCE_MS else []

    def cancel(self, code: Code) -> list[Message]:
        """End it, and say why in the spec's words."""
        if self.over:
            return []
        self._end(code)
        return [Message("cancel", {"code": str(code), "reason": _REASONS[code]})]

    def _end(self, code: str) -> None:
        self.stage, self.code = Stage.CANCELLED, code

    def _taken(self, kind: str, content: Mapping[str, Any]) -> list[Message]:
        if kind == "start":
            return self._start(content)
        return self._key(content) if kind == "key" else self._mac(content)

    def _start(self, content: Mapping[str, Any]) -> list[Message]:
        if content.get("from_device") != self.them.device_id:
            raise Ended(Code.INVALID_MESSAGE)
        if self.theirs is None:
            # The server shows no such device, or no identity that vouches for it: there is nothing to compare.
            raise Ended(Code.KEY_MISMATCH)
        strings = [
            each for each in ("decimal", "emoji") if _offers(content, "short_authentication_string", each)
        ]
        if (
            content.get("method") != METHOD
            or not _offers(content, "key_agreement_protocols", _AGREEMENT)
            or not _offers(content, "hashes", _HASH)
            or not _offers(content, "message_authentication_codes", _MAC)
            or "decimal" not in strings
        ):
            raise Ended(Code.UNKNOWN_METHOD)
        try:
            bound = commitment(self._half.public_key, content)
        except (ValueError, RecursionError) as error:
            raise Ended(Code.INVALID_MESSAGE) from error
        self.stage = Stage.STARTED
        accept = {
            "method": METHOD,
            "key_agreement_protocol": _AGREEMENT,
            "hash": _HASH,
            "message_authentication_code": _MAC,
            "short_authentication_string": strings,
            "commitment": bound,
        }
        return [Message("accept", accept)]

    def _key(self, content: Mapping[str, Any]) -> list[Message]:
        key = content.get("key")
        try:
            self._secret = self._half.agree(key if isinstance(key, str) else "")
        except NotAKey as error:
            raise Ended(Code.INVALID_MESSAGE) from error
        ours = self._half.public_key
        self.shown = shown(self._secret, self.them, str(key), self.us, ours, self.name)
        self.stage = Stage.COMPARE
        return [Message("key", {"key": ours})]

    def _mac(self, content: Mapping[str, Any]) -> list[Message]:
        if self._secret is None or self.theirs is None:
            raise Ended(Code.UNEXPECTED_MESSAGE)
        if not macs_hold(self._secret, self.them, self.us, self.theirs, self.name, content):
            raise Ended(Code.KEY_MISMATCH)
        self._mac_held = True
        return self._finished()

    def _finished(self) -> list[Message]:
        """Say that it is done, when both sides have said that it is the same."""
        if not (self._mac_held and self.stage is Stage.CONFIRMED):
            return []
        self.stage = Stage.DONE
        return [Message("done")]


# English, as codes are: clients show sentences of their own.
_REASONS: Mapping[Code, str] = {
    Code.USER: "The bot cannot verify now.",
    Code.TIMEOUT: "Nobody was there to compare within ten minutes. Please try again later.",
    Code.UNKNOWN_METHOD: "The bot compares emojis (m.sas.v1) with current algorithms only.",
    Code.UNEXPECTED_MESSAGE: "This was not expected now.",
    Code.KEY_MISMATCH: "The keys are not those that the server shows.",
    Code.INVALID_MESSAGE: "This message is malformed.",
    Code.MISMATCHED_SAS: "The emojis were not the same.",
}


def _offers(content: Mapping[str, Any], name: str, wanted: str) -> bool:
    offered = content.get(name)
    return isinstance(offered, list) and wanted in offered
