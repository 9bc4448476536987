"""A whole federation on this machine: one server and some nodes, each a process of its own.

Used by `vdev demo`, by `vdev start-demo-network`, and by the end-to-end tests.
"""

import itertools
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vantage6.cli import running
from vantage6.cli.vdev import files, sweep
from vantage6.cli.vdev.algorithms import EXAMPLES, Algorithm, example_algorithms, packages
from vantage6.cli.vdev.child import GRACE_S, Child, stop_all
from vantage6.cli.vdev.files import Runtime
from vantage6.common.contract import DEFAULT_LABEL
from vantage6.common.errors import ConfigurationError

if TYPE_CHECKING:
    from vantage6.client import Client

_START_LIMIT_S = 60
_SERVER, _NODE = "vantage6.cli.vserver.local", "vantage6.cli.vnode.local"


class DemoNetwork:
    """A server and nodes below one folder; nothing is written elsewhere.

    Parameters
    ----------
    folder
        Holds everything. Its name is part of the names of the containers. A network that is there
        already is taken as it is, and the other parameters are ignored.
    nodes
        How many organizations there are, with one node each.
    runtime
        What the nodes run algorithms with.
    encrypted
        Whether the collaboration is; then each organization gets a key.
    databases
        One CSV file per node, with the label ``default``; when left out, the example data, all of
        it. Again from the first when there are more nodes than files.
    algorithms
        What the process runtime runs besides the examples; the docker runtime needs their images.
    """

    def __init__(
        self,
        folder: Path,
        *,
        nodes: int = 3,
        runtime: Runtime = "process",
        encrypted: bool = False,
        databases: Sequence[Path] = (),
        algorithms: Sequence[Algorithm] = (),
        port: int | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self._is_new = not files.exists(self.folder)
        if self._is_new:
            data = [{DEFAULT_LABEL: file} for file in databases] or example_data()
            self.plan = files.make_plan(
                self.folder,
                list(itertools.islice(itertools.cycle(data), nodes)),
                runtime,
                encrypted=encrypted,
                algorithms=packages([*example_algorithms(), *algorithms]),
                port=port,
            )
        else:
            self.plan = files.read_plan(self.folder)
        self.server = self._child(self.plan.server, _SERVER)
        # They are started beside the server, and so wait for it.
        self.nodes = [
            self._child(member.node, _NODE, "start", "--wait") for member in self.plan.members
        ]

    @property
    def address(self) -> str:
        """Where the server listens."""
        return f"http://{files.HOST}:{self.plan.port}"

    @property
    def databases(self) -> list[Path]:
        """The CSV file of each node that has the label ``default``."""
        return [Path(member.databases[DEFAULT_LABEL]) for member in self.plan.members]

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which `Client.from_environment` is the user of the first organization."""
        variables = {
            "V6_SERVER_URL": f"{self.address}/api",
            "V6_USERNAME": self.plan.username,
            "V6_PASSWORD": self.plan.password,
        }
        key_file = self.plan.members[0].key_file
        return {**variables, "V6_PRIVATE_KEY": key_file} if key_file else variables

    def create(self) -> None:
        """Write all files and fill the database; a network that is there is left as it is."""
        if not self._is_new:
            return
        files.write(self.folder, self.plan)
        importing = self._child(self.plan.server, _SERVER, "import", str(self._entities))
        importing.start()
        importing.finish(_START_LIMIT_S)
        self._seal()

    def start(self) -> None:
        """Start everything that does not run, and wait until all of it is ready.

        Raises
        ------
        ChildFailed
            When a component is not ready in time, with the end of its log.
        """
        if self._is_new:
            # One process that imports and serves is there two seconds earlier than two.
            files.write(self.folder, self.plan)
            self.server.start("--import", str(self._entities))
        else:
            self.server.start()
        for node in self.nodes:
            node.start()
        self.wait_for_server()
        self._seal()
        for number in range(1, len(self.nodes) + 1):
            self.wait_for_node(number)

    def wait_for_server(self) -> None:
        """Wait until the server answers."""
        self.server.wait_until(self._server_answers, _START_LIMIT_S)

    def wait_for_node(self, number: int) -> None:
        """Wait until a node, counted from 1, is ready to take tasks."""
        from vantage6.node.instance import State, read_state

        node, data = self.nodes[number - 1], self.folder / self.plan.members[number - 1].node

        def is_ready() -> bool:
            # The file of a node that was killed says that it is ready; the lock knows better.
            return running.process_id(data) == node.pid and read_state(data)[0] is State.READY

        node.wait_until(is_ready, _START_LIMIT_S)

    def client(self) -> "Client":
        """Client of the user of the first organization, with its key if it has one."""
        from vantage6.client import Client

        client = Client(f"http://{files.HOST}", self.plan.port, "/api")
        client.authenticate(self.plan.username, self.plan.password)
        client.setup_encryption(self.plan.members[0].key_file)
        return client

    def stop(self) -> None:
        """Stop everything, also algorithms in the middle of their work."""
        stop_all([*self.nodes, self.server])
        for name in self._names():
            # Those that an earlier process started.
            running.stop(self.folder / name, GRACE_S)
        if self.plan.runtime == "docker":
            sweep.remove_algorithm_containers([member.node for member in self.plan.members])
        else:
            sweep.end_algorithm_processes(self.folder)

    def is_running(self) -> bool:
        """Whether any component runs, whoever started it."""
        return any(running.process_id(self.folder / name) for name in self._names())

    def logs(self) -> Iterator[Path]:
        """Files with what the components printed."""
        return (self._output(name) for name in self._names())

    def _seal(self) -> None:
        files.seal(self.folder, self.plan)
        self._is_new = False

    @property
    def _entities(self) -> Path:
        return self.folder / files.ENTITIES

    def _names(self) -> list[str]:
        return [self.plan.server, *(member.node for member in self.plan.members)]

    def _output(self, name: str) -> Path:
        return self.folder / f"{name}.out"

    def _child(self, name: str, module: str, command: str = "start", *arguments: str) -> Child:
        program = [sys.executable, "-c", f"from {module} import cli; cli()", command]
        options = ["-c", str(self.folder / f"{name}.yaml"), "-e", files.ENVIRONMENT, "--user"]
        return Child(name, [*program, *arguments, *options], self._output(name))

    def _server_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/api/health", timeout=_START_LIMIT_S):  # noqa: S310
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


def example_data() -> list[dict[str, Path]]:
    """The example data of the checkout that this code runs from: files by label, per node.

    Raises
    ------
    ConfigurationError
        When vantage6 is installed without it.
    """
    folder = EXAMPLES / "data"
    found = []
    for file in sorted(folder.glob("hospital_*.csv")):
        other = file.with_name(file.name.replace("hospital", "survival"))
        found.append({DEFAULT_LABEL: file} | ({"survival": other} if other.exists() else {}))
    if not found:
        raise ConfigurationError(
            f"there is no example data in {folder}: run this from a checkout of the"
            " source, installed with `make install`"
        )
    return found
