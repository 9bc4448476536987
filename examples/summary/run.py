"""Ask the demo network for a summary of some columns."""

import json

from vantage6.client import Client

COLUMNS = ["mean_radius", "mean_area", "error_smoothness", "worst_concavity", "diagnosis"]

with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][0]["id"]],  # runs the central part
        name="summary",
        image="vantage6/summary:3.12",
        description="Summary of some columns over all hospitals",
        input={"method": "summary", "kwargs": {"columns": COLUMNS}},
        database="default",
    )
    results = client.wait_for_results(task["id"], timeout=300)

print(json.dumps(results[0]["result"], indent=2))
