"""The runtimes that misbehave do so as their names say."""

import queue
import threading
from pathlib import Path

import pytest
from tests.fakes.runtime import DEADLINE_S, DyingRuntime, FakeRuntime, SlowRuntime
from vantage6.common.errors import RuntimeUnavailable
from vantage6.node.runtime.base import Phase, RunReport, RunSpec, StartError


def make_spec(folder: Path) -> RunSpec:
    return RunSpec(7, 1, "image", folder, folder)


def test_finish_writes_the_output_into_the_folder_of_the_run(tmp_path: Path) -> None:
    runtime = FakeRuntime()
    runtime.start(make_spec(tmp_path))
    runtime.finish(7, 0, output=b"answer", log="hello")
    assert (tmp_path / "output").read_bytes() == b"answer"
    assert (runtime.poll(7), runtime.log(7)) == (RunReport(Phase.FINISHED, 0), "hello")


def test_lost_run_is_told_and_gone(tmp_path: Path) -> None:
    runtime, ends = FakeRuntime(), queue.Queue[int]()
    runtime.watch(ends.put)
    runtime.start(make_spec(tmp_path))
    runtime.lose(7)
    assert (ends.get_nowait(), runtime.poll(7)) == (7, RunReport(Phase.GONE))


def test_refused_image_cannot_be_started(tmp_path: Path) -> None:
    runtime = FakeRuntime()
    runtime.refuse("image")
    with pytest.raises(StartError, match="image"):
        runtime.start(make_spec(tmp_path))


def test_slow_runtime_starts_when_the_test_says_go(tmp_path: Path) -> None:
    runtime = SlowRuntime()
    starter = threading.Thread(target=runtime.start, args=(make_spec(tmp_path),))
    starter.start()
    runtime.await_start()
    assert (runtime.poll(7).phase, runtime.started) == (Phase.RUNNING, [])
    runtime.go()
    starter.join(DEADLINE_S)
    assert [spec.result_id for spec in runtime.started] == [7]


def test_dying_runtime_answers_nothing_and_tells_later_what_ended(tmp_path: Path) -> None:
    runtime, ends = DyingRuntime(), queue.Queue[int]()
    runtime.watch(ends.put)
    runtime.start(make_spec(tmp_path))
    with runtime.dead():
        runtime.finish(7, 0)
        with pytest.raises(RuntimeUnavailable):
            runtime.poll(7)
        assert ends.empty()
    assert (ends.get_nowait(), runtime.poll(7).exit_code) == (7, 0)
