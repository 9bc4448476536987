"""What an algorithm may ask of its node, and what it gets."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.fakes.upstream import FakeUpstream, UnfinishedTask
from vantage6.common.encryption import DummyCryptor
from vantage6.common.errors import ServerUnreachable
from vantage6.node.job import token_digest
from vantage6.node.proxy import Bell
from vantage6.node.proxy.app import create_app
from vantage6.node.proxy.payloads import Payloads
from vantage6.node.proxy.routes import Routes

TOKEN = "the-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
TASK = {"name": "n", "organizations": [{"id": 1, "input": "anNvbi57fQ=="}]}


def client(upstream: Any, bell: Bell | None = None) -> FlaskClient:
    payloads = Payloads(DummyCryptor(), lambda _: "", is_encrypted=False)
    routes = Routes(upstream, payloads, bell or Bell())
    return create_app(routes, token_digest(TOKEN)).test_client()


# --- who is let in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer of-another-run"},
    ],
)
def test_only_the_token_of_the_run_is_let_in(headers: dict[str, str]) -> None:
    upstream = FakeUpstream()

    answer = client(upstream).get("/task/1", headers=headers)

    assert answer.status_code == 401
    assert isinstance(answer.get_json()["msg"], str)
    assert upstream.asked == []


# --- sub-tasks ------------------------------------------------------------------------------


def test_a_created_task_is_answered_with_200() -> None:
    upstream = FakeUpstream(201, {"id": 9})

    answer = client(upstream).post("/task", json=TASK, headers=BEARER)

    assert (answer.status_code, answer.get_json()) == (200, {"id": 9})
    (asked,) = upstream.asked
    assert (asked.method, asked.path, asked.token) == ("POST", "/task", TOKEN)
    assert json.loads(bytes(asked.body)) == TASK


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"organizations": []}'])
def test_a_task_without_organizations_is_refused(body: bytes) -> None:
    upstream = FakeUpstream()

    answer = client(upstream).post("/task", data=body, headers=BEARER)

    assert answer.status_code == 400
    assert "organizations" in answer.get_json()["msg"]
    assert upstream.asked == []


def test_a_task_is_posted_once_even_when_the_server_refuses_it() -> None:
    upstream = FakeUpstream(500, {"msg": "oh no"})

    answer = client(upstream).post("/task", json=TASK, headers=BEARER)

    assert (answer.status_code, answer.get_json()) == (500, {"msg": "oh no"})
    assert len(upstream.asked) == 1


@pytest.mark.parametrize(
    "path", ["/task/", "/./task", "/task/.", "/%2e/task", "/x/../task", "/../socket.io/", "/.."]
)
def test_no_path_leads_round_the_encryption_or_out_of_the_api(path: str) -> None:
    upstream = FakeUpstream()

    answer = client(upstream).post(path, json=TASK, headers=BEARER)

    assert answer.status_code == 404
    assert upstream.asked == []


@pytest.mark.parametrize(
    "path", ["/token/user", "/token/node", "/token//user", "/recover/lost", "/password/change"]
)
def test_no_container_can_guess_passwords_through_its_node(path: str) -> None:
    upstream = FakeUpstream()

    answer = client(upstream).post(path, json={}, headers=BEARER)

    assert answer.status_code == 404
    assert upstream.asked == []


# --- passing on ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 404, 422, 500])
@pytest.mark.parametrize("path", ["/organization/1", "/task/1", "/task/1/result", "/result/1"])
def test_status_and_message_of_the_server_are_passed_on(status: int, path: str) -> None:
    answer = client(FakeUpstream(status, {"msg": "because"})).get(path, headers=BEARER)

    assert (answer.status_code, answer.get_json()) == (status, {"msg": "because"})


def test_only_query_body_type_and_token_are_sent_on() -> None:
    upstream = FakeUpstream()
    headers = {**BEARER, "X-Secret": "s", "Cookie": "c=1", "Content-Type": "text/plain"}

    client(upstream).patch("/node/1?a=1&a=2&b=%20", data=b"body", headers=headers)

    (asked,) = upstream.asked
    assert (asked.method, asked.path, asked.query) == ("PATCH", "/node/1", b"a=1&a=2&b=%20")
    assert (asked.body, asked.content_type, asked.token) == (b"body", "text/plain", TOKEN)


def test_a_json_type_with_an_empty_body_is_tolerated() -> None:
    headers = {**BEARER, "Content-Type": "application/json"}

    answer = client(FakeUpstream(200, [])).get("/task/1/result", headers=headers)

    assert (answer.status_code, answer.get_json()) == (200, [])


def test_headers_that_belong_to_one_connection_are_not_copied() -> None:
    headers = {
        "Content-Encoding": "gzip",
        "Transfer-Encoding": "chunked",
        "Connection": "keep-alive",
        "Set-Cookie": "a=b",
        "Link": "<x>; rel=first",
        "total-count": "3",
    }

    answer = client(FakeUpstream(200, b"abc", **headers)).get("/organization", headers=BEARER)

    assert answer.data == b"abc"
    assert {"Link", "total-count"} <= set(answer.headers.keys())
    assert not {"Content-Encoding", "Transfer-Encoding", "Connection", "Set-Cookie"} & set(
        answer.headers.keys()
    )


def test_a_server_that_is_away_is_said_so() -> None:
    class Away:
        def send(self, request: object, **_: object) -> None:
            raise ServerUnreachable("the node cannot reach the server now")

    answer = client(Away()).get("/organization/1", headers=BEARER)

    assert answer.status_code == 503
    assert "cannot reach the server" in answer.get_json()["msg"]


def test_an_answer_that_is_no_json_is_an_error_with_a_message() -> None:
    answer = client(FakeUpstream(200, b"<html>")).get("/result/1", headers=BEARER)

    assert answer.status_code == 503
    assert "vantage6 server" in answer.get_json()["msg"]


def test_an_unknown_method_is_an_error_with_a_message() -> None:
    answer = client(FakeUpstream()).open("/task/1", method="LINK", headers=BEARER)

    assert answer.status_code == 405
    assert isinstance(answer.get_json()["msg"], str)


def test_a_fault_of_the_proxy_is_an_error_without_details() -> None:
    class Broken:
        def send(self, request: object, **_: object) -> None:
            raise ZeroDivisionError("secret")

    answer = client(Broken()).get("/organization/1", headers=BEARER)

    assert answer.status_code == 500
    assert "secret" not in answer.get_json()["msg"]


# --- waiting for a task -------------------------------------------------------------------------


def test_without_wait_an_incomplete_task_is_answered_at_once() -> None:
    answer = client(UnfinishedTask()).get("/task/5", headers=BEARER)

    assert answer.get_json() == {"id": 5, "complete": False}


def test_a_request_that_waits_is_answered_when_the_task_is_complete() -> None:
    task, bell = UnfinishedTask(), Bell()
    answers: list[Any] = []
    asking = client(task, bell)
    thread = threading.Thread(
        target=lambda: answers.append(asking.get("/task/5?a=1&wait=30", headers=BEARER))
    )
    thread.start()
    asked = task.looks.get(timeout=5)

    task.is_complete = True
    bell.ring()
    thread.join(5)

    assert answers[0].get_json()["complete"] is True
    assert asked.query == b"a=1"


class ScriptedBell(Bell):
    """Says what it is told to say, at once, and keeps how long it was listened to."""

    def __init__(self, *answers: Callable[[], bool]) -> None:
        super().__init__()
        self._answers = list(answers)
        self.waits: list[float] = []

    def wait(self, since: int, timeout_s: float) -> bool:
        self.waits.append(timeout_s)
        return self._answers.pop(0)()


def test_a_request_that_waits_looks_again_only_when_something_changed() -> None:
    task = UnfinishedTask()

    def complete() -> bool:
        task.is_complete = True  # of a server that tells before it can be read
        return False

    bell = ScriptedBell(lambda: True, complete)
    answer = client(task, bell).get("/task/5?wait=30", headers=BEARER)

    assert answer.get_json()["complete"] is True
    assert task.looks.qsize() == 3
    before_the_ring, after_the_ring = bell.waits
    assert before_the_ring > 25
    assert after_the_ring <= 1


def test_a_request_waits_no_longer_than_it_asked() -> None:
    answer = client(UnfinishedTask()).get("/task/5?wait=0.01", headers=BEARER)

    assert answer.get_json()["complete"] is False


@pytest.mark.parametrize("wait", ["-1", "0", "nan", "-inf"])
def test_odd_times_mean_no_waiting(wait: str) -> None:
    answer = client(UnfinishedTask()).get(f"/task/5?wait={wait}", headers=BEARER)

    assert answer.status_code == 200


def test_a_wait_that_is_no_number_is_refused() -> None:
    answer = client(UnfinishedTask()).get("/task/5?wait=long", headers=BEARER)

    assert answer.status_code == 400


def test_an_error_ends_the_waiting() -> None:
    answer = client(FakeUpstream(404, {"msg": "no"})).get("/task/5?wait=30", headers=BEARER)

    assert answer.status_code == 404


def test_a_ring_between_look_and_wait_is_not_missed() -> None:
    bell = Bell()
    before = bell.count

    bell.ring()
    bell.wait(before, timeout_s=60)

    assert bell.count == before + 1
