"""Serving: gevent's WSGI server with real websockets, and the entry point of the container image.

::

    python -m vantage6.server.wsgi --config server.yaml

Importing this module imports nothing of the server, because the standard library has to be patched
first: see `patch`.
"""

import argparse
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
from gevent import monkey
from gevent.event import Event
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from vantage6.common.echo import error, info
from vantage6.common.errors import ConfigurationError, V6Error
from vantage6.common.paths import Folders

if TYPE_CHECKING:
    from vantage6.server.app import Server

log = logging.getLogger(__name__)
_BACKLOG = 256
_GRACE_S = 1
"""How long requests may take to finish when the server stops."""
_SOCKET_PATH = "/socket.io/"


class _Handler(WSGIHandler):  # type: ignore[misc]  # gevent is untyped
    """One connection."""

    def handle_one_response(self) -> None:
        """Answer one request; a connection that became a websocket is not read any further."""
        if self._connection_upgrade_requested():
            super().handle_one_response()
            self.close_connection = True
        elif self.path.startswith(_SOCKET_PATH):
            super().handle_one_response()
        else:
            with self.server.answering():
                super().handle_one_response()


class WsgiServer(WSGIServer):  # type: ignore[misc]  # gevent is untyped
    """The server socket, which knows whether a request is being answered."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._requests = 0
        self._idle = Event()
        self._idle.set()

    def handle(self, client: Any, address: Any) -> None:
        """Serve one connection, without waiting to fill packets: that costs 40 ms per answer."""
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().handle(client, address)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request while it is answered."""
        self._requests += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._requests -= 1
            if not self._requests:
                self._idle.set()

    def finish(self) -> None:
        """Accept nothing more, let requests finish, and cut off who only listens.

        Notes
        -----
        Websockets are not closed politely: a published node that hears a goodbye never comes
        back, while one that loses its connection tries again.
        """
        self.close()
        self._idle.wait(_GRACE_S)
        self.stop(timeout=0)


def patch() -> None:
    """Make the standard library cooperative; to be called before anything else is imported."""
    monkey.patch_all()


def listen(host: str, port: int) -> socket.socket:
    """Take the address, before the server is built; the process must have been patched.

    Who connects while the server starts waits for it, instead of being refused. An address that is
    taken is told before the database is touched.

    Raises
    ------
    ConfigurationError
        When the address cannot be used.
    """
    try:
        return socket.create_server((host, port), backlog=_BACKLOG)
    except OSError as problem:
        raise ConfigurationError(
            f"cannot listen at {host}, port {port}: {problem.strerror or problem}"
        ) from problem


@contextmanager
def serving(server: "Server", listener: socket.socket) -> Iterator[WsgiServer]:
    """Answer requests inside the block; the process must have been patched.

    Parameters
    ----------
    server
        What `app.build` made.
    listener
        From `listen`; closed at the end, as is the database.
    """
    wsgi = WsgiServer(
        listener,
        server.app,
        handler_class=_Handler,
        spawn=Pool(),
        log=None,
        error_log=log,
    )
    wsgi.start()
    stopped = Event()
    gevent.spawn(server.review.until, stopped)
    try:
        yield wsgi
    finally:
        if wsgi.started:
            wsgi.finish()
        stopped.set()
        server.database.dispose()


def serve(
    server: "Server", listener: socket.socket, *, ready: Callable[[], None] | None = None
) -> None:
    """Answer requests until SIGTERM or SIGINT; the process must have been patched.

    Parameters
    ----------
    server, listener
        As `serving` takes them.
    ready
        Called once, when requests are answered.
    """
    host, port = listener.getsockname()[:2]
    with serving(server, listener) as wsgi:
        watchers = [
            gevent.signal_handler(number, wsgi.finish)
            for number in (signal.SIGTERM, signal.SIGINT)
        ]
        log.info("ready at http://%s:%s%s", host, port, server.prefix)
        try:
            if ready is not None:
                ready()
            wsgi.serve_forever()
        finally:
            for watcher in watchers:
                watcher.cancel()
    log.info("stopped")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve from a configuration file; the exit status says whether that was possible."""
    options = _parser().parse_args(arguments)
    patch()
    from vantage6.common.config.loader import load
    from vantage6.server.app import build
    from vantage6.server.config import ServerConfig

    try:
        loaded = load(options.config, ServerConfig, options.environment)
        folder = options.config.resolve().parent
        folders = Folders(folder, options.data or folder, options.log or folder)
        host = options.ip or loaded.settings.ip
        port = options.port or loaded.settings.port
        listener = listen(host, port)
        server = build(loaded, folders, scope="system")
        serve(server, listener, ready=lambda: info(f"ready at http://{host}:{port}"))
    except V6Error as problem:
        error(problem.message)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vantage6.server.wsgi", description="Start a vantage6 server."
    )
    parser.add_argument("--config", type=Path, required=True, help="configuration file")
    parser.add_argument("--environment", help="which part of the file, such as prod")
    parser.add_argument("--data", type=Path, help="folder of the database (default: the file's)")
    parser.add_argument("--log", type=Path, help="folder of the log (default: the file's)")
    parser.add_argument("--ip", help="address to listen to instead of the configured one")
    parser.add_argument("--port", type=int, help="port instead of the configured one")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
