"""The allow-list proxy: what a real squid lets through, and everything that it must not."""

import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.errors import NotFound
from tests.contract.network.hosts import WEB_PORT, SSHHost
from tests.fakes.authority import Authority
from tests.fakes.tls_proxy import TLSProxy
from vantage6.common.errors import RuntimeUnavailable
from vantage6.common.outbound import Outbound
from vantage6.node.network.exits import Exit
from vantage6.node.network.settings import Whitelist
from vantage6.node.network.squid import Squid
from vantage6.node.network.squid_conf import squid_conf
from vantage6.node.network.unix_socket import short_address
from vantage6.node.runtime.docker_engine import connect

pytestmark = pytest.mark.docker
LIMIT_S = 20.0


class Proxy:
    """A squid, and one request at a time to it."""

    def __init__(self, image: str, folder: Path, whitelist: Whitelist, **parts: Any) -> None:
        self.name = f"vantage6-test-{uuid.uuid4().hex[:8]}-squid"
        self.exit = Exit("squid", 3128, folder / "squid" / "door" / "squid")
        conf = squid_conf(whitelist, parts.pop("outbound", Outbound()))
        self._make = lambda: Squid(connect(), self.name, image, conf, self.exit, **parts)
        self.squid = self._make()

    def another(self) -> Squid:
        """The squid of the next life of the node."""
        self.squid = self._make()
        return self.squid

    def ask(self, *lines: str) -> str:
        """First line of the answer."""
        return self.exchange(*lines, all_of_it=False).partition("\r\n")[0]

    def exchange(self, *lines: str, all_of_it: bool = True) -> str:
        """The answer, or the beginning of it."""
        with socket.socket(socket.AF_UNIX) as visitor, short_address(self.exit.socket) as address:
            visitor.settimeout(LIMIT_S)
            visitor.connect(address)
            visitor.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
            if all_of_it:
                return visitor.makefile(newline="").read()
            return visitor.recv(65536).decode()

    def connect(self, target: str) -> str:
        return self.ask(f"CONNECT {target} HTTP/1.1", f"Host: {target}")

    def get(self, url: str, host: str = "allowed.example") -> str:
        return self.ask(f"GET {url} HTTP/1.1", f"Host: {host}", "Connection: close")


@pytest.fixture(scope="module")
def proxy(
    squid_image: str,
    gateway: str,
    web_port: int,
    ssh_host: SSHHost,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    """Allows a name of this host, all names below another, and the address of the SSH host."""
    names = ("allowed.example", "a.open.example", "closed.example")
    hosts = dict.fromkeys(names, gateway) | {"trap.open.example": "127.0.0.1"}
    whitelist = Whitelist(
        domains=("allowed.example", ".open.example"),
        ips=(ssh_host.address,),
        ports=(web_port, WEB_PORT),
    )
    made = Proxy(squid_image, tmp_path_factory.mktemp("squid"), whitelist, hosts=hosts)
    try:
        made.squid.start()
        yield made
    finally:
        made.squid.stop()


def test_an_allowed_domain_is_reached_in_the_clear(proxy: Proxy, web_port: int) -> None:
    answer = proxy.exchange(
        f"GET http://allowed.example:{web_port}/ HTTP/1.1", "Host: x", "Connection: close"
    )

    assert answer.startswith("HTTP/1.1 200 OK")
    # The name that was allowed is the name that is asked, and nobody is told of the proxy.
    assert answer.endswith(f"allowed.example:{web_port} via=None")


@pytest.mark.parametrize("name", ["allowed.example", "ALLOWED.example", "a.open.example"])
def test_an_allowed_domain_is_reached_through_a_connection(
    proxy: Proxy, web_port: int, name: str
) -> None:
    assert proxy.connect(f"{name}:{web_port}") == "HTTP/1.1 200 Connection established"


def test_an_allowed_address_is_reached(proxy: Proxy, ssh_host: SSHHost) -> None:
    target = f"{ssh_host.address}:{WEB_PORT}"

    assert proxy.get(f"http://{target}/page", target) == "HTTP/1.1 200 OK"
    assert "200" in proxy.connect(target)


def test_other_names_of_the_same_host_are_refused(proxy: Proxy, web_port: int) -> None:
    for name in ("closed.example", "notallowed.example", "allowed.example.com", "open.example.nl"):
        assert "403" in proxy.connect(f"{name}:{web_port}"), name
        assert "403" in proxy.get(f"http://{name}:{web_port}/"), name


def test_the_address_of_an_allowed_name_is_refused_in_every_spelling(
    proxy: Proxy, gateway: str, web_port: int
) -> None:
    number = int.from_bytes(socket.inet_aton(gateway), "big")
    for address in (gateway, str(number), hex(number), f"[::ffff:{gateway}]"):
        answers = (
            proxy.connect(f"{address}:{web_port}"),
            proxy.get(f"http://{address}:{web_port}/"),
        )
        assert all(" 40" in answer for answer in answers), (address, answers)


def test_other_ports_of_an_allowed_host_are_refused(
    proxy: Proxy, ssh_host: SSHHost, registry: str
) -> None:
    for port in (22, 2375, 3128, int(registry.rpartition(":")[2])):
        assert "403" in proxy.connect(f"allowed.example:{port}"), port
        assert "403" in proxy.connect(f"{ssh_host.address}:{port}"), port


def test_a_host_in_the_header_does_not_open_another_address(proxy: Proxy, web_port: int) -> None:
    answer = proxy.get(f"http://closed.example:{web_port}/", f"allowed.example:{web_port}")

    assert "403" in answer


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "0", "[::1]", "trap.open.example"])
def test_the_proxy_itself_cannot_be_reached_through_itself(
    proxy: Proxy, web_port: int, name: str
) -> None:
    assert " 40" in proxy.connect(f"{name}:{web_port}")
    assert " 40" in proxy.get(f"http://{name}:{web_port}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://squid:3128/squid-internal-mgr/info",
        "cache_object://allowed.example/info",
        "ftp://allowed.example:{port}/",
        "unix:///var/run/docker.sock",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
        "http://allowed.example@closed.example:{port}/",
        "http://closed.example:{port}#@allowed.example/",
        "/squid-internal-mgr/info",
    ],
)
def test_no_other_way_leads_out(proxy: Proxy, web_port: int, url: str) -> None:
    assert " 40" in proxy.get(url.format(port=web_port))


