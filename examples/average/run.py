"""Ask the demo network for the average radius of the cell nuclei over all hospitals."""

import json

from vantage6.client import Client

with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][0]["id"]],  # runs the central part
        name="average",
        image="vantage6/average:3.12",
        description="Average radius over all hospitals",
        input={"method": "master", "master": True, "kwargs": {"column_name": "mean_radius"}},
        database="default",
    )
    results = client.wait_for_results(task["id"], timeout=300)

print(json.dumps(results[0]["result"], indent=2))
