"""What is traded for tokens, on the wire."""

from dataclasses import dataclass

from marshmallow import validate

from vantage6.server.schema.base import Body
from vantage6.server.schema.fields import Digits, Id, Text
from vantage6.server.service.authentication import Credentials

_NOT_EMPTY = validate.Length(min=1, error="must not be empty")


@dataclass(frozen=True, slots=True)
class NodeCredentials:
    """What a node logs in with."""

    api_key: str


@dataclass(frozen=True, slots=True)
class ContainerRequest:
    """The container that a node is about to start."""

    task_id: int
    image: str


class UserLogIn(Body):
    target = Credentials

    username = Text(required=True, validate=_NOT_EMPTY)
    password = Text(required=True, validate=_NOT_EMPTY)
    mfa_code = Digits()


class NodeLogIn(Body):
    target = NodeCredentials

    api_key = Text(required=True, validate=_NOT_EMPTY)


class ContainerLogIn(Body):
    target = ContainerRequest

    task_id = Id(required=True)
    image = Text(required=True)
