"""Inputs and results that are large are sent only to those who want them."""

import pytest
from tests.integration.server.world import INPUT
from vantage6.common.encoding import bytes_to_base64s

pytestmark = pytest.mark.repeats("postgres")

LARGE = bytes_to_base64s(b"x" * 1_500_000)
BRIEF = {"Prefer": "return=minimal"}


@pytest.fixture
def run(post_task):
    """Path of the one run of a task for alpha."""
    return f"result/{post_task('alpha')['results'][0]['id']}"


def report(caller, run, body, headers):
    return caller.client.patch(f"/api/{run}", json=body, headers=caller.headers | headers)


def test_a_node_that_wants_no_answer_gets_none(callers, run):
    node = callers.node("alpha")

    answer = report(node, run, {"result": LARGE, "status": "completed"}, BRIEF)

    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Preference-Applied"] == "return=minimal"
    assert node.get(run).json["result"] == LARGE


def test_an_error_is_answered_in_any_case(callers, run):
    answer = report(callers.node("beta"), run, {"status": "completed"}, BRIEF)

    assert answer.status_code == 401
    assert "msg" in answer.json


def test_without_the_wish_the_whole_result_is_answered(callers, run):
    answer = callers.node("alpha").patch(run, {"result": LARGE, "status": "completed"})

    assert (answer.json["result"], answer.json["input"]) == (LARGE, INPUT)
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@pytest.mark.parametrize(
    ("longest", "shown"), [(len(INPUT), INPUT), (len(INPUT) - 1, None), (0, None)]
)
def test_a_list_leaves_out_what_is_longer_than_asked_for(callers, world, run, longest, shown):
    node, id_ = callers.node("alpha"), world.nodes["alpha"]

    query = {"state": "open", "node_id": id_, "include": "task", "longest_payload": longest}
    (row,) = node.get("result", **query).json

    assert row["input"] == shown
    assert row["id"] == int(run.partition("/")[2])


@pytest.mark.parametrize("longest", ["-1", "many", "99999999999"])
def test_a_length_that_cannot_be_is_refused(callers, longest):
    assert callers.node("alpha").get("result", longest_payload=longest).status_code == 400
