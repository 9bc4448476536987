"""Times that leave a site: none is that of fewer rows than the owner allows.

The date of a relapse or of a last visit points at one person, and so does the difference between
two sums, one with and one without that person. Therefore rows with the same outcome are put in the
order of their times and taken together with their neighbours, until a group has
MINIMUM_CELL_COUNT rows; all of a group get the mean of their times (microaggregation, Defays &
Nanopoulos 1993). Rows with equal times are never separated. With a MINIMUM_CELL_COUNT of 0 or 1
nothing changes: then times leave the site as they are.
"""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import DataTypeError, PrivacyThresholdViolation
from vantage6.tools.models.rows import Floats, numbers

if TYPE_CHECKING:
    import pandas as pd

Integers = npt.NDArray[np.int64]


def time_and_event(data: "pd.DataFrame", time: object, event: object) -> tuple[Floats, Floats]:
    """Times, and 1.0 for an event or 0.0 for a censored row; NaN where missing.

    Raises
    ------
    InputError
        When there are no such columns. The message has no name: the log is not encrypted.
    DataTypeError
        When a time is no finite number of 0 or more, or an event is neither 0 nor 1.
    """
    times, events = numbers(data, time, "the time"), numbers(data, event, "the event")
    if (times < 0).any():
        raise DataTypeError("times must be 0 or more")
    if not np.isin(events[~np.isnan(events)], (0, 1)).all():
        raise DataTypeError("the event must be 1 where it was seen and 0 where it was not")
    return times, events


def shared_times(times: Floats, events: Floats, limits: DisclosureLimits) -> Floats:
    """Times such that at each of them the owner's MINIMUM_CELL_COUNT of rows have an outcome.

    Raises
    ------
    PrivacyThresholdViolation
        When fewer rows than that, but not none, have an event, or are censored.
    """
    shared = times.astype(float)
    for outcome in (0, 1):
        has_outcome = events == outcome
        count = int(has_outcome.sum())
        if count and limits.is_small(count):
            raise PrivacyThresholdViolation(
                f"fewer than {limits.minimum_cell_count} rows of this site have an event, or are "
                "censored"
            )
        if count:
            shared[has_outcome] = microaggregated(times[has_outcome], limits.minimum_cell_count)
    return shared


def microaggregated(values: Floats, size: int) -> Floats:
    """Each value replaced by the mean of a group of at least `size` neighbours."""
    distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    group = groups(counts, size)
    sums, rows = np.bincount(group, distinct * counts), np.bincount(group, counts)
    # The mean of equal values is rounded; then the times of two sites would no longer be equal.
    first = distinct[np.searchsorted(group, np.arange(len(rows)))]
    means = np.where(np.bincount(group) == 1, first, sums / rows)
    shared: Floats = means[group][place]
    return shared


def groups(counts: Integers, size: int) -> Integers:
    """Number of the group of each distinct value; the last one takes in what is left over."""
    group, number, rows = np.zeros(len(counts), dtype=int), 0, 0
    for i, count in enumerate(counts):
        group[i] = number
        rows += count
        if rows >= size:
            number, rows = number + 1, 0
    if rows and number:
        group[group == number] = number - 1
    return group
