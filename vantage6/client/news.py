"""The socket to the server while a task is waited for: it tells when to ask again.

It is a hint and no more. Whoever waits asks now and then in any case, because a server may have no
socket that is reached from here, or may tell this user nothing: rooms of published servers hear of
runs only where the user may see events of the whole collaboration. So a socket is relied on only
after it has told something, see `News.has_told`.

Nothing is connected, and no library imported for it, before something has to be waited for.
"""

import logging
import threading
from collections.abc import Collection
from typing import Any

from vantage6.client.logs import log
from vantage6.common.api_session import ApiSession
from vantage6.common.errors import EventError, V6Error
from vantage6.common.events import (
    NAMESPACE,
    AlgorithmStatusChange,
    Event,
    ExpiredToken,
    Sender,
    StatusUpdate,
    heard,
)
from vantage6.common.outbound_session import OutboundSession

_ACK_LIMIT_S = 10
_REQUEST_LIMIT_S = 20
_CLOSE_LIMIT_S = 0.3  # what is not closed by then ends when the server answers, or the process
_LOOK_S = 5.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0


class News:
    """Hears of the runs of one task, in a thread of its own.

    Parameters
    ----------
    api
        Whose login, proxies and authorities are used.
    task_id
        The task.
    run_ids
        Its runs; None when they are not known, so that news of any run counts.
    """

    def __init__(self, api: ApiSession, task_id: int, run_ids: Collection[int] | None) -> None:
        self._api = api
        self._task_id, self._run_ids = task_id, run_ids
        self._changed = threading.Event()
        self._lost = threading.Event()
        self._stopping = threading.Event()
        self.has_told = False
        """Whether something came over the present connection, so that more will."""
        self._thread = threading.Thread(target=self._listen, name="news", daemon=True)

    def start(self) -> None:
        """Connect, and stay connected until `stop`."""
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until there is news; says whether there was."""
        has_come = self._changed.wait(seconds)
        self._changed.clear()
        return has_come

    def stop(self) -> None:
        """Leave; returns within a second."""
        self._stopping.set()
        self._lost.set()
        self._thread.join(_CLOSE_LIMIT_S)

    def _listen(self) -> None:
        # Here, because they take half as long as all the rest of the client.
        import socketio
        from socketio.exceptions import SocketIOError

        pause = _FIRST_PAUSE_S
        while True:
            # In this order: whoever stops us in between is seen by one of the two.
            self._lost.clear()
            if self._stopping.is_set():
                return
            with OutboundSession(self._api.outbound, self._api.origin) as http:
                client = self._make_client(socketio.Client, http)
                try:
                    self._connect(client)
                    # The library does not tell a loss during the connecting.
                    while NAMESPACE in client.namespaces and not self._lost.wait(_LOOK_S):
                        pass
                    if self.has_told:
                        pause = _FIRST_PAUSE_S
                except (SocketIOError, V6Error, ValueError, OSError) as error:
                    log.debug("no socket to the server, asking without it: %r", error)
                self.has_told = False
                _shut(client)
            self._stopping.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _make_client(self, kind: Any, http: OutboundSession) -> Any:
        # Without a logger of ours the library adds a handler of its own, and warns of each end.
        packets = logging.getLogger(f"{__name__}.packets")
        packets.setLevel(logging.CRITICAL)
        client = kind(
            reconnection=False,  # it would come back with a token that has expired by then
            handle_sigint=False,  # Ctrl-C belongs to the script
            request_timeout=_REQUEST_LIMIT_S,
            http_session=http,
            websocket_extra_options=self._api.outbound.websocket_options(self._api.origin),
            logger=packets,
            engineio_logger=packets,
        )
        client.on("*", self._received, namespace=NAMESPACE)
        client.on("disconnect", lambda *_: self._lost.set(), namespace=NAMESPACE)
        return client

    def _connect(self, client: Any) -> None:
        client.connect(
            self._api.origin,
            headers={"Authorization": f"Bearer {self._api.fresh_token()}"},
            namespaces=[NAMESPACE],
            wait_timeout=_ACK_LIMIT_S,
        )
        # What happened while there was no connection was told to nobody.
        self._changed.set()
        log.debug("socket connected")

    def _received(self, name: str, *arguments: Any) -> None:
        try:
            event = heard(Sender.SERVER, name, *arguments)
        except EventError as error:
            log.debug("%s", error)
            return
        if isinstance(event, ExpiredToken):
            self._lost.set()
        elif event is not None and self._concerns(event):
            self.has_told = True
            self._changed.set()

    def _concerns(self, event: Event) -> bool:
        if isinstance(event, AlgorithmStatusChange):
            return event.task_id == self._task_id
        if not isinstance(event, StatusUpdate):
            return False
        return self._run_ids is None or event.result_id in self._run_ids


def listen(api: ApiSession, task_id: int, run_ids: Collection[int] | None) -> News:
    """News of a task from now on."""
    news = News(api, task_id, run_ids)
    news.start()
    return news


def _shut(client: Any) -> None:
    """Close a connection, however far it came."""
    from socketio.exceptions import SocketIOError

    websocket = client.eio.ws
    try:
        if websocket is not None:
            # Its polite end waits up to 3 s for the answer, which the reading thread may have got.
            websocket.abort()
        client.disconnect()
        if websocket is not None:
            websocket.shutdown()
    except (SocketIOError, OSError, ValueError) as error:
        log.debug("the socket was not closed cleanly: %r", error)
