"""Formats inside a container: what is written when nobody asks, and what is opened."""

import io
import os
import pickle
from typing import Any

import pandas as pd
import pytest
from vantage6.common.errors import PayloadError
from vantage6.tools import data_format, deserialization, serialization
from vantage6.tools.data_format import DataFormat
from vantage6.tools.exceptions import DeserializationError


class Model:
    """A type of an author."""

    def __init__(self) -> None:
        self.weight = 2


class Exploit:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("owned",)


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "name"),
    [({"a": 1}, "json"), ((1, 2), "legacy"), (pd.DataFrame(), "legacy"), (float("nan"), "legacy")],
)
def test_nothing_is_lost_when_nobody_asks_for_a_format(value: Any, name: str) -> None:
    assert data_format.natural_format(value) == name


def test_value_that_no_format_holds_is_refused() -> None:
    with pytest.raises(PayloadError):
        data_format.encode(deep())


@pytest.mark.parametrize("prefix", [b"", b"pickle."])
def test_cve_2023_23930_result_of_another_hospital_cannot_run_code_here(prefix: bytes) -> None:
    with pytest.raises(PayloadError, match=r"asks for posix\.mkdir"):
        data_format.decode(prefix + pickle.dumps(Exploit()))


def test_image_names_further_types() -> None:
    data = pickle.dumps([Model()])
    name = f"{Model.__module__}.Model"

    assert data_format.decode(data, {"PICKLE_TYPES": f"other.Type {name}"})[0].weight == 2
    with pytest.raises(PayloadError, match="not a harmless type"):
        data_format.decode(data, {})


def test_functions_of_3x_write_and_read() -> None:
    for name, form in (("json", DataFormat.JSON), ("pickle", DataFormat.PICKLE)):
        written = serialization.serialize({"a": 1}, form)

        assert deserialization.deserialize(io.BytesIO(written), form) == {"a": 1}
        assert deserialization.deserialize(io.BytesIO(written), name) == {"a": 1}  # type: ignore[arg-type]


def test_algorithm_registers_a_format_by_its_member(monkeypatch: pytest.MonkeyPatch) -> None:
    original = serialization.serialize_to_json
    monkeypatch.setitem(serialization._serializers, "json", original)

    serialization.serializer(DataFormat.JSON)(lambda data: b"mine")

    assert serialization.serialize({}, DataFormat.JSON) == b"mine"


@pytest.mark.parametrize("data", [b"{", b""])
def test_broken_input_is_an_error_of_the_tools(data: bytes) -> None:
    with pytest.raises(DeserializationError):
        deserialization.deserialize(io.BytesIO(data), DataFormat.JSON)
