"""Averages what the sites have learnt, round by round."""

# ruff: noqa: ARG001 - the signature of central functions is the contract of 3.x algorithms

import math

import numpy as np
from vantage6.tools.exceptions import InputError
from vantage6.tools.util import info

from v6_fedavg import network
from v6_fedavg.settings import checked


def train(client, data, features, target, positive, settings=None, organizations=None):
    """Train a network that tells one class of the target from all others.

    Parameters
    ----------
    features
        Names of columns of numbers.
    target
        Name of the column with the class.
    positive
        The value of `target` to recognise.
    settings
        Any of ``rounds``, ``epochs`` (at a site, in each round), ``units`` (of the hidden layer),
        ``learning_rate`` and ``seed``.
    organizations
        Ids of those that take part; by default all.

    Returns
    -------
    dict
        What it takes to use the network (``features``, ``scaling``, ``weights``), how well it does
        on the rows that were ``held_out``, and how many ``rows`` there were.
    """
    settings = checked(settings or {})
    sites = Sites(client, organizations, features, target, positive)
    info("Asking all sites for the scale of their features")
    moments = sites.ask("moments_partial")
    scaling = common_scaling(moments)
    weights = network.initial_weights(len(features), settings["units"], settings["seed"])
    schedule = {name: settings[name] for name in ("epochs", "learning_rate")}
    for number in range(1, settings["rounds"] + 1):
        info(f"Round {number} of {settings['rounds']}")
        asked = {"scaling": scaling, "weights": network.as_lists(weights), "schedule": schedule}
        weights = average(sites.ask("train_partial", **asked))
    told = {"scaling": scaling, "weights": network.as_lists(weights)}
    info("Evaluating")
    evaluations = sites.ask("evaluate_partial", **told)
    return {
        "features": features,
        **told,
        "rows": {
            "trained_on": sum(part["rows"] for part in moments),
            "held_out": sum(part["rows"] for part in evaluations),
            "left_out": sum(part["left_out"] for part in moments),
        },
        "held_out": quality(evaluations),
    }


class Sites:
    """Those that take part."""

    def __init__(self, client, organizations, features, target, positive):
        if organizations is None:
            members = client.get_organizations_in_my_collaboration()
            organizations = [member["id"] for member in members]
        self.client = client
        self.organizations = organizations
        self.columns = {"features": features, "target": target, "positive": positive}

    def ask(self, method, **arguments):
        """Answers of all to one question."""
        task = self.client.create_new_task(
            input_={"method": method, "kwargs": {**self.columns, **arguments}},
            organization_ids=self.organizations,
        )
        return self.client.wait_for_results(task["id"])


# Sites answer in any order. `math.fsum` rounds once, at the end, so that the order makes no
# difference in the last digit, which many rounds would make larger.


def common_scaling(moments):
    """Mean and standard deviation of each feature over the rows of all sites."""
    rows = sum(part["rows"] for part in moments)
    mean, scale = [], []
    for feature in range(len(moments[0]["mean"])):
        center = math.fsum(part["rows"] * part["mean"][feature] for part in moments) / rows
        squares = math.fsum(
            part["squares"][feature] + part["rows"] * (part["mean"][feature] - center) ** 2
            for part in moments
        )
        mean.append(center)
        scale.append(math.sqrt(squares / rows))
    if min(scale) == 0:
        raise InputError("a feature has the same value in all rows: leave it out")
    return {"mean": mean, "scale": scale}


def average(parts):
    """Mean of the weights of all sites, each counted as often as it has rows."""
    rows = sum(part["rows"] for part in parts)
    weights = [network.as_arrays(part["weights"]) for part in parts]
    return {name: weighted_mean([w[name] for w in weights], parts, rows) for name in weights[0]}


def weighted_mean(arrays, parts, rows):
    """Mean of arrays of one shape."""
    weighted = [part["rows"] * array for part, array in zip(parts, arrays, strict=True)]
    sums = [math.fsum(numbers) for numbers in zip(*map(np.ravel, weighted), strict=True)]
    return np.reshape(sums, arrays[0].shape) / rows


def quality(parts):
    """Loss and bounds of the accuracy on the rows that were held out."""
    rows = sum(part["rows"] for part in parts)
    lower, upper = zip(*(part["correct"] for part in parts), strict=True)
    return {
        "loss": math.fsum(part["rows"] * part["loss"] for part in parts) / rows,
        "accuracy": {"lower": sum(lower) / rows, "upper": sum(upper) / rows},
    }
