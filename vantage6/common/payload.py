"""Task inputs and results between Python objects and the bytes that travel.

Formats
-------
``json``
    ``json.`` followed by JSON text; the default of everything we write.
``pickle``
    ``pickle.`` followed by a pickle.
``legacy``
    A bare pickle, as 3.x clients and algorithms send it by default.

The reader takes the text before the first dot within the first ten bytes for the name of the
format, as 3.x does, and also takes bare JSON. Server and node never open a payload. A pickle is
opened only with a reader that the caller passes: an algorithm container passes ``pickle.loads``
(it is the sandbox), a client passes the allow-list reader of `vantage6.common.safe_pickle`.
"""

import json
import pickle  # for writing only; reading needs a reader from the caller
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from vantage6.common.errors import PayloadError

JSON, PICKLE, LEGACY = "json", "pickle", "legacy"
_NAME_LIMIT = 10
_PROTOCOL = 4  # the newest that Python 3.7 reads; old algorithm images run on it

PickleReader = Callable[[bytes], Any]


def dump(value: Any, data_format: str = JSON) -> bytes:
    """Bytes of `value` in one of the formats above; names are not case-sensitive.

    JSON takes numpy scalars and arrays, data frames and series (column-oriented, as ``to_json``
    writes them), sets, tuples and dates; they come back as numbers, lists, objects and text.

    Raises
    ------
    PayloadError
        When the format is unknown or cannot hold the value.
    """
    name = data_format.lower()
    if name == JSON:
        return b"json." + _json(value).encode("utf-8")
    if name in {PICKLE, LEGACY}:
        prefix = b"pickle." if name == PICKLE else b""
        return prefix + pickle.dumps(value, protocol=_PROTOCOL)
    raise PayloadError(f"unknown data format '{data_format}'; use json, pickle or legacy")


def load(data: bytes, read_pickle: PickleReader | None = None) -> Any:
    """Object from bytes in any of the formats above.

    Parameters
    ----------
    data
        The bytes, decrypted.
    read_pickle
        Opens a pickle; without it pickles are refused.

    Raises
    ------
    PayloadError
        When the bytes are in no known format, are broken, or are a pickle that may not be opened.
    """
    name, body = _split(data)
    if name == JSON:
        return _parse(body)
    if name == PICKLE:
        return _unpickle(body, read_pickle)
    if name is None and data[:1] in (b"{", b"[", b'"'):
        return _parse(data)
    if name is None:
        return _unpickle(data, read_pickle)
    raise PayloadError(f"unknown data format '{name}'")


def survives_json(value: Any) -> bool:
    """Whether reading the JSON of `value` gives back the same thing, numpy scalars as numbers."""
    if value is None or isinstance(value, str | bool | int | float):
        return True
    if isinstance(value, list):
        return all(survives_json(entry) for entry in value)
    if isinstance(value, dict):
        return all(isinstance(k, str) and survives_json(v) for k, v in value.items())
    return _is_numpy_scalar(value)


def _json(value: Any) -> str:
    try:
        if hasattr(value, "to_json"):
            return str(value.to_json())
        return json.dumps(value, default=_jsonable)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise PayloadError(f"this value cannot be written as JSON: {error}") from error


def _jsonable(value: Any) -> Any:
    # Duck typing: this package must not import numpy or pandas.
    if hasattr(value, "to_json"):
        return json.loads(value.to_json())
    if _is_numpy_scalar(value):
        return value.item()
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"objects of type {type(value).__name__} have no form in JSON")


def _is_numpy_scalar(value: Any) -> bool:
    return type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0


def _split(data: bytes) -> tuple[str | None, bytes]:
    head, dot, _ = data[:_NAME_LIMIT].partition(b".")
    if not dot or not head.isalpha():
        return None, data
    return head.decode("ascii").lower(), data[len(head) + 1 :]


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PayloadError("the payload is not valid JSON", debug=str(error)) from error


def _unpickle(body: bytes, read_pickle: PickleReader | None) -> Any:
    if not body:
        raise PayloadError("the payload is empty")
    if read_pickle is None:
        raise PayloadError(
            "the payload is a pickle, or in no known format; pickles are not opened here"
        )
    try:
        return read_pickle(body)
    except PayloadError:
        raise
    except Exception as error:  # a broken pickle raises almost anything
        raise PayloadError("the payload cannot be read as a pickle", debug=repr(error)) from error
