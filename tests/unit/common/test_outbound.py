"""Proxies and authorities, as far as they can be seen without a request."""

from pathlib import Path

import pytest
from tests.fakes.authority import Authority
from vantage6.common.errors import ConfigurationError
from vantage6.common.outbound import Outbound, check_proxy, password_in
from vantage6.common.outbound_session import OutboundSession

SECURE, PLAIN = "http://secure:8443", "http://plain:8080"


def test_the_proxy_follows_from_the_scheme_of_the_server() -> None:
    outbound = Outbound(http_proxy=PLAIN, https_proxy=SECURE)

    assert outbound.proxy_for("https://server.nl:443/api") == SECURE
    assert outbound.proxy_for("http://server.nl") == PLAIN
    assert Outbound(https_proxy=SECURE).proxy_for("http://server.nl") is None


@pytest.mark.parametrize(
    "url",
    [
        "https://server.hospital.nl",
        "https://hospital.nl:8443/",
        "https://10.1.2.3",
        "https://localhost",
    ],
)
def test_what_is_near_is_reached_without_a_proxy(url: str) -> None:
    outbound = Outbound(https_proxy=SECURE, no_proxy=("hospital.nl", "10.0.0.0/8", "localhost"))

    assert outbound.proxy_for(url) == ""
    assert outbound.proxy_for("https://vantage6.ai") == SECURE


def test_sockets_get_the_proxy_in_the_words_of_their_library() -> None:
    outbound = Outbound(https_proxy="http://node:p%40ss@secure:8443", no_proxy=("near.nl",))

    options = outbound.websocket_options("https://server.nl")

    assert (options["http_proxy_host"], options["http_proxy_port"]) == ("secure", 8443)
    assert options["http_proxy_auth"] == ("node", "p@ss")
    assert outbound.websocket_options("https://near.nl") == {"http_no_proxy": ["*"]}
    assert Outbound().websocket_options("https://server.nl") == {}


def test_the_configuration_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/elsewhere.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://elsewhere")
    outbound = Outbound(str(authority.file), https_proxy=SECURE)
    session = OutboundSession(outbound, "https://server.nl")

    settings = session.merge_environment_settings(
        "https://server.nl", session.settings["proxies"], None, session.settings["verify"], None
    )

    assert settings["proxies"]["https"] == SECURE
    assert settings["verify"] == str(authority.file)


def test_a_password_is_not_shown() -> None:
    proxy = "http://node:p%40ss@secure:8443"

    assert password_in(proxy) == {"p%40ss", "p@ss"}
    assert "p%40ss" not in repr(Outbound(https_proxy=proxy))
    with pytest.raises(ValueError, match="not the address") as caught:
        check_proxy("https://node:p%40ss@secure")
    assert "p%40ss" not in str(caught.value)


def test_a_bundle_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"ca_bundle: /nowhere.pem cannot be read"):
        Outbound(ca_bundle="/nowhere.pem")


def test_a_bundle_without_a_certificate_is_told_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "ca.der"
    file.write_bytes(b"\x30\x82\x01\x0a")

    with pytest.raises(ConfigurationError, match="openssl x509 -inform der"):
        Outbound(ca_bundle=str(file))


def test_a_wrong_proxy_is_told_by_its_name() -> None:
    with pytest.raises(ConfigurationError, match="https_proxy: not the address of a proxy"):
        Outbound(https_proxy="proxy:8080")
