"""Tasks and their results with the published client, from creation to deletion."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.compat.client.conftest import Network, Nodes
from tests.compat.client.nodes import Events, online, work
from tests.compat.client.published import Console, Remote
from tests.compat.client.shapes import assert_shape

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(400),
    pytest.mark.repeats("3.5.2"),
]
FORMATS = ("legacy", "pickle", "json")
VALUE = {"average": 53.25, "names": ["é", "ß"], "nothing": None}
INPUT = {"method": "some", "args": [1, "two"], "kwargs": {"column": "größe"}}
PLAIN = pytest.mark.parametrize("network", ["plain"], indirect=True)


@pytest.fixture
def console(network: Network) -> Console:
    return network.console


@pytest.fixture
def client(network: Network) -> Remote:
    return network.client


@pytest.fixture
def nodes(network: Network) -> Nodes:
    return network.nodes


def create(client: Remote, *organizations: int, **values: Any) -> Any:
    arguments = {
        "collaboration": 1,
        "organizations": list(organizations) or [2, 3],
        "name": "a task",
        "image": "registry.example.org/some:1",
        "description": "with a description",
        "input": INPUT,
    }
    return client.task.create(**arguments | values)


def answered(client: Remote, nodes: Nodes, *organizations: int) -> int:
    """Id of a task whose nodes have answered."""
    task: int = create(client, *organizations)["id"]
    work(nodes, task, lambda input_, organization: VALUE)
    return task


# --- to the nodes -----------------------------------------------------------------------------


@pytest.mark.parametrize("data_format", FORMATS)
def test_a_task_arrives_as_it_was_asked(network: Network, data_format: str) -> None:
    client, nodes = network.client, network.nodes
    task = create(client, data_format=data_format, database="other")

    assert_shape("task", task)
    assert (task["name"], task["description"]) == ("a task", "with a description")
    assert (task["image"], task["database"]) == ("registry.example.org/some:1", "other")
    assert (task["status"], task["complete"], task["finished_at"]) == ("pending", False, None)
    assert (task["initiator"], task["parent"], task["children"]) == (network.initiator, None, None)
    assert task["init_user"] == client.user.get()["id"]
    assert task["collaboration"]["id"] == 1
    assert len(task["results"]) == 2
    assert work(nodes, task["id"], lambda *_: VALUE) == [INPUT, INPUT]


def test_a_task_is_posted_in_the_older_way(client: Remote, nodes: Nodes) -> None:
    task = client.post_task(
        name="older", image="some", collaboration_id=1, input_=INPUT, organization_ids=[4]
    )

    assert_shape("task", task)
    assert task["database"] == "default"
    assert work(nodes, task["id"], lambda *_: VALUE) == [INPUT]


@PLAIN
def test_a_task_is_taken_as_the_r_client_posts_it(client: Remote) -> None:
    body = {
        "name": "from R",
        "image": "some",
        "master": True,
        "collaboration_id": 1,
        "organizations": [{"id": 2, "input": "anNvbi57fQ=="}],
        "description": "",
    }

    task = client.request("task", json=body, method="post")

    assert_shape("task", task)
    rows = client.request(f"task/{task['id']}/result")
    assert_shape("task_result", *rows)
    assert [(row["task"], row["organization"]) for row in rows] == [(task["id"], 2)]


def test_tasks_of_a_user_have_runs_of_their_own(client: Remote) -> None:
    first, second = create(client), create(client)

    assert first["run_id"] != second["run_id"]


def test_a_task_is_read_with_and_without_results(client: Remote) -> None:
    task = create(client)

    read = client.task.get(task["id"])
    full = client.task.get(task["id"], include_results=True)

    assert read == task
    assert_shape("task_with_results", full)
    assert {run["organization"] for run in full["results"]} == {2, 3}
    assert {run["status"] for run in full["results"]} == {"pending"}
    assert client.task.get(task["id"], fields=["id", "name"]) == {
        "id": task["id"],
        "name": "a task",
    }


@PLAIN
@pytest.mark.parametrize(
    "wrong",
    [
        {"collaboration": 999},
        {"organizations": [2, 999]},
        {"organizations": [1]},
        {"organizations": [2, 2]},
    ],
    ids=str,
)
def test_a_refused_task_leaves_nothing_behind(
    console: Console, client: Remote, wrong: dict[str, Any]
) -> None:
    # The client asks for the public key of each organization first, and needs that answer.
    before = client.task.list(per_page=1)["data"]
    body: dict[str, Any] = {"name": "no", "image": "no", "description": "", "database": ""}
    organizations = wrong.get("organizations", [2])
    body["organizations"] = [{"id": id_, "input": "e30="} for id_ in organizations]
    body["collaboration_id"] = wrong.get("collaboration", 1)

    answer = client.request("task", json=body, method="post")

    assert isinstance(answer["msg"], str)
    assert client.task.list(per_page=1)["data"] == before


# --- and back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("output_format", FORMATS)
def test_results_come_back_in_every_format(
    client: Remote, nodes: Nodes, output_format: str
) -> None:
    task = create(client)["id"]
    for organization in (2, 3):
        nodes[organization].work(task, lambda *_: VALUE, output_format)

    rows = client.result.from_task(task)
    assert_shape("result", *rows)
    assert [row["result"] for row in rows] == [VALUE, VALUE]
    assert [row["result"] for row in client.result.list(task=task)["data"]] == [VALUE, VALUE]
    plain = client.result.list(task=task, include_metadata=False)
    assert [row["result"] for row in plain] == [VALUE, VALUE]
    one = client.result.get(rows[0]["id"])
    assert_shape("result", one)
    assert one["result"] == VALUE
    assert client.result.get(rows[0]["id"], fields=["result"]) == {"result": VALUE}


def test_a_finished_task_says_so(client: Remote, nodes: Nodes) -> None:
    task = client.task.get(answered(client, nodes), include_results=True)

    assert (task["complete"], task["status"]) == (True, "completed")
    assert task["finished_at"] == max(run["finished_at"] for run in task["results"])
    for run in task["results"]:
        assert run["assigned_at"] < run["started_at"] <= run["finished_at"]
        assert (run["log"], run["status"]) == ("done", "completed")
        assert run["node"]["id"] in {node.id for node in nodes.values()}


def test_the_links_of_a_task_lead_to_its_results(client: Remote, nodes: Nodes) -> None:
    # Scripts of published algorithms find their results in this way.
    links = client.task.get(answered(client, nodes))["results"]

    found = [client.result.get(link["id"])["result"] for link in links]

    assert found == [VALUE, VALUE]


def test_results_carry_their_task_when_asked(client: Remote, nodes: Nodes) -> None:
    task = answered(client, nodes)

    rows = client.result.from_task(task, include_task=True)

    assert_shape("result_with_task", *rows)
    assert {row["task"]["id"] for row in rows} == {task}
    one = client.result.get(rows[0]["id"], include_task=True)
    assert_shape("result_with_task", one)
    listed = client.result.list(task=task, include_task=True)["data"]
    assert_shape("result_with_task", *listed)


def test_raw_results_are_decoded_bytes(network: Network) -> None:
    client, nodes = network.client, network.nodes
    task = create(client)["id"]
    for organization in (2, 3):
        nodes[organization].work(task, lambda *_: VALUE, "json")

    # 3.5 keeps the filters of one call for the next one, unless it is given its own.
    rows = client.get_results(task_id=task, params={})

    assert_shape("result", *rows)
    assert all(row["result"].startswith(b'json.{"average": 53.25') for row in rows)
    # Who asks cannot read what was encrypted for somebody else.
    assert network.is_encrypted or all(b"column" in row["input"] for row in rows)
    (one,) = (row for row in rows if row["organization"]["id"] == 3)
    assert client.get_results(one["id"], params={})["result"] == one["result"]
    assert client.get_results(task_id=task, include_task=True, params={})[0]["task"]["id"] == task
    assert client.get_results(task_id=task, state="open", params={}) == []
    of_organization = client.get_results(task_id=task, params={"organization_id": 3})
    of_node = client.get_results(task_id=task, node_id=nodes[3].id, params={})
    assert [row["id"] for row in of_organization + of_node] == [one["id"]] * 2


def test_waiting_ends_with_the_last_result(console: Console, client: Remote, nodes: Nodes) -> None:
    task = create(client)["id"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.wait_for_results, task, sleep=0.05)
        nodes[2].work(task, lambda *_: VALUE, "json")
        nodes[3].work(task, lambda *_: VALUE, "json")

        rows = waiting.result()

    assert [row["result"][:5] for row in rows] == [b"json.", b"json."]
    assert "Done!" in console.printed


@pytest.mark.parametrize("result", ["", None])
def test_a_failed_run_passes_through(client: Remote, nodes: Nodes, result: str | None) -> None:
    task = create(client, 2)["id"]
    (run,) = nodes[2].open_runs(task)
    nodes[2].report(run, status="crashed", result=result, log="it crashed")

    (row,) = client.result.from_task(task)

    assert (row["status"], row["log"], bool(row["result"])) == ("crashed", "it crashed", False)
    assert client.task.get(task)["status"] == "failed"
    assert client.wait_for_results(task)[0]["result"] in ("", None)


def test_results_that_are_not_there_yet_are_empty(client: Remote) -> None:
    task = create(client)["id"]

    rows = client.result.from_task(task)

    assert [row["result"] for row in rows] == [None, None]
    assert [row["finished_at"] for row in rows] == [None, None]


# --- away -------------------------------------------------------------------------------------


def test_a_task_is_deleted_with_its_results(client: Remote, nodes: Nodes) -> None:
    task = answered(client, nodes)
    runs = [row["id"] for row in client.result.from_task(task)]

    assert client.task.delete(task) is None

    assert client.task.get(task).keys() >= {"msg"}
    assert client.request(f"result/{runs[0]}").keys() >= {"msg"}


@pytest.fixture
def heard(nodes: Nodes) -> Iterator[Events]:
    """What the node of organization 4 hears."""
    with online(nodes[4]) as events:
        yield events


def kill(client: Remote, version: str, **what: int) -> Any:
    """The kill methods; 3.5 has none, so its scripts send the request."""
    ((kind, id_),) = what.items()
    if version == "3.5.2":
        path = {"task": "kill/task", "node": "kill/node/tasks"}[kind]
        return client.request(path, json={"id": id_}, method="post")
    return client.task.kill(id_) if kind == "task" else client.node.kill_tasks(id_)


def test_a_task_is_killed(client: Remote, nodes: Nodes, version: str, heard: Events) -> None:
    task = create(client, 2, 4)["id"]
    (run,) = nodes[4].open_runs(task)
    nodes[4].call("patch", f"result/{run['id']}", json={"status": "active"})

    answer = kill(client, version, task=task)

    assert answer is None or answer.keys() == {"msg"}
    told = heard.next("kill_containers")
    assert told["collaboration_id"] == 1
    entry = {"task_id": task, "result_id": run["id"], "organization_id": 4}
    assert entry in told["kill_list"]
    nodes[4].report(run, status="killed by user")
    rows = client.result.from_task(task)
    assert {row["status"] for row in rows} == {"killed by user"}
    assert client.task.get(task, fields=["complete", "status"]) == {
        "complete": True,
        "status": "failed",
    }


def test_everything_at_a_node_is_killed(
    client: Remote, nodes: Nodes, version: str, heard: Events
) -> None:
    task = create(client, 4)["id"]

    answer = kill(client, version, node=nodes[4].id)

    assert answer.keys() == {"msg"}
    told = heard.next("kill_containers")
    assert told == {"node_id": nodes[4].id, "collaboration_id": 1}
    assert client.result.from_task(task)[0]["status"] == "killed by user"


def test_a_task_that_has_ended_is_not_killed(client: Remote, nodes: Nodes, version: str) -> None:
    task = answered(client, nodes)

    kill(client, version, task=task)

    assert client.task.get(task)["status"] == "completed"
