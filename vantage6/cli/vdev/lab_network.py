"""What a lab consists of: the real server and real nodes, as threads of this process.

The process has been patched by gevent, as that of any server: its threads take turns. Only the
algorithms are processes of their own.
"""

import dataclasses
import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from vantage6.cli.vdev import files, sweep
from vantage6.cli.vdev.child import ChildFailed
from vantage6.cli.vdev.files import Member, Plan
from vantage6.cli.vdev.lab_algorithms import LabAlgorithms
from vantage6.cli.vdev.lab_runs import Screen, make_runtime
from vantage6.cli.vdev.network import example_data
from vantage6.common.config.blocks import Logging
from vantage6.common.config.loader import load
from vantage6.common.contract import DEFAULT_LABEL
from vantage6.common.errors import InvalidInput
from vantage6.common.logs import configure_logging
from vantage6.common.paths import Folders
from vantage6.node.app import Node
from vantage6.node.config import NodeConfig
from vantage6.node.instance import State, read_state
from vantage6.server.app import Server, create_app
from vantage6.server.config import ServerConfig
from vantage6.server.fixtures import import_fixtures
from vantage6.server.fixtures import load as load_fixtures
from vantage6.server.startup import prepare
from vantage6.server.wsgi import serving

LOG_FILE = "lab.log"
_DEFAULT_NODES = 3
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 5.0
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class LabWishes:
    """What the options of the command say."""

    nodes: int | None = None
    data: Sequence[Path] = ()
    algorithms: Sequence[Path] = ()
    encrypted: bool = False
    port: int | None = None
    keep: bool = False


def make_plan(folder: Path, wishes: LabWishes, algorithms: LabAlgorithms) -> Plan:
    """Who takes part, on which port, with which files.

    Raises
    ------
    InvalidInput
        When there are no files, or fewer than nodes.
    ConfigurationError
        When there is no example data.
    """
    plan = files.make_plan(
        folder,
        databases(wishes.data, wishes.nodes),
        "process",
        encrypted=wishes.encrypted,
        algorithms=algorithms.examples,
    )
    return dataclasses.replace(plan, port=wishes.port) if wishes.port else plan


def databases(given: Sequence[Path], nodes: int | None) -> list[dict[str, Path]]:
    """The files of each node by label: those that were given, or the example data.

    Raises
    ------
    InvalidInput
        When files were given and there are more nodes than files.
    """
    if not given:
        wanted = nodes or _DEFAULT_NODES
        return list(itertools.islice(itertools.cycle(example_data()), wanted))
    found = [file for path in given for file in _csv_files(path)]
    if not found or (nodes or 0) > len(found):
        raise InvalidInput(
            f"{len(found)} CSV files for {nodes or 'any'} nodes: each node needs one of its own"
        )
    return [{DEFAULT_LABEL: file} for file in found[:nodes]]


@contextmanager
def running(
    folder: Path,
    plan: Plan,
    listener: socket.socket,
    algorithms: LabAlgorithms,
    screen: Screen,
    go_on: Callable[[], None],
) -> Iterator[None]:
    """A server and its nodes, ready at the begin of the block and gone after it.

    Parameters
    ----------
    folder
        Holds the files of the plan.
    plan
        From `make_plan`.
    listener
        At the port of the plan.
    algorithms
        What stands for images.
    screen
        Shows what the algorithms do.
    go_on
        Called while waiting; raises to give up.

    Raises
    ------
    ChildFailed
        When a node does not get ready; says why.
    """
    with ExitStack() as stack:
        log_file = folder / LOG_FILE
        secrets = [plan.password, *(member.api_key for member in plan.members)]
        configure_logging(Logging(use_console=False), log_file, secrets)
        stack.enter_context(serving(_server(folder, plan), listener))
        stack.callback(sweep.end_algorithm_processes, folder)
        nodes = [LabNode(folder, member, algorithms, screen) for member in plan.members]
        stack.callback(_stop, nodes)
        for node in nodes:
            node.start()
        for node in nodes:
            node.wait(go_on)
        yield


class LabNode:
    """A node in a thread of this process."""

    def __init__(
        self, folder: Path, member: Member, algorithms: LabAlgorithms, screen: Screen
    ) -> None:
        self.name = member.name
        self._data = folder / member.node
        loaded = load(folder / f"{member.node}.yaml", NodeConfig, files.ENVIRONMENT)
        runtime = make_runtime(member.name, algorithms, screen)
        self._node = Node(loaded, Folders(folder, self._data, self._data), runtime)
        self._thread = threading.Thread(target=self._node.run, name=member.node, daemon=True)

    def start(self) -> None:
        """Start it; `wait` says when it is ready."""
        self._thread.start()

    def wait(self, go_on: Callable[[], None]) -> None:
        """Wait until it takes tasks.

        Raises
        ------
        ChildFailed
            When it does not, with the reason.
        """
        state, reason = read_state(self._data)
        waits = 0
        while state is not State.READY:
            go_on()
            if not self._thread.is_alive() or waits * _LOOK_S > _START_LIMIT_S:
                raise ChildFailed(f"the node of {self.name} did not get ready: {reason or state}")
            self._thread.join(_LOOK_S)
            waits += 1
            state, reason = read_state(self._data)

    def ask_to_stop(self) -> None:
        """Have it end soon."""
        self._node.stop()

    def join(self) -> None:
        """Wait for its end, for a while."""
        self._thread.join(_STOP_LIMIT_S)


def _stop(nodes: Sequence[LabNode]) -> None:
    for node in nodes:
        node.ask_to_stop()
    for node in nodes:
        node.join()


def _server(folder: Path, plan: Plan) -> Server:
    """The server with its database filled."""
    loaded = load(folder / f"{plan.server}.yaml", ServerConfig, files.ENVIRONMENT)
    data = folder / plan.server
    data.mkdir()
    server = create_app(loaded.settings, data)
    prepare(server.database, loaded.environment)
    fixtures = load_fixtures(folder / files.ENTITIES)
    with server.database.begin():
        import_fixtures(fixtures)
    return server


def _csv_files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.glob("*.csv"))
    if path.suffix.lower() != ".csv":
        raise InvalidInput(f"{path} is no CSV file: its name does not end with .csv")
    return [path]
