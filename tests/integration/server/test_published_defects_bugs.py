"""The bugs B1 to B17 of the published 3.11.1 server, each asked for over the API.

The numbers are those of the protocol notes, section 9. Every test here fails on that server. B16
is about the import: tests/integration/cli/test_published_defects_import.py.
"""

from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.integration.server.world import IMAGE, INPUT, PASSWORD, Caller
from vantage6.common.events import NAMESPACE
from vantage6.server.model import Node, Task, User
from vantage6.server.model.base import now


@pytest.fixture(scope="session")
def template(sqlite_template):
    """None of these depends on the database; those that could are also tested elsewhere."""
    return sqlite_template


@pytest.fixture
def listen(server, callers):
    """Connects a caller to the socket; gives the events that it hears, by name."""

    def listen(caller):
        socket = server.socketio.test_client(
            server.app, namespace=NAMESPACE, headers=caller.headers
        )
        socket.get_received(NAMESPACE)
        return lambda: [(e["name"], e["args"]) for e in socket.get_received(NAMESPACE)]

    return listen


@pytest.fixture
def subtask(callers, world):
    """Asks for a sub-task as the container of a task at a node."""

    def ask(parent, at, *organizations):
        recipients = [{"id": world.organizations[n], "input": INPUT} for n in organizations]
        body = {
            "image": IMAGE,
            "collaboration_id": world.collaborations["study"],
            "organizations": recipients,
        }
        answer = callers.container(at, parent).post("task", body)
        assert answer.status_code == 201, answer.json
        return answer.json

    return ask


def runs_of(task):
    return [(task["id"], link["id"]) for link in task["results"]]


# --- killing ----------------------------------------------------------------------------------


def test_b1_the_kill_list_names_every_run_of_every_generation(callers, listen, post_task, subtask):
    task = post_task("alpha", "beta")
    child = subtask(task, "alpha", "beta", "gamma")
    grandchild = subtask(child, "gamma", "alpha")
    hear = listen(callers.node("gamma"))

    callers.user("admin").post("kill/task", {"id": task["id"]})

    ((order,),) = [args for name, args in hear() if name == "kill_containers"]
    named = {(entry["task_id"], entry["result_id"]) for entry in order["kill_list"]}
    assert named == {*runs_of(task), *runs_of(child), *runs_of(grandchild)}


