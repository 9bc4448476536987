"""Each container runtime with all that a test needs around it, under one interface.

The image (or package) of a rig runs its input as a Python program, so a test says in Python what
its algorithm does. `OBEY` is the one that every rig can play, also the fake.
"""

import base64
import json
import queue
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from tests.fakes.runtime import FakeDoor, FakeEngine, FakeRuntime
from vantage6.node.network.isolated import LoopbackGate
from vantage6.node.runtime.base import ContainerRuntime, ProxyDoor, RunSpec
from vantage6.node.runtime.docker import DockerRuntime
from vantage6.node.runtime.docker_engine import connect
from vantage6.node.runtime.docker_limits import Limits
from vantage6.node.runtime.gate import Gate
from vantage6.node.runtime.images import ImageStore
from vantage6.node.runtime.process import ProcessRuntime

DEADLINE_S = 30.0

ENTRY = "import os; exec(open(os.environ['INPUT_FILE']).read())"

PRELUDE = """
import base64, json, os, socket, sys, time

def report(**facts):
    with open(os.environ["OUTPUT_FILE"], "w") as file:
        json.dump(facts, file)

def order(name="order"):
    file = os.path.join(os.environ["TEMPORARY_FOLDER"], name)
    while not os.path.exists(file):
        time.sleep(0.01)
    return json.load(open(file))

def outcome(call):
    try:
        return call() or "done"
    except OSError as error:
        return type(error).__name__

def ask_proxy():
    host = os.environ["HOST"].removeprefix("http://")
    with socket.create_connection((host, int(os.environ["PORT"])), 5) as connection:
        return connection.makefile().readline().strip()
"""

OBEY = """
what = order()
sys.stdout.buffer.write(base64.b64decode(what["log"]))
with open(os.environ["OUTPUT_FILE"], "wb") as file:
    file.write(base64.b64decode(what["output"]))
sys.exit(what["exit_code"])
"""


class Ends:
    """Collects the ends that a runtime tells."""

    def __init__(self, runtime: ContainerRuntime) -> None:
        self._queue: queue.Queue[int] = queue.Queue()
        runtime.watch(self._queue.put)

    def next(self) -> int:
        """The next run that ends."""
        return self._queue.get(timeout=DEADLINE_S)

    def left(self) -> list[int]:
        """Ends that were told and not asked for."""
        return [self._queue.get() for _ in range(self._queue.qsize())]


class Rig(Protocol):
    """A kind of runtime, the way to make objects of it, and to give orders to its algorithms."""

    image: str
    missing_image: str

    def runtime(self, door: ProxyDoor | None = None) -> Any:
        """Another runtime object of the same node, as after a restart of its process."""
        ...

    def temporary(self, spec: RunSpec) -> Path:
        """The run's temporary folder, as this host sees it."""
        ...

    def finish(
        self, spec: RunSpec, exit_code: int = 0, output: bytes = b"", log: bytes = b""
    ) -> None:
        """Let an algorithm that obeys print, write its output and end."""
        ...

    def close(self) -> None:
        """Leave nothing behind."""
        ...


def make_spec(folder: Path, image: str, program: str, result_id: int, **options: Any) -> RunSpec:
    """A run whose input is `program`, with the files that the node's job makes."""
    run_folder, temporary = folder / f"run-{result_id}", folder / "temporary"
    run_folder.mkdir(parents=True)
    temporary.mkdir(exist_ok=True)
    (run_folder / "input").write_text(PRELUDE + program)
    (run_folder / "token").write_text(f"token-{result_id}")
    (run_folder / "output").touch()
    values: dict[str, Any] = {"run_id": 1, "temporary": temporary} | options
    return RunSpec(result_id=result_id, image=image, folder=run_folder, **values)


