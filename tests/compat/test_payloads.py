"""Payloads between the published client and tools 3.11.1 and ours, both ways, as bytes."""

import base64
import json
import subprocess
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.environments import peer
from vantage6.client import deserialization
from vantage6.common import payload, safe_pickle

PEER = "vantage6-client==3.11.1"
NOW = pd.Timestamp("2020-01-01 00:00:00.123")
# Written by us as JSON: what the published reader makes of it.
OURS: list[tuple[Any, Any]] = [
    ({"method": "average", "kwargs": {"column_name": "é"}}, None),
    ({"sum": np.float64(2.5), "count": np.int64(4), "none": np.nan},
     {"sum": 2.5, "count": 4, "none": None}),
    (pd.DataFrame({"a": [1, 2], "when": [NOW, pd.NaT]}),
     {"a": {"0": 1, "1": 2}, "when": {"0": 1577836800123, "1": None}}),
    (pd.Series([1.5e-12], index=["p"]), {"p": 1.5e-12}),
    ([np.arange(3), {1, 2}, (3,)], [[0, 1, 2], [1, 2], [3]]),
]  # fmt: skip
PROGRAM = """
import base64, io, json, sys
import numpy as np, pandas as pd
from vantage6.client import deserialization, serialization
from vantage6.tools import serialization as tools
from vantage6.tools.data_format import DataFormat

read = [deserialization.load_data(base64.b64decode(text)) for text in json.load(sys.stdin)]
frame = pd.DataFrame({"a": [1, 2], "x": [1.5, None], "s": ["p", "q"]})
inputs = {"method": "m", "args": [1], "kwargs": {"ids": [1, 2]}}
written = {
    "input, legacy": serialization.serialize(inputs, "pickle"),
    "input, json": b"json." + serialization.serialize(inputs, "json"),
    "input, pickle": b"pickle." + serialization.serialize(inputs, "pickle"),
    "result, json": b"json." + tools.serialize(frame, DataFormat.JSON),
    "result, pickle": b"pickle." + tools.serialize({"t": frame}, DataFormat.PICKLE),
    "result, legacy": tools.serialize([frame, np.float64(2.5)], DataFormat.PICKLE),
}
encoded = {name: base64.b64encode(data).decode() for name, data in written.items()}
json.dump({"read": read, "written": encoded}, sys.stdout)
"""


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """What the published client read of ours, and what it wrote."""
    ours = [base64.b64encode(payload.dump(value)).decode() for value, _ in OURS]
    done = subprocess.run(
        [peer(PEER), "-W", "ignore", "-c", PROGRAM],
        input=json.dumps(ours),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("place", range(len(OURS)))
def test_published_client_reads_our_json(published: dict[str, Any], place: int) -> None:
    value, expected = OURS[place]

    assert published["read"][place] == (value if expected is None else expected)


@pytest.mark.parametrize("form", ["legacy", "json", "pickle"])
def test_input_of_the_published_client_is_read(published: dict[str, Any], form: str) -> None:
    data = base64.b64decode(published["written"][f"input, {form}"])

    expected = {"method": "m", "args": [1], "kwargs": {"ids": [1, 2]}}
    assert payload.load(data, safe_pickle.read) == expected
    assert deserialization.load_data(data) == expected


def test_tables_of_published_algorithms_are_read(published: dict[str, Any]) -> None:
    data = {name: base64.b64decode(text) for name, text in published["written"].items()}
    frame = pd.DataFrame({"a": [1, 2], "x": [1.5, None], "s": ["p", "q"]})

    read = payload.load(data["result, legacy"], safe_pickle.read)

    pd.testing.assert_frame_equal(read[0], frame, check_dtype=False, check_column_type=False)
    assert read[1] == 2.5
    inner = payload.load(data["result, pickle"], safe_pickle.read)["t"]
    pd.testing.assert_frame_equal(inner, read[0])
    assert payload.load(data["result, json"]) == json.loads(payload.dump(frame)[5:])
