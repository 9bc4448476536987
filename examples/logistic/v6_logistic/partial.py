"""What a site tells: means and spread of the predictors, and its part of each Newton step."""

import numpy as np
from pandas.api.types import is_numeric_dtype
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import DataTypeError, InputError
from vantage6.tools.models.dominance import require_no_dominance
from vantage6.tools.models.rows import (
    check_names,
    column,
    complete,
    predictor_numbers,
    require_enough,
)


def RPC_moments(data, outcome, predictors, positive=1):
    """Number of rows and of positive ones; means and centred squares of the predictors.

    Parameters
    ----------
    outcome
        Name of a column with two values.
    predictors
        Names of numeric columns.
    positive
        The value of the outcome whose probability is modelled.

    Returns
    -------
    dict
        ``rows``, ``dropped`` (rows with a missing value), ``positive`` (rows), ``means`` and
        ``squares``: sums of (x - mean)².

    Raises
    ------
    InputError
        When a column is not there.
    DataTypeError
        When a predictor is not numeric or the outcome has a third value.
    PrivacyThresholdViolation
        See `vantage6.tools.models.rows`.
    """
    matrix, dropped = model_rows(data, outcome, predictors, positive)
    values, is_positive = matrix[:, :-1], matrix[:, -1]
    means = values.mean(axis=0)
    return {
        "rows": len(matrix),
        "dropped": dropped,
        "positive": int(is_positive.sum()),
        "means": means.tolist(),
        "squares": ((values - means) ** 2).sum(axis=0).tolist(),
    }


def RPC_likelihood(data, outcome, predictors, coefficients, scaling, positive=1):
    """Log likelihood, gradient and information of the complete rows of this site.

    Parameters
    ----------
    outcome, predictors, positive
        See `RPC_moments`.
    coefficients
        Intercept first, for the predictors minus ``means`` and divided by ``scales``.
    scaling
        These ``means`` and ``scales``.

    Raises
    ------
    InputError, DataTypeError, PrivacyThresholdViolation
        See `RPC_moments` and `vantage6.tools.models.dominance`.
    """
    matrix, _ = model_rows(data, outcome, predictors, positive)
    values = (matrix[:, :-1] - np.array(scaling["means"])) / np.array(scaling["scales"])
    design = np.column_stack([np.ones(len(matrix)), values])
    score = design @ np.array(coefficients)
    sign = 2 * matrix[:, -1] - 1
    probability = np.exp(-np.logaddexp(0, -score))
    residual = sign * np.exp(-np.logaddexp(0, sign * score))
    weight = probability * np.exp(-np.logaddexp(0, score))
    limits = DisclosureLimits.from_environment()
    require_no_dominance(np.abs(residual), limits)
    require_no_dominance(weight, limits)
    return {
        "log_likelihood": float(-np.logaddexp(0, -sign * score).sum()),
        "gradient": (design.T @ residual).tolist(),
        "information": ((design.T * weight) @ design).tolist(),
    }


def model_rows(data, outcome, predictors, positive):
    """Complete rows: the predictors, and 1.0 or 0.0 for the outcome last; number of the others."""
    check_names(predictors, outcome)
    columns = [*predictor_numbers(data, predictors), is_positive(data, outcome, positive)]
    matrix, dropped = complete(columns)
    require_enough(matrix, len(predictors) + 1, DisclosureLimits.from_environment())
    return matrix, dropped


def is_positive(data, outcome, positive):
    """1.0 where the outcome is `positive`, 0.0 where it has its other value, NaN where missing.

    Raises
    ------
    InputError
        When there is no such column, or `positive` cannot be one of its values.
    DataTypeError
        When it has more than two values.
    """
    values = column(data, outcome, "the outcome")
    if is_numeric_dtype(values) == isinstance(positive, str):
        raise InputError("'positive' and the values of the outcome must be of the same kind")
    if values.nunique() > 2:
        raise DataTypeError("the outcome has more than two values at this site")
    return np.where(values.isna(), np.nan, values.isin([positive]))
