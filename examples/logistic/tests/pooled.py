"""The answers of statsmodels and of scikit-learn when all rows are in one place.

`python pooled.py > pooled.json`
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression

DATA = Path(__file__).resolve().parents[2] / "data"
OUTCOME, POSITIVE = "diagnosis", "malignant"
PREDICTORS = ["mean_texture", "mean_smoothness", "mean_symmetry"]
STRONG = ["worst_radius", "worst_texture", "worst_smoothness", "worst_concave_points"]

rows = pd.concat(pd.read_csv(file) for file in sorted(DATA.glob("hospital_*.csv")))
outcome = (rows[OUTCOME] == POSITIVE).astype(int)


def fitted(predictors):
    """The answer of statsmodels."""
    model = sm.Logit(outcome, sm.add_constant(rows[predictors])).fit(
        method="newton", maxiter=100, tol=1e-13, disp=False
    )
    return {
        "coefficients": named(model.params),
        "standard_errors": named(model.bse),
        "z_values": named(model.tvalues),
        "p_values": named(model.pvalues),
        "log_likelihood": float(model.llf),
        "log_likelihood_null": float(model.llnull),
        "pseudo_r_squared": float(model.prsquared),
        "rows": int(model.nobs),
        "positive": int(outcome.sum()),
        "dropped": 0,
    }


def learned(predictors):
    """The answer of scikit-learn; it stops at a gradient that depends on the scale."""
    means, scales = rows[predictors].mean(), rows[predictors].std(ddof=0)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-13)
    model.fit((rows[predictors] - means) / scales, outcome)
    slopes = model.coef_[0] / scales
    return {"intercept": float(model.intercept_[0] - slopes @ means), **named(slopes)}


def named(values):
    """Plain floats by name."""
    return {name.replace("const", "intercept"): float(value) for name, value in values.items()}


def arguments(predictors):
    """What `fit` is asked."""
    return {"outcome": OUTCOME, "predictors": predictors, "positive": POSITIVE}


pooled = {
    "arguments": arguments(PREDICTORS),
    "answer": fitted(PREDICTORS),
    "tolerance": 1e-6,
    "library": f"statsmodels {sm.__version__}",
    "second_opinion": {
        "coefficients": learned(PREDICTORS),
        "library": f"scikit-learn {sklearn.__version__}",
    },
    # Nearly separated: Newton's method takes twice as many steps.
    "strong": {"arguments": arguments(STRONG), "answer": fitted(STRONG)},
}
print(json.dumps(pooled, indent=2))
