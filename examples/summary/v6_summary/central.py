"""Puts what all sites tell together."""

import math

from vantage6.algorithm.tools.decorators import algorithm_client
from vantage6.algorithm.tools.util import info
from vantage6.tools.exceptions import DataTypeError, InputError


@algorithm_client
def summary(client, columns=None, organizations=None):
    """Summary of columns over all sites.

    Parameters
    ----------
    columns
        Their names; by default all, which must then be the same at all sites.
    organizations
        Ids of those that take part; by default all.

    Returns
    -------
    dict
        By column. What it says depends on ``kind``: ``numbers``, ``categories``, or ``withheld``
        when at least one site may not tell.
    """
    if organizations is None:
        organizations = [member["id"] for member in client.organization.list()]
    info("Asking all sites")
    task = client.task.create(
        input_={"method": "summary_per_site", "kwargs": {"columns": columns}},
        organizations=organizations,
        name="summary per site",
    )
    sites = client.wait_for_results(task_id=task["id"])
    if any(set(site) != set(sites[0]) for site in sites):
        raise InputError("the sites do not have the same columns: name those to summarise")
    return {column: combined([site[column] for site in sites]) for column in sites[0]}


def combined(parts):
    """Summary of one column."""
    kinds = {part["kind"] for part in parts}
    if "withheld" in kinds:
        return {"kind": "withheld", "sites": sum(part["kind"] == "withheld" for part in parts)}
    if len(kinds) > 1:
        raise DataTypeError("a column holds numbers at one site and text at another")
    found = numbers(parts) if kinds == {"numbers"} else categories(parts)
    return {
        **found,
        "count": sum(part["count"] for part in parts),
        "missing": sum(part["missing"] for part in parts),
    }


def numbers(parts):
    """Moments of all values from those of the sites (Chan, Golub and LeVeque 1979)."""
    count, mean, squares = 0, 0.0, 0.0
    for part in parts:
        total = count + part["count"]
        difference = part["mean"] - mean
        mean += difference * part["count"] / total
        squares += part["squares"] + difference**2 * count * part["count"] / total
        count = total
    variance = squares / (count - 1) if count > 1 else None
    return {
        "kind": "numbers",
        "mean": mean,
        "variance": variance,
        "standard_deviation": None if variance is None else math.sqrt(variance),
        "min": extreme(min, [part["min"] for part in parts]),
        "max": extreme(max, [part["max"] for part in parts]),
    }


def extreme(choose, values):
    """The extreme of all sites, or None when one of them does not tell its own."""
    return None if None in values else choose(values)


def categories(parts):
    """Rows of each category that some site may name; ``other`` rows can belong to any."""
    names = sorted({name for part in parts for name in part["counts"]})
    other = sum(part["other"] for part in parts)
    return {
        "kind": "categories",
        "counts": {name: sum(part["counts"].get(name, 0) for part in parts) for name in names},
        "other": other,
        "distinct": None if other else len(names),
    }
