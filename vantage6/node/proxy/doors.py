"""Doors to the proxy: a server of its own on the socket of each run."""

import logging
import socket
import threading
from typing import Any

import waitress
from waitress import wasyncore
from waitress.task import ThreadedTaskDispatcher

from vantage6.node.proxy.app import create_app
from vantage6.node.proxy.routes import Routes

log = logging.getLogger(__name__)

_MOST_THREADS = 64  # of one door; each may wait for a task, and others must still get through
_CLOSE_LIMIT_S = 2.0
_NOBODY = ""  # no digest is an empty text


class Proxy:
    """Opens and closes doors, and knows who may come through which.

    Parameters
    ----------
    routes
        What a container may ask.

    Notes
    -----
    Implements `vantage6.node.runtime.base.ProxyDoor`; may be used from several threads.
    """

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._lock = threading.Lock()
        self._guests: dict[int, str] = {}
        self._doors: dict[int, _Door] = {}

    def admit(self, result_id: int, token_digest: str) -> None:
        """Let a run in, with this token only; said before its door is opened."""
        with self._lock:
            self._guests[result_id] = token_digest

    def dismiss(self, result_id: int) -> None:
        """Let a run in no more, and close its door."""
        with self._lock:
            self._guests.pop(result_id, None)
        self.close(result_id)

    def open(self, result_id: int, listener: socket.socket) -> None:
        """Serve the run on a listening socket, which belongs to the proxy from now on."""
        self.close(result_id)
        with self._lock:
            digest = self._guests.get(result_id, _NOBODY)
            self._doors[result_id] = _Door(self._routes, digest, listener)
        log.debug("proxy door open result=%s", result_id)

    def close(self, result_id: int) -> None:
        """Stop serving a run; closing the unknown is fine."""
        with self._lock:
            door = self._doors.pop(result_id, None)
        if door is not None:
            door.close()

    def close_all(self) -> None:
        """Stop serving."""
        for result_id in list(self._doors):
            self.close(result_id)


class _Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress has no types
    """Has a thread for each request at the same time, up to a limit, and none before the first."""

    def add_task(self, task: Any) -> None:
        """Called by the one thread that waits on the sockets."""
        with self.lock:
            count = len(self.threads)
            idle = count - self.stop_count - self.active_count
            is_short = len(self.queue) >= idle
        if is_short and count < _MOST_THREADS:
            self.set_thread_count(count + 1)
        super().add_task(task)


class _Door:
    def __init__(self, routes: Routes, token_digest: str, listener: socket.socket) -> None:
        self._map: dict[int, Any] = {}
        self._server = waitress.create_server(
            create_app(routes, token_digest),
            sockets=[listener],
            threads=1,
            map=self._map,
            asyncore_use_poll=True,  # select() cannot count beyond 1024 files of the node
            ident=None,  # no word about the software
            clear_untrusted_proxy_headers=True,
        )
        self._server.task_dispatcher.set_thread_count(0)
        self._server.task_dispatcher = _Dispatcher()
        self._thread = threading.Thread(target=self._serve, name="proxy", daemon=True)
        self._thread.start()

    def close(self) -> None:
        # Only the thread that waits on the sockets may close them.
        try:
            self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._map))
        except OSError:
            log.debug("a door of the proxy was closed already")
        self._thread.join(_CLOSE_LIMIT_S)

    def _serve(self) -> None:
        self._server.run()
        # Each thread ends after the request that it answers; nobody waits for it.
        self._server.task_dispatcher.set_thread_count(0)
