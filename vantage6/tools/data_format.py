"""How inputs and results are written and read inside a container.

JSON wherever it gives the receiver the same value back; a legacy pickle otherwise, so that data
frames and arrays travel between containers as they always did. `vantage6.common.json_values` says
what JSON holds, and `to_frame` and `to_series` make tables of it again.

A container reads inputs and results that other organizations wrote, next to the data of its own.
Pickles are therefore opened through the allow-list of `vantage6.common.safe_pickle`. An author
whose algorithm sends more types names them in the Dockerfile, separated by blanks::

    ENV PICKLE_TYPES="sklearn.linear_model._base.LinearRegression mypackage.model.State"
"""

import os
from collections.abc import Mapping
from enum import Enum
from typing import Any

from vantage6.common import json_values, payload, safe_pickle
from vantage6.common.tables import to_frame, to_series

__all__ = [
    "PICKLE_TYPES", "DataFormat", "decode", "encode", "natural_format", "to_frame", "to_series",
]  # fmt: skip

PICKLE_TYPES = "PICKLE_TYPES"
"""Variable of an image with further types that its pickles may hold."""


class DataFormat(Enum):
    """Name of a format, as it stands before the dot of a payload."""

    JSON = "json"
    PICKLE = "pickle"


def natural_format(value: Any) -> str:
    """The format in which a value is written when nobody asks for one."""
    try:
        return payload.JSON if json_values.survives(value) else payload.LEGACY
    except RecursionError:
        return payload.LEGACY


def encode(value: Any, data_format: str | None = None) -> bytes:
    """Bytes of a value.

    Raises
    ------
    PayloadError
        When the format is unknown or cannot hold the value.
    """
    return payload.dump(value, data_format or natural_format(value))


def decode(data: bytes, environ: Mapping[str, str] = os.environ) -> Any:
    """Value from bytes in any format.

    Parameters
    ----------
    data
        The bytes.
    environ
        The variables of the image; see above.

    Raises
    ------
    PayloadError
        When the bytes are in no known format or broken, or are a pickle that names a type which is
        not on the list.
    """
    return payload.load(data, pickle_reader(environ))


def pickle_reader(environ: Mapping[str, str] = os.environ) -> payload.PickleReader:
    """Reader of pickles that knows the further types of this image."""
    types: dict[str, set[str]] = {}
    for name in environ.get(PICKLE_TYPES, "").split():
        module, _, of_module = name.rpartition(".")
        types.setdefault(module, set()).add(of_module)
    return safe_pickle.Reader(types)
