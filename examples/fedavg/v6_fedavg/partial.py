"""What one site does: describe its features, train on its rows, and try the network on others."""

import numpy as np
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import (
    ConvergenceError,
    DataError,
    DataTypeError,
    InputError,
    PrivacyThresholdViolation,
)
from vantage6.tools.util import info

from v6_fedavg import network
from v6_fedavg.settings import checked

HELD_OUT_OF = 5
"""Of so many rows, in the order of the data, the last one is not trained on."""


def RPC_moments_partial(data, features, target, positive):
    """Number of rows to train on, and mean and sum of squared differences of each feature."""
    part = Part(data, features, target, positive)
    info("Describing the features")
    mean = part.rows.mean(axis=0)
    return {
        "rows": len(part.rows),
        "left_out": part.left_out,
        "mean": mean.tolist(),
        "squares": np.square(part.rows - mean).sum(axis=0).tolist(),
    }


def RPC_train_partial(data, features, target, positive, scaling, weights, schedule):
    """Weights after some epochs on the rows of this site.

    Parameters
    ----------
    scaling
        ``mean`` and ``scale`` of the features over all sites.
    weights
        Where to start.
    schedule
        ``epochs`` and ``learning_rate``.
    """
    part = Part(data, features, target, positive)
    rows, start = scaled(part.rows, scaling), checked_weights(weights, features)
    epochs, learning_rate = (checked(schedule)[name] for name in ("epochs", "learning_rate"))
    info("Training")
    trained = network.descend(start, rows, part.labels, epochs, learning_rate)
    if not network.are_weights(trained, len(features)):
        raise ConvergenceError("the weights grow without bounds: use a smaller learning_rate")
    return {"rows": len(rows), "weights": network.as_lists(trained)}


def RPC_evaluate_partial(data, features, target, positive, scaling, weights):
    """How well the network does on the rows that were held out.

    Returns
    -------
    dict
        Number of ``rows``, ``loss`` (mean) and, in ``correct``, the fewest and most rows whose
        class is found; both are the same unless few rows are correct, or few are wrong.
    """
    limits = DisclosureLimits.from_environment()
    part = Part(data, features, target, positive)
    limits.require_rows(len(part.held_out_rows))
    info("Evaluating")
    _, odds = network.forward(
        checked_weights(weights, features), scaled(part.held_out_rows, scaling)
    )
    correct = int(((odds > 0) == part.held_out_labels).sum())
    return {
        "rows": len(odds),
        "loss": network.loss(odds, part.held_out_labels),
        "correct": bounds(correct, len(odds), limits),
    }


def bounds(correct, rows, limits):
    """What may be told of a number of rows: small numbers are told to be small."""
    if limits.is_small(correct):
        return [0, min(limits.minimum_cell_count - 1, rows)]
    if limits.is_small(rows - correct):
        return [max(0, rows - limits.minimum_cell_count + 1), rows]
    return [correct, correct]


class Part:
    """The rows of this site without missing values: those to train on, and those held out.

    Raises
    ------
    PrivacyThresholdViolation
        When there are too few rows to train on, or too few of one class.
    """

    def __init__(self, data, features, target, positive):
        columns = checked_columns(data, features, target)
        complete = data[columns].dropna()
        rows = complete[features].to_numpy(dtype=float)
        if not np.isfinite(rows).all():
            raise DataError("a feature holds infinite values")
        labels = (complete[target] == positive).to_numpy(dtype=float)
        is_held_out = np.arange(len(rows)) % HELD_OUT_OF == HELD_OUT_OF - 1
        self.left_out = len(data) - len(rows)
        self.rows, self.held_out_rows = rows[~is_held_out], rows[is_held_out]
        self.labels, self.held_out_labels = labels[~is_held_out], labels[is_held_out]
        self.check(DisclosureLimits.from_environment())

    def check(self, limits):
        """Refuse to learn from few."""
        limits.require_rows(len(self.rows))
        positives = int(self.labels.sum())
        if any(limits.is_small(count) for count in (positives, len(self.labels) - positives)):
            raise PrivacyThresholdViolation("this site has too few rows of one class")
        if len(self.rows) == 0 or len(self.held_out_rows) == 0:
            raise DataError("this site has no rows to train or to evaluate on")


def checked_columns(data, features, target):
    """Features and target, as columns of the data."""
    if not (isinstance(features, list) and features and target not in features):
        raise InputError("features must be a list of names without the target")
    columns = [*features, target]
    if len(set(columns)) != len(columns):
        raise InputError("features must be named once each")
    if not set(columns) <= set(data.columns):
        raise InputError("the database has no column of that name")
    if any(data[feature].dtype.kind not in "iuf" for feature in features):
        raise DataTypeError("a feature does not hold numbers")
    return columns


def scaled(rows, scaling):
    """Rows as the network gets them."""
    mean, scale = (np.array(scaling[name], dtype=float) for name in ("mean", "scale"))
    are_finite = np.isfinite(mean).all() and np.isfinite(scale).all()
    if not (mean.shape == scale.shape == rows.shape[1:] and (scale > 0).all() and are_finite):
        raise InputError("scaling does not fit the features")
    # Compared before the division, which would overflow.
    if (np.abs(rows - mean) > network.LARGEST * scale).any():
        raise InputError("scaling does not fit the features")
    return (rows - mean) / scale


def checked_weights(weights, features):
    """Weights as arrays."""
    arrays = network.as_arrays(weights)
    if not network.are_weights(arrays, len(features)):
        raise InputError("weights do not fit the features")
    return arrays
