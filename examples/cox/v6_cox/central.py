"""Maximises the partial likelihood of Cox, with Efron's treatment of ties."""

from functools import partial
from math import exp, log
from sys import float_info

import numpy as np
from vantage6.tools.exceptions import InputError
from vantage6.tools.models.moments import pooled_moments
from vantage6.tools.models.newton import maximum
from vantage6.tools.models.rows import check_names
from vantage6.tools.models.sites import ask, chosen
from vantage6.tools.models.wald import estimates
from vantage6.tools.util import info

LARGEST_STEP = 0.5
"""In standard deviations of a predictor. A longer first step may go so far beyond the maximum that
the row with the largest predictor carries all others (see `vantage6.tools.models.dominance`)."""


def fit(client, data, time, event, predictors, organizations=None, max_iterations=25):
    """Cox regression over the complete rows of all sites.

    Parameters
    ----------
    data
        Not used: the data of this organization takes part as that of all others.
    time
        Name of a numeric column.
    event
        Name of a column with 1 where the event was seen and 0 where it was not.
    predictors
        Names of numeric columns.
    organizations
        Ids; all of the collaboration by default.
    max_iterations
        Most Newton steps.

    Returns
    -------
    dict
        ``coefficients``, ``hazard_ratios`` (None where too large to be written),
        ``standard_errors``, ``z_values`` and ``p_values`` by name of the predictor;
        ``log_likelihood``, ``log_likelihood_null``, ``rows``, ``events``, ``dropped`` (rows with
        a missing value) and ``iterations``.

    Raises
    ------
    InputError
        When the columns do not make a model.
    ConvergenceError, MaxIterationsReached
        See `vantage6.tools.models.newton.maximum`.
    """
    del data
    check_names(predictors, time, event)
    model = {"time": time, "event": event, "predictors": predictors}
    sites = chosen(client, organizations)
    info("Asking for event times, means and spread")
    counts, common = pooled(ask(client, sites, "moments", **model))
    evaluate = partial(partial_likelihood, client, sites, common, model)
    at, (top, _, information), null, iterations = maximum(
        evaluate, len(predictors), max_iterations, LARGEST_STEP
    )
    errors = np.sqrt(np.diag(np.linalg.inv(information))) / common["scales"]
    coefficients = at / common["scales"]
    ratios = [hazard_ratio(value) for value in coefficients]
    return {
        **estimates(predictors, coefficients, errors),
        "hazard_ratios": dict(zip(predictors, ratios, strict=True)),
        "log_likelihood": top,
        "log_likelihood_null": null,
        **counts,
        "iterations": iterations,
    }


def pooled(parts):
    """Counts, and what all sites need in each round: event times, means, scales.

    Raises
    ------
    InputError
        When there is no event, or a predictor has one single value.
    """
    counts = {key: sum(part[key] for part in parts) for key in ("rows", "events", "dropped")}
    if not counts["events"]:
        raise InputError("no row has an event")
    means, scales = pooled_moments(parts)
    return counts, {
        "event_times": sorted({time for part in parts for time in part["event_times"]}),
        "means": means,
        "scales": scales,
        "event_sums": event_sums(parts, means) / scales,
    }


def event_sums(parts, means):
    """Sums of x - mean over the rows with an event, with the mean of all sites."""
    return sum(
        np.array(part["event_sums"]) + part["events"] * (np.array(part["means"]) - means)
        for part in parts
    )


def partial_likelihood(client, sites, common, model, coefficients):
    """Log partial likelihood, gradient and information of all rows; one round."""
    parts = ask(
        client,
        sites,
        "risk_sets",
        event_times=common["event_times"],
        coefficients=coefficients.tolist(),
        scaling={key: common[key].tolist() for key in ("means", "scales")},
        **model,
    )
    at_risk, tied, counts = (
        sum(np.array(part[key]) for part in parts) for key in ("at_risk", "tied", "counts")
    )
    value = float(common["event_sums"] @ coefficients)
    gradient = common["event_sums"].copy()
    information = np.zeros((len(coefficients), len(coefficients)))
    for i, count in enumerate(counts):
        terms = efron(at_risk[i], tied[i], count, len(coefficients))
        value, gradient, information = (
            value - terms[0],
            gradient - terms[1],
            information + terms[2],
        )
    return value, gradient, information


def efron(at_risk, tied, count, size):
    """What one event time adds: the tied rows leave the risk set one by one, in equal shares."""
    share = np.arange(count)[:, None] / count
    sums = at_risk - share * tied
    total, means = sums[:, 0], sums[:, 1 : size + 1] / sums[:, :1]
    upper = np.triu_indices(size)
    squares = np.zeros((size, size))
    squares[upper] = (sums[:, size + 1 :] / total[:, None]).sum(axis=0)
    squares = squares + np.triu(squares, 1).T
    return np.log(total).sum(), means.sum(axis=0), squares - means.T @ means


def hazard_ratio(coefficient):
    """Of two rows that differ by 1; None where that is beyond all floats."""
    return float(exp(coefficient)) if coefficient < log(float_info.max) else None
