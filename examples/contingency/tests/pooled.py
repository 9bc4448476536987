"""The answer of pandas when all rows are in one place: `python pooled.py > pooled.json`."""

import json
from pathlib import Path

import pandas as pd
from scipy.stats import chi2_contingency

DATA = Path(__file__).resolve().parents[2] / "data"
COLUMNS = ["hormone_therapy", "event"]

rows = pd.concat(pd.read_csv(file) for file in sorted(DATA.glob("survival_*.csv")))
table = pd.crosstab(rows[COLUMNS[0]], rows[COLUMNS[1]])
test = chi2_contingency(table, correction=False)
pooled = {
    "arguments": {"columns": COLUMNS},
    "answer": {
        "columns": COLUMNS,
        "rows": len(rows),
        "categories": [[str(name) for name in names] for names in (table.index, table.columns)],
        "lower": table.to_numpy().tolist(),
        "upper": table.to_numpy().tolist(),
        "chi_squared": {"statistic": float(test.statistic), "degrees_of_freedom": test.dof},
    },
    "tolerance": 1e-9,
    "library": f"pandas {pd.__version__}",
}
print(json.dumps(pooled, indent=2))
