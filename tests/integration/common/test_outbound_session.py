"""The session behind a corporate proxy that inspects TLS, and with a private authority."""

import datetime
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.authority import Authority
from tests.fakes.tls_proxy import TLSProxy
from vantage6.client import Client
from vantage6.common.api_session import ApiSession, Timeout
from vantage6.common.errors import ServerUnreachable
from vantage6.common.outbound import Outbound

HOST = "server.hospital.example"
QUICK = Timeout(5, 5)


class Health(BaseHTTPRequestHandler):
    """A server that is well."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({"healthy": True}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def server_port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def proxy(authority: Authority, server_port: int) -> Iterator[TLSProxy]:
    made = TLSProxy(authority.certificate(HOST), server_port, login="node:p@ss")
    with made.running():
        yield made


def address(proxy: TLSProxy, login: str = "node:p%40ss@") -> str:
    return f"http://{login}127.0.0.1:{proxy.port}"


def session(outbound: Outbound, host: str = f"https://{HOST}") -> ApiSession:
    return ApiSession(host, timeout=QUICK, outbound=outbound)


def test_a_server_behind_the_proxy_is_reached(proxy: TLSProxy, authority: Authority) -> None:
    outbound = Outbound(str(authority.file), https_proxy=address(proxy))

    assert session(outbound).get("health") == {"healthy": True}
    assert proxy.asked[-1].startswith(f"CONNECT {HOST}:443 HTTP/")


def test_the_client_has_the_same_options(proxy: TLSProxy, authority: Authority) -> None:
    client = Client(f"https://{HOST}", ca_bundle=str(authority.file), https_proxy=address(proxy))

    assert client.session.get("health") == {"healthy": True}


def test_a_server_in_the_clear_is_reached_through_its_own_proxy(proxy: TLSProxy) -> None:
    outbound = Outbound(http_proxy=address(proxy))

    assert session(outbound, f"http://{HOST}").get("health") == {"healthy": True}
    assert proxy.asked[-1] == f"GET http://{HOST}/api/health HTTP/1.1"


def test_a_server_that_is_near_is_reached_without_the_proxy(
    proxy: TLSProxy, server_port: int
) -> None:
    asked = len(proxy.asked)
    outbound = Outbound(http_proxy=address(proxy), no_proxy=("127.0.0.1",))

    body = ApiSession("http://127.0.0.1", server_port, outbound=outbound).get("health")

    assert body == {"healthy": True}
    assert len(proxy.asked) == asked


def test_an_authority_that_is_not_trusted_is_told_with_the_remedy(
    proxy: TLSProxy, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "Another CA")
    outbound = Outbound(str(other.file), https_proxy=address(proxy))

    with pytest.raises(ServerUnreachable) as caught:
        session(outbound).post("token/node")

    assert f"of an authority not trusted in {other.file}" in caught.value.message
    assert "set `ca_bundle` to a file (PEM)" in caught.value.message


def test_without_a_bundle_the_remedy_is_the_same(
    proxy: TLSProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ServerUnreachable, match=r"not trusted by this host; .*`ca_bundle`"):
        session(Outbound(https_proxy=address(proxy))).post("token/node")


def test_a_certificate_for_another_name_is_told(proxy: TLSProxy, authority: Authority) -> None:
    outbound = Outbound(str(authority.file), https_proxy=address(proxy))

    with pytest.raises(ServerUnreachable, match="is for another name; check the address"):
        session(outbound, "https://other.example").post("token/node")


def test_a_certificate_that_expired_is_told(authority: Authority, server_port: int) -> None:
    old = authority.certificate("old.example", lasts=datetime.timedelta(days=-1))
    with TLSProxy(old, server_port).running() as proxy:
        outbound = Outbound(str(authority.file), https_proxy=address(proxy, login=""))

        with pytest.raises(ServerUnreachable, match="has expired, or the clock"):
            session(outbound, "https://old.example").post("token/node")


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_proxy_that_wants_a_password_is_told_without_showing_one(
    proxy: TLSProxy, authority: Authority, scheme: str
) -> None:
    wrong = address(proxy, login="node:secret@")
    outbound = Outbound(str(authority.file), http_proxy=wrong, https_proxy=wrong)

    with pytest.raises(ServerUnreachable, match="asks for a name and password") as caught:
        session(outbound, f"{scheme}://{HOST}").post("token/node")

    assert f"the proxy http://127.0.0.1:{proxy.port} " in caught.value.message
    assert "secret" not in caught.value.message + str(caught.value.debug)


def test_a_proxy_that_is_away_is_told(authority: Authority) -> None:
    outbound = Outbound(str(authority.file), https_proxy="http://127.0.0.1:1")

    with pytest.raises(ServerUnreachable, match=r"proxy http://127.0.0.1:1 does not lead to"):
        session(outbound).post("token/node")


def test_a_server_without_tls_is_told(server_port: int) -> None:
    with pytest.raises(ServerUnreachable, match="does it speak https there"):
        ApiSession("https://127.0.0.1", server_port, timeout=QUICK).post("token/node")
