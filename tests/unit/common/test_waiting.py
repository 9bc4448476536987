"""Asking until something is done, with a clock and pauses of the test's own."""

import itertools
from typing import Any

import pytest
from vantage6.common.errors import WaitTimeout
from vantage6.common.waiting import wait_until


class Time:
    """A clock that only moves when somebody pauses or asks."""

    def __init__(self, asking_s: float = 0.0) -> None:
        self.now, self.asking_s = 100.0, asking_s
        self.pauses: list[float] = []
        self.left: list[float | None] = []

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 3))
        self.now += seconds

    def ask(self, left_s: float | None) -> int:
        self.now += self.asking_s
        self.left.append(left_s)
        return len(self.left)


def wait(time: Time, times: int, **options: Any) -> int:
    return wait_until(
        time.ask, lambda n: n >= times, pause=time.pause, clock=time.clock, **options
    )


def test_pauses_grow_up_to_two_seconds() -> None:
    time = Time()

    assert wait(time, 9) == 9

    assert time.pauses == [0.2, 0.3, 0.45, 0.675, 1.013, 1.519, 2.0, 2.0]


def test_interval_can_be_fixed() -> None:
    time = Time()

    wait(time, 3, interval_s=5)

    assert time.pauses == [5, 5]


def test_intervals_can_be_given_one_by_one() -> None:
    time = Time()

    wait(time, 4, interval_s=itertools.cycle([3, 1, 2]))

    assert time.pauses == [3, 1, 2]


def test_no_pause_is_added_to_a_question_that_took_long_itself() -> None:
    time = Time(asking_s=30)

    wait(time, 3)

    assert time.pauses == []


def test_time_limit_is_kept_and_passed_on() -> None:
    time = Time()

    with pytest.raises(WaitTimeout, match=r"has not ended after 0\.4 s"):
        wait(time, 99, timeout_s=0.4)

    assert time.now == pytest.approx(100.4)
    assert time.left == [pytest.approx(0.4), pytest.approx(0.2), pytest.approx(0, abs=1e-9)]


def test_at_least_one_question_is_asked() -> None:
    assert wait(Time(), 1, timeout_s=0) == 1
