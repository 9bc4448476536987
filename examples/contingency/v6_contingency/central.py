"""Puts the tables of all sites together, and computes what follows from them."""

# ruff: noqa: ARG001 - the signature of central functions is the contract of 3.x algorithms

import numpy as np
from vantage6.tools.util import info


def crosstab(client, data, columns, organizations=None):
    """Cross table of two columns.

    Parameters
    ----------
    columns
        Names of two columns with categories.
    organizations
        Ids of those that take part; by default all.

    Returns
    -------
    dict
        ``lower`` and ``upper`` bounds of the number of rows in each cell; they are equal where no
        site hides anything of it. ``categories`` of both columns: the last one can be None, for
        those that no site may name. ``chi_squared`` of Pearson, or None where a cell is not known.
    """
    info("Asking all sites for their tables")
    sites = [Site(answer) for answer in ask(client, columns, organizations)]
    names = [union([site.categories[axis] for site in sites]) for axis in (0, 1)]
    bounds = np.array(
        [[pooled_bounds(sites, one, two) for two in names[1]] for one in names[0]], dtype=int
    )
    lower, upper = bounds[:, :, 0], bounds[:, :, 1]
    is_known = None not in names[0] + names[1] and bool((lower == upper).all())
    return {
        "columns": columns,
        "rows": sum(site.rows for site in sites),
        "categories": names,
        "lower": lower.tolist(),
        "upper": upper.tolist(),
        "chi_squared": chi_squared(lower) if is_known else None,
    }


def ask(client, columns, organizations):
    """Tables of all sites."""
    if organizations is None:
        members = client.get_organizations_in_my_collaboration()
        organizations = [member["id"] for member in members]
    task = client.create_new_task(
        input_={"method": "crosstab_partial", "kwargs": {"columns": columns}},
        organization_ids=organizations,
    )
    return client.wait_for_results(task["id"])


class Site:
    """What one site told."""

    def __init__(self, answer):
        self.categories = answer["categories"]
        self.counts = answer["counts"]
        self.rows = sum(answer["totals"][0])
        shown = np.array([[count or 0 for count in row] for row in self.counts])
        self.left_in_row = np.array(answer["totals"][0]) - shown.sum(axis=1)
        self.left_in_column = np.array(answer["totals"][1]) - shown.sum(axis=0)
        self.left = int(self.left_in_row.sum())

    def bounds(self, one, two):
        """Fewest and most rows of this site with a category of each column."""
        row, column = self.place(0, one), self.place(1, two)
        if row is None or column is None:
            return 0, 0
        lower, upper = self.bounds_of_cell(row, column)
        is_told = None not in (self.categories[0][row], self.categories[1][column])
        return (lower if is_told else 0), upper

    def place(self, axis, name):
        """Where a category is counted: at its name, else among those without, else nowhere."""
        names = self.categories[axis]
        if name in names:
            return names.index(name)
        return names.index(None) if None in names else None

    def bounds_of_cell(self, row, column):
        """Of a hidden cell, all that follows from what its row, column and block add up to."""
        count = self.counts[row][column]
        if count is not None:
            return count, count
        in_row, in_column = int(self.left_in_row[row]), int(self.left_in_column[column])
        return max(0, in_row + in_column - self.left), min(in_row, in_column)


def union(lists):
    """All categories in order, None last."""
    return sorted({name for names in lists for name in names}, key=lambda n: (n is None, n))


def pooled_bounds(sites, one, two):
    """Fewest and most rows of all sites with a category of each column."""
    lower, upper = zip(*(site.bounds(one, two) for site in sites), strict=True)
    return sum(lower), sum(upper)


def chi_squared(table):
    """Statistic of Pearson and its degrees of freedom; None when a column does not vary."""
    if min(table.shape) < 2:
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return {
        "statistic": float(((table - expected) ** 2 / expected).sum()),
        "degrees_of_freedom": (table.shape[0] - 1) * (table.shape[1] - 1),
    }
