"""The one HTTP connection to a server, used by client, node and tools.

It knows the base address and the tokens, refreshes on expiry only, repeats safe verbs only, and
turns every error body into the `WireError` that the server raised.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import jwt
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from vantage6.common.address import normal
from vantage6.common.api_answer import read_answer, skip_answer
from vantage6.common.errors import (
    InvalidToken,
    NotAuthenticated,
    ServerUnreachable,
    WireError,
)
from vantage6.common.outbound import Outbound
from vantage6.common.outbound_session import (
    PROXY_WANTS_LOGIN,
    OutboundSession,
    advice,
    refused_by_proxy,
    unanswered,
)

Query = Mapping[str, Any]
_EXPIRY_MARGIN_S = 30


class SizedBody(Protocol):
    """A body in parts, whose length in bytes is known; each reading begins anew."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


class Timeout(NamedTuple):
    """Longest time to connect, and between two bytes of an answer, in seconds."""

    connect_s: float = 10
    read_s: float = 120


class ApiSession:
    """Calls to one server as one identity.

    Parameters
    ----------
    host
        Scheme and host, in any of the forms that `vantage6.common.address` knows.
    port
        None when it is part of the host already.
    path
        Where the API lives, such as ``/api`` or an empty text.
    timeout
        See `Timeout`.
    outbound
        Proxies, and the certificate authorities to trust.

    Notes
    -----
    One session may be used from several threads.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        path: str = "/api",
        *,
        timeout: Timeout | None = None,
        outbound: Outbound | None = None,
    ) -> None:
        self.host, self.port, self.path = normal(host, port, path)
        self._timeout = timeout or Timeout()
        self._outbound = outbound or Outbound()
        self._http = OutboundSession(self._outbound, self.origin)
        retry = Retry(
            total=4,
            other=0,  # a certificate that is not trusted, a proxy that refuses: that does not pass
            backoff_factor=0.3,
            status_forcelist=(502, 503, 504),
            allowed_methods=("GET", "HEAD"),
            raise_on_status=False,
            respect_retry_after_header=False,  # it could put a caller to sleep for hours
        )
        for prefix in ("http://", "https://"):
            self._http.mount(prefix, HTTPAdapter(pool_maxsize=32, max_retries=retry))
        self._lock = threading.Lock()
        self._access: str | None = None
        self._refresh: str | None = None
        self._refresh_url: str | None = None
        self._login: tuple[str, dict[str, Any]] | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def outbound(self) -> Outbound:
        """Proxies and authorities, for other connections to this server."""
        return self._outbound

    @property
    def base_url(self) -> str:
        """Address below which all routes live."""
        return self.origin + self.path

    @property
    def token(self) -> str | None:
        """The access token, if logged in."""
        return self._access

    @property
    def is_logged_in(self) -> bool:
        """Whether there is a token to send."""
        return self._access is not None

    def url(self, endpoint: str) -> str:
        """Full address of an endpoint; a leading slash is tolerated."""
        return f"{self.base_url}/{endpoint.lstrip('/')}"

    # --- identity ---------------------------------------------------------------------------

    def log_in(
        self, endpoint: str, credentials: dict[str, Any], *, remember: bool = False
    ) -> dict[str, Any]:
        """Trade credentials for tokens.

        Parameters
        ----------
        endpoint
            ``token/user`` or ``token/node``.
        credentials
            Body of the request.
        remember
            Keep the credentials in memory and use them again when both tokens are dead; for nodes,
            which have to live through weeks of absence.

        Returns
        -------
        dict
            The server's answer; it has no ``access_token`` when a second factor is asked for.
        """
        answer: dict[str, Any] = self._send("POST", self.url(endpoint), json=credentials)
        if "access_token" in answer:
            self._keep(answer)
            self._login = (endpoint, credentials) if remember else None
        return answer

    def use_token(self, token: str) -> None:
        """Use a token that was given, such as a container's; it cannot be refreshed."""
        self._access, self._refresh, self._login = token, None, None

    def identity(self) -> Any:
        """Claim ``sub`` of the token, unverified: an id, or an object for containers."""
        if self._access is None:
            raise NotAuthenticated("log in first")
        claims = _claims(self._access)
        return claims.get("sub", claims.get("identity"))

    def refresh_token(self) -> None:
        """Get new tokens now.

        Raises
        ------
        NotAuthenticated
            When the refresh token is dead too and no credentials are remembered.
        """
        with self._lock:
            self._renew()

    def fresh_token(self) -> str:
        """An access token that does not expire within the next seconds; for the socket."""
        self._renew_if_expired()
        if self._access is None:
            raise NotAuthenticated("log in first")
        return self._access

    def _renew_if_expired(self) -> None:
        # Read under the lock: of many threads that meet an expired token, one renews it.
        with self._lock:
            if self._access is not None and self._is_renewable() and _has_expired(self._access):
                self._renew()

    def _is_renewable(self) -> bool:
        return self._refresh is not None or self._login is not None

    def _renew(self) -> None:
        if self._refresh and self._refresh_url and not _has_expired(self._refresh):
            bearer = {"Authorization": f"Bearer {self._refresh}"}
            try:
                self._keep(self._send("POST", self.origin + self._refresh_url, headers=bearer))
            except (NotAuthenticated, InvalidToken):
                if self._login is None:
                    raise
            else:
                return
        if self._login is None:
            raise NotAuthenticated("your login has expired; log in again")
        endpoint, credentials = self._login
        self._keep(self._send("POST", self.url(endpoint), json=credentials))

    def _keep(self, answer: dict[str, Any]) -> None:
        if "access_token" not in answer:
            raise NotAuthenticated("the server gave no new token; log in again")
        self._access = answer["access_token"]
        self._refresh = answer.get("refresh_token", self._refresh)
        self._refresh_url = answer.get("refresh_url", self._refresh_url)

    # --- requests ---------------------------------------------------------------------------

    def request(
        self,
        method: str,
        endpoint: str,
        *,
        json: Any = None,
        params: Query | None = None,
        renew: bool = True,
    ) -> Any:
        """Parsed JSON answer to one request.

        Parameters
        ----------
        method, endpoint, json, params
            The request.
        renew
            Whether a refused token is renewed and the request sent again. Not where a password is
            checked: a wrong one would be counted twice.

        Raises
        ------
        WireError
            The error that the server answered.
        ServerUnreachable
            When there was no answer, or not one of a vantage6 server.
        """
        return self._request(method, endpoint, renew=renew, json=json, params=params)

    def get(self, endpoint: str, params: Query | None = None) -> Any:
        """GET; repeated on connection errors."""
        return self.request("GET", endpoint, params=params)

    def get_large(self, endpoint: str, params: Query | None = None) -> Any:
        """GET of what may be large: it is in memory twice at most while it is read."""
        return self._request("GET", endpoint, params=params, stream=True)

    def post(self, endpoint: str, json: Any = None, params: Query | None = None) -> Any:
        """POST; never repeated."""
        return self.request("POST", endpoint, json=json, params=params)

    def post_sized(self, endpoint: str, body: SizedBody) -> Any:
        """POST of JSON text in parts, which may be read twice: when a token has expired."""
        headers = {"Content-Type": "application/json"}
        return self._request("POST", endpoint, data=body, headers=headers)

    def patch(self, endpoint: str, json: Any = None) -> Any:
        """PATCH; never repeated."""
        return self.request("PATCH", endpoint, json=json)

    def patch_only(
        self, endpoint: str, json: Any = None, *, body: SizedBody | None = None
    ) -> None:
        """PATCH without reading what the server has to say about it, unless it is an error.

        Parameters
        ----------
        endpoint, json
            As of `patch`.
        body
            JSON text in parts, in place of `json`; it may be read twice.
        """
        headers = {"Prefer": "return=minimal"}  # RFC 7240; published servers do not know it
        if body is None:
            self._request("PATCH", endpoint, json=json, headers=headers, stream=True, skip=True)
        else:
            headers["Content-Type"] = "application/json"
            self._request("PATCH", endpoint, data=body, headers=headers, stream=True, skip=True)

    def delete(self, endpoint: str, json: Any = None, params: Query | None = None) -> Any:
        """DELETE; never repeated."""
        return self.request("DELETE", endpoint, json=json, params=params)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _request(self, method: str, endpoint: str, *, renew: bool = True, **options: Any) -> Any:
        self._renew_if_expired()
        used = self._access
        try:
            return self._authorized(method, endpoint, **options)
        except (NotAuthenticated, InvalidToken) as error:
            if not (renew and self._is_renewable() and _is_about_the_token(error)):
                raise
        with self._lock:
            if self._access == used:
                self._renew()
        return self._authorized(method, endpoint, **options)

    def _authorized(self, method: str, endpoint: str, **options: Any) -> Any:
        headers = dict(options.pop("headers", {}))
        if self._access:
            headers["Authorization"] = f"Bearer {self._access}"
        return self._send(method, self.url(endpoint), headers=headers, **options)

    def _send(self, method: str, url: str, *, skip: bool = False, **options: Any) -> Any:
        try:
            # A redirect is not followed: it would carry tokens and passwords to another address,
            # and turns a POST into a GET.
            with self._http.request(
                method, url, timeout=self._timeout, allow_redirects=False, **options
            ) as answer:
                if answer.status_code == PROXY_WANTS_LOGIN:
                    raise ServerUnreachable(refused_by_proxy(self._outbound, self.origin))
                return skip_answer(answer) if skip else read_answer(answer)
        except requests.RequestException as error:
            raise ServerUnreachable(
                advice(self._outbound, error, self.origin)
                or unanswered(method, error, self.origin),
                debug=repr(error),
            ) from error


def _claims(token: str) -> dict[str, Any]:
    try:
        # Only the server can verify its signature; what is read here grants nothing.
        return dict(jwt.decode(token, options={"verify_signature": False, "verify_sub": False}))
    except jwt.PyJWTError as error:
        raise InvalidToken("the token is not a JSON web token") from error


def _has_expired(token: str) -> bool:
    expiry = _claims(token).get("exp")
    return expiry is not None and float(expiry) < time.time() + _EXPIRY_MARGIN_S


def _is_about_the_token(error: WireError) -> bool:
    # A published server says with a bare 401 both "expired" and "forbidden"; renewing is then
    # worth one try, because our clock may be wrong, which `exp` cannot tell. A signature made
    # with another secret (422) is renewed with the remembered credentials.
    return isinstance(error, InvalidToken) or error.code in {"token_expired", "not_authenticated"}
