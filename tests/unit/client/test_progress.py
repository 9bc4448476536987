"""The bar of a waiting client."""

import io
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from tests.fakes.news import FakeNews
from tests.fakes.rest import FakeRest, Refusal
from tests.unit.client.conftest import result
from tests.unit.client.test_waiting import DONE, RUNNING
from vantage6.client import Client
from vantage6.client.progress import Progress
from vantage6.common.errors import WaitTimeout


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    # Not a fixture: pytest puts its own stream there before each test begins.
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def page_of_open_runs(last: int) -> dict[str, object]:
    links = {"last": f"/api/result?task_id=4&state=open&page={last}&per_page=1"}
    return {"data": [result()], "links": links}


def test_the_bar_counts_runs_that_have_ended(
    client: Client, rest: FakeRest, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = at_terminal(monkeypatch)
    FakeNews().attach(client)
    rest.on("GET /task/4", RUNNING, RUNNING, DONE)
    rest.on("GET /result", page_of_open_runs(2), page_of_open_runs(1), [result()])

    client.wait_for_results(4)

    shown = terminal.getvalue()
    assert "task 4: active" in shown
    assert [f"{n} of 2 runs" in shown for n in (0, 1, 2)] == [True] * 3
    assert shown.endswith("\r"), "the bar is removed"
    assert "\n" not in shown


def test_counting_asks_for_no_payload(
    client: Client, rest: FakeRest, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = at_terminal(monkeypatch)
    FakeNews().attach(client)
    rest.on("GET /task/4", RUNNING, DONE)
    rest.on("GET /result", {"data": [], "links": {}}, [result()])

    client.wait_for_results(4)

    counting = next(asked for asked in rest.asked if asked.route == "GET /result")
    assert terminal.getvalue()
    assert counting.query["longest_payload"] == ["0"]
    assert counting.query["per_page"] == ["1"]


@pytest.mark.parametrize("answer", [Refusal(401, {"msg": "no"}), [result()]])
def test_runs_that_a_server_does_not_count_are_left_out(
    client: Client, rest: FakeRest, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    terminal = at_terminal(monkeypatch)
    FakeNews().attach(client)
    rest.on("GET /task/4", RUNNING)
    rest.on("GET /result", answer)

    with pytest.raises(WaitTimeout):
        client.wait_for_results(4, timeout=0)

    assert "task 4: active, 00:00" in terminal.getvalue()


def test_nothing_is_written_into_files(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(4)

    progress.show("active", 1, 2)
    progress.close()

    assert capsys.readouterr() == ("", "")
    assert not progress.is_shown


def test_a_notebook_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    ipython = ModuleType("IPython")
    shell = SimpleNamespace(config={"IPKernelApp": {}})
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "IPython", ipython)

    assert Progress(4).is_shown
