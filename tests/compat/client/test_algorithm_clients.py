"""The published clients of algorithms, straight at the server.

In real life the proxy of a node stands between them, and passes on what is not encrypted.
"""

from typing import Any

import pytest
from tests.compat.client.conftest import Nodes
from tests.compat.client.nodes import PlayedNode, average
from tests.compat.client.published import Console, Remote
from tests.compat.client.servers import RunningServer
from tests.compat.client.shapes import assert_shape

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]
IMAGE = "registry.example.org/master:1"
INPUT = {"method": "average_partial", "kwargs": {"column_name": "age"}}
NEWER = pytest.mark.parametrize("version", ["3.11.1"], indirect=True)
ADDRESS = {"ip": "10.76.0.3", "port": 8888, "label": "talk"}


@pytest.fixture
def token(client: Remote, nodes: Nodes) -> str:
    """Of a container that has just been started at the node of organization 2."""
    task = client.task.create(1, [2], "master", IMAGE, "", INPUT, data_format="json")
    (run,) = nodes[2].open_runs(task["id"])
    nodes[2].call("patch", f"result/{run['id']}", json={"status": "active"})
    body = {"task_id": task["id"], "image": IMAGE}
    return str(nodes[2].call("post", "token/container", json=body)["container_token"])


@pytest.fixture
def container(console: Console, example: RunningServer, token: str) -> Remote:
    """The client that wrappers make by default; the port is a text, as in the environment."""
    console.run(f"""
from vantage6.client import ContainerClient
container = ContainerClient(
    token={token!r}, host='http://127.0.0.1', port='{example.port}', path='/api'
)
""")
    return Remote(console, "container")


@pytest.fixture
def algorithm(console: Console, example: RunningServer, token: str) -> Remote:
    """The newer client, which 3.5 does not have."""
    console.run(f"""
from vantage6.client.algorithm_client import AlgorithmClient
algorithm = AlgorithmClient(
    token={token!r}, host='http://127.0.0.1', port='{example.port}', path='/api'
)
""")
    return Remote(console, "algorithm")


def open_port(node: PlayedNode, task: int) -> None:
    """What a node does when the image of a run has ports."""
    node.call("patch", f"node/{node.id}", json={"ip": ADDRESS["ip"]})
    (run,) = node.open_runs(task)
    body = {"port": ADDRESS["port"], "label": ADDRESS["label"], "result_id": run["id"]}
    node.call("post", "port", json=body)


def test_a_container_asks_others_and_reads_their_results(container: Remote, nodes: Nodes) -> None:
    task = container.create_new_task(INPUT, organization_ids=[2, 3])

    assert_shape("task", task)
    assert task["parent"] is not None
    assert container.get_task(task["id"])["complete"] is False
    for organization in (2, 3):
        assert nodes[organization].work(task["id"], average) == [INPUT]
    assert container.get_task(task["id"])["complete"] is True
    answers: list[Any] = container.get_results(task["id"])
    assert sorted(answer["sum"] for answer in answers) == [173, 253]


def test_sub_tasks_are_found_by_their_parent(client: Remote, container: Remote) -> None:
    children = [container.create_new_task(INPUT, organization_ids=[3]) for _ in range(2)]
    parent = client.task.get(children[0]["parent"]["id"])

    found = client.task.list(parent=parent["id"])["data"]

    assert found == children[::-1]
    assert [link["id"] for link in parent["children"]] == [child["id"] for child in children]
    assert {child["run_id"] for child in children} == {parent["run_id"]}
    assert {child["init_user"] for child in children} == {parent["init_user"]}


def test_a_container_posts_a_task_in_the_general_way(container: Remote, nodes: Nodes) -> None:
    task = container.post_task("sub", IMAGE, 1, INPUT, organization_ids=[3])

    assert_shape("task", task)
    assert nodes[3].work(task["id"], average) == [INPUT]


def test_a_container_knows_the_organizations(container: Remote) -> None:
    found = container.get_organizations_in_my_collaboration()

    assert_shape("organization", *found)
    assert [organization["id"] for organization in found] == [2, 3, 4]


def test_a_container_finds_the_ports_of_its_sub_task(container: Remote, nodes: Nodes) -> None:
    task = container.create_new_task(INPUT, organization_ids=[3])["id"]
    open_port(nodes[3], task)

    addresses = container.get_algorithm_addresses(task)

    assert addresses == [ADDRESS]
    by_label = container.get_algorithm_address_by_label(task, label="talk")
    assert by_label == f"{ADDRESS['ip']}:{ADDRESS['port']}"


@NEWER
def test_an_algorithm_asks_others_and_reads_their_results(algorithm: Remote, nodes: Nodes) -> None:
    task = algorithm.task.create(INPUT, organization_ids=[2, 3], name="sub", description="of it")

    assert_shape("task", task)
    assert (task["name"], task["description"]) == ("sub", "of it")
    for organization in (2, 3):
        nodes[organization].work(task["id"], average)
    assert algorithm.task.get(task["id"])["complete"] is True
    assert sorted(answer["sum"] for answer in algorithm.result.get(task["id"])) == [173, 253]


@NEWER
def test_an_algorithm_knows_where_it_is(algorithm: Remote, nodes: Nodes) -> None:
    organizations = algorithm.organization.list()
    collaboration, node = algorithm.collaboration.get(), algorithm.node.get()

    assert_shape("organization", algorithm.organization.get(2), *organizations)
    assert [organization["id"] for organization in organizations] == [2, 3, 4]
    assert_shape("collaboration", collaboration)
    assert collaboration["id"] == 1
    assert_shape("node", node)
    assert node["id"] == nodes[2].id


@NEWER
def test_an_algorithm_finds_the_addresses_of_its_family(algorithm: Remote, nodes: Nodes) -> None:
    task = algorithm.task.create(INPUT, organization_ids=[3])
    open_port(nodes[3], task["id"])
    child = ADDRESS | {
        "organization_id": 3,
        "task_id": task["id"],
        "parent_id": task["parent"]["id"],
    }

    # 3.11 sends every flag as a text, also those that are "False".
    assert algorithm.vpn.get_child_addresses() == [child]
    assert algorithm.vpn.get_addresses(include_children=True, label="talk") == [child]
    assert algorithm.vpn.get_addresses(include_children=True, label="other") == []
    assert algorithm.vpn.get_addresses() == []
    assert algorithm.vpn.get_parent_address() == []
