"""One function per step of preprocessing."""

from typing import Any

from vantage6.tools.exceptions import UserInputError


def filter_range(
    df: Any,
    column: str,
    min_: float | None = None,
    max_: float | None = None,
    include_min: bool = False,
    include_max: bool = False,
) -> Any:
    """The rows whose value in a column lies between two bounds; a missing bound is none.

    Raises
    ------
    UserInputError
        When there is no such column.
    """
    if column not in df.columns:
        raise UserInputError("there is no column of the name that preprocessing asks for")
    values = df[column]
    kept = values.notna()
    if min_ is not None:
        kept &= values.ge(min_) if include_min else values.gt(min_)
    if max_ is not None:
        kept &= values.le(max_) if include_max else values.lt(max_)
    return df[kept]
