"""What a node lives through: each run ends once, in the right state, with a reason."""

import subprocess

import pytest
from tests.e2e.asking import ask, only_result, own_organization, until, wait_for_status

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def network(start_network):
    return start_network(runtime="docker", nodes=1)


def containers(network) -> list[str]:
    """Ids of all containers that belong to the network's node, running or not."""
    label = f"label=node={network.plan.members[0].node}"
    return subprocess.check_output(["docker", "ps", "-aq", "--filter", label], text=True).split()


def assert_clean_and_alive(network, client, image) -> None:
    """Nothing is left over, and the next run works."""
    task = ask(client, image, "echo", [own_organization(client)], value=1)
    client.wait_for_results(task, timeout=60)
    assert network.nodes[0].is_running
    until(lambda: not containers(network))


def test_result_arrives_once_when_the_server_restarts_in_mid_task(network, faults_image):
    with network.client() as client:
        task = ask(client, faults_image, "slow", [own_organization(client)], seconds=4)
        wait_for_status(client, task, "active")
        network.server.kill()
    network.server.start()
    network.wait_for_server()
    with network.client() as client:
        row = wait_for_status(client, task, "completed")
        assert row["result"]["rows"] > 0
        assert_clean_and_alive(network, client, faults_image)
        assert only_result(client, task) == row


def test_running_container_is_adopted_when_the_node_was_killed(network, faults_image):
    with network.client() as client:
        task = ask(client, faults_image, "slow", [own_organization(client)], seconds=5)
        wait_for_status(client, task, "active")
        before = containers(network)
        network.nodes[0].kill()
        network.nodes[0].start()
        network.wait_for_node(1)
        assert set(containers(network)) & set(before)
        row = wait_for_status(client, task, "completed")
        assert row["result"]["rows"] > 0
        assert_clean_and_alive(network, client, faults_image)
        assert only_result(client, task) == row


def test_result_arrives_when_the_container_ended_while_the_node_was_down(network, faults_image):
    with network.client() as client:
        task = ask(client, faults_image, "slow", [own_organization(client)], seconds=1)
        wait_for_status(client, task, "active")
        (container, *_) = containers(network)
        network.nodes[0].kill()
        subprocess.run(["docker", "wait", container], check=True, capture_output=True)
        network.nodes[0].start()
        assert wait_for_status(client, task, "completed")["result"]["rows"] > 0
        assert_clean_and_alive(network, client, faults_image)


def test_algorithm_that_crashes_ends_with_its_exit_code(network, faults_image):
    with network.client() as client:
        task = ask(client, faults_image, "crash", [own_organization(client)])
        row = wait_for_status(client, task, "crashed")
        assert "exit code 70" in row["log"].splitlines()[0]
        assert row["finished_at"] is not None
        assert_clean_and_alive(network, client, faults_image)


def test_run_whose_output_was_deleted_crashes_with_that_reason(network, faults_image):
    with network.client() as client:
        task = ask(client, faults_image, "slow", [own_organization(client)], seconds=3)
        wait_for_status(client, task, "active")
        (run,) = client.result.from_task(task)
        (output,) = network.folder.rglob(f"task-{run['id']:09d}/output")
        output.unlink()
        row = wait_for_status(client, task, "crashed")
        assert "output" in row["log"].splitlines()[0]
        assert_clean_and_alive(network, client, faults_image)


def test_image_that_does_not_exist_is_named(network, faults_image, registry):
    image = f"{registry}/no/such/image:1"
    with network.client() as client:
        task = ask(client, image, "echo", [own_organization(client)], value=1)
        row = wait_for_status(client, task, "non-existing Docker image")
        assert image in row["log"].splitlines()[0]
        assert_clean_and_alive(network, client, faults_image)


def test_running_algorithm_is_killed_on_request(network, faults_image):
    with network.client() as client:
        task = ask(client, faults_image, "slow", [own_organization(client)], seconds=60)
        wait_for_status(client, task, "active")
        client.task.kill(task)
        wait_for_status(client, task, "killed by user")
        assert_clean_and_alive(network, client, faults_image)


def test_node_stops_in_order_and_takes_its_run_up_again(network, faults_image):
    with network.client() as client:
        task = ask(client, faults_image, "slow", [own_organization(client)], seconds=5)
        wait_for_status(client, task, "active")
        network.nodes[0].stop()
        assert network.nodes[0].exit_code == 0
        network.nodes[0].start()
        wait_for_status(client, task, "completed")
        assert_clean_and_alive(network, client, faults_image)
