"""Single commands, carried out between a fake server and a fake runtime."""

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.runtime import FakeRuntime
from tests.fakes.server import FakeServer
from tests.unit.node.conftest import FakeGuests
from vantage6.common.encryption import DummyCryptor
from vantage6.common.errors import ServerUnreachable
from vantage6.common.status import TaskStatus
from vantage6.node.crew import Workers
from vantage6.node.job import Jobs, JobSettings
from vantage6.node.journal import Journal, Outcome
from vantage6.node.run_files import OutputError, RunFiles
from vantage6.node.runs import (
    VANISHED,
    Adopt,
    Clear,
    Cleared,
    Collect,
    Collected,
    Ended,
    KillAsked,
    RunFacts,
    Start,
    StillRunning,
    Tell,
    Upload,
    Uploaded,
    Vanished,
    Verify,
)
from vantage6.node.work import Work

Announced = list[tuple[int, TaskStatus]]


class Bench:
    """A workplace with everything that work needs."""

    def __init__(self, folder: Path) -> None:
        self.server, self.runtime, self.guests = FakeServer(), FakeRuntime(), FakeGuests()
        self.files = RunFiles(folder / "runs", 1000)
        self.journal = Journal(folder / "journal.sqlite")
        self.announced: Announced = []
        jobs = Jobs(self.server, DummyCryptor(), self.files, JobSettings())
        self.work = Work(
            jobs,
            self.files,
            self.journal,
            self.runtime,
            self.server,
            self.guests,
            lambda facts, status: self.announced.append((facts.result_id, status)),
        )

    def started(self) -> RunFacts:
        facts = self.server.add_run(1)
        self.work.carry_out(Start(self.server.rows[1].run))
        return facts


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.journal.close()


def test_a_run_is_in_the_journal_before_its_container_starts(bench: Bench) -> None:
    seen = []
    start = bench.runtime.start
    bench.runtime.start = lambda spec: (seen.append(bench.journal.entries()), start(spec))[1]  # type: ignore[method-assign]  # a spy on a fake

    bench.started()

    assert [entry.facts.result_id for entry in seen[0]] == [1]


def test_a_server_that_goes_away_after_the_start_does_not_hurt_the_run(bench: Bench) -> None:
    facts = bench.started()
    assert bench.announced == [(1, TaskStatus.ACTIVE)]
    with bench.server.away():
        bench.work.carry_out(Tell(facts))
    bench.server.rows[1].reports.clear()

    bench.work.carry_out(Tell(facts))

    assert bench.server.rows[1].reports == [TaskStatus.ACTIVE]


def test_nothing_is_told_about_a_run_that_was_never_begun(bench: Bench) -> None:
    assert bench.work.carry_out(Tell(bench.server.add_run(1))) is None
    assert bench.server.rows[1].reports == []


def test_the_container_goes_only_after_its_outcome_is_on_disk(bench: Bench) -> None:
    facts = bench.started()
    bench.runtime.finish(1, output=b"x")

    bench.work.carry_out(Collect(facts))
    assert isinstance(bench.journal.outcome(1), Outcome)
    assert bench.runtime.known() == {1}

    assert bench.work.carry_out(Clear(facts)) == Cleared(1)
    assert bench.runtime.known() == frozenset()
    assert bench.files.runs() == frozenset()


def test_collecting_twice_keeps_the_first_outcome(bench: Bench) -> None:
    facts = bench.started()
    bench.runtime.finish(1, output=b"x")

    assert bench.work.carry_out(Collect(facts)) == Collected(1)
    first = bench.journal.outcome(1)
    assert bench.work.carry_out(Collect(facts, VANISHED, attempt=1)) == Collected(1)

    assert bench.journal.outcome(1) == first


def test_a_run_that_still_runs_is_not_collected(bench: Bench) -> None:
    assert bench.work.carry_out(Collect(bench.started())) == StillRunning(1)
    assert bench.journal.outcome(1) is None


