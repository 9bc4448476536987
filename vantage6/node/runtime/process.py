"""Runs as plain processes of this host, for development: no isolation of any kind.

An algorithm has all rights of the user that runs the node and sees the whole network. The runtime
refuses to work where that has not been asked for.
"""

import logging
import os
import re
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from vantage6.common.errors import RuntimeUnavailable
from vantage6.common.status import TaskStatus
from vantage6.node.runtime.base import Phase, ProxyDoor, RunReport, RunSpec, StartError
from vantage6.node.runtime.data import addresses, database_files
from vantage6.node.runtime.environment import Places, run_environment
from vantage6.node.runtime.process_table import ProcessTable

log = logging.getLogger(__name__)

Command = Callable[[str], Sequence[str]]

_LOOPBACK = "127.0.0.1"
_BACKLOG = 128
_LOOK_S = 0.05
_PACKAGE = re.compile(r"\w[\w-]*(\.\w[\w-]*)*")  # with hyphens, as 3.x algorithms are named
_STOP_LIMIT_S = 5.0

# Name and folder of the package are arguments and never become part of the code. The folder comes
# into play after our own import: nothing in it can take the place of the wrapper.
_WRAPPER = """
import sys
from vantage6.tools.docker_wrapper import docker_wrapper
sys.path[:0] = sys.argv[2:]
docker_wrapper(sys.argv[1], log_traceback={log_traceback})
"""


def wrapper_command(package: str, *, log_traceback: bool = False) -> list[str]:
    """Run an algorithm package as the entry point of its image would.

    Parameters
    ----------
    package
        Name of an installed package, or the path of a package's folder.
    log_traceback
        Whether a failure shows its traceback, whose text may hold data.
    """
    folder, _, name = package.rpartition("/")
    wrapper = _WRAPPER.format(log_traceback=log_traceback)
    return [sys.executable, "-c", wrapper, name, *([folder] if folder else [])]


