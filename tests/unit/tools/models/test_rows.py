from typing import Any

import numpy as np
import pandas as pd
import pytest
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import DataTypeError, InputError, PrivacyThresholdViolation
from vantage6.tools.models.rows import check_names, complete, numbers, require_enough

LIMITS = DisclosureLimits(minimum_rows=10, minimum_cell_count=5)


def test_missing_values_are_dropped_by_row_and_counted() -> None:
    matrix, dropped = complete([np.array([1.0, np.nan, 3.0]), np.array([4.0, 5.0, 6.0])])

    assert matrix.tolist() == [[1, 4], [3, 6]]
    assert dropped == 1


def test_nullable_numbers_become_floats() -> None:
    data = pd.DataFrame({"age": pd.array([1, None], dtype="Int64")})

    values = numbers(data, "age", "predictor 1")

    assert values[0] == 1
    assert np.isnan(values[1])


@pytest.mark.parametrize(
    ("values", "error"),
    [(["a"], DataTypeError), ([1j], DataTypeError), ([np.inf], DataTypeError)],
)
def test_columns_without_plain_numbers_are_refused(
    values: list[Any], error: type[Exception]
) -> None:
    with pytest.raises(error, match="predictor 1"):
        numbers(pd.DataFrame({"age": values}), "age", "predictor 1")


def test_no_message_names_a_column() -> None:
    with pytest.raises(InputError) as refused:
        numbers(pd.DataFrame({"age": [1]}), "secret", "predictor 1")

    assert "secret" not in refused.value.message


def test_enough_rows_with_enough_variety_are_let_through() -> None:
    constant, varied = np.ones(12), np.arange(12.0)

    require_enough(np.column_stack([constant, varied]), 2, LIMITS)


@pytest.mark.parametrize(
    ("matrix", "parameters"),
    [
        (np.arange(9.0)[:, None], 1),
        (np.arange(12.0)[:, None], 5),
        (np.array([1.0] * 4 + [0.0] * 20)[:, None], 1),
    ],
)
def test_rows_that_a_model_would_give_away_are_refused(matrix: Any, parameters: int) -> None:
    with pytest.raises(PrivacyThresholdViolation):
        require_enough(matrix, parameters, LIMITS)


@pytest.mark.parametrize(
    "names", ["age", [], ["age", 3], ["age", "age"], ["age", "outcome"], None]
)
def test_names_that_make_no_model_are_refused(names: object) -> None:
    with pytest.raises(InputError):
        check_names(names, "outcome")


def test_names_that_make_a_model_are_given_back() -> None:
    assert check_names(["age", "sex"], "outcome") == ["age", "sex"]