def test_a_container_that_vanished_before_it_was_collected_is_reported(bench: Bench) -> None:
    facts = bench.started()
    bench.runtime.lose(1)

    bench.work.carry_out(Collect(facts))

    outcome = bench.journal.outcome(1)
    assert outcome is not None
    assert outcome.status is TaskStatus.UNKNOWN_ERROR


def test_an_adopted_run_that_has_ended_or_gone_is_told(bench: Bench) -> None:
    facts = bench.started()
    assert bench.work.carry_out(Adopt(facts)) is None

    bench.runtime.finish(1)
    assert bench.work.carry_out(Adopt(facts)) == Ended(1)
    bench.runtime.remove(1)
    assert bench.work.carry_out(Adopt(facts)) == Vanished(1)
    assert bench.work.carry_out(Adopt(RunFacts(9, 9, 9))) == Vanished(9)


def test_a_run_that_the_server_deleted_needs_no_acknowledgement(bench: Bench) -> None:
    facts = bench.started()
    bench.runtime.finish(1)
    bench.work.carry_out(Collect(facts))
    del bench.server.rows[1]

    assert bench.work.carry_out(Upload(facts)) == Uploaded(1)
    assert bench.journal.entries() == []


def test_a_run_that_has_ended_at_the_server_needs_no_acknowledgement(bench: Bench) -> None:
    facts = bench.started()
    bench.runtime.finish(1)
    bench.work.carry_out(Collect(facts))
    bench.server.end(1)

    assert bench.work.carry_out(Upload(facts)) == Uploaded(1)
    assert bench.work.carry_out(Upload(facts)) == Uploaded(1)


def test_only_a_run_that_is_not_open_any_more_is_to_be_stopped(bench: Bench) -> None:
    facts = bench.started()

    assert bench.work.carry_out(Verify(facts)) is None
    bench.server.end(1)
    assert bench.work.carry_out(Verify(facts)) == KillAsked(1)


def test_something_else_than_a_command_is_refused(bench: Bench) -> None:
    with pytest.raises(TypeError):
        bench.work.carry_out("command")  # type: ignore[arg-type]


def test_files_of_runs_that_never_began_are_removed_at_the_start(bench: Bench) -> None:
    bench.started()
    bench.files.create(2, b"left", "t")

    bench.work.recall()

    assert bench.files.runs() == {1}


def test_a_result_is_on_disk_until_the_server_has_it(bench: Bench) -> None:
    facts = bench.started()
    bench.runtime.finish(1, output=b"x")
    bench.work.carry_out(Collect(facts))
    with bench.server.away(), pytest.raises(ServerUnreachable):
        bench.work.carry_out(Upload(facts))
    bench.work.recall()
    assert bench.files.results() == {1}

    bench.work.carry_out(Upload(facts))

    assert bench.files.results() == frozenset()
    assert bench.server.await_outcome(1).result == "eA=="


def test_a_result_that_is_lost_from_disk_is_told_as_that(bench: Bench) -> None:
    facts = bench.started()
    bench.runtime.finish(1, output=b"x")
    bench.work.carry_out(Collect(facts))
    bench.files.remove_result(1)

    with pytest.raises(OutputError):
        bench.work.carry_out(Upload(facts))
    bench.work.carry_out(Upload(facts))

    outcome = bench.server.await_outcome(1)
    assert (outcome.status, outcome.result) == (TaskStatus.CRASHED, None)
    assert "lost from the disk of the node" in outcome.log


def test_results_that_no_journal_knows_are_removed_at_the_start(bench: Bench) -> None:
    bench.files.store_result(9, ["eA=="])

    bench.work.recall()

    assert bench.files.results() == frozenset()


def test_work_that_waits_is_dropped_when_the_workers_stop() -> None:
    gate: queue.SimpleQueue[None] = queue.SimpleQueue()
    done: list[int] = []
    workers = Workers("test", 1)
    workers.submit(gate.get)
    workers.submit(lambda: done.append(1))

    workers.stop()
    gate.put(None)

    assert done == []
