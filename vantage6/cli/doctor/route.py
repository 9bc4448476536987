"""The way to a server: its name, its port, the proxy, the certificate, what answers, its clock."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from requests import RequestException, Response
from requests.utils import get_environ_proxies, select_proxy

from vantage6.cli.doctor.diagnosis import Diagnosis, doubt, fine, from_message, wrong
from vantage6.cli.exits import ExitStatus
from vantage6.common.outbound import Outbound
from vantage6.common.outbound_session import (
    PROXY_WANTS_LOGIN,
    OutboundSession,
    advice,
    refused_by_proxy,
)

Clock = Callable[[], datetime]
_CONNECT_S, _READ_S = 3.0, 4.0
_SMALL_DIFFERENCE_S, _LARGE_DIFFERENCE_S = 30, 3600
_PORTS = {"http": 80, "https": 443}
_AWAY = ExitStatus.UNREACHABLE


def now() -> datetime:
    """The time of this machine."""
    return datetime.now(timezone.utc)


def along(base_url: str, outbound: Outbound, clock: Clock = now) -> Iterator[Diagnosis]:
    """Go the way to a server, up to the first thing that is in it.

    Parameters
    ----------
    base_url
        Address below which the routes of the server live.
    outbound
        Proxies and authorities.
    clock
        The time of this machine.
    """
    if not _is_address(base_url):
        text = f"{base_url} is no address of a server"
        yield wrong("server_url", text, "write https://host", ExitStatus.CONFIGURATION)
        return
    about, hop = _first_hop(base_url, outbound)
    obstacle = obstacle_to(about, *hop)
    if obstacle is not None:
        yield obstacle
        return
    via = f" through the proxy {hop[0]}:{hop[1]}" if about != "server_url" else ""
    try:
        with OutboundSession(outbound, base_url) as session:
            answer = session.get(
                f"{base_url}/version", timeout=(_CONNECT_S, _READ_S), allow_redirects=False
            )
    except RequestException as error:
        yield _unanswered(error, base_url, outbound)
        return
    problem = _problem_with(answer, base_url, outbound)
    if problem is not None:
        yield problem
        return
    yield fine("server_url", f"a server of vantage6 {_version(answer)} answers at {base_url}{via}")
    yield from _at_clock(answer, clock)


def obstacle_to(about: str, host: str, port: int) -> Diagnosis | None:
    """Why no connection can be made; None when one can."""
    try:
        socket.create_connection((host, port), _CONNECT_S).close()
    except (socket.gaierror, UnicodeError):
        text = f"no name server knows {host}"
        return wrong(about, text, "check its spelling, and the DNS of this machine", _AWAY)
    except ConnectionRefusedError:
        text = f"nothing listens at {host}:{port}"
        return wrong(about, text, "check the port, and whether it runs there", _AWAY)
    except OSError as error:
        text = f"no connection to {host}:{port} ({error.strerror or 'no answer'})"
        remedy = f"ask for outgoing connections to {host}:{port} to be allowed, or name a proxy"
        return wrong(about, text, remedy, _AWAY)
    return None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # The port is read only when it is asked for.
        return parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _first_hop(url: str, outbound: Outbound) -> tuple[str, tuple[str, int]]:
    """What is connected to: the proxy where there is one, else the server."""
    chosen = outbound.proxy_for(url)
    parts = urlsplit(url)
    about = f"{parts.scheme}_proxy"
    if chosen is None:
        # As requests does it, with what the environment says.
        chosen, about = select_proxy(url, get_environ_proxies(url)), about.upper()
    if not chosen:
        return "server_url", (str(parts.hostname), parts.port or _PORTS[parts.scheme])
    proxy = urlsplit(chosen if "//" in chosen else f"//{chosen}")
    return about, (str(proxy.hostname), proxy.port or 80)


def _unanswered(error: RequestException, base_url: str, outbound: Outbound) -> Diagnosis:
    known = advice(outbound, error, base_url)
    if known is not None:
        return from_message("server_url", known, _AWAY)
    if _is_https_after_all(base_url, outbound):
        return _wants_https(base_url)
    text = f"what listens at {base_url} does not answer as a server does"
    return wrong("server_url", text, "check the port and the scheme", _AWAY)


def _problem_with(answer: Response, base_url: str, outbound: Outbound) -> Diagnosis | None:
    if answer.status_code == PROXY_WANTS_LOGIN:
        return from_message("http_proxy", refused_by_proxy(outbound, base_url), _AWAY)
    if answer.is_redirect:
        target = answer.headers["Location"].removesuffix("/version")
        text = f"the server sends whoever comes to {base_url} to {target}"
        return wrong(
            "server_url", text, "name that address in server_url, port and api_path", _AWAY
        )
    if _version(answer):
        return None
    if answer.status_code in {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE}:
        text = f"a proxy in front of the server answers at {base_url}, but the server does not"
        return wrong("server_url", text, "ask its administrator whether it runs", _AWAY)
    if _is_https_after_all(base_url, outbound):
        return _wants_https(base_url)
    path = urlsplit(base_url).path or "/"
    text = f"something answers at {base_url}, but it is no server of vantage6"
    remedy = f"check the port, and the API path: api_path is {path} here, for most servers /api"
    return wrong("api_path", text, remedy, _AWAY)


def _wants_https(base_url: str) -> Diagnosis:
    text = f"https is spoken at {base_url}, not http"
    return wrong("server_url", text, "write https:// in server_url", _AWAY)


def _is_https_after_all(url: str, outbound: Outbound) -> bool:
    """Whether TLS is spoken where http was asked for; nothing is sent over it."""
    about, hop = _first_hop(url, outbound)
    if urlsplit(url).scheme != "http" or about != "server_url":
        return False
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(hop, _CONNECT_S) as plain:
            context.wrap_socket(plain).close()
    except OSError:
        return False
    return True


def _version(answer: Response) -> str:
    """Version that a server of vantage6 says it has; empty for anything else."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("version", "")) if isinstance(body, dict) else ""


def _at_clock(answer: Response, clock: Clock) -> Iterator[Diagnosis]:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return
    if theirs.tzinfo is None:  # "-0000": the time of nobody knows where
        return
    ahead_s = (clock() - theirs).total_seconds()
    side = "ahead of" if ahead_s > 0 else "behind"
    text = f"this machine is {_long(abs(ahead_s))} {side} the server"
    remedy = "set the clock of this machine, and let a time service (NTP) keep it"
    if abs(ahead_s) >= _LARGE_DIFFERENCE_S:
        text += ", so that tokens count as expired, or are not valid yet"
        yield wrong("clock", text, remedy, ExitStatus.REFUSED)
    elif abs(ahead_s) >= _SMALL_DIFFERENCE_S:
        yield doubt("clock", text, remedy)
    else:
        yield fine("clock", "this machine and the server have the same time")


def _long(seconds: float) -> str:
    for name, length_s in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:.0f} {name}"
    return f"{seconds:.0f} s"
