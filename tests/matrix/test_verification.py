"""A verification message by message, against a member's side that shares no code with ours."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.matrix.verification import PATIENCE_MS, Code, Message, Stage, Verification
from doctocbot.matrix.verification_sas import EMOJIS, Device, Keys
from tests.matrix.paper_member import PaperMember, base64_of

BOT, LEA = Device("@bot:clinic.example", "BOTDEVICE"), Device("@lea:clinic.example", "PHONE")
OURS = Keys(base64_of(b"b" * 32), base64_of(b"B" * 32))
THEIRS = Keys(base64_of(b"l" * 32), base64_of(b"L" * 32))
BY_ID = {f"ed25519:{BOT.device_id}": OURS.device, f"ed25519:{OURS.master}": OURS.master}
NAME, BEGAN = "TX", 1_000_000


class Table:
    """The bot's side and the member's, and what was said."""

    def __init__(self) -> None:
        self.bot = Verification(BOT, OURS, LEA, NAME, BEGAN)
        self.bot.theirs = THEIRS
        self.lea = PaperMember(LEA.user_id, LEA.device_id, THEIRS.device, THEIRS.master)
        self.said: list[Message] = []

    def to(self, stage: Stage) -> "Table":
        """Go on as far as that."""
        steps: list[tuple[Stage, Callable[[], list[Message]]]] = [
            (Stage.READY, self.bot.ready),
            (Stage.STARTED, lambda: self.bot.take("start", self.lea.start())),
            (Stage.COMPARE, lambda: self.bot.take("key", self.lea.key())),
            (Stage.CONFIRMED, lambda: self.bot.answer(same=True)),
            (Stage.DONE, lambda: self.bot.take("mac", self.mac())),
        ]
        for reached, step in steps if stage is not Stage.REQUESTED else []:
            self.said += step()
            assert self.bot.stage is reached
            if reached is Stage.COMPARE:
                accept, key = self.said[-2:]
                assert self.lea.meets(accept.content, key.content)
            if reached is stage:
                break
        return self

    def mac(self, **changes: str) -> dict[str, Any]:
        """The member's MACs."""
        if self.bot.shown is None:
            return {"mac": {}, "keys": "x"}
        return self.lea.mac(BOT.user_id, BOT.device_id, NAME, **changes)

    def message(self, kind: str) -> dict[str, Any]:
        """A good content of that kind."""
        made = {"start": self.lea.start, "key": self.lea.key, "mac": self.mac}
        return made[kind]() if kind in made else {}


def test_both_sides_see_the_same_and_vouch_for_their_keys() -> None:
    """The commitment holds, the MACs of either side are over its own two keys, and it ends well."""
    table = Table().to(Stage.DONE)
    assert [message.kind for message in table.said] == ["ready", "accept", "key", "mac", "done"]
    mac = next(message.content for message in table.said if message.kind == "mac")
    assert table.lea.accepts(mac, BOT.user_id, BOT.device_id, NAME, BY_ID)
    assert table.bot.code is None


def test_emojis_and_numbers_are_those_of_the_specification() -> None:
    """Seven numbers of six bits, and three of thirteen to which 1000 is added, from the same bytes."""
    table = Table().to(Stage.COMPARE)
    key = next(message.content["key"] for message in table.said if message.kind == "key")
    bits = table.lea.sas_bits(BOT.user_id, BOT.device_id, key, NAME)
    assert table.bot.shown is not None
    assert table.bot.shown.emojis == tuple(int(bits[at : at + 6], 2) for at in range(0, 42, 6))
    assert table.bot.shown.decimals == tuple(int(bits[at : at + 13], 2) + 1000 for at in (0, 13, 26))


# Numbers and names as the specification lists them ("SAS method: emoji").
LISTED = {0: ("🐶", "dog"), 7: ("🐰", "rabbit"), 21: ("☁️", "cloud"), 29: ("❤️", "heart"), 36: ("👍", "thumbs-up"),
          45: ("✂️", "scissors"), 54: ("🚀", "rocket"), 63: ("📌", "pin")}  # fmt: skip


@pytest.mark.parametrize(("number", "emoji"), LISTED.items())
def test_an_emoji_has_its_number(number: int, emoji: tuple[str, str]) -> None:
    """One slip in the list would show every operator something else than the member."""
    assert EMOJIS[number] == emoji
    assert len({name for _, name in EMOJIS}) == len({each for each, _ in EMOJIS}) == 64


def test_the_member_may_confirm_first() -> None:
    """Their MACs wait for the operator, and nothing is said before."""
    table = Table().to(Stage.COMPARE)
    assert table.bot.take("mac", table.mac()) == []
    assert not table.bot.over
    assert [message.kind for message in table.bot.answer(same=True)] == ["mac", "done"]
    assert table.bot.over


