"""Ask the demo network what the risk of recurrence depends on."""

import json

from vantage6.client import Client

with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][0]["id"]],  # runs the central part
        name="cox",
        image="vantage6/cox:3.12",
        description="Cox regression over all hospitals",
        input={
            "method": "fit",
            "master": True,
            "kwargs": {
                "time": "days",
                "event": "event",
                "predictors": ["hormone_therapy", "age", "tumour_size", "tumour_grade"],
            },
        },
        database="survival",
    )
    results = client.wait_for_results(task["id"], timeout=300)

print(json.dumps(results[0]["result"], indent=2))
