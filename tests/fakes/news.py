"""News of runs without a socket."""

import threading
from typing import Any

from vantage6.client import Client


class FakeNews:
    """Tells nothing, or what a test lays down: for each pause, whether there is news at once.

    Whoever waits in vain does so for no time at all; how long is kept in `pauses`.
    """

    def __init__(self, *told: bool) -> None:
        self._told = list(told)
        self.has_told = False
        self.pauses: list[float] = []
        self.asked_for: list[tuple[Any, ...]] = []
        self.is_stopped = False

    def attach(self, client: Client) -> "FakeNews":
        client._connection.listen = self._start
        return self

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        has_come = self._told.pop(0) if self._told else False
        self.has_told = self.has_told or has_come
        return has_come

    def stop(self) -> None:
        self.is_stopped = True

    def _start(self, *asked: Any) -> Any:
        self.asked_for.append(asked[1:])
        return self


class Silence(FakeNews):
    """Nothing is ever told; a pause takes its time."""

    def wait(self, seconds: float) -> bool:
        threading.Event().wait(seconds)
        return super().wait(seconds)


class Interrupted(FakeNews):
    """Somebody presses Ctrl-C while it is waited."""

    def wait(self, seconds: float) -> bool:
        raise KeyboardInterrupt
