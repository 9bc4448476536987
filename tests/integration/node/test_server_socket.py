"""The node's socket against a real socket server that may misbehave."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import socketio
from tests.fakes.waiting import eventually
from vantage6.common.errors import ServerUnreachable
from vantage6.common.events import (
    NAMESPACE,
    KillContainers,
    NewTask,
    NodeInfoUpdate,
    Ping,
    StatusUpdate,
)
from vantage6.node.server_socket import ServerSocket, SocketDown, SocketUp
from werkzeug.serving import BaseWSGIServer, make_server

DEADLINE_S = 10


class Tokens:
    """Gives a new token each time it is asked to renew; may be without a server."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.asked = self.renewed = 0
        self.is_away = False

    def fresh_token(self) -> str:
        self.asked += 1
        if self.is_away:
            raise ServerUnreachable("no server")
        return f"token-{self.renewed}"

    def refresh_token(self) -> None:
        self.renewed += 1


class SocketServer:
    """A socket server; `greet` decides what happens at a connection to the namespace."""

    def __init__(self, greet: Callable[["SocketServer", str, str], Any] | None = None) -> None:
        self.tokens: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.received: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self.sids: list[str] = []
        self._greet = greet
        self.sio = socketio.Server(async_mode="threading", always_connect=False)
        self.sio.on("connect", self._connected, namespace=NAMESPACE)
        self.sio.on("*", self._received, namespace=NAMESPACE)
        self._http: BaseWSGIServer = self._serve(0)
        self.origin = f"http://127.0.0.1:{self._http.server_port}"

    def _serve(self, port: int) -> BaseWSGIServer:
        http = make_server("127.0.0.1", port, socketio.WSGIApp(self.sio), threaded=True)
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        return http

    def send(self, name: str, *arguments: Any) -> None:
        self.sio.emit(name, arguments, namespace=NAMESPACE)

    def drop_all(self) -> None:
        for sid in self.sids:
            self.sio.disconnect(sid, namespace=NAMESPACE)
        self.sids.clear()

    def close(self) -> None:
        self.drop_all()
        self._http.shutdown()
        self._http.server_close()

    def _connected(self, sid: str, environ: dict[str, Any], *_: Any) -> Any:
        token = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        self.tokens.put(token)
        self.sids.append(sid)
        return self._greet(self, sid, token) if self._greet else None

    def _received(self, name: str, _sid: str, *arguments: Any) -> None:
        self.received.put((name, *arguments))


@pytest.fixture
def server() -> Iterator[SocketServer]:
    made = SocketServer()
    yield made
    made.close()


class Node:
    """A node's socket and its inbox."""

    def __init__(self, origin: str) -> None:
        self.inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.tokens = Tokens(origin)
        self.socket = ServerSocket(self.tokens, self.inbox.put)

    def next(self) -> object:
        return self.inbox.get(timeout=DEADLINE_S)


@pytest.fixture
def connect() -> Iterator[Callable[[str], Node]]:
    nodes: list[Node] = []

    def make(origin: str) -> Node:
        nodes.append(Node(origin))
        nodes[-1].socket.start()
        return nodes[-1]

    yield make
    for node in nodes:
        node.socket.stop()


Connect = Callable[[str], Node]


def test_events_are_decoded_and_put_in_the_inbox(server: SocketServer, connect: Connect) -> None:
    node = connect(server.origin)
    assert node.next() == SocketUp()
    assert node.socket.is_connected

    server.send("new_task", 5)
    assert node.next() == NewTask(5)
    server.send("kill_containers", {"node_id": 3, "collaboration_id": 1})
    assert node.next() == KillContainers(1, node_id=3)


def test_events_that_are_unknown_or_broken_do_no_harm(
    server: SocketServer, connect: Connect
) -> None:
    node = connect(server.origin)
    assert node.next() == SocketUp()

    server.send("something_new", {"a": 1})
    server.send("new_task", "five")
    server.send("new_task")
    server.send("status_update", {"result_id": 5, "later": True})

    assert node.next() == StatusUpdate(5)


def test_events_are_sent_when_connected(server: SocketServer, connect: Connect) -> None:
    node = connect(server.origin)
    assert node.next() == SocketUp()

    assert node.socket.send(NodeInfoUpdate({"encryption": False}))
    assert node.socket.send(Ping())

    expected = ("node_info_update", {"encryption": False})
    assert server.received.get(timeout=DEADLINE_S) == expected
    assert server.received.get(timeout=DEADLINE_S) == ("ping",)


def test_nothing_is_sent_when_not_connected() -> None:
    node = Node("http://127.0.0.1:9")

    assert not node.socket.send(Ping())
    assert not node.socket.is_connected


def test_a_lost_connection_is_made_again(server: SocketServer, connect: Connect) -> None:
    node = connect(server.origin)
    assert node.next() == SocketUp()

    server.drop_all()

    assert node.next() == SocketDown()
    assert node.next() == SocketUp()
    server.send("new_task", 6)
    assert node.next() == NewTask(6)


def test_a_rebuild_makes_a_new_connection(server: SocketServer, connect: Connect) -> None:
    node = connect(server.origin)
    assert node.next() == SocketUp()

    node.socket.rebuild()

    assert [node.next(), node.next()] == [SocketDown(), SocketUp()]


def test_an_expired_token_is_renewed_for_the_next_connection(connect: Connect) -> None:
    def greet(server: SocketServer, sid: str, token: str) -> None:
        if token == "token-0":
            server.sio.emit("expired_token", (), to=sid, namespace=NAMESPACE)

    server = SocketServer(greet)
    node = connect(server.origin)

    assert server.tokens.get(timeout=DEADLINE_S) == "token-0"
    assert server.tokens.get(timeout=DEADLINE_S) == "token-1"
    eventually(lambda: node.socket.is_connected)
    server.close()


def test_a_refused_connection_is_tried_again_with_a_new_token(connect: Connect) -> None:
    def greet(_server: SocketServer, _sid: str, token: str) -> bool:
        return token != "token-0"

    server = SocketServer(greet)
    node = connect(server.origin)

    assert node.next() == SocketUp()
    assert [server.tokens.get(timeout=1) for _ in range(2)] == ["token-0", "token-1"]
    server.close()


def test_a_server_that_is_away_at_the_start_is_found_later(
    server: SocketServer, connect: Connect
) -> None:
    node = Node(server.origin)
    node.tokens.is_away = True
    node.socket.start()
    eventually(lambda: node.tokens.asked)

    node.tokens.is_away = False

    assert node.next() == SocketUp()
    node.socket.stop()


def test_a_server_that_came_back_with_another_secret_is_not_kept_waiting(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server = SocketServer(lambda _server, _sid, token: token != "token-0")
    node = Node(server.origin)
    node.tokens.is_away = True
    node.socket.start()
    eventually(lambda: node.tokens.asked)
    node.tokens.is_away = False

    assert node.next() == SocketUp()

    tries = [line for line in caplog.messages if "next try" in line]
    assert [line.rpartition("next try in ")[2] for line in tries] == ["1 s", "1 s"]
    node.socket.stop()
    server.close()


def test_stopping_takes_less_than_two_seconds(server: SocketServer, connect: Connect) -> None:
    node = connect(server.origin)
    assert node.next() == SocketUp()
    stopping = threading.Thread(target=node.socket.stop)

    stopping.start()
    stopping.join(2)

    assert not stopping.is_alive()
    assert node.next() == SocketDown()
