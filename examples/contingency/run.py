"""Ask the demo network how hormonal therapy and recurrence go together."""

import json

from vantage6.client import Client

with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][0]["id"]],  # runs the central part
        name="cross table",
        image="vantage6/contingency:3.12",
        description="Hormonal therapy and recurrence over all hospitals",
        input={
            "method": "crosstab",
            "master": True,
            "kwargs": {"columns": ["hormone_therapy", "event"]},
        },
        database="survival",
    )
    results = client.wait_for_results(task["id"], timeout=300)

print(json.dumps(results[0]["result"], indent=2))
