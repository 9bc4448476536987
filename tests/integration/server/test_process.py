"""The server as a process of its own: real HTTP, real websockets, signals."""

import http.client
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import socketio
import websocket
import yaml
from tests.integration.server.world import SECRET
from vantage6.server.wsgi import WsgiServer

pytestmark = pytest.mark.integration
DEADLINE_S = 30


@dataclass
class Process:
    """A running server."""

    popen: "subprocess.Popen[str]"
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> float:
        """Ask it to stop; the seconds that it took."""
        started = time.monotonic()
        self.popen.send_signal(signal.SIGTERM)
        self.popen.wait(DEADLINE_S)
        return time.monotonic() - started


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_config(folder: Path, **changes: Any) -> Path:
    file = folder / "hospital.yaml"
    settings = {"ip": "127.0.0.1", "port": free_port(), "uri": "sqlite:///server.sqlite"}
    settings |= {"api_path": "/api", "jwt_secret_key": SECRET, "max_body_kb": 4}
    file.write_text(yaml.safe_dump({"environments": {"test": settings | changes}}))
    return file


def start(file: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "vantage6.server.wsgi", "--config", str(file)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=file.parent
    )


def wait_for_line(popen: "subprocess.Popen[str]", wanted: str) -> str:
    """The first line with a word in it; what came before is shown when it never comes."""
    seen: list[str] = []
    too_late = threading.Timer(DEADLINE_S, popen.kill)
    too_late.start()
    for line in popen.stdout or ():
        seen.append(line)
        if wanted in line:
            too_late.cancel()
            return line
    pytest.fail("".join(seen))


@contextmanager
def running_server(folder: Path) -> Iterator[Process]:
    with start(write_config(folder)) as popen:
        line = wait_for_line(popen, "ready at http")
        yield Process(popen, int(line.rpartition(":")[2].partition("/")[0]))
        popen.terminate()


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def root(process: Process) -> Iterator[requests.Session]:
    body = {"username": "root", "password": "root"}
    with requests.Session() as session:
        answer = session.post(f"{process.origin}/api/token/user", json=body)
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield session


@pytest.fixture(scope="module")
def node_key(process: Process, root: requests.Session) -> str:
    api = f"{process.origin}/api"
    organization = root.post(f"{api}/organization", json={"name": "alpha"}).json()["id"]
    body = {"name": "study", "organization_ids": [organization]}
    collaboration = root.post(f"{api}/collaboration", json=body).json()["id"]
    node = {"organization_id": organization, "collaboration_id": collaboration}
    return str(root.post(f"{api}/node", json=node).json()["api_key"])


class NodeClient:
    """A node's socket, as python-socketio's users write it."""

    def __init__(self, process: Process, key: str, *transports: str) -> None:
        self.heard: queue.Queue[tuple[Any, ...]] = queue.Queue()
        self.client = socketio.Client(reconnection=False)
        self.client.on("*", self._hear, namespace="/tasks")
        log_in = requests.post(
            f"{process.origin}/api/token/node", json={"api_key": key}, timeout=DEADLINE_S
        )
        token = log_in.json()["access_token"]
        started = time.monotonic()
        self.client.connect(
            process.origin,
            headers={"Authorization": f"Bearer {token}"},
            namespaces=["/tasks"],
            transports=list(transports),
        )
        self.connected_after_s = time.monotonic() - started

    def _hear(self, name: str, *arguments: Any) -> None:
        self.heard.put((name, *arguments))

    def wait_for(self, name: str) -> tuple[Any, ...]:
        while (event := self.heard.get(timeout=DEADLINE_S))[0] != name:
            pass
        return event


def status_of_node(process: Process, root: requests.Session) -> str:
    return str(root.get(f"{process.origin}/api/node").json()[0]["status"])


@pytest.mark.parametrize("transports", [("websocket",), ("polling", "websocket"), ("polling",)])
def test_a_node_connects_and_hears_of_a_kill(
    process: Process, root: requests.Session, node_key: str, transports: tuple[str, ...]
) -> None:
    node = NodeClient(process, node_key, *transports)
    node.client.emit("ping", namespace="/tasks")

    assert node.client.transport() == transports[-1]
    assert node.connected_after_s < 1
    assert status_of_node(process, root) == "online"
    id_ = root.get(f"{process.origin}/api/node").json()[0]["id"]
    root.post(f"{process.origin}/api/kill/node/tasks", json={"id": id_})
    assert node.wait_for("kill_containers")[1] == {"collaboration_id": 1, "node_id": id_}

    node.client.shutdown()


