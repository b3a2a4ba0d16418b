"""When a case without an answer is told of again."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctocbot.cases.patience import (
    LOOK_AGAIN_MS,
    LOOK_RARELY_MS,
    REST_MS,
    TOO_LATE_MS,
    Decision,
    Patience,
    Question,
    Step,
    decide,
)
from doctocbot.chat.times import MINUTE_MS

PARIS = ZoneInfo("Europe/Paris")
HOUR = 60 * MINUTE_MS
PATIENCE = Patience.of("15", "60", "21:00-07:00", PARIS)
NOON = int(datetime(2026, 11, 23, 12, 0, tzinfo=PARIS).timestamp() * 1000)
ASKED = Question(NOON, 0, None, None, unanswered=True, followed=True)


def clock(hour: int, minute: int = 0, *, day: int = 23) -> int:
    """A moment of that week in Paris."""
    return int(datetime(2026, 11, day, hour, minute, tzinfo=PARIS).timestamp() * 1000)


def steps(
    question: Question, patience: Patience = PATIENCE, *, until: int, every: int = MINUTE_MS, since: int = 0
) -> list[tuple[Step, int]]:
    """What is done to a case, with the minutes after it was asked, by a clock that ticks like this."""
    taken = []
    now = since or question.opened_at
    look_at: int | None = 0
    while now <= until:
        if look_at is not None and now >= look_at:
            decision = decide(question, patience, now)
            look_at = decision.look_at
            if decision.step is Step.NUDGE:
                question = replace(question, nudged_at=now)
            elif decision.step is Step.REMIND:
                question = replace(question, reminded_at=now)
            if decision.step:
                taken.append((decision.step, (now - question.opened_at) // MINUTE_MS))
        now += every
    return taken


def test_a_nudge_and_then_a_reminder() -> None:
    """After a quarter of an hour and after an hour, and never again."""
    assert steps(ASKED, until=NOON + 8 * HOUR) == [(Step.NUDGE, 15), (Step.REMIND, 60)]


def test_with_nobody_to_call_the_room_is_reminded_at_once() -> None:
    """The nudge's time is the reminder's then, and there is one word in all."""
    assert steps(replace(ASKED, followed=False), until=NOON + 8 * HOUR) == [(Step.REMIND, 15)]


def test_an_answered_case_is_left_alone() -> None:
    """It is looked at until nothing can fall due, and now and then for a day more: the answer may be taken back."""
    answered = replace(ASKED, unanswered=False)
    assert steps(answered, until=NOON + 8 * HOUR) == []
    assert decide(answered, PATIENCE, NOON).look_at == NOON + LOOK_AGAIN_MS
    assert decide(answered, PATIENCE, NOON + HOUR) == Decision(None, NOON + HOUR + LOOK_RARELY_MS)
    assert decide(answered, PATIENCE, NOON + REST_MS) == Decision(None, None)


def test_what_falls_due_at_night_is_said_in_the_morning() -> None:
    """Once each, with the time between them that those who are called need."""
    late = replace(ASKED, opened_at=clock(20, 50))
    assert steps(late, until=clock(12, day=24)) == [(Step.NUDGE, 610), (Step.REMIND, 655)]


def test_a_nudge_before_the_night_lets_the_reminder_wait_for_the_morning() -> None:
    """Nothing is sent in quiet hours."""
    evening = replace(ASKED, opened_at=clock(20, 30))
    assert steps(evening, until=clock(12, day=24)) == [(Step.NUDGE, 15), (Step.REMIND, 630)]


@pytest.mark.parametrize(
    ("hours", "taken"),
    [
        (3, [Step.NUDGE, Step.REMIND]),
        (11, [Step.NUDGE, Step.REMIND]),
        (14, [Step.REMIND]),
        (80, [Step.REMIND]),
    ],
)
def test_after_an_outage_all_is_said_late_and_after_half_a_day_the_reminder_alone(
    hours: int, taken: list[Step]
) -> None:
    """Nobody's phone rings for yesterday's question; the room's one line comes however late it is."""
    early = replace(ASKED, opened_at=clock(7, 10))
    patience = replace(PATIENCE, quiet=None)
    back = clock(7, 10) + hours * HOUR
    assert [step for step, _ in steps(early, patience, since=back, until=back + 30 * HOUR)] == taken


def test_a_night_makes_nothing_late() -> None:
    """What was due at a quarter past five in the afternoon is four hours late at half past seven in the morning."""
    afternoon = replace(ASKED, opened_at=clock(17))
    back = clock(7, 30, day=24)
    assert PATIENCE.late_by(clock(17, 15), back) == 4 * HOUR + 15 * MINUTE_MS
    taken = steps(afternoon, since=back, until=back + 8 * HOUR)
    assert [step for step, _ in taken] == [Step.NUDGE, Step.REMIND]


