"""How the node reads what servers of all kinds answer."""

import threading
from json import loads
from pathlib import Path
from typing import Any

import pytest
from vantage6.common.errors import (
    InternalError,
    NotAuthenticated,
    NotFound,
    ServerUnreachable,
    Unavailable,
)
from vantage6.common.status import TaskStatus
from vantage6.node.journal import Outcome
from vantage6.node.runs import OpenRun, RunFacts
from vantage6.node.server_api import Interrupted, Me, ServerAPI, patiently

ROW: dict[str, Any] = {
    "id": 5,
    "input": "aW5wdXQ=",
    "result": None,
    "status": "pending",
    "finished_at": None,
    "task": {
        "id": 3,
        "image": "image",
        "run_id": 2,
        "database": "default",
        "initiator": 1,
        "init_user": 8,
        "parent": {"id": 2, "link": "/api/task/2", "methods": []},
    },
}


class ScriptedSession:
    """Answers each endpoint with what the test gave; an exception is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {key.replace("_", "/", 1): value for key, value in answers.items()}
        self.asked: list[tuple[str, Any]] = []

    def get(self, endpoint: str, params: Any = None) -> Any:
        return self._answer(endpoint, params)

    get_large = get

    def post(self, endpoint: str, json: Any = None, params: Any = None) -> Any:
        return self._answer(endpoint, json)

    def patch(self, endpoint: str, json: Any = None) -> Any:
        return self._answer(endpoint, json)

    def patch_only(self, endpoint: str, json: Any = None, *, body: Any = None) -> None:
        self._answer(endpoint, json if body is None else loads(b"".join(body)))

    def log_in(self, endpoint: str, credentials: Any, *, remember: bool) -> Any:
        assert remember
        return self._answer(endpoint, credentials)

    def identity(self) -> int:
        return 7

    def _answer(self, endpoint: str, sent: Any) -> Any:
        self.asked.append((endpoint, sent))
        answer = self.answers[endpoint]
        if isinstance(answer, list) and answer and isinstance(answer[0], Exception | None):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def api(**answers: Any) -> tuple[ServerAPI, ScriptedSession]:
    session = ScriptedSession(**answers)
    return ServerAPI(session), session  # type: ignore[arg-type]  # what is used of a session


def test_an_open_run_is_read() -> None:
    server, session = api(result=[ROW])

    (run,) = server.open_runs(7)

    facts = RunFacts(5, task_id=3, run_id=2, parent_id=2)
    assert run == OpenRun(facts, "image", 1, 8, "default", "aW5wdXQ=", is_pending=True)
    query = {"state": "open", "include": "task", "node_id": 7, "longest_payload": 0}
    assert session.asked == [("result", query)]


def test_the_runs_of_one_task_can_be_asked_for() -> None:
    server, session = api(result=[])

    assert server.open_runs(7, task_id=3) == ()
    assert session.asked[0][1]["task_id"] == 3
    assert session.asked[0][1]["longest_payload"] > 1000


def test_an_input_that_was_left_out_of_the_list_is_asked_for() -> None:
    server, _ = api(result_5=ROW, result_6=ROW | {"input": None})

    assert (server.input(5), server.input(6)) == ("aW5wdXQ=", "")


def test_links_and_missing_values_are_understood() -> None:
    task = ROW["task"] | {"parent": None, "init_user": None, "initiator": {"id": 4}}
    server, _ = api(result=[ROW | {"task": task, "status": "active", "input": None}])

    (run,) = server.open_runs(7)

    assert (run.facts.parent_id, run.user_id, run.initiator_id) == (None, None, 4)
    assert (run.is_pending, run.input) == (False, None)


def test_a_row_that_cannot_be_read_does_not_hide_the_others() -> None:
    server, _ = api(result=[{"id": 4}, {"id": 5, "task": None}, ROW])

    assert [run.facts.result_id for run in server.open_runs(7)] == [5]


def test_an_input_does_not_show_when_a_run_is_printed() -> None:
    server, _ = api(result=[ROW])

    assert "aW5wdXQ=" not in repr(server.open_runs(7))


@pytest.mark.parametrize(
    ("answer", "is_open"),
    [(ROW, True), (ROW | {"finished_at": "2024-01-01"}, False), (NotFound("gone"), False)],
)
def test_a_run_is_open_until_it_has_ended_or_is_deleted(answer: Any, is_open: bool) -> None:
    server, _ = api(result_5=answer)

    assert server.is_open(5) is is_open


def test_the_node_knows_who_it_is() -> None:
    body = {"id": 7, "name": "n", "organization": {"id": 1}, "collaboration": {"id": 2}}
    server, _ = api(node_7=body)

    assert server.me() == Me(7, "n", 1, 2)


@pytest.mark.parametrize(
    ("answer", "meant"), [(True, True), (1, True), (False, False), (0, False)]
)
def test_a_collaboration_is_encrypted_or_not(answer: Any, meant: bool) -> None:
    server, _ = api(collaboration_2={"encrypted": answer})

    assert server.is_encrypted(2) is meant


def test_a_public_key_is_kept_for_a_minute() -> None:
    now = [0.0]
    session = ScriptedSession(organization_1={"public_key": "key", "name": "one"})
    server = ServerAPI(session, clock=lambda: now[0])  # type: ignore[arg-type]  # as above

    assert [server.public_key(1), server.public_key(1)] == ["key", "key"]
    assert len(session.asked) == 1
    now[0] = 61
    server.public_key(1)
    assert len(session.asked) == 2


def test_a_missing_public_key_is_asked_for_again() -> None:
    server, session = api(organization_1={"public_key": None, "name": "one"})

    assert [server.public_key(1), server.public_key(1)] == ["", ""]
    assert len(session.asked) == 2
    assert server.organization_name(1) == "one"


@pytest.mark.parametrize("result", ["r", "", None])
def test_the_end_of_a_run_is_told_in_one_request(tmp_path: Path, result: str | None) -> None:
    server, session = api(result_5={})
    file = None
    if result is not None:
        file = tmp_path / "result"
        file.write_text(result)
    outcome = Outcome(TaskStatus.COMPLETED, "2024-01-01T00:00:00.000000", "log", file)

    server.report_end(5, outcome)

    body = {
        "result": result,
        "log": "log",
        "status": "completed",
        "finished_at": "2024-01-01T00:00:00.000000",
    }
    assert session.asked == [("result/5", body)]


def test_a_start_is_told_with_its_time() -> None:
    server, session = api(result_5={})

    server.report_active(5, "2024-01-01T00:00:00.000000")

    body = {"started_at": "2024-01-01T00:00:00.000000", "status": "active"}
    assert session.asked == [("result/5", body)]


def test_tokens_keys_and_trees_are_asked_for() -> None:
    server, session = api(
        token_container={"container_token": "t"},
        organization_1={},
        task=[{"complete": True}, {"complete": False}],
    )

    assert server.container_token(3, "image") == "t"
    server.publish_key(1, "key")
    assert server.tree_has_ended(2) is False
    assert session.asked == [
        ("token/container", {"task_id": 3, "image": "image"}),
        ("organization/1", {"public_key": "key"}),
        ("task", {"run_id": 2}),
    ]


# --- log in -----------------------------------------------------------------------------------


class Impatient(threading.Event):
    """Does not really wait; stops after a number of waits."""

    def __init__(self, waits: int = 99) -> None:
        super().__init__()
        self.pauses: list[float | None] = []
        self._waits = waits

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        if len(self.pauses) >= self._waits:
            self.set()
        return self.is_set()


def test_logging_in_goes_on_until_the_server_is_there() -> None:
    away: list[Any] = [ServerUnreachable("x"), InternalError("x"), NotFound("x"), None]
    server, session = api(token_node=away)
    stop = Impatient()

    server.log_in("key", stop)

    assert len(session.asked) == 4
    assert stop.pauses == [1, 2, 5]


def test_a_key_that_the_server_does_not_know_ends_it() -> None:
    server, _ = api(token_node=NotAuthenticated("no such key"))

    with pytest.raises(NotAuthenticated):
        server.log_in("key", Impatient())


def test_a_node_that_is_stopped_waits_no_longer() -> None:
    server, session = api(token_node=ServerUnreachable("x"))

    with pytest.raises(Interrupted):
        server.log_in("key", Impatient(waits=2))

    assert len(session.asked) == 2


def test_what_will_not_pass_is_not_repeated() -> None:
    calls = []

    def call() -> None:
        calls.append(1)
        raise Unavailable if len(calls) < 2 else NotFound("gone")

    with pytest.raises(NotFound):
        patiently(call, Impatient())
    assert len(calls) == 2
