"""Which temporary folders go, and which stay."""

from pathlib import Path

import pytest
from tests.fakes.server import FakeServer
from vantage6.node.housekeeping import Housekeeping, Keep
from vantage6.node.run_files import RunFiles

DAY_S = 24 * 60 * 60


class Bench:
    def __init__(self, folder: Path) -> None:
        self.files = RunFiles(folder / "runs", output_limit_bytes=10)
        self.server = FakeServer()

    def folder(self, run_id: int, kilobytes: int = 0) -> None:
        (self.files.temporary(run_id) / "file").write_bytes(b"x" * kilobytes * 1000)

    def sweep(self, keep: Keep, *in_use: int, after_days: float = 0) -> frozenset[int]:
        later = max(map(self.files.last_use, self.files.trees())) + after_days * DAY_S
        Housekeeping(self.files, self.server, keep, clock=lambda: later).sweep(frozenset(in_use))
        return self.files.trees()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_folder_of_a_tree_that_has_ended_goes(bench: Bench) -> None:
    bench.folder(1)
    bench.folder(2)
    bench.server.ended_trees.add(1)

    assert bench.sweep(Keep()) == {2}


def test_a_folder_that_a_run_uses_stays_whatever_else_is_true(bench: Bench) -> None:
    bench.folder(1, kilobytes=100)
    bench.server.ended_trees.add(1)

    assert bench.sweep(Keep(days=1, total_bytes=1), 1, after_days=9) == {1}


def test_a_folder_that_nobody_used_for_long_goes(bench: Bench) -> None:
    bench.folder(1)

    assert bench.sweep(Keep(days=3), after_days=2.9) == {1}
    assert bench.sweep(Keep(days=3), after_days=3.1) == frozenset()


def test_without_limits_every_tree_that_has_not_ended_stays(bench: Bench) -> None:
    bench.folder(1, kilobytes=100)

    assert bench.sweep(Keep(), after_days=1000) == {1}


def test_the_oldest_folders_go_until_the_rest_has_room(bench: Bench) -> None:
    for run_id in (1, 2, 3):
        bench.folder(run_id, kilobytes=100)
    bench.files.temporary(1)  # used once more: now 2 is the oldest

    assert bench.sweep(Keep(total_bytes=250_000)) == {1, 3}
