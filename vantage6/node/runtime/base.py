"""What the node needs of a container runtime; free of the words of any one engine.

A *run* is one result row, known by its `result_id`. A runtime carries it through these phases:

=============  =================================================================================
``RUNNING``    the algorithm works
``FINISHED``   it ended; exit code, log and output can be read, any number of times
``GONE``       the runtime knows nothing about it: never started, or removed from outside
=============  =================================================================================
"""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from vantage6.common.errors import RunRefused
from vantage6.common.status import TaskStatus


class Phase(Enum):
    """Where a run stands, as its runtime sees it."""

    RUNNING = "running"
    FINISHED = "finished"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Database:
    """A data source of the node, as an algorithm asks for it.

    `uri` is a path on this host, or an address that is passed on as it is; `kind` is the 3.x type
    (csv, parquet, sql, …) or None for configurations that name none.
    """

    label: str
    uri: str
    kind: str | None = None

    @property
    def path(self) -> Path | None:
        """File or folder on this host; None when `uri` is an address."""
        path = Path(self.uri)
        return path.resolve() if "://" not in self.uri and path.exists() else None


@dataclass(frozen=True, slots=True)
class RunSpec:
    """Everything a runtime needs to start one run.

    `folder` holds the files ``input`` and ``token`` and an empty ``output``, all of this run only;
    `temporary` is shared by all runs with the same `run_id` (the tree of a task) on this node.
    `requested_label` is the database that the task asked for, None when the node has no such one.
    """

    result_id: int
    run_id: int
    image: str
    folder: Path
    temporary: Path
    databases: tuple[Database, ...] = ()
    requested_label: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a runtime knows about a run; `exit_code` is None unless it finished.

    `reason` is what the engine says beside the exit code, such as "out of memory", and `image`
    what exactly ran under the image's name; both are safe to show.
    """

    phase: Phase
    exit_code: int | None = None
    reason: str | None = None
    image: str | None = field(default=None, compare=False)


class StartError(RunRefused):
    """The run could not be started; `status` is the final state that says why."""

    code = "start_failed"

    def __init__(
        self,
        message: str,
        status: TaskStatus = TaskStatus.START_FAILED,
        *,
        debug: str | None = None,
    ) -> None:
        super().__init__(message, debug=debug)
        self.status = status


class ProxyDoor(Protocol):
    """Where a runtime hands over the sockets on which an algorithm may speak to its node."""

    def open(self, result_id: int, *listeners: socket.socket) -> None:
        """Serve the proxy on the first listening socket until `close`; opening again replaces.

        Further sockets are for the exits of the node, in their order.
        """
        ...

    def close(self, result_id: int) -> None:
        """Stop serving; closing the unknown is fine."""
        ...


class ContainerRuntime(Protocol):
    """Starts, watches and ends runs; every method may be called at any moment, for any id.

    Any method raises `RuntimeUnavailable` while the engine does not answer: that says nothing
    about a run, so ask again later. A run that is being started is RUNNING.
    """

    def check(self) -> None:
        """Refuse to go on where runs cannot be started as promised.

        Raises
        ------
        RuntimeUnavailable
            With what is missing and how to get it.
        """
        ...

    def start(self, spec: RunSpec) -> None:
        """Start a run and return as soon as it runs.

        Raises
        ------
        StartError
            When it does not run; nothing of it is left behind.
        """
        ...

    def poll(self, result_id: int) -> RunReport:
        """Present phase of a run; never raises for an unknown one."""
        ...

    def log(self, result_id: int) -> str:
        """What the algorithm printed so far, as text whatever the bytes; empty when unknown."""
        ...

    def kill(self, result_id: int) -> None:
        """End a run now; its container stays readable. Killing the unknown is fine.

        A start that waits for something, such as an image, is given up with StartError.
        """
        ...

    def remove(self, result_id: int) -> None:
        """Forget a run and free what it held; removing the unknown is fine."""
        ...

    def known(self) -> frozenset[int]:
        """Runs of this node that the runtime has, also those of an earlier process."""
        ...

    def adopt(self, result_id: int) -> None:
        """Take over a run of an earlier process: its proxy door is opened again."""
        ...

    def watch(self, ended: Callable[[int], None]) -> None:
        """Call `ended` with the id of each run that ends, from any thread, until `close`.

        Runs that ended before, also while no node was there, are told at once. Each end is told
        one time. Called once per object; `ended` must not raise.
        """
        ...

    def close(self) -> None:
        """Let go of the engine; runs go on."""
        ...
