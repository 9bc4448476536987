"""What a site tells: at which times how many of its rows have an event or are censored."""

import numpy as np
import pandas as pd
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import InputError
from vantage6.tools.models.times import shared_times, time_and_event

ALL = "all"
"""Name of the only group when rows are not divided."""


def RPC_table(data, time, event, group=None):
    """Events and censored rows by time, for each group.

    Parameters
    ----------
    time
        Name of a numeric column.
    event
        Name of a column with 1 where the event was seen and 0 where it was not.
    group
        Name of a column with the group of each row; without it, all are in one.

    Returns
    -------
    dict
        ``dropped`` (rows with a missing value), and ``groups``: by name ``times`` (see
        `vantage6.tools.models.times`), ``events`` and ``censored``.

    Raises
    ------
    InputError, DataTypeError
        When the columns are not there or hold something else.
    PrivacyThresholdViolation
        When a group of this site is too small.
    """
    times, events = time_and_event(data, time, event)
    names = group_names(data, group)
    is_complete = ~np.isnan(times) & ~np.isnan(events) & names.notna().to_numpy()
    limits = DisclosureLimits.from_environment()
    limits.require_rows(int(is_complete.sum()))
    return {
        "dropped": int((~is_complete).sum()),
        "groups": {
            name: table(times[chosen], events[chosen], limits)
            for name in sorted(set(names[is_complete]))
            for chosen in [is_complete & (names == name).to_numpy()]
        },
    }


def group_names(data, group):
    """Name of each row's group as text, missing where the value is.

    A column of whole numbers is read as floats where one is missing; it has the same names then.

    Raises
    ------
    InputError
        When there is no such column.
    """
    if group is None:
        return pd.Series(ALL, index=data.index, dtype=object)
    if not isinstance(group, str) or group not in data.columns:
        raise InputError("the database of this site has no column for the group")
    return data[group].astype(object).map(name_of, na_action="ignore")


def name_of(value):
    """Text of a group's value."""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if is_whole else value)


def table(times, events, limits):
    """Events and censored rows by time.

    Raises
    ------
    PrivacyThresholdViolation
        When there are too few rows, or too few with the same outcome.
    """
    limits.require_rows(len(times))
    distinct, place = np.unique(shared_times(times, events, limits), return_inverse=True)
    return {
        "times": distinct.tolist(),
        "events": np.bincount(place, events).astype(int).tolist(),
        "censored": np.bincount(place, 1 - events).astype(int).tolist(),
    }
