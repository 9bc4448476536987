"""The allow-list reader: real data come through, real exploits do not."""

import builtins
import collections
import datetime
import decimal
import os
import pickle
import subprocess
import zoneinfo
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from vantage6.common import safe_pickle
from vantage6.common.errors import PayloadError

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
# Protocols 0 and 1 rebuild Python classes through a generic constructor that takes any class.
PANDAS_PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)
WHEN = pd.date_range("2020-01-01", periods=3)

# --- data that algorithms return --------------------------------------------------------------

PLAIN: list[Any] = [
    None,
    True,
    12345678901234567890,
    1.5,
    2 + 3j,
    "text é",
    b"bytes",
    bytearray(b"ab"),
    [1, [2, "x"]],
    (1, (2,)),
    {"a": {"b": [None]}},
    {1, 2},
    frozenset({"a"}),
    slice(1, 2),
    range(3),
    collections.OrderedDict(a=1),
    collections.defaultdict(list, a=[1]),
    decimal.Decimal("1.50"),
    datetime.date(2020, 1, 2),
    datetime.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc),
    datetime.timedelta(days=1, seconds=2),
    zoneinfo.ZoneInfo("Europe/Amsterdam"),
]
ARRAYS = [
    np.arange(6).reshape(2, 3),
    np.asfortranarray(np.ones((2, 3))),
    np.array([1.5, np.nan]),
    np.array(["a", "bcd"]),
    np.array([1, "x", None], dtype=object),
    np.array(["2020-01-01"], dtype="datetime64[D]"),
    np.array([(1, 2.5)], dtype=[("n", "i4"), ("x", "f8")]),
    np.float64(1.5),
    np.int8(3),
]
SERIES = [
    pd.Series([1, 2], name="n"),
    pd.Series(["a", None], dtype="string"),
    pd.Series(["a", "b", "a"], dtype="category"),
    pd.Series([1, None], dtype="Int64"),
    pd.Series([1.5, None], dtype="Float64"),
    pd.Series([True, None], dtype="boolean"),
    pd.Series(WHEN),
    pd.Series(WHEN.tz_localize("Europe/Amsterdam")),
    pd.Series(pd.to_timedelta([1, 2], "s")),
    pd.Series(pd.period_range("2020", periods=2, freq="M")),
    pd.Series(pd.cut([1, 2, 3], 2)),
]
FRAMES = [
    pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, None]}),
    pd.DataFrame({"a": range(3)}, index=WHEN),
    pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)])),
    pd.DataFrame({"g": [1, 1, 2], "x": [1, 2, 3]}).groupby("g").agg(["mean", "count"]),
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).describe(include="all"),
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_python_comes_through(value: Any, protocol: int) -> None:
    assert safe_pickle.read(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("value", ARRAYS, ids=lambda value: str(value.dtype))
def test_numpy_comes_through(value: Any, protocol: int) -> None:
    read = safe_pickle.read(pickle.dumps(value, protocol))

    assert read.dtype == value.dtype
    np.testing.assert_array_equal(read, value)


@pytest.mark.parametrize("protocol", PANDAS_PROTOCOLS)
@pytest.mark.parametrize("value", SERIES, ids=lambda value: str(value.dtype))
def test_series_come_through(value: pd.Series, protocol: int) -> None:
    pd.testing.assert_series_equal(safe_pickle.read(pickle.dumps(value, protocol)), value)


@pytest.mark.parametrize("protocol", PANDAS_PROTOCOLS)
@pytest.mark.parametrize("index", range(len(FRAMES)))
def test_data_frames_come_through(index: int, protocol: int) -> None:
    read = safe_pickle.read(pickle.dumps(FRAMES[index], protocol))

    pd.testing.assert_frame_equal(read, FRAMES[index])


@pytest.mark.parametrize("name", ["Int64Index", "Float64Index", "UInt64Index"])
def test_index_class_that_later_pandas_dropped_is_an_index(name: str) -> None:
    old = f"cpandas.core.indexes.numeric\n{name}\n.".encode()

    assert safe_pickle.read(old) is pd.Index


# --- exploits ---------------------------------------------------------------------------------


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


def exploits(marker: Path) -> dict[str, Any]:
    """Payloads that each create `marker` when a plain unpickler opens them."""
    touch = f"touch {marker}"
    python = f"__import__('os').mkdir({str(marker)!r})"
    return {
        "os.system": Call(os.system, touch),
        "subprocess": Call(subprocess.getoutput, touch),
        "eval": Call(builtins.eval, python),
        "exec": Call(builtins.exec, python),
        "a harmless looking os call": Call(os.mkdir, str(marker)),
        "hidden in data": {"mean": 1.5, "rows": [1, [Call(os.system, touch)]]},
        "as a key": {("a", Call(os.system, touch)): 1},
        "in an object array": np.array([Call(os.system, touch)], dtype=object),
        "in a data frame": pd.DataFrame({"a": [Call(os.system, touch)]}, dtype=object),
        "path": Call(Path.touch, marker),
        "pandas reader": Call(pd.DataFrame.to_csv, pd.DataFrame({"a": [1]}), str(marker)),
        "numpy writer": Call(np.save, str(marker), np.ones(1)),
    }


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", list(exploits(Path())))
def test_exploit_is_refused_before_anything_runs(name: str, protocol: int, tmp_path: Path) -> None:
    marker = tmp_path / "owned"
    data = pickle.dumps(exploits(marker)[name], protocol)

    with pytest.raises(PayloadError, match=r"the pickle (asks for|tries)"):
        safe_pickle.read(data)

    assert list(tmp_path.iterdir()) == []


def test_exploits_above_are_real(tmp_path: Path) -> None:
    for number, name in enumerate(exploits(Path())):
        marker = tmp_path / str(number)

        pickle.loads(pickle.dumps(exploits(marker)[name]))  # noqa: S301  # our own payload

        assert list(tmp_path.glob(f"{number}*")), name


def text(value: str) -> bytes:
    """Opcode that pushes a short text."""
    return b"\x8c" + bytes([len(value)]) + value.encode()


def named(module: str, name: str) -> bytes:
    """Opcodes that push a global, by a name that may hold dots (protocol 4)."""
    return text(module) + text(name) + b"\x93"


FORGED = {
    "dotted name below an allowed class": named("pandas", "DataFrame.to_csv") + b".",
    "dotted name through an allowed module": named("numpy", "ndarray.tofile") + b".",
    "module inside an allowed module": named("pandas", "io.common.os.system") + b".",
    "private builtins": named("builtins", "__import__") + b".",
    "getattr of anything": named("builtins", "getattr")
    + named("pandas", "DataFrame")
    + text("to_csv")
    + b"\x86R.",
    "getattr of the zone's class": named("builtins", "getattr")
    + named("zoneinfo", "ZoneInfo")
    + text("__subclasses__")
    + b"\x86R.",
    "inst": b"(S'touch x'\nios\nsystem\n.",
    "extension registry": b"\x82\x01.",
    "persistent id": b"Pid\n.",
    "binary persistent id": text("id") + b"Q.",
    "attribute of a class": named("pandas", "Index") + b"N}" + text("evil") + b"K\x01s\x86b.",
    "attribute of the zone reader": named("builtins", "getattr")
    + b"N}"
    + text("__defaults__")
    + b"Ns\x86b.",
}


@pytest.mark.parametrize("name", list(FORGED))
def test_forged_opcodes_are_refused(name: str) -> None:
    with pytest.raises((PayloadError, ValueError)):
        safe_pickle.read(b"\x80\x04" + FORGED[name])

    assert not hasattr(pd.Index, "evil")


def test_refusal_names_the_culprit_and_the_way_out() -> None:
    with pytest.raises(PayloadError, match=r"posix\.system.*'output_format': 'json'"):
        safe_pickle.read(pickle.dumps(Call(os.system, "true")))
