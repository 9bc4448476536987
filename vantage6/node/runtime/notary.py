"""Requests to Notary servers, which have the signatures of images."""

from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import HTTPBasicAuth
from requests.utils import parse_dict_header

from vantage6.common.outbound import Outbound
from vantage6.common.outbound_session import OutboundSession
from vantage6.node.image_name import DEFAULT_REGISTRY, ImageName
from vantage6.node.runtime.registry_login import RegistryLogins
from vantage6.node.runtime.trust_data import TrustError

_DOCKER_HUB = "https://notary.docker.io"
_TIMEOUT_S = (10, 30)
_MAX_BYTES = 5 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024


class TrustServerAway(TrustError):
    """The server with the signatures does not answer."""


class NotaryServers:
    """The servers that know the signatures of images; may be used from several threads.

    Parameters
    ----------
    server
        Address of the one server to ask; None means the registry of each image, as for Docker.
    logins
        Accounts at registries, which their Notary servers know too.
    outbound
        Proxies, and the certificate authorities to trust.
    """

    def __init__(
        self,
        server: str | None = None,
        logins: RegistryLogins | None = None,
        outbound: Outbound | None = None,
    ) -> None:
        self._server = server.rstrip("/") if server else None
        self._logins = logins or RegistryLogins()
        self._outbound = outbound or Outbound()
        self._sessions: dict[str, OutboundSession] = {}

    def fetch(self, name: ImageName, file: str) -> bytes | None:
        """A file of a repository; None when there is none that this node may see.

        Raises
        ------
        TrustServerAway
            When nobody answers.
        """
        hub = _DOCKER_HUB if name.registry == DEFAULT_REGISTRY else f"https://{name.registry}"
        server = self._server or hub
        try:
            return self._get(f"{server}/v2/{name.name}/_trust/tuf/{file}.json", name.registry)
        except requests.RequestException as error:
            raise TrustServerAway(
                f"{server} does not answer, which would have its signatures", debug=repr(error)
            ) from error

    def _get(self, url: str, registry: str) -> bytes | None:
        answer = self._ask(url)
        if answer.status_code == requests.codes.unauthorized:
            answer.close()
            answer = self._ask(url, Authorization=self._authorization(answer, registry))
        with closing(answer):
            if answer.status_code == requests.codes.not_found:
                return None
            if answer.status_code in {401, 403}:
                raise TrustError(
                    "the server of its signatures does not show them to this node; an account is"
                    " named in docker_registries"
                )
            if answer.status_code != requests.codes.ok:
                raise requests.HTTPError(f"status {answer.status_code}")
            content = bytearray()
            for chunk in answer.iter_content(_CHUNK_BYTES):
                content += chunk
                if len(content) > _MAX_BYTES:
                    raise TrustError("its trust data are too large")
            return bytes(content)

    def _ask(self, url: str, **headers: str) -> requests.Response:
        return self._session(url).get(
            url, headers=headers, timeout=_TIMEOUT_S, allow_redirects=False, stream=True
        )

    def _session(self, url: str) -> OutboundSession:
        """The session of a server, which keeps connections for the next file."""
        origin = urlsplit(url)._replace(path="", query="").geturl()
        return self._sessions.setdefault(origin, OutboundSession(self._outbound, origin))

    def _authorization(self, refused: requests.Response, registry: str) -> str:
        """The header that answers a challenge, as registries have it (RFC 6750, RFC 7617)."""
        scheme, _, rest = refused.headers.get("WWW-Authenticate", "").partition(" ")
        login = self._logins.at(registry)
        auth = HTTPBasicAuth(login.username, login.password) if login else None
        if scheme.lower() == "basic" and auth is not None:
            request = requests.Request("GET", refused.url, auth=auth).prepare()
            return str(request.headers["Authorization"])
        if scheme.lower() != "bearer":
            return ""
        challenge: dict[str, Any] = parse_dict_header(rest)  # type: ignore[no-untyped-call]  # of requests
        realm = str(challenge.pop("realm", ""))
        if urlsplit(realm).scheme != "https":
            raise TrustError("its server wants the password sent without encryption")
        given = self._session(realm).get(
            realm, params=challenge, auth=auth, timeout=_TIMEOUT_S, allow_redirects=False
        )
        body = given.json() if given.ok else {}
        return f"Bearer {body.get('token') or body.get('access_token') or ''}"
