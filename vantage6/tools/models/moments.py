"""Means and spread of predictors over all sites, from what each site tells of its own rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vantage6.tools.exceptions import InputError
from vantage6.tools.models.rows import Floats

ROUNDING = 1e-12
"""Relative; standard deviations below it are those of a column with one single value."""


def pooled_moments(parts: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each predictor over the rows of all sites.

    Parameters
    ----------
    parts
        Of each site: ``rows``, and by predictor ``means`` and ``squares``, the sum of squared
        differences from its own mean.

    Raises
    ------
    InputError
        When a predictor has one single value. The message has its place in the model and no name.

    Notes
    -----
    Chan, Golub & LeVeque 1983: numerically stable, unlike sums of squares.
    """
    rows = sum(part["rows"] for part in parts)
    means = sum(part["rows"] * np.array(part["means"]) for part in parts) / rows
    squares = sum(
        np.array(part["squares"]) + part["rows"] * (np.array(part["means"]) - means) ** 2
        for part in parts
    )
    scales = np.sqrt(squares / rows)
    is_constant = scales <= ROUNDING * np.abs(means)
    if is_constant.any():
        raise InputError(f"predictor {is_constant.argmax() + 1} has the same value in all rows")
    return means, scales
