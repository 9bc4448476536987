"""/token: log in, stay logged in, and log in containers."""

from collections.abc import Iterable
from typing import Any

from flask import request

from vantage6.common.errors import InvalidInput, NotAuthenticated
from vantage6.server.api.declaration import ApiResource, Reply
from vantage6.server.api.operation import ANYONE, SIGNED_IN, operation
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.schema.answer import (
    CodeUsedView,
    ContainerTokenView,
    FactorConfirmedView,
    FactorView,
    MessageView,
    NodeTokensView,
    UserTokensView,
)
from vantage6.server.schema.token import (
    ContainerLogIn,
    ContainerRequest,
    NodeCredentials,
    NodeLogIn,
    UserLogIn,
)
from vantage6.server.service import authentication
from vantage6.server.service import user as users
from vantage6.server.service.authentication import Credentials, LogIn
from vantage6.server.service.login_session import RefreshToken as Refresh
from vantage6.server.service.throttle import Door

_TOKEN_HEADER = {"jwt-token": "The access token"}


class _TokenResource(ApiResource):
    """What the log-in routes have in common."""

    def tokens(
        self, kind: Kind, id_: int, epoch: int, refresh: Refresh, roles: Iterable[str] = ()
    ) -> dict[str, Any]:
        """New tokens, and where to go with them; paths without host."""
        links = self.context.links
        return {
            **self.context.tokens.pair(kind, id_, roles, epoch=epoch, refresh=refresh),
            "refresh_url": f"{links.prefix}/token/refresh",
            f"{kind.value}_url": links.path(kind.value, id_),
        }


class UserToken(_TokenResource):
    """Log-in of users."""

    @operation(
        ANYONE,
        body=UserLogIn,
        media_error=InvalidInput,
        out=UserTokensView,
        also=(FactorConfirmedView, CodeUsedView, FactorView, MessageView),
        headers=_TOKEN_HEADER,
        failures=(NotAuthenticated,),
        door=Door.USER_LOG_IN,
    )
    def post(self, body: Credentials) -> Reply:
        """Log in with user name and password.

        When a second factor is asked for, the first answer has a secret for the authenticator app
        (``qr_uri``, ``otp_secret``), and later ones only a message until ``mfa_code`` is sent.
        The first code also brings ``recovery_codes``. Each of them can be sent once as
        ``mfa_code`` when the app is lost; they are not shown again.
        """
        log_in = self.context.log_in(body, request.remote_addr)
        if log_in.otp_secret is not None:
            return Reply(
                {
                    "qr_uri": log_in.qr_uri,
                    "otp_secret": log_in.otp_secret,
                    "msg": "scan the code with an authenticator app, then log in with its digits",
                }
            )
        if log_in.code_needed:
            return Reply({"msg": "send the six digits of your authenticator app as well"})
        user = log_in.user
        refresh, roles = self.context.sessions.begin(user.id), users.role_names(user.id)
        tokens = self.tokens(Kind.USER, user.id, user.token_epoch, refresh, roles)
        return _signed(tokens | _codes_of(log_in))


class NodeToken(_TokenResource):
    """Log-in of nodes."""

    @operation(
        ANYONE,
        body=NodeLogIn,
        media_error=InvalidInput,
        out=NodeTokensView,
        headers=_TOKEN_HEADER,
        failures=(NotAuthenticated,),
        door=Door.NODE_LOG_IN,
    )
    def post(self, body: NodeCredentials) -> Reply:
        """Log in with the API key of a node."""
        node = authentication.log_in_node(body.api_key)
        refresh = self.context.sessions.begin(node.id)
        return _signed(self.tokens(Kind.NODE, node.id, node.token_epoch, refresh))


class ContainerToken(ApiResource):
    """Tokens of containers."""

    @operation(
        SIGNED_IN,
        callers=frozenset({Kind.NODE}),
        body=ContainerLogIn,
        out=ContainerTokenView,
    )
    def post(self, actor: Principal, body: ContainerRequest) -> dict[str, Any]:
        """Get a token for the container that a node starts; it ends with the run."""
        subject = authentication.container_identity(actor, body.task_id, body.image)
        return {"container_token": self.context.tokens.container(subject, epoch=actor.epoch)}


class RefreshToken(_TokenResource):
    """Renewal of tokens."""

    @operation(
        SIGNED_IN,
        callers=frozenset({Kind.USER, Kind.NODE}),
        out=UserTokensView,
        also=(NodeTokensView,),
        token="refresh",  # noqa: S106  # a kind of token
    )
    def post(self, actor: Principal, token: Refresh | None) -> Reply:
        """Trade a refresh token for new tokens, the refresh token included.

        Use the new refresh token from then on. When one is used after its successor was, it may
        have been stolen: all tokens since the log-in end.
        """
        refresh = self.context.sessions.renew(actor.id, token)
        roles = users.role_names(actor.id) if actor.kind is Kind.USER else []
        return Reply(self.tokens(actor.kind, actor.id, actor.epoch, refresh, roles))


def _signed(tokens: dict[str, Any]) -> Reply:
    return Reply(tokens, {"jwt-token": tokens["access_token"]})


def _codes_of(log_in: LogIn) -> dict[str, Any]:
    if log_in.recovery_codes:
        return {"recovery_codes": list(log_in.recovery_codes)}
    if log_in.recovery_codes_left is not None:
        return {"recovery_codes_left": log_in.recovery_codes_left}
    return {}
