"""Series and tables from the JSON that `vantage6.common.json_values` writes of them.

Only the caller knows that an object of objects was a table, so nothing is made a table by itself::

    frame = to_frame(result, dates=["born"])

JSON keeps values; of labels it keeps the text, of dates the milliseconds since 1970 in UTC, and of
data types nothing. Labels that are whole numbers, or else numbers, become numbers again.
"""

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from vantage6.common.errors import PayloadError

if TYPE_CHECKING:
    import pandas as pd


def to_frame(
    value: Any,
    *,
    dates: Collection[str] = (),
    date_index: bool = False,
    text_index: bool = False,
) -> "pd.DataFrame":
    """Table from ``{column: {label: value}}``.

    Parameters
    ----------
    value
        What was read from JSON.
    dates
        Columns that hold dates.
    date_index
        Whether the labels of the rows are dates.
    text_index
        Whether the labels of the rows stay text, even if they look like numbers.

    Raises
    ------
    PayloadError
        When `value` has another form, or a date is none.
    """
    import pandas as pd

    if not isinstance(value, Mapping) or not all(isinstance(c, Mapping) for c in value.values()):
        raise PayloadError("a table in JSON is an object of objects: {column: {label: value}}")
    frame: pd.DataFrame = pd.DataFrame(
        {name: pd.Series(dict(cells), dtype=_dtype(cells)) for name, cells in value.items()}
    )
    for name in dates:
        if name not in frame:
            raise PayloadError("the table has no such column of dates")
        frame[name] = _dates(frame[name])
    frame.index = _labels(frame.index, date_index, text_index)
    return frame


def to_series(
    value: Any,
    *,
    dates: bool = False,
    date_index: bool = False,
    text_index: bool = False,
) -> "pd.Series[Any]":
    """Series from ``{label: value}``; see `to_frame`.

    Raises
    ------
    PayloadError
        When `value` has another form, or a date is none.
    """
    import pandas as pd

    if not isinstance(value, Mapping):
        raise PayloadError("a series in JSON is an object: {label: value}")
    series = pd.Series(dict(value), dtype=_dtype(value))
    series.index = _labels(series.index, date_index, text_index)
    made: pd.Series[Any] = _dates(series) if dates else series
    return made


def _dtype(cells: Mapping[str, Any]) -> str | None:
    """Missing numbers are NaN, as they were; of nothing at all pandas makes an object column."""
    values = [cell for cell in cells.values() if cell is not None]
    is_number = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return "float64" if values and is_number and len(values) < len(cells) else None


def _labels(index: Any, are_dates: bool, are_text: bool) -> Any:
    import pandas as pd

    if are_dates:
        return pd.DatetimeIndex(_dates(pd.Series(index)))
    labels = list(index)
    if are_text or not labels:
        return index
    for kind in (int, float):
        numbers = [_number(label, kind) for label in labels]
        if None not in numbers:
            return pd.Index(numbers)
    return index


def _number(label: str, kind: type[int] | type[float]) -> int | float | None:
    """The number whose text a label is; `01` is none."""
    try:
        number = kind(label)
    except ValueError:
        return None
    return number if str(number) == label or (number != number and label == "nan") else None


def _dates(values: Any) -> Any:
    import pandas as pd

    try:
        numbers = [math.nan if v is None or v in ("null", "NaT") else float(v) for v in values]
        made = pd.to_datetime(pd.Series(numbers, index=values.index, dtype="float64"), unit="ms")
    except (TypeError, ValueError) as error:
        raise PayloadError("a date in a table is a number of milliseconds since 1970") from error
    return made
