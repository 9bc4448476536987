"""Puts the moments of all sites together and solves the normal equations."""

import numpy as np
from vantage6.tools.exceptions import InputError
from vantage6.tools.models.rows import check_names
from vantage6.tools.models.sites import ask, chosen
from vantage6.tools.util import info

INTERCEPT = "intercept"
"""Its name in the answer; no predictor may be called so."""
SMALLEST_EIGENVALUE = 1e-9
"""Of the correlations of the predictors; below it fewer than seven digits of the answer hold."""
ROUNDING = 1e-12
"""Relative; standard deviations below it are those of a column with one single value."""


def fit(client, data, outcome, predictors, organizations=None):
    """Least squares with an intercept over the complete rows of all sites.

    Parameters
    ----------
    data
        Not used: the data of this organization takes part as that of all others.
    outcome
        Name of a numeric column.
    predictors
        Names of numeric columns.
    organizations
        Ids; all of the collaboration by default.

    Returns
    -------
    dict
        ``coefficients``, ``standard_errors`` and ``t_values`` by name of the predictor and
        ``intercept``; ``r_squared``, ``adjusted_r_squared``, ``residual_variance``,
        ``degrees_of_freedom``, ``rows`` and ``dropped`` (rows with a missing value).

    Raises
    ------
    InputError
        When the predictors do not make a model, or are collinear.
    """
    del data
    check_names(predictors, outcome, INTERCEPT)
    info("Asking for the moments of all organizations")
    parts = ask(
        client, chosen(client, organizations), "moments", outcome=outcome, predictors=predictors
    )
    info("Solving the normal equations")
    rows, means, cross = pooled(parts)
    return {**solution(rows, means, cross, predictors), "dropped": sum_of(parts, "dropped")}


def sum_of(parts, key):
    """Sum over the sites."""
    return sum(part[key] for part in parts)


def pooled(parts):
    """Number, means and centred cross products of all rows (Chan, Golub & LeVeque 1983).

    Sums of squares that are not centred would lose as many digits as the mean has more than the
    standard deviation.
    """
    rows = sum_of(parts, "rows")
    means = sum(part["rows"] * np.array(part["means"]) for part in parts) / rows
    cross = 0.0
    for part in parts:
        shift = np.array(part["means"]) - means
        cross = cross + np.array(part["cross"]) + part["rows"] * np.outer(shift, shift)
    return rows, means, cross


def solution(rows, means, cross, predictors):
    """The model from the moments of all rows."""
    scales = spread(rows, means, cross)
    inverse = inverse_correlation(cross[:-1, :-1], scales) / np.outer(scales, scales)
    slopes = inverse @ cross[:-1, -1]
    total = cross[-1, -1]
    residual = max(total - slopes @ cross[:-1, -1], 0.0)
    freedom = rows - len(predictors) - 1
    variance = residual / freedom
    # The means of all rows are uncorrelated with the slopes.
    at_zero = 1 / rows + means[:-1] @ inverse @ means[:-1]
    coefficients = np.array([means[-1] - means[:-1] @ slopes, *slopes])
    errors = np.sqrt(variance * np.array([at_zero, *np.diag(inverse)]))
    names = [INTERCEPT, *predictors]
    return {
        "coefficients": named(names, coefficients),
        "standard_errors": named(names, errors),
        "t_values": {
            name: float(value / error) if error else None
            for name, value, error in zip(names, coefficients, errors, strict=True)
        },
        "r_squared": float(1 - residual / total),
        "adjusted_r_squared": float(1 - variance / (total / (rows - 1))),
        "residual_variance": float(variance),
        "degrees_of_freedom": freedom,
        "rows": rows,
    }


def named(names, values):
    """Plain floats by name."""
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def spread(rows, means, cross):
    """Square roots of the sums of squares of the predictors.

    Raises
    ------
    InputError
        When a column has the same value in all rows.
    """
    squares = np.diag(cross)
    # The mean of equal values is rounded, so that their squares need not add up to 0.
    is_constant = squares <= rows * (ROUNDING * means) ** 2
    if is_constant[-1]:
        raise InputError("the outcome has the same value in all rows")
    if is_constant.any():
        raise InputError(f"predictor {is_constant.argmax() + 1} has the same value in all rows")
    return np.sqrt(squares[:-1])


def inverse_correlation(cross, scales):
    """Inverse of the correlation matrix of the predictors.

    Raises
    ------
    InputError
        When a predictor follows from the others: then there is no single answer.
    """
    values, vectors = np.linalg.eigh(cross / np.outer(scales, scales))
    if values[0] < SMALLEST_EIGENVALUE:
        raise InputError(
            "the predictors are collinear: at least one of them follows from the others"
        )
    return (vectors / values) @ vectors.T
