"""Whose the bot's account is: the word that a data directory keeps on the server."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from doctocbot import lease
from doctocbot.lease import Lease, RunsElsewhere
from doctocbot.matrix.errors import Forbidden, NotFound, TakenOver, Unreachable

BOT = "@doctoc:hopital.example"


class AccountData:
    """The account data of one account, as a homeserver keeps them."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, Any]] = {}
        self.asked = 0

    async def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        timeout: float = 1.0,  # noqa: ASYNC109
    ) -> dict[str, Any]:
        """GET and PUT."""
        self.asked += 1
        await asyncio.sleep(0)
        if method == "PUT":
            self.kept[path] = json
            return {}
        if path not in self.kept:
            raise NotFound("M_NOT_FOUND", 404)
        return dict(self.kept[path])


class Clock:
    """The wall clock that a lease reads; seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        """What the clock shows."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still until it is moved, and waits that are none."""
    shown = Clock()
    monkeypatch.setattr(lease, "time", shown)
    monkeypatch.setattr(lease, "_RENEW_EVERY", 0.0)
    monkeypatch.setattr(lease, "_WATCHES", 0.01)
    return shown


@pytest.fixture
def server() -> AccountData:
    """A homeserver."""
    return AccountData()


def on(server: AccountData, directory: Path, device: str = "DEVICE") -> Lease:
    """The lease of a data directory."""
    directory.mkdir(exist_ok=True)
    return Lease(server, BOT, device, directory)


async def test_a_machine_that_slept_asks_before_it_says_anything(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """Woken an hour after its backup was restored elsewhere, it does not send for another minute: it stops at once."""
    old = on(server, tmp_path / "old")
    await old.take()
    await old.hold()
    await on(server, tmp_path / "new").take_over(by_force=True)
    clock.now += 3600
    with pytest.raises(TakenOver):
        await old.hold()


async def test_holding_costs_nothing_while_the_word_is_fresh(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """Every message asks; the server is asked once in a while, and once for all who ask together."""
    ours = on(server, tmp_path / "ours")
    await ours.take()
    asked = server.asked
    for _ in range(100):
        await ours.hold()
    assert server.asked == asked
    clock.now += 3600
    await asyncio.gather(*(ours.hold() for _ in range(20)))
    assert server.asked == asked + 2  # one look, one word


async def test_a_clock_put_back_does_not_make_an_old_word_fresh(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """Whose clock runs backwards asks again."""
    ours = on(server, tmp_path / "ours")
    await ours.take()
    asked = server.asked
    clock.now -= 3600
    await ours.hold()
    assert server.asked > asked


async def test_two_directories_see_each_other_whatever_their_devices(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """Somebody logs in elsewhere with the same account: one of the two answers, not both, and the other stops first."""
    old = on(server, tmp_path / "old", "OLD")
    await old.take()
    moving = asyncio.create_task(on(server, tmp_path / "new", "NEW").move_here())
    with pytest.raises(TakenOver):
        await old.keep()
    assert not moving.done()
    await moving
    await on(server, tmp_path / "new", "NEW").take()


async def test_a_login_leaves_a_device_to_whoever_runs_on_it(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """The token of a device with keys of its own is refused; its bot must not have been stopped by then."""
    running = on(server, tmp_path / "running")
    await running.take()
    await on(server, tmp_path / "mistaken").move_here()
    await running.take()


async def test_whoever_stopped_is_not_waited_for(server: AccountData, clock: Clock, tmp_path: Path) -> None:
    """A bot that was stopped has said so; started again since, it runs."""
    old = on(server, tmp_path / "old")
    await old.take()
    await old.release()
    started_again = on(server, tmp_path / "old")
    await started_again.take()
    with pytest.raises(RunsElsewhere):
        await on(server, tmp_path / "new").take_over()
    await started_again.release()
    await on(server, tmp_path / "new").take_over()


async def test_a_stop_never_undoes_what_was_taken_over_meanwhile(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """The old bot ends at the very moment of a restore: the account stays the new one's."""
    old, new = on(server, tmp_path / "old"), on(server, tmp_path / "new")
    await old.take()
    await new.take_over(by_force=True)
    await old.release()
    await new.take()
    with pytest.raises(TakenOver):
        await old.take()


async def test_a_restore_that_was_interrupted_is_not_in_its_own_way(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """Run again in the same directory it finds its own word and goes on."""
    await on(server, tmp_path / "new").take_over()
    await on(server, tmp_path / "new").take_over()


async def test_a_bot_of_which_nothing_was_heard_for_long_is_watched_and_then_gone(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """Its last word is an hour old by our clock, and none follows."""
    await on(server, tmp_path / "old").take()
    clock.now += 3600
    new = on(server, tmp_path / "new")
    await new.take_over()
    await new.take()


async def test_whoever_only_logged_in_is_not_waited_for(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """They have never run: a backup is restored beside them at once."""
    await on(server, tmp_path / "tried", "TRIED").move_here()
    new = on(server, tmp_path / "new")
    await new.take_over()
    await new.take()


async def test_what_the_server_says_to_the_word_costs_no_message(
    server: AccountData, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that refuses the account data for a while is no reason to give up what was to be sent: it waits."""
    ours = on(server, tmp_path / "ours")
    await ours.take()
    clock.now += 3600

    async def refuses(*_: Any, **__: Any) -> dict[str, Any]:
        raise Forbidden("M_FORBIDDEN", 403)

    monkeypatch.setattr(server, "request", refuses)
    with pytest.raises(Unreachable):
        await ours.hold()


async def test_a_version_of_before_that_runs_is_waited_for(
    server: AccountData, clock: Clock, tmp_path: Path
) -> None:
    """Its word says when, and nothing of a run."""
    new = on(server, tmp_path / "new")
    server.kept[new._where] = {"DEVICE": {"instance": "another", "at": int(clock.now * 1000)}}
    with pytest.raises(RunsElsewhere):
        await new.take_over()
