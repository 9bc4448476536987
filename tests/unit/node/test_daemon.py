"""The node between a server and a runtime, each of which may misbehave."""

import pytest
from tests.fakes.runtime import DyingRuntime, FakeRuntime, SlowRuntime
from tests.fakes.server import (
    BusyServer,
    ForgetfulServer,
    LossyServer,
    RepeatingServer,
    SmallServer,
)
from tests.fakes.waiting import eventually
from tests.unit.node.conftest import Rig
from vantage6.common.encoding import base64s_to_bytes
from vantage6.common.events import (
    AlgorithmStatusChange,
    KillContainers,
    KillEntry,
    Message,
    NewTask,
    NodeInfoUpdate,
    NodeStatusChange,
    StatusUpdate,
)
from vantage6.common.status import TaskStatus
from vantage6.node.policy import Policy

ACTIVE, COMPLETED, CRASHED = TaskStatus.ACTIVE, TaskStatus.COMPLETED, TaskStatus.CRASHED


def test_a_run_is_started_and_its_result_arrives(rig: Rig) -> None:
    rig.server.add_run(1, b"json.{}")
    rig.start()
    row = rig.server.await_status(1, ACTIVE)

    rig.runtime.finish(1, output=b"json.42", log="counted")

    outcome = rig.server.await_outcome(1)
    assert outcome.status is COMPLETED
    assert base64s_to_bytes(outcome.result or "") == b"json.42"
    assert outcome.log == "counted"
    assert row.reports == [ACTIVE, COMPLETED]


def test_nothing_of_a_run_is_left_behind(rig: Rig) -> None:
    rig.server.add_run(1, b"json.{}")
    rig.start()
    rig.server.await_status(1, ACTIVE)

    rig.runtime.finish(1, output=b"x")
    rig.server.await_outcome(1)
    # The container is removed while the outcome is sent.
    eventually(lambda: not rig.runtime.known() | rig.files.runs(), "the run to be removed")
    rig.stop()

    assert rig.runtime.known() == frozenset()
    assert rig.files.runs() == frozenset()
    assert rig.guests.digests == {}


# --- announcements ----------------------------------------------------------------------------


def test_a_run_that_is_announced_many_times_starts_once(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    for _ in range(5):
        rig.inbox.put(NewTask(101))
    rig.server.await_status(1, ACTIVE)

    rig.server.await_listings(3)

    assert rig.starts() == [1]


def test_a_new_task_is_taken_without_waiting_for_the_next_look(rig: Rig) -> None:
    rig.reconcile_s = 3600
    rig.start()
    rig.server.add_run(1)

    rig.inbox.put(NewTask(101))

    rig.server.await_status(1, ACTIVE)


def test_a_lost_announcement_is_made_good_by_the_next_look(rig: Rig) -> None:
    rig.start()
    rig.server.await_listings(1)

    rig.server.add_run(1)

    rig.server.await_status(1, ACTIVE)


def test_a_server_that_lists_ended_runs_as_open_starts_nothing_again(rig: Rig) -> None:
    rig.server = RepeatingServer()
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)
    rig.runtime.finish(1, output=b"x")
    rig.server.await_outcome(1)

    rig.server.await_listings(3)

    assert rig.starts() == [1]


def test_a_server_that_lists_nothing_stops_no_run(rig: Rig) -> None:
    rig.server = server = ForgetfulServer()
    server.add_run(1)
    rig.start()
    server.await_status(1, ACTIVE)

    server.is_forgetful = True
    server.await_listings(3)

    rig.runtime.finish(1, output=b"x")
    assert server.await_outcome(1).status is COMPLETED


# --- the server goes away ---------------------------------------------------------------------


