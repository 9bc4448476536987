"""The answer of lifelines when all rows are in one place: `python pooled.py > pooled.json`.

`answer` is about the times that sites with default limits tell, `exact` about the original ones.
"""

import json
from pathlib import Path

import lifelines
import pandas as pd

DATA = Path(__file__).resolve().parents[2] / "data"
TIME, EVENT = "days", "event"
PREDICTORS = ["hormone_therapy", "age", "tumour_size", "tumour_grade"]
SKEWED = ["positive_nodes", "progesterone_receptor", "oestrogen_receptor"]
SIZE = 5  # MINIMUM_CELL_COUNT where the owner of a node sets none


def told(site):
    """Rows of a site with the times that it tells, worked out row by row."""
    parts = []
    for _, part in site.groupby(EVENT):
        ordered = part.sort_values(TIME)
        times = list(ordered[TIME])
        edges = [0]
        for i in range(1, len(times)):
            if i - edges[-1] >= SIZE and times[i] != times[i - 1]:
                edges.append(i)
        if len(times) - edges[-1] < SIZE and len(edges) > 1:
            edges.pop()
        means = []
        for start, end in zip(edges, [*edges[1:], len(times)], strict=True):
            means += [sum(times[start:end]) / (end - start)] * (end - start)
        parts.append(ordered.assign(**{TIME: means}))
    return pd.concat(parts)


def fitted(rows, predictors):
    """Cox regression of lifelines, which treats ties after Efron."""
    model = lifelines.CoxPHFitter()
    model.fit(
        rows[[TIME, EVENT, *predictors]],
        TIME,
        EVENT,
        fit_options={"precision": 1e-13, "step_size": 1.0},
    )
    return {
        "coefficients": named(model.params_),
        "hazard_ratios": named(model.hazard_ratios_),
        "standard_errors": named(model.standard_errors_),
        "z_values": named(model.summary["z"]),
        "p_values": named(model.summary["p"]),
        "log_likelihood": float(model.log_likelihood_),
        "log_likelihood_null": float(
            model.log_likelihood_ - model.log_likelihood_ratio_test().test_statistic / 2
        ),
        "rows": len(rows),
        "events": int(rows[EVENT].sum()),
        "dropped": 0,
    }


def named(values):
    """Plain floats by name."""
    return {name: float(value) for name, value in values.items()}


def arguments(predictors):
    """What `fit` is asked."""
    return {"time": TIME, "event": EVENT, "predictors": predictors}


sites = [pd.read_csv(file) for file in sorted(DATA.glob("survival_*.csv"))]
shared = pd.concat(told(site) for site in sites)
pooled = {
    "arguments": arguments(PREDICTORS),
    "answer": fitted(shared, PREDICTORS),
    "exact": fitted(pd.concat(sites), PREDICTORS),
    "tolerance": 1e-6,
    "library": f"lifelines {lifelines.__version__}",
    # A few rows with large values: Newton's first steps go too far.
    "skewed": {"arguments": arguments(SKEWED), "answer": fitted(shared, SKEWED)},
}
print(json.dumps(pooled, indent=2))
