"""A waiting client hears over the socket of a real server that a run has ended."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.authority import Authority
from tests.fakes.tls_proxy import TLSProxy
from tests.fakes.waiting import eventually
from tests.integration.client.rig import Rig
from tests.integration.server.world import PASSWORD
from vantage6.client import Client
from vantage6.client.news import News, listen
from vantage6.server.app import Server
from werkzeug.exceptions import NotFound
from werkzeug.serving import make_server

pytestmark = pytest.mark.integration
HOST = "server.hospital.example"  # no such name exists
MUCH_LATER_S = 60.0


@contextmanager
def serving(app: Any) -> Iterator[str]:
    http = make_server("127.0.0.1", 0, app, threaded=True)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


@pytest.fixture
def origin(server: Server) -> Iterator[str]:
    """Where the server of this process listens."""
    with serving(server.app) as origin:
        yield origin


@pytest.fixture
def client(origin: str) -> Iterator[Client]:
    """Researcher of alpha, over the network of this machine."""
    with Client(origin, None, "/api") as client:
        client.authenticate("researcher", PASSWORD)
        yield client


class Waiting:
    """Somebody waits for a task in another thread, asking once a minute."""

    def __init__(self, client: Client, task_id: int, **options: Any) -> None:
        self.results: Any = None
        self.news: list[News] = []
        client._connection.listen = self._listen
        self._options = {"interval": MUCH_LATER_S, "timeout": MUCH_LATER_S / 2, **options}
        self._thread = threading.Thread(target=self._wait, args=(client, task_id))
        self._thread.start()

    def end(self) -> Any:
        self._thread.join(MUCH_LATER_S / 3)
        assert not self._thread.is_alive(), "nothing woke it"
        return self.results

    def await_socket(self, server: Server) -> None:
        eventually(lambda: any(a.name == "researcher" for a in _attendees(server)), "the socket")

    def _wait(self, client: Client, task_id: int) -> None:
        self.results = client.wait_for_results(task_id, **self._options)

    def _listen(self, *asked: Any) -> News:
        self.news.append(listen(*asked))
        return self.news[-1]


def _attendees(server: Server) -> list[Any]:
    return list(server.review._presence.everybody().values())


def _connections(server: Server) -> list[str]:
    return list(server.review._presence.everybody())


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "news"]


def test_the_end_of_a_run_wakes_who_waits(client: Client, rig: Rig) -> None:
    task = rig.create(client, "beta")
    waiting = Waiting(client, task["id"])
    waiting.await_socket(rig.server)

    rig.answer(task, "beta", {"sum": 1})

    assert waiting.end()[0]["result"] == {"sum": 1}
    assert threads() == []
    eventually(lambda: not _attendees(rig.server), "the socket is closed")


def test_what_happened_while_it_connected_is_not_missed(client: Client, rig: Rig) -> None:
    task = rig.create(client, "beta")

    waiting = Waiting(client, task["id"])
    eventually(lambda: waiting.news, "the first pause")
    rig.answer(task, "beta", {"sum": 1})

    assert waiting.end()[0]["result"] == {"sum": 1}


def test_a_lost_socket_comes_back(
    client: Client, rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    task = rig.create(client, "beta")
    with caplog.at_level(logging.DEBUG, "vantage6.client"):
        waiting = Waiting(client, task["id"])
        # Earlier, the server knows of the socket, but the goodbye would get lost on its way.
        eventually(lambda: "socket connected" in caplog.text, "the socket")
    (first,) = _connections(rig.server)

    rig.server.review._publisher.disconnect(first)
    eventually(lambda: set(_connections(rig.server)) - {first}, "another connection")
    rig.answer(task, "beta", {"sum": 1})

    assert waiting.end()[0]["result"] == {"sum": 1}


def test_the_socket_takes_the_proxy_and_the_authorities_of_the_client(
    rig: Rig, origin: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    port = int(origin.rpartition(":")[2])
    tls = TLSProxy(authority.certificate(HOST), port, login="ada:p@ssword").running()
    with (
        tls as proxy,
        Client(
            f"https://{HOST}",
            443,
            "/api",
            ca_bundle=str(authority.file),
            https_proxy=f"http://ada:p%40ssword@127.0.0.1:{proxy.port}",
        ) as client,
    ):
        client.authenticate("researcher", PASSWORD)
        task = rig.create(client, "beta")
        waiting = Waiting(client, task["id"])
        websocket = "transport=websocket"
        eventually(lambda: any(websocket in line for line in proxy.seen), "the websocket")
        rig.answer(task, "beta", {"sum": 1})

        assert waiting.end()[0]["result"] == {"sum": 1}
        assert all(line.startswith(f"CONNECT {HOST}:443 ") for line in proxy.asked)


def test_without_a_socket_it_is_asked_now_and_then(rig: Rig) -> None:
    def without_socket(environ: dict[str, Any], start: Any) -> Any:
        has_socket = environ["PATH_INFO"].startswith("/socket.io")
        return (NotFound() if has_socket else rig.server.app)(environ, start)

    with serving(without_socket) as origin, Client(origin, None, "/api") as client:
        client.authenticate("researcher", PASSWORD)
        task = rig.create(client, "beta")
        waiting = Waiting(client, task["id"], interval=None)
        eventually(lambda: waiting.news, "the first pause")
        rig.answer(task, "beta", {"sum": 1})

        assert waiting.end()[0]["result"] == {"sum": 1}
        assert not waiting.news[0].has_told
        assert threads() == []
