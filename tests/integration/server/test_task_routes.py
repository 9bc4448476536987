import pytest
from sqlalchemy import event
from tests.integration.server.world import IMAGE, INPUT
from vantage6.common.encoding import bytes_to_base64s
from vantage6.server.model import Collaboration, Result, Task

KEYS = {
    *("id", "name", "description", "image", "database", "run_id", "created_at", "finished_at"),
    *("status", "complete", "initiator", "init_user", "collaboration", "parent", "children"),
    "results",
}
RUN_KEYS = {
    *("id", "input", "result", "log", "status", "assigned_at", "started_at", "finished_at"),
    *("organization", "node", "ports"),
}


def ids(answer):
    assert answer.status_code == 200, answer.json
    return [entry["id"] for entry in answer.json]


@pytest.fixture
def body(world):
    return {
        "name": "n",
        "image": IMAGE,
        "collaboration_id": world.collaborations["study"],
        "organizations": [{"id": world.organizations["beta"], "input": INPUT}],
    }


# --- creating ---------------------------------------------------------------------------------


def test_a_task_has_the_keys_of_3x(callers, world, post_task):
    task = post_task(master=True, description="d", database="default")

    assert set(task) == KEYS
    assert task["initiator"] == world.organizations["alpha"]
    assert task["init_user"] == world.users["researcher"]
    assert task["collaboration"]["id"] == world.collaborations["study"]
    assert (task["parent"], task["children"], task["finished_at"]) == (None, None, None)
    assert (task["status"], task["complete"], task["database"]) == ("pending", False, "default")
    assert task["created_at"].endswith("+00:00")
    assert [link["link"] for link in task["results"]] == [f"/api/result/{i}" for i in (1, 2, 3)]


def test_a_task_of_the_r_client_has_no_database(callers, body):
    del body["name"]

    answer = callers.user("researcher").post("task", body | {"master": False})

    assert answer.status_code == 201
    assert (answer.json["name"], answer.json["description"], answer.json["database"]) == ("",) * 3


def test_every_organization_gets_its_own_input(callers, world, body, server):
    other = bytes_to_base64s(b"other")
    body["organizations"].append({"id": str(world.organizations["gamma"]), "input": other})

    assert callers.user("researcher").post("task", body).status_code == 201

    with server.database.begin():
        assert [run.input for run in Result.get()] == [INPUT, other]


def test_each_task_of_a_user_starts_a_tree_of_its_own(post_task):
    assert post_task()["run_id"] != post_task()["run_id"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"collaboration_id": 99999}, 404),
        ({"collaboration_id": None}, 400),
        ({"organizations": []}, 400),
        ({"organizations": None}, 400),
        ({"organizations": [{"id": 99999, "input": INPUT}]}, 400),
        ({"organizations": [{"id": 1, "input": INPUT}]}, 400),
        ({"organizations": [{"input": INPUT}]}, 400),
        ({"organizations": [{"id": 2, "input": 5}]}, 400),
        ({"organizations": [5]}, 400),
        ({"organizations": {"id": 2}}, 400),
        ({"image": ""}, 400),
        ({"image": None}, 400),
        ({"name": {"a": 1}}, 400),
        ({"name": "nul\0"}, 400),
        ({"name": "\ud800"}, 400),
    ],
)
def test_a_task_that_cannot_be_is_refused_and_nothing_is_stored(
    callers, body, stored, change, status
):
    answer = callers.user("researcher").post("task", body | change)

    assert answer.status_code == status
    assert isinstance(answer.json["msg"], str)
    assert (stored(Task), stored(Result)) == (0, 0)


def test_the_same_organization_is_not_asked_twice(callers, body, stored):
    body["organizations"] *= 2

    assert callers.user("researcher").post("task", body).status_code == 400
    assert stored(Result) == 0


@pytest.mark.parametrize("user", ["viewer", "nobody", "outsider", "root"])
def test_who_may_not_create_tasks_is_refused(callers, body, stored, user):
    assert callers.user(user).post("task", body).status_code == 401
    assert stored(Task) == 0


def test_nodes_do_not_create_tasks(callers, body):
    assert callers.node("alpha").post("task", body).status_code == 401


def test_an_encrypted_collaboration_takes_no_readable_input(callers, body, server, world):
    with server.database.begin():
        Collaboration.by_id(world.collaborations["study"]).encrypted = True

    answer = callers.user("researcher").post("task", body)

    assert answer.status_code == 400


def test_a_container_asks_for_sub_tasks(callers, body, world, post_task):
    parent = post_task("alpha", by="researcher")

    answer = callers.container("alpha", parent).post("task", body)

    assert answer.status_code == 201
    assert answer.json["parent"]["id"] == parent["id"]
    assert answer.json["run_id"] == parent["run_id"]
    assert answer.json["init_user"] == parent["init_user"]
    assert answer.json["initiator"] == world.organizations["alpha"]
    children = callers.user("viewer").get(f"task/{parent['id']}").json["children"]
    assert [link["id"] for link in children] == [answer.json["id"]]


