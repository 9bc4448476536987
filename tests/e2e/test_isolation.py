"""What an algorithm can reach from inside its container: the proxy, and nothing else."""

import socket
import subprocess

import pytest
from tests.e2e.asking import ask, own_organization, wait_for_status

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(180)]
OUTSIDE = [["1.1.1.1", 53], ["1.1.1.1", 80], ["93.184.215.14", 80], ["169.254.169.254", 80]]


def addresses_of_host() -> list[str]:
    """Every IPv4 address of this machine, the bridges of the engine among them."""
    listed = subprocess.check_output(["hostname", "-I"], text=True).split()
    return [address for address in listed if ":" not in address]


@pytest.fixture
def host_service():
    """A service that listens on every address of the host."""
    with socket.create_server(("0.0.0.0", 0)) as listener:  # noqa: S104  # the point of the test
        yield listener.getsockname()[1]


@pytest.mark.parametrize("neighbours", [2])
def test_only_the_proxy_answers_from_inside(start_network, faults_image, host_service, neighbours):
    network = start_network(runtime="docker", nodes=1)
    targets = [[address, host_service] for address in [*addresses_of_host(), "127.0.0.1"]]
    targets += [[address, network.plan.port] for address in addresses_of_host()]
    targets += [
        [f"172.{net}.0.{last}", 80] for net in (17, 18) for last in range(2, 2 + neighbours)
    ]
    with network.client() as client:
        me = own_organization(client)
        other = ask(client, faults_image, "slow", [me], seconds=8)
        wait_for_status(client, other, "active")
        names = ["vantage6.ai", "localhost.localdomain.", "host.docker.internal"]
        task = ask(
            client, faults_image, "look_around", [me], targets=targets + OUTSIDE, names=names
        )
        (result,) = client.wait_for_results(task, timeout=90)
        client.task.kill(other)
    seen = result["result"]
    assert seen["proxy"]
    assert seen["open"] == []
    assert "vantage6.ai" not in seen["resolved"]
    assert "host.docker.internal" not in seen["resolved"]
    assert len(seen["runs"]) == 1
