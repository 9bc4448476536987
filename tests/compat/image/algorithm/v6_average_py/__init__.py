"""The federated average as 3.x tutorials write it, and a way to keep a container busy."""

import time
from pathlib import Path

from vantage6.tools.util import info

LIMIT_S = 120


def master(client, data, column_name):
    """Ask every organization for its part, and put the parts together."""
    organizations = client.get_organizations_in_my_collaboration()
    ids = [organization.get("id") for organization in organizations]
    info("Creating a task for the partial averages")
    task = client.create_new_task(
        input_={"method": "average_partial", "kwargs": {"column_name": column_name}},
        organization_ids=ids,
    )
    info("Waiting for the parts")
    while not client.get_task(task.get("id")).get("complete"):
        time.sleep(0.2)
    info("Obtaining the parts")
    results = client.get_results(task_id=task.get("id"))
    global_sum, global_count = 0, 0
    for output in results:
        global_sum += output["sum"]
        global_count += output["count"]
    return {"average": global_sum / global_count}


def RPC_average_partial(data, column_name):
    """Sum and count of a column; the sum is a numpy number, which only pickle can carry."""
    info(f"Extracting column {column_name}")
    numbers = data[column_name]
    return {"sum": numbers.sum(), "count": len(numbers)}


def RPC_wait(data, file):
    """Wait until somebody makes a file in this container, then count the rows."""
    info(f"Waiting for {file}")
    deadline = time.monotonic() + LIMIT_S
    while not Path(file).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(file)
        time.sleep(0.05)
    return {"rows": len(data)}
