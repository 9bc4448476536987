import numpy as np
import pytest
from vantage6.tools.exceptions import InputError
from vantage6.tools.models.moments import pooled_moments


def moments_of(rows: np.ndarray) -> dict[str, object]:
    means = rows.mean(axis=0)
    return {"rows": len(rows), "means": means, "squares": ((rows - means) ** 2).sum(axis=0)}


def test_sites_together_have_the_moments_of_all_their_rows() -> None:
    rows = np.random.default_rng(1).normal(1e6, 2, size=(50, 3))

    means, scales = pooled_moments([moments_of(rows[:7]), moments_of(rows[7:])])

    assert means == pytest.approx(rows.mean(axis=0), rel=1e-14)
    assert scales == pytest.approx(rows.std(axis=0), rel=1e-8)


def test_a_predictor_with_one_single_value_is_told_by_its_place() -> None:
    rows = np.column_stack([np.arange(6.0), np.full(6, 0.1)])

    with pytest.raises(InputError, match="predictor 2 has the same value"):
        pooled_moments([moments_of(rows[:3]), moments_of(rows[3:])])
