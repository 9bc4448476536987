"""What a site tells: how many rows it has, their means, and how the columns vary together."""

from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.models.rows import (
    check_names,
    complete,
    numbers,
    predictor_numbers,
    require_enough,
)


def RPC_moments(data, outcome, predictors):
    """Number, means and centred cross products of the complete rows of this site.

    Parameters
    ----------
    outcome
        Name of a numeric column.
    predictors
        Names of numeric columns.

    Returns
    -------
    dict
        ``rows``, ``dropped`` (rows with a missing value), ``means``, and ``cross``: sums over the
        rows of (x - mean)(x - mean)', with the outcome as the last column.

    Raises
    ------
    InputError
        When a column is not there.
    DataTypeError
        When a column is not numeric.
    PrivacyThresholdViolation
        See `vantage6.tools.models.rows`.
    """
    check_names(predictors, outcome)
    columns = [*predictor_numbers(data, predictors), numbers(data, outcome, "the outcome")]
    matrix, dropped = complete(columns)
    require_enough(matrix, len(predictors) + 1, DisclosureLimits.from_environment())
    means = matrix.mean(axis=0)
    centred = matrix - means
    return {
        "rows": len(matrix),
        "dropped": dropped,
        "means": means.tolist(),
        "cross": (centred.T @ centred).tolist(),
    }
