import pytest
from vantage6.server.model import Node

pytestmark = pytest.mark.repeats("postgres")


@pytest.fixture
def task(post_task):
    return post_task("alpha", "beta")


@pytest.fixture
def run(task):
    return task["results"][0]["id"]


def test_a_node_registers_ports_and_forgets_them(callers, run):
    node = callers.node("alpha")

    made = node.post("port", {"port": "8888", "result_id": run, "label": None})

    assert made.status_code == 201
    assert made.json == {"id": made.json["id"], "port": 8888, "label": None, "result": run}
    assert callers.user("viewer").get(f"port/{made.json['id']}").json == made.json
    assert callers.node("beta").get("port", result_id=run).json == [made.json]
    for _ in range(2):
        gone = node.call("DELETE", "port", query_string={"result_id": run})
        assert (gone.status_code, set(gone.json)) == (200, {"msg"})
    assert node.get("port").json == []


def test_s10_ports_do_not_leak_to_other_collaborations(callers, run):
    made = callers.node("alpha").post("port", {"port": 8888, "result_id": run}).json

    assert callers.user("outsider").get("port").json == []
    assert callers.user("outsider").get(f"port/{made['id']}").status_code == 401
    assert callers.user("nobody").get("port").status_code == 401


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("POST", {"json": {"port": 0}}),
        ("POST", {"json": {"port": 8888}}),
        ("DELETE", {}),
        ("DELETE", {"query_string": {"result_id": "x"}}),
    ],
)
def test_incomplete_requests_about_ports_are_refused(callers, verb, options):
    assert callers.node("alpha").call(verb, "port", **options).status_code == 400


def test_ports_of_others_are_not_touched(callers, run):
    beta = callers.node("beta")

    assert beta.post("port", {"port": 1, "result_id": run}).status_code == 401
    gone = beta.call("DELETE", "port", query_string={"result_id": run})
    assert gone.status_code == 401


def test_a_container_learns_the_addresses_of_its_task(callers, server, world, task, run):
    with server.database.begin():
        Node.by_id(world.nodes["alpha"]).ip = "10.76.0.2"
    callers.node("alpha").post("port", {"port": 8888, "result_id": run, "label": "web"})
    container = callers.container("beta", task)

    answer = container.get("vpn/algorithm/addresses", label="web", only_children="False")

    assert answer.status_code == 200
    (address,) = answer.json["addresses"]
    assert (address["ip"], address["port"], address["task_id"]) == ("10.76.0.2", 8888, task["id"])
    both = container.get("vpn/algorithm/addresses", only_children="1", only_parent="1")
    assert both.status_code == 400
    assert callers.user("root").get("vpn/algorithm/addresses").status_code == 401


@pytest.mark.parametrize(("verb", "path"), [("GET", "vpn"), ("POST", "vpn/update")])
def test_a_server_without_vpn_says_so_to_nodes(callers, verb, path):
    answer = callers.node("alpha").call(
        verb, path, {"vpn_config": "x"} if verb == "POST" else None
    )

    assert (answer.status_code, answer.json["code"]) == (501, "not_configured")
    assert callers.user("root").call(verb, path).status_code == 401


def test_lists_of_ports_cost_a_constant_number_of_statements(callers, run, counted):
    node = callers.node("alpha")
    for port in range(1, 5):
        node.post("port", {"port": port, "result_id": run})

    with counted() as seen:
        assert len(node.get("port", page=1).json) == 4

    assert len(seen.statements) <= 6, seen.statements
