"""Lost and changed secrets on the wire."""

from typing import Any

from marshmallow import ValidationError, validate, validates_schema

from vantage6.server.schema.base import Body, Json
from vantage6.server.schema.fields import Text
from vantage6.server.service.recovery import (
    LostFactor,
    LostPassword,
    NewFactor,
    NewPassword,
    PasswordPair,
    Proof,
)

_NOT_EMPTY = validate.Length(min=1, error="must not be empty")


class _Account(Body):
    # Published clients send null for the one that they do not know.
    username = Text()
    email = Text()

    @validates_schema
    def require_one(self, data: Json, **_: Any) -> None:
        """Refuse a body that names nobody."""
        if not data.get("username") and not data.get("email"):
            raise ValidationError("give the user name or the mail address", "username")


class LostPasswordBody(_Account):
    target = LostPassword


class LostFactorBody(_Account):
    target = LostFactor

    password = Text(required=True, validate=_NOT_EMPTY)


class NewPasswordBody(Body):
    target = NewPassword

    reset_token = Text(required=True, validate=_NOT_EMPTY)
    password = Text(required=True, validate=_NOT_EMPTY)


class NewFactorBody(Body):
    target = NewFactor

    reset_token = Text(required=True, validate=_NOT_EMPTY)


class ProofBody(Body):
    target = Proof

    password = Text(required=True, validate=_NOT_EMPTY)


class PasswordPairBody(Body):
    target = PasswordPair

    current_password = Text(required=True, validate=_NOT_EMPTY)
    new_password = Text(required=True, validate=_NOT_EMPTY)
