"""Every failure of a request -> the JSON body and status that say it.

The domain's own errors (`V6Error`) carry both already. What frameworks and the database raise is
translated here, once, so that no handler and no service knows of it.
"""

import json
import logging
from http import HTTPStatus

from flask import Response
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from vantage6.common.errors import (
    Conflict,
    InternalError,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
    V6Error,
    WireError,
)

log = logging.getLogger(__name__)

_BY_STATUS: dict[int, type[WireError]] = {
    HTTPStatus.METHOD_NOT_ALLOWED: MethodNotAllowed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: PayloadTooLarge,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: UnsupportedMediaType,
}


def answer(error: Exception) -> Response:
    """The response that says `error`; an unexpected one is logged and told in general terms only.

    Called while the exception is being handled, after the unit of work has been rolled back.
    """
    if isinstance(error, HTTPException):
        return _answer_http(error)
    if isinstance(error, exc.DBAPIError):
        return _render(_translate_database(error))
    if isinstance(error, WireError):
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s: %s (%s)", error.code, error, error.debug)
        elif error.debug:
            log.info("%s: %s", error.code, error.debug)
        return _render(error)
    if isinstance(error, V6Error):
        log.error("%s: %s (%s)", error.code, error, error.debug)
    else:
        log.error("unexpected error", exc_info=error)
    return _render(InternalError())


def _answer_http(error: HTTPException) -> Response:
    """What routing and body reading raise; the headers (``Allow``) are kept."""
    if isinstance(error, RequestRedirect):
        # To the normal form of an address; not an error.
        return Response(status=error.code, headers={"Location": error.new_url})
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("unexpected error", exc_info=error)
        return _render(InternalError())
    if status == HTTPStatus.NOT_FOUND:
        return _render(NotFound("there is nothing at this address; look at /apidocs/"))
    response = _render(_BY_STATUS.get(status, InvalidInput)(), status)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _translate_database(error: exc.DBAPIError) -> WireError:
    """Name the failure; statement and values stay out of the answer and the log."""
    if isinstance(error, exc.IntegrityError):
        log.info("refused by the database: %s", type(error.orig).__name__)
        return Conflict("that is there already, or something that it needs is gone")
    if isinstance(error, exc.DataError):
        log.info("value refused by the database: %s", type(error.orig).__name__)
        return InvalidInput("a value is too large, or not one that can be stored")
    if isinstance(error, exc.OperationalError):
        log.error("the database does not answer: %s", error.orig)
        return Unavailable("the database does not answer now; try again in a moment")
    log.error("unexpected database error: %s", error.orig)
    return InternalError()


def _render(error: WireError, status: int | None = None) -> Response:
    response = Response(
        json.dumps(error.body()), status or error.status, content_type="application/json"
    )
    if isinstance(error, TooManyRequests) and error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response
