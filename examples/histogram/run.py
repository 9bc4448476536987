"""Ask the demo network for the distribution of the average radius of the cell nuclei."""

import json

from vantage6.client import Client

with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][0]["id"]],  # runs the central part
        name="distribution",
        image="vantage6/histogram:3.12",
        description="Distribution of the average radius over all hospitals",
        input={
            "method": "distribution",
            "master": True,
            "kwargs": {
                "column": "mean_radius",
                "edges": [10, 11, 12, 13, 14, 16, 18, 20],
                "probabilities": [0.1, 0.25, 0.5, 0.75, 0.9],
            },
        },
        database="default",
    )
    results = client.wait_for_results(task["id"], timeout=300)

print(json.dumps(results[0]["result"], indent=2))
