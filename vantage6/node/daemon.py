"""The node at work: one inbox, one thread that owns the state, workers for everything slow.

Whoever has news puts it in the inbox: the socket, the runtime, timers and workers. The thread
takes one after the other, asks the state what follows and gives that to workers, which put what
came of it in the inbox again. Whatever goes wrong in the work for one run becomes news about it.

The socket only hints. What is to be done is in the server's list of open runs, which is asked for
at the start, at each connection, soon after a start was postponed, and at least every
`reconcile_s` seconds.
"""

import heapq
import itertools
import logging
import queue
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, singledispatchmethod
from typing import Any, Protocol, TypeAlias

from vantage6.common.events import (
    AlgorithmStatusChange,
    Event,
    KillContainers,
    NewTask,
    NodeInfoUpdate,
    StatusUpdate,
)
from vantage6.node.crew import Crew
from vantage6.node.housekeeping import Housekeeping
from vantage6.node.runs import (
    Command,
    KillAsked,
    Listed,
    OpenRun,
    Postponed,
    RunArrived,
    Started,
    StateEvent,
)
from vantage6.node.server_api import Me
from vantage6.node.server_socket import SocketDown, SocketUp
from vantage6.node.state import NodeState
from vantage6.node.work import Work

log = logging.getLogger(__name__)

Inbox: TypeAlias = "queue.SimpleQueue[object]"
_LONGEST_PAUSE_S = 30.0
_SILENCE_LIMIT = 5  # times `reconcile_s`: then the connection is made anew


class RunList(Protocol):
    """Where the open runs are listed."""

    def open_runs(self, node_id: int, task_id: int | None = None) -> tuple[OpenRun, ...]:
        """Runs of a node that have not ended, of one task or of all."""
        ...


class Socket(Protocol):
    """The daemon's side of the socket."""

    @property
    def is_connected(self) -> bool:
        """Whether events can be sent now."""
        ...

    def send(self, event: Event) -> bool:
        """Send an event; False when it was dropped."""
        ...

    def rebuild(self) -> None:
        """Give up the present connection for a new one."""
        ...


def _nothing() -> None:
    """What is done where nobody wants to be told."""


@dataclass(frozen=True, slots=True)
class DaemonSettings:
    """Who the node is, how it behaves, and whom it tells.

    `shared` is what it tells the server about itself, empty for nothing. `on_ready` is called
    once, when the node is connected and has seen its open runs; `on_change` when something changed
    at the server, for those who wait for a task.
    """

    me: Me
    concurrent: int = 4
    reconcile_s: float = 60
    shared: dict[str, Any] = field(default_factory=dict)
    on_ready: Callable[[], None] = _nothing
    on_change: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Stop:
    """The node must stop; containers go on and are found again at the next start."""


@dataclass(frozen=True, slots=True)
class _Reconcile:
    """It is time to look at the open runs."""


@dataclass(frozen=True, slots=True)
class _LookAgain:
    """A start was postponed some seconds ago."""


@dataclass(frozen=True, slots=True)
class _ListingDone:
    """The look at the open runs is over, with or without an answer."""

    was_answered: bool


@dataclass(frozen=True, slots=True)
class _Due:
    """A command that failed may be tried again."""

    command: Command