class FakeRig:
    """The fake engine."""

    image = "probe"
    missing_image = "nobody/made-this"

    def __init__(self) -> None:
        self._engine = FakeEngine()
        self._runtimes: list[FakeRuntime] = []
        self.door = FakeDoor()

    def runtime(self, door: ProxyDoor | None = None) -> FakeRuntime:
        runtime = FakeRuntime(door or self.door, self._engine)
        runtime.refuse(self.missing_image)
        self._runtimes.append(runtime)
        return runtime

    def temporary(self, spec: RunSpec) -> Path:
        return spec.temporary

    def finish(
        self, spec: RunSpec, exit_code: int = 0, output: bytes = b"", log: bytes = b""
    ) -> None:
        text = log.decode(errors="replace")
        self._runtimes[-1].finish(spec.result_id, exit_code, output=output, log=text)

    def close(self) -> None:
        self.door.close_all()


class RealRig:
    """What process and Docker have in common: orders are files."""

    def __init__(self) -> None:
        self.door = FakeDoor()
        self._runtimes: list[Any] = []

    def finish(
        self, spec: RunSpec, exit_code: int = 0, output: bytes = b"", log: bytes = b""
    ) -> None:
        texts = {"output": output, "log": log}
        orders = {name: base64.b64encode(text).decode() for name, text in texts.items()}
        self.order(spec, exit_code=exit_code, **orders)

    def order(self, spec: RunSpec, name: str = "order", **what: Any) -> None:
        """Answer the `order` call of an algorithm."""
        new = self.temporary(spec) / f"{name}.new"
        new.write_text(json.dumps(what))
        new.rename(new.with_suffix(""))

    def temporary(self, spec: RunSpec) -> Path:
        raise NotImplementedError

    def close(self) -> None:
        if self._runtimes:
            for result_id in self._runtimes[-1].known():
                self._runtimes[-1].remove(result_id)
        for runtime in self._runtimes:
            runtime.close()
        self.door.close_all()


class ProcessRig(RealRig):
    """Processes of this host."""

    image = "probe"
    missing_image = "nobody/made-this"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def runtime(self, door: ProxyDoor | None = None) -> ProcessRuntime:
        runtime = ProcessRuntime(
            self._folder,
            {self.image: "probe"},
            door or self.door,
            allowed=True,
            command=lambda package: [sys.executable, "-c", ENTRY, package],
        )
        self._runtimes.append(runtime)
        return runtime

    def temporary(self, spec: RunSpec) -> Path:
        return spec.temporary


class DockerRig(RealRig):
    """Containers of the engine that answers here."""

    def __init__(self, node: str, image: str, missing_image: str) -> None:
        super().__init__()
        self.node, self.image, self.missing_image = node, image, missing_image
        self.gate: Callable[[Any], Gate] = lambda _: LoopbackGate()

    def runtime(
        self, door: ProxyDoor | None = None, limits: Limits | None = None
    ) -> DockerRuntime:
        return self.runtime_on(connect(), door, limits)

    def runtime_on(
        self, engine: Any, door: ProxyDoor | None = None, limits: Limits | None = None
    ) -> DockerRuntime:
        """A runtime object with an engine's client of the test's own."""
        gate, door = self.gate(engine), door or self.door
        runtime = DockerRuntime(self.node, engine, ImageStore(engine), gate, door, limits)
        self._runtimes.append(runtime)
        return runtime

    def temporary(self, spec: RunSpec) -> Path:
        return spec.temporary / "shared"


def run_and_read(rig: RealRig, spec: RunSpec, runtime: Any = None) -> dict[str, Any]:
    """Run a program to its end and return what it reported."""
    runtime = runtime or rig.runtime()
    ends = Ends(runtime)
    runtime.start(spec)
    while ends.next() != spec.result_id:
        pass  # An earlier run of the test.
    return read_report(spec, runtime)


def read_report(spec: RunSpec, runtime: Any) -> dict[str, Any]:
    assert runtime.poll(spec.result_id).exit_code == 0, runtime.log(spec.result_id)
    report: dict[str, Any] = json.loads((spec.folder / "output").read_text())
    return report
