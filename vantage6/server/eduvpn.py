"""VPN configurations for nodes, from a portal of eduVPN.

Words
-----
portal
    Web application of eduVPN, version 2 or 3, with a log-in for people and an API for programs.
authorization
    What the API asks for: OAuth 2 with an authorization code and PKCE (RFC 6749, RFC 7636). People
    would approve it in a browser; here the server logs in to the portal as the account of its
    configuration, and the portal must be told that this client needs no approval
    (``require_approval = false``).
profile
    A network of the portal. Its first one with OpenVPN is used.

Every request is authorized anew and nothing is kept: a node asks when it starts, no more.

Notes
-----
The API of version 3 is https://docs.eduvpn.org/server/v3/api.html; that of version 2, and where
both are found, https://docs.eduvpn.org/server/v2/api-v2.html. No OAuth library: the one for
`requests` writes tokens and passwords to the log, at the level DEBUG.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from vantage6.common.errors import InternalError, Unavailable
from vantage6.server.config import VpnServer

_TIMEOUT_S = 15
_DISPLAY_NAME = "vantage6"
_KEY_PAIR = re.compile(r"<cert>.*</key>\n?", re.DOTALL)
_OPENVPN = "application/x-openvpn-profile"


@dataclass(frozen=True)
class _Endpoints:
    """Addresses of a portal; `version` is that of its API."""

    version: int
    log_in: str
    authorize: str
    token: str
    api: str


class EduVpnPortal:
    """A portal of eduVPN.

    Parameters
    ----------
    settings
        Its address, and the account and OAuth client to use there.
    """

    def __init__(self, settings: VpnServer) -> None:
        self._settings = settings
        self._url = settings.url.rstrip("/")

    def configuration(self) -> str:
        """A new OpenVPN configuration."""
        with self._authorized() as (session, endpoints):
            if endpoints.version == 3:
                return _connect(session, endpoints.api)
            profile = _first_profile(session, endpoints.api)
            url = f"{endpoints.api}/profile_config"
            plain = _checked(session.get(url, params={"profile_id": profile})).text
            return _with_key_pair(plain, _new_key_pair(session, endpoints.api))

    def renewed(self, configuration: str) -> str:
        """The same configuration with new keys; version 3 only has configurations as a whole."""
        with self._authorized() as (session, endpoints):
            if endpoints.version == 3:
                return _connect(session, endpoints.api)
            pair = _new_key_pair(session, endpoints.api)
            return _with_key_pair(_KEY_PAIR.sub("", configuration), pair)

    @contextmanager
    def _authorized(self) -> Iterator[tuple[requests.Session, _Endpoints]]:
        with _Session() as session, _translated():
            endpoints = self._discover(session)
            self._log_in(session, endpoints)
            session.headers["Authorization"] = f"Bearer {self._token(session, endpoints)}"
            yield session, endpoints

    def _discover(self, session: requests.Session) -> _Endpoints:
        """Ask the portal where its API is; old ones do not say, and have fixed addresses."""
        answer = session.get(urljoin(self._url, "/.well-known/vpn-user-portal"))
        known = {} if answer.status_code == 404 else _of(_json(_checked(answer)), "api")
        third, second = known.get("http://eduvpn.org/api#3"), known.get("http://eduvpn.org/api#2")
        if third:
            form, api = "_user_pass_auth", self._own(third, "api_endpoint")
        else:
            second = second or {
                "authorization_endpoint": f"{self._url}/_oauth/authorize",
                "token_endpoint": f"{self._url}/oauth.php/token",
                "api_base_uri": f"{self._url}/api.php",
            }
            form, api = "_form/auth", self._own(second, "api_base_uri")
        return _Endpoints(
            version=3 if third else 2,
            log_in=f"{self._url}/{form}/verify",
            authorize=self._own(third or second, "authorization_endpoint"),
            token=self._own(third or second, "token_endpoint"),
            api=api,
        )

    def _own(self, endpoints: Any, name: str) -> str:
        """An address that the portal names, which gets our secrets: its own host only."""
        address = str(_of(endpoints, name))
        if urlsplit(address)[:2] != urlsplit(self._url)[:2]:
            raise _broken(f"{name} is not at the host of vpn_server.url")
        return address

    def _log_in(self, session: requests.Session, endpoints: _Endpoints) -> None:
        form = {
            "userName": self._settings.portal_username,
            "userPass": self._settings.portal_userpass.get_secret_value(),
            # Where a browser would be sent next; each version has a name of its own for it.
            "authRedirectTo": self._url,
            "_user_pass_auth_redirect_to": self._url,
            "_form_auth_redirect_to": self._url,
        }
        parts = urlsplit(self._url)
        # The portal takes forms from its own pages only.
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "Referer": f"{self._url}/home"}
        answer = session.post(endpoints.log_in, form, headers=headers, allow_redirects=False)
        if not _checked(answer).is_redirect:
            # With a wrong password the form is shown again, as a success.
            raise _broken("the portal refused portal_username and portal_userpass")

    def _token(self, session: requests.Session, endpoints: _Endpoints) -> str:
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_url,
            "response_type": "code",
            "scope": "config",
            "state": state,
            "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        answer = session.get(endpoints.authorize, params=query, allow_redirects=False)
        form = {
            "grant_type": "authorization_code",
            "code": _code(_checked(answer), state),
            "redirect_uri": self._settings.redirect_url,
            "client_id": self._settings.client_id,
            "code_verifier": verifier,
        }
        client = (self._settings.client_id, self._settings.client_secret.get_secret_value())
        return str(
            _of(_json(_checked(session.post(endpoints.token, form, auth=client))), "access_token")
        )


class _Session(requests.Session):
    """Speaks HTTPS only, redirects included, and never waits without end."""

    def __init__(self) -> None:
        super().__init__()
        del self.adapters["http://"]

    def request(self, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request."""
        return super().request(*arguments, **{"timeout": _TIMEOUT_S} | options)


