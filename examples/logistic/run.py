"""Ask the demo network what makes a tumour likely to be malignant."""

import json

from vantage6.client import Client

with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][0]["id"]],  # runs the central part
        name="logistic",
        image="vantage6/logistic:3.12",
        description="Logistic regression over all hospitals",
        input={
            "method": "fit",
            "master": True,
            "kwargs": {
                "outcome": "diagnosis",
                "predictors": ["mean_texture", "mean_smoothness", "mean_symmetry"],
                "positive": "malignant",
            },
        },
        database="default",
    )
    results = client.wait_for_results(task["id"], timeout=300)

print(json.dumps(results[0]["result"], indent=2))
