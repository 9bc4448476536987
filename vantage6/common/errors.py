"""The error tree that server, node, client and tools share.

::

    V6Error
    ├── WireError                 travels over HTTP as {"msg", "code"[, "fields"]}
    │   ├── InvalidInput          400  ── Conflict, InvalidTransition
    │   ├── NotAuthenticated      401  ── TokenExpired
    │   ├── Forbidden             401  (3.x never answers 403)
    │   ├── NotFound              404  ── NoSuchAddress (found by clients only)
    │   ├── MethodNotAllowed      405
    │   ├── PayloadTooLarge       413
    │   ├── UnsupportedMediaType  415
    │   ├── InvalidToken          422
    │   ├── TooManyRequests       429
    │   ├── InternalError         500
    │   ├── NotConfigured         501
    │   └── Unavailable           503
    └── local errors              raised and handled inside one process
        ├── ConfigurationError, EventError, PayloadError
        ├── DecryptionError, EncryptionMismatch
        ├── ServerUnreachable, WaitTimeout, RunFailed
        └── RuntimeUnavailable, RunRefused

The message is for the user and safe to show; `debug` is for the log of the process that raised it
and never leaves it.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

FieldErrors = dict[str, str]
_Error = TypeVar("_Error", bound="type[WireError]")

CATALOGUE: dict[str, "type[WireError]"] = {}
"""Every error that can travel over HTTP, by its stable code."""


class V6Error(Exception):
    """Base of all errors that vantage6 raises on purpose.

    Parameters
    ----------
    message
        What went wrong, with what, and what to do; safe to show to the user.
    debug
        Detail for the log of this process only.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str = "", *, debug: str | None = None) -> None:
        super().__init__(message or _first_line(type(self)))
        self.debug = debug

    @property
    def message(self) -> str:
        """The text for the user."""
        return str(self.args[0])


def _first_line(cls: type[V6Error]) -> str:
    # Python strips docstrings with -OO; the code is then all there is to say.
    return next(iter((cls.__doc__ or cls.code).splitlines()))


class WireError(V6Error):
    """An error that the server answers and the client raises again, class for class.

    Parameters
    ----------
    message, debug
        As for `V6Error`.
    fields
        Problem per field of the request, by dotted path.
    """

    status: ClassVar[int] = 500

    def __init__(
        self, message: str = "", *, debug: str | None = None, fields: FieldErrors | None = None
    ) -> None:
        super().__init__(message, debug=debug)
        self.fields = fields or {}

    def body(self) -> dict[str, Any]:
        """The JSON body that says this error."""
        body: dict[str, Any] = {"msg": self.message, "code": self.code}
        if self.fields:
            body["fields"] = self.fields
        return body


def _catalogued(cls: _Error) -> _Error:
    CATALOGUE[cls.code] = cls
    return cls


@_catalogued
class InvalidInput(WireError):
    """The request is not valid."""

    code = "invalid_input"
    status = 400


@_catalogued
class Conflict(InvalidInput):
    """The request contradicts what is stored already."""

    code = "conflict"


@_catalogued
class InvalidTransition(InvalidInput):
    """The run is in a state that does not allow this change."""

    code = "invalid_transition"


@_catalogued
class NotAuthenticated(WireError):
    """You are not logged in, or the credentials are wrong."""

    code = "not_authenticated"
    status = 401


@_catalogued
class TokenExpired(NotAuthenticated):
    """The token has expired; refresh it or log in again."""

    code = "token_expired"


@_catalogued
class Forbidden(WireError):
    """You lack the permission to do that."""

    code = "forbidden"
    status = 401


@_catalogued
class NotFound(WireError):
    """There is no such thing."""

    code = "not_found"
    status = 404


class NoSuchAddress(NotFound):
    """A web server has nothing at this address: it is wrong, or its vantage6 is older."""

    code = "no_such_address"


@_catalogued
class MethodNotAllowed(WireError):
    """There is something at this address, but not for that method."""

    code = "method_not_allowed"
    status = 405


@_catalogued
class PayloadTooLarge(WireError):
    """The body of the request is larger than this address accepts."""

    code = "payload_too_large"
    status = 413


@_catalogued
class UnsupportedMediaType(WireError):
    """The body must be JSON, sent as application/json."""

    code = "unsupported_media_type"
    status = 415


@_catalogued
class InvalidToken(WireError):
    """The token is not one of this server's, or not of the kind that is needed here."""

    code = "invalid_token"
    status = 422


@_catalogued
class TooManyRequests(WireError):
    """Too many requests; wait a moment and try again."""

    code = "too_many_requests"
    status = 429

    def __init__(
        self,
        message: str = "",
        *,
        debug: str | None = None,
        fields: FieldErrors | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message, debug=debug, fields=fields)
        self.retry_after_s = retry_after_s


@_catalogued
class InternalError(WireError):
    """Something went wrong at the server; its administrator finds the details in the log."""

    code = "internal"
    status = 500


@_catalogued
class NotConfigured(WireError):
    """The server is not configured for that."""

    code = "not_configured"
    status = 501


@_catalogued
class Unavailable(WireError):
    """The server cannot answer now; try again later."""

    code = "unavailable"
    status = 503


class ConfigurationError(V6Error):
    """The configuration is not usable."""

    code = "configuration"


class EventError(V6Error):
    """A socket event does not have the form that was declared for it."""

    code = "event"


class PayloadError(V6Error):
    """An input or result cannot be read or written in the format that was asked for."""

    code = "payload"


class DecryptionError(V6Error):
    """A payload cannot be decrypted with this organization's key."""

    code = "decryption"


class EncryptionMismatch(V6Error):
    """Node or client and server disagree on encryption."""

    code = "encryption_mismatch"


class ServerUnreachable(V6Error):
    """The server does not answer."""

    code = "unreachable"


class WaitTimeout(V6Error):
    """The results were not there in time; the task goes on."""

    code = "wait_timeout"


class RunFailed(V6Error):
    """At least one run of the task failed."""

    code = "run_failed"


class RuntimeUnavailable(V6Error):
    """The container engine cannot be used."""

    code = "runtime_unavailable"


class RunRefused(V6Error):
    """The node does not start this run."""

    code = "run_refused"


def from_response(status: int, body: object) -> WireError:
    """The error that a server's answer stands for.

    Parameters
    ----------
    status
        HTTP status of the answer.
    body
        Parsed JSON body. Published 3.x servers send ``msg`` or ``message`` and no code: then the
        status decides the class.
    """
    entry: Mapping[str, Any] = body if isinstance(body, dict) else {}
    message = (
        entry.get("msg") or entry.get("message") or f"the server answered with status {status}"
    )
    fields = entry.get("fields")
    cls = CATALOGUE.get(str(entry.get("code"))) or _class_for_status(status)
    return cls(
        str(message),
        debug=f"status {status}",
        fields=fields if isinstance(fields, dict) else None,
    )


def _class_for_status(status: int) -> type[WireError]:
    candidates: tuple[type[WireError], ...] = (NotAuthenticated, InvalidInput, *CATALOGUE.values())
    for cls in candidates:
        if cls.status == status:
            return cls
    if status >= 500:
        return Unavailable if status in {502, 504} else InternalError
    return InvalidInput
