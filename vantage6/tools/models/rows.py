"""Complete numeric rows of a site, refused where a model of them would give persons away.

A site refuses to take part when

- it has fewer complete rows than its owner's MINIMUM_ROWS;
- it has fewer than `ROWS_PER_PARAMETER` rows for each parameter of the model, since sums over as
  many products as there are values could be solved for the values;
- in a column, the rows that differ from its most frequent value are fewer than the owner's
  MINIMUM_CELL_COUNT. A product with a column that is 1 in one row and 0 in all others is that row.
  A column with one single value is let through: a women's hospital may take part in a model with
  sex in it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pandas.api.types import is_complex_dtype, is_numeric_dtype

from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import DataTypeError, InputError, PrivacyThresholdViolation

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

ROWS_PER_PARAMETER = 3


def column(data: "pd.DataFrame", name: object, role: str) -> "pd.Series[Any]":
    """A column of the data.

    Raises
    ------
    InputError
        When there is none of that name. The log of a run is not encrypted, so the message says the
        `role` of the column in the model, and not its name.
    """
    if not isinstance(name, str) or name not in data.columns:
        raise InputError(f"the database of this site has no column for {role}")
    return data[name]


def numbers(data: "pd.DataFrame", name: object, role: str) -> Floats:
    """Values of a numeric column as floats, NaN where missing.

    Raises
    ------
    InputError
        When there is no such column.
    DataTypeError
        When it holds no numbers, or an infinite one.
    """
    series = column(data, name, role)
    if not is_numeric_dtype(series) or is_complex_dtype(series):
        raise DataTypeError(f"the column for {role} does not hold numbers at this site")
    values: Floats = series.to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        raise DataTypeError(f"the column for {role} holds an infinite number at this site")
    return values


def predictor_numbers(data: "pd.DataFrame", names: Sequence[str]) -> list[Floats]:
    """Values of the predictors, one list entry per predictor."""
    return [numbers(data, name, f"predictor {i}") for i, name in enumerate(names, 1)]


def complete(columns: Sequence[Floats]) -> tuple[Floats, int]:
    """Rows without a missing value, and the number of the others.

    Parameters
    ----------
    columns
        Equally long arrays of floats.
    """
    matrix = np.column_stack(columns)
    is_complete = ~np.isnan(matrix).any(axis=1)
    return matrix[is_complete], int((~is_complete).sum())


def require_enough(matrix: Floats, parameters: int, limits: DisclosureLimits) -> None:
    """Refuse rows that a model would give away; see the top of this file.

    Raises
    ------
    PrivacyThresholdViolation
        With a message that has no number of this site in it.
    """
    limits.require_rows(len(matrix))
    if len(matrix) < ROWS_PER_PARAMETER * parameters:
        raise PrivacyThresholdViolation(
            f"this site has fewer than {ROWS_PER_PARAMETER} rows for each parameter of the model"
        )
    for values in matrix.T:
        other = len(values) - np.unique(values, return_counts=True)[1].max(initial=0)
        if other and limits.is_small(other):
            raise PrivacyThresholdViolation(
                f"fewer than {limits.minimum_cell_count} rows of this site differ from the most "
                "frequent value of a column of the model"
            )


def check_names(names: object, *others: object) -> list[str]:
    """The names of predictors, refused where they make no model.

    Raises
    ------
    InputError
        When it is not a list of names, is empty, or names a column twice; `others` are the names
        that have another role.
    """
    if not isinstance(names, list):
        raise InputError("the predictors must be a list of column names")
    if not all(isinstance(name, str) for name in [*names, *others]):
        raise InputError("every column must be given by its name")
    if not names:
        raise InputError("name at least one predictor")
    if len({*names, *others}) < len(names) + len(others):
        raise InputError("a column may appear only once in a model")
    return names
