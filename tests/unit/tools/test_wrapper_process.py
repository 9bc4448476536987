"""The wrapper as a container starts it: a process of its own, with variables and files."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.unit.tools.conftest import NAME, RunFolder, run_row, token
from vantage6.common import contract

COMMAND = (
    "import os; from vantage6.tools.docker_wrapper import docker_wrapper; "
    "docker_wrapper(os.environ['PKG_NAME'])"
)
COMMAND_OF_4_X = "from vantage6.algorithm.tools.wrap import wrap_algorithm; wrap_algorithm()"
ANSWERS = {
    ("GET", "/collaboration/7/organization"): [{"id": 1}, {"id": 2}],
    ("POST", "/task"): {"id": 21},
    ("GET", "/task/21?wait=30"): {"id": 21, "complete": True},
    ("GET", "/task/21/result"): [run_row(1, 10), run_row(2, 20)],
}


class ProxyHandler(BaseHTTPRequestHandler):
    """Answers what `ANSWERS` says to whoever brings the token of the run."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_known = self.headers["Authorization"] == f"Bearer {token()}"
        answer = ANSWERS.get((self.command, self.path)) if is_known else None
        body = json.dumps({"msg": "unknown"} if answer is None else answer).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815  # names of http.server

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def proxy_port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), ProxyHandler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(timeout=10)


def start(run: RunFolder, site: Path, command: str = COMMAND) -> subprocess.CompletedProcess[str]:
    environ = {**run.environ, "PKG_NAME": NAME, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-c", command],
        env=environ,
        cwd=run.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_central_function_asks_through_the_proxy(
    run: RunFolder, algorithm: Path, proxy_port: int
) -> None:
    run.environ[contract.HOST] = "http://127.0.0.1"
    run.environ[contract.PORT] = str(proxy_port)
    run.give({"method": "master", "master": True, "kwargs": {"column_name": "n"}}, "legacy")

    done = start(run, algorithm)

    assert (done.returncode, done.stderr) == (0, "")
    assert run.result() == {"sum": 30, "rows": 2}
    assert done.stdout.splitlines() == [
        f"info > wrapper for {NAME}",
        "info > the result is written",
    ]


def test_failing_function_ends_the_process_with_an_error(run: RunFolder, algorithm: Path) -> None:
    run.give({"method": "fail"})

    done = start(run, algorithm)

    assert (done.returncode, done.stderr) == (70, "")
    assert done.stdout.splitlines()[-1].startswith("error > the algorithm failed: ValueError")
    assert "alice" not in done.stdout
    assert run.output == b""


def test_algorithm_that_exits_well_without_a_result_has_failed(
    run: RunFolder, algorithm: Path
) -> None:
    run.give({"method": "exit", "args": [0]})

    assert start(run, algorithm).returncode == 1


def test_image_that_is_written_for_4_x_starts_as_there(run: RunFolder, algorithm: Path) -> None:
    run.give({"method": "decorated", "kwargs": {"column_name": "n"}})

    done = start(run, algorithm, COMMAND_OF_4_X)

    assert (done.returncode, done.stderr) == (0, "")
    assert run.result() == ["DecoratedClient", [1, 2]]