def test_a_result_arrives_once_when_the_server_restarts_in_mid_task(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    row = rig.server.await_status(1, ACTIVE)

    with rig.server.away():
        rig.disconnect()
        rig.runtime.finish(1, output=b"x")
        eventually(lambda: rig.journal.outcome(1))

    rig.server.await_outcome(1)
    assert row.reports == [ACTIVE, COMPLETED]


def test_a_result_whose_acknowledgement_got_lost_is_stored_once(rig: Rig) -> None:
    rig.server = LossyServer()
    rig.server.add_run(1)
    rig.start()
    row = rig.server.await_status(1, ACTIVE)

    rig.runtime.finish(1, output=b"x")
    rig.server.await_outcome(1)
    rig.server.await_listings(2)

    assert row.reports == [ACTIVE, COMPLETED]


def test_a_run_is_postponed_while_the_server_gives_no_token(rig: Rig) -> None:
    rig.server = server = BusyServer()
    server.add_run(1)
    rig.start()
    server.await_listings(3)
    assert server.rows[1].is_open

    server.is_busy = False

    server.await_status(1, ACTIVE)
    assert rig.starts() == [1]


def test_a_postponed_run_does_not_wait_for_the_next_look(rig: Rig) -> None:
    rig.reconcile_s = 3600
    rig.server = server = BusyServer()
    server.add_run(1)
    rig.start()
    server.await_listings(2)

    server.is_busy = False

    server.await_status(1, ACTIVE)


# --- the node goes away -----------------------------------------------------------------------


def test_a_running_container_is_adopted_after_a_restart(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    row = rig.server.await_status(1, ACTIVE)
    digest = rig.guests.digests[1]
    rig.guests.digests.clear()

    rig.restart()
    eventually(lambda: rig.guests.digests == {1: digest})
    rig.runtime.finish(1, output=b"x")

    rig.server.await_outcome(1)
    assert rig.starts() == []
    assert row.reports == [ACTIVE, COMPLETED]


def test_a_container_that_ended_while_the_node_was_away_is_collected(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)
    rig.stop()
    rig.runtime.finish(1, output=b"late")

    rig.restart()

    assert base64s_to_bytes(rig.server.await_outcome(1).result or "") == b"late"


def test_a_run_whose_container_vanished_is_reported_and_not_started_again(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)
    rig.stop()
    rig.engine.runs.clear()

    rig.restart()

    outcome = rig.server.await_outcome(1)
    assert outcome.status is TaskStatus.UNKNOWN_ERROR
    assert "vanished" in outcome.log
    assert rig.starts() == []


def test_an_outcome_that_was_not_sent_is_sent_after_a_restart(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)
    with rig.server.away():
        rig.runtime.finish(1, output=b"x")
        eventually(lambda: rig.journal.outcome(1))
        rig.stop()

    rig.restart()

    assert rig.server.await_outcome(1).status is COMPLETED


def test_a_container_that_no_journal_knows_is_removed(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)
    rig.journal.forget(1)
    rig.server.end(1)

    rig.restart()
    rig.server.await_listings(1)

    assert rig.runtime.known() == frozenset()


# --- runs that fail ---------------------------------------------------------------------------


def test_an_algorithm_that_crashes_is_reported_with_its_exit_code(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)

    rig.runtime.finish(1, 137, log="Traceback", reason="out of memory")

    outcome = rig.server.await_outcome(1)
    assert outcome.status is CRASHED
    assert outcome.log == (
        "vantage6: the algorithm ended with exit code 137 (out of memory)\nTraceback"
    )


def test_an_output_that_was_deleted_is_a_crash_with_a_reason(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)
    (rig.engine.runs[1].spec.folder / "output").unlink()

    rig.runtime.finish(1)

    outcome = rig.server.await_outcome(1)
    assert (outcome.status, outcome.result) == (CRASHED, None)
    assert outcome.log.startswith("vantage6: the algorithm left no output file")


def test_an_image_that_does_not_exist_ends_the_run_with_its_reason(rig: Rig) -> None:
    rig.runtime.refuse("nowhere/image")
    rig.server.add_run(1, image="nowhere/image")
    rig.server.add_run(2)

    rig.start()

    outcome = rig.server.await_outcome(1)
    assert outcome.status is TaskStatus.NO_DOCKER_IMAGE
    assert outcome.log.startswith("vantage6: no image nowhere/image")
    rig.server.await_status(2, ACTIVE)


def test_ghsa_vc3v_ppc7_v486_the_image_of_a_sub_task_must_be_allowed_too(rig: Rig) -> None:
    """CVE-2023-47631: nodes did not look at the image of what the server called a sub-task."""
    rig.policy = Policy(images=(("good/.*",),))
    rig.server.add_run(1, image="evil/image", parent_id=55)

    rig.start()

    outcome = rig.server.await_outcome(1)
    assert outcome.status is TaskStatus.NOT_ALLOWED
    assert "does not allow the image evil/image" in outcome.log
    assert rig.starts() == []


def test_an_unexpected_error_in_one_run_ends_only_that_run(rig: Rig) -> None:
    rig.runtime = _Broken()
    rig.server.add_run(1)
    rig.server.add_run(2)

    rig.start()

    outcome = rig.server.await_outcome(1)
    assert outcome.status is TaskStatus.START_FAILED
    assert outcome.log.startswith("vantage6: unexpected error")
    assert "secret" not in outcome.log
    rig.server.await_status(2, ACTIVE)


class _Broken(FakeRuntime):
    def start(self, spec) -> None:  # type: ignore[no-untyped-def]
        if spec.result_id == 1:
            raise ZeroDivisionError("secret detail")
        super().start(spec)


def test_nonsense_in_the_inbox_does_not_end_the_node(rig: Rig) -> None:
    rig.start()
    rig.inbox.put("nonsense")
    rig.inbox.put(Message("hello"))

    rig.server.add_run(1)

    rig.server.await_status(1, ACTIVE)


def test_a_result_that_the_server_refuses_becomes_a_crash_with_the_reason(rig: Rig) -> None:
    rig.server = SmallServer()
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)

    rig.runtime.finish(1, output=b"x" * 100)

    outcome = rig.server.await_outcome(1)
    assert (outcome.status, outcome.result) == (CRASHED, None)
    assert "the server refuses the outcome of this run: too large" in outcome.log


def test_an_engine_that_stops_answering_loses_no_result(rig: Rig) -> None:
    rig.runtime = runtime = DyingRuntime()
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)

    with runtime.dead():
        runtime.finish(1, output=b"x")
        rig.server.await_listings(3)

    assert rig.server.await_outcome(1).status is COMPLETED


