"""Columns of pandas that are no plain arrays: categories, dates, periods, texts, gaps."""

from typing import Any

import numpy as np
import pandas as pd

from vantage6.common.pickled.pandas_types import periods_of, set_freq, string_array
from vantage6.common.pickled.recipe import Budget, Draft, Make, Recipe, require

_MASKED: dict[str, Any] = {
    "IntegerArray": pd.arrays.IntegerArray,
    "FloatingArray": pd.arrays.FloatingArray,
    "BooleanArray": pd.arrays.BooleanArray,
}


class Rows(tuple[Any, ...]):
    """The columns of a block of dates; one array each."""

    __slots__ = ()


def is_column(values: Any) -> bool:
    """Whether values can be a column or the labels of an index."""
    kinds = np.ndarray | pd.api.extensions.ExtensionArray | pd.Index
    return isinstance(values, kinds) and values.ndim == 1


def _array(budget: Budget, cls: Any, *checksum: object) -> Draft:
    """Categories, dates, periods, texts, intervals: the state has a data type and an array."""
    del checksum
    name = cls.name if isinstance(cls, Recipe) else ""
    require(name in _ARRAYS, "array: it has a foreign type")

    def finish(state: Any) -> Any:
        require(isinstance(state, tuple), "array")
        return _ARRAYS[name](budget, *state)

    return Draft(finish)


def _of(state: tuple[Any, ...], kind: Any) -> Any:
    found = [part for part in state if isinstance(part, kind)]
    require(found, "array")
    return found[0]


def _categorical(budget: Budget, *state: Any) -> Any:
    codes = _of(state, np.ndarray)
    require(codes.dtype.kind == "i" and codes.ndim == 1, "categories")
    budget.spend(codes.nbytes)
    return pd.Categorical.from_codes(codes, dtype=_of(state, pd.CategoricalDtype))


def _dates(budget: Budget, *state: Any) -> Any:
    values = _of(state, np.ndarray)
    require(values.dtype.kind == "M", "array of dates")
    if values.ndim == 2:
        return Rows(_dates(budget, state[0], row) for row in values)
    budget.spend(values.nbytes)
    index = pd.DatetimeIndex(values)
    if isinstance(state[0], pd.DatetimeTZDtype):
        index = index.tz_localize("UTC").tz_convert(state[0].tz)
    return _with_freq(index, state).array


def _durations(budget: Budget, *state: Any) -> Any:
    values = _of(state, np.ndarray)
    require(values.dtype.kind == "m", "array of durations")
    if values.ndim == 2:
        return Rows(_durations(budget, state[0], row) for row in values)
    budget.spend(values.nbytes)
    return _with_freq(pd.TimedeltaIndex(values), state).array


def _with_freq(index: Any, state: tuple[Any, ...]) -> Any:
    more = state[-1]
    if isinstance(more, dict):
        set_freq(index, more.get("_freq"))
    return index


def _periods(budget: Budget, *state: Any) -> Any:
    ordinals = _of(state, np.ndarray)
    require(ordinals.dtype == np.int64 and ordinals.ndim == 1, "array of periods")
    budget.spend(ordinals.nbytes)
    return periods_of(ordinals, _of(state, pd.PeriodDtype).freq).array


def _strings(budget: Budget, *state: Any) -> Any:
    values = _of(state, np.ndarray)
    require(values.dtype == object and values.ndim == 1, "array of texts")
    budget.spend(values.nbytes)
    return string_array(state[0] if values is not state[0] else state[1], values)


def _intervals(budget: Budget, *state: Any) -> Any:
    require(isinstance(state[0], dict), "array of intervals")
    left, right, dtype = (state[0][key] for key in ("_left", "_right", "_dtype"))
    require(is_column(left) and is_column(right), "array of intervals")
    budget.spend(len(left))
    closed: Any = dtype.closed if isinstance(dtype, pd.IntervalDtype) else state[0].get("_closed")
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=closed)


_ARRAYS: dict[str, Make] = {
    "Categorical": _categorical, "DatetimeArray": _dates, "TimedeltaArray": _durations,
    "PeriodArray": _periods, "StringArray": _strings, "IntervalArray": _intervals,
}  # fmt: skip


def _masked(name: str) -> Make:
    """Whole numbers, numbers and truth values of which some are missing."""

    def make(budget: Budget) -> Draft:
        def finish(state: Any) -> Any:
            require(isinstance(state, dict), "array")
            data, mask = state["_data"], state["_mask"]
            require(isinstance(data, np.ndarray) and isinstance(mask, np.ndarray), "array")
            require(data.ndim == 1 and data.shape == mask.shape, "array")
            budget.spend(data.nbytes)
            return _MASKED[name](data, mask, copy=True)

        return Draft(finish)

    return make


ARRAYS: dict[str, Make] = {
    **{name: _masked(name) for name in _MASKED},
    **dict.fromkeys([*_ARRAYS, "__pyx_unpickle_NDArrayBacked"], _array),
    "__pyx_unpickle_IntervalMixin": _array,
}
"""How to make what a name stands for."""
