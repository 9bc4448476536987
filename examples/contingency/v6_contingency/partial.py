"""What one site tells of a cross table: all totals, and all cells outside of a hidden block.

hidden block
    Some rows and some columns of the table; the cells where they cross are not told. What they
    add up to in each of these rows and columns follows from the totals and the other cells.
"""

import numpy as np
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import DataTypeError, InputError, PrivacyThresholdViolation
from vantage6.tools.util import info

MISSING = "(missing)"
"""Rows without a value are a category: with them, all tables are about the same rows."""


def RPC_crosstab_partial(data, columns):
    """The cross table of two columns at this site, as far as it may leave.

    Returns
    -------
    dict
        ``categories`` of both columns, the last of which can be None, for all those that are too
        small to be named; ``counts``, where None is hidden; ``totals`` of rows and of columns.
    """
    limits = DisclosureLimits.from_environment()
    limits.require_rows(len(data))
    if not (isinstance(columns, list) and len(columns) == 2 and columns[0] != columns[1]):
        raise InputError("columns must be a list of two different names")
    if not all(isinstance(column, str) and column in data.columns for column in columns):
        raise InputError("the database has no column of that name")
    info("Counting")
    # Which cells are hidden must not depend on the order: two answers could be laid side by side.
    one, two = sorted(columns)
    answer = protected(categories(data[one], limits), categories(data[two], limits), limits)
    return answer if columns == [one, two] else transposed(answer)


def categories(column, limits):
    """The category of each row; None for those that too few rows share.

    Small categories are put together until they are not small any more, if need be with the
    smallest of the others.
    """
    names = category_names(column)
    rising = sorted((int(count), name) for name, count in names.value_counts().items())
    together, rare = 0, set()
    for count, name in rising:
        if limits.is_small(count) or 0 < together < limits.minimum_cell_count:
            together += count
            rare.add(name)
    if rare and limits.is_small(together):
        raise PrivacyThresholdViolation("this site has too few rows for a single cell")
    return names.where(~names.isin(rare), None)


def category_names(column):
    """Values as text, the same at all sites: a code is ``1`` also where others are missing."""
    if column.dtype.kind == "f":
        if not (column.dropna() % 1 == 0).all():
            raise DataTypeError("a column holds measurements, not categories")
        names = column.map(lambda value: str(int(value)), na_action="ignore")
    else:
        names = column.astype(str)
    return names.astype(object).where(column.notna(), MISSING)


def protected(one, two, limits):
    """The table of two columns without the cells that may not leave."""
    names = [in_order(one), in_order(two)]
    places = [places_of(column, known) for column, known in zip((one, two), names, strict=True)]
    table = np.zeros((len(names[0]), len(names[1])), dtype=int)
    np.add.at(table, tuple(places), 1)
    hidden = np.outer(*hidden_block(table, limits.minimum_cell_count))
    return {
        "categories": names,
        "counts": [
            [None if is_hidden else int(count) for count, is_hidden in zip(*row, strict=True)]
            for row in zip(table, hidden, strict=True)
        ],
        "totals": [table.sum(axis=1).tolist(), table.sum(axis=0).tolist()],
    }


def in_order(column):
    """Names of the categories, None last."""
    return sorted(set(column), key=lambda name: (name is None, name))


def places_of(column, names):
    """Where the category of each row stands among the names."""
    place = {name: number for number, name in enumerate(names)}
    return [place[name] for name in column]


def hidden_block(table, smallest):
    """Rows and columns of the smallest block found that gives none of its cells away.

    All small cells lie in it. Each of its rows and each of its columns adds up to `smallest` or
    more inside the block, and it has two of each: every cell in it can then have at least
    `smallest` + 1 different values, whatever anybody computes from the rest. See the README.
    """
    small = table < smallest
    rows, columns = small.any(axis=1), small.any(axis=0)
    while small.any():
        block = table[np.ix_(rows, columns)]
        if columns.sum() < 2 or block.sum(axis=1).min() < smallest:
            add_smallest(columns, table[rows].sum(axis=0))
        elif rows.sum() < 2 or block.sum(axis=0).min() < smallest:
            add_smallest(rows, table[:, columns].sum(axis=1))
        else:
            break
    return rows, columns


def add_smallest(chosen, rows_lost):
    """Choose one more: the one that hides the fewest rows."""
    left = np.flatnonzero(~chosen)
    chosen[left[rows_lost[left].argmin()]] = True


def transposed(answer):
    """The same table with rows and columns exchanged."""
    return {
        "categories": answer["categories"][::-1],
        "counts": [list(row) for row in zip(*answer["counts"], strict=True)],
        "totals": answer["totals"][::-1],
    }
