"""Tokens: written at log-in, read from the ``Authorization`` header of requests and handshakes.

The claims are 3.x's: ``sub`` is an **int** for users and nodes and an object for algorithm
containers, which is why the check of newer PyJWT versions that it is a text must be off.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

import jwt
from flask import Flask
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
)
from flask_jwt_extended.exceptions import JWTExtendedException

from vantage6.common.errors import InvalidToken, NotAuthenticated, TokenExpired
from vantage6.server.permission.principal import Kind
from vantage6.server.service.login_session import RefreshToken

TokenUse = Literal["access", "refresh"]
_ALGORITHM = "HS256"


@dataclass(frozen=True)
class Lifetimes:
    """How long each kind of token is valid."""

    access: timedelta
    refresh: timedelta
    container: timedelta


@dataclass(frozen=True)
class Caller:
    """Whom a valid token names; whether that identity still exists is not known yet.

    `subject` is the id of a user or node, or the claims of a container. `epoch` is that of the
    user or node, see `model.Authenticatable`; older tokens do not say it, and are of the first.
    `refresh` is what a refresh token says of itself.
    """

    kind: Kind
    subject: Any
    epoch: int = 0
    session_id: str | None = None
    refresh: RefreshToken | None = None


class Tokens:
    """Issues and reads the tokens of one server.

    Parameters
    ----------
    app
        Application that gets the settings of Flask-JWT-Extended; every method needs its context.
    secret
        Key of the signatures.
    lifetimes
        See `Lifetimes`.
    """

    def __init__(self, app: Flask, secret: str, lifetimes: Lifetimes) -> None:
        app.config.update(
            JWT_SECRET_KEY=secret,
            JWT_ALGORITHM=_ALGORITHM,
            JWT_TOKEN_LOCATION=["headers"],
            JWT_COOKIE_CSRF_PROTECT=False,
            JWT_VERIFY_SUB=False,
        )
        JWTManager(app)
        self._lifetimes = lifetimes

    def pair(
        self,
        kind: Kind,
        id: int,
        roles: Iterable[str] = (),
        *,
        epoch: int = 0,
        refresh: RefreshToken | None = None,
    ) -> dict[str, str]:
        """New access and refresh token of a user or node, by their keys on the wire.

        Without `refresh` they belong to no session, and the refresh token cannot be used.
        """
        claims: dict[str, Any] = {
            "client_type": kind.value,
            "roles": list(roles),
            "epoch": epoch,
        }
        own: dict[str, Any] = {}
        if refresh is not None:
            claims["sid"] = refresh.session_id
            own = {"jti": refresh.id, "after": refresh.after}
        return {
            "access_token": create_access_token(
                id, additional_claims=claims, expires_delta=self._lifetimes.access
            ),
            "refresh_token": create_refresh_token(
                id, additional_claims=claims | own, expires_delta=self._lifetimes.refresh
            ),
        }

    def container(self, subject: dict[str, Any], *, epoch: int = 0) -> str:
        """Token of one run; it also dies with the run and with the tokens of its node."""
        claims = {"client_type": Kind.CONTAINER.value, "roles": [], "epoch": epoch}
        token: str = create_access_token(
            subject, additional_claims=claims, expires_delta=self._lifetimes.container
        )
        return token

    def read(self, header: str | None, use: TokenUse = "access") -> Caller:
        """Whom the ``Authorization`` header of a request names.

        Raises
        ------
        NotAuthenticated
            When there is no bearer token.
        TokenExpired
            When its time is over.
        InvalidToken
            When it is malformed, signed by somebody else, or not for this use.
        """
        scheme, _, token = (header or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotAuthenticated(
                "log in first: the request has no 'Authorization: Bearer' header"
            )
        claims = _decode(token.strip())
        if claims.get("type") != use:
            raise InvalidToken(f"only {_article(use)} token is accepted here")
        return _caller(claims)


def _decode(token: str) -> dict[str, Any]:
    try:
        return decode_token(token)
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired() from error
    except (jwt.PyJWTError, JWTExtendedException, ValueError) as error:
        raise InvalidToken(debug=repr(error)) from error


def _caller(claims: dict[str, Any]) -> Caller:
    subject = claims.get("sub")
    try:
        kind = Kind(claims.get("client_type"))
    except ValueError as error:
        raise InvalidToken("the token does not say whom it is for") from error
    expected = dict if kind is Kind.CONTAINER else int
    if not isinstance(subject, expected) or isinstance(subject, bool):
        raise InvalidToken("the token does not fit its kind")
    session_id = claims.get("sid")
    return Caller(kind, subject, claims.get("epoch", 0), session_id, _refresh_of(claims))


def _refresh_of(claims: dict[str, Any]) -> RefreshToken | None:
    if claims["type"] != "refresh" or "sid" not in claims:
        return None
    issued_at = datetime.fromtimestamp(claims["iat"], timezone.utc)
    return RefreshToken(claims["sid"], claims["jti"], claims.get("after"), issued_at)


def _article(use: TokenUse) -> str:
    return "an access" if use == "access" else "a refresh"
