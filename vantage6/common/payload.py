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
opened only with a reader that the caller passes: the allow-list reader of
`vantage6.common.safe_pickle`, in clients and in algorithm containers alike. A container holds the
data of its hospital, and the pickles it reads come from other ones.
"""

import io
import json
import pickle  # for writing only; reading needs a reader from the caller
from collections.abc import Callable
from typing import Any

from vantage6.common.errors import PayloadError
from vantage6.common.json_values import to_json

JSON, PICKLE, LEGACY = "json", "pickle", "legacy"
_NAME_LIMIT = 10
_PROTOCOL = 4  # the newest that Python 3.7 reads; old algorithm images run on it

PickleReader = Callable[[bytes], Any]


def dump(value: Any, data_format: str = JSON) -> bytes:
    """Bytes of `value` in one of the formats above; names are not case-sensitive.

    What JSON takes and how it comes back is in `vantage6.common.json_values`.

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
        return prefix + _pickle(value)
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


def name_of(data: bytes) -> str | None:
    """Name of the format before the first dot, in lower case; None where there is none."""
    head, dot, _ = data[:_NAME_LIMIT].partition(b".")
    # A pickle of protocol 0 may have a dot as early; it is after a digit or a line break.
    return head.decode("ascii").lower() if dot and head.isalpha() else None


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        """Texts that pandas keeps in pyarrow, written as readers without pyarrow can read them."""
        kind = type(obj)
        if kind.__name__.startswith("ArrowString") and kind.__module__.startswith("pandas"):
            return obj.astype(_python_texts(obj.dtype)).__reduce_ex__(_PROTOCOL)
        return NotImplemented


def _python_texts(dtype: Any) -> Any:
    if hasattr(dtype, "na_value"):
        return type(dtype)("python", dtype.na_value)
    return type(dtype)("python")


def _pickle(value: Any) -> bytes:
    written = io.BytesIO()
    try:
        _Pickler(written, protocol=_PROTOCOL).dump(value)
    except (pickle.PicklingError, AttributeError, TypeError, ValueError, RecursionError) as error:
        kind = type(value).__name__
        raise PayloadError(f"a {kind} cannot be written as a pickle", debug=str(error)) from error
    return written.getvalue()


def _json(value: Any) -> str:
    try:
        return to_json(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise PayloadError(f"this value cannot be written as JSON: {error}") from error


def _split(data: bytes) -> tuple[str | None, bytes]:
    name = name_of(data)
    return name, data if name is None else data[len(name) + 1 :]


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
