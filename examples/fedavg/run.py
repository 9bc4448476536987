"""Let the demo network learn to tell malignant from benign tumours."""

import json

from vantage6.client import Client

FEATURES = ["radius", "texture", "smoothness", "compactness", "concavity", "symmetry"]

with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][0]["id"]],  # runs the central part
        name="federated averaging",
        image="vantage6/fedavg:3.12",
        description="A small neural network that tells malignant from benign tumours",
        input={
            "method": "train",
            "master": True,
            "kwargs": {
                "features": [f"mean_{name}" for name in FEATURES],
                "target": "diagnosis",
                "positive": "malignant",
                "settings": {"rounds": 2, "epochs": 50, "units": 4, "seed": 1},
            },
        },
        database="default",
    )
    results = client.wait_for_results(task["id"], timeout=600)

print(json.dumps(results[0]["result"], indent=2))
