"""What may be written about tunnels, the allow-list and proxies."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError
from vantage6.node.config import NodeConfig
from vantage6.node.network.settings import SSHTunnelSettings, Whitelist, host_key

LEAST = {"api_key": "some-key", "server_url": "https://server"}


def part(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


KEY = base64.b64encode(part(b"ssh-ed25519") + part(bytes(range(32)))).decode()
LINE = f"ssh-ed25519 {KEY}"
FINGERPRINT = "SHA256:" + "A" * 43


def tunnel(hostname: str = "records", **ssh: Any) -> dict[str, Any]:
    identity = {"username": "node", "key": "/keys/node.pem"}
    server = {"host": "gateway.hospital.nl", "fingerprint": LINE, "identity": identity}
    everywhere = "0.0.0.0"  # noqa: S104  # as 3.x files have it
    ends = {"bind": {"ip": everywhere, "port": 8000}, "dest": {"ip": "127.0.0.1", "port": 5432}}
    return {"hostname": hostname, "ssh": server | ssh, "tunnel": ends}


def test_the_form_of_3x_is_read() -> None:
    settings = SSHTunnelSettings(**tunnel(port=2222))

    assert settings.ssh.port == 2222
    assert settings.tunnel.bind.port == 8000
    assert settings.tunnel.dest.ip == "127.0.0.1"


def test_the_published_sample_with_the_ends_below_ssh_is_read() -> None:
    entry = tunnel()
    ends = entry.pop("tunnel")
    entry["ssh"]["tunnel"] = ends

    assert SSHTunnelSettings(**entry) == SSHTunnelSettings(**tunnel())


@pytest.mark.parametrize(
    "hostname",
    ["localhost", "ProxyServer", "squid", "algorithm", "a b", "-a", "10.0.0.1", "", "a/b"],
)
def test_a_tunnel_cannot_have_a_name_that_is_taken_or_none(hostname: str) -> None:
    with pytest.raises(ValidationError):
        SSHTunnelSettings(**tunnel(hostname))


def test_two_tunnels_with_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="two tunnels have the hostname 'RECORDS'"):
        NodeConfig(**LEAST, **{"ssh-tunnels": [tunnel(), tunnel("RECORDS")]})


@pytest.mark.parametrize("host", ["-oProxyCommand=touch", "a;b", "user@host", "a b", ""])
def test_a_server_cannot_be_an_option_of_ssh(host: str) -> None:
    with pytest.raises(ValidationError):
        SSHTunnelSettings(**tunnel(host=host))


@pytest.mark.parametrize("username", ["-l", "a b", "", "%h"])
def test_an_account_cannot_be_an_option_or_a_token_of_ssh(username: str) -> None:
    with pytest.raises(ValidationError):
        SSHTunnelSettings(**tunnel(identity={"username": username, "key": "k"}))


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        f"{LINE} root@gateway",
        f"gateway.hospital.nl {LINE}",
        f"[gateway.hospital.nl]:2222 {LINE} comment",
        f"  {LINE}\n",
    ],
)
def test_host_keys_are_taken_as_tools_print_them(text: str) -> None:
    assert host_key(text) == LINE


def test_fingerprints_are_taken_with_and_without_padding() -> None:
    assert host_key(FINGERPRINT) == host_key(f"{FINGERPRINT}=") == FINGERPRINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "SHA256:abc",
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "ssh-dss AAAA",
        f"ssh-rsa {KEY}",
        f"ssh-ed25519 {KEY[:-8]}",
        f"ssh-ed25519 {KEY}!",
        "ssh-ed25519",
    ],
)
def test_what_pins_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        host_key(text)


def test_an_allow_list_is_put_into_one_form() -> None:
    chosen = Whitelist(
        domains=["Example.org.", ".hospital.nl"], ips=["10.0.5.17/24", "2001:db8::1"], ports=[443]
    )

    assert chosen.domains == ("example.org", ".hospital.nl")
    assert chosen.ips == ("10.0.5.0/24", "2001:db8::1")
    assert chosen.is_open
    assert not Whitelist().is_open


@pytest.mark.parametrize(
    ("domain", "remedy"),
    [
        ("*.example.org", "write '.example.org'"),
        ("https://example.org", "without scheme"),
        ("example.org:443", "without scheme"),
        ("10.0.0.1", "name it in `ips`"),
        ("a b", "is not a domain"),
        ("exa$mple.org", "is not a domain"),
        ("a\nhttp_access allow all", "is not a domain"),
        ("", "is not a domain"),
    ],
)
def test_a_wrong_domain_is_refused_with_the_remedy(domain: str, remedy: str) -> None:
    with pytest.raises(ValidationError, match=remedy.replace("*", r"\*").replace(".", r"\.")):
        Whitelist(domains=[domain], ports=[443])


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0/0", "::/0", "127.0.0.1", "127.1.0.0/16", "169.254.169.254", "::1", "224.0.0.1", "x"],
)
def test_addresses_that_mean_this_host_or_everything_are_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        Whitelist(ips=[address], ports=[443])


def test_an_allow_list_without_ports_is_refused() -> None:
    with pytest.raises(ValidationError, match="say which ports are open"):
        Whitelist(domains=["example.org"])


def test_its_owner_is_told_what_is_more_open_than_it_looks() -> None:
    notices = Whitelist(domains=["a.nl"], ips=["8.8.8.8", "10.0.0.1"], ports=[80, 443]).notices()

    assert len(notices) == 2
    assert "port 80 can be read" in notices[0]
    assert "8.8.8.8 can be reached" in notices[1]
    assert Whitelist(domains=["a.nl"], ips=["10.0.0.1"], ports=[443]).notices() == []


def test_parts_for_containers_are_said_to_be_ignored_for_processes() -> None:
    parts = {"ssh-tunnels": [tunnel()], "whitelist": {"domains": ["a.nl"], "ports": [443]}}

    config = NodeConfig(**LEAST, runtime="process", **parts)

    notices = " ".join(config.notices())
    assert "ssh-tunnels: only for algorithms in containers" in notices
    assert "whitelist: only for algorithms in containers" in notices
    assert "HTTP_PROXY" not in config.environment


def test_a_vpn_network_is_accepted_and_said_to_have_no_vpn() -> None:
    (notice,) = NodeConfig(**LEAST, vpn_subnet="10.76.0.0/16").notices()

    assert notice.startswith("vpn_subnet: this version has no VPN")


def test_proxies_of_the_node_are_read_and_their_passwords_known_as_secrets() -> None:
    config = NodeConfig(
        **LEAST, https_proxy="http://node:p%40ss@proxy:8080", no_proxy="localhost, .hospital.nl"
    )

    assert config.outbound.https_proxy == "http://node:p%40ss@proxy:8080"
    assert config.outbound.no_proxy == ("localhost", ".hospital.nl")
    assert set(config.proxy_passwords) == {"p%40ss", "p@ss"}
    assert "p%40ss" not in repr(config)


@pytest.mark.parametrize(
    "address", ["proxy:8080", "https://proxy", "socks5://p:1", "http://", "x"]
)
def test_what_is_no_proxy_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(
        ValidationError, match="not the address of a proxy; write http://host:port"
    ):
        NodeConfig(**LEAST, https_proxy=address)
