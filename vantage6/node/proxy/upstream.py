"""Requests of containers to the server, under the container's own token."""

from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter

from vantage6.common.errors import ServerUnreachable
from vantage6.common.large_json import JsonPieces
from vantage6.common.outbound import Outbound
from vantage6.common.outbound_session import OutboundSession

_TIMEOUT_S = (10, 120)
_POOL = 64
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """What a container asks; `query` is as it came, `token` without its scheme."""

    method: str
    path: str
    token: str
    query: bytes = b""
    body: bytes | JsonPieces = b""
    content_type: str = _JSON


class Upstream:
    """Connections to the server that are shared by all containers.

    Parameters
    ----------
    base_url
        Address below which the server's routes live.
    outbound
        Proxies, and the certificate authorities to trust.

    Notes
    -----
    Nothing is repeated and no redirect is followed: a POST that came to the server twice would
    start a task twice.
    """

    def __init__(self, base_url: str, outbound: Outbound | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = OutboundSession(outbound or Outbound(), base_url)
        # One container must not see what the server gave to another.
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for prefix in ("http://", "https://"):
            self._http.mount(prefix, HTTPAdapter(pool_connections=1, pool_maxsize=_POOL))

    def send(self, request: Request, *, is_large: bool = False) -> requests.Response:
        """The server's answer, whatever it is; a large one is read by whoever wants it.

        Raises
        ------
        ServerUnreachable
            When there is none.
        """
        headers = {"Authorization": f"Bearer {request.token}"}
        if request.body:
            headers["Content-Type"] = request.content_type
        options: dict[str, Any] = {"data": request.body or None, "params": request.query or None}
        try:
            return self._http.request(
                request.method,
                f"{self._base_url}/{quote(request.path.lstrip('/'))}",
                headers=headers,
                timeout=_TIMEOUT_S,
                allow_redirects=False,
                stream=is_large,
                **options,
            )
        except requests.RequestException as error:
            raise ServerUnreachable(
                "the node cannot reach the server now", debug=repr(error)
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
