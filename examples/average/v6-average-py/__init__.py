# ruff: noqa: N999, ARG001 - names and signatures are the contract of 3.x algorithms
"""The average of one column over all organizations of a collaboration.

`master` runs at one organization and asks all of them for `RPC_average_partial`. Written as the
classic 3.x tutorial shows; it also runs at published 3.x nodes.
"""

from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.util import error, info


def master(client, data, column_name):
    """Combine the sums and counts of all organizations to the average.

    The data of this organization takes part as that of all others: in the partial function.
    """
    info("Collecting participating organizations")
    organizations = client.get_organizations_in_my_collaboration()
    ids = [organization.get("id") for organization in organizations]

    info("Requesting partial computation")
    task = client.create_new_task(
        input_={"method": "average_partial", "kwargs": {"column_name": column_name}},
        organization_ids=ids,
    )

    info("Waiting for results")
    results = client.wait_for_results(task.get("id"))

    info("Combining the partial results")
    global_sum = 0.0
    global_count = 0
    for result in results:
        global_sum += result["sum"]
        global_count += result["count"]
    if global_count == 0:
        error("No organization has a value in that column")
        raise ValueError("no values")
    return {"average": global_sum / global_count}


def RPC_average_partial(data, column_name):
    """Sum and number of the values that are not missing.

    The owner of the node says how many there must be at least (MINIMUM_ROWS).
    """
    numbers = numeric_column(data, column_name).dropna()
    DisclosureLimits.from_environment().require_rows(len(numbers))
    info("Computing sum and count")
    return {"sum": float(numbers.sum()), "count": len(numbers)}


def numeric_column(data, column_name):
    """The column, or an error in the log of the run.

    The log is not encrypted, so the name of the column does not appear in it.
    """
    if column_name not in data.columns:
        error("The database has no column of that name")
        raise KeyError("no such column")
    column = data[column_name]
    if column.dtype.kind not in "iuf":
        error("The column does not hold numbers")
        raise TypeError("not a number")
    return column
