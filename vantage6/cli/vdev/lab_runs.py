"""How algorithms run in a lab: as processes, with everything they print shown as it comes."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

import click

from vantage6.common.config.loader import Loaded
from vantage6.node.config import NodeConfig
from vantage6.node.runtime.base import ContainerRuntime, ProxyDoor, RunReport, RunSpec, StartError
from vantage6.node.runtime.process import ProcessRuntime, wrapper_command

_LOOK_S = 0.1
_COLOURS = ("cyan", "magenta", "green", "blue", "yellow")


class Screen:
    """Where the lab shows what happens, a whole line at a time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._colours: dict[str, str] = {}

    def say(self, text: str = "") -> None:
        """Show a text."""
        with self._lock:
            click.echo(text, file=self._stream)

    def line(self, node: str, result_id: int, text: str) -> None:
        """Show a line about a run of a node."""
        number = len(self._colours)
        colour = self._colours.setdefault(node, _COLOURS[number % len(_COLOURS)])
        self.say(f"{click.style(f'{node} run {result_id}', fg=colour)} | {text}")


def make_runtime(
    node: str, packages: Mapping[str, str], screen: Screen
) -> Callable[[Loaded[NodeConfig], Path, ProxyDoor], ContainerRuntime]:
    """What a node builds its runtime with.

    Parameters
    ----------
    node
        How the node is called on the screen.
    packages
        Path of the package for the name of an image.
    screen
        Gets what the algorithms print.
    """

    def make(_: Loaded[NodeConfig], data: Path, door: ProxyDoor) -> ContainerRuntime:
        runtime = ProcessRuntime(
            data / "processes", packages, door, allowed=True, command=algorithm_command
        )
        return ShownRuntime(runtime, node, screen)

    return make


def algorithm_command(package: str) -> Sequence[str]:
    """Run a package, with the traceback of a failure in its log.

    Without bytecode: that of a file which was changed twice in a second may be the old one, and
    an author does not want it in the source.
    """
    python, *rest = wrapper_command(package, log_traceback=True)
    return [python, "-B", *rest]


class ShownRuntime:
    """Another runtime, of which starts, output and ends are shown on a screen.

    Parameters
    ----------
    runtime
        Does the work.
    node
        How the node is called on the screen.
    screen
        Where to show it.
    """

    def __init__(self, runtime: ContainerRuntime, node: str, screen: Screen) -> None:
        self._runtime = runtime
        self._node = node
        self._screen = screen
        self._shown: dict[int, int] = {}
        self._started: dict[int, float] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._follower: threading.Thread | None = None

    def check(self) -> None:
        """As the other one."""
        self._runtime.check()

    def start(self, spec: RunSpec) -> None:
        """Start a run; also a refusal is shown."""
        self._line(spec.result_id, f"starts: {spec.image}")
        try:
            self._runtime.start(spec)
        except StartError as error:
            self._line(spec.result_id, f"did not start: {error.message}")
            raise
        with self._lock:
            self._started[spec.result_id] = time.monotonic()
            self._shown[spec.result_id] = 0

    def poll(self, result_id: int) -> RunReport:
        """As the other one."""
        return self._runtime.poll(result_id)

    def log(self, result_id: int) -> str:
        """As the other one."""
        return self._runtime.log(result_id)

    def kill(self, result_id: int) -> None:
        """As the other one."""
        self._runtime.kill(result_id)

    def remove(self, result_id: int) -> None:
        """Forget a run, when all of its output has been shown."""
        self._show(result_id, is_over=True)
        self._runtime.remove(result_id)

    def known(self) -> frozenset[int]:
        """As the other one."""
        return self._runtime.known()

    def adopt(self, result_id: int) -> None:
        """As the other one."""
        self._runtime.adopt(result_id)

    def watch(self, ended: Callable[[int], None]) -> None:
        """Follow the output, and tell ends when they have been shown."""

        def tell(result_id: int) -> None:
            self._show(result_id, is_over=True)
            ended(result_id)

        self._runtime.watch(tell)
        self._follower = threading.Thread(target=self._follow, name="output", daemon=True)
        self._follower.start()

    def close(self) -> None:
        """Stop following."""
        self._closing.set()
        if self._follower is not None:
            self._follower.join()
        self._runtime.close()

    def _follow(self) -> None:
        while not self._closing.wait(_LOOK_S):
            for result_id in list(self._shown):
                self._show(result_id)

    def _show(self, result_id: int, *, is_over: bool = False) -> None:
        with self._lock:
            if result_id not in self._shown:
                return
            text = self._runtime.log(result_id)[self._shown[result_id] :]
            # The rest of a line may follow, unless nothing more can come.
            whole = text if is_over else text[: text.rfind("\n") + 1]
            for line in whole.splitlines():
                self._line(result_id, line)
            self._shown[result_id] += len(whole)
            if is_over:
                del self._shown[result_id]
                self._line(result_id, self._end(result_id))

    def _end(self, result_id: int) -> str:
        code = self._runtime.poll(result_id).exit_code
        seconds = time.monotonic() - self._started.pop(result_id)
        return f"ended with code {code} after {seconds:.1f} s"

    def _line(self, result_id: int, text: str) -> None:
        self._screen.line(self._node, result_id, text)
