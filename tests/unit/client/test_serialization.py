"""Writing and reading payloads by the names of 3.x."""

import io
import os
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from vantage6.client import deserialization, serialization
from vantage6.client.exceptions import DeserializationException


def test_json_has_no_name_and_takes_what_algorithms_make() -> None:
    written = serialization.serialize({"n": np.int64(1)}, "JSON")

    assert written == serialization.serialize_json({"n": 1}) == b'{"n": 1}'


def test_pickle_is_a_bare_one() -> None:
    assert pickle.loads(serialization.serialize((1, 2), "pickle")) == (1, 2)  # noqa: S301


def test_unknown_format_has_the_message_of_3x() -> None:
    with pytest.raises(Exception, match=r"Serialization of xml has not been implemented\."):
        serialization.serialize(1, "xml")
    with pytest.raises(DeserializationException, match="Deserialization of xml has not been"):
        deserialization.load_data(b"xml.<a/>")


def test_third_party_registers_a_format(monkeypatch: pytest.MonkeyPatch) -> None:
    for registry in (serialization._serializers, deserialization._deserializers):
        monkeypatch.delitem(registry, "rev", raising=False)

    @serialization.serializer("Rev")
    def write(data: str) -> bytes:
        return data[::-1].encode()

    @deserialization.deserializer("rev")
    def read(file: Any) -> str:
        return str(file.read().decode()[::-1])

    assert deserialization.load_data(b"REV." + serialization.serialize("abc", "rev")) == "abc"
    for registry in (serialization._serializers, deserialization._deserializers):
        registry.pop("rev")


@pytest.mark.parametrize(
    "data",
    [
        b"json.[1, 2]",
        b"JSON.[1, 2]",
        b"[1, 2]",
        pickle.dumps([1, 2]),
        b"pickle." + pickle.dumps([1, 2]),
    ],
)
def test_every_format_is_read(data: bytes) -> None:
    assert deserialization.load_data(data) == [1, 2]


def test_table_of_an_old_algorithm_is_read() -> None:
    frame = pd.DataFrame({"a": [1.5, None]})

    pd.testing.assert_frame_equal(
        deserialization.unpack_legacy_results(pickle.dumps(frame)), frame
    )


def test_functions_by_format_take_open_files() -> None:
    assert deserialization.deserialize(io.BytesIO(b"[1]"), "json") == [1]
    assert deserialization.deserialize_json(io.BytesIO(b"[1]")) == [1]
    assert deserialization.deserialize_pickle(io.BytesIO(pickle.dumps(1))) == 1


def test_parts_of_3x_are_there() -> None:
    assert deserialization._read_formatted(b"JSON.[1]") == ("json", b"[1]")
    with pytest.raises(DeserializationException):
        deserialization._read_data_format(b"\x80\x04.")


class Exploit:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("owned",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"json.",
        b"json.{",
        b"nonsense",
        pickle.dumps(Exploit()),
        b"pickle." + pickle.dumps(Exploit()),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes) -> None:
    with pytest.raises(DeserializationException):
        deserialization.load_data(data)
