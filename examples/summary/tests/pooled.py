"""The answer of pandas when all rows are in one place: `python pooled.py > pooled.json`."""

import json
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[2] / "data"
NUMBERS = ["mean_radius", "mean_area", "error_smoothness", "worst_concavity"]
CATEGORIES = ["diagnosis"]


def of_numbers(column):
    described = column.describe()
    return {
        "kind": "numbers",
        "count": int(described["count"]),
        "missing": int(column.isna().sum()),
        "mean": float(described["mean"]),
        "variance": float(column.var()),
        "standard_deviation": float(described["std"]),
    }


def of_categories(column):
    counts = column.value_counts().sort_index()
    return {
        "kind": "categories",
        "count": int(column.count()),
        "missing": int(column.isna().sum()),
        "counts": {name: int(count) for name, count in counts.items()},
        "other": 0,
        "distinct": int(column.nunique()),
    }


rows = pd.concat(pd.read_csv(file) for file in sorted(DATA.glob("hospital_*.csv")))
pooled = {
    "arguments": {"columns": NUMBERS + CATEGORIES},
    "answer": {
        **{name: of_numbers(rows[name]) for name in NUMBERS},
        **{name: of_categories(rows[name]) for name in CATEGORIES},
    },
    "tolerance": 1e-9,
    "library": f"pandas {pd.__version__}",
}
print(json.dumps(pooled, indent=2))
