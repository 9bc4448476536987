"""Carries bytes between the exits inside the networks of runs and what is behind them here.

One thread with an event loop does it for all runs. A run may have so many connections at a time;
the next one waits, so that no algorithm can use up the files of the node's process.
"""

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from vantage6.node.network.exits import Exit
from vantage6.node.network.isolated import close
from vantage6.node.network.unix_socket import short_address

log = logging.getLogger(__name__)

_CONNECTIONS = 64  # of one run
_CHUNK_BYTES = 256 * 1024
_PAUSE_S = 0.2
_LIMIT_S = 5.0


@dataclass(slots=True)
class _Run:
    """What the loop does for one run; `told` are the exits whose silence was logged already."""

    result_id: int
    free: asyncio.Semaphore
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    told: set[str] = field(default_factory=set)


class Relay:
    """Serves the exits of runs.

    Parameters
    ----------
    exits
        In the order in which their listening sockets come.
    connections
        Most connections of one run at the same time.

    Notes
    -----
    All methods may be called from any thread; before `start` and after `stop` nothing is served.
    """

    def __init__(self, exits: Sequence[Exit], connections: int = _CONNECTIONS) -> None:
        self._exits = tuple(exits)
        self._connections = connections
        self._runs: dict[int, _Run] = {}  # of the loop's thread
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Be ready for runs; without exits there is nothing to be ready for."""
        if self._exits:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="relay")
            self._thread.daemon = True
            self._thread.start()

    def stop(self) -> None:
        """Close everything."""
        for result_id in list(self._runs):
            self.close(result_id)
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None and self._thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join(_LIMIT_S)
            loop.close()

    def open(self, result_id: int, *listeners: socket.socket) -> None:
        """Serve a run on its listening sockets, which belong to the relay from now on."""
        if not self._carry_out(self._open(result_id, listeners)):
            close(listeners)

    def close(self, result_id: int) -> None:
        """Cut off a run; closing the unknown is fine."""
        self._carry_out(self._close(result_id))

    def _carry_out(self, what: Coroutine[Any, Any, None]) -> bool:
        with self._lock:
            if self._loop is not None:
                asyncio.run_coroutine_threadsafe(what, self._loop).result(_LIMIT_S)
                return True
        what.close()
        return False

    # --- in the thread of the loop ----------------------------------------------------------

    async def _open(self, result_id: int, listeners: Sequence[socket.socket]) -> None:
        await self._close(result_id)
        run = _Run(result_id, asyncio.Semaphore(self._connections))
        for exit_, listener in zip(self._exits, listeners, strict=True):
            listener.setblocking(False)
            _begin(run, listener, _serve(run, exit_, listener))
        self._runs[result_id] = run

    async def _close(self, result_id: int) -> None:
        run = self._runs.pop(result_id, None)
        if run is not None:
            await _end(run.tasks)


class Door(Protocol):
    """Where algorithms speak to the proxy."""

    def open(self, result_id: int, listener: socket.socket) -> None:
        """Serve a run on its listening socket."""
        ...

    def close(self, result_id: int) -> None:
        """Stop serving."""
        ...


class RunDoors:
    """Hands the first socket of a run to the proxy, and the others to the relay.

    Implements `vantage6.node.runtime.base.ProxyDoor`.

    Parameters
    ----------
    proxy
        Serves the first socket.
    relay
        Serves the others.
    """

    def __init__(self, proxy: Door, relay: Relay) -> None:
        self._proxy = proxy
        self._relay = relay

    def open(self, result_id: int, *listeners: socket.socket) -> None:
        """Serve a run until `close`."""
        for_proxy, *for_exits = listeners
        self._relay.open(result_id, *for_exits)
        self._proxy.open(result_id, for_proxy)

    def close(self, result_id: int) -> None:
        """Stop serving."""
        self._relay.close(result_id)
        self._proxy.close(result_id)


async def _end(tasks: set["asyncio.Task[None]"]) -> None:
    while tasks:  # An accepting task may have made another one meanwhile.
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        tasks.difference_update([task for task in tasks if task.done()])


async def _serve(run: _Run, exit_: Exit, listener: socket.socket) -> None:
    while True:
        await run.free.acquire()
        await _ready(listener)
        try:
            visitor, _ = listener.accept()
        except OSError as error:
            run.free.release()
            if not isinstance(error, BlockingIOError):  # Too many open files: that passes.
                log.warning("result=%s cannot be let out: %s", run.result_id, error)
                await asyncio.sleep(_PAUSE_S)
        else:
            _begin(run, visitor, _carry(run, exit_, visitor)).add_done_callback(
                lambda _: run.free.release()
            )


async def _ready(listener: socket.socket) -> None:
    # The loop's own `sock_accept` loses a connection when it is cancelled at that very moment.
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(listener, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(listener)


def _begin(
    run: _Run, owned: socket.socket, what: Coroutine[Any, Any, None]
) -> "asyncio.Task[None]":
    """A task of a run; its socket is closed in the end, also when it never took a first step."""
    task = asyncio.create_task(what)
    run.tasks.add(task)
    task.add_done_callback(run.tasks.discard)
    task.add_done_callback(lambda _: owned.close())
    return task


async def _carry(run: _Run, exit_: Exit, visitor: socket.socket) -> None:
    """One connection, from its beginning to its end."""
    visitor.setblocking(False)
    with socket.socket(socket.AF_INET if exit_.find else socket.AF_UNIX) as target:
        target.setblocking(False)
        try:
            await _reach(target, exit_)
        except OSError as error:
            _tell(run, exit_, error)
            return
        if visitor.family == socket.AF_INET:
            visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await _both_ways(visitor, target)


def _tell(run: _Run, exit_: Exit, error: OSError) -> None:
    # Once per run: what an algorithm repeats must not fill the log.
    if exit_.host not in run.told:
        run.told.add(exit_.host)
        log.warning(
            "result=%s asks for %s:%s, which cannot be reached now: %s",
            *(run.result_id, exit_.host, exit_.port, error.strerror or error),
        )


async def _reach(target: socket.socket, exit_: Exit) -> None:
    if exit_.find is None:
        await _connect(target, exit_.socket)
        return
    address = await asyncio.to_thread(exit_.find)
    connecting = asyncio.get_running_loop().sock_connect(target, (address, exit_.port))
    try:
        await asyncio.wait_for(connecting, _LIMIT_S)
    except asyncio.TimeoutError as error:
        raise OSError(errno.ETIMEDOUT, "it does not answer") from error


async def _connect(target: socket.socket, path: Path) -> None:
    with short_address(path) as address:
        while True:
            try:
                target.connect(address)
            except BlockingIOError:  # Its queue is full. There is nothing to wait on.
                await asyncio.sleep(_PAUSE_S)
            else:
                return


async def _both_ways(one: socket.socket, other: socket.socket) -> None:
    directions = {
        asyncio.create_task(_pump(one, other)),
        asyncio.create_task(_pump(other, one)),
    }
    try:
        # Each side may end its half by itself, as HTTP/1.0 does; a broken one ends both.
        await asyncio.wait(directions, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await _end(directions)


async def _pump(source: socket.socket, target: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(source, _CHUNK_BYTES):
        await loop.sock_sendall(target, data)
    with suppress(OSError):  # The other side has closed already.
        target.shutdown(socket.SHUT_WR)
