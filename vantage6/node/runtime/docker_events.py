"""Ends of containers as the engine tells them, without asking again and again."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from docker.errors import DockerException
from requests.exceptions import RequestException

from vantage6.common.errors import RuntimeUnavailable

log = logging.getLogger(__name__)

Labels = Mapping[str, str]

_STOP_LIMIT_S = 5.0


class EndWatcher:
    """Tells each end of a container once, also those that happened while nobody listened.

    First it listens, then it asks what has ended already, so that no end falls in between.
    It does so anew whenever the stream breaks, such as at a restart of the engine.

    Parameters
    ----------
    engine
        Docker's API client.
    labels
        Labels of the containers to watch.
    finished
        Containers that have ended and are still there: their ids and their labels.
    ended
        Is called with the labels of each container that ended; must not raise.
    retry_s
        How long to wait after the stream broke.
    """

    def __init__(
        self,
        engine: Any,
        labels: Labels,
        finished: Callable[[], Iterable[tuple[str, Labels]]],
        ended: Callable[[Labels], None],
        retry_s: float = 1.0,
    ) -> None:
        self._engine = engine
        self._filters = {
            "type": "container",
            "event": "die",
            "label": [f"{name}={value}" for name, value in labels.items()],
        }
        self._finished = finished
        self._ended = ended
        self._retry_s = retry_s
        self._told: set[str] = set()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._stream: Any = None
        self._thread = threading.Thread(target=self._run, name="docker-events", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End watching; returns when nothing is told any more."""
        with self._lock:
            self._closing.set()
            if self._stream is not None:
                self._stream.close()
        self._thread.join(_STOP_LIMIT_S)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._follow()
            except (DockerException, RequestException, RuntimeUnavailable) as error:
                log.warning("the events of the Docker engine cannot be had: %s", error)
            self._closing.wait(self._retry_s)

    def _follow(self) -> None:
        # The engine answers a moment before it begins to listen, hence the explicit beginning.
        since = f"{time.time():.9f}"
        stream = self._engine.events(filters=self._filters, since=since, decode=True)
        with self._lock:
            if self._closing.is_set():
                stream.close()
                return
            self._stream = stream
        try:
            for container_id, labels in self._finished():
                self._tell(container_id, labels)
            for event in stream:
                actor = event["Actor"]
                self._tell(actor["ID"], actor["Attributes"])
        finally:
            with self._lock:
                self._stream = None
                if not self._closing.is_set():
                    stream.close()

    def _tell(self, container_id: str, labels: Labels) -> None:
        if container_id not in self._told:
            self._told.add(container_id)
            self._ended(labels)
