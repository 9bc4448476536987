"""The server as the node's proxy sees it."""

import io
import json
import queue
import threading
from collections.abc import Callable
from typing import Any

import requests
from vantage6.node.proxy.upstream import Request

Answer = Callable[[Request], tuple[int, Any]]


def response(status: int, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
    """An answer as the requests library gives it; a body of bytes is taken as it is."""
    answer = requests.Response()
    answer.status_code = status
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer.raw = io.BytesIO(content)
    answer.headers.update({"Content-Type": "application/json", **(headers or {})})
    return answer


class FakeUpstream:
    """Answers with what the test gave, and keeps what was asked."""

    def __init__(self, status: int = 200, body: Any = None, **headers: str) -> None:
        self.asked: list[Request] = []
        self._answer = response(status, {} if body is None else body, headers)

    def send(self, request: Request, **_: Any) -> requests.Response:
        self.asked.append(request)
        return self._answer


class UnfinishedTask:
    """A task that is complete when the test says so; tells when it was looked at."""

    def __init__(self) -> None:
        self.is_complete = False
        self.looks: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def send(self, request: Request, **_: Any) -> requests.Response:
        with self._lock:
            self.looks.put(request)
            return response(200, {"id": 5, "complete": self.is_complete})