def test_a_run_is_not_used_up_while_the_engine_is_away(rig: Rig) -> None:
    rig.runtime = runtime = DyingRuntime()
    rig.start()
    with runtime.dead():
        rig.server.add_run(1)
        rig.server.await_listings(3)
        assert rig.server.rows[1].is_open

    rig.server.await_status(1, ACTIVE)


def test_an_end_that_the_runtime_does_not_tell_is_found(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)
    rig.runtime.close()  # it tells no ends any more

    rig.runtime.finish(1, output=b"x")

    assert rig.server.await_outcome(1).status is COMPLETED


# --- kill -------------------------------------------------------------------------------------


def test_a_kill_stops_the_container_and_is_reported(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)

    rig.inbox.put(KillContainers(1, (KillEntry(101, 1, organization_id=1),)))

    assert rig.server.await_outcome(1).status is TaskStatus.KILLED


@pytest.mark.parametrize(
    "event",
    [
        KillContainers(2, (KillEntry(101, 1, organization_id=1),)),
        KillContainers(1, (KillEntry(101, 1, organization_id=2),)),
        KillContainers(1, node_id=8),
        KillContainers(2, node_id=7),
    ],
)
def test_a_kill_for_somebody_else_stops_nothing(rig: Rig, event: KillContainers) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)

    rig.inbox.put(event)
    rig.server.await_listings(2)

    rig.runtime.finish(1, output=b"x")
    assert rig.server.await_outcome(1).status is COMPLETED


