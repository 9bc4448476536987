"""Container runtimes for tests: one that behaves, and some that misbehave, each in its own way.

The suite in tests/contract/test_runtime.py binds `FakeRuntime` to what the real ones do.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vantage6.common import contract
from vantage6.common.errors import RuntimeUnavailable
from vantage6.common.status import TaskStatus
from vantage6.node.runtime.base import Phase, ProxyDoor, RunReport, RunSpec, StartError

KILLED = 137
DEADLINE_S = 10.0


class FakeDoor:
    """A proxy door that only remembers; `opened` has every id that was ever opened, in order."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.listeners: dict[int, socket.socket] = {}

    @property
    def open_for(self) -> frozenset[int]:
        return frozenset(self.listeners)

    def open(self, result_id: int, listener: socket.socket) -> None:
        self.close(result_id)
        self.opened.append(result_id)
        self.listeners[result_id] = listener

    def close(self, result_id: int) -> None:
        listener = self.listeners.pop(result_id, None)
        if listener is not None:
            listener.close()

    def close_all(self) -> None:
        for result_id in list(self.listeners):
            self.close(result_id)


@dataclass
class FakeRun:
    """A run at the fake engine."""

    spec: RunSpec
    report: RunReport = field(default_factory=lambda: RunReport(Phase.RUNNING))
    log: str = ""
    told: bool = False


@dataclass
class FakeEngine:
    """What outlives a runtime object, as a container engine outlives a node."""

    runs: dict[int, FakeRun] = field(default_factory=dict)
    refused: dict[str, StartError] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


class FakeRuntime:
    """Runs that a test ends with `finish`; everything happens in the caller's thread.

    Give the `engine` of one to the next to play a restart of the node.
    """

    def __init__(self, door: ProxyDoor | None = None, engine: FakeEngine | None = None) -> None:
        self.engine = engine or FakeEngine()
        self.started: list[RunSpec] = []
        self.adopted: list[int] = []
        self._door = door
        self._ended: Callable[[int], None] | None = None

    # --- for the test ---

    def finish(
        self,
        result_id: int,
        exit_code: int = 0,
        *,
        output: bytes | None = None,
        log: str = "",
        reason: str | None = None,
    ) -> None:
        """The algorithm wrote its output, printed its log and ended."""
        run = self.engine.runs[result_id]
        if output is not None:
            (run.spec.folder / contract.OUTPUT).write_bytes(output)
        run.log = log
        self._end(run, RunReport(Phase.FINISHED, exit_code, reason))

    def lose(self, result_id: int) -> None:
        """Somebody removed the container behind the node's back."""
        run = self.engine.runs.pop(result_id)
        self._end(run, RunReport(Phase.GONE))

    def refuse(self, image: str, status: TaskStatus = TaskStatus.NO_DOCKER_IMAGE) -> None:
        """Runs of this image cannot be started."""
        self.engine.refused[image] = StartError(f"no image {image}", status)

    # --- the protocol ---

    def check(self) -> None:
        pass

    def start(self, spec: RunSpec) -> None:
        with self.engine.lock:
            if self.poll(spec.result_id).phase is Phase.RUNNING:
                raise StartError("the run is already there and runs")
            if spec.image in self.engine.refused:
                raise self.engine.refused[spec.image]
            self.started.append(spec)
            self.engine.runs[spec.result_id] = FakeRun(spec)
        self._open_door(spec.result_id)

    def poll(self, result_id: int) -> RunReport:
        run = self.engine.runs.get(result_id)
        return run.report if run else RunReport(Phase.GONE)

    def log(self, result_id: int) -> str:
        run = self.engine.runs.get(result_id)
        return run.log if run else ""

    def kill(self, result_id: int) -> None:
        run = self.engine.runs.get(result_id)
        if run and run.report.phase is Phase.RUNNING:
            self._end(run, RunReport(Phase.FINISHED, KILLED))

    def remove(self, result_id: int) -> None:
        self.kill(result_id)
        self.engine.runs.pop(result_id, None)
        self._close_door(result_id)

    def known(self) -> frozenset[int]:
        return frozenset(self.engine.runs)

    def adopt(self, result_id: int) -> None:
        self.adopted.append(result_id)
        if self.poll(result_id).phase is Phase.RUNNING:
            self._open_door(result_id)

    def watch(self, ended: Callable[[int], None]) -> None:
        with self.engine.lock:
            self._ended = ended
            for run in list(self.engine.runs.values()):
                # An end is told once per runtime object, also one of an earlier object's time.
                run.told = False
                if run.report.phase is Phase.FINISHED:
                    self._tell(run)

    def close(self) -> None:
        self._ended = None

    def _end(self, run: FakeRun, report: RunReport) -> None:
        with self.engine.lock:
            run.report = report
            self._close_door(run.spec.result_id)
            self._tell(run)

    def _tell(self, run: FakeRun) -> None:
        if self._ended is not None and not run.told:
            run.told = True
            self._ended(run.spec.result_id)

    def _open_door(self, result_id: int) -> None:
        if self._door is not None:
            self._door.open(result_id, socket.create_server(("127.0.0.1", 0)))

    def _close_door(self, result_id: int) -> None:
        if self._door is not None:
            self._door.close(result_id)


