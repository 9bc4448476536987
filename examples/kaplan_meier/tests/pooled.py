"""The answer of lifelines when all rows are in one place: `python pooled.py > pooled.json`.

`answer` is about the times that sites with default limits tell, `exact` about the original ones.
"""

import json
from pathlib import Path

import lifelines
import pandas as pd

DATA = Path(__file__).resolve().parents[2] / "data"
TIME, EVENT, GROUP = "days", "event", "hormone_therapy"
SIZE = 5  # MINIMUM_CELL_COUNT where the owner of a node sets none


def told(site):
    """Rows of a site with the times that it tells, worked out row by row."""
    parts = []
    for _, part in site.groupby([GROUP, EVENT]):
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


def fitted(rows):
    """Curves of lifelines, without the time 0 that it puts first."""
    return {
        "dropped": 0,
        "groups": {str(name): curve(part) for name, part in rows.groupby(GROUP)},
    }


def curve(rows):
    """One curve."""
    model = lifelines.KaplanMeierFitter().fit(rows[TIME], rows[EVENT])
    counts = model.event_table.iloc[1:]
    bounds = model.confidence_interval_survival_function_.iloc[1:]
    return {
        "times": [float(time) for time in counts.index],
        "events": [int(count) for count in counts["observed"]],
        "censored": [int(count) for count in counts["censored"]],
        "at_risk": [int(count) for count in counts["at_risk"]],
        "survival": [float(value) for value in model.survival_function_.iloc[1:, 0]],
        "lower": [float(value) for value in bounds.iloc[:, 0]],
        "upper": [float(value) for value in bounds.iloc[:, 1]],
        "median": float(model.median_survival_time_),
        "rows": len(rows),
    }


sites = [pd.read_csv(file) for file in sorted(DATA.glob("survival_*.csv"))]
pooled = {
    "arguments": {"time": TIME, "event": EVENT, "group": GROUP},
    "answer": fitted(pd.concat(told(site) for site in sites)),
    "exact": fitted(pd.concat(sites)),
    "tolerance": 1e-9,
    "library": f"lifelines {lifelines.__version__}",
}
print(json.dumps(pooled))