def test_a_kill_of_the_node_stops_all_its_runs(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.server.add_run(2)
    rig.start()
    rig.server.await_status(1, ACTIVE)
    rig.server.await_status(2, ACTIVE)

    rig.inbox.put(KillContainers(1, node_id=7))

    assert rig.server.await_outcome(1).status is TaskStatus.KILLED
    assert rig.server.await_outcome(2).status is TaskStatus.KILLED


def test_a_kill_while_the_socket_was_lost_is_found_by_the_next_look(rig: Rig) -> None:
    rig.server.add_run(1)
    rig.start()
    rig.server.await_status(1, ACTIVE)

    rig.server.end(1)

    eventually(lambda: not rig.runtime.known() and not rig.journal.entries())
    assert rig.server.rows[1].reports == [ACTIVE]


def test_a_kill_during_the_start_stops_the_container_when_it_is_there(rig: Rig) -> None:
    rig.runtime = runtime = SlowRuntime()
    rig.server.add_run(1)
    rig.start()
    runtime.await_start()

    rig.inbox.put(KillContainers(1, node_id=7))
    runtime.go()

    assert rig.server.await_outcome(1).status is TaskStatus.KILLED


def test_a_slow_start_holds_up_neither_other_runs_nor_the_stop(rig: Rig) -> None:
    rig.runtime = runtime = SlowRuntime()
    rig.server.add_run(1)
    rig.start()
    runtime.await_start()

    rig.stop()
    runtime.go()


# --- what the node says -----------------------------------------------------------------------


def test_the_node_says_hello_at_each_connection(rig: Rig) -> None:
    rig.reconcile_s, rig.shared = 3600, {"encryption": False}
    rig.start()
    for _ in range(2):
        rig.connect()
        assert rig.socket.said(NodeInfoUpdate) == NodeInfoUpdate({"encryption": False})
        rig.disconnect()


def test_the_node_is_ready_when_it_is_connected_and_has_seen_its_runs(rig: Rig) -> None:
    rig.start()
    rig.server.await_listings(2)
    assert not rig.ready.is_set()

    rig.connect()

    assert rig.ready.wait(5)


def test_changes_of_status_are_announced_over_the_socket(rig: Rig) -> None:
    facts = rig.server.add_run(1, parent_id=9)
    rig.start()
    rig.connect()
    expected = NodeStatusChange("active", 1, facts.task_id, 1, 7, 1, 9)
    assert rig.socket.said(NodeStatusChange) == expected

    rig.runtime.finish(1, output=b"x")

    said = rig.socket.said(NodeStatusChange)
    assert isinstance(said, NodeStatusChange)
    assert said.status == "completed"


def test_those_who_wait_are_told_about_changes_at_the_server(rig: Rig) -> None:
    rig.start()

    rig.inbox.put(StatusUpdate(5))
    rig.inbox.put(AlgorithmStatusChange("completed", 5, 6, 7, 1, 8, 1))

    assert rig.changes.get(timeout=5) is None
    assert rig.changes.get(timeout=5) is None


def test_those_who_wait_look_again_after_a_time_without_news(rig: Rig) -> None:
    rig.start()

    rig.connect()

    assert rig.changes.get(timeout=5) is None


def test_a_server_that_stays_silent_makes_the_node_connect_anew(rig: Rig) -> None:
    rig.start()
    with rig.server.away():
        eventually(lambda: rig.socket.rebuilt)


# --- temporary folders ------------------------------------------------------------------------


def test_a_temporary_folder_lives_as_long_as_its_tree_of_tasks(rig: Rig) -> None:
    rig.server.add_run(1, run_id=3)
    rig.start()
    rig.server.await_status(1, ACTIVE)
    rig.runtime.finish(1, output=b"x")
    rig.server.await_outcome(1)
    rig.server.await_listings(2)
    assert rig.files.trees() == {3}

    rig.server.ended_trees.add(3)

    eventually(lambda: not rig.files.trees())