# --- parts of the API -------------------------------------------------------------------------


def _code(answer: requests.Response, state: str) -> str:
    """The authorization code in the redirect to the client, who is us."""
    if not answer.is_redirect:
        raise _broken("the portal asks a person for approval; set require_approval to false")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    if "error" in query:
        raise _broken(f"the portal does not authorize this client: {query['error'][0]}")
    if query.get("state") != [state] or "code" not in query:
        raise _broken("the portal answered to another request than ours")
    return query["code"][0]


def _connect(session: requests.Session, api: str) -> str:
    listed = _of(_json(_checked(session.get(f"{api}/info"))), "info", "profile_list")
    # Portals that do not say which protocols they know have OpenVPN.
    suited = [p for p in listed if "openvpn" in p.get("vpn_proto_list", ["openvpn"])]
    form = {"profile_id": _of(suited, 0, "profile_id")}
    answer = session.post(f"{api}/connect", form, headers={"Accept": _OPENVPN})
    return _checked(answer).text


def _first_profile(session: requests.Session, api: str) -> str:
    listed = _json(_checked(session.get(f"{api}/profile_list")))
    return str(_of(listed, "profile_list", "data", 0, "profile_id"))


def _new_key_pair(session: requests.Session, api: str) -> str:
    answer = session.post(f"{api}/create_keypair", {"display_name": _DISPLAY_NAME})
    pair = _of(_json(_checked(answer)), "create_keypair", "data")
    certificate, key = _of(pair, "certificate"), _of(pair, "private_key")
    return f"<cert>\n{certificate}\n</cert>\n<key>\n{key}\n</key>\n"


def _with_key_pair(configuration: str, pair: str) -> str:
    before, mark, after = configuration.partition("<tls-crypt>")
    return f"{before}{pair}{mark}{after}"


# --- failures ---------------------------------------------------------------------------------


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise _broken("its certificate is not one that this server trusts") from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise Unavailable(
            "the VPN portal does not answer; try again later", debug=type(error).__name__
        ) from error
    except requests.RequestException as error:
        raise _broken(type(error).__name__) from error


def _checked(answer: requests.Response) -> requests.Response:
    where = f"status {answer.status_code} at {urlsplit(answer.url).path}"
    if answer.status_code >= 500:
        raise Unavailable("the VPN portal does not work now; try again later", debug=where)
    if answer.status_code >= 400:
        raise _broken(where)
    return answer


def _json(answer: requests.Response) -> Any:
    return answer.json()


def _of(document: Any, *path: str | int) -> Any:
    """What is at a path in a document of the portal."""
    for step in path:
        try:
            document = document[step]
        except (LookupError, TypeError) as error:
            raise _broken(f"no {step!r} in what the portal says") from error
    return document


def _broken(why: str) -> InternalError:
    return InternalError(
        "the VPN portal gave no configuration; the log of the server says why", debug=why
    )
