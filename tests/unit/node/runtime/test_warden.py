"""Limits that no kernel keeps."""

import queue
from collections.abc import Callable, Iterator, Mapping

import pytest
from tests.fakes.waiting import DEADLINE_S, eventually
from vantage6.common.errors import RuntimeUnavailable
from vantage6.node.runtime.warden import Warden

MB = 10**6
LOOK_S = 0.01


class Engine:
    """Remembers who was killed; fails as often as it is told to."""

    def __init__(self) -> None:
        self.killed: queue.Queue[int] = queue.Queue()
        self.sizes: dict[int, int] = {}
        self.failures = 0

    def kill(self, result_id: int) -> None:
        self._answer()
        self.killed.put(result_id)

    def written(self) -> Mapping[int, int]:
        self._answer()
        return dict(self.sizes)

    def _answer(self) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise RuntimeUnavailable("the engine restarts")


MakeWarden = Callable[[float | None, int | None], Warden]


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def make_warden(engine: Engine) -> Iterator[MakeWarden]:
    made: list[Warden] = []

    def make(seconds: float | None, disk_bytes: int | None) -> Warden:
        made.append(Warden(seconds, disk_bytes, engine.kill, engine.written, LOOK_S))
        return made[-1]

    yield make
    for warden in made:
        warden.stop()


def test_run_is_ended_when_its_time_is_over(engine: Engine, make_warden: MakeWarden) -> None:
    warden = make_warden(60, None)
    warden.watch(1)
    warden.watch(2, age_s=61)
    assert engine.killed.get(timeout=DEADLINE_S) == 2
    assert (warden.reason(1), warden.reason(2)) == (None, "time limit of 1 min")


def test_run_above_its_share_of_the_disk_is_ended(engine: Engine, make_warden: MakeWarden) -> None:
    engine.sizes = {1: 10 * MB, 2: 12 * MB, 3: 99 * MB}
    warden = make_warden(None, 10 * MB)
    for result_id in (1, 2):
        warden.watch(result_id)
    assert engine.killed.get(timeout=DEADLINE_S) == 2
    assert (warden.reason(1), warden.reason(2)) == (None, "disk limit of 10 MB")
    warden.stop()
    assert engine.killed.empty()


def test_engine_that_is_away_delays_an_end_and_does_not_prevent_it(
    engine: Engine, make_warden: MakeWarden
) -> None:
    engine.failures = 3
    make_warden(0, None).watch(1)
    assert engine.killed.get(timeout=DEADLINE_S) == 1


def test_disk_is_measured_again_after_a_failure(engine: Engine, make_warden: MakeWarden) -> None:
    engine.failures, engine.sizes = 2, {1: 99 * MB}
    make_warden(None, MB).watch(1)
    assert engine.killed.get(timeout=DEADLINE_S) == 1


def test_run_that_has_ended_is_left_alone_and_its_reason_kept_until_it_is_forgotten(
    engine: Engine, make_warden: MakeWarden
) -> None:
    warden = make_warden(0, None)
    warden.watch(1)
    eventually(lambda: warden.reason(1))
    warden.leave(1)
    assert warden.reason(1) == "time limit of 0 s"
    warden.forget(1)
    assert warden.reason(1) is None


def test_without_limits_nothing_is_ended_and_stopping_is_quick(
    engine: Engine, make_warden: MakeWarden
) -> None:
    engine.sizes = {1: 99 * MB}
    warden = make_warden(None, None)
    warden.watch(1)
    warden.stop()
    warden.stop()
    assert engine.killed.empty()
