"""What one site tells of its columns."""

import math

import numpy as np
from vantage6.algorithm.tools.decorators import data
from vantage6.algorithm.tools.util import get_env_var, info
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import DataError, InputError

ALLOW_MIN = "SUMMARY_ALLOW_MIN"
ALLOW_MAX = "SUMMARY_ALLOW_MAX"
"""Variables with which the owner of a node lets values of single persons leave."""
WITHHELD = {"kind": "withheld"}
# Count, mean and variance are three equations: they give away how often each of so many values
# occurs.
SOLVABLE_VALUES = 3


@data(1)
def summary_per_site(frame, columns=None):
    """What this site may tell of each column; of all columns by default."""
    limits = DisclosureLimits.from_environment()
    limits.require_rows(len(frame))
    if columns is None:
        columns = list(frame.columns)
    if not isinstance(columns, list):
        raise InputError("columns must be a list of names")
    if not set(columns) <= set(frame.columns):
        raise InputError("the database has no column of that name")
    info("Summarising the columns")
    return {str(column): describe(frame[column], limits) for column in columns}


def describe(column, limits):
    """What may be told of one column."""
    values = column.dropna()
    if len(values) < max(1, limits.minimum_rows) or limits.is_small(len(values)):
        return WITHHELD
    told = numbers(values, limits) if column.dtype.kind in "iuf" else categories(values, limits)
    return {**told, "count": len(values), "missing": len(column) - len(values)}


def numbers(values, limits):
    """Mean and sum of squared differences from it; the extremes where the owner allows them."""
    occurrences = values.value_counts()
    if len(occurrences) <= SOLVABLE_VALUES and limits.is_small(occurrences.min()):
        return WITHHELD
    array = values.to_numpy(dtype=float)
    with np.errstate(over="ignore", invalid="ignore"):  # looked at below
        mean = array.mean()
        squares = np.square(array - mean).sum()
    if not math.isfinite(squares):
        raise DataError("a column holds infinite or too large values")
    return {
        "kind": "numbers",
        "mean": float(mean),
        "squares": float(squares),
        "min": float(array.min()) if allowed(ALLOW_MIN) else None,
        "max": float(array.max()) if allowed(ALLOW_MAX) else None,
    }


def allowed(variable):
    """Whether the owner of the node set a variable to true."""
    return get_env_var(variable, default=False, as_type="bool")


def categories(values, limits):
    """How often each category occurs; small ones are counted together, without their names."""
    counts = values.astype(str).value_counts()
    rising = sorted((int(count), name) for name, count in counts.items())
    other, hidden = 0, 0
    # A small rest would be known to all who know the others: it takes in the smallest category
    # that could be shown.
    while hidden < len(rising) and (
        limits.is_small(rising[hidden][0]) or 0 < other < limits.minimum_cell_count
    ):
        other += rising[hidden][0]
        hidden += 1
    shown = {name: count for count, name in rising[hidden:]}
    return {"kind": "categories", "counts": dict(sorted(shown.items())), "other": other}
