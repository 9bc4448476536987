"""Reading the body of a request: JSON objects only, and never more than the operation allows."""

import json
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from vantage6.common.errors import InvalidInput, PayloadTooLarge, UnsupportedMediaType, WireError


def read_object(
    max_bytes: int, media_error: type[WireError] = UnsupportedMediaType
) -> dict[str, Any]:
    """The JSON object that the present request carries.

    Parameters
    ----------
    max_bytes
        Longest body. A longer one is refused before it is read when its length is declared, and
        as soon as it passes the limit when it comes in chunks.
    media_error
        What a body of another type is told; the log-in routes of 3.x answer 400 instead of 415.

    Raises
    ------
    PayloadTooLarge, UnsupportedMediaType, InvalidInput
    """
    content = _read(max_bytes)
    if not request.is_json:
        raise media_error("the body must be JSON, sent as application/json")
    try:
        text = content.decode(json.detect_encoding(content), "surrogatepass")
        del content  # or there would be three copies of what can be large
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        # The text of the parser may quote the body, which may hold a password.
        raise InvalidInput("the body is not valid JSON", debug=type(error).__name__) from error
    if not isinstance(value, dict):
        raise InvalidInput('the body must be a JSON object, such as {"name": "value"}')
    return value


def _read(max_bytes: int) -> bytes:
    # One byte more than allowed: werkzeug cuts a body of unknown length off without a word.
    request.max_content_length = max_bytes + 1
    try:
        content = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise _too_large(max_bytes) from error
    except ClientDisconnected as error:
        raise InvalidInput("the body is not complete") from error
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    return content


def _too_large(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"the body is larger than the {max_bytes // 1024} kB that this address accepts"
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
