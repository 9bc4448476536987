"""Refuses sums that one single row carries."""

import numpy as np
import numpy.typing as npt

from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import PrivacyThresholdViolation

LARGEST_SHARE = 0.5


def require_no_dominance(weights: npt.NDArray[np.float64], limits: DisclosureLimits) -> None:
    """Refuse a sum of which one row is more than half.

    Coefficients made for it give all rows but one a weight of nearly nothing, and the weighted sum
    of a site is then that row. Statistical offices refuse such cells of tables by the same rule.
    An owner whose MINIMUM_CELL_COUNT is 0 or 1 lets single rows leave the site anyway.

    Parameters
    ----------
    weights
        Of the rows, 0 or more.
    limits
        Of the owner of the node.

    Raises
    ------
    PrivacyThresholdViolation
        When there is such a row.
    """
    if limits.is_small(1) and not weights.max() <= LARGEST_SHARE * weights.sum():
        raise PrivacyThresholdViolation(
            "one row carries most of what this site would answer: the predictors separate the "
            "outcomes (nearly) perfectly here, or the coefficients were made to single it out"
        )
