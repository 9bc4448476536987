from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import jwt
import pytest
from flask import Flask
from vantage6.common.errors import InvalidToken, NotAuthenticated, TokenExpired
from vantage6.server.api.credentials import Caller, Lifetimes, Tokens
from vantage6.server.permission.principal import Kind

SECRET = "a secret that is long enough for every algorithm that is used here, and more"
SUBJECT = {"client_type": "container", "node_id": 3, "task_id": 7, "image": "img"}
LIFETIMES = Lifetimes(timedelta(hours=6), timedelta(hours=48), timedelta(days=30))


@pytest.fixture
def tokens() -> Iterator[Tokens]:
    app = Flask(__name__)
    made = Tokens(app, SECRET, LIFETIMES)
    with app.app_context():
        yield made


def claims_of(token: str) -> dict:
    return jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_sub": False})


def sign(secret: str = SECRET, algorithm: str = "HS256", **claims) -> str:
    now = datetime.now(timezone.utc)
    plain = {"type": "access", "client_type": "user", "exp": now + timedelta(hours=1), "jti": "1"}
    return "Bearer " + jwt.encode(plain | claims, secret, algorithm)


@pytest.mark.parametrize("kind", [Kind.USER, Kind.NODE])
def test_the_claims_of_an_access_token_are_those_of_3x(tokens, kind):
    token = tokens.pair(kind, 5, ["Root"])["access_token"]

    claims = claims_of(token)

    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert claims["sub"] == 5
    assert (claims["client_type"], claims["type"], claims["roles"], claims["fresh"]) == (
        kind.value,
        "access",
        ["Root"],
        False,
    )
    assert {"iat", "nbf", "jti", "exp"} <= set(claims)


def test_lifetimes_are_those_that_were_given(tokens):
    pair = tokens.pair(Kind.USER, 5)

    for token, hours in ((pair["access_token"], 6), (pair["refresh_token"], 48)):
        claims = claims_of(token)
        assert claims["exp"] - claims["iat"] == hours * 3600


def test_the_token_of_a_container_has_an_object_as_subject_and_an_end(tokens):
    claims = claims_of(tokens.container(SUBJECT))

    assert claims["sub"] == SUBJECT
    assert claims["client_type"] == "container"
    assert claims["exp"] - claims["iat"] == 30 * 86400


def test_tokens_are_read_back(tokens):
    access = "Bearer " + tokens.pair(Kind.NODE, 5)["access_token"]
    container = "bearer " + tokens.container(SUBJECT)

    assert tokens.read(access) == Caller(Kind.NODE, 5)
    assert tokens.read(container) == Caller(Kind.CONTAINER, SUBJECT)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer  ", "Basic dXNlcjpwYXNz", "abc"])
def test_a_request_without_bearer_token_is_not_authenticated(tokens, header):
    with pytest.raises(NotAuthenticated):
        tokens.read(header)


def test_an_expired_token_is_told_apart_from_a_wrong_one(tokens):
    past = datetime.now(timezone.utc) - timedelta(seconds=1)

    with pytest.raises(TokenExpired):
        tokens.read(sign(sub=5, exp=past))


@pytest.mark.parametrize(
    "header",
    [
        "Bearer not-a-token",
        "Bearer a.b.c",
        "Bearer " + "x" * 10_000,
        sign(secret="another secret that is long enough for this", sub=5),
        sign(algorithm="HS512", sub=5),
        "Bearer " + jwt.encode({"sub": 5, "client_type": "user"}, "", algorithm="none"),
        sign(),
        sign(sub="5"),
        sign(sub=True),
        sign(sub={"id": "5"}),
        sign(sub=[5]),
        sign(sub=5, client_type="robot"),
        sign(sub=5, client_type=None),
        sign(sub=5, client_type="container"),
        sign(sub={}, client_type="node"),
    ],
)
def test_a_token_that_is_not_ours_or_makes_no_sense_is_invalid(tokens, header):
    with pytest.raises(InvalidToken):
        tokens.read(header)


def test_an_access_token_does_not_refresh_and_a_refresh_token_does_not_open(tokens):
    pair = tokens.pair(Kind.USER, 5)

    with pytest.raises(InvalidToken):
        tokens.read("Bearer " + pair["access_token"], "refresh")
    with pytest.raises(InvalidToken):
        tokens.read("Bearer " + pair["refresh_token"])
    assert tokens.read("Bearer " + pair["refresh_token"], "refresh").subject == 5
