"""The HTTP session of everything here that speaks to a server: `Outbound` put into practice."""

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.exceptions import ChunkedEncodingError, ProxyError, ReadTimeout, SSLError
from urllib3.exceptions import ProtocolError

from vantage6.common.outbound import Outbound

PROXY_WANTS_LOGIN = 407
_CA_REMEDY = (
    "if the server has an authority of its own, or the network inspects TLS, set `ca_bundle` to a"
    " file (PEM) with the certificate of that authority"
)


class OutboundSession(requests.Session):
    """A session of requests to one server.

    Parameters
    ----------
    outbound
        Proxies and authorities.
    url
        Address of the server.
    """

    def __init__(self, outbound: Outbound, url: str) -> None:
        super().__init__()
        # Without this, an entry in ~/.netrc would silently replace our Authorization header.
        self.auth = _unchanged
        self.settings: dict[str, Any] = {}
        if outbound.ca_bundle:
            self.verify = outbound.ca_bundle  # where a socket client looks for it
            self.settings["verify"] = outbound.ca_bundle
        proxy = outbound.proxy_for(url)
        if proxy is not None:
            self.settings["proxies"] = dict.fromkeys(("http", "https", "all"), proxy)

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request.

        Notes
        -----
        Proxies and authorities go with each request: what is set for the session, requests lets
        the environment override (psf/requests#3829).
        """
        return super().request(*args, **{**self.settings, **kwargs})


def refused_by_proxy(outbound: Outbound, url: str) -> str:
    """What to do about a proxy that asks who we are."""
    return (
        f"the proxy {_shown(outbound, url)} asks for a name and password, or does not take those"
        " it got; write them into its address: http://name:password@host:port"
    )


def advice(outbound: Outbound, error: Exception, url: str) -> str | None:
    """What to do about a request that failed; None when proxy and authorities are not why."""
    text = str(error)
    if isinstance(error, ProxyError):
        if str(PROXY_WANTS_LOGIN) in text:
            return refused_by_proxy(outbound, url)
        return (
            f"the proxy {_shown(outbound, url)} does not lead to {url}; check `https_proxy`,"
            " `http_proxy` and `no_proxy`"
        )
    if not isinstance(error, SSLError):
        return None
    if "ostname mismatch" in text or "IP address mismatch" in text:
        return f"the certificate at {url} is for another name; check the address"
    if "expired" in text or "not yet valid" in text:
        return f"the certificate at {url} has expired, or the clock of this host is wrong"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        where = f"in {outbound.ca_bundle}" if outbound.ca_bundle else "by this host"
        return f"the certificate at {url} is of an authority not trusted {where}; {_CA_REMEDY}"
    return f"no secure connection to {url}; does it speak https there?"


def unanswered(method: str, error: Exception, url: str) -> str:
    """What is known about a request without an answer: whether it may have been carried out."""
    cause = error.args[0] if error.args else None
    was_sent = isinstance(error, ReadTimeout | ChunkedEncodingError) or isinstance(
        cause, ProtocolError
    )
    if was_sent and method not in {"GET", "HEAD"}:
        return (
            f"no answer from {url}, and the connection had been made: the request may have been"
            " carried out, so look before you repeat it"
        )
    return f"no answer from {url}; check the address, the port and the network"


def _shown(outbound: Outbound, url: str) -> str:
    proxy = outbound.proxy_for(url)
    if not proxy:
        return "of the environment (HTTPS_PROXY, HTTP_PROXY)"
    return f"http://{urlsplit(proxy).netloc.rpartition('@')[2]}"


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