class Daemon:
    """Takes news, decides, has it done.

    Parameters
    ----------
    work
        Carries out commands.
    housekeeping
        Keeps the disk clean.
    runs
        The server's list.
    socket
        For what the node says.
    inbox
        Where news arrive: events of the socket and of the state, and `Stop`.
    settings
        See `DaemonSettings`.
    clock
        Seconds that never go back.
    """

    def __init__(
        self,
        work: Work,
        housekeeping: Housekeeping,
        runs: RunList,
        socket: Socket,
        inbox: Inbox,
        settings: DaemonSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work = work
        self._housekeeping = housekeeping
        self._runs = runs
        self._socket = socket
        self._settings = settings
        self._clock = clock
        self._state = NodeState(settings.concurrent)
        self._inbox = inbox
        self._crew = Crew(work, inbox.put)
        self._timers: list[tuple[float, int, object]] = []
        self._order = itertools.count()
        self._is_listing = self._must_list = self._is_ready = self._will_look_again = False
        self._looks_in_vain = 0
        self._last_answer = clock()

    def run(self) -> None:
        """Work until `Stop` is in the inbox."""
        try:
            for event in self._work.recall():
                self._react(event)
            self._react(_Reconcile())
            while not isinstance(news := self._next(), Stop):
                try:
                    self._react(news)
                except Exception:  # the border: no news may end the node
                    log.exception("unexpected error; the node goes on")
        finally:
            self._crew.stop()

    def _next(self) -> object:
        """Whatever comes next: a timer that is due, or news."""
        while True:
            wait = self._timers[0][0] - self._clock() if self._timers else None
            if wait is not None and wait <= 0:
                return heapq.heappop(self._timers)[2]
            try:
                return self._inbox.get(timeout=wait)
            except queue.Empty:
                continue

    def _later(self, delay_s: float, news: object) -> None:
        heapq.heappush(self._timers, (self._clock() + delay_s, next(self._order), news))

    # --- news ---------------------------------------------------------------------------------

    @singledispatchmethod
    def _react(self, news: Any) -> None:
        """Anything that is not listed below is for the state."""
        self._follow(news)

    def _follow(self, news: StateEvent) -> None:
        for command in self._state.handle(news):
            attempt = getattr(command, "attempt", 0)
            if attempt:
                self._later(_pause_s(attempt), _Due(command))
            else:
                self._crew.carry_out(command)

    @_react.register
    def _(self, news: Postponed) -> None:
        self._follow(news)
        if not self._will_look_again:
            self._will_look_again = True
            self._looks_in_vain += 1
            self._later(_pause_s(self._looks_in_vain), _LookAgain())

    @_react.register
    def _(self, _news: _LookAgain) -> None:
        self._will_look_again = False
        self._reconcile()

    @_react.register
    def _(self, _news: Event) -> None:
        """Other events of the server are for people and their programs."""

    @_react.register
    def _(self, news: Started) -> None:
        self._looks_in_vain = 0
        self._follow(news)

    @_react.register
    def _(self, news: NewTask) -> None:
        self._crew.ask_server("look up a new task", partial(self._look_up, news.task_id))

    @_react.register
    def _(self, news: KillContainers) -> None:
        me = self._settings.me
        if news.collaboration_id != me.collaboration_id:
            return
        if news.node_id == me.node_id:
            self._react(KillAsked())
        for entry in news.kill_list:
            if entry.organization_id == me.organization_id:
                self._react(KillAsked(entry.result_id))

    @_react.register(StatusUpdate)
    @_react.register(AlgorithmStatusChange)
    def _(self, _news: Event) -> None:
        self._settings.on_change()

    @_react.register
    def _(self, _news: SocketUp) -> None:
        self._settings.on_change()  # whatever changed meanwhile was told to nobody
        self._reconcile()

    @_react.register
    def _(self, _news: SocketDown) -> None:
        log.debug("runs go on without the socket")

    @_react.register
    def _(self, _news: _Reconcile) -> None:
        self._later(self._settings.reconcile_s, _Reconcile())
        if self._clock() - self._last_answer > _SILENCE_LIMIT * self._settings.reconcile_s:
            log.error("no answer from the server for a long time; connecting anew")
            self._last_answer = self._clock()
            self._socket.rebuild()
        self._reconcile()

    @_react.register
    def _(self, news: _ListingDone) -> None:
        self._is_listing = False
        if news.was_answered:
            self._last_answer = self._clock()
            if not self._is_ready and self._socket.is_connected:
                self._is_ready = True
                self._settings.on_ready()
        if self._must_list:
            self._reconcile()

    @_react.register
    def _(self, news: _Due) -> None:
        self._crew.carry_out(news.command)

    # --- looking at the open runs -------------------------------------------------------------

    def _reconcile(self) -> None:
        """Say hello and look at the open runs; one look at a time."""
        self._must_list = self._is_listing
        if self._is_listing:
            return
        self._is_listing = True
        if self._settings.shared:
            self._socket.send(NodeInfoUpdate(self._settings.shared))
        running, trees = self._state.running(), self._state.trees()
        self._crew.ask_server("look at the open runs", self._list)
        self._crew.ask_server("clean up", partial(self._housekeeping.sweep, trees))
        self._crew.ask_runtime("look at the containers", partial(self._look_after, running))

    def _list(self) -> None:
        was_answered = False
        try:
            self._inbox.put(Listed(self._runs.open_runs(self._settings.me.node_id)))
            was_answered = True
        finally:
            self._inbox.put(_ListingDone(was_answered))

    def _look_up(self, task_id: int) -> None:
        for run in self._runs.open_runs(self._settings.me.node_id, task_id):
            self._inbox.put(RunArrived(run))

    def _look_after(self, running: frozenset[int]) -> None:
        """Find ends that the runtime did not tell."""
        for event in self._work.look(running):
            self._inbox.put(event)


def _pause_s(attempt: int) -> float:
    """Seconds before something is tried again, at random so that nodes do not come all at once."""
    longest = min(2.0 ** min(attempt - 1, 10), _LONGEST_PAUSE_S)
    return longest * (0.5 + secrets.randbelow(501) / 1000)
