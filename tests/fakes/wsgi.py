"""The way from an `ApiSession` into a server of ours in the same process, without sockets."""

import io
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask
from requests.adapters import BaseAdapter
from tests.fakes.rest import sent_body
from vantage6.common.api_session import ApiSession


class WsgiAdapter(BaseAdapter):
    """Takes the place of the network: requests are answered by an application."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app

    def attach(self, session: ApiSession) -> None:
        session._http.mount("http://", self)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        parts = urlsplit(str(request.url))
        answer = self._app.test_client().open(
            parts.path,
            method=request.method,
            query_string=parts.query,
            headers=dict(request.headers),
            data=sent_body(request),
        )
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(answer.headers)
        response.raw = io.BytesIO(answer.data)
        response.url, response.request = str(request.url), request
        return response

    def close(self) -> None:
        pass
