"""The allow-list reader: data come through; `test_safe_pickle_refusals` has what does not."""

import collections
import datetime
import decimal
import pickle
import sys
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.compat.pickles.values import values
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
    collections.Counter("aab"),
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


RECORDED = values()


@pytest.mark.parametrize("name", list(RECORDED))
def test_what_algorithms_return_comes_through(name: str) -> None:
    read = safe_pickle.read(pickle.dumps(RECORDED[name], 4))

    assert type(read) is type(RECORDED[name])
    assert repr(read) == repr(RECORDED[name])


def test_zones_of_pytz_are_those_of_python() -> None:
    zone = safe_pickle.read(b"cpytz\n_p\n(VEurope/Amsterdam\nI3600\nI0\nVCET\ntR.")

    assert zone == zoneinfo.ZoneInfo("Europe/Amsterdam")
    assert safe_pickle.read(b"cpytz\n_UTC\n)R.") is datetime.timezone.utc


STEPS = [
    pd.offsets.Day(2),
    pd.offsets.Week(weekday=1),
    pd.offsets.BusinessDay(),
    pd.offsets.YearEnd(),
]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_step_of_dates_comes_through(step: Any) -> None:
    index = pd.date_range("2020-01-01", periods=4, freq=step)

    read = safe_pickle.read(pickle.dumps(index, 4))

    assert read.freq == step
    assert list(read) == list(index)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pickle.dumps(np.ones(1), 4)
    monkeypatch.delitem(sys.modules, "vantage6.common.pickled.numpy_values", raising=False)
    monkeypatch.setitem(sys.modules, "numpy", None)

    with pytest.raises(PayloadError, match=r"needs the package 'numpy'.*'vantage6\[tools\]'"):
        safe_pickle.read(data)


def test_types_of_data_come_through() -> None:
    types = [
        pd.IntervalDtype("int64", "left"), pd.PeriodDtype("M"), pd.StringDtype(), pd.Int8Dtype(),
        pd.DatetimeTZDtype("ns", "UTC"), pd.CategoricalDtype(["a"], ordered=True), np.dtype(">i4"),
        np.dtype(("f8", (2,))), datetime.time(1, 2), pd.Interval(0, 1, "left"),
    ]  # fmt: skip

    assert safe_pickle.read(pickle.dumps(types, 4)) == types
