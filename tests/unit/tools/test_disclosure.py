import pytest
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import EnvironmentVariableError, PrivacyThresholdViolation


def test_a_node_that_sets_no_limits_has_safe_ones():
    limits = DisclosureLimits.from_environment({})

    assert (limits.minimum_rows, limits.minimum_cell_count) == (10, 5)


def test_the_owner_of_the_node_sets_the_limits():
    environ = {"MINIMUM_ROWS": "30", "MINIMUM_CELL_COUNT": " 8 "}

    assert DisclosureLimits.from_environment(environ) == DisclosureLimits(30, 8)


@pytest.mark.parametrize("text", ["ten", "-1", "1.5", "²"])
def test_a_limit_that_is_no_number_stops_everything(text):
    with pytest.raises(EnvironmentVariableError, match="MINIMUM_ROWS"):
        DisclosureLimits.from_environment({"MINIMUM_ROWS": text})


def test_exactly_the_limit_is_enough():
    DisclosureLimits(minimum_rows=10).require_rows(10)


def test_fewer_rows_are_refused_without_saying_how_many_there_are():
    with pytest.raises(PrivacyThresholdViolation) as refused:
        DisclosureLimits(minimum_rows=10).require_rows(7)

    assert "7" not in refused.value.message


def test_small_cells_are_left_out_and_zero_is_one_of_them():
    limits = DisclosureLimits(minimum_cell_count=5)

    assert limits.suppressed([0, 4, 5, 12]) == [None, None, 5, 12]


def test_an_owner_may_show_every_cell():
    assert DisclosureLimits(minimum_cell_count=0).suppressed([0, 1]) == [0, 1]