class ProcessRuntime:
    """Runs of one node as processes of this host.

    Parameters
    ----------
    folder
        Where the runtime keeps what it knows of its processes; one for each node.
    packages
        What stands for an image, by the image's name: the name of an installed Python package, or
        the absolute path of a package's folder.
    door
        Gets the sockets on which the proxy is asked.
    allowed
        Whether this node is for development; `check` refuses otherwise.
    command
        What is run for a package.
    path
        The only variable of this process that algorithms get, PATH.
    """

    def __init__(
        self,
        folder: Path,
        packages: Mapping[str, str],
        door: ProxyDoor,
        *,
        allowed: bool = False,
        command: Command = wrapper_command,
        path: str = os.defpath,
    ) -> None:
        self._table = ProcessTable(folder)
        self._packages = packages
        self._door = door
        self._allowed = allowed
        self._command = command
        self._path = path
        self._told: set[tuple[int, str]] = set()
        self._closing = threading.Event()
        self._watcher: threading.Thread | None = None

    def check(self) -> None:
        """Refuse outside development, and say loudly what this mode is not."""
        if os.name != "posix":
            raise RuntimeUnavailable("the process runtime needs Linux or macOS")
        if not self._allowed:
            raise RuntimeUnavailable(
                "the process runtime has no isolation and is for the environment 'dev' only; use"
                " 'runtime: docker'"
            )
        log.warning(
            "NO ISOLATION: algorithms run as processes of this host and can read and do whatever"
            " this user can; for development only"
        )

    def start(self, spec: RunSpec) -> None:
        """Start the package that stands for the image of a run."""
        if self.poll(spec.result_id).phase is Phase.RUNNING:
            raise StartError("the run is already there and runs")
        command = self._command(self._package(spec.image))
        self._table.remove(spec.result_id)
        listener = self._spawn(spec, command)
        self._door.open(spec.result_id, listener)

    def poll(self, result_id: int) -> RunReport:
        """Present phase, from the process and from the exit code that it left."""
        process = self._table.find(result_id)
        if process is None:
            return RunReport(Phase.GONE)
        exit_code = self._table.exit_code(process)
        if exit_code is None:
            return RunReport(Phase.RUNNING)
        return RunReport(Phase.FINISHED, exit_code)

    def log(self, result_id: int) -> str:
        """Output and errors, the end of them."""
        return self._table.output(result_id).decode(errors="replace")

    def kill(self, result_id: int) -> None:
        """Kill the process and all that it started."""
        process = self._table.find(result_id)
        if process is not None:
            self._table.kill(process)
        self._door.close(result_id)

    def remove(self, result_id: int) -> None:
        """Kill what is left and forget it; the files of the run stay."""
        self.kill(result_id)
        self._table.remove(result_id)

    def known(self) -> frozenset[int]:
        """Runs that have a process, or had one."""
        return frozenset(process.result_id for process in self._table)

    def adopt(self, result_id: int) -> None:
        """Let a running process reach the proxy of this process, on the port that it was told."""
        process = self._table.find(result_id)
        if process is None or self._table.exit_code(process) is not None:
            return
        try:
            self._door.open(result_id, _listening_socket(process.port))
        except OSError as error:
            log.warning("result=%s cannot reach the proxy any more: %s", result_id, error)

    def watch(self, ended: Callable[[int], None]) -> None:
        """Look at the processes; an engine that would tell of their ends does not exist."""
        self._watcher = threading.Thread(
            target=self._look, args=(ended,), name="process-ends", daemon=True
        )
        self._watcher.start()

    def close(self) -> None:
        """Stop watching."""
        self._closing.set()
        if self._watcher is not None:
            self._watcher.join(_STOP_LIMIT_S)

    def _package(self, image: str) -> str:
        package = self._packages.get(image)
        if package is None:
            raise StartError(
                f"the image {image} is not here: in development without Docker there are only"
                f" {', '.join(sorted(self._packages)) or 'no images at all'}",
                TaskStatus.NO_DOCKER_IMAGE,
            )
        if not _is_package(package):
            raise StartError(
                f"{package!r}, which stands for {image}, is neither a package's name nor the"
                " absolute path of a package's folder"
            )
        return package

    def _spawn(self, spec: RunSpec, command: Sequence[str]) -> socket.socket:
        """Start the process and return the socket on which it may speak to the proxy."""
        with ExitStack() as unless_started:
            try:
                # Listening before the process is there: nothing it asks is ever refused.
                listener = unless_started.enter_context(_listening_socket(0))
                port = int(listener.getsockname()[1])
                environment = self._environment(spec, port)
                self._table.spawn(spec.result_id, command, environment, spec.folder, port)
            except OSError as error:
                raise StartError(f"{spec.image} did not start", debug=str(error)) from error
            unless_started.pop_all()
        return listener

    def _environment(self, spec: RunSpec, port: int) -> dict[str, str]:
        places = Places(
            folder=spec.folder,
            temporary=spec.temporary,
            databases=addresses(spec, database_files(spec)),
            host=f"http://{_LOOPBACK}",
            port=port,
        )
        basics = {"PATH": self._path, "HOME": str(spec.folder), "LANG": "C.UTF-8"}
        return basics | run_environment(spec, places)

    def _look(self, ended: Callable[[int], None]) -> None:
        while not self._closing.is_set():
            for process in self._table:
                if process.key not in self._told and self._table.exit_code(process) is not None:
                    self._told.add(process.key)
                    self._door.close(process.result_id)
                    ended(process.result_id)
            self._closing.wait(_LOOK_S)


def _is_package(text: str) -> bool:
    folder, slash, name = text.rpartition("/")
    is_there = not slash or (Path(folder).is_absolute() and Path(text, "__init__.py").is_file())
    return is_there and _PACKAGE.fullmatch(name) is not None


def _listening_socket(port: int) -> socket.socket:
    return socket.create_server((_LOOPBACK, port), backlog=_BACKLOG)
