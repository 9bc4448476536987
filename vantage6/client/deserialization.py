"""Objects from bytes of results, where 3.x scripts import this from.

Pickles are opened through the allow-list of `vantage6.common.safe_pickle`. Third parties register
a function for a format of their own with ``@deserializer("yaml")``; it is asked for bytes that
start with ``yaml.``.
"""

import io
from typing import Any

from vantage6.client.exceptions import DeserializationException
from vantage6.common import payload, safe_pickle
from vantage6.common.formats import Formats, content_of

_DATA_FORMAT_SEPARATOR = "."
_MAX_FORMAT_STRING_LENGTH = 10
_deserializers = Formats("Deserialization")
deserializer = _deserializers.register


def deserialize(file: Any, data_format: str) -> Any:
    """Object from an open file, or from bytes, that hold no name of a format.

    Raises
    ------
    DeserializationException
        When nobody registered the format, or the bytes are not in it.
    """
    return _deserializers.function(data_format)(file)


@deserializer("json")
def deserialize_json(file: Any) -> Any:
    """JSON."""
    return payload.load(b"json." + content_of(file))


@deserializer("pickle")
def deserialize_pickle(file: Any) -> Any:
    """Pickle, through the allow-list."""
    return payload.load(b"pickle." + content_of(file), safe_pickle.read)


def unpack_legacy_results(result: bytes) -> Any:
    """Object from a bare pickle, through the allow-list."""
    return deserialize_pickle(result)


def load_data(input_bytes: bytes) -> Any:
    """Object from bytes in any format: named, bare JSON, or a bare pickle.

    Raises
    ------
    DeserializationException
        When they are in no known format, broken, or a pickle of more than data.
    """
    if payload.name_of(input_bytes) is None:
        return payload.load(input_bytes, safe_pickle.read)
    name, body = _read_formatted(input_bytes)
    return deserialize(io.BytesIO(body), name)


def _read_formatted(data: bytes) -> tuple[str, bytes]:
    name = _read_data_format(data)
    return name, data[len(name) + len(_DATA_FORMAT_SEPARATOR) :]


def _read_data_format(data: bytes) -> str:
    name = payload.name_of(data)
    if name is None:
        raise DeserializationException("the bytes do not start with the name of a format")
    return name
