"""Waiting for a task, and what is said about runs that failed."""

import logging
import threading

import pytest
from tests.fakes.news import FakeNews, Interrupted
from tests.fakes.rest import FakeRest
from tests.unit.client.conftest import MakeClient, result
from vantage6.client import Client
from vantage6.common.errors import RunFailed, WaitTimeout

LINKS = [{"id": id_, "link": f"/api/result/{id_}", "methods": ["GET"]} for id_ in (9, 10)]
RUNNING = {"id": 4, "complete": False, "status": "active", "results": LINKS}
DONE = {"id": 4, "complete": True, "status": "completed", "results": LINKS}
FAILED = {"id": 4, "complete": True, "status": "failed", "results": LINKS}
LOG = "info > wrapper for x\nerror > the algorithm failed: KeyError in f (a.py, line 3)\nmore"


def test_results_come_when_all_runs_have_ended(
    client: Client, rest: FakeRest, capsys: pytest.CaptureFixture[str]
) -> None:
    rest.on("GET /task/4", RUNNING, RUNNING, DONE)
    rest.on("GET /result", [result()])

    results = client.wait_for_results(4, sleep=0)

    assert results[0]["result"] == {"average": 3.5}
    assert rest.routes().count("GET /task/4") == 3
    assert capsys.readouterr() == ("", "")


def test_waiting_ends_in_time(client: Client, rest: FakeRest) -> None:
    rest.on("GET /task/4", RUNNING)

    with pytest.raises(WaitTimeout, match="task 4 has not ended"):
        client.wait_for_results(4, timeout=0.01, interval=0)


def test_nothing_is_listened_to_for_a_task_that_has_ended(client: Client, rest: FakeRest) -> None:
    news = FakeNews().attach(client)
    rest.on("GET /task/4", DONE)
    rest.on("GET /result", [result()])

    client.wait_for_results(4)

    assert news.asked_for == []
    assert [thread.name for thread in threading.enumerate() if thread.name == "news"] == []


def test_a_question_is_one_small_request(client: Client, rest: FakeRest) -> None:
    FakeNews().attach(client)
    rest.on("GET /task/4", RUNNING, RUNNING, DONE)
    rest.on("GET /result", [result()])
    before = len(rest.asked)

    client.wait_for_results(4)

    assert rest.routes()[before:] == ["GET /task/4"] * 3 + ["GET /result"]
    assert rest.last("GET /task/4").query == {}


def test_intervals_grow_while_there_is_no_news(client: Client, rest: FakeRest) -> None:
    news = FakeNews().attach(client)
    rest.on("GET /task/4", *[RUNNING] * 9, DONE)
    rest.on("GET /result", [result()])

    client.wait_for_results(4)

    # Of each interval, what the question took is left out, which depends on the machine.
    assert news.pauses[0] <= 0.2
    assert 1 < news.pauses[-1] <= 2
    assert news.asked_for == [(4, frozenset({9, 10}))]
    assert news.is_stopped


def test_a_socket_that_has_told_something_is_relied_on(client: Client, rest: FakeRest) -> None:
    news = FakeNews(False, False, True).attach(client)
    rest.on("GET /task/4", *[RUNNING] * 15, DONE)
    rest.on("GET /result", [result()])

    client.wait_for_results(4)

    assert news.pauses[3] <= 0.2, "what was told may not be stored yet"
    assert 5 < news.pauses[-1] <= 10


def test_ctrl_c_leaves_cleanly_and_says_that_the_task_goes_on(
    client: Client, rest: FakeRest, caplog: pytest.LogCaptureFixture
) -> None:
    news = Interrupted().attach(client)
    rest.on("GET /task/4", RUNNING)

    with caplog.at_level(logging.WARNING), pytest.raises(KeyboardInterrupt):
        client.wait_for_results(4)

    assert "task 4 goes on" in caplog.text
    assert news.is_stopped


# --- failures ---------------------------------------------------------------------------------


def test_failed_run_is_told_with_organization_status_and_reason(
    client: Client, rest: FakeRest
) -> None:
    rest.on("GET /task/4", FAILED)
    rest.on("GET /result", [result(), result(10, status="crashed", result=None, log=LOG)])

    with pytest.raises(RunFailed) as caught:
        client.wait_for_results(4)

    assert caught.value.message.startswith(
        "1 of 2 runs of task 4 failed: hospital 2: crashed (error > the algorithm failed: "
        "KeyError in f (a.py, line 3)). client.result"
    )


def test_a_killed_run_is_told(client: Client, rest: FakeRest) -> None:
    rest.on("GET /task/4", FAILED)
    rest.on("GET /result", [result(status="killed by user", result=None)])

    with pytest.raises(RunFailed, match="hospital 2: killed by user"):
        client.wait_for_results(4)


def test_what_failed_in_a_sub_task_is_told(client: Client, rest: FakeRest) -> None:
    rest.on("GET /task/4", FAILED)
    rest.on("GET /task", [{"id": 5}])
    below = result(11, status="not allowed", result=None, organization={"id": 3})
    rest.on("GET /result", [result(status="crashed", result=None)], [result(10), below])

    with pytest.raises(RunFailed, match=r"Of its sub-tasks: task 5 at hospital 3: not allowed\."):
        client.wait_for_results(4)

    assert rest.last("GET /task").query["parent_id"] == ["4"]


@pytest.mark.parametrize("status", ["completed", None])
def test_run_that_left_no_result_has_failed(
    client: Client, rest: FakeRest, status: str | None
) -> None:
    rest.on("GET /task/4", DONE)
    rest.on("GET /result", [result(status=status, result="", organization=99)])

    with pytest.raises(RunFailed, match="organization 99: the run ended without a result"):
        client.wait_for_results(4)


def test_result_of_null_is_a_result(client: Client, rest: FakeRest) -> None:
    rest.on("GET /task/4", DONE)
    rest.on("GET /result", [result(data=b"json.null")])

    assert client.wait_for_results(4)[0]["result"] is None


@pytest.mark.parametrize("is_asked_for_once", [True, False])
def test_failed_runs_are_marked_where_scripts_expect_that(
    make_client: MakeClient, rest: FakeRest, is_asked_for_once: bool
) -> None:
    rest.on("GET /task/4", FAILED)
    rest.on("GET /result", [result(status="crashed", result=None), result(10)])
    client = make_client(raise_errors=is_asked_for_once)
    options = {"raise_errors": False} if is_asked_for_once else {}

    failed, fine = client.wait_for_results(4, **options)

    assert (failed["status"], failed["error"], failed["result"]) == ("crashed", "crashed", None)
    assert "error" not in fine
