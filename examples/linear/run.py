"""Ask the demo network what the worst radius of the cell nuclei follows from."""

import json

from vantage6.client import Client

with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][0]["id"]],  # runs the central part
        name="linear",
        image="vantage6/linear:3.12",
        description="Linear regression over all hospitals",
        input={
            "method": "fit",
            "master": True,
            "kwargs": {
                "outcome": "worst_radius",
                "predictors": ["mean_radius", "mean_texture", "error_radius"],
            },
        },
        database="default",
    )
    results = client.wait_for_results(task["id"], timeout=300)

print(json.dumps(results[0]["result"], indent=2))
