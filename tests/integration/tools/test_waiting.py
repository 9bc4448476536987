"""A central function that waits for sub-tasks, through the real proxy on real sockets."""

import queue
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import waitress
from flask import Flask, jsonify
from tests.unit.tools.conftest import run_row, token
from vantage6.common.encryption import DummyCryptor
from vantage6.node.job import token_digest
from vantage6.node.proxy import Bell, Proxy, Upstream
from vantage6.node.proxy.payloads import Payloads
from vantage6.node.proxy.routes import Routes
from vantage6.tools.algorithm_client import AlgorithmClient

SUB_TASKS = 25


class Server:
    """Knows sub-tasks that end when the test says so, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.looks: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.ended: set[int] = set()
        app = Flask("server")
        app.add_url_rule("/api/task/<int:id_>", view_func=self._task)
        app.add_url_rule("/api/task/<int:id_>/result", view_func=self._results)
        sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{sock.getsockname()[1]}/api"
        self._server = waitress.create_server(app, sockets=[sock], threads=4, map={})
        threading.Thread(target=self._server.run, daemon=True).start()

    def _task(self, id_: int) -> Any:
        self.asked["task"] += 1
        is_complete = id_ in self.ended
        self.looks.put(id_)
        return jsonify(id=id_, complete=is_complete)

    def _results(self, id_: int) -> Any:
        self.asked["result"] += 1
        return jsonify([run_row(1, id_), run_row(2, -id_)])


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def client(server: Server, bell: Bell) -> Iterator[AlgorithmClient]:
    """The client of a run behind its own door."""
    payloads = Payloads(DummyCryptor(), lambda _: "", is_encrypted=False)
    proxy = Proxy(Routes(Upstream(server.url), payloads, bell))
    proxy.admit(1, token_digest(token()))
    door = socket.create_server(("127.0.0.1", 0))
    port = door.getsockname()[1]
    proxy.open(1, door)
    client = AlgorithmClient(token(), "http://127.0.0.1", port)
    yield client
    client.close()
    proxy.close_all()


def counted(client: AlgorithmClient) -> Counter[str]:
    """How often the container asks its proxy, from now on."""
    asked: Counter[str] = Counter()

    def count(response: Any, *args: Any, **options: Any) -> None:
        asked["result" if response.url.endswith("/result") else "task"] += 1

    client._api._http.hooks["response"].append(count)
    return asked


def test_many_sub_tasks_cost_one_question_each_however_long_they_take(
    client: AlgorithmClient, server: Server, bell: Bell
) -> None:
    asked, found = counted(client), []

    def central() -> None:
        found.extend(client.wait_for_results(id_) for id_ in range(1, SUB_TASKS + 1))

    waiting = threading.Thread(target=central, daemon=True)
    waiting.start()
    for id_ in range(1, SUB_TASKS + 1):
        # The question is at the proxy, which has looked once and holds it back.
        assert server.looks.get(timeout=20) == id_
        server.ended.add(id_)
        bell.ring()
        assert server.looks.get(timeout=20) == id_
    waiting.join(timeout=20)

    assert found == [[id_, -id_] for id_ in range(1, SUB_TASKS + 1)]
    assert asked == {"task": SUB_TASKS, "result": SUB_TASKS}
    assert server.asked == {"task": 2 * SUB_TASKS, "result": SUB_TASKS}


def test_sub_task_that_has_ended_already_costs_one_look(
    client: AlgorithmClient, server: Server
) -> None:
    server.ended.add(1)

    assert client.wait_for_results(1) == [1, -1]

    assert server.asked == {"task": 1, "result": 1}
