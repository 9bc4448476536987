"""Maximises the sum of the sites' log likelihoods."""

from functools import partial
from math import log

import numpy as np
from vantage6.tools.exceptions import InputError
from vantage6.tools.models.moments import pooled_moments
from vantage6.tools.models.newton import maximum
from vantage6.tools.models.rows import check_names
from vantage6.tools.models.sites import ask, chosen
from vantage6.tools.models.wald import estimates
from vantage6.tools.util import info

INTERCEPT = "intercept"
"""Its name in the answer; no predictor may be called so."""
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
        See `vantage6.tools.models.newton.maximum`.
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
    return counts, *pooled_moments(parts)


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
    """Coefficients and their standard errors, from standardised to original predictors."""
    back = np.diag([1.0, *(1 / scales)])
    back[0, 1:] = -means / scales
    covariance = back @ np.linalg.inv(information) @ back.T
    return back @ at, np.sqrt(np.diag(covariance))
