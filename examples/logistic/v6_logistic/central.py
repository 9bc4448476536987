"""Maximises the sum of the sites' log likelihoods."""

from functools import partial
from math import erfc, log, sqrt

import numpy as np
from vantage6.tools.exceptions import InputError
from vantage6.tools.models.newton import maximum
from vantage6.tools.models.rows import check_names
from vantage6.tools.models.sites import ask, chosen
from vantage6.tools.util import info

INTERCEPT = "intercept"
"""Its name in the answer; no predictor may be called so."""
ROUNDING = 1e-12
"""Relative; standard deviations below it are those of a column with one single value."""
LARGEST_STEP = 5.0
"""In standard deviations of a predictor."""


def fit(client, data, outcome, predictors, positive=1, organizations=None, max_iterations=25):
    """Logistic regression with an intercept over the complete rows of all sites.

    Parameters
    ----------
    data
        Not used: the data of this organization takes part as that of all others.
    outcome
        Name of a column with two values.
    predictors
        Names of numeric columns.
    positive
        The value of the outcome whose probability is modelled.
    organizations
        Ids; all of the collaboration by default.
    max_iterations
        Most Newton steps.

    Returns
    -------
    dict
        ``coefficients``, ``standard_errors``, ``z_values`` and ``p_values`` by name of the
        predictor and ``intercept``; ``log_likelihood``, ``log_likelihood_null``,
        ``pseudo_r_squared`` (McFadden), ``rows``, ``positive``, ``dropped`` (rows with a missing
        value) and ``iterations``.

    Raises
    ------
    InputError
        When the columns do not make a model.
    ConvergenceError, MaxIterationsReached
        See `v6_logistic.newton.maximum`.
    """
    del data
    check_names(predictors, outcome, INTERCEPT)
    model = {"outcome": outcome, "predictors": predictors, "positive": positive}
    sites = chosen(client, organizations)
    info("Asking for means and spread")
    counts, means, scales = pooled(ask(client, sites, "moments", **model))
    evaluate = partial(likelihood, client, sites, means, scales, model)
    at, (top, _, information), _, iterations = maximum(
        evaluate, len(predictors) + 1, max_iterations, LARGEST_STEP
    )
    null = null_log_likelihood(counts["rows"], counts["positive"])
    return {
        **estimates([INTERCEPT, *predictors], *original(at, information, means, scales)),
        "log_likelihood": top,
        "log_likelihood_null": null,
        "pseudo_r_squared": 1 - top / null,
        **counts,
        "iterations": iterations,
    }


def pooled(parts):
    """Counts, means and standard deviations over all sites.

    Raises
    ------
    InputError
        When a predictor or the outcome has one single value.
    """
    counts = {key: sum(part[key] for part in parts) for key in ("rows", "positive", "dropped")}
    if counts["positive"] in (0, counts["rows"]):
        raise InputError("the outcome is the same in all rows, or never has the value 'positive'")
    rows = counts["rows"]
    means = sum(part["rows"] * np.array(part["means"]) for part in parts) / rows
    squares = sum(
        np.array(part["squares"]) + part["rows"] * (np.array(part["means"]) - means) ** 2
        for part in parts
    )
    scales = np.sqrt(squares / rows)
    is_constant = scales <= ROUNDING * np.abs(means)
    if is_constant.any():
        raise InputError(f"predictor {is_constant.argmax() + 1} has the same value in all rows")
    return counts, means, scales


def likelihood(client, sites, means, scales, model, coefficients):
    """Log likelihood, gradient and information of all rows; one round."""
    parts = ask(
        client,
        sites,
        "likelihood",
        coefficients=coefficients.tolist(),
        scaling={"means": means.tolist(), "scales": scales.tolist()},
        **model,
    )
    return (
        sum(part["log_likelihood"] for part in parts),
        sum(np.array(part["gradient"]) for part in parts),
        sum(np.array(part["information"]) for part in parts),
    )


def null_log_likelihood(rows, positive):
    """Log likelihood of the model with nothing but an intercept."""
    negative = rows - positive
    return positive * log(positive / rows) + negative * log(negative / rows)


def original(at, information, means, scales):
    """Coefficients and their covariance, from standardised to original predictors."""
    back = np.diag([1.0, *(1 / scales)])
    back[0, 1:] = -means / scales
    return back @ at, back @ np.linalg.inv(information) @ back.T


def estimates(names, coefficients, covariance):
    """Coefficients and what says how sure they are (Wald)."""
    errors = np.sqrt(np.diag(covariance))
    z_values = coefficients / errors
    columns = {
        "coefficients": coefficients,
        "standard_errors": errors,
        "z_values": z_values,
        "p_values": [erfc(abs(z) / sqrt(2)) for z in z_values],
    }
    return {
        column: {name: float(value) for name, value in zip(names, values, strict=True)}
        for column, values in columns.items()
    }
