"""What the scripts of the manual need: a terminal, a server that listens, nodes that compute.

Server and nodes are in this process. The nodes run the example algorithm with the tools of an
algorithm container; it speaks to the server where its node's proxy would be, which is the same
while nothing is encrypted.
"""

import io
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import yaml
from tests.compat.client.nodes import PlayedNode
from tests.compat.client.servers import RunningServer
from tests.integration.client.container import ContainerFailed, run_container
from vantage6.common import contract
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.server import startup
from vantage6.server.app import create_app
from vantage6.server.config import ServerConfig
from vantage6.server.fixture_file import load
from vantage6.server.fixtures import import_fixtures
from werkzeug.serving import make_server

SECRET = "a secret that is long enough for the server and its tokens"
OWNER_SETS = {"MINIMUM_ROWS": "2"}
"""``algorithm_env`` of the nodes: the manual's data are few."""
_LOOK_S = 0.05


class Terminal:
    """A Python terminal in a folder of its own; see `tests.compat.client.published.Console`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = ""
        """What the last script printed."""
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def run(self, script: str, during_pause: Callable[[], object] | None = None) -> None:
        self.names["pause"] = during_pause
        output = io.StringIO()
        with redirect_stdout(output), self._own_modules():
            exec(compile(script, "<script>", "exec"), self.names)  # noqa: S102  # our own tests
        self.printed = output.getvalue()

    def value(self, expression: str) -> Any:
        return eval(expression, self.names)  # noqa: S307  # our own tests

    @contextmanager
    def _own_modules(self) -> Iterator[None]:
        """The folder's ``config`` is found, and nobody else's."""
        sys.path.insert(0, str(self.folder))
        try:
            yield
        finally:
            sys.path.remove(str(self.folder))
            sys.modules.pop("config", None)


@contextmanager
def listening_server(
    folder: Path, entities: dict[str, Any] | None = None, api_path: str = "/api"
) -> Iterator[RunningServer]:
    """A server on this machine, with some entities in it."""
    settings = ServerConfig(
        uri=f"sqlite:///{folder}/server.sqlite", jwt_secret_key=SECRET, api_path=api_path
    )
    server = create_app(settings, folder)
    startup.prepare(server.database, "test")
    if entities is not None:
        file = folder / "entities.yaml"
        file.write_text(yaml.safe_dump(entities))
        with server.database.begin():
            import_fixtures(load(file))
    http = make_server("127.0.0.1", 0, server.app, threaded=True)
    threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield RunningServer(http.server_port, api_path)
    finally:
        http.shutdown()
        http.server_close()
        server.database.dispose()


class Site:
    """A node with one CSV file, which runs the algorithms of a Python package.

    Parameters
    ----------
    node
        Its place at the server.
    csv
        The database.
    image
        Name of the package that the image would hold, and where it is.
    folder
        Where the files of its runs are.
    """

    def __init__(self, node: PlayedNode, csv: Path, image: tuple[str, Path], folder: Path) -> None:
        self.node, self._csv, self._image, self._folder = node, csv, image, folder

    def open_runs(self) -> list[dict[str, Any]]:
        query = {"state": "open", "include": "task", "node_id": self.node.id}
        runs: list[dict[str, Any]] = self.node.call("get", "result", params=query)
        return runs

    def work(self, run: dict[str, Any]) -> None:
        """Run the algorithm as its container would, and report the result."""
        files = {name: self._folder / f"{run['id']}-{name}" for name in ("input", "output")}
        files["token"] = self._folder / f"{run['id']}-token"
        files["input"].write_bytes(base64s_to_bytes(run["input"]))
        task = run["task"]
        wanted = {"task_id": task["id"], "image": task["image"]}
        token = self.node.call("post", "token/container", json=wanted)["container_token"]
        files["token"].write_text(token)
        address, _, path = self.node.api.removeprefix("http://").partition("/")
        host, _, port = address.partition(":")
        environ = {
            contract.INPUT_FILE: str(files["input"]),
            contract.OUTPUT_FILE: str(files["output"]),
            contract.TOKEN_FILE: str(files["token"]),
            contract.HOST: f"http://{host}",
            contract.PORT: port,
            contract.API_PATH: f"/{path}",
            contract.REQUESTED_LABEL: contract.DEFAULT_LABEL,
            contract.database_uri(contract.DEFAULT_LABEL): str(self._csv),
            **OWNER_SETS,
        }
        run_container(*self._image, environ)
        self.node.report(run, result=bytes_to_base64s(files["output"].read_bytes()))

    def work_or_fail(self, run: dict[str, Any]) -> None:
        """The same; a container that fails is reported."""
        try:
            self.work(run)
        except ContainerFailed as failure:
            self.node.report(run, status="crashed", result="", log=str(failure))


def work(sites: Sequence[Site]) -> None:
    """Do everything that is open at some nodes, and what comes of it, until nothing is left."""
    at_work: dict[int, Future[None]] = {}
    with ThreadPoolExecutor(16) as pool:
        # What is open is found before a run is seen to have ended: nothing slips in between.
        while found := [(site, run) for site in sites for run in site.open_runs()]:
            for site, run in found:
                if run["id"] not in at_work:
                    at_work[run["id"]] = pool.submit(site.work, run)
            for ended in wait(at_work.values(), _LOOK_S).done:
                ended.result()
