"""/token: log in, stay logged in, and log in containers."""

from collections.abc import Iterable
from typing import Any

from vantage6.common.errors import InvalidInput
from vantage6.server.api.declaration import ApiResource, Reply
from vantage6.server.api.operation import ANYONE, SIGNED_IN, operation
from vantage6.server.model import User
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.schema.token import (
    ContainerLogIn,
    ContainerRequest,
    NodeCredentials,
    NodeLogIn,
    UserLogIn,
)
from vantage6.server.service import authentication
from vantage6.server.service.authentication import Credentials


class _TokenResource(ApiResource):
    """What the log-in routes have in common."""

    def tokens(
        self, kind: Kind, id_: int, epoch: int, roles: Iterable[str] = ()
    ) -> dict[str, Any]:
        """New tokens, and where to go with them; paths without host."""
        links = self.context.links
        return {
            **self.context.tokens.pair(kind, id_, roles, epoch=epoch),
            "refresh_url": f"{links.prefix}/token/refresh",
            f"{kind.value}_url": links.path(kind.value, id_),
        }


class UserToken(_TokenResource):
    """Log-in of users."""

    @operation(ANYONE, body=UserLogIn, media_error=InvalidInput)
    def post(self, body: Credentials) -> Reply:
        """Log in with user name and password.

        When a second factor is asked for, the first answer has a secret for the authenticator app
        (``qr_uri``, ``otp_secret``), and later ones only a message until ``mfa_code`` is sent.
        """
        log_in = self.context.log_in(body)
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
        return _signed(self.tokens(Kind.USER, user.id, user.token_epoch, _role_names(user)))


class NodeToken(_TokenResource):
    """Log-in of nodes."""

    @operation(ANYONE, body=NodeLogIn, media_error=InvalidInput)
    def post(self, body: NodeCredentials) -> Reply:
        """Log in with the API key of a node."""
        node = authentication.log_in_node(body.api_key)
        return _signed(self.tokens(Kind.NODE, node.id, node.token_epoch))


class ContainerToken(ApiResource):
    """Tokens of containers."""

    @operation(SIGNED_IN, callers=frozenset({Kind.NODE}), body=ContainerLogIn)
    def post(self, actor: Principal, body: ContainerRequest) -> dict[str, Any]:
        """Get a token for the container that a node starts; it ends with the run."""
        subject = authentication.container_identity(actor, body.task_id, body.image)
        return {"container_token": self.context.tokens.container(subject, epoch=actor.epoch)}


class RefreshToken(_TokenResource):
    """Renewal of tokens."""

    @operation(
        SIGNED_IN,
        callers=frozenset({Kind.USER, Kind.NODE}),
        token="refresh",  # noqa: S106  # a kind of token
    )
    def post(self, actor: Principal) -> dict[str, Any]:
        """Trade a refresh token for new tokens, the refresh token included."""
        roles = _role_names(User.by_id(actor.id)) if actor.kind is Kind.USER else []
        return self.tokens(actor.kind, actor.id, actor.epoch, roles)


def _signed(tokens: dict[str, Any]) -> Reply:
    return Reply(tokens, {"jwt-token": tokens["access_token"]})


def _role_names(user: User) -> list[str]:
    return sorted(role.name for role in user.roles)
