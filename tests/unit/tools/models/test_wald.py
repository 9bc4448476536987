import numpy as np
import pytest
from vantage6.tools.models.wald import estimates


def test_an_estimate_of_two_standard_errors_is_as_unlikely_as_tables_say() -> None:
    found = estimates(["age"], np.array([3.0]), np.array([1.5]))

    assert found["coefficients"] == {"age": 3.0}
    assert found["z_values"] == {"age": 2.0}
    assert found["p_values"]["age"] == pytest.approx(0.0455003, abs=1e-7)


def test_the_sign_makes_no_difference_to_how_unlikely_it_is() -> None:
    found = estimates(["up", "down"], np.array([1.0, -1.0]), np.ones(2))

    assert found["p_values"]["up"] == found["p_values"]["down"]
