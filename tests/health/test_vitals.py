"""What it means to be well: the whole table, with the clock as an argument."""

from typing import Any

import pytest

from doctocbot.health.vitals import LEAST_FREE, PATIENCE, Complaint, Signs

LATE = PATIENCE + 1


def signs(**more: Any) -> Signs:
    """A bot that has been well since the clock stood at 0."""
    well: dict[str, Any] = {
        "one_time_keys": 50,
        "exchanged": 0.0,
        "synced": 0.0,
        "handled": 0.0,
        "sent": 0.0,
        "wrote": 0.0,
        "scrubbed": 0.0,
    }
    return Signs(started=0.0, **(well | more))


def test_a_bot_that_has_just_done_everything_is_ready() -> None:
    """And is so until the patience is over."""
    assert signs().complaints(PATIENCE) == []


def test_a_bot_that_has_not_finished_a_sync_is_not_ready_and_does_not_hang() -> None:
    """At the start it has as much time as later before anybody restarts it."""
    assert signs(synced=None).complaints(1) == [Complaint.NO_SYNC]
    assert not signs(synced=None).hangs(1)


@pytest.mark.parametrize(
    ("still", "complaint"),
    [
        ({"synced": 0.0}, Complaint.NO_SYNC),
        ({"handled": 0.0, "inbox_waits": LATE}, Complaint.INBOX_STUCK),
        ({"sent": 0.0, "outbox_waits": LATE}, Complaint.OUTBOX_STUCK),
        ({"signed": False}, Complaint.NOT_SIGNED),
        ({"one_time_keys": 0}, Complaint.NO_ONE_TIME_KEYS),
        ({"disk_free": LEAST_FREE - 1}, Complaint.DISK_FULL),
        ({"wrote": 0.0}, Complaint.NOT_WRITABLE),
        ({"scrubbed": 0.0}, Complaint.NO_PICTURE_WORKER),
    ],
)
def test_each_standstill_has_its_own_complaint(still: dict[str, Any], complaint: Complaint) -> None:
    """Two minutes after everything else went on."""
    lively = dict.fromkeys(("exchanged", "synced", "handled", "sent", "wrote", "scrubbed"), LATE)
    assert signs(**(lively | still)).complaints(LATE) == [complaint]


@pytest.mark.parametrize(
    "busy", [{"inbox_waits": LATE, "handled": 100.0}, {"outbox_waits": LATE, "sent": 100.0}]
)
def test_a_long_queue_that_moves_is_no_complaint(busy: dict[str, Any]) -> None:
    """After an outage hundreds wait, and each has its turn."""
    lively = dict.fromkeys(("exchanged", "synced", "handled", "sent", "wrote", "scrubbed"), LATE)
    assert signs(**(lively | busy)).complaints(LATE) == []


@pytest.mark.parametrize(
    "late",
    [
        {"inbox_waits": LATE, "inbox_empty": LATE - 10},
        {"outbox_waits": LATE, "outbox_empty": LATE - 10},
    ],
)
def test_what_could_not_be_done_before_has_its_time_from_then_on(late: dict[str, Any]) -> None:
    """The key of an event came after hours, or a room is served again: nothing stood still ten seconds ago."""
    still = {"handled": 0.0, "sent": 0.0}
    lively = dict.fromkeys(("exchanged", "synced", "wrote", "scrubbed"), LATE)
    assert signs(**(lively | still | late)).complaints(LATE) == []


@pytest.mark.parametrize("away", [{"synced": 0.0}, {"sent": 0.0, "outbox_waits": LATE}])
def test_an_event_that_waits_for_the_homeserver_is_no_reason_to_start_anew(away: dict[str, Any]) -> None:
    """Its picture is to be fetched, or the room has too much left to send; the same without that is one."""
    lively = dict.fromkeys(("exchanged", "synced", "sent", "wrote", "scrubbed"), LATE)
    stuck = {"handled": 0.0, "inbox_waits": LATE}
    waiting = signs(**(lively | stuck | away))
    assert Complaint.INBOX_STUCK in waiting.complaints(LATE)
    assert not waiting.hangs(LATE)
    assert signs(**(lively | stuck)).hangs(LATE)


def test_a_homeserver_that_is_away_is_no_reason_to_start_anew() -> None:
    """Every attempt is refused at once: the bot is not ready, but its watchdog is fed."""
    away = signs(exchanged=LATE, wrote=LATE, scrubbed=LATE)
    assert away.complaints(LATE) == [Complaint.NO_SYNC]
    assert not away.hangs(LATE)


def test_a_full_disk_is_no_reason_to_start_anew() -> None:
    """Nothing moves until somebody makes room: killed every four minutes, it would be no better off."""
    full = signs(exchanged=0.0, synced=0.0, wrote=0.0, disk_free=LEAST_FREE - 1)
    assert Complaint.DISK_FULL in full.complaints(LATE)
    assert not full.hangs(LATE)


@pytest.mark.parametrize("stuck", [{"exchanged": 0.0}, {"exchanged": LATE, "wrote": 0.0}])
def test_a_program_that_stands_still_is_started_anew(stuck: dict[str, Any]) -> None:
    """An exchange that never ends, or a database that takes no writing."""
    assert signs(**({"wrote": LATE} | stuck)).hangs(LATE)
