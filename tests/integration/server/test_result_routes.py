import pytest
from tests.integration.server.world import INPUT
from vantage6.common.encoding import bytes_to_base64s

KEYS = {
    *("id", "input", "result", "log", "status", "assigned_at", "started_at", "finished_at"),
    *("organization", "task", "node", "ports"),
}
OUTPUT = bytes_to_base64s(b'json.{"mean": 5}')
DONE = {"result": OUTPUT, "log": "all well", "status": "completed"}


def ids(answer):
    assert answer.status_code == 200, answer.json
    return [entry["id"] for entry in answer.json]


@pytest.fixture
def run(post_task):
    """Path of the one run of a task for alpha."""
    return f"result/{post_task('alpha')['results'][0]['id']}"


# --- looking ----------------------------------------------------------------------------------


def test_a_result_has_the_keys_of_3x(callers, world, run):
    body = callers.user("viewer").get(run).json

    assert set(body) == KEYS
    assert (body["input"], body["result"], body["log"]) == (INPUT, None, None)
    assert (body["status"], body["ports"]) == ("pending", [])
    assert body["organization"]["id"] == world.organizations["alpha"]
    assert body["task"]["link"] == "/api/task/1"
    assert set(body["node"]) == {"id", "name", "status", "ip", "config"}
    assert body["node"]["id"] == world.nodes["alpha"]


def test_a_run_without_node_says_so_with_an_empty_object(callers, world, run):
    callers.user("root").delete(f"node/{world.nodes['alpha']}")

    assert callers.user("viewer").get(run).json["node"] == {}


def test_a_node_finds_its_open_runs_with_their_tasks(callers, world, post_task):
    post_task("beta")
    open_one, done = post_task("alpha"), post_task("alpha", "beta")
    node, id_ = callers.node("alpha"), world.nodes["alpha"]
    node.patch(f"result/{done['results'][0]['id']}", DONE)

    answer = node.get("result", state="open", include="task", node_id=id_)

    assert ids(answer) == [open_one["results"][0]["id"]]
    task = answer.json[0]["task"]
    assert {name: task[name] for name in ("id", "image", "run_id", "initiator", "init_user")} == {
        name: open_one[name] for name in ("id", "image", "run_id", "initiator", "init_user")
    }
    assert (task["parent"], task["database"]) == (None, "")
    assert "results" not in task
    one = node.get("result", state="open", include="task", node_id=id_, task_id=done["id"])
    assert ids(one) == []


def test_lists_are_filtered(callers, world, post_task):
    first, second = post_task("alpha"), post_task("beta")
    viewer = callers.user("viewer")

    def found(**query):
        return ids(viewer.get("result", **query))

    assert found() == [2, 1]
    assert found(task_id=first["id"]) == found(organization_id=world.organizations["alpha"]) == [1]
    assert found(node_id=world.nodes["beta"]) == [second["results"][0]["id"]]
    assert found(assigned_from="2023-01-01") == [2, 1]
    assert found(assigned_till="2023-01-01") == found(started_from="2023-01-01") == []
    assert found(finished_from="2023-01-01") == found(finished_till="2123-01-01") == []


def test_b4_results_are_found_by_a_port_that_they_opened(callers, post_task):
    first, _ = post_task("alpha"), post_task("alpha")
    run = first["results"][0]["id"]
    callers.node("alpha").post("port", {"port": 8888, "result_id": run})
    viewer = callers.user("viewer")

    assert ids(viewer.get("result", port=8888)) == [run]
    assert ids(viewer.get("result", port=8889)) == []
    assert viewer.get("result", port="none").status_code == 400


def test_a_result_is_shown_to_those_who_take_part(callers, post_task):
    container = callers.container("gamma", post_task("alpha", "gamma"))

    for caller in (callers.user("root"), callers.node("beta"), container):
        answer = caller.get("result/1", include="task")
        assert (answer.status_code, answer.json["task"]["id"]) == (200, 1)
    assert callers.user("outsider").get("result/1").status_code == 401
    assert callers.user("nobody").get("result/1").status_code == 401
    assert callers.user("viewer").get("result/99999").status_code == 404


