"""The answer of numpy when all rows are in one place: `python pooled.py > pooled.json`."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).resolve().parents[2] / "data"
COLUMN = "mean_radius"
EDGES = [10, 11, 12, 13, 14, 16, 18, 20]
PROBABILITIES = [0.1, 0.25, 0.5, 0.75, 0.9]

rows = pd.concat(pd.read_csv(file) for file in sorted(DATA.glob("hospital_*.csv")))
values = rows[COLUMN].to_numpy()
counts = np.histogram(values, [-np.inf, *EDGES, np.inf])[0].tolist()
quantiles = np.quantile(values, PROBABILITIES, method="inverted_cdf").tolist()
pooled = {
    "arguments": {"column": COLUMN, "edges": EDGES, "probabilities": PROBABILITIES},
    "answer": {
        "rows": len(values),
        "missing": int(rows[COLUMN].isna().sum()),
        "histogram": {"edges": EDGES, "lower": counts, "upper": counts},
    },
    "tolerance": 1e-12,
    "library": f"numpy {np.__version__}",
    # The federated quantiles are estimates; see the README for their tolerance.
    "quantiles": dict(zip(map(str, PROBABILITIES), quantiles, strict=True)),
    "standard_deviation": float(values.std(ddof=1)),
}
print(json.dumps(pooled, indent=2))
