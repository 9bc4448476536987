"""What containers may ask of the server through their node.

======================  =======================================================================
``POST /task``          a sub-task; plain base64 inputs are encrypted per organization; answers
                        200 where the server answers 201, as 3.x does
``GET /task/ID/result``  results with plain base64 in ``result``; also ``GET /result/ID``
``GET /task/ID?wait=S``  the task; held back until it is complete, at most S (<= 30) seconds
log-in and recovery     refused: 404
anything else           passed on as it is
======================  =======================================================================

Status, message and headers of the server are passed on; only the container's own token, the query,
the body and its type are sent to it.
"""

import json
import time
from typing import Any

import requests
from flask import Flask, Request, Response, request

from vantage6.common.api_answer import parsed
from vantage6.common.errors import InvalidInput, NotAuthenticated, NotFound, ServerUnreachable
from vantage6.common.large_json import JsonPieces, surrounded, write, write_rows
from vantage6.node.proxy import upstream
from vantage6.node.proxy.bell import Bell
from vantage6.node.proxy.payloads import Payloads

LONGEST_WAIT_S = 30.0
_SETTLE_S = 1.0
"""Published servers tell of a change a moment before it can be read."""
_ACCOUNTS = frozenset({"token", "recover", "password"})
"""Where passwords and keys could be guessed, with the node as the culprit."""
_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
_NOT_COPIED = frozenset(
    {
        "connection",
        "content-encoding",  # the body was decoded on its way here
        "content-length",
        "date",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "server",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def bearer_token(incoming: Request) -> str:
    """The token that a request brings.

    Raises
    ------
    NotAuthenticated
        When it brings none.
    """
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("send the container's token as 'Authorization: Bearer …'")
    return token.strip()


class Routes:
    """The routes; one object serves all containers of a node.

    Parameters
    ----------
    server
        Where requests go.
    payloads
        Encrypts and decrypts.
    bell
        Rings when something changed at the server.
    """

    def __init__(self, server: upstream.Upstream, payloads: Payloads, bell: Bell) -> None:
        self._server = server
        self._payloads = payloads
        self._bell = bell

    def add_to(self, app: Flask) -> None:
        """Register the routes with an application."""
        app.add_url_rule("/task", view_func=self.create_task, methods=["POST"])
        app.add_url_rule("/task/<int:task_id>", view_func=self.task, methods=["GET"])
        app.add_url_rule("/task/<int:task_id>/result", view_func=self.results, methods=["GET"])
        app.add_url_rule("/result/<int:result_id>", view_func=self.results, methods=["GET"])
        app.add_url_rule("/", view_func=self.anything, methods=_METHODS)
        app.add_url_rule("/<path:path>", view_func=self.anything, methods=_METHODS)

    def create_task(self) -> Response:
        """Send a sub-task, encrypted where the collaboration is."""
        body = _received()
        organizations = body.pop("organizations", None)
        if not isinstance(organizations, list) or not organizations:
            raise InvalidInput("a task needs a list 'organizations' with at least one entry")
        sealed = write_rows(self._payloads.seal(organizations))
        del organizations  # what is large is not kept in both forms
        rest = json.dumps(body)[:-1] + (", " if body else "")
        sent = surrounded(f'{rest}"organizations": [', sealed, "]}")
        answer = self._server.send(_outgoing(request, body=sent))
        # Published algorithm tools know only 200 here.
        return _passed_on(answer, status=200 if answer.status_code == 201 else None)

    def task(self, task_id: int) -> Response:
        """Pass on a task, after it is complete or the time is over."""
        del task_id  # it is in the path
        outgoing = _outgoing(request, query=_without_wait(request))
        deadline, was_rung = time.monotonic() + _wait_s(request), False
        while True:
            rung = self._bell.count
            answer = self._server.send(outgoing)
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not answer.ok or _is_complete(answer):
                return _passed_on(answer)
            # Nobody looks again unless told to: a change is told, or the container asks anew.
            longest = min(remaining, _SETTLE_S) if was_rung else remaining
            was_rung = self._bell.wait(rung, longest)

    def results(self, **_: int) -> Response:
        """Pass on results, decrypted."""
        answer = self._server.send(_outgoing(request), is_large=True)
        if not answer.ok:
            return _passed_on(answer)
        plain = self._payloads.open(_json(answer))
        written = surrounded("[", write_rows(plain), "]") if isinstance(plain, list) else None
        return _passed_on(answer, content=written or write(plain))

    def anything(self, path: str = "") -> Response:
        """Pass on any other request."""
        segments = path.strip("/").split("/")
        # Neither may a path climb out of the API, nor a task go round the encryption.
        is_task = request.method == "POST" and segments == ["task"]
        if {".", ".."} & set(segments) or is_task or segments[0] in _ACCOUNTS:
            raise NotFound("there is no such address")
        return _passed_on(self._server.send(_outgoing(request)))


def _outgoing(
    incoming: Request, *, body: JsonPieces | None = None, query: bytes | None = None
) -> upstream.Request:
    content = incoming.get_data() if body is None else body
    is_json = body is not None
    return upstream.Request(
        method=incoming.method,
        path=incoming.path,
        token=bearer_token(incoming),
        query=incoming.query_string if query is None else query,
        body=content,
        content_type="application/json" if is_json else incoming.headers.get("Content-Type", ""),
    )


def _received() -> dict[str, Any]:
    """The JSON object that a request brings; an empty one when it brings none."""
    content = request.get_data(cache=False)
    try:
        text = content.decode("utf-8")
        del content  # what is large is not kept in both forms
        received = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return received if isinstance(received, dict) else {}


def _passed_on(
    answer: requests.Response, *, status: int | None = None, content: JsonPieces | None = None
) -> Response:
    headers = [(k, v) for k, v in answer.headers.items() if k.lower() not in _NOT_COPIED]
    body = answer.content if content is None else iter(content)
    response = Response(body, status=status or answer.status_code, headers=headers)
    response.content_length = len(answer.content if content is None else content)
    return response


def _without_wait(incoming: Request) -> bytes:
    parts = incoming.query_string.split(b"&")
    return b"&".join(part for part in parts if not part.startswith(b"wait="))


def _wait_s(incoming: Request) -> float:
    try:
        seconds = float(incoming.args.get("wait", 0))
    except ValueError as error:
        raise InvalidInput("'wait' must be a number of seconds") from error
    # A comparison with "not a number" is false, so that it means no waiting.
    return min(seconds, LONGEST_WAIT_S) if seconds > 0 else 0


def _is_complete(answer: requests.Response) -> bool:
    body = _json(answer)
    return not isinstance(body, dict) or bool(body.get("complete", True))


def _json(answer: requests.Response) -> Any:
    try:
        return parsed(answer)
    except ValueError as error:
        kind = answer.headers.get("Content-Type")
        raise ServerUnreachable(
            "the server did not answer as a vantage6 server does", debug=f"answered {kind}"
        ) from error
    except requests.RequestException as error:
        raise ServerUnreachable(
            "the connection to the server broke in mid-answer", debug=repr(error)
        ) from error
