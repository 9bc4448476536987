"""The node as a process of its own, with algorithms as processes."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.fakes.waiting import eventually
from tests.integration.node.conftest import STOP_LIMIT_S, RealServer
from tests.integration.server.world import IMAGE
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.node.app import ExitCode
from vantage6.node.instance import State, read_state

PROGRAM = """
import sys
from pathlib import Path
from vantage6.common.config.loader import load
from vantage6.common.paths import Folders
from vantage6.node.app import run
from vantage6.node.config import NodeConfig

folder = Path(sys.argv[1])
folders = Folders(folder, folder / "data", folder / "log")
sys.exit(run(load(folder / "node.yaml", NodeConfig), folders))
"""

# Works until the file that it is told exists, so that the test decides when it ends.
ALGORITHM = """
import os, time

def RPC_wait(data, gate):
    print("algorithm: waiting")
    while not os.path.exists(gate):
        time.sleep(0.05)
    return {"rows": len(data)}
"""


class NodeProcess:
    """A node of the third organization, whose algorithm waits for a gate to open."""

    def __init__(self, server: RealServer, folder: Path) -> None:
        self.folder, self.data, self.gate = folder, folder / "data", folder / "gate"
        self.key = server.world.keys["gamma"]
        (folder / "waiting_algorithm.py").write_text(ALGORITHM)
        (folder / "data.csv").write_text("a\n1\n2\n")
        settings: dict[str, Any] = {
            "api_key": self.key,
            "server_url": "http://127.0.0.1",
            "port": server.port,
            "runtime": "process",
            "process_algorithms": {IMAGE: "waiting_algorithm"},
            "algorithm_env": {"PYTHONPATH": str(folder)},
            "databases": {"default": str(folder / "data.csv")},
        }
        config = yaml.safe_dump({"environments": {"dev": settings}})
        (folder / "node.yaml").write_text(config)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.folder / "log" / "node_dev_user.log").read_text()

    def start(self) -> None:
        with (self.folder / "out").open("ab") as output:
            command = [sys.executable, "-c", PROGRAM, str(self.folder)]
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        eventually(lambda: read_state(self.data)[0] is State.READY, "the node to be ready")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def signal(self, number: int) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(10)
        self._process = None
        return code

    def close(self) -> None:
        self.gate.touch()
        if self._process is not None:
            self.signal(signal.SIGKILL)


@pytest.fixture
def node(server: RealServer, tmp_path: Path) -> Iterator[NodeProcess]:
    made = NodeProcess(server, tmp_path)
    yield made
    made.close()


def post(server: RealServer, node: NodeProcess) -> int:
    text = f'json.{{"method": "wait", "master": false, "kwargs": {{"gate": "{node.gate}"}}}}'
    (run,) = server.post_task("gamma", input=bytes_to_base64s(text.encode()))
    server.await_status(run, "active")
    return run


def test_a_node_that_is_killed_in_mid_task_delivers_the_result_once(
    server: RealServer, node: NodeProcess
) -> None:
    node.start()
    run = post(server, node)

    node.signal(signal.SIGKILL)
    node.start()
    node.gate.touch()

    row = server.await_status(run, "completed")
    assert base64s_to_bytes(row["result"]) in (b'{"rows": 2}', b'json.{"rows": 2}')
    assert row["log"].count("algorithm: waiting") == 1
    assert f"adopted task={server.run(run)['task']['id']} result={run}" in node.log


def test_a_node_stops_at_once_and_leaves_running_algorithms_alone(
    server: RealServer, node: NodeProcess
) -> None:
    node.start()
    run = post(server, node)
    begun = time.monotonic()

    code = node.signal(signal.SIGTERM)

    assert time.monotonic() - begun < STOP_LIMIT_S
    assert code == ExitCode.STOPPED
    assert read_state(node.data) == (None, "")
    assert server.run(run)["status"] == "active"
    assert node.key not in node.log
    assert "READY node=" in node.log