def test_a_node_whose_key_is_replaced_is_told_so_and_cut_off(
    process: Process, root: requests.Session
) -> None:
    api = f"{process.origin}/api"
    organization = root.post(f"{api}/organization", json={"name": "replaced"}).json()["id"]
    body = {"name": "with a new key", "organization_ids": [organization]}
    collaboration = root.post(f"{api}/collaboration", json=body).json()["id"]
    body = {"organization_id": organization, "collaboration_id": collaboration}
    made = root.post(f"{api}/node", json=body).json()
    node = NodeClient(process, made["api_key"], "websocket")
    gone = threading.Event()
    node.client.on("disconnect", lambda *_: gone.set(), namespace="/tasks")

    root.post(f"{api}/recover/node", json={"id": made["id"]})

    assert node.wait_for("expired_token")
    assert gone.wait(DEADLINE_S)
    node.client.shutdown()


def test_a_bad_token_is_acknowledged_and_told(process: Process) -> None:
    told = threading.Event()
    client = socketio.Client(reconnection=False)
    client.on("expired_token", told.set, namespace="/tasks")

    client.connect(
        process.origin,
        headers={"Authorization": "Bearer nonsense"},
        namespaces=["/tasks"],
        transports=["websocket"],
    )

    assert told.wait(DEADLINE_S)
    client.disconnect()


def open_socket(process: Process) -> websocket.WebSocket:
    """A socket without token, which anybody can open."""
    address = f"ws://127.0.0.1:{process.port}/socket.io/?EIO=4&transport=websocket"
    opened = websocket.create_connection(address, timeout=DEADLINE_S)
    opened.send("40/tasks,")
    assert opened.recv().startswith("0")
    return opened


def test_a_socket_message_that_is_too_large_ends_the_connection(process: Process) -> None:
    opened = open_socket(process)
    while not opened.recv().startswith("40/tasks"):
        pass

    with pytest.raises((websocket.WebSocketException, OSError)):
        opened.send("x" * 3_000_000)
        while opened.recv():
            pass
        raise ConnectionResetError("closed politely")

    opened.shutdown()
    version = requests.get(f"{process.origin}/api/version", timeout=DEADLINE_S)
    assert version.status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_100_mb_is_refused_and_the_answer_arrives(
    process: Process, chunked: bool
) -> None:
    piece, pieces = b" " * 1024 * 1024, 100
    data: Any = (piece for _ in range(pieces)) if chunked else piece * pieces
    before = resident_kb(process.popen.pid)

    answer = requests.post(
        f"{process.origin}/api/token/user",
        data=data,
        headers={"Content-Type": "application/json"},
        timeout=DEADLINE_S,
    )

    assert answer.status_code == 413
    assert answer.json()["code"] == "payload_too_large"
    assert resident_kb(process.popen.pid) - before < 20_000


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


class SilentHandler:
    """Takes a connection and says nothing."""

    def __init__(self, *connection: Any) -> None:
        pass

    def handle(self) -> None:
        pass


def test_answers_do_not_wait_for_full_packets() -> None:
    # Waiting costs 40 ms per answer on a connection that is kept.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, address = listener.accept()
        server = WsgiServer(listener, handler_class=SilentHandler)

        server.handle(accepted, address)

        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        client.close()
        accepted.close()


def test_a_connection_serves_one_request_after_the_other(process: Process) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=DEADLINE_S)
    connection.connect()
    used = connection.sock

    for path in ("/api/version", "/api/nope", "/api/task", "/api/health"):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.version == 11
        assert answer.getheader("Server") is None
        assert len(answer.read()) == int(answer.getheader("Content-Length") or -1)
        assert connection.sock is used
    connection.close()


def test_the_address_with_two_slashes_leads_to_the_right_one(process: Process) -> None:
    assert requests.get(f"{process.origin}//api/version", timeout=DEADLINE_S).status_code == 200


def test_a_taken_port_is_told_and_the_process_ends(process: Process, tmp_path: Path) -> None:
    popen = start(write_config(tmp_path, port=process.port))

    output, _ = popen.communicate(timeout=DEADLINE_S)

    assert popen.returncode == 1
    assert f"port {process.port}" in output
    assert "Traceback" not in output


def test_a_wrong_configuration_is_told_and_the_process_ends(tmp_path: Path) -> None:
    popen = start(write_config(tmp_path, prot=5000, max_page_size=0))

    output, _ = popen.communicate(timeout=DEADLINE_S)

    assert popen.returncode == 1
    assert "2 problems" in output
    assert "Traceback" not in output


def test_a_server_with_an_open_socket_stops_quickly(tmp_path: Path) -> None:
    with running_server(tmp_path) as process:
        opened = open_socket(process)

        took_s = process.stop()

        opened.shutdown()
        assert took_s < 2
        assert process.popen.returncode == 0
