"""How inputs and results are written and read inside a container.

JSON wherever it gives the receiver the same value back; a legacy pickle otherwise, so that data
frames and arrays travel between containers as they always did. Pickles are opened here without an
allow-list: the container is the sandbox.
"""

import pickle
from enum import Enum
from typing import Any

from vantage6.common import payload


class DataFormat(Enum):
    """Name of a format, as it stands before the dot of a payload."""

    JSON = "json"
    PICKLE = "pickle"


def natural_format(value: Any) -> str:
    """The format in which a value is written when nobody asks for one."""
    return payload.JSON if payload.survives_json(value) else payload.LEGACY


def encode(value: Any, data_format: str | None = None) -> bytes:
    """Bytes of a value.

    Raises
    ------
    PayloadError
        When the format is unknown or cannot hold the value.
    """
    return payload.dump(value, data_format or natural_format(value))


def decode(data: bytes) -> Any:
    """Value from bytes in any format.

    Raises
    ------
    PayloadError
        When the bytes are in no known format or broken.
    """
    return payload.load(data, pickle.loads)
