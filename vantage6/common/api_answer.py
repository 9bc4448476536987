"""Answers of a server: parsed JSON, or the error that the server raised."""

import json
from typing import Any
from urllib.parse import urlsplit

import requests

from vantage6.common.errors import NoSuchAddress, ServerUnreachable, WireError, from_response

_BEHIND = {requests.codes.bad_gateway, requests.codes.unavailable, requests.codes.gateway_timeout}
_LARGE_BYTES = 1024 * 1024
_SMALL_BYTES = 64 * 1024
_CHUNK_BYTES = 256 * 1024


def read_answer(answer: requests.Response) -> Any:
    """Parsed body of an answer; None when it has none.

    Raises
    ------
    WireError
        The error that the server answered.
    ServerUnreachable
        When it is not the answer of a vantage6 server.
    """
    if answer.is_redirect:
        raise ServerUnreachable(
            f"{answer.url} redirects to {answer.headers['location']}; use that address"
        )
    if answer.status_code == requests.codes.no_content:
        return None
    try:
        body = parsed(answer)
    except ValueError as error:
        if answer.status_code >= requests.codes.bad_request:
            raise _page_error(answer) from error
        raise ServerUnreachable(
            f"{answer.url} answered, but not as a vantage6 server; check address and API path",
            debug=answer.text[:200] if _length(answer) < _LARGE_BYTES else None,
        ) from error
    if answer.status_code >= requests.codes.bad_request:
        raise from_response(answer.status_code, body)
    return body


def _page_error(answer: requests.Response) -> WireError:
    """The error of a page that says no JSON: it comes from what stands before a server of ours."""
    status, where = answer.status_code, urlsplit(answer.url)._replace(query="").geturl()
    if status == requests.codes.not_found:
        return NoSuchAddress(
            f"a web server answers, but has no vantage6 at {where}; check the address and the API "
            "path, which is /api for most servers (status 404)"
        )
    if status == requests.codes.request_entity_too_large:
        text = "does not take a body as large as this; its administrator can raise that limit"
    elif status in _BEHIND:
        text = "gets no answer from the server behind it, which may be starting; try again later"
    else:
        text = "answers with a page instead of letting the request through to a vantage6 server"
    message = f"the web server or proxy before {where} {text} (status {status})"
    return from_response(status, {"msg": message})


def skip_answer(answer: requests.Response) -> None:
    """Do not read an answer that nobody wants, unless it is an error, which is raised."""
    if not answer.ok or answer.is_redirect:
        read_answer(answer)
    elif _length(answer) <= _SMALL_BYTES:
        _ = answer.content  # the connection can be used again only when nothing is left in it


def parsed(answer: requests.Response) -> Any:
    """JSON of an answer; what is large is in memory twice at most while it is read.

    Raises
    ------
    ValueError
        When it is no JSON.
    """
    if _length(answer) < _LARGE_BYTES:
        return answer.json()
    # Not with the library's method, which keeps the bytes while it makes two copies of them.
    content = bytearray()
    for chunk in answer.iter_content(_CHUNK_BYTES):
        content += chunk
    text = content.decode("utf-8")
    content.clear()
    return json.loads(text)


def _length(answer: requests.Response) -> int:
    said = answer.headers.get("Content-Length") or ""
    return int(said) if said.isascii() and said.isdigit() else 0
