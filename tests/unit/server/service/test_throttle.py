"""Doors open to everybody: who comes too often waits."""

import pytest
from vantage6.common.errors import InvalidInput, NotAuthenticated, TooManyRequests, Unavailable
from vantage6.server.service.throttle import Door, Throttle

LOG_IN, RECOVERY = Door.USER_LOG_IN, Door.RECOVERY
HERE = "192.0.2.7"


class Clock:
    """Stands still until it is told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    """Three in a minute, at every door."""
    return Throttle(dict.fromkeys(Door, 3), 60, clock)


def knock(throttle, door=LOG_IN, address=HERE, error=NotAuthenticated):
    """Whether somebody gets in to meet their error."""
    try:
        with throttle.passing(door, address):
            if error is not None:
                raise error
    except TooManyRequests:
        return False
    except (NotAuthenticated, InvalidInput, Unavailable):
        pass
    return True


def knocks(throttle, number, **options):
    return [knock(throttle, **options) for _ in range(number)]


def test_after_so_many_refusals_nobody_gets_in_for_a_while(throttle, clock):
    assert knocks(throttle, 5) == [True, True, True, False, False]
    with pytest.raises(TooManyRequests) as refusal, throttle.passing(LOG_IN, HERE):
        pass
    assert refusal.value.retry_after_s == 20
    clock.now += 20
    assert knocks(throttle, 2) == [True, False]
    clock.now += 3600
    assert knocks(throttle, 4) == [True, True, True, False]


@pytest.mark.parametrize("error", [None, InvalidInput, Unavailable])
def test_log_ins_that_are_not_refused_are_not_counted(throttle, error):
    assert all(knocks(throttle, 50, error=error))
    assert knocks(throttle, 4) == [True, True, True, False]


def test_what_is_under_way_is_counted_so_that_guessing_in_parallel_does_not_help(throttle):
    with (
        throttle.passing(LOG_IN, HERE),
        throttle.passing(LOG_IN, HERE),
        throttle.passing(LOG_IN, HERE),
    ):
        assert not knock(throttle)
    assert knock(throttle)


def test_every_recovery_is_counted_but_those_that_make_no_sense(throttle):
    assert all(knocks(throttle, 50, door=RECOVERY, error=InvalidInput))
    assert knocks(throttle, 4, door=RECOVERY, error=None) == [True, True, True, False]


def test_doors_and_addresses_are_counted_by_themselves(throttle):
    knocks(throttle, 4)
    assert not knock(throttle)
    assert knock(throttle, door=Door.NODE_LOG_IN)
    assert knock(throttle, address="192.0.2.8")


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("garbage", "garbage", True),
        (None, "", True),
    ],
)
def test_what_one_client_can_choose_of_its_address_does_not_count(throttle, one, other, is_one):
    knocks(throttle, 3, address=one)
    assert knock(throttle, address=other) is not is_one


def test_without_limits_nothing_is_counted(clock):
    assert all(knocks(Throttle({}, 60, clock), 500))


def test_memory_is_bounded_however_many_addresses_come(clock):
    throttle = Throttle({LOG_IN: 3}, 60, clock, most=100)
    for number in range(1000):
        clock.now += 0.001
        knock(throttle, address=f"10.0.{number // 250}.{number % 250}")
    assert len(throttle._spread) <= 100
    knocks(throttle, 3)
    assert not knock(throttle)


def test_who_was_forgotten_meanwhile_is_not_counted_less(clock):
    throttle = Throttle({LOG_IN: 3}, 60, clock, most=2)
    with throttle.passing(LOG_IN, HERE):
        clock.now += 3600
        for number in range(3):
            knock(throttle, address=f"10.0.0.{number}")
    assert knocks(throttle, 4) == [True, True, True, False]


def test_addresses_that_were_quiet_are_forgotten_first(clock):
    throttle = Throttle({LOG_IN: 3}, 60, clock, most=10)
    for number in range(10):
        knock(throttle, address=f"10.0.0.{number}")
    clock.now += 3600
    knocks(throttle, 3)
    assert len(throttle._spread) == 1
