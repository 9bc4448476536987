"""Waiting for a task, and what is said about runs that failed."""

import io

import pytest
from tests.fakes.rest import FakeRest
from tests.unit.client.conftest import MakeClient, result
from vantage6.client import Client
from vantage6.client.progress import ProgressLine
from vantage6.common.errors import RunFailed, WaitTimeout

RUNNING = {"id": 4, "complete": False, "status": "active"}
DONE = {"id": 4, "complete": True, "status": "completed"}
LOG = "info > wrapper for x\nerror > the algorithm failed: KeyError in f (a.py, line 3)\nmore"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


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


def test_failed_run_is_told_with_organization_status_and_reason(
    client: Client, rest: FakeRest
) -> None:
    rest.on("GET /task/4", DONE)
    rest.on("GET /result", [result(), result(10, status="crashed", result=None, log=LOG)])

    with pytest.raises(RunFailed) as caught:
        client.wait_for_results(4)

    assert caught.value.message.startswith(
        "1 of 2 runs of task 4 failed: hospital 2: crashed (error > the algorithm failed: "
        "KeyError in f (a.py, line 3)). "
    )


@pytest.mark.parametrize("status", ["completed", None])
def test_run_that_left_no_result_has_failed(
    client: Client, rest: FakeRest, status: str | None
) -> None:
    rest.on("GET /task/4", DONE)
    rest.on("GET /result", [result(status=status, result="", organization=99)])

    with pytest.raises(RunFailed, match=r"organization 99: (completed|no result)"):
        client.wait_for_results(4)


def test_result_of_null_is_a_result(client: Client, rest: FakeRest) -> None:
    rest.on("GET /task/4", DONE)
    rest.on("GET /result", [result(data=b"json.null")])

    assert client.wait_for_results(4)[0]["result"] is None


def test_failed_runs_are_answered_where_scripts_expect_that(
    make_client: MakeClient, rest: FakeRest
) -> None:
    rest.on("GET /task/4", DONE)
    rest.on("GET /result", [result(status="crashed", result=None)])

    assert make_client(raise_errors=False).wait_for_results(4)[0]["status"] == "crashed"


def test_progress_is_one_line_at_a_terminal_that_is_removed() -> None:
    terminal = Terminal()
    line = ProgressLine(terminal)

    line.show("waiting for task 4: active")
    line.close()

    assert "waiting for task 4: active (0 s)" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert "\n" not in terminal.getvalue()


def test_progress_writes_nothing_into_files() -> None:
    file = io.StringIO()
    line = ProgressLine(file)

    line.show("x")
    line.close()

    assert file.getvalue() == ""
