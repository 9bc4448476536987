import numpy as np
import pytest
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import PrivacyThresholdViolation
from vantage6.tools.models.dominance import require_no_dominance

LIMITS = DisclosureLimits()


def test_a_sum_that_many_rows_carry_is_let_through() -> None:
    require_no_dominance(np.array([0.5, 0.3, 0.2]), LIMITS)


@pytest.mark.parametrize("weights", [[0.9, 0.05, 0.05], [1.0, 0.0], [np.nan, 1.0]])
def test_a_sum_that_one_row_carries_is_refused(weights: list[float]) -> None:
    with pytest.raises(PrivacyThresholdViolation):
        require_no_dominance(np.array(weights), LIMITS)


def test_an_owner_who_allows_single_rows_gets_every_sum() -> None:
    require_no_dominance(np.array([1.0, 0.0]), DisclosureLimits(minimum_cell_count=1))
