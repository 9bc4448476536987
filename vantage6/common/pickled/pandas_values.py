"""Tables, series and indexes of pandas, rebuilt through its public constructors.

pandas' own reading trusts a pickle: codes beyond the categories, or blocks beyond the columns,
make its compiled code write outside of arrays. The public constructors check.
"""

from typing import Any

import numpy as np
import pandas as pd

from vantage6.common.pickled.pandas_arrays import ARRAYS, Rows, is_column
from vantage6.common.pickled.pandas_types import (
    CONSTANTS,
    DATA_TYPES,
    STATELESS,
    is_index,
    set_freq,
)
from vantage6.common.pickled.recipe import Budget, Draft, Make, Recipe, refuse, require


class _Manager:
    """Axes and blocks of a table, as pandas keeps them."""

    __slots__ = ("axes", "blocks")

    def __init__(self, axes: Any, blocks: Any) -> None:
        require(isinstance(axes, list) and axes and all(map(is_index, axes)), "table")
        self.axes: list[pd.Index[Any]] = axes
        self.blocks: list[tuple[Any, Any]] = [block for block in blocks if _is_block(block)]
        require(len(self.blocks) == len(blocks), "table")


class _Block(tuple[Any, Any]):
    """Values and the places of their columns."""

    __slots__ = ()


def _is_block(block: Any) -> bool:
    return isinstance(block, _Block)


# --- indexes ----------------------------------------------------------------------------------


def _new_index(budget: Budget, cls: Any, parts: Any) -> Any:
    require(isinstance(cls, Recipe) and isinstance(parts, dict), "index")
    name = cls.name
    if name == "RangeIndex":
        start, stop, step = (parts[key] for key in ("start", "stop", "step"))
        return pd.RangeIndex(start, stop, step, name=_name(parts.get("name")))
    if name == "MultiIndex":
        return _multi_index(budget, parts)
    require(name in _INDEXES, "index: it has a foreign type")
    return _plain_index(budget, _INDEXES[name], parts)


def _plain_index(budget: Budget, cls: Any, parts: dict[Any, Any]) -> Any:
    data = parts["data"]
    require(is_column(data), "index")
    _spend_labels(budget, data)
    if cls is pd.Index:
        return pd.Index(data, dtype=data.dtype, name=_name(parts.get("name")), tupleize_cols=False)
    index = cls(data, name=_name(parts.get("name")))
    if parts.get("freq") is not None:
        set_freq(index, parts["freq"])
    return index


def _spend_labels(budget: Budget, data: Any) -> None:
    budget.spend(8 * len(data))
    if data.dtype == object:
        for label in data:
            budget.spend_hash(label)


def _multi_index(budget: Budget, parts: dict[Any, Any]) -> Any:
    levels, codes = parts["levels"], parts["codes"]
    require(all(map(is_index, levels)) and len(levels) == len(codes), "index of several levels")
    for code in codes:
        require(is_column(code) and code.dtype.kind == "i", "index of several levels")
        budget.spend(8 * len(code))
    names = [_name(name) for name in parts["names"]]
    order = parts.get("sortorder")
    require(order is None or isinstance(order, int), "index of several levels")
    return pd.MultiIndex(levels, codes, order, names, verify_integrity=True)


def _interval_index(budget: Budget, cls: Any, parts: Any) -> Any:
    del cls
    require(isinstance(parts, dict), "index of intervals")
    left, right = parts["left"], parts["right"]
    require(is_column(left) and is_column(right), "index of intervals")
    budget.spend(len(left))
    name = _name(parts.get("name"))
    return pd.IntervalIndex.from_arrays(left, right, closed=parts["closed"], name=name)


def _name(name: Any) -> Any:
    hash(name)  # a name that cannot be hashed is no name
    return name


_INDEXES = {
    "Index": pd.Index, "Int64Index": pd.Index, "Float64Index": pd.Index, "UInt64Index": pd.Index,
    "DatetimeIndex": pd.DatetimeIndex, "TimedeltaIndex": pd.TimedeltaIndex,
    "PeriodIndex": pd.PeriodIndex, "CategoricalIndex": pd.CategoricalIndex,
}  # fmt: skip


