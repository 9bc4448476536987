from typing import Any

import numpy as np
import pandas as pd
import pytest
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import DataTypeError, InputError, PrivacyThresholdViolation
from vantage6.tools.models.times import microaggregated, shared_times, time_and_event

EXACT = DisclosureLimits(minimum_rows=0, minimum_cell_count=1)


@pytest.mark.parametrize(
    ("values", "size", "expected"),
    [
        ([], 3, []),
        ([4], 3, [4]),
        ([5, 1, 3], 1, [5, 1, 3]),
        ([0.1] * 3 + [0.7] * 3, 3, [0.1] * 3 + [0.7] * 3),
        ([1, 2, 3, 4], 2, [1.5, 1.5, 3.5, 3.5]),
        ([4, 1, 3, 2], 2, [3.5, 1.5, 3.5, 1.5]),
        ([1, 2, 3, 4, 6], 2, [1.5, 1.5, 13 / 3, 13 / 3, 13 / 3]),
        ([1, 2, 2, 2, 5, 6], 2, [1.75, 1.75, 1.75, 1.75, 5.5, 5.5]),
        ([1, 2], 5, [1.5, 1.5]),
    ],
)
def test_groups_have_the_mean_of_their_times(values: Any, size: int, expected: Any) -> None:
    assert microaggregated(np.array(values, dtype=float), size).tolist() == expected


@pytest.mark.parametrize("size", range(1, 9))
def test_groups_are_large_enough_and_keep_order_and_mean(size: int) -> None:
    values = np.random.default_rng(size).integers(0, 40, size=100).astype(float)

    shared = microaggregated(values, size)

    assert np.unique(shared, return_counts=True)[1].min() >= size
    assert (np.diff(shared[np.argsort(values)]) >= 0).all()
    assert shared.mean() == pytest.approx(values.mean())
    assert all(len(np.unique(shared[values == value])) == 1 for value in values)


def test_times_stay_as_they_are_where_the_owner_allows_single_rows() -> None:
    times, events = np.array([3.0, 1.0, 2.0]), np.array([1.0, 0.0, 1.0])

    assert shared_times(times, events, EXACT).tolist() == [3, 1, 2]


def test_rows_of_one_outcome_are_grouped_without_those_of_the_other() -> None:
    times, events = np.arange(8.0), np.array([0.0, 1.0] * 4)

    shared = shared_times(times, events, DisclosureLimits(0, 2))

    assert shared[events == 0].tolist() == [1, 1, 5, 5]
    assert shared[events == 1].tolist() == [2, 2, 6, 6]


def test_fewer_events_than_the_limit_are_refused() -> None:
    with pytest.raises(PrivacyThresholdViolation):
        shared_times(np.arange(9.0), np.array([1.0] + [0.0] * 8), DisclosureLimits(0, 2))


@pytest.mark.parametrize(
    ("times", "events", "error"),
    [
        ([1, -1], [0, 1], DataTypeError),
        ([1, 2], [0, 2], DataTypeError),
        (["a", "b"], [0, 1], DataTypeError),
        ([1, float("inf")], [0, 1], DataTypeError),
    ],
)
def test_columns_that_hold_no_times_or_events_are_refused(
    times: list[Any], events: list[Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        time_and_event(pd.DataFrame({"days": times, "event": events}), "days", "event")


def test_a_column_that_is_not_there_is_told_by_its_role() -> None:
    with pytest.raises(InputError, match="for the event"):
        time_and_event(pd.DataFrame({"days": [1]}), "days", "secret")
