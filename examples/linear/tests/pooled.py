"""The answer of statsmodels when all rows are in one place: `python pooled.py > pooled.json`."""

import json
from pathlib import Path

import pandas as pd
import statsmodels.api as sm

DATA = Path(__file__).resolve().parents[2] / "data"
OUTCOME = "worst_radius"
PREDICTORS = ["mean_radius", "mean_texture", "error_radius"]

rows = pd.concat(pd.read_csv(file) for file in sorted(DATA.glob("hospital_*.csv")))
model = sm.OLS(rows[OUTCOME], sm.add_constant(rows[PREDICTORS])).fit()


def named(values):
    """Plain floats by name."""
    return {name.replace("const", "intercept"): float(value) for name, value in values.items()}


pooled = {
    "arguments": {"outcome": OUTCOME, "predictors": PREDICTORS},
    "answer": {
        "coefficients": named(model.params),
        "standard_errors": named(model.bse),
        "t_values": named(model.tvalues),
        "r_squared": float(model.rsquared),
        "adjusted_r_squared": float(model.rsquared_adj),
        "residual_variance": float(model.mse_resid),
        "degrees_of_freedom": int(model.df_resid),
        "rows": int(model.nobs),
        "dropped": 0,
    },
    "tolerance": 1e-8,
    "library": f"statsmodels {sm.__version__}",
}
print(json.dumps(pooled, indent=2))
