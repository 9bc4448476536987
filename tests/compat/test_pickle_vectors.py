"""Pickles that real versions of pandas and numpy wrote, read through the allow-list."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.compat.pickles.values import values
from vantage6.common import safe_pickle
from vantage6.common.errors import PayloadError
from vantage6.common.json_values import to_json

VECTORS = json.loads((Path(__file__).parent / "vectors" / "pickles.json").read_text("utf-8"))
REFUSED = VECTORS.pop("refused")
VALUES = values()


def assert_same(read: Any, expected: Any) -> None:
    """Same type and content; resolution of times and storage of texts depend on the writer."""
    assert type(read) is type(expected)
    assert data_types(read) == data_types(expected)
    if isinstance(expected, dict):
        assert read.keys() == expected.keys()
        for key, value in expected.items():
            assert_same(read[key], value)
    elif isinstance(expected, np.ndarray):
        assert (read.shape, read.flags.f_contiguous) == (
            expected.shape,
            expected.flags.f_contiguous,
        )
        np.testing.assert_array_equal(read, expected)
    elif isinstance(expected, pd.DataFrame | pd.Series | pd.Index):
        assert to_json(read) == to_json(expected)
    else:
        assert read is expected or read == expected


def data_types(value: Any) -> list[str]:
    """Data types of columns and labels, without what depends on the writer."""
    if isinstance(value, pd.DataFrame):
        columns = [data_type for _, column in value.items() for data_type in data_types(column)]
        return [*columns, *data_types(value.columns)]
    if isinstance(value, pd.Series):
        return [str(value.name), *data_types(value.array), *data_types(value.index)]
    if isinstance(value, pd.MultiIndex):
        return [data_type for level in value.levels for data_type in data_types(level)]
    text = re.sub(r"\[(s|ms|us|ns)\b", "[time", str(getattr(value, "dtype", "")))
    return [str(getattr(value, "name", "")), text.replace("object", "str")]


@pytest.mark.parametrize("name", list(VALUES))
@pytest.mark.parametrize("writer", list(VECTORS))
def test_what_algorithms_return_is_read(writer: str, name: str) -> None:
    data = base64.b64decode(VECTORS[writer][name])

    assert_same(safe_pickle.read(data), VALUES[name])


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_is_not_read_says_what_to_do(name: str) -> None:
    with pytest.raises(PayloadError, match="'output_format': 'json'"):
        safe_pickle.read(base64.b64decode(REFUSED[name]))