# --- tables -----------------------------------------------------------------------------------


def _block(budget: Budget, values: Any, placement: Any, dimensions: Any = 2) -> _Block:
    del budget
    require(dimensions in (1, 2), "block")
    return _Block((values, placement))


def _manager(budget: Budget, *parts: Any) -> _Manager | Draft:
    """From blocks and axes; without them the state has both, as in versions before 1.3."""
    del budget
    if len(parts) >= 2:
        return _Manager(parts[1], parts[0])

    def finish(state: Any) -> _Manager:
        require(isinstance(state, tuple) and len(state) == 4, "table")
        content = state[3]["0.14.1"]
        blocks = [_Block((block["values"], block["mgr_locs"])) for block in content["blocks"]]
        return _Manager(content["axes"], blocks)

    return Draft(finish)


def _series(budget: Budget) -> Draft:
    def finish(state: Any) -> "pd.Series[Any]":
        manager = _manager_of(state)
        require(len(manager.axes) == 1 and len(manager.blocks) == 1, "series")
        (index,), ((values, _),) = manager.axes, manager.blocks
        series = _column(budget, values, index)
        series.name = _name(state.get("_name", state.get("name")))
        return series

    return Draft(finish)


def _frame(budget: Budget) -> Draft:
    def finish(state: Any) -> pd.DataFrame:
        manager = _manager_of(state)
        require(len(manager.axes) == 2, "table")
        labels, index = manager.axes
        columns: dict[int, Any] = {}
        for values, placement in manager.blocks:
            _put(budget, columns, _rows(values), _places(placement, len(labels)), index)
        require(len(columns) == len(labels), "table: columns are missing")
        frame: pd.DataFrame = pd.DataFrame(
            {i: columns[i] for i in range(len(labels))}, index=index
        )
        frame.columns = labels
        return frame

    return Draft(finish)


def _manager_of(state: Any) -> _Manager:
    manager = state.get("_mgr", state.get("_data")) if isinstance(state, dict) else None
    if not isinstance(manager, _Manager):
        refuse("it holds a broken table")
    return manager


def _put(
    budget: Budget, columns: dict[int, Any], rows: Any, places: list[int], index: Any
) -> None:
    require(len(rows) == len(places) and not columns.keys() & places, "table")
    for place, row in zip(places, rows, strict=True):
        columns[place] = _column(budget, row, index)


def _column(budget: Budget, values: Any, index: Any) -> "pd.Series[Any]":
    require(is_column(values) and len(values) == len(index), "column")
    budget.spend(int(values.nbytes))
    series: pd.Series[Any] = pd.Series(values, index=index, dtype=values.dtype)
    return series


def _rows(values: Any) -> Any:
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return list(values)
    return values if isinstance(values, Rows) else [values]


def _places(placement: Any, count: int) -> list[int]:
    """Places of columns, each once and within the table."""
    if isinstance(placement, slice):
        return list(range(*placement.indices(count)))
    require(isinstance(placement, np.ndarray) and placement.dtype.kind == "i", "table")
    require(placement.ndim == 1 and len(placement) <= count, "table")
    places = [int(place) for place in placement]
    require(all(0 <= place < count for place in places), "table")
    require(len(set(places)) == len(places), "table")
    return places


RECIPES: dict[str, Make] = {
    **DATA_TYPES,
    **ARRAYS,
    **dict.fromkeys([*_INDEXES, "RangeIndex", "MultiIndex", "IntervalIndex"], _new_index),
    "_new_Index": _new_index, "_new_DatetimeIndex": _new_index,
    "_new_TimedeltaIndex": _new_index, "_new_IntervalIndex": _interval_index,
    "_unpickle_block": _block, "BlockManager": _manager, "SingleBlockManager": _manager,
    "DataFrame": _frame, "Series": _series,
}  # fmt: skip
"""How to make what a name stands for, whichever module of pandas a version has it in."""

__all__ = ["CONSTANTS", "RECIPES", "STATELESS"]