@pytest.mark.parametrize("at", [9_007_199_254_740_991, -(2**60), 0])
def test_a_senseless_time_is_decided_on_like_any(at: int) -> None:
    """Servers send any number as the time of a message."""
    decision = decide(replace(ASKED, opened_at=at), PATIENCE, NOON)
    assert decision.look_at is None or decision.look_at > NOON


def test_between_the_two_limits_only_the_reminder_is_in_time() -> None:
    """The nudge is more than twelve hours late, the reminder is not."""
    patience = replace(PATIENCE, quiet=None)
    back = NOON + 15 * MINUTE_MS + TOO_LATE_MS + MINUTE_MS
    assert [step for step, _ in steps(ASKED, patience, since=back, until=back + HOUR)] == [Step.REMIND]


def test_quiet_hours_are_no_delay() -> None:
    """With a long night, what fell due at its beginning is in time at its end."""
    patience = Patience.of("15", "60", "18:00-10:00", PARIS)
    assert steps(replace(ASKED, opened_at=clock(18)), patience, until=clock(14, day=24)) == [
        (Step.NUDGE, 16 * 60),
        (Step.REMIND, 16 * 60 + 45),
    ]


def test_who_comes_back_at_night_waits_for_the_morning() -> None:
    """An outage that ends at ten in the evening."""
    afternoon = replace(ASKED, opened_at=clock(19, 30))
    taken = steps(afternoon, since=clock(22), until=clock(12, day=24))
    assert taken == [(Step.NUDGE, 690), (Step.REMIND, 735)]


def test_a_case_that_waits_again_is_called_for_at_once() -> None:
    """Its author said that only questions came, an hour and a half after asking."""
    waiting = replace(ASKED, waiting_since=NOON + 90 * MINUTE_MS)
    taken = steps(waiting, since=NOON + 90 * MINUTE_MS, until=NOON + 8 * HOUR)
    assert taken == [(Step.NUDGE, 90), (Step.REMIND, 135)]
    reminded = replace(waiting, nudged_at=NOON, reminded_at=NOON)
    assert steps(reminded, since=NOON + 90 * MINUTE_MS, until=NOON + 8 * HOUR) == []


@pytest.mark.parametrize(
    ("nudge", "reminder", "taken"),
    [
        ("off", "60", [(Step.REMIND, 60)]),
        ("15", "off", [(Step.NUDGE, 15)]),
        ("0", "0", []),
        ("60", "15", [(Step.REMIND, 15)]),
    ],
)
def test_either_can_be_turned_off(nudge: str, reminder: str, taken: list[tuple[Step, int]]) -> None:
    """And who reminds before nudging needs no nudge."""
    patience = Patience.of(nudge, reminder, "off", PARIS)
    assert steps(ASKED, patience, until=NOON + 8 * HOUR) == taken


TIMES = st.integers(NOON - 90 * HOUR, NOON + 90 * HOUR)
QUESTIONS = st.builds(
    Question, st.just(NOON), st.sampled_from([0, NOON + HOUR]), st.none() | TIMES, st.none() | TIMES,
    unanswered=st.booleans(), followed=st.booleans(),
)  # fmt: skip
SETTINGS = st.sampled_from(["off", "1", "15", "60", "1440"])
PATIENCES = st.builds(
    lambda nudge, reminder, quiet: Patience.of(nudge, reminder, quiet, PARIS),
    SETTINGS,
    SETTINGS,
    st.sampled_from(["off", "21:00-07:00", "12:00-14:00"]),
)


@given(QUESTIONS, PATIENCES, TIMES)
def test_no_step_is_taken_twice_too_early_or_at_night(
    question: Question, patience: Patience, now: int
) -> None:
    """Whatever has happened to a case, and whenever it is looked at."""
    decision = decide(question, patience, now)
    if decision.step is None:
        return
    assert question.unanswered
    assert question.reminded_at is None
    assert patience.out_of_quiet(now) == now
    first = min(each for each in (patience.nudge_ms, patience.reminder_ms) if each is not None)
    assert now >= NOON + first
    if decision.step is Step.NUDGE:
        assert question.followed
        assert question.nudged_at is None


@given(QUESTIONS, PATIENCES, TIMES)
def test_looking_again_lies_ahead(question: Question, patience: Patience, now: int) -> None:
    """So that a tick never runs in circles, and every case is left alone in the end."""
    look_at = decide(question, patience, now).look_at
    assert look_at is None or now < look_at <= now + LOOK_RARELY_MS
    far = NOON + 200 * HOUR
    later = decide(replace(question, reminded_at=question.reminded_at or NOON), patience, far)
    assert later == Decision(None, None)
