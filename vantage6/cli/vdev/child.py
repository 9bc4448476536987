"""A process of ours in the background: started, waited for, ended with all that it started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vantage6.common.errors import V6Error

GRACE_S = 2.0
_POLL_S = 0.02
_TAIL_LINES = 20


class ChildFailed(V6Error):
    """A component of the network ended, or was not ready in time."""

    code = "child_failed"


class Child:
    """One background process, in a process group of its own.

    Parameters
    ----------
    name
        How messages call it.
    command
        Program and arguments.
    output
        File that gets everything it prints, appended.
    environment
        Variables to add to those of this process.

    Notes
    -----
    The group keeps Ctrl-C at the terminal away from it, so that it is ended in order, and lets
    `kill_group` reach the processes that it started itself.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        output: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.output = output
        self._command = list(command)
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id; None before the start."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Exit code; None while it runs."""
        return self._process.poll() if self._process else None

    def start(self, *arguments: str) -> None:
        """Start the process, this time with more arguments; a running one is left alone."""
        if self.is_running:
            return
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own command line
                [*self._command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )

    def wait_until(self, is_ready: Callable[[], bool], limit_s: float) -> None:
        """Wait for a condition that only this process can bring about.

        Raises
        ------
        ChildFailed
            When the process ends first, or the time is up; with the end of its output.
        """
        deadline = time.monotonic() + limit_s
        while not is_ready():
            if not self.is_running:
                raise ChildFailed(f"{self.name} ended with code {self.exit_code}{self.tail()}")
            if time.monotonic() > deadline:
                raise ChildFailed(f"{self.name} was not ready within {limit_s:g} s{self.tail()}")
            time.sleep(_POLL_S)

    def finish(self, limit_s: float) -> None:
        """Wait until it has done its work.

        Raises
        ------
        ChildFailed
            When it ends with an error or not in time; with the end of its output.
        """
        if not self.join(limit_s):
            self.kill_group()
            raise ChildFailed(f"{self.name} was not done within {limit_s:g} s{self.tail()}")
        if self.exit_code:
            raise ChildFailed(f"{self.name} ended with code {self.exit_code}{self.tail()}")

    def terminate(self) -> None:
        """Ask it to end; see `stop_all` for the rest."""
        if self.is_running:
            os.kill(self._started().pid, signal.SIGTERM)

    def stop(self, grace_s: float = GRACE_S) -> None:
        """End it gracefully, and by force what is left of its group after `grace_s`."""
        stop_all([self], grace_s)

    def join(self, limit_s: float) -> bool:
        """Wait for its end; False when it still runs after `limit_s`."""
        try:
            self._started().wait(max(0, limit_s))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the process at once, as a crash would; what it started goes on."""
        if self.is_running:
            self._started().kill()
            self._started().wait()

    def kill_group(self) -> None:
        """End the process and everything of its group at once."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def tail(self) -> str:
        """The end of its output, to be put behind a sentence; empty when there is none."""
        try:
            lines = self.output.read_text("utf-8", errors="replace").splitlines()[-_TAIL_LINES:]
        except FileNotFoundError:
            lines = []
        return "".join(f"\n    {line}" for line in ["; its last words:", *lines]) if lines else ""

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise ChildFailed(f"{self.name} was never started")
        return self._process


def stop_all(children: Sequence[Child], grace_s: float = GRACE_S) -> None:
    """End several gracefully and at the same time; by force what is left after `grace_s`."""
    started = [child for child in children if child.pid is not None]
    for child in started:
        child.terminate()
    deadline = time.monotonic() + grace_s
    for child in started:
        child.join(deadline - time.monotonic())
    for child in started:
        child.kill_group()
