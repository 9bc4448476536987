"""Single values, data types and calendar steps of pandas."""

import datetime
import re
from typing import Any

import numpy as np
import pandas as pd

from vantage6.common.pickled.recipe import Budget, Draft, Make, refuse, require

_OFFSETS = (
    "Day", "Hour", "Minute", "Second", "Milli", "Micro", "Nano", "Week", "BusinessDay",
    "MonthBegin", "MonthEnd", "QuarterBegin", "QuarterEnd", "YearBegin", "YearEnd",
)  # fmt: skip
_SIMPLE = (
    "Int8Dtype", "Int16Dtype", "Int32Dtype", "Int64Dtype", "UInt8Dtype", "UInt16Dtype",
    "UInt32Dtype", "UInt64Dtype", "Float32Dtype", "Float64Dtype", "BooleanDtype",
)  # fmt: skip
_UNITS = {7: "s", 8: "ms", 9: "us", 10: "ns"}
_NANOSECONDS = 10
_FREQ = re.compile(r"(?i:period)\[([A-Za-z0-9-]{1,20})\]", re.ASCII)
_MOST_STEPS = 10**6


def is_index(value: Any) -> bool:
    """Whether a value is an index of any kind."""
    return isinstance(value, pd.Index)


def set_freq(index: Any, freq: Any) -> None:
    """Give a regular index its step, where it has one that fits."""
    if not isinstance(freq, pd.offsets.BaseOffset):
        return
    try:
        index.freq = freq
    except ValueError:
        index.freq = None


def string_array(dtype: Any, values: Any) -> Any:
    """Array of texts; one of objects where this pandas lacks the data type."""
    if isinstance(dtype, np.dtype):
        return values
    require(isinstance(dtype, pd.StringDtype), "array of texts")
    return pd.array(list(values), dtype=dtype)


def periods_of(ordinals: Any, freq: Any) -> Any:
    """Index of periods from their numbers."""
    index: Any = pd.PeriodIndex  # the stubs lack the constructor
    return index.from_ordinals(ordinals, freq=freq)


# --- single values ----------------------------------------------------------------------------


def _moment(
    budget: Budget, value: Any, freq: Any, zone: Any, resolution: Any = _NANOSECONDS
) -> Any:
    del budget, freq
    require(isinstance(value, int) and resolution in _UNITS, "moment")
    require(zone is None or isinstance(zone, datetime.tzinfo), "moment")
    number: Any = np.array(value, f"M8[{_UNITS[resolution]}]")[()]
    moment: Any = pd.Timestamp(number)
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)


def _duration(budget: Budget, value: Any, resolution: Any = _NANOSECONDS) -> Any:
    del budget
    require(isinstance(value, int) and resolution in _UNITS, "duration")
    number: Any = np.array(value, f"m8[{_UNITS[resolution]}]")[()]
    return pd.Timedelta(number)


def _no_time(budget: Budget, *arguments: object) -> Any:
    del budget, arguments
    return pd.NaT


def _period(budget: Budget, value: Any, freq: Any, ordinal: Any) -> Any:
    del budget
    require(value is None and isinstance(ordinal, int), "period")
    require(isinstance(freq, pd.offsets.BaseOffset), "period")
    return periods_of([ordinal], freq)[0]


def _interval(budget: Budget, left: Any, right: Any, closed: Any) -> Any:
    del budget
    return pd.Interval(left, right, closed)


def _offset(name: str) -> Make:
    def make(budget: Budget, *arguments: Any) -> Any:
        del budget
        zero = datetime.timedelta(0)
        plain = [argument for argument in arguments if argument != zero]
        require(all(isinstance(a, int | None) for a in plain) and len(plain) <= 3, "step")
        require(all(abs(a or 0) <= _MOST_STEPS for a in plain), "step")
        return getattr(pd.offsets, name)(*plain)

    return make


# --- data types -------------------------------------------------------------------------------


def _simple(name: str) -> Make:
    def make(budget: Budget) -> Any:
        del budget
        return getattr(pd, name)()

    return make


def _text(budget: Budget, storage: Any = None, missing: Any = None) -> Any:
    """Texts; where they are stored is our matter, what stands for a missing one is not."""
    del budget, storage
    if not isinstance(missing, float):
        return pd.StringDtype("python")
    try:
        return pd.StringDtype("python", na_value=np.nan)
    except TypeError:  # pandas before 2.3
        return np.dtype(object)


def _category_type(budget: Budget) -> Draft:
    def finish(state: Any) -> Any:
        require(isinstance(state, dict) and is_index(state["categories"]), "category")
        budget.spend(8 * len(state["categories"]))
        return pd.CategoricalDtype(state["categories"], ordered=bool(state["ordered"]))

    return Draft(finish)


def _zoned_type(budget: Budget, *arguments: Any) -> Any:
    del budget

    def finish(state: Any) -> Any:
        require(isinstance(state, dict) and isinstance(state["tz"], datetime.tzinfo), "time zone")
        require(state["unit"] in _UNITS.values(), "unit of time")
        return pd.DatetimeTZDtype(state["unit"], state["tz"])

    require(not arguments, "data type")
    return Draft(finish)


def _period_type(budget: Budget, freq: Any) -> Any:
    del budget
    if isinstance(freq, pd.offsets.BaseOffset):
        step: Any = freq
        return pd.PeriodDtype(step)
    found = _FREQ.fullmatch(freq) if isinstance(freq, str) else None
    if found is None:
        refuse("it holds a broken period")
    return pd.PeriodDtype(found[1])


def _interval_type(budget: Budget) -> Draft:
    del budget

    def finish(state: Any) -> Any:
        require(isinstance(state, dict), "interval")
        return pd.IntervalDtype(state["subtype"], state["closed"])

    return Draft(finish)


DATA_TYPES: dict[str, Make] = {
    "_unpickle_timestamp": _moment, "_timedelta_unpickle": _duration,
    "_nat_unpickle": _no_time, "__nat_unpickle": _no_time,
    "Period": _period, "Interval": _interval,
    **{name: _offset(name) for name in _OFFSETS},
    **{name: _simple(name) for name in _SIMPLE},
    "StringDtype": _text, "CategoricalDtype": _category_type, "DatetimeTZDtype": _zoned_type,
    "PeriodDtype": _period_type, "IntervalDtype": _interval_type,
}  # fmt: skip
"""How to make what a name stands for."""

CONSTANTS = {"NA": pd.NA, "NaT": pd.NaT}
"""Names that stand for a value by themselves."""

STATELESS = (pd.api.extensions.ExtensionDtype,)
"""Types that are whole as they are made; the state that follows holds a cache."""
