"""What values become in JSON, and how tables come back."""

import datetime
import json
from collections import OrderedDict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from vantage6.common import json_values, tables
from vantage6.common.errors import PayloadError

ZONE = datetime.timezone.utc
WHEN = pd.Timestamp("2020-01-01 00:00:00.123")
NAN, INF = float("nan"), float("inf")


def through_json(value: Any) -> Any:
    """What a strict reader of another language would get."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    return json.loads(json_values.to_json(value), parse_constant=refuse)


# One row or more for each row of the table in the module's docstring.
ROWS: list[tuple[Any, Any]] = [
    (None, None), (True, True), (1, 1), (1.5, 1.5), ("é", "é"), (2**70, 2**70),
    (NAN, None), ({"a": [INF, -INF, 1.5]}, {"a": [None, None, 1.5]}), (pd.NaT, None),
    (pd.NA, None), ([pd.NA, pd.NaT], [None, None]),
    (OrderedDict(a=1), {"a": 1}), ({1: "x", 2.5: "y"}, {"1": "x", "2.5": "y"}),
    ({True: 1, None: 2}, {"true": 1, "null": 2}),
    ({np.int64(1): NAN, np.str_("b"): 2}, {"1": None, "b": 2}),
    ({datetime.date(2020, 1, 2): 1}, {"2020-01-02": 1}),
    ((1, 2), [1, 2]), ({3, 1, 10}, [1, 3, 10]), (frozenset({"b", 1}), ["b", 1]),
    (datetime.date(2020, 1, 2), "2020-01-02"), (datetime.time(1, 2), "01:02:00"),
    (datetime.datetime(2020, 1, 2, tzinfo=ZONE), "2020-01-02T00:00:00+00:00"),
    (WHEN, "2020-01-01T00:00:00.123000"),
    (datetime.timedelta(minutes=1), 60.0), (pd.Timedelta("1s"), 1.0),
    (np.int64(3), 3), (np.float32(1.5), 1.5), (np.float64("nan"), None), (np.bool_(True), True),
    (np.str_("a"), "a"), (np.datetime64("2020-01-01"), "2020-01-01"),
    (np.datetime64("NaT", "s"), None),
    (np.timedelta64(90, "s"), 90.0),
    (np.datetime64("2020-01-01T01", "ms"), "2020-01-01T01:00:00.000"),
    (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]), (np.array(5), 5),
    (np.array([1.5, NAN]), [1.5, None]), (np.array(["2020", "NaT"], "M8[Y]"), ["2020", None]),
    (np.array([1, "x", None], dtype=object), [1, "x", None]),
    (pd.Index([1, 2]), [1, 2]), (pd.array([1, None], dtype="Int64"), [1, None]),
    (pd.Series([1.5, None]), {"0": 1.5, "1": None}),
    (pd.DataFrame({"a": [1, 2]}), {"a": {"0": 1, "1": 2}}),
    ({"table": pd.DataFrame({"a": [1]})}, {"table": {"a": {"0": 1}}}),
    (pd.DataFrame({"d": [WHEN, pd.NaT]}), {"d": {"0": 1577836800123, "1": None}}),
    (pd.Series([1], index=[WHEN]), {"1577836800123": 1}),
    (pd.Series([pd.Timedelta("1s")]), {"0": 1000}),
    (pd.Series([pd.Period("2020-01", "M")]), {"0": "2020-01"}),
    (pd.Series([1], index=pd.MultiIndex.from_tuples([("x", 1)])), {"('x', 1)": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("value", "read"), ROWS, ids=[str(i) for i in range(len(ROWS))])
def test_value_has_its_form(value: Any, read: Any) -> None:
    assert through_json(value) == read


LIKE_PANDAS: list[Any] = [
    pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, None]}),
    pd.DataFrame({"when": [WHEN, pd.NaT]}, index=[1.5, 2.0]),
    pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("x", 1)])),
    pd.DataFrame(),
    pd.Series([True, None], dtype="boolean"),
    pd.Series([1, None], dtype="Int64"),
    pd.Series(["a", "b"], dtype="category", index=pd.CategoricalIndex(["x", "y"])),
    pd.Series([datetime.date(2020, 1, 1), INF, {"a": 1}, (1, 2), datetime.time(1, 2)]),
    pd.Series(pd.date_range("2020", periods=2, tz="Europe/Amsterdam")),
    pd.Series([1, 2], index=pd.period_range("2020", periods=2, freq="M")),
    pd.Series([1, 2], index=pd.to_timedelta([1, 2], "s")),
    pd.Series([1, 2], index=[True, False]),
    pd.Series([1, 2], index=[WHEN, pd.NaT]),
]


@pytest.mark.filterwarnings("ignore:.*'epoch' date format.*")
@pytest.mark.parametrize("value", LIKE_PANDAS, ids=[str(i) for i in range(len(LIKE_PANDAS))])
def test_table_has_the_form_that_3x_readers_know_from_pandas(value: Any) -> None:
    assert through_json(value) == json.loads(value.to_json(date_format="epoch", date_unit="ms"))


def test_numbers_in_tables_keep_all_digits() -> None:
    numbers = [0.1 + 0.2, 1.23456789e-12, 1e300]

    assert list(through_json(pd.Series(numbers)).values()) == numbers


@pytest.mark.parametrize(
    "value",
    [
        b"bytes", 1j, np.complex128(1j), int, {(1, 2): 3}, {1: NAN, "1": 2},
        pd.Series([1, 2], index=["a", "a"]), pd.DataFrame([[1, 2]], columns=["a", "a"]),
        np.array([b"x"]), np.longdouble(1.5),
    ],
    ids=repr,
)  # fmt: skip
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        json_values.to_json(value)


# --- survives ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [None, True, 1, 1.5, "a", [1, [2]], {"a": {"b": [None]}}, np.int64(1), np.float32(1.5)],
)
def test_plain_value_survives(value: Any) -> None:
    assert json_values.survives(value)


@pytest.mark.parametrize(
    "value",
    [
        (1, 2), {1: "a"}, {"a": {1, 2}}, np.arange(3), pd.DataFrame({"a": [1]}), b"x",
        datetime.date(2020, 1, 1), NAN, [INF], np.float64("nan"), np.datetime64("2020"), [(1,)],
    ],
    ids=repr,
)  # fmt: skip
def test_value_that_would_change_does_not_survive(value: Any) -> None:
    assert not json_values.survives(value)


# --- tables -----------------------------------------------------------------------------------

FRAMES: list[tuple[pd.DataFrame, dict[str, Any]]] = [
    (pd.DataFrame({"a": [1, 2], "x": [1.5, None], "s": ["p", "q"]}), {}),
    (pd.DataFrame({"a": [1, 2]}, index=[1.5, 2.0]), {}),
    (pd.DataFrame({"a": [1, 2]}, index=["x", "y"]), {}),
    (pd.DataFrame({"a": [1, 2]}, index=["01", "02"]), {}),
    (pd.DataFrame({"a": [1, 2]}, index=["1", "2"]), {"text_index": True}),
    (pd.DataFrame({"when": pd.to_datetime([WHEN, pd.NaT])}), {"dates": ["when"]}),
    (
        pd.DataFrame({"a": [1, 2]}, index=pd.to_datetime([WHEN, "2021-01-01"])),
        {"date_index": True},
    ),
    (pd.DataFrame({"a": [True, False], "x": [1e-12, 2.0]}), {}),
]


@pytest.mark.parametrize(("frame", "asked"), FRAMES, ids=[str(i) for i in range(len(FRAMES))])
def test_table_comes_back(frame: pd.DataFrame, asked: dict[str, Any]) -> None:
    read = tables.to_frame(through_json(frame), **asked)

    pd.testing.assert_frame_equal(read, frame, check_dtype=False, check_index_type=False)
    assert [str(d)[:8] for d in read.dtypes] == [str(d)[:8] for d in frame.dtypes]


@pytest.mark.parametrize(
    ("series", "asked"),
    [
        (pd.Series([1.5, None, 2.0]), {}),
        (pd.Series([WHEN, pd.NaT]), {"dates": True}),
        (pd.Series(["a"], index=[7]), {}),
        (pd.Series([1], index=pd.to_datetime(["2020-01-01"])), {"date_index": True}),
    ],
)
def test_series_comes_back(series: pd.Series, asked: dict[str, Any]) -> None:
    read = tables.to_series(through_json(series), **asked)

    pd.testing.assert_series_equal(read, series, check_dtype=False, check_index_type=False)


@pytest.mark.parametrize("value", [None, [1], {"a": 1}, {"a": [1]}])
def test_what_is_no_table_is_refused(value: Any) -> None:
    with pytest.raises(PayloadError, match=r"\{column: \{label: value\}\}"):
        tables.to_frame(value)


@pytest.mark.parametrize("asked", [{"dates": ["b"]}, {"dates": ["a"]}])
def test_column_of_dates_must_be_one(asked: dict[str, Any]) -> None:
    with pytest.raises(PayloadError, match="date"):
        tables.to_frame({"a": {"0": "x"}}, **asked)
