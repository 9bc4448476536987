"""What a site tells: its event times and spread once, and sums over risk sets in each round."""

import numpy as np
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import InputError
from vantage6.tools.models.dominance import require_no_dominance
from vantage6.tools.models.rows import check_names, complete, predictor_numbers, require_enough
from vantage6.tools.models.times import shared_times, time_and_event

LARGEST_SCORE = 300.0
"""Its exponential and the sums of that stay far below the largest float."""


def RPC_moments(data, time, event, predictors):
    """Event times, and number, means and centred squares of the complete rows of this site.

    Parameters
    ----------
    time
        Name of a numeric column.
    event
        Name of a column with 1 where the event was seen and 0 where it was not.
    predictors
        Names of numeric columns.

    Returns
    -------
    dict
        ``rows``, ``dropped`` (rows with a missing value), ``events`` (rows), ``event_times`` (see
        `vantage6.tools.models.times`), ``means``, ``squares``: sums of (x - mean)²; and
        ``event_sums``: sums of x - mean over the rows with an event.

    Raises
    ------
    InputError, DataTypeError
        When the columns are not there or hold something else.
    PrivacyThresholdViolation
        See `vantage6.tools.models.rows` and `vantage6.tools.models.times`.
    """
    times, events, values, dropped = model_rows(data, time, event, predictors)
    means = values.mean(axis=0)
    return {
        "rows": len(values),
        "dropped": dropped,
        "events": int(events.sum()),
        "event_times": np.unique(times[events == 1]).tolist(),
        "means": means.tolist(),
        "squares": ((values - means) ** 2).sum(axis=0).tolist(),
        "event_sums": (values - means)[events == 1].sum(axis=0).tolist(),
    }


def RPC_risk_sets(data, time, event, predictors, event_times, coefficients, scaling):
    """Sums over the rows at risk, and over those with an event, at each of the event times.

    With w = exp(x·coefficients), the sums are those of w, w x and w x x' (its upper triangle, row
    by row).

    Parameters
    ----------
    time, event, predictors
        See `RPC_moments`.
    event_times
        Of all sites, in order.
    coefficients
        For x, the predictors minus ``means`` and divided by ``scales``.
    scaling
        These ``means`` and ``scales``.

    Returns
    -------
    dict
        ``at_risk`` and ``tied``, each with a list of sums per event time; ``counts``, the rows
        with an event at each.

    Raises
    ------
    InputError, DataTypeError, PrivacyThresholdViolation
        See `RPC_moments` and `vantage6.tools.models.dominance`.
    """
    times, events, values, _ = model_rows(data, time, event, predictors)
    values = (values - np.array(scaling["means"])) / np.array(scaling["scales"])
    score = values @ np.array(coefficients)
    if np.abs(score).max() > LARGEST_SCORE:
        raise InputError("the coefficients are too large for these predictors")
    weight = np.exp(score)
    require_no_dominance(weight, DisclosureLimits.from_environment())
    terms = weight[:, None] * products(values)
    has_event = events == 1
    tied, counts = sums_at(event_times, times[has_event], terms[has_event])
    return {
        "at_risk": sums_from(event_times, times, terms).tolist(),
        "tied": tied.tolist(),
        "counts": counts.tolist(),
    }


def model_rows(data, time, event, predictors):
    """Times as they may leave the site, events and predictors; number of incomplete rows."""
    check_names(predictors, time, event)
    columns = [*time_and_event(data, time, event), *predictor_numbers(data, predictors)]
    matrix, dropped = complete(columns)
    limits = DisclosureLimits.from_environment()
    require_enough(matrix[:, 1:], len(predictors), limits)
    times, events, values = matrix[:, 0], matrix[:, 1], matrix[:, 2:]
    return shared_times(times, events, limits), events, values, dropped


def products(values):
    """Of each row: 1, its values, and their products with each other."""
    upper = np.triu_indices(values.shape[1])
    squares = values[:, upper[0]] * values[:, upper[1]]
    return np.column_stack([np.ones(len(values)), values, squares])


def sums_from(event_times, times, terms):
    """Sums over the rows whose time is not before each event time."""
    order = np.argsort(times)
    # Added from the last row on, so that a small risk set is not the difference of two large ones.
    sums = np.cumsum(terms[order][::-1], axis=0)[::-1]
    sums = np.vstack([sums, np.zeros(terms.shape[1])])
    return sums[np.searchsorted(times[order], event_times, side="left")]


def sums_at(event_times, times, terms):
    """Sums over the rows at each event time, and their numbers.

    Raises
    ------
    InputError
        When an event time of this site is not among them: the data have changed meanwhile.
    """
    if not np.isin(times, event_times).all():
        raise InputError("the event times lack some of this site; ask for all of them again")
    place = np.searchsorted(event_times, times)
    sums = np.zeros((len(event_times), terms.shape[1]))
    np.add.at(sums, place, terms)
    return sums, np.bincount(place, minlength=len(event_times))
