"""The same training in one place, by scikit-learn: `python pooled.py > pooled.json`.

Beside it, the accuracy of a network that scikit-learn trains in its own way on all rows.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

DATA = Path(__file__).resolve().parents[2] / "data"
NAMES = ["radius", "texture", "smoothness", "compactness", "concavity", "symmetry"]
FEATURES = [f"mean_{name}" for name in NAMES]
ROUNDS, EPOCHS, UNITS, SEED, LEARNING_RATE = 2, 50, 4, 1, 1.0

sites = [pd.read_csv(file) for file in sorted(DATA.glob("hospital_*.csv"))]
training = [site[np.arange(len(site)) % 5 != 4] for site in sites]
held_out = pd.concat(site[np.arange(len(site)) % 5 == 4] for site in sites)
pooled_rows = pd.concat(training)
scaler = StandardScaler().fit(pooled_rows[FEATURES].to_numpy())


def prepared(frame):
    labels = (frame["diagnosis"] == "malignant").to_numpy(dtype=int)
    return scaler.transform(frame[FEATURES].to_numpy()), labels


def network_of(site):
    """A network of scikit-learn that takes plain gradient steps over all rows of a site."""
    network = MLPClassifier(
        hidden_layer_sizes=(UNITS,), activation="tanh", solver="sgd", alpha=0, momentum=0,
        learning_rate_init=LEARNING_RATE, batch_size=len(site), shuffle=False,
    )  # fmt: skip
    return network.partial_fit(*prepared(site), classes=[0, 1])


def with_weights(network, weights):
    hidden, hidden_bias, output, output_bias = (array.copy() for array in weights)
    network.coefs_ = [hidden, output[:, None]]
    network.intercepts_ = [hidden_bias, output_bias]
    return network


def trained(network, site, weights):
    """Weights after some epochs at a site."""
    with_weights(network, weights)
    for _ in range(EPOCHS):
        network.partial_fit(*prepared(site))
    (hidden, output), (hidden_bias, output_bias) = network.coefs_, network.intercepts_
    return hidden, hidden_bias, output[:, 0], output_bias


random = np.random.RandomState(SEED)
weights = (
    random.normal(size=(len(FEATURES), UNITS)) / np.sqrt(len(FEATURES)),
    np.zeros(UNITS),
    random.normal(size=UNITS) / np.sqrt(UNITS),
    np.zeros(1),
)
networks = [network_of(site) for site in training]
sizes = [len(site) for site in training]
for _ in range(ROUNDS):
    parts = [
        trained(network, site, weights) for network, site in zip(networks, training, strict=True)
    ]
    weights = [np.average(arrays, axis=0, weights=sizes) for arrays in zip(*parts, strict=True)]

federated = with_weights(networks[0], weights)
rows, labels = prepared(held_out)
alone = MLPClassifier(
    (UNITS,), activation="tanh", solver="lbfgs", alpha=1, random_state=SEED, max_iter=2000
)
alone.fit(*prepared(pooled_rows))
names = ("hidden", "hidden_bias", "output", "output_bias")
pooled = {
    "arguments": {
        "features": FEATURES,
        "target": "diagnosis",
        "positive": "malignant",
        "settings": {"rounds": ROUNDS, "epochs": EPOCHS, "units": UNITS, "seed": SEED},
    },
    "answer": {
        "features": FEATURES,
        "scaling": {"mean": scaler.mean_.tolist(), "scale": scaler.scale_.tolist()},
        "weights": {name: array.tolist() for name, array in zip(names, weights, strict=True)},
        "rows": {"trained_on": sum(sizes), "held_out": len(held_out), "left_out": 0},
        "held_out": {"loss": float(log_loss(labels, federated.predict_proba(rows)[:, 1]))},
    },
    "tolerance": 1e-9,
    "library": f"scikit-learn {sklearn.__version__}",
    # On the rows that were held out: of this network, and of one that scikit-learn trains itself.
    "accuracy": float(federated.score(rows, labels)),
    "accuracy_of_scikit_learn": float(alone.score(rows, labels)),
}
print(json.dumps(pooled, indent=2))
