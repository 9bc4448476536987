"""Logging in as the environment says."""

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.rest import FakeRest
from vantage6.client import Client
from vantage6.client.environment import read_login, split_address
from vantage6.common.errors import ConfigurationError, NotAuthenticated

ENVIRON = {
    "V6_SERVER_URL": "http://server:5000/api",
    "V6_USERNAME": "ada",
    "V6_PASSWORD": "secret",
}


@pytest.fixture
def connected(rest: FakeRest) -> type[Client]:
    """A client whose every instance talks to the fake server."""

    class Connected(Client):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            rest.attach(self.session)

    return Connected


def test_client_is_logged_in(connected: type[Client], rest: FakeRest) -> None:
    client = connected.from_environment(ENVIRON)

    assert client.name == "Ada"
    assert (client.host, client.port, client.path) == ("http://server", 5000, "/api")
    body = rest.last("POST /token/user").body
    assert body == {"username": "ada", "password": "secret"}


def test_environment_of_this_process_is_the_default(
    connected: type[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)

    assert connected.from_environment().name == "Ada"


def test_key_is_set_up_and_published(
    connected: type[Client], rest: FakeRest, key_files: tuple[Path, Path]
) -> None:
    rest.on("PATCH /organization/1", {"id": 1})

    client = connected.from_environment({**ENVIRON, "V6_PRIVATE_KEY": str(key_files[0])})

    published = rest.last("PATCH /organization/1").body["public_key"]
    assert client.cryptor.public_key_str == published


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", ENVIRON)
def test_what_is_missing_is_named(name: str, value: str | None) -> None:
    environ = {**ENVIRON, name: value}
    present = {key: text for key, text in environ.items() if text is not None}

    with pytest.raises(ConfigurationError, match=f"^{name} missing.*vdev start-demo-network"):
        Client.from_environment(present)


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError, match="V6_SERVER_URL, V6_USERNAME, V6_PASSWORD"):
        Client.from_environment({})


def test_private_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ca_bundle"):
        Client.from_environment({**ENVIRON, "V6_CA_BUNDLE": str(tmp_path / "none.pem")})


def test_account_that_must_set_up_a_second_factor_is_refused(
    connected: type[Client], rest: FakeRest
) -> None:
    rest.on("POST /token/user", {"qr_uri": "otpauth://x", "otp_secret": "ABC", "msg": ""})

    with pytest.raises(NotAuthenticated, match="second factor"):
        connected.from_environment(ENVIRON)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://localhost:5000/api", ("http://localhost", 5000, "/api")),
        ("https://v6.example.org/api/", ("https://v6.example.org", None, "/api/")),
        ("v6.example.org:443", ("http://v6.example.org", 443, "")),
        ("http://[::1]:5000/a/b", ("http://[::1]", 5000, "/a/b")),
    ],
)
def test_address_is_split(url: str, parts: tuple[str, int | None, str]) -> None:
    assert split_address(url) == parts


@pytest.mark.parametrize("url", ["ftp://x/api", "http://x:port/api", "http://", "http://x/?y=1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="http://localhost:5000/api"):
        read_login({**ENVIRON, "V6_SERVER_URL": url})
