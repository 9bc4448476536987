"""A real server in a process of its own, and nodes with a fake runtime in this one."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.fakes.runtime import FakeEngine, FakeRuntime
from tests.fakes.waiting import eventually
from tests.integration.server.world import IMAGE, PASSWORD, SECRET, Template, World
from vantage6.common.api_session import ApiSession
from vantage6.common.config.loader import Loaded
from vantage6.common.encoding import bytes_to_base64s
from vantage6.common.errors import ServerUnreachable
from vantage6.common.paths import Folders
from vantage6.node import instance
from vantage6.node.app import ExitCode, Node
from vantage6.node.config import NodeConfig
from vantage6.node.runtime.base import ProxyDoor

STOP_LIMIT_S = 2.0


class RealServer:
    """The server, which may be stopped and started again at the same address."""

    def __init__(self, folder: Path, uri: str, world: World) -> None:
        self.world = world
        self._file = folder / "server.yaml"
        self._settings = {"uri": uri, "jwt_secret_key": SECRET, "api_path": "/api"}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self.researcher, self.root = self.session(), self.session()

    def session(self) -> ApiSession:
        return ApiSession("http://127.0.0.1", self.port, "/api")

    def start(self, **changes: Any) -> None:
        self._settings.update(changes)
        self._file.write_text(yaml.safe_dump({"environments": {"test": self._settings}}))
        command = [sys.executable, "-m", "vantage6.server.wsgi", "--config", str(self._file)]
        with (self._file.parent / "server.out").open("ab") as output:
            self._process = subprocess.Popen(
                [*command, "--port", str(self.port)], stdout=output, stderr=output
            )
        eventually(self._answers, "the server to answer")
        credentials = {"username": "researcher", "password": PASSWORD}
        self.researcher.log_in("token/user", credentials, remember=True)
        self.root.log_in("token/user", {"username": "root", "password": "root"}, remember=True)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(10)
            self._process = None

    def post_task(self, *organizations: str, **changes: Any) -> list[int]:
        """Ids of the runs of a new task, in the order of the organizations."""
        ids = [self.world.organizations[name] for name in organizations]
        text = changes.pop("input", bytes_to_base64s(b'json.{"method": "average"}'))
        body = {
            "name": "t",
            "image": IMAGE,
            "collaboration_id": self.world.collaborations["study"],
            "organizations": [{"id": i, "input": text} for i in ids],
        }
        task = self.researcher.post("task", body | changes)
        runs = self.researcher.get(f"task/{task['id']}/result")
        by_organization = {_id(run["organization"]): run["id"] for run in runs}
        return [by_organization[i] for i in ids]

    def kill(self, task_id: int) -> None:
        self.root.post("kill/task", {"id": task_id})

    def run(self, result_id: int) -> dict[str, Any]:
        row: dict[str, Any] = self.researcher.get(f"result/{result_id}")
        return row

    def await_status(self, result_id: int, status: str) -> dict[str, Any]:
        eventually(lambda: self.run(result_id)["status"] == status, f"{result_id} {status}")
        return self.run(result_id)

    def is_online(self, node: str) -> bool:
        row = self.researcher.get(f"node/{self.world.nodes[node]}")
        return bool(row["status"] == "online")

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise AssertionError((self._file.parent / "server.out").read_text())
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)):
                return False
        try:
            self.researcher.get("health")
        except ServerUnreachable:
            return False
        return True


def _id(value: Any) -> int:
    return int(value["id"] if isinstance(value, dict) else value)


class DoorRuntime(FakeRuntime):
    """Tells the port on which a run finds its proxy."""

    def __init__(self, door: ProxyDoor, engine: FakeEngine) -> None:
        super().__init__(door, engine)
        self.ports: dict[int, int] = {}

    def _open_door(self, result_id: int) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.ports[result_id] = listener.getsockname()[1]
        assert self._door is not None
        self._door.open(result_id, listener)


class RunningNode:
    """A node in a thread; `restart` keeps its data and its engine."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.data = folder / "data"
        self.folders = Folders(folder, self.data, folder / "log")
        self.settings = settings
        self.engine = FakeEngine()
        self.exit_code: ExitCode | None = None
        self.runtime: DoorRuntime
        self._thread = threading.Thread()

    def start(self) -> None:
        loaded = Loaded(NodeConfig(**self.settings), "test", self.folders.config / "node.yaml")
        self._node = Node(loaded, self.folders, self._make_runtime)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def await_ready(self) -> None:
        ready = instance.State.READY
        eventually(lambda: instance.read_state(self.data)[0] is ready, "the node to be ready")

    def await_exit(self) -> ExitCode:
        self._thread.join(10)
        assert self.exit_code is not None
        return self.exit_code

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        self._node.stop()
        self._thread.join(STOP_LIMIT_S)
        assert not self._thread.is_alive(), "the node takes too long to stop"

    def restart(self) -> None:
        self.stop()
        self.start()
        self.await_ready()

    def await_start(self, result_id: int) -> None:
        eventually(lambda: result_id in self.engine.runs, f"run {result_id} to start")

    def token(self, result_id: int) -> str:
        return (self.engine.runs[result_id].spec.folder / "token").read_text()

    def _run(self) -> None:
        self.exit_code = self._node.run()

    def _make_runtime(self, _loaded: Any, _data: Path, door: ProxyDoor) -> FakeRuntime:
        self.runtime = DoorRuntime(door, self.engine)
        return self.runtime


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(f"sqlite:///{tmp_path_factory.mktemp('node')}/server.sqlite")


@contextmanager
def copied(template: Template, folder: Path) -> Iterator[RealServer]:
    with template.copy(folder) as uri:
        made = RealServer(folder, uri, template.world)
        yield made
        made.stop(signal.SIGKILL)
        made.researcher.close()
        made.root.close()


@pytest.fixture(scope="session")
def shared_server(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealServer]:
    with copied(template, tmp_path_factory.mktemp("shared")) as made:
        made.start()
        yield made


@pytest.fixture
def server(shared_server: RealServer) -> Iterator[RealServer]:
    """A server that other tests use too; no run stays open for them."""
    yield shared_server
    for run in shared_server.root.get("result", {"state": "open", "include": "task"}):
        shared_server.kill(run["task"]["id"])


@pytest.fixture
def own_server(template: Template, tmp_path: Path) -> Iterator[RealServer]:
    """A server that a test may stop and start; it is not started."""
    with copied(template, tmp_path) as made:
        yield made


MakeNode = Callable[..., RunningNode]


@pytest.fixture
def make_node(tmp_path: Path) -> Iterator[MakeNode]:
    made: list[RunningNode] = []

    def make(server: RealServer, name: str = "alpha", **changes: Any) -> RunningNode:
        settings = {
            "api_key": server.world.keys[name],
            "server_url": "http://127.0.0.1",
            "port": server.port,
            "reconcile_seconds": 30,
        }
        folder = tmp_path / f"node-{name}"
        folder.mkdir()
        made.append(RunningNode(folder, settings | changes))
        return made[-1]

    yield make
    for node in made:
        node.stop()


@pytest.fixture
def node(server: RealServer, make_node: MakeNode) -> RunningNode:
    """The node of alpha, ready."""
    made = make_node(server)
    made.start()
    made.await_ready()
    return made
