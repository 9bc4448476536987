"""What the HTTP session knows without asking a server."""

import jwt
import pytest
from vantage6.common.api_session import ApiSession
from vantage6.common.errors import InvalidToken, NotAuthenticated


@pytest.mark.parametrize(
    ("host", "port", "path", "url"),
    [
        ("http://server", 5000, "/api", "http://server:5000/api/task"),
        ("https://server.org/", None, "/api", "https://server.org/api/task"),
        ("https://server.org:8443", None, "api/", "https://server.org:8443/api/task"),
        ("server", 5000, "", "http://server:5000/task"),
        ("http://server", 5000, "/", "http://server:5000/task"),
        ("http://server", 0, "/a/b", "http://server/a/b/task"),
    ],
)
def test_address_is_put_together_as_people_write_it(
    host: str, port: int | None, path: str, url: str
) -> None:
    session = ApiSession(host, port, path)

    assert session.url("task") == session.url("/task") == url


def test_session_without_a_login_has_no_identity() -> None:
    session = ApiSession("http://server", 5000)

    assert not session.is_logged_in
    assert session.token is None
    with pytest.raises(NotAuthenticated, match="log in first"):
        session.identity()
    with pytest.raises(NotAuthenticated, match="log in first"):
        session.fresh_token()
    with pytest.raises(NotAuthenticated):
        session.refresh_token()


@pytest.mark.parametrize("claim", ["sub", "identity"])
def test_identity_is_read_from_the_claim_of_old_and_new_servers(claim: str) -> None:
    session = ApiSession("http://server", 5000)

    session.use_token(jwt.encode({claim: 7}, "x" * 32))

    assert session.identity() == 7


def test_text_that_is_no_token_is_refused() -> None:
    session = ApiSession("http://server", 5000)
    session.use_token("not.a-token")

    with pytest.raises(InvalidToken, match="not a JSON web token"):
        session.identity()


def test_unverifiable_address_is_not_contacted_by_making_a_session() -> None:
    assert ApiSession("mock_server", 1234).base_url == "http://mock_server:1234/api"