class SlowRuntime(FakeRuntime):
    """Takes its time to start, as an image that is being pulled: until the test says `go`."""

    def __init__(self, door: ProxyDoor | None = None, engine: FakeEngine | None = None) -> None:
        super().__init__(door, engine)
        self._starting: set[int] = set()
        self._go = threading.Event()
        self._begun = threading.Event()

    def go(self) -> None:
        """Let all starts go on, now and from now on."""
        self._go.set()

    def await_start(self) -> None:
        """Return when a start has begun."""
        if not self._begun.wait(DEADLINE_S):
            raise AssertionError("nothing was started")

    def start(self, spec: RunSpec) -> None:
        self._starting.add(spec.result_id)
        self._begun.set()
        if not self._go.wait(DEADLINE_S):
            raise AssertionError("the test never said go")
        self._starting.discard(spec.result_id)
        super().start(spec)

    def poll(self, result_id: int) -> RunReport:
        if result_id in self._starting:
            return RunReport(Phase.RUNNING)
        return super().poll(result_id)


class DyingRuntime(FakeRuntime):
    """Stops answering when the test says `die`, as an engine that was stopped; runs go on."""

    def __init__(self, door: ProxyDoor | None = None, engine: FakeEngine | None = None) -> None:
        super().__init__(door, engine)
        self._dead = False

    def die(self) -> None:
        self._dead = True

    def revive(self) -> None:
        """Answer again, and tell what ended in the meantime."""
        self._dead = False
        for run in list(self.engine.runs.values()):
            if run.report.phase is Phase.FINISHED:
                self._tell(run)

    @contextmanager
    def dead(self) -> Iterator[None]:
        """Dead for the length of a block."""
        self.die()
        yield
        self.revive()

    def check(self) -> None:
        self._answer()

    def start(self, spec: RunSpec) -> None:
        self._answer()
        super().start(spec)

    def poll(self, result_id: int) -> RunReport:
        self._answer()
        return super().poll(result_id)

    def log(self, result_id: int) -> str:
        self._answer()
        return super().log(result_id)

    def kill(self, result_id: int) -> None:
        self._answer()
        super().kill(result_id)

    def remove(self, result_id: int) -> None:
        self._answer()
        super().remove(result_id)

    def known(self) -> frozenset[int]:
        self._answer()
        return super().known()

    def _tell(self, run: FakeRun) -> None:
        if not self._dead:
            super()._tell(run)

    def _answer(self) -> None:
        if self._dead:
            raise RuntimeUnavailable("the engine does not answer")
