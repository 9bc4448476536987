"""The socket to the server: a hint that something is new, and this node's sign of life.

One thread owns the connection. It connects with a fresh token, waits until the connection is
lost, and begins again with a new client after a pause that grows; so nothing of an old connection
can get in the way of the next. Events that arrive are decoded and put in the inbox, nothing else.
Nothing is ever sent outside a connection, and nothing waits for the next one: what the server must
know is said again with each look at the open runs.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import requests
import socketio
from engineio.exceptions import EngineIOError
from socketio.exceptions import SocketIOError

from vantage6.common.errors import EventError, V6Error
from vantage6.common.events import (
    NAMESPACE,
    PING_INTERVAL_S,
    Event,
    ExpiredToken,
    Ping,
    Sender,
    heard,
)
from vantage6.common.outbound import Outbound
from vantage6.common.outbound_session import OutboundSession

log = logging.getLogger(__name__)

_ACK_LIMIT_S = 10
_REQUEST_LIMIT_S = 20
_CLOSE_LIMIT_S = 0.3  # what is not closed by then ends with the process
_LOOK_S = 5.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0


@dataclass(frozen=True, slots=True)
class SocketUp:
    """The namespace was joined."""


@dataclass(frozen=True, slots=True)
class SocketDown:
    """The connection is lost."""


class Tokens(Protocol):
    """Where the socket gets its token; an `ApiSession`."""

    @property
    def origin(self) -> str:
        """Scheme, host and port of the server."""
        ...

    def fresh_token(self) -> str:
        """A token that is valid as far as its expiry tells."""
        ...

    def refresh_token(self) -> None:
        """Get new tokens now."""
        ...


class ServerSocket:
    """The node's end of the socket.

    Parameters
    ----------
    tokens
        See `Tokens`.
    put
        Takes what arrives: an `Event`, `SocketUp` or `SocketDown`; called from several threads.
    outbound
        Proxies, and the certificate authorities to trust.
    is_verbose
        Log every packet.
    """

    def __init__(
        self,
        tokens: Tokens,
        put: Callable[[object], None],
        *,
        outbound: Outbound | None = None,
        is_verbose: bool = False,
    ) -> None:
        self._tokens = tokens
        self._put = put
        self._outbound = outbound or Outbound()
        # Without a logger of ours the library logs past our redaction, with a handler of its own.
        self._packets = logging.getLogger(f"{__name__}.packets")
        self._packets.setLevel(logging.DEBUG if is_verbose else logging.CRITICAL)
        self._stopping = threading.Event()
        self._lost = threading.Event()
        self._client: Any = None
        self._http: requests.Session | None = None
        self._sending = threading.Lock()  # the client's emit is not meant for several threads
        self._thread = threading.Thread(target=self._run, name="socket", daemon=True)

    @property
    def is_connected(self) -> bool:
        """Whether events can be sent and received now."""
        client = self._client
        return client is not None and NAMESPACE in client.namespaces and not self._lost.is_set()

    def start(self) -> None:
        """Connect, and stay connected until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Leave; returns within a second."""
        self._stopping.set()
        self._lost.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_LIMIT_S + 0.5)

    def rebuild(self) -> None:
        """Give up the present connection for a new one."""
        self._lost.set()

    def send(self, event: Event) -> bool:
        """Send an event; False when there is no connection, and the event is dropped."""
        client = self._client
        if client is None or not self.is_connected:
            return False
        try:
            with self._sending:
                client.emit(event.wire_name, event.payload(), namespace=NAMESPACE)
        except SocketIOError as error:
            log.debug("event %s was not sent: %s", event.wire_name, error)
            return False
        return True

    def _run(self) -> None:
        pause, has_new_token = _FIRST_PAUSE_S, False
        while not self._stopping.is_set():
            self._lost.clear()
            begun = time.monotonic()
            try:
                self._connect()
            except (SocketIOError, V6Error, ValueError, OSError) as error:
                was_refused = _was_refused(error)
                if was_refused and self._renew_token() and not has_new_token:
                    # The server was away and came back with another secret: this will do.
                    pause, has_new_token = _FIRST_PAUSE_S, True
                reason = error if was_refused or isinstance(error, V6Error) else "no connection"
                log.warning("no socket to the server: %s; next try in %.0f s", reason, pause)
                log.debug("%r", error)
            else:
                has_new_token = False
                self._stay()
            self._close()
            if time.monotonic() - begun > _LONGEST_PAUSE_S:
                pause = _FIRST_PAUSE_S
            # Nodes that lost the server together must not come back together.
            self._stopping.wait(pause * (0.5 + secrets.randbelow(501) / 1000))
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _connect(self) -> None:
        origin = self._tokens.origin
        self._http = OutboundSession(self._outbound, origin)
        client = socketio.Client(
            reconnection=False,
            handle_sigint=False,
            request_timeout=_REQUEST_LIMIT_S,
            http_session=self._http,
            websocket_extra_options=self._outbound.websocket_options(origin),
            logger=self._packets,
            engineio_logger=self._packets,
        )
        client.on("*", self._received, namespace=NAMESPACE)
        client.on("disconnect", self._disconnected, namespace=NAMESPACE)
        self._client = client
        client.connect(
            origin,
            headers={"Authorization": f"Bearer {self._tokens.fresh_token()}"},
            namespaces=[NAMESPACE],
            wait_timeout=_ACK_LIMIT_S,
        )

    def _stay(self) -> None:
        log.info("socket connected")
        self._put(SocketUp())
        next_ping = time.monotonic() + PING_INTERVAL_S
        # Looked at now and then as well: the library does not tell a loss during the connecting.
        while not self._stopping.is_set() and not self._lost.wait(_LOOK_S) and self.is_connected:
            if time.monotonic() >= next_ping:
                self.send(Ping())
                next_ping = time.monotonic() + PING_INTERVAL_S
        if not self._stopping.is_set():
            log.warning("socket lost")
        self._put(SocketDown())

    def _close(self) -> None:
        client, http = self._client, self._http
        self._client = self._http = None
        if client is None or http is None:
            return
        # The client waits for its reader, which may wait for a dead link.
        closing = threading.Thread(target=_shut, args=(client, http), daemon=True)
        closing.start()
        closing.join(_CLOSE_LIMIT_S)

    def _renew_token(self) -> bool:
        try:
            self._tokens.refresh_token()
        except V6Error as error:
            log.debug("no new token: %s", error)
            return False
        return True

    def _received(self, name: str, *arguments: Any) -> None:
        try:
            event = heard(Sender.SERVER, name, *arguments)
        except EventError as error:
            log.warning("%s", error)
            return
        if isinstance(event, ExpiredToken):
            self._renew_token()
            self._lost.set()
        elif event is not None:
            self._put(event)

    def _disconnected(self, *_: object) -> None:
        self._lost.set()


def _was_refused(error: Exception) -> bool:
    """Whether the server answered, but did not let us in.

    A published server answers a bad token with silence, and ours after a change of its secret with
    a refusal: in neither case the failure says that it was the token.
    """
    is_network = isinstance(error.__cause__, EngineIOError)
    return isinstance(error, SocketIOError) and not is_network


def _shut(client: Any, http: requests.Session) -> None:
    try:
        client.disconnect()
        if client.eio.ws is not None:
            client.eio.ws.shutdown()  # the library leaves it open when the server went away
    except (SocketIOError, OSError, ValueError) as error:
        log.debug("the socket was not closed cleanly: %s", error)
    http.close()
