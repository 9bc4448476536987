"""What algorithms return, made the same way by every version of pandas from 1.5.

This file runs in environments that hold nothing but numpy and pandas.
"""

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd


def values() -> dict[str, Any]:
    """Values by name."""
    return {**_arrays(), **_columns(), **_tables(), **_single()}


def _arrays() -> dict[str, Any]:
    return {
        "plain": {"mean": 1.5, "rows": [1, (2, None)], "set": {1}, "bytes": b"ab"},
        "array": np.arange(6.0).reshape(2, 3),
        "array by columns": np.asfortranarray(np.ones((2, 3))),
        "array of objects": np.array([1, "x", None], dtype=object),
        "array of texts": np.array(["a", "bc"]),
        "array of truth values": np.array([True, False]),
        "array of dates": np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"),
        "array of records": np.array([(1, 2.5)], dtype=[("n", "i4"), ("x", "f8")]),
        "empty array": np.zeros((0, 3)),
        "number": np.float64(1.5),
        "whole number": np.int32(3),
        "truth value": np.bool_(True),
        "in a dictionary": {"sum": np.float64(2.5), "times": np.array([1, 5])},
    }


def _columns() -> dict[str, Any]:
    when = pd.date_range("2020-01-01", periods=3)
    return {
        "series": pd.Series([1, 2], name="n"),
        "text": pd.Series(["a", None, "é"], dtype="string"),
        "category": pd.Series(["a", "b", "a"], dtype="category"),
        "whole numbers with gaps": pd.Series([1, None], dtype="Int64"),
        "numbers with gaps": pd.Series([1.5, None], dtype="Float64"),
        "truth values with gaps": pd.Series([True, None], dtype="boolean"),
        "dates": pd.Series(when),
        "dates in a zone": pd.Series(when.tz_localize("Europe/Amsterdam")),
        "dates in UTC": pd.Series(when.tz_localize("UTC")),
        "durations": pd.Series(pd.to_timedelta([1, 2], unit="s")),
        "periods": pd.Series(pd.period_range("2020", periods=2, freq="M")),
        "intervals": pd.Series(pd.arrays.IntervalArray.from_breaks([0, 1, 2])),
        "cut": pd.Series(pd.cut([1, 2, 3], 2)),
        "index of numbers": pd.Index([1.5, 2.5], name="x"),
        "index of whole numbers": pd.Index([1, 5]),
        "index of texts": pd.Index(["a", "b"]),
        "index of dates": when,
        "index of categories": pd.CategoricalIndex(["a", "b"]),
        "index of periods": pd.period_range("2020", periods=2, freq="M"),
        "index of durations": pd.to_timedelta([1, 2], unit="s"),
        "index of intervals": pd.interval_range(0, 2),
    }


def _tables() -> dict[str, Any]:
    when = pd.date_range("2020-01-01", periods=3, tz="UTC")
    grouped = pd.DataFrame({"g": [1, 1, 2], "x": [1, 2, 3]}).groupby("g")
    return {
        "table": pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, None]}),
        "mixed table": pd.DataFrame({"a": [1.5, 2], "b": [1, 2], "c": [3.5, 4]}),
        "table by date": pd.DataFrame({"a": range(3), "when": when, "until": when}, index=when),
        "table by two labels": pd.DataFrame(
            {"a": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)])
        ),
        "grouped": grouped.agg(["mean", "count"]),
        "described": pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).describe(include="all"),
        "empty table": pd.DataFrame({"a": []}),
        "in a dictionary ": {"event_table": pd.DataFrame({"at_risk": [3, 2], "observed": [1, 1]})},
    }


def _single() -> dict[str, Any]:
    return {
        "moment": pd.Timestamp("2020-01-01 12:00"),
        "moment in a zone": pd.Timestamp("2020-01-01", tz="Europe/Amsterdam"),
        "duration": pd.Timedelta(1, unit="s"),
        "no time": pd.NaT,
        "nothing": pd.NA,
        "period": pd.Period("2020-01", "M"),
        "interval": pd.Interval(0, 1),
        "date": datetime.date(2020, 1, 2),
        "time in UTC": datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
        "decimal": decimal.Decimal("1.50"),
    }