def test_b2_a_kill_leaves_completed_runs_alone_and_times_are_utc(callers, post_task):
    done, waiting = (run for _, run in runs_of(post_task("alpha", "beta")))
    callers.node("alpha").patch(f"result/{done}", {"status": "completed", "result": INPUT})
    root = callers.user("root")
    before = root.get(f"result/{done}").json

    callers.user("admin").post("kill/task", {"id": before["task"]["id"]})

    assert root.get(f"result/{done}").json == before
    killed = datetime.fromisoformat(root.get(f"result/{waiting}").json["finished_at"])
    assert abs(killed - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_b3_all_tasks_of_a_node_are_killed_without_the_global_rule(callers, server, world):
    with server.database.begin():
        node = Node.by_id(world.nodes["alpha"])
        node.socket_session, node.last_heartbeat = "session", now()
        node.save()

    answer = callers.user("admin").post("kill/node/tasks", {"id": world.nodes["alpha"]})

    assert answer.status_code == 200


# --- filters and lists ------------------------------------------------------------------------


def test_b4_filters_find_what_they_say(callers, post_task):
    first, second = post_task("alpha"), post_task("alpha")
    (_, run), node = runs_of(first)[0], callers.node("alpha")
    node.patch(f"result/{run}", {"status": "active", "started_at": "2026-01-01T00:00:00"})
    node.post("port", {"port": 8888, "result_id": run, "label": "http"})
    researcher = callers.user("researcher")

    def found(noun, **query):
        answer = researcher.get(noun, **query)
        assert answer.status_code == 200, answer.json
        return [row["id"] for row in answer.json]

    assert found("task", status="active") == [first["id"]]
    assert found("task", status="pending") == [second["id"]]
    assert found("task", result_id=run) == [first["id"]]
    assert found("result", port=8888) == [run]
    assert len(found("port", run_id=first["run_id"])) == 1
    assert found("port", run_id=second["run_id"]) == []


def test_b4_filters_of_times_ask_their_own_column(callers, post_task):
    (_, run), researcher = runs_of(post_task("alpha"))[0], callers.user("researcher")
    times = {"started_at": "2020-01-01T00:00:00", "finished_at": "2021-01-01T00:00:00"}
    callers.node("alpha").patch(f"result/{run}", {"status": "completed"} | times)

    def found(**query):
        return [row["id"] for row in researcher.get("result", **query).json]

    assert found(started_from="2019-12-31") == found(finished_from="2020-12-31") == [run]
    assert found(started_from="2020-06-01") == found(finished_from="2021-06-01") == []


def test_b4_truth_values_are_understood(callers, world):
    root = callers.user("root")
    root.patch(f"collaboration/{world.collaborations['study']}", {"encrypted": True})
    alpha = world.organizations["alpha"]

    names = [row["name"] for row in root.get("collaboration", encrypted="True").json]
    own = root.get("role", organization_id=alpha, include_root="False").json
    shared = root.get("role", organization_id=alpha, include_root="True").json

    assert names == ["study"]
    assert (len(own), len(shared)) == (0, 7)


def test_b11_links_of_pages_keep_every_parameter(callers, post_task):
    for _ in range(5):
        post_task("alpha")
    query = "task?page=2&per_page=2&include=results&include=metadata&image=%25"

    links = callers.user("researcher").get(query).json["links"]

    for number, name in enumerate(("first", "self", "next"), start=1):
        asked = parse_qs(urlsplit(links[name]).query)
        assert asked == {
            "page": [str(number)],
            "per_page": ["2"],
            "include": ["results", "metadata"],
            "image": ["%"],
        }


@pytest.mark.parametrize("noun", ["user", "organization", "rule", "role", "node", "collaboration"])
def test_b11_pages_follow_each_other_in_the_order_of_ids(callers, noun):
    root = callers.user("root")

    pages = [root.get(noun, page=n, per_page=2).json for n in (1, 2, 3)]

    ids = [row["id"] for page in pages for row in page]
    assert ids == sorted(set(ids))


# --- roles ------------------------------------------------------------------------------------


@pytest.fixture
def role(callers, world):
    body = {"name": "nurse", "description": "x", "rules": [1]}
    return callers.user("root").post("role", body | {"organization_id": 2}).json["id"]


def test_b5_a_rule_that_is_taken_from_a_role_stays_away(callers, role):
    root = callers.user("root")

    added = root.post(f"role/{role}/rule/2")
    taken = root.delete(f"role/{role}/rule/1")

    assert (added.status_code, taken.status_code) == (201, 200)
    assert [rule["id"] for rule in root.get(f"role/{role}/rule").json] == [2]


def test_b13_a_role_can_be_made_for_everybody(callers, world):
    root = callers.user("root")
    body = {"name": "everywhere", "description": "x", "rules": [], "shared": True}

    role = root.post("role", body).json

    assert role["organization"] is None
    given = root.patch(f"user/{world.users['outsider']}", {"roles": [role["id"]]})
    assert given.status_code == 200


def test_b14_every_role_that_is_listed_can_be_looked_at(callers):
    admin = callers.user("admin")

    roles = admin.get("role").json

    assert len(roles) >= 7
    paths = [f"role/{role['id']}" for role in roles] + [f"role/{roles[0]['id']}/rule"]
    assert {admin.get(path).status_code for path in paths} == {200}


# --- nodes and collaborations -----------------------------------------------------------------


def test_b6_what_is_refused_about_a_node_is_not_stored(callers, world):
    root, node = callers.user("root"), f"node/{world.nodes['gamma-other']}"
    before = root.get(node).json

    taken = root.patch(node, {"collaboration_id": world.collaborations["study"]})
    foreign = callers.user("admin").patch(
        f"node/{world.nodes['alpha']}", {"collaboration_id": world.collaborations["other"]}
    )
    unnamed = root.patch(node, {"name": None})

    assert taken.status_code == 400
    assert foreign.status_code in (400, 401)
    assert unnamed.status_code == 200
    assert root.get(node).json == before


def test_b9_nothing_is_left_behind(callers, world, post_task, subtask):
    root, task = callers.user("root"), post_task("alpha", "beta")
    child = subtask(task, "alpha", "beta")
    (_, run) = runs_of(task)[0]
    port = callers.node("alpha").post("port", {"port": 1, "result_id": run, "label": None}).json

    root.delete(f"task/{task['id']}")

    gone = [f"task/{child['id']}", f"result/{run}", f"port/{port['id']}"]
    assert {root.get(path).status_code for path in gone} == {404}
    survivor, study = post_task("alpha"), world.collaborations["study"]
    root.delete(f"collaboration/{study}/organization", {"id": world.organizations["beta"]})
    assert callers.node("beta").get("result").status_code in (401, 404)
    root.delete(f"collaboration/{study}")
    paths = [f"task/{survivor['id']}", f"node/{world.nodes['alpha']}"]
    assert {root.get(path).status_code for path in paths} == {404}


def test_b17_an_organization_has_one_node_in_a_collaboration(callers, world, post_task):
    root, run = callers.user("root"), runs_of(post_task("gamma", by="coordinator"))[0][1]
    study, second = world.collaborations["study"], world.nodes["gamma-other"]

    answer = root.post(f"collaboration/{study}/node", {"id": second})

    assert answer.status_code == 400
    assert root.get(f"result/{run}").json["node"]["id"] == world.nodes["gamma"]


# --- tasks and results ------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [5, ["x"], True])
def test_b7_a_task_with_a_bad_input_is_not_stored_at_all(callers, world, stored, wrong):
    ids = [world.organizations[name] for name in ("alpha", "beta")]
    recipients = [{"id": ids[0], "input": INPUT}, {"id": ids[1], "input": wrong}]
    body = {"image": IMAGE, "collaboration_id": 1, "organizations": recipients}

    answer = callers.user("researcher").post("task", body)

    assert answer.status_code == 400
    assert stored(Task) == 0


def test_b7_nobody_hears_of_a_task_before_its_runs_can_be_read(server, callers, world, post_task):
    node, seen = callers.node("alpha"), []

    def look(effect):
        open_runs = node.get("result", state="open", node_id=world.nodes["alpha"]).json
        seen.append((effect.event.wire_name, len(open_runs)))

    server.database._deliver = look
    post_task("alpha")

    assert {name for name, _ in seen} == {"task_created", "new_task"}
    assert {count for _, count in seen} == {1}


@pytest.mark.parametrize(
    ("caller", "verb", "path", "body"),
    [
        ("node", "GET", "user", None),
        ("node", "POST", "task", {}),
        ("user", "PATCH", "result/1", {}),
        ("user", "GET", "task?page=0", None),
        ("user", "GET", "task?page=x", None),
        ("user", "GET", "task?page=1&per_page=-1", None),
        ("user", "POST", "task", {"collaboration_id": None}),
        ("user", "POST", "task", {"collaboration_id": 1}),
        ("user", "POST", "collaboration/1/organization", {}),
        ("user", "POST", "kill/task", {}),
        ("user", "GET", "no/such/address", None),
        ("user", "PUT", "task", {}),
    ],
)
def test_b8_a_mistake_of_the_caller_is_a_4xx_with_a_text(
    callers, post_task, caller, verb, path, body
):
    post_task("alpha")
    asking = callers.node("alpha") if caller == "node" else callers.user("root")

    answer = asking.call(verb, path, body)

    assert 400 <= answer.status_code < 500
    assert isinstance(answer.json["msg"], str)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-01-31T12:00:00", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00:00.5", "2026-01-31T12:00:00.500000+00:00"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00+00:00"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
    ],
)
def test_b10_times_are_taken_in_every_form_and_given_in_utc(callers, post_task, sent, kept):
    run = runs_of(post_task("alpha"))[0][1]

    answer = callers.node("alpha").patch(f"result/{run}", {"started_at": sent})

    assert (answer.status_code, answer.json["started_at"]) == (200, kept)


def test_b12_a_task_for_nobody_is_refused(callers, stored):
    body = {"image": IMAGE, "collaboration_id": 1, "organizations": []}

    assert callers.user("researcher").post("task", body).status_code == 400
    assert stored(Task) == 0


def test_b15_a_second_factor_counts_when_its_first_code_was_right(make_server, world):
    server = make_server(two_factor_auth=True)
    caller = Caller(server.app.test_client())
    body = {"username": "researcher", "password": PASSWORD}

    lost, again = (caller.post("token/user", body).json for _ in range(2))

    assert "otp_secret" in lost
    assert "otp_secret" in again
    with server.database.begin():
        assert User.by_id(world.users["researcher"]).otp_secret is None
