"""Byte formats of inputs and results, and the rules by which a reader tells them apart."""

import json
import pickle
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from vantage6.common import payload, safe_pickle
from vantage6.common.errors import PayloadError

INPUT = {"method": "average", "master": True, "kwargs": {"column_name": "age"}}


# --- writing ----------------------------------------------------------------------------------


def test_json_is_what_we_write_by_default() -> None:
    assert payload.dump({"a": 1}) == b'json.{"a": 1}'


def test_json_has_the_separators_and_escapes_of_3x() -> None:
    written = payload.dump({"method": "m", "kwargs": {"a": 1, "b": "é"}})

    assert written == b'json.{"method": "m", "kwargs": {"a": 1, "b": "\\u00e9"}}'


def test_pickle_has_a_name_and_legacy_has_none() -> None:
    assert payload.dump(INPUT, "pickle")[:9] == b"pickle.\x80\x04"
    assert payload.dump(INPUT, "legacy")[:2] == b"\x80\x04"


@pytest.mark.parametrize("name", ["JSON", "Json", "PICKLE", "Legacy"])
def test_name_of_a_format_is_not_case_sensitive(name: str) -> None:
    written = payload.dump(INPUT, name)

    assert payload.load(written, pickle.loads) == INPUT


def test_unknown_format_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(PayloadError, match="'yaml'; use json, pickle or legacy"):
        payload.dump(INPUT, "yaml")


def test_value_of_an_algorithm_is_written_as_json_values_says() -> None:
    value = {"mean": np.float64(2.5), "table": pd.DataFrame({"a": [1, None]}), "none": np.nan}

    written = payload.dump(value)

    assert payload.load(written) == {
        "mean": 2.5,
        "table": {"a": {"0": 1.0, "1": None}},
        "none": None,
    }


@pytest.mark.parametrize("data_format", ["pickle", "legacy"])
@pytest.mark.parametrize(
    "make", [lambda: lambda: 1, lambda: (i for i in range(3)), lambda: deep()]
)
def test_value_without_a_form_in_a_pickle_is_refused(make: Any, data_format: str) -> None:
    with pytest.raises(PayloadError, match="cannot be written as a pickle"):
        payload.dump(make(), data_format)


def circular() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(200_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    "make", [object, lambda: b"bytes", lambda: {(1, 2): 3}, lambda: Decimal("1.5"), circular, deep]
)
def test_value_without_a_form_in_json_is_refused(make: Any) -> None:
    with pytest.raises(PayloadError, match="cannot be written as JSON"):
        payload.dump(make())


# --- reading ----------------------------------------------------------------------------------


@pytest.mark.parametrize("data_format", ["json", "pickle", "legacy"])
def test_what_was_written_is_read_back(data_format: str) -> None:
    assert payload.load(payload.dump(INPUT, data_format), safe_pickle.read) == INPUT


@pytest.mark.parametrize("name", [b"json.", b"JSON.", b"Json."])
def test_reader_takes_the_case_that_the_writer_chose(name: bytes) -> None:
    assert payload.load(name + b"[1, 2]") == [1, 2]


@pytest.mark.parametrize("text", ['{"a": 1.5}', "[1.5]", '"a.b"', '{"a.b": 1}'])
def test_bare_json_is_read_even_with_an_early_dot(text: str) -> None:
    assert payload.load(text.encode()) == json.loads(text)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_bare_pickle_of_any_protocol_is_read_with_a_reader(protocol: int) -> None:
    assert payload.load(pickle.dumps([1.5, "a"], protocol), safe_pickle.read) == [1.5, "a"]


def test_early_dot_of_an_old_pickle_is_not_taken_for_a_format() -> None:
    assert payload.load(b"I1\n.", safe_pickle.read) == 1


@pytest.mark.parametrize("data", [pickle.dumps(INPUT), b"pickle." + pickle.dumps(INPUT), b"\x00"])
def test_pickle_is_never_opened_without_a_reader(data: bytes) -> None:
    with pytest.raises(PayloadError, match="pickles are not opened here"):
        payload.load(data)


@pytest.mark.parametrize("data", [b"", b"pickle."])
def test_empty_payload_is_said_to_be_empty(data: bytes) -> None:
    with pytest.raises(PayloadError, match="empty"):
        payload.load(data, pickle.loads)


@pytest.mark.parametrize(
    "data", [b"json.", b"json.{", b"json.\xff", b"{", b'"\xff"', b"[" * 200_000]
)
def test_broken_json_is_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(PayloadError, match="not valid JSON"):
        payload.load(data)


@pytest.mark.parametrize("data", [b"\x80\x04nonsense", b"pickle.nonsense", b"\x80\x04\x95"])
def test_broken_pickle_is_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(PayloadError, match="cannot be read as a pickle"):
        payload.load(data, safe_pickle.read)


def test_unknown_format_is_named() -> None:
    with pytest.raises(PayloadError, match="unknown data format 'msgpack'"):
        payload.load(b"msgpack.\x81")


def test_name_after_the_tenth_byte_is_no_name() -> None:
    with pytest.raises(PayloadError, match="pickles are not opened here"):
        payload.load(b"abcdefghij.{}")


def test_reason_of_the_reader_is_kept() -> None:
    def refuse(data: bytes) -> Any:
        raise PayloadError(f"{len(data)} bytes are too many")

    with pytest.raises(PayloadError, match="3 bytes are too many"):
        payload.load(b"\x80\x04.", refuse)
