"""A network with one hidden layer (tanh) and one output (logistic); no I/O.

Weights are a dict of arrays: ``hidden`` (features x units), ``hidden_bias``, ``output`` (units)
and ``output_bias`` (one number).
"""

import numpy as np

LARGEST = 1e6
"""Weight, or feature after scaling: sensible ones are far smaller, and none of these overflows."""


def initial_weights(features, units, seed):
    """Random weights; the same ones for the same seed, on every machine."""
    # The stream of RandomState is frozen; that of default_rng may change with a version of numpy.
    random = np.random.RandomState(seed)
    return {
        "hidden": random.normal(size=(features, units)) / np.sqrt(features),
        "hidden_bias": np.zeros(units),
        "output": random.normal(size=units) / np.sqrt(units),
        "output_bias": np.zeros(1),
    }


def forward(weights, rows):
    """What the hidden units give, and the log-odds of the positive class, of each row."""
    units = np.tanh(rows @ weights["hidden"] + weights["hidden_bias"])
    return units, units @ weights["output"] + weights["output_bias"]


def loss(odds, labels):
    """Mean of the negative log-likelihood."""
    return float(np.mean(np.logaddexp(0, odds) - labels * odds))


def gradient(weights, rows, labels):
    """Derivative of the loss with respect to each weight."""
    units, odds = forward(weights, rows)
    error = (0.5 * (1 + np.tanh(0.5 * odds)) - labels) / len(labels)  # logistic without overflow
    back = np.outer(error, weights["output"]) * (1 - units**2)
    return {
        "hidden": rows.T @ back,
        "hidden_bias": back.sum(axis=0),
        "output": units.T @ error,
        "output_bias": error.sum(keepdims=True),
    }


def descend(weights, rows, labels, epochs, learning_rate):
    """Weights after some steps of gradient descent, each over all rows."""
    for _ in range(epochs):
        slope = gradient(weights, rows, labels)
        weights = {name: weights[name] - learning_rate * slope[name] for name in weights}
    return weights


def as_lists(weights):
    """Weights as JSON has them; no digit is lost."""
    return {name: array.tolist() for name, array in weights.items()}


def as_arrays(weights):
    """Weights from what JSON has."""
    return {name: np.array(values, dtype=float) for name, values in weights.items()}


def are_weights(weights, features):
    """Whether arrays are weights of a network for so many features."""
    if set(weights) != {"hidden", "hidden_bias", "output", "output_bias"}:
        return False
    units = len(weights["output"]) if weights["output"].ndim == 1 else 0
    shapes = [weights[name].shape for name in ("hidden", "hidden_bias", "output_bias")]
    are_small = all((np.abs(array) <= LARGEST).all() for array in weights.values())
    return shapes == [(features, units), (units,), (1,)] and are_small
