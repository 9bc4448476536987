"""The node against the real server; only the container runtime is a fake."""

import signal
from pathlib import Path

import pytest
from tests.fakes.waiting import eventually
from tests.integration.node.conftest import MakeNode, RealServer, RunningNode
from vantage6.common.encoding import base64s_to_bytes
from vantage6.node import instance
from vantage6.node.app import ExitCode

pytestmark = pytest.mark.unmeasured


def started(server: RealServer, make_node: MakeNode) -> RunningNode:
    server.start()
    node = make_node(server)
    node.start()
    node.await_ready()
    return node


def result(row: dict[str, str]) -> bytes:
    return base64s_to_bytes(row["result"])


def test_a_task_becomes_a_result(server: RealServer, node: RunningNode) -> None:
    (run,) = server.post_task("alpha")
    active = server.await_status(run, "active")

    node.runtime.finish(run, output=b"json.42", log="counted")

    row = server.await_status(run, "completed")
    assert result(row) == b"json.42"
    assert row["log"] == "counted"
    assert active["started_at"] and row["finished_at"] > active["started_at"]


def test_a_node_that_is_ready_is_online_and_shares_its_configuration(
    server: RealServer, node: RunningNode
) -> None:
    eventually(lambda: server.is_online("alpha"))
    path = f"node/{server.world.nodes['alpha']}"

    eventually(lambda: server.researcher.get(path)["config"])

    shared = {(e["key"], e["value"]) for e in server.researcher.get(path)["config"]}
    assert ("allowed_algorithms", "all") in shared


def test_a_task_is_taken_through_the_socket_and_not_by_the_next_look(
    server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(server, reconcile_seconds=3600)
    node.start()
    node.await_ready()

    (run,) = server.post_task("alpha")

    server.await_status(run, "active")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_result_arrives_once_when_the_server_restarts_in_mid_task(
    own_server: RealServer, make_node: MakeNode, number: signal.Signals
) -> None:
    server, node = own_server, started(own_server, make_node)
    (run,) = server.post_task("alpha")
    server.await_status(run, "active")

    server.stop(number)
    node.runtime.finish(run, output=b"json.1")
    server.start()

    assert result(server.await_status(run, "completed")) == b"json.1"
    assert len(node.runtime.started) == 1


def test_a_node_works_on_after_the_server_came_back_with_another_secret(
    own_server: RealServer, make_node: MakeNode
) -> None:
    server, node = own_server, started(own_server, make_node)
    server.stop()
    server.start(jwt_secret_key="another secret that is long enough for a server")

    (run,) = server.post_task("alpha")

    node.await_start(run)
    server.await_status(run, "active")


def test_a_running_container_is_adopted_by_the_next_process(
    server: RealServer, node: RunningNode
) -> None:
    (run,) = server.post_task("alpha")
    server.await_status(run, "active")

    node.restart()
    assert node.runtime.adopted == [run]
    node.runtime.finish(run, output=b"json.1")

    assert result(server.await_status(run, "completed")) == b"json.1"
    assert node.runtime.started == []


def test_a_task_that_a_user_stops_is_stopped_at_the_node(
    server: RealServer, node: RunningNode
) -> None:
    (run,) = server.post_task("alpha")
    server.await_status(run, "active")
    task = server.run(run)["task"]

    server.kill(task["id"])

    server.await_status(run, "killed by user")
    eventually(lambda: not node.engine.runs)


def test_a_run_that_fails_says_why(server: RealServer, node: RunningNode) -> None:
    (run,) = server.post_task("alpha")
    server.await_status(run, "active")

    node.runtime.finish(run, 1, log="Traceback")

    row = server.await_status(run, "crashed")
    assert row["log"].startswith("vantage6: the algorithm ended with exit code 1\n")


def test_nothing_of_a_run_is_left_on_disk(server: RealServer, node: RunningNode) -> None:
    (run,) = server.post_task("alpha")
    server.await_status(run, "active")
    node.runtime.finish(run, output=b"json.1")
    server.await_status(run, "completed")

    eventually(lambda: not list((node.data / "runs").glob("task-*")))


# --- starting and stopping ----------------------------------------------------------------------


def test_a_node_waits_for_a_server_that_is_not_there_yet(
    own_server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(own_server)
    node.start()
    eventually(lambda: instance.read_state(node.data)[0] is instance.State.STARTING)

    own_server.start()

    node.await_ready()


def test_a_node_can_be_stopped_while_it_waits_for_the_server(
    own_server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(own_server)
    node.start()
    eventually(lambda: instance.read_state(node.data)[0] is instance.State.STARTING)

    node.stop()

    assert node.exit_code is ExitCode.STOPPED


def test_a_key_that_the_server_does_not_know_ends_the_node(
    server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(server, api_key="00000000-0000-4000-8000-999999999999")
    node.start()

    assert node.await_exit() is ExitCode.LOGIN
    state, reason = instance.read_state(node.data)
    assert state is instance.State.FAILED
    assert reason


def test_a_node_that_disagrees_on_encryption_does_not_start(
    server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(server, encryption={"enabled": True})
    node.start()

    assert node.await_exit() is ExitCode.ENCRYPTION
    assert "not encrypted at the server" in instance.read_state(node.data)[1]


def test_a_second_node_with_the_same_data_does_not_start(
    node: RunningNode, tmp_path: Path
) -> None:
    second = RunningNode(tmp_path / "node-alpha", node.settings)
    second.start()

    assert second.await_exit() is ExitCode.ALREADY_RUNNING
    assert instance.read_state(node.data)[0] is instance.State.READY


def test_the_process_runtime_is_refused_outside_development(
    own_server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(own_server, runtime="process")
    node.start()

    assert node.await_exit() is ExitCode.CONFIGURATION


def test_a_folder_for_runs_that_cannot_be_used_is_a_fault_of_the_configuration(
    server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(server, task_dir="/dev/null")
    node.start()

    assert node.await_exit() is ExitCode.CONFIGURATION
    assert "task_dir: /dev/null" in instance.read_state(node.data)[1]


def test_a_data_folder_that_cannot_be_made_is_a_fault_of_the_configuration(
    own_server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(own_server)
    node.data.write_text("a file")
    node.start()

    assert node.await_exit() is ExitCode.CONFIGURATION


def test_a_stopped_node_leaves_its_containers_and_no_state(
    server: RealServer, node: RunningNode
) -> None:
    (run,) = server.post_task("alpha")
    node.await_start(run)

    node.stop()

    assert node.exit_code is ExitCode.STOPPED
    assert list(node.engine.runs) == [run]
    assert instance.read_state(node.data) == (None, "")
    eventually(lambda: not server.is_online("alpha"))


def test_every_exit_code_says_what_to_do() -> None:
    assert all(code.help for code in ExitCode)


def test_a_hundred_results_of_the_same_moment_all_arrive(
    server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(server, limits={"concurrent": 100}, reconcile_seconds=2)
    node.start()
    node.await_ready()
    runs = [server.post_task("alpha")[0] for _ in range(100)]
    for run in runs:
        node.await_start(run)

    for run in runs:
        node.runtime.finish(run, output=f"json.{run}".encode())

    rows = {run: server.await_status(run, "completed") for run in runs}
    assert {run: result(row) for run, row in rows.items()} == {
        run: f"json.{run}".encode() for run in runs
    }
    started = [spec.result_id for spec in node.runtime.started]
    assert sorted(set(runs) & set(started)) == runs
    assert len(started) == len(set(started))