@pytest.mark.parametrize("change", [{"image": "evil/" + IMAGE}, {"collaboration_id": 2}])
def test_a_container_asks_only_for_its_image_in_its_collaboration(
    callers, body, post_task, change
):
    container = callers.container("gamma", post_task("gamma"))

    assert container.post("task", body | change).status_code == 401


def test_a_task_for_three_organizations_costs_at_most_12_statements_and_one_commit(
    callers, post_task, counted
):
    callers.user("researcher").get("task")  # the sign of life of this minute

    with counted() as seen:
        post_task()

    assert len(seen.statements) <= 12, "\n".join(seen.statements)
    assert seen.commits == 1


def test_an_unexpected_error_leaves_nothing_behind_and_tells_nothing(
    callers, body, server, stored, caplog
):
    def fail(_connection, _cursor, statement, *_):
        if statement.startswith("INSERT INTO result"):
            raise RuntimeError("only for the administrator")

    event.listen(server.database.engine, "before_cursor_execute", fail)
    answer = callers.user("researcher").post("task", body)
    event.remove(server.database.engine, "before_cursor_execute", fail)

    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert "only for" not in answer.json["msg"]
    assert "only for the administrator" in caplog.text
    assert stored(Task) == 0


# --- looking ----------------------------------------------------------------------------------


def test_tasks_are_listed_newest_first(callers, post_task):
    first, second = post_task()["id"], post_task()["id"]

    for caller in (callers.user("root"), callers.user("viewer"), callers.node("beta")):
        assert ids(caller.get("task")) == [second, first]
    assert ids(callers.user("outsider").get("task")) == []
    assert callers.user("nobody").get("task").status_code == 401


def test_lists_are_filtered(callers, world, post_task):
    first = post_task("alpha", name="first", description="about", database="default")
    second = post_task("beta", name="second")
    viewer = callers.user("viewer")

    def found(**query):
        return ids(viewer.get("task", **query))

    assert found(name="fir%") == found(description="%bout") == [first["id"]]
    assert found(database="default") == found(run_id=first["run_id"]) == [first["id"]]
    assert found(result_id=second["results"][0]["id"]) == [second["id"]]
    assert found(status="pending") == [second["id"], first["id"]]
    assert found(status="failed") == found(parent_id=first["id"]) == []
    assert len(found(initiator_id=world.organizations["alpha"])) == 2
    assert found(init_user_id=world.users["viewer"]) == found(collaboration_id=2) == []


def test_results_are_included_on_request(callers, world, post_task):
    task = post_task("alpha", "beta")
    viewer = callers.user("viewer")

    listed = viewer.get("task", include=["results", "metadata"]).json["data"][0]
    one = viewer.get(f"task/{task['id']}", include="results").json

    assert listed == one
    assert [set(run) for run in one["results"]] == [RUN_KEYS, RUN_KEYS]
    assert [run["organization"] for run in one["results"]] == [
        world.organizations["alpha"],
        world.organizations["beta"],
    ]
    assert (one["results"][0]["input"], one["results"][0]["ports"]) == (INPUT, [])


def test_one_task_is_shown_to_those_who_take_part(callers, post_task):
    task = post_task("alpha")
    container = callers.container("alpha", task)

    for caller in (callers.user("viewer"), callers.node("gamma"), container):
        assert caller.get(f"task/{task['id']}").json == task
    assert callers.user("outsider").get(f"task/{task['id']}").status_code == 401
    assert callers.user("viewer").get("task/99999").status_code == 404


def test_the_results_of_a_task_carry_plain_ids(callers, world, post_task):
    task = post_task("alpha", "beta")
    container = callers.container("alpha", task)

    answer = container.get(f"task/{task['id']}/result")

    assert answer.status_code == 200
    assert [set(run) for run in answer.json] == [{*RUN_KEYS, "task"}] * 2
    assert {run["organization"] for run in answer.json} == {
        world.organizations["alpha"],
        world.organizations["beta"],
    }
    assert {run["task"] for run in answer.json} == {task["id"]}
    assert answer.json[0]["node"]["id"] in world.nodes.values()
    assert callers.node("alpha").get(f"task/{task['id']}/result").status_code == 401


# --- deleting ---------------------------------------------------------------------------------


def test_a_task_is_deleted_with_its_results_and_sub_tasks(callers, body, post_task, stored):
    task = post_task("alpha")
    callers.container("alpha", task).post("task", body)

    answer = callers.user("researcher").delete(f"task/{task['id']}")

    assert (answer.status_code, set(answer.json)) == (200, {"msg"})
    assert (stored(Task), stored(Result)) == (0, 0)


def test_only_those_with_the_rule_delete_tasks(callers, post_task, stored):
    path = f"task/{post_task('alpha')['id']}"

    for caller in (callers.user("viewer"), callers.user("outsider"), callers.node("alpha")):
        assert caller.delete(path).status_code == 401
    assert callers.user("root").delete("task/99999").status_code == 404
    assert stored(Task) == 1
