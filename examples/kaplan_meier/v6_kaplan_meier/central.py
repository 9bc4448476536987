"""Puts the tables of all sites together and multiplies the curve."""

from collections import Counter
from math import exp, log, sqrt
from statistics import NormalDist

from vantage6.tools.exceptions import InputError
from vantage6.tools.models.sites import ask, chosen
from vantage6.tools.util import info


def survival(client, data, time, event, group=None, organizations=None, confidence=0.95):
    """Kaplan-Meier curves with their confidence interval and median.

    Parameters
    ----------
    data
        Not used: the data of this organization takes part as that of all others.
    time
        Name of a numeric column.
    event
        Name of a column with 1 where the event was seen and 0 where it was not.
    group
        Name of a column with the group of each row; without it, all are in group ``all``.
    organizations
        Ids; all of the collaboration by default.
    confidence
        Level of the pointwise interval.

    Returns
    -------
    dict
        ``dropped`` (rows with a missing value), and ``groups``: by name the lists ``times``,
        ``at_risk``, ``events``, ``censored``, ``survival``, ``lower`` and ``upper``, and
        ``median`` (None when the curve does not reach a half), ``rows``.

    Raises
    ------
    InputError
        When `confidence` is not between 0 and 1.
    """
    del data
    if not isinstance(confidence, float) or not 0 < confidence < 1:
        raise InputError("'confidence' must be a number between 0 and 1")
    info("Asking for the times of all organizations")
    parts = ask(
        client, chosen(client, organizations), "table", time=time, event=event, group=group
    )
    info("Computing the curves")
    names = sorted({name for part in parts for name in part["groups"]})
    tables = {
        name: [part["groups"][name] for part in parts if name in part["groups"]] for name in names
    }
    return {
        "dropped": sum(part["dropped"] for part in parts),
        "groups": {name: curve(*pooled(tables[name]), confidence) for name in names},
    }


def pooled(tables):
    """Times in order, with the events and censored rows of all sites at each."""
    events, censored = Counter(), Counter()
    for table in tables:
        for i, time in enumerate(table["times"]):
            events[time] += table["events"][i]
            censored[time] += table["censored"][i]
    times = sorted(events)
    return times, [events[time] for time in times], [censored[time] for time in times]


def curve(times, events, censored, confidence):
    """The product-limit estimate; rows censored at a time are at risk at it."""
    rows = at_risk = sum(events) + sum(censored)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    height, variance = 1.0, 0.0
    lists = {key: [] for key in ("at_risk", "survival", "lower", "upper")}
    for deaths, gone in zip(events, censored, strict=True):
        left = at_risk - deaths
        height *= left / at_risk
        variance += deaths / (at_risk * left) if left else 0.0
        lower, upper = interval(height, variance, z)
        for key, value in zip(lists, (at_risk, height, lower, upper), strict=True):
            lists[key].append(value)
        at_risk = left - gone
    return {
        "times": times,
        "events": events,
        "censored": censored,
        **lists,
        "median": median(times, lists["survival"]),
        "rows": rows,
    }


def interval(height, variance, z):
    """Bounds from Greenwood's variance on the scale log(-log S), which keeps them in [0, 1].

    Where the curve is still 1 or already 0 there is no such scale; the bounds are then the curve.
    """
    if height in (0.0, 1.0):
        return height, height
    width = z * sqrt(variance) / log(height)
    return tuple(exp(-exp(log(-log(height)) + sign * width)) for sign in (-1, 1))


def median(times, heights):
    """The first time at which no more than a half are left, None when there is none."""
    return next((time for time, height in zip(times, heights, strict=True) if height <= 0.5), None)
