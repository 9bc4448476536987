"""Bytes of results, where 3.x algorithms import this from; formats are those of `payload`.

An algorithm may register a function for a format with ``@serializer(DataFormat.JSON)``; see
`vantage6.common.formats` for what that changes.
"""

from typing import Any

from vantage6.common import payload
from vantage6.common.formats import Formats
from vantage6.tools.data_format import DataFormat

_serializers = Formats("Serialization")
serializer = _serializers.register


def serialize(data: Any, data_format: DataFormat) -> bytes:
    """Bytes of `data`, without the name of the format before them.

    Raises
    ------
    PayloadError
        When nobody registered the format, or it cannot hold the value.
    """
    return bytes(_serializers.function(data_format)(data))


@serializer(DataFormat.JSON)
def serialize_to_json(data: Any) -> bytes:
    """JSON; see `vantage6.common.json_values`."""
    return payload.dump(data, payload.JSON).removeprefix(b"json.")


@serializer(DataFormat.PICKLE)
def serialize_to_pickle(data: Any) -> bytes:
    """Pickle of protocol 4."""
    return payload.dump(data, payload.LEGACY)
