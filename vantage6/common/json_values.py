"""Values of Python, numpy and pandas as JSON text that 3.x readers, R and browsers take.

=====================================  ========================  ==================================
value                                  in JSON                   read back
=====================================  ========================  ==================================
None, bool, int, float, str            itself                    the same
NaN, infinity, NaT, NA                 ``null``                  None: JSON has no word for them
dict                                   object                    dict; keys are text
keys that are numbers, bool, None      text, as Python writes    text; ``{int(k): v …}`` gives them
list, tuple, set, frozenset            array (a set is sorted)   list
date, time, datetime, Timestamp        ISO 8601 text             text; ``fromisoformat`` gives it
timedelta, Timedelta                   number of seconds         float
numpy number, truth value, text        itself                    the plain one
numpy date, duration                   as above                  as above
numpy array, Index, pandas array       array, nested by axis     list; ``numpy.array`` gives it
Series                                 ``{label: value}``        dict; `tables.to_series` gives it
DataFrame                              ``{column: {label: …}}``  dict; `tables.to_frame` gives it
dates in Series and DataFrame, labels  milliseconds since 1970   number; `tables` with `dates=`
durations there                        milliseconds              number
=====================================  ========================  ==================================

Series and tables have the form of pandas' ``to_json()``, which is what 3.x writes, except that
numbers keep all their digits (pandas cuts them to ten decimals, so that a p-value of 1e-12 is 0).
Anything else, such as bytes, complex numbers and Decimal, has no form in JSON and is refused; so
are tables with two columns or rows of the same label.

This module imports neither numpy nor pandas: what is not there cannot be in a value.
"""

import json
import math
import sys
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SCALAR_KINDS = "biufU"


def to_json(value: Any) -> str:
    """JSON text of a value, in ASCII.

    Raises
    ------
    TypeError, ValueError, RecursionError
        When it has no form in JSON.
    """
    try:
        return json.dumps(value, default=_simpler, allow_nan=False)
    except (TypeError, ValueError):
        # Missing numbers, and keys of numpy or pandas, are where the writer cannot be helped.
        return json.dumps(_plain(value), allow_nan=False)


def survives(value: Any) -> bool:
    """Whether reading the JSON of a value gives it back, numpy numbers as plain ones."""
    if isinstance(value, float):
        return math.isfinite(value)
    if value is None or isinstance(value, str | bool | int):
        return True
    if isinstance(value, list):
        return all(map(survives, value))
    if isinstance(value, dict):
        return all(isinstance(k, str) and survives(v) for k, v in value.items())
    return _is_numpy_scalar(value) and value.dtype.kind in _SCALAR_KINDS and value == value


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, dict):
        return _object(map(_key, value), map(_plain, value.values()))
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return _plain(_simpler(value))


def _object(keys: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    names = list(keys)
    made = dict(zip(names, values, strict=True))
    if len(made) < len(names):
        raise ValueError("two keys or labels are the same text in JSON; make them differ")
    return made


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if _is_numpy_scalar(key):
        key = _scalar(key)
    if isinstance(key, date | time):
        return str(_moment(key))
    if key is None or isinstance(key, bool | int | float):
        return str(next(iter(json.loads(json.dumps({key: None})))))
    raise TypeError(f"keys of type {type(key).__name__} have no form in JSON")


def _simpler(value: Any) -> Any:
    """One step towards JSON; what is inside is looked at by the caller."""
    if isinstance(value, set | frozenset):
        return _sorted(value)
    if isinstance(value, date | time):
        return _moment(value)
    if isinstance(value, timedelta):
        return None if value != value else value.total_seconds()
    package = type(value).__module__.partition(".")[0]
    if package == "numpy":
        return _scalar(value) if value.ndim == 0 else _array(value)
    if package == "pandas":
        return _of_pandas(value)
    raise TypeError(f"objects of type {type(value).__name__} have no form in JSON")


def _sorted(values: Iterable[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=repr)


def _moment(value: date | time) -> str | None:
    return None if value != value else value.isoformat()  # NaT differs from itself


# --- numpy ------------------------------------------------------------------------------------


def _is_numpy_scalar(value: Any) -> bool:
    return type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0


def _scalar(value: Any) -> Any:
    if value.dtype.kind in "mM":
        return _array(value.reshape(1))[0]
    plain = value.item()
    if type(plain) is type(value):
        raise TypeError(f"numbers of type {value.dtype} have no form in JSON")
    return plain


def _array(value: Any) -> Any:
    numpy = sys.modules["numpy"]
    if value.dtype.kind == "M":
        return _without_nat(numpy.datetime_as_string(value).tolist())
    if value.dtype.kind == "m":
        return (value / numpy.timedelta64(1, "s")).tolist()
    return value.tolist()


def _without_nat(texts: Any) -> Any:
    if isinstance(texts, list):
        return [_without_nat(text) for text in texts]
    return None if texts == "NaT" else texts


# --- pandas -----------------------------------------------------------------------------------


def _of_pandas(value: Any) -> Any:
    pandas = sys.modules["pandas"]
    if isinstance(value, pandas.DataFrame):
        labels = [_label(label) for label in value.index.tolist()]
        columns = (value.iloc[:, place] for place in range(value.shape[1]))
        cells = (_object(labels, _cells(column)) for column in columns)
        return _object(map(_label, value.columns.tolist()), cells)
    if isinstance(value, pandas.Series):
        return _object(map(_label, value.index.tolist()), _cells(value))
    if value is pandas.NA:
        return None
    if isinstance(value, pandas.Index | pandas.api.extensions.ExtensionArray):
        return value.tolist()
    if isinstance(value, pandas.Period | pandas.Interval):
        return str(value)
    raise TypeError(f"objects of type {type(value).__name__} have no form in JSON")


def _cells(column: Any) -> list[Any]:
    cells = column.tolist()
    kind = getattr(column.dtype, "char", "")
    if kind in "?bhilqBHILQ" and kind:
        return list(cells)
    if kind == "d":
        return [cell if math.isfinite(cell) else None for cell in cells]
    return [_cell(cell) for cell in cells]


def _cell(cell: Any) -> Any:
    if isinstance(cell, date | timedelta):
        return _milliseconds(cell)
    return float(cell) if isinstance(cell, Decimal) else _plain(cell)


def _label(label: Any) -> str:
    if isinstance(label, date | timedelta):
        number = _milliseconds(label)
        return "null" if number is None else str(number)
    return str(label)


def _milliseconds(value: date | timedelta) -> int | None:
    if value != value:
        return None
    if isinstance(value, timedelta):
        return value // timedelta(milliseconds=1)
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)  # pandas takes a time without zone for UTC
    return (value - _EPOCH) // timedelta(milliseconds=1)
