"""What one site tells of a column: groups of neighbouring values, and how many rows each holds.

A site takes no bin edges from the researcher. Edges that a researcher may choose can be moved
until a single row lies between two of them; here all questions have the same answer, so that
nothing can be learnt by asking again.
"""

import math

import numpy as np
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import (
    DataError,
    DataTypeError,
    InputError,
    PrivacyThresholdViolation,
)
from vantage6.tools.util import info


def RPC_groups(data, column):
    """Cut the values of a column into groups, none of which is small.

    Returns
    -------
    dict
        ``cuts`` in rising order; ``counts`` of the groups: below the first cut, from each cut to
        just below the next, from the last cut on; and the number of ``missing`` values.
    """
    limits = DisclosureLimits.from_environment()
    values = sorted_numbers(data, column)
    limits.require_rows(len(values))
    if limits.is_small(len(values)):
        raise PrivacyThresholdViolation("this site has too few rows for a single group")
    info("Grouping the values")
    cuts = cuts_between(values, max(1, limits.minimum_cell_count))
    places = np.searchsorted(values, cuts, side="left")
    counts = np.diff([0, *places, len(values)])
    return {
        "cuts": cuts,
        "counts": [int(count) for count in counts],
        "missing": len(data) - len(values),
    }


def sorted_numbers(data, column):
    """The values that are not missing, in rising order."""
    if column not in data.columns:
        raise InputError("the database has no column of that name")
    if data[column].dtype.kind not in "iuf":
        raise DataTypeError("the column does not hold numbers")
    values = np.sort(data[column].dropna().to_numpy(dtype=float))
    if not np.isfinite(values).all():
        raise DataError("the column holds infinite values")
    return values


def cuts_between(values, smallest):
    """Cuts that leave `smallest` values or more in each group.

    A group is cut at the roundest binary number that leaves enough on both sides, and its two
    parts are cut in the same way. The cuts are thus numbers such as 12 or 12.25 and not values of
    persons, and where there are many rows, different sites have the same ones.
    """
    cuts, groups = [], [values]
    while groups:
        group = groups.pop()
        if len(group) < 2 * smallest:
            continue
        cut = roundest_between(group[smallest - 1], group[-smallest])
        if cut is not None:
            place = np.searchsorted(group, cut, side="left")
            cuts.append(cut)
            groups += [group[:place], group[place:]]
    return sorted(cuts)


def roundest_between(low, high):
    """The number above `low` and up to `high` that the largest power of two divides, or None.

    There is only one: between two odd multiples of a power of two lies an even one.
    """
    if not low < high:
        return None
    if low < 0 <= high:
        return 0.0
    exponent = math.frexp(high - low)[1] - 1  # 2 ** exponent <= high - low: one multiple is inside
    cut = multiple_below(high, exponent)
    while (rounder := multiple_below(high, exponent + 1)) > low:
        cut, exponent = rounder, exponent + 1
    return cut


def multiple_below(number, exponent):
    """The largest multiple of ``2 ** exponent`` up to `number`."""
    return math.ldexp(math.floor(math.ldexp(float(number), -exponent)), exponent)
