"""A REST server without sockets: answers what a test lays down, and keeps what was asked."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from vantage6.common.api_session import ApiSession


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    route: str
    query: dict[str, list[str]]
    body: Any
    authorization: str | None


@dataclass(frozen=True)
class Refusal:
    """An answer with an error status; a body of bytes is a page, not JSON."""

    status: int
    body: Any


Answer = Any | Refusal | Callable[[Asked], Any]


def sent_body(request: requests.PreparedRequest) -> bytes:
    """Body of a request, also of one that is sent in parts."""
    body: Any = request.body or b""
    content = body.encode() if isinstance(body, str) else body
    return content if isinstance(content, bytes) else b"".join(content)


class FakeRest(BaseAdapter):
    """Takes the place of the network in an `ApiSession`."""

    def __init__(self, path: str = "/api") -> None:
        super().__init__()
        self._path = path
        self._answers: dict[str, list[Answer]] = {}
        self.asked: list[Asked] = []

    def on(self, route: str, *answers: Answer) -> None:
        """Lay down answers to a route such as ``GET /task/1``; the last one is repeated."""
        self._answers[route] = list(answers)

    def attach(self, session: ApiSession) -> None:
        session._http.mount("http://", self)

    def routes(self) -> list[str]:
        return [asked.route for asked in self.asked]

    def last(self, route: str) -> Asked:
        return [asked for asked in self.asked if asked.route == route][-1]

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        parts = urlsplit(str(request.url))
        route = f"{request.method} {parts.path.removeprefix(self._path)}"
        body = json.loads(sent_body(request)) if request.body else None
        header = request.headers.get("Authorization")
        asked = Asked(route, parse_qs(parts.query), body, header)
        self.asked.append(asked)
        answer = self._next(route)
        return self._response(request, answer(asked) if callable(answer) else answer)

    def close(self) -> None:
        pass

    def _next(self, route: str) -> Answer:
        answers = self._answers.get(route)
        if not answers:
            return Refusal(404, {"msg": f"nothing was laid down for {route}"})
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _response(self, request: requests.PreparedRequest, answer: Any) -> requests.Response:
        refusal = answer if isinstance(answer, Refusal) else Refusal(200, answer)
        response = requests.Response()
        response.status_code = refusal.status
        body = refusal.body
        response.raw = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        response.url, response.request = str(request.url), request
        return response