STAGES = [Stage.REQUESTED, Stage.READY, Stage.STARTED, Stage.COMPARE, Stage.CONFIRMED]
KINDS = ["request", "ready", "start", "accept", "key", "mac", "done", "m.unknown"]
EXPECTED = {
    (Stage.READY, "start"),
    (Stage.STARTED, "key"),
    (Stage.COMPARE, "mac"),
    (Stage.CONFIRMED, "mac"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", STAGES)
def test_every_message_at_every_stage(stage: Stage, kind: str) -> None:
    """What is expected goes on; everything else ends it as unexpected, and says so."""
    table = Table().to(stage)
    answers = table.bot.take(kind, table.message(kind))
    if (stage, kind) in EXPECTED:
        assert not [message for message in answers if message.kind == "cancel"]
        return
    assert [message.content["code"] for message in answers] == [Code.UNEXPECTED_MESSAGE]
    assert table.bot.stage is Stage.CANCELLED


def test_the_same_message_twice_is_unexpected() -> None:
    """A second MAC could be another one."""
    table = Table().to(Stage.COMPARE)
    table.bot.take("mac", table.mac())
    assert table.bot.take("mac", table.mac())[0].content["code"] == Code.UNEXPECTED_MESSAGE


@pytest.mark.parametrize("kind", [*KINDS, "cancel"])
@pytest.mark.parametrize("ended", [Stage.DONE, Stage.CANCELLED])
def test_what_comes_after_the_end_changes_nothing(ended: Stage, kind: str) -> None:
    """Two clients that cancel each other's cancels would never stop."""
    table = Table().to(Stage.DONE if ended is Stage.DONE else Stage.STARTED)
    if ended is Stage.CANCELLED:
        table.bot.cancel(Code.USER)
    code = table.bot.code
    assert table.bot.take(kind, table.message(kind)) == []
    assert table.bot.answer(same=False) == table.bot.ready() == table.bot.cancel(Code.USER) == []
    assert table.bot.tick(BEGAN + 10 * PATIENCE_MS) == []
    assert (table.bot.stage, table.bot.code) == (ended, code)


@pytest.mark.parametrize("stage", STAGES)
def test_the_member_may_call_it_off_at_any_stage(stage: Stage) -> None:
    """Their code is kept, and nothing is said back."""
    table = Table().to(stage)
    assert table.bot.take("cancel", {"code": "m.user", "reason": "x"}) == []
    assert (table.bot.stage, table.bot.code) == (Stage.CANCELLED, "m.user")
    other = Table().to(stage)
    assert other.bot.take("cancel", {"code": 5}) == []
    assert other.bot.code == Code.USER


@pytest.mark.parametrize("stage", STAGES)
def test_ten_minutes_are_enough(stage: Stage) -> None:
    """However far it is, it ends then and not before."""
    table = Table().to(stage)
    assert table.bot.tick(BEGAN + PATIENCE_MS - 1) == []
    (cancel,) = table.bot.tick(BEGAN + PATIENCE_MS)
    assert cancel.content["code"] == Code.TIMEOUT


WRONG_STARTS: dict[str, tuple[dict[str, Any], Code]] = {
    "another method": ({"method": "m.reciprocate.v1"}, Code.UNKNOWN_METHOD),
    "an old key agreement": ({"key_agreement_protocols": ["curve25519"]}, Code.UNKNOWN_METHOD),
    "an old MAC": ({"message_authentication_codes": ["hkdf-hmac-sha256"]}, Code.UNKNOWN_METHOD),
    "another hash": ({"hashes": ["md5"]}, Code.UNKNOWN_METHOD),
    "no numbers": ({"short_authentication_string": ["emoji"]}, Code.UNKNOWN_METHOD),
    "no list": ({"hashes": "sha256"}, Code.UNKNOWN_METHOD),
    "another device": ({"from_device": "TABLET"}, Code.INVALID_MESSAGE),
    "no device": ({"from_device": None}, Code.INVALID_MESSAGE),
    "no canonical form": ({"extra": 1.5}, Code.INVALID_MESSAGE),
}


@pytest.mark.parametrize(("changes", "code"), WRONG_STARTS.values(), ids=WRONG_STARTS)
def test_a_start_that_cannot_be_followed(changes: dict[str, Any], code: Code) -> None:
    """It ends with the code that says why."""
    table = Table().to(Stage.READY)
    (cancel,) = table.bot.take("start", table.lea.start(**changes))
    assert cancel.content["code"] == code


def test_a_member_without_emojis_compares_numbers() -> None:
    """Numbers are what every client has to know."""
    table = Table().to(Stage.READY)
    (accept,) = table.bot.take("start", table.lea.start(short_authentication_string=["decimal"]))
    assert accept.content["short_authentication_string"] == ["decimal"]


def test_a_device_that_the_server_does_not_show_is_not_compared() -> None:
    """Or one that its owner has not signed."""
    table = Table().to(Stage.READY)
    table.bot.theirs = None
    assert table.bot.take("start", table.lea.start())[0].content["code"] == Code.KEY_MISMATCH


@pytest.mark.parametrize("key", [None, "", "AAAA", "A" * 43, "?" * 43, 5])
def test_a_key_that_is_none_ends_it(key: Any) -> None:
    """The zero point too, with which everybody would share the secret."""
    table = Table().to(Stage.STARTED)
    assert table.bot.take("key", {"key": key})[0].content["code"] == Code.INVALID_MESSAGE


def test_a_key_in_the_middle_shows_other_emojis_and_breaks_the_commitment() -> None:
    """Whoever stands between puts their own key in place of the bot's: the member's client sees it at once."""
    table = Table().to(Stage.STARTED)
    accept, (key,) = table.said[-1], table.bot.take("key", table.lea.key())
    mallory = PaperMember("@mallory:x", "M", "x", "y")
    assert table.lea.meets(accept.content, key.content)
    assert not table.lea.meets(accept.content, mallory.key())
    bits = table.lea.sas_bits(BOT.user_id, BOT.device_id, mallory.public_key, NAME)
    assert table.bot.shown is not None
    assert table.bot.shown.emojis != tuple(int(bits[at : at + 6], 2) for at in range(0, 42, 6))


OTHER = base64_of(b"x" * 32)
BAD_MACS: dict[str, Callable[[Table], dict[str, Any]]] = {
    "another device key": lambda table: table.mac(**{f"ed25519:{LEA.device_id}": OTHER}),
    "another master key": lambda table: table.mac(**{f"ed25519:{THEIRS.master}": OTHER}),
    "no master key": lambda table: _without(table, f"ed25519:{THEIRS.master}"),
    "no device key": lambda table: _without(table, f"ed25519:{LEA.device_id}"),
    "ids that were not vouched for": lambda table: _with(table, mac={**table.mac()["mac"], "ed25519:X": "x"}),
    "no list of ids": lambda table: _with(table, keys=None),
    "no MACs": lambda table: _with(table, mac=[]),
    "MACs that are no text": lambda table: _with(table, mac=dict.fromkeys(table.mac()["mac"], 5)),
}


def _with(table: Table, **changes: Any) -> dict[str, Any]:
    return table.mac() | changes


def _without(table: Table, key_id: str) -> dict[str, Any]:
    table.lea.keys.pop(key_id)
    return table.mac()


@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("bad", BAD_MACS.values(), ids=BAD_MACS)
def test_macs_over_other_keys_end_it(bad: Callable[[Table], dict[str, Any]], *, confirmed: bool) -> None:
    """The keys have to be both of those that the server shows, whether the operator has confirmed or not."""
    table = Table().to(Stage.CONFIRMED if confirmed else Stage.COMPARE)
    (cancel,) = table.bot.take("mac", bad(table))
    assert cancel.content["code"] == Code.KEY_MISMATCH
    assert table.bot.answer(same=True) == []


def test_further_keys_of_the_member_are_nobodys_business() -> None:
    """Other ids are vouched for beside the two."""
    table = Table().to(Stage.COMPARE)
    table.lea.keys["ed25519:OTHER"] = OTHER
    assert table.bot.take("mac", table.mac()) == []
    assert not table.bot.over


def test_the_operator_says_that_they_differ() -> None:
    """It ends with the code for that, in one message."""
    table = Table().to(Stage.COMPARE)
    (cancel,) = table.bot.answer(same=False)
    assert cancel.content["code"] == Code.MISMATCHED_SAS


@pytest.mark.parametrize("stage", [Stage.REQUESTED, Stage.READY, Stage.STARTED])
def test_nobody_confirms_what_is_not_shown(stage: Stage) -> None:
    """An answer that comes too early is none."""
    table = Table().to(stage)
    assert table.bot.answer(same=True) == []
    assert table.bot.stage is stage


@given(st.lists(st.sampled_from([*KINDS, "cancel", "same", "different", "operator", "late"]), max_size=12))
def test_no_order_of_messages_ends_well_but_the_right_one(acts: list[str]) -> None:
    """Whatever comes in whatever order: at most one cancel is sent, and done needs both yes and MACs that hold."""
    table, said, confirmed, vouched = Table(), [], False, False
    for act in acts:
        before = table.bot.stage
        if act in ("same", "different"):
            answers = table.bot.answer(same=act == "same")
            confirmed |= before is Stage.COMPARE and act == "same"
        elif act == "late":
            answers = table.bot.tick(BEGAN + PATIENCE_MS)
        else:
            answers = table.bot.ready() if act == "operator" else table.bot.take(act, table.message(act))
        said += answers
        kinds = [message.kind for message in said]
        if act == "key" and kinds[-2:] == ["accept", "key"]:
            table.lea.meets(said[-2].content, said[-1].content)
        vouched |= act == "mac" and before in (Stage.COMPARE, Stage.CONFIRMED)
    kinds = [message.kind for message in said]
    assert kinds.count("cancel") <= 1
    assert "cancel" not in kinds[:-1]
    if table.bot.stage is Stage.DONE:
        assert confirmed
        assert vouched
        assert kinds == ["ready", "accept", "key", "mac", "done"]


@pytest.mark.parametrize("code", ["\x1b[2J\x1b[1;32mVérifié", "m.user\n", "x" * 65, "", 5, "m user"])
def test_a_members_code_does_not_steer_the_operators_terminal(code: object) -> None:
    """What is no code as the spec has them is taken for the plainest one."""
    one = Verification(Device("@bot:x", "B"), Keys("a", "b"), Device("@lea:x", "P"), "t", 0)
    one.take("cancel", {"code": code})
    assert one.code == Code.USER
