"""Puts the groups of all sites together to a histogram and quantiles."""

# ruff: noqa: ARG001 - the signature of central functions is the contract of 3.x algorithms

import math
from itertools import pairwise

import numpy as np
from vantage6.tools.exceptions import InputError
from vantage6.tools.util import info

LARGEST_NUMBER_OF_BINS = 1000
QUARTILES = (0.25, 0.5, 0.75)


def distribution(
    client, data, column, edges=None, bins=10, probabilities=QUARTILES, organizations=None
):
    """Histogram and quantiles of a column.

    Parameters
    ----------
    column
        A column of numbers.
    edges
        Where the bins meet. By default edges at which all sites know their counts, so that the
        bins hold about the same number of rows.
    bins
        How many bins there are at most; of no importance when there are `edges`.
    probabilities
        Which quantiles.
    organizations
        Ids of those that take part; by default all.

    Returns
    -------
    dict
        ``histogram`` has counts below the first of its ``edges``, from each edge to just below
        the next, and from the last edge on; the truth lies between ``lower`` and ``upper``.
        ``quantiles`` are estimates, the truth lies in their ``bounds``; where it has no bounds,
        because too few rows lie beyond, both are None.
    """
    check_arguments(edges, bins, probabilities)
    info("Asking all sites for their groups")
    sites = [Site(answer) for answer in ask(client, "groups", {"column": column}, organizations)]
    rows = sum(site.rows for site in sites)
    chosen = agreed_edges(sites, bins) if edges is None else [float(edge) for edge in edges]
    bounds = {str(p): quantile_bounds(sites, rank(p, rows)) for p in probabilities}
    return {
        "rows": rows,
        "missing": sum(site.missing for site in sites),
        "histogram": histogram(sites, chosen),
        "quantiles": {
            str(p): quantile(sites, rank(p, rows), bounds[str(p)]) for p in probabilities
        },
        "bounds": bounds,
    }


def ask(client, method, arguments, organizations):
    """Answers of all sites to one question."""
    if organizations is None:
        members = client.get_organizations_in_my_collaboration()
        organizations = [member["id"] for member in members]
    task = client.create_new_task(
        input_={"method": method, "kwargs": arguments}, organization_ids=organizations
    )
    return client.wait_for_results(task["id"])


class Site:
    """What one site told of the column."""

    def __init__(self, answer):
        self.cuts = np.array(answer["cuts"], dtype=float)
        self.up_to = np.cumsum([0, *answer["counts"]])  # rows below each cut; all rows at the end
        self.rows = int(self.up_to[-1])
        self.missing = answer["missing"]

    def surely_below(self, number):
        """Rows in groups that end at or before the number."""
        return int(self.up_to[np.searchsorted(self.cuts, number, side="right")])

    def maybe_below(self, number):
        """Rows in groups that begin before the number."""
        return int(self.up_to[np.searchsorted(self.cuts, number, side="left") + 1])

    def about_below(self, numbers, low, high):
        """Rows below numbers, as if those of a group were evenly spread."""
        return np.interp(numbers, [low, *self.cuts, high], self.up_to)


def surely_below(sites, number):
    """Rows of all sites that certainly are below a number."""
    return sum(site.surely_below(number) for site in sites)


def maybe_below(sites, number):
    """Rows of all sites that can be below a number."""
    return sum(site.maybe_below(number) for site in sites)


def all_cuts(sites):
    """Cuts of any site, in rising order."""
    return np.unique(np.concatenate([site.cuts for site in sites]))


def agreed_edges(sites, bins):
    """Cuts that all sites have in common, chosen so that the bins hold about as many rows each."""
    common = sorted(set.intersection(*(set(site.cuts.tolist()) for site in sites)))
    if not common:
        return []
    below = np.array([surely_below(sites, cut) for cut in common])
    wanted = sum(site.rows for site in sites) * np.arange(1, bins) / bins
    return [common[place] for place in sorted({int(abs(below - n).argmin()) for n in wanted})]


def histogram(sites, edges):
    """Bounds of the number of rows in each bin."""
    lower, upper = [], []
    for start, end in zip([-math.inf, *edges], [*edges, math.inf], strict=True):
        counts = [bounds_between(site, start, end) for site in sites]
        lower.append(sum(low for low, _ in counts))
        upper.append(sum(high for _, high in counts))
    return {"edges": edges, "lower": lower, "upper": upper}


def bounds_between(site, start, end):
    """Fewest and most rows of a site in a bin."""
    surely_before = 0 if start == -math.inf else site.surely_below(start)
    maybe_before = 0 if start == -math.inf else site.maybe_below(start)
    surely = site.rows if end == math.inf else site.surely_below(end)
    maybe = site.rows if end == math.inf else site.maybe_below(end)
    return max(0, surely - maybe_before), maybe - surely_before


def rank(probability, rows):
    """Place of a quantile among the sorted rows, from 1 (`inverted_cdf` of numpy)."""
    return max(1, math.ceil(probability * rows))


def quantile_bounds(sites, place):
    """The row at a place has a value from the first number to just below the second."""
    cuts = all_cuts(sites)
    lower = [float(cut) for cut in cuts if maybe_below(sites, cut) < place]
    upper = [float(cut) for cut in cuts if surely_below(sites, cut) >= place]
    return [max(lower, default=None), min(upper, default=None)]


def quantile(sites, place, bounds):
    """About the value of the row at a place."""
    if None in bounds:
        return None
    cuts = all_cuts(sites)
    # Nobody says how far the outer groups reach: as far as the gap beside them is wide.
    low, high = 2 * cuts[0] - cuts[1], 2 * cuts[-1] - cuts[-2]
    knots = np.array([low, *cuts, high])
    below = sum(site.about_below(knots, low, high) for site in sites)
    return float(np.clip(np.interp(place - 0.5, below, knots), *bounds))


def check_arguments(edges, bins, probabilities):
    """Refuse what cannot be meant."""
    if not isinstance(bins, int) or not 1 <= bins <= LARGEST_NUMBER_OF_BINS:
        raise InputError(f"bins must be a whole number from 1 to {LARGEST_NUMBER_OF_BINS}")
    if not are_numbers(probabilities) or not all(0 <= p <= 1 for p in probabilities):
        raise InputError("probabilities must be numbers from 0 to 1")
    if edges is None:
        return
    if not edges or not are_numbers(edges):
        raise InputError("edges must be numbers")
    if any(after <= before for before, after in pairwise(edges)):
        raise InputError("edges must rise")


def are_numbers(values):
    """Whether a value of the input is a list of finite numbers."""
    return isinstance(values, list | tuple) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        for value in values
    )
