import pytest
from vantage6.server.model import Node
from vantage6.server.model.base import now


@pytest.fixture
def online(server, world):
    """Makes nodes look as if they were connected."""

    def connect(*names):
        with server.database.begin():
            for name in names:
                node = Node.by_id(world.nodes[name])
                node.socket_session, node.last_heartbeat = "session", now()
                node.save()

    return connect


def statuses(callers, task):
    runs = callers.user("root").get(f"task/{task['id']}", include="results").json["results"]
    return [run["status"] for run in runs]


def test_runs_that_no_node_has_taken_are_killed_at_once(callers, post_task):
    task = post_task("alpha", "beta")

    answer = callers.user("admin").post("kill/task", {"id": task["id"]})

    assert (answer.status_code, set(answer.json)) == (200, {"msg"})
    assert statuses(callers, task) == ["killed by user"] * 2


def test_a_run_that_goes_on_is_killed_when_its_node_says_so(callers, post_task):
    task = post_task("alpha", "beta")
    callers.node("alpha").patch("result/1", {"status": "completed"})
    callers.node("beta").patch("result/2", {"status": "active"})

    callers.user("admin").post("kill/task", {"id": task["id"]})

    assert statuses(callers, task) == ["completed", "active"]
    callers.node("beta").patch("result/2", {"status": "killed by user"})
    assert statuses(callers, task) == ["completed", "killed by user"]


def test_a_task_that_ended_is_not_killed(callers, post_task):
    task = post_task("alpha")
    callers.node("alpha").patch("result/1", {"status": "completed"})

    assert callers.user("admin").post("kill/task", {"id": task["id"]}).status_code == 400


@pytest.mark.parametrize("caller", ["researcher", "outsider", "nobody"])
def test_only_those_with_the_rule_kill_tasks(callers, post_task, caller):
    task = post_task("alpha")

    assert callers.user(caller).post("kill/task", {"id": task["id"]}).status_code == 401
    assert statuses(callers, task) == ["pending"]


@pytest.mark.parametrize("route", ["kill/task", "kill/node/tasks"])
def test_what_to_kill_must_be_named_and_exist(callers, route):
    root = callers.user("root")

    assert root.post(route, {}).status_code == 400
    assert root.post(route, {"id": 99999}).status_code == 404
    assert callers.node("alpha").post(route, {"id": 1}).status_code == 401


def test_everything_at_a_node_is_killed(callers, world, post_task, online):
    post_task("alpha", "beta")
    online("alpha")

    answer = callers.user("admin").post("kill/node/tasks", {"id": world.nodes["alpha"]})

    assert (answer.status_code, set(answer.json)) == (200, {"msg"})


def test_a_node_that_does_not_listen_or_is_of_others_is_not_told(callers, world, online):
    admin = callers.user("admin")
    online("beta")

    assert admin.post("kill/node/tasks", {"id": world.nodes["alpha"]}).status_code == 400
    assert admin.post("kill/node/tasks", {"id": world.nodes["beta"]}).status_code == 401