def test_squid_itself_goes_through_the_proxy_of_the_hospital(
    squid_image: str, folder: Path, tmp_path: Path, gateway: str, web_port: int
) -> None:
    parent = TLSProxy(Authority(tmp_path).certificate("a.example"), web_port, login="node:p@ss")
    parent.address = gateway
    with parent.running():
        address = f"http://node:p%40ss@{gateway}:{parent.port}"
        made = Proxy(
            squid_image,
            folder,
            Whitelist(domains=("a.example",), ports=(80, 443)),
            outbound=Outbound(http_proxy=address, https_proxy=address),
        )
        try:
            made.squid.start()
            answers = made.connect("a.example:443"), made.get("http://a.example/x")
            refused = made.connect("b.example:443")
        finally:
            made.squid.stop()

    assert [" 200 " in answer for answer in answers] == [True, True]
    assert [line.split()[:2] for line in parent.asked] == [
        ["CONNECT", "a.example:443"],
        ["GET", "http://a.example/x"],
    ]
    assert " 403 " in refused


def test_nothing_but_the_node_can_reach_the_proxy(proxy: Proxy, engine: Any) -> None:
    found = engine.inspect_container(proxy.name)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((found["NetworkSettings"]["IPAddress"], 3128), LIMIT_S)
    assert proxy.exit.socket.parent.parent.stat().st_mode & 0o077 == 0
    assert not found["NetworkSettings"]["Ports"] or not any(
        found["NetworkSettings"]["Ports"].values()
    )


def test_the_container_has_no_rights_and_nothing_of_this_host(proxy: Proxy, engine: Any) -> None:
    found = engine.inspect_container(proxy.name)
    host = found["HostConfig"]

    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["ReadonlyRootfs"]
    assert {mount["Destination"] for mount in found["Mounts"]} == {"/etc/v6/squid.conf", "/door"}


def test_what_a_killed_node_left_over_is_replaced_and_in_the_end_nothing_is_left(
    squid_image: str, folder: Path, engine: Any
) -> None:
    made = Proxy(squid_image, folder, Whitelist(ips=("10.255.255.1",), ports=(443,)))
    made.squid.start()
    before = engine.inspect_container(made.name)["Id"]

    made.another().start()

    assert engine.inspect_container(made.name)["Id"] != before
    assert "403" in made.connect("10.255.255.2:443")
    made.squid.stop()
    assert not made.exit.socket.parent.parent.exists()
    with pytest.raises(NotFound):
        engine.inspect_container(made.name)


def test_an_image_that_is_not_there_is_told_with_the_remedy(folder: Path) -> None:
    made = Proxy("vantage6/no-such-image:1", folder, Whitelist(ips=("10.0.0.1",), ports=(443,)))

    with pytest.raises(RuntimeUnavailable, match=r"docker build -t .* - < /.*/squid.Dockerfile"):
        made.squid.start()


def test_an_image_without_squid_is_told_and_leaves_nothing(
    base_image: str, folder: Path, engine: Any
) -> None:
    made = Proxy(base_image, folder, Whitelist(ips=("10.0.0.1",), ports=(443,)))

    with pytest.raises(RuntimeUnavailable, match="must have squid and socat") as caught:
        made.squid.start()

    assert "not found" in str(caught.value.debug)
    with pytest.raises(NotFound):
        engine.inspect_container(made.name)


def test_a_container_of_somebody_else_is_not_replaced(
    base_image: str, folder: Path, engine: Any
) -> None:
    made = Proxy(base_image, folder, Whitelist(ips=("10.0.0.1",), ports=(443,)))
    foreign = engine.create_container(base_image, "true", name=made.name)

    try:
        with pytest.raises(RuntimeUnavailable, match="is no allow-list proxy; remove it"):
            made.squid.start()
    finally:
        engine.remove_container(foreign["Id"])