def test_a_container_sees_no_result_of_another_tree(callers, run, post_task):
    container = callers.container("alpha", post_task("alpha"))

    assert container.get(run, include="task").status_code == 401
    assert container.get("result", page="1").json[0]["id"] == 2
    assert container.get("task/1").status_code == 401
    assert container.get("task/1/result").status_code == 401


# --- reporting --------------------------------------------------------------------------------


def test_a_published_node_reports_a_run_from_start_to_end(callers, run):
    node = callers.node("alpha")

    started = node.patch(run, {"started_at": "2026-01-31T12:00:00.000001"})
    active = node.patch(run, {"status": "active"})
    done = node.patch(run, DONE | {"finished_at": "2026-01-31T12:00:05"})

    assert [answer.status_code for answer in (started, active, done)] == [200] * 3
    assert started.json["started_at"] == "2026-01-31T12:00:00.000001+00:00"
    assert active.json["status"] == "active"
    assert done.json["started_at"] == started.json["started_at"]
    assert done.json["finished_at"] == "2026-01-31T12:00:05+00:00"
    assert (done.json["result"], done.json["log"]) == (OUTPUT, "all well")
    task = callers.user("viewer").get("task/1").json
    assert (task["status"], task["complete"]) == ("completed", True)
    assert task["finished_at"] == done.json["finished_at"]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-01-31T12:00:00", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00:00.5", "2026-01-31T12:00:00.500000+00:00"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T14:00:00.000001+02:00", "2026-01-31T12:00:00.000001+00:00"),
    ],
)
def test_times_are_understood_in_every_iso_form(callers, run, sent, stored):
    answer = callers.node("alpha").patch(run, {"started_at": sent})

    assert answer.json["started_at"] == stored


def test_what_is_left_out_stays_as_it_is(callers, run):
    node = callers.node("alpha")
    node.patch(run, {"log": "so far", "status": "active"})

    answer = node.patch(run, {"result": None, "log": None, "started_at": "2026-01-31T12:00:00"})

    assert (answer.json["log"], answer.json["status"]) == ("so far", "active")


def test_a_final_state_without_a_time_ends_now(callers, run):
    answer = callers.node("alpha").patch(run, {"status": "not allowed"})

    assert answer.json["finished_at"].endswith("+00:00")


def test_a_run_that_ended_never_changes_again(callers, run):
    node = callers.node("alpha")
    node.patch(run, DONE)

    answer = node.patch(run, {"status": "killed by user", "result": ""})

    assert answer.status_code == 400
    assert callers.user("viewer").get(run).json["result"] == OUTPUT


@pytest.mark.parametrize(
    "body",
    [
        {"status": "flying"},
        {"status": 5},
        {"started_at": "yesterday"},
        {"started_at": "2026-02-31"},
        {"started_at": 12},
        {"finished_at": "9999-99-99T00:00:00"},
        {"result": 5},
        {"result": ["a"]},
        {"result": "nul\0"},
        {"log": {"a": 1}},
    ],
)
def test_a_report_that_makes_no_sense_is_refused(callers, run, body):
    answer = callers.node("alpha").patch(run, body)

    assert answer.status_code == 400
    assert set(answer.json["fields"]) == set(body)


def test_characters_of_a_log_that_cannot_be_stored_are_replaced(callers, run):
    answer = callers.node("alpha").patch(run, {"log": "a\0b\ud800c"})

    assert answer.json["log"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


def test_only_the_node_of_a_run_reports_on_it(callers, world, run, post_task):
    container = callers.container("alpha", post_task("alpha"))

    for caller in (callers.node("beta"), callers.node("delta-other"), container):
        assert caller.patch(run, DONE).status_code == 401
    assert callers.user("root").patch(run, DONE).status_code == 401
    assert callers.node("alpha").patch("result/99999", DONE).status_code == 404


def test_a_result_larger_than_other_bodies_is_taken(callers, run):
    large = bytes_to_base64s(b"x" * 100_000)

    answer = callers.node("alpha").patch(run, DONE | {"result": large})

    assert answer.json["result"] == large
