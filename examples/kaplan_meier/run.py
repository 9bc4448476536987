"""Ask the demo network how long patients live without recurrence, by therapy."""

import json

from vantage6.client import Client

with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][0]["id"]],  # runs the central part
        name="survival",
        image="vantage6/kaplan-meier:3.12",
        description="Survival with and without hormonal therapy",
        input={
            "method": "survival",
            "master": True,
            "kwargs": {
                "time": "days",
                "event": "event",
                "group": "hormone_therapy",
            },
        },
        database="survival",
    )
    results = client.wait_for_results(task["id"], timeout=300)

print(json.dumps(results[0]["result"], indent=2))
