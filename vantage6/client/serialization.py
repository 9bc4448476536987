"""Bytes of inputs, where 3.x scripts import this from; formats are those of `payload`.

Third parties register a function for a format of their own::

    @serializer("yaml")
    def serialize_yaml(data): ...
"""

from typing import Any

from vantage6.common import payload
from vantage6.common.formats import Formats

_serializers = Formats("Serialization")
serializer = _serializers.register


def serialize(data: Any, data_format: str) -> bytes:
    """Bytes of `data`, without the name of the format before them.

    Raises
    ------
    PayloadError
        When nobody registered the format, or it cannot hold the value.
    """
    return bytes(_serializers.function(data_format)(data))


@serializer("json")
def serialize_json(data: Any) -> bytes:
    """JSON; see `vantage6.common.json_values`."""
    return payload.dump(data, payload.JSON).removeprefix(b"json.")


@serializer("pickle")
def serialize_pickle(data: Any) -> bytes:
    """Pickle of protocol 4."""
    return payload.dump(data, payload.LEGACY)
