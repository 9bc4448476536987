"""What is said about an operation, and what operations work with.

The decorator that uses it is in `api/operation.py`, where the words are explained.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from flask_restful import Resource

from vantage6.common.errors import UnsupportedMediaType, WireError
from vantage6.server.api.credentials import Tokens, TokenUse
from vantage6.server.permission import policy
from vantage6.server.permission.principal import Kind
from vantage6.server.permission.rules import Op
from vantage6.server.service.authentication import Credentials, LogIn
from vantage6.server.service.login_session import Sessions
from vantage6.server.service.recovery import Recovery
from vantage6.server.service.throttle import Door, Throttle
from vantage6.server.service.vpn import VpnPortal
from vantage6.server.session import Database


class Access(Enum):
    """Gates that ask for no rule."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"


class Size(Enum):
    """How large the body of an operation may be; the numbers are in the configuration."""

    SMALL = "small"
    PAYLOAD = "payload"


Rule = tuple[str, Op]
Handler = Callable[..., Any]


class Reader(Protocol):
    """Reads a body or a query."""

    def load(self, data: Any) -> Any:
        """The value for the handler; raises marshmallow's ValidationError."""


class Writer(Protocol):
    """Writes an object, or a list of them."""

    @property
    def sortable(self) -> tuple[str, ...]:
        """Fields by which a list can be sorted."""

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """The JSON value."""


View = Callable[[Any], Writer]
"""Makes a writer from the links of this server."""


@dataclass(frozen=True)
class Limits:
    """Sizes from the configuration."""

    small_bytes: int
    payload_bytes: int
    page_size: int

    def of(self, size: Size) -> int:
        """Longest body in bytes."""
        return self.payload_bytes if size is Size.PAYLOAD else self.small_bytes


@dataclass(frozen=True)
class Context:
    """What operations work with; built by `app`.

    Attributes
    ----------
    links
        Handed to the views, not looked at here.
    log_in
        Checks the password of a user; gets the address of the caller as well.
    sessions
        Trades refresh tokens.
    recovery
        Replaces lost and changed secrets.
    hash_password
        Hash of a new password, if that is strong enough.
    throttle
        Counts how often an address comes to a door.
    aside
        Does work in a unit of work of its own, beside the request, which does not wait for it.
    vpn
        Hands out VPN configurations; None when nobody does.
    """

    database: Database
    tokens: Tokens
    links: Any
    limits: Limits
    log_in: Callable[[Credentials, str | None], LogIn]
    sessions: Sessions
    recovery: Recovery
    hash_password: Callable[[str], str]
    throttle: Throttle
    aside: Callable[[Callable[[], None]], None]
    vpn: VpnPortal | None
    _writers: dict[View, Writer] = field(default_factory=dict)

    def writer(self, view: View) -> Writer:
        """The one instance of a view."""
        if view not in self._writers:
            self._writers[view] = view(self.links)
        return self._writers[view]


@dataclass(frozen=True)
class Operation:
    """What is true of one operation; the API description derives from it.

    Attributes
    ----------
    rule
        The gate.
    body, query
        How body and query are read; None when there is none.
    out
        How the answer is written.
    also
        Other forms of the answer; a handler that has them gives a ready one (`Reply`).
    headers
        Headers of the answer that the handler adds, each with its meaning.
    failures
        Errors that do not follow from what the operation takes, see `openapi`.
    including
        Other ways to write it, by the value of the parameter ``include`` that asks for it.
    status
        Of success.
    callers
        Kinds of callers; others are refused.
    is_list
        The handler gives a selection of rows, all of which are written.
    is_paginated
        The handler gives a selection of rows, which are written page by page.
    size
        How large the body may be.
    media_error
        See `body.read_object`.
    token
        Kind of token; the handler of a refresh token gets it as ``token``, too.
    door
        What its calls are counted with, by the address of the caller.
    may_be_brief
        Whether a caller may ask for no answer; the handler gets ``brief``, and then gives None.
    in_unit
        Whether the handler runs inside a unit of work; without, it opens what it needs itself.
    """

    rule: Rule | Access
    out: View
    body: type[Reader] | None = None
    query: type[Reader] | None = None
    also: tuple[View, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[type[WireError], ...] = ()
    including: Mapping[str, View] = field(default_factory=dict)
    status: int = 200
    callers: frozenset[Kind] = frozenset(Kind)
    is_list: bool = False
    is_paginated: bool = False
    size: Size = Size.SMALL
    media_error: type[WireError] = UnsupportedMediaType
    token: TokenUse = "access"  # noqa: S105  # a kind of token
    door: Door | None = None
    may_be_brief: bool = False
    in_unit: bool = True

    def __post_init__(self) -> None:
        """Refuse a rule that is not in the table: a typing error would lock everybody out."""
        if isinstance(self.rule, tuple) and not policy.known(*self.rule):
            name, op = self.rule
            raise ValueError(f"no rule {name}:{op.name} in the permission table")


@dataclass(frozen=True)
class Reply:
    """A ready answer with headers of its own."""

    content: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiResource(Resource):  # type: ignore[misc]  # Flask-RESTful is untyped
    """Base of all resources.

    Parameters
    ----------
    context
        See `Context`.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
