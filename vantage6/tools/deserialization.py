"""Objects from bytes of inputs, where 3.x algorithms import this from.

Pickles are opened through the allow-list of `vantage6.common.safe_pickle` with the further types
of the image (`vantage6.tools.data_format`).
"""

from typing import Any

from vantage6.common.errors import PayloadError
from vantage6.common.formats import Formats, content_of
from vantage6.tools.data_format import DataFormat, decode
from vantage6.tools.exceptions import DeserializationError

_deserializers = Formats("Deserialization")
deserializer = _deserializers.register


def deserialize(file: Any, data_format: DataFormat) -> Any:
    """Object from an open file that holds no name of a format.

    Raises
    ------
    DeserializationError
        When nobody registered the format, or the bytes are not in it.
    """
    try:
        return _deserializers.function(data_format)(file)
    except PayloadError as error:
        raise DeserializationError(error.message, debug=error.debug) from error


@deserializer(DataFormat.JSON)
def deserialize_json(file: Any) -> Any:
    """JSON."""
    return decode(b"json." + content_of(file))


@deserializer(DataFormat.PICKLE)
def deserialize_pickle(file: Any) -> Any:
    """Pickle, through the allow-list."""
    return decode(b"pickle." + content_of(file))
