"""The proxy on real sockets, between a server and many requests at once."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import waitress
from flask import Flask, jsonify, request
from tests.fakes.waiting import eventually
from vantage6.common.encryption import DummyCryptor
from vantage6.node.job import token_digest
from vantage6.node.proxy import Bell, Proxy, Upstream
from vantage6.node.proxy.payloads import Payloads
from vantage6.node.proxy.routes import Routes

PARALLEL = 50


def listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=128)


class Server:
    """A server that answers a request only when `together` of them are there."""

    def __init__(self, together: int = 1) -> None:
        self._meeting = threading.Barrier(together)
        app = Flask("server")
        app.add_url_rule("/api/<path:path>", view_func=self._answer, methods=["GET", "POST"])
        sock = listener()
        self.url = f"http://127.0.0.1:{sock.getsockname()[1]}/api"
        self._server = waitress.create_server(app, sockets=[sock], threads=together + 2, map={})
        threading.Thread(target=self._server.run, daemon=True).start()

    def _answer(self, path: str) -> object:
        self._meeting.wait(20)
        return jsonify(path=path, token=request.headers["Authorization"], n=request.args.get("n"))


def make_proxy(server: Server) -> Proxy:
    payloads = Payloads(DummyCryptor(), lambda _: "", is_encrypted=False)
    return Proxy(Routes(Upstream(server.url), payloads, Bell()))


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = make_proxy(Server())
    yield made
    made.close_all()


def ask(sock: socket.socket | int, guest: str = "t1", path: str = "node/1") -> requests.Response:
    port = sock if isinstance(sock, int) else sock.getsockname()[1]
    headers = {"Authorization": f"Bearer {guest}"}
    return requests.get(f"http://127.0.0.1:{port}/{path}", headers=headers, timeout=20)


def test_fifty_requests_of_one_run_are_answered_together() -> None:
    proxy = make_proxy(Server(together=PARALLEL))
    sock = listener()
    port = sock.getsockname()[1]
    proxy.admit(1, token_digest("t1"))
    proxy.open(1, sock)

    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = list(pool.map(lambda n: ask(port, path=f"node/1?n={n}"), range(PARALLEL)))

    assert [answer.json()["n"] for answer in answers] == [str(n) for n in range(PARALLEL)]
    proxy.close_all()


def test_each_door_lets_in_only_its_own_run(proxy: Proxy) -> None:
    first, second = listener(), listener()
    for result_id, sock in ((1, first), (2, second)):
        proxy.admit(result_id, token_digest(f"t{result_id}"))
        proxy.open(result_id, sock)

    assert ask(first, "t1").json()["token"] == "Bearer t1"
    assert ask(second, "t2").status_code == 200
    assert ask(first, "t2").status_code == 401
    assert ask(second, "t1").status_code == 401


def test_a_door_for_a_run_that_was_never_admitted_lets_nobody_in(proxy: Proxy) -> None:
    sock = listener()

    proxy.open(1, sock)

    assert ask(sock, "").status_code == 401
    assert ask(sock, "anything").status_code == 401


def test_the_answer_says_nothing_about_the_software(proxy: Proxy) -> None:
    sock = listener()
    proxy.admit(1, token_digest("t1"))
    proxy.open(1, sock)

    assert "Server" not in ask(sock).headers


def test_a_closed_door_does_not_answer(proxy: Proxy) -> None:
    sock = listener()
    port = sock.getsockname()[1]
    proxy.admit(1, token_digest("t1"))
    proxy.open(1, sock)
    assert ask(port).status_code == 200

    proxy.dismiss(1)
    proxy.dismiss(1)

    with pytest.raises(requests.ConnectionError):
        ask(port)


def test_a_door_can_be_opened_again_on_another_socket(proxy: Proxy) -> None:
    first, second = listener(), listener()
    first_port = first.getsockname()[1]
    proxy.admit(1, token_digest("t1"))

    proxy.open(1, first)
    proxy.open(1, second)

    assert ask(second).status_code == 200
    with pytest.raises(requests.ConnectionError):
        ask(first_port)


def test_the_threads_of_a_door_end_with_it(proxy: Proxy) -> None:
    before = threading.active_count()
    proxy.admit(1, token_digest("t1"))
    sock = listener()
    proxy.open(1, sock)
    ask(sock)

    proxy.dismiss(1)

    eventually(lambda: threading.active_count() <= before)
