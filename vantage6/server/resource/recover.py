"""/recover and /password: lost and changed secrets."""

from functools import partial
from typing import Any

from flask import request

from vantage6.common.errors import InvalidInput, NotAuthenticated
from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import ANYONE, SIGNED_IN, operation
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.answer import (
    ApiKeyView,
    FactorView,
    MessageView,
    RecoveryCodesView,
)
from vantage6.server.schema.recover import (
    LostFactorBody,
    LostPasswordBody,
    NewFactorBody,
    NewPasswordBody,
    PasswordPairBody,
    ProofBody,
)
from vantage6.server.schema.reference import Reference, ReferenceBody
from vantage6.server.service import node as nodes
from vantage6.server.service.recovery import (
    LostFactor,
    LostPassword,
    NewFactor,
    NewPassword,
    PasswordPair,
    Proof,
)
from vantage6.server.service.throttle import Door

_USER = frozenset({Kind.USER})
_MAILED = {"msg": "if there is such an account and its mail address is known, a mail is sent"}


class PasswordLost(ApiResource):
    """Lost passwords."""

    @operation(ANYONE, body=LostPasswordBody, out=MessageView, door=Door.RECOVERY, in_unit=False)
    def post(self, body: LostPassword) -> dict[str, Any]:
        """Ask for a mail with a token that replaces a password.

        The answer, and the time it takes, is the same for everybody.
        """
        self.context.aside(partial(self.context.recovery.mail_password_token, body))
        return _MAILED


class PasswordReset(ApiResource):
    """New passwords."""

    @operation(
        ANYONE,
        body=NewPasswordBody,
        out=MessageView,
        failures=(NotAuthenticated,),
        door=Door.RECOVERY,
    )
    def post(self, body: NewPassword) -> dict[str, Any]:
        """Replace a lost password with the token from the mail, once."""
        self.context.recovery.reset_password(body)
        return {"msg": "the password is replaced; log in with the new one"}


class FactorLost(ApiResource):
    """Lost second factors."""

    @operation(
        ANYONE,
        body=LostFactorBody,
        out=MessageView,
        failures=(NotAuthenticated,),
        door=Door.RECOVERY,
    )
    def post(self, body: LostFactor) -> dict[str, Any]:
        """Ask for a mail with a token that replaces the second factor; needs the password."""
        self.context.recovery.mail_factor_token(body, request.remote_addr)
        return _MAILED


class FactorReset(ApiResource):
    """New second factors."""

    @operation(
        ANYONE,
        body=NewFactorBody,
        out=FactorView,
        failures=(NotAuthenticated,),
        door=Door.RECOVERY,
    )
    def post(self, body: NewFactor) -> dict[str, Any]:
        """Get a new secret for the authenticator app with the token from the mail, once.

        The old second factor is good until a log-in with the new one.
        """
        shown = self.context.recovery.reset_factor(body)
        return {
            "qr_uri": shown.qr_uri,
            "otp_secret": shown.otp_secret,
            "msg": "scan the code with an authenticator app, then log in with its digits",
        }


class FactorCodes(ApiResource):
    """Recovery codes of the second factor."""

    @operation(SIGNED_IN, callers=_USER, body=ProofBody, out=RecoveryCodesView)
    def post(self, actor: Principal, body: Proof) -> dict[str, Any]:
        """Get new recovery codes for your second factor; needs the password.

        Each can be sent once as `mfa_code` when the app is lost. Those from before end.
        """
        codes = self.context.recovery.renew_codes(actor, body, request.remote_addr)
        text = "keep these codes in a safe place; they are not shown again"
        return {"recovery_codes": list(codes), "msg": text}


class NodeKey(ApiResource):
    """New API keys."""

    @operation(
        ("node", Op.EDIT),
        callers=_USER,
        body=Reference,
        media_error=InvalidInput,
        out=ApiKeyView,
    )
    def post(self, actor: Principal, body: ReferenceBody) -> dict[str, Any]:
        """Replace the API key of a node; the old one and its tokens end."""
        return {"api_key": nodes.reset_api_key(actor, body.id).clear_api_key}


class PasswordChange(ApiResource):
    """Passwords of those who know them."""

    @operation(SIGNED_IN, callers=_USER, body=PasswordPairBody, out=MessageView)
    def patch(self, actor: Principal, body: PasswordPair) -> dict[str, Any]:
        """Replace your password; all your tokens end, so log in again."""
        self.context.recovery.change_password(actor, body, request.remote_addr)
        return {"msg": "the password is changed; log in again"}
