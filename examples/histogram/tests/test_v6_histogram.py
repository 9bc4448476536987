"""The federated distribution is the pooled one, and says of no group of rows that is small."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from v6_histogram import RPC_groups
from vantage6.tools.exceptions import AlgorithmError, InputError, PrivacyThresholdViolation
from vantage6.tools.mock_client import ClientMockProtocol

FOLDER = Path(__file__).resolve().parents[1]
FILES = sorted((FOLDER.parent / "data").glob("hospital_*.csv"))
POOLED = pd.concat([pd.read_csv(file) for file in FILES])
NUMERIC = [column for column in POOLED.columns if column != "diagnosis"]
REFERENCE = json.loads((FOLDER / "tests" / "pooled.json").read_text("utf-8"))
SMALLEST = 5
QUANTILE_TOLERANCE = 0.1  # of the standard deviation; stated in the README


@pytest.fixture(scope="module")
def unchanged() -> ClientMockProtocol:
    return ClientMockProtocol(FILES, "v6_histogram")


@pytest.fixture
def client() -> ClientMockProtocol:
    """With data for a test to change."""
    return ClientMockProtocol(FILES, "v6_histogram")


def ask(client: ClientMockProtocol, **arguments: Any) -> Any:
    input_ = {"method": "distribution", "master": True, "kwargs": arguments}
    return client.get_results(client.create_new_task(input_, [0])["id"])[0]


def groups(values: Any) -> Any:
    return RPC_groups(pd.DataFrame({"x": values}), "x")


def test_histogram_is_that_of_the_pooled_rows(client: ClientMockProtocol) -> None:
    answer = ask(client, **REFERENCE["arguments"])

    assert {key: answer[key] for key in REFERENCE["answer"]} == REFERENCE["answer"]


@pytest.mark.parametrize("column", NUMERIC)
def test_agreed_edges_give_exact_counts(unchanged: ClientMockProtocol, column: str) -> None:
    histogram = ask(unchanged, column=column, bins=8)["histogram"]

    edges = [-np.inf, *histogram["edges"], np.inf]
    assert 6 <= len(histogram["lower"]) <= 8
    assert histogram["lower"] == histogram["upper"]
    assert histogram["lower"] == np.histogram(POOLED[column], edges)[0].tolist()


@pytest.mark.parametrize("column", NUMERIC)
def test_bounds_hold_the_truth_at_any_edges(unchanged: ClientMockProtocol, column: str) -> None:
    edges = np.linspace(POOLED[column].min(), POOLED[column].max(), 40).tolist()

    histogram = ask(unchanged, column=column, edges=edges)["histogram"]

    truth = np.histogram(POOLED[column], [-np.inf, *edges, np.inf])[0]
    assert (histogram["lower"] <= truth).all()
    assert (truth <= histogram["upper"]).all()
    assert histogram["lower"] != histogram["upper"]


@pytest.mark.parametrize("column", NUMERIC)
def test_quantiles_are_near_those_of_the_pooled_rows(
    unchanged: ClientMockProtocol, column: str
) -> None:
    probabilities = [0.1, 0.25, 0.5, 0.75, 0.9]

    answer = ask(unchanged, column=column, probabilities=probabilities)

    for probability in probabilities:
        truth = np.quantile(POOLED[column], probability, method="inverted_cdf")
        lower, upper = answer["bounds"][str(probability)]
        assert lower <= truth < upper
        difference = abs(answer["quantiles"][str(probability)] - truth)
        assert difference <= QUANTILE_TOLERANCE * POOLED[column].std()


def test_quantiles_of_the_reference_are_near(client: ClientMockProtocol) -> None:
    quantiles = ask(client, **REFERENCE["arguments"])["quantiles"]

    tolerance = QUANTILE_TOLERANCE * REFERENCE["standard_deviation"]
    assert quantiles == pytest.approx(REFERENCE["quantiles"], abs=tolerance, rel=0)


def test_quantile_that_few_rows_lie_beyond_is_not_told(client: ClientMockProtocol) -> None:
    answer = ask(client, column="mean_radius", probabilities=[0, 1])

    assert answer["quantiles"] == {"0": None, "1": None}
    assert answer["bounds"]["0"][0] is None
    assert answer["bounds"]["1"][1] is None


def test_missing_values_are_counted_and_left_out(client: ClientMockProtocol) -> None:
    client.datasets[0].loc[:19, "mean_area"] = None
    pooled = pd.concat(client.datasets)["mean_area"].dropna()

    answer = ask(client, column="mean_area")

    edges = [-np.inf, *answer["histogram"]["edges"], np.inf]
    assert (answer["rows"], answer["missing"]) == (549, 20)
    assert answer["histogram"]["lower"] == np.histogram(pooled, edges)[0].tolist()


def test_only_the_named_organizations_take_part(client: ClientMockProtocol) -> None:
    assert ask(client, column="mean_area", organizations=[1, 2])["rows"] == 171 + 113


# --- what a site tells ----------------------------------------------------------------------

RANDOM = np.random.default_rng(2026)
SHAPES = {
    "normal": RANDOM.normal(size=300),
    "skewed": RANDOM.lognormal(sigma=3, size=300),
    "negative": -RANDOM.lognormal(sigma=3, size=300),
    "whole numbers": RANDOM.integers(-40, 40, size=300),
    "ties": RANDOM.integers(0, 3, size=300),
    "constant": np.full(300, 0.1),
    "far apart": np.r_[np.full(50, -1e300), np.full(50, 1e-300), np.full(50, 1e300)],
    "one outlier": np.r_[np.zeros(40), 1e6],
    "few": RANDOM.normal(size=11),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_group_is_small_and_counts_are_true(shape: str) -> None:
    values = SHAPES[shape]

    answer = groups(values)

    assert min(answer["counts"]) >= SMALLEST
    edges = [-np.inf, *answer["cuts"], np.inf]
    assert answer["counts"] == np.histogram(values, edges)[0].tolist()


def test_groups_are_as_small_as_the_owner_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIMUM_CELL_COUNT", "20")

    counts = groups(SHAPES["normal"])["counts"]

    assert 20 <= min(counts) <= max(counts) < 2 * 20


@pytest.mark.parametrize(("row", "moved"), [("idxmin", -1e9), ("idxmax", 1e9)])
def test_extreme_values_do_not_show(client: ClientMockProtocol, row: str, moved: float) -> None:
    data = client.datasets[2]
    before = RPC_groups(data, "mean_area")

    data.loc[getattr(data["mean_area"], row)(), "mean_area"] = moved

    assert RPC_groups(data, "mean_area") == before


@pytest.mark.parametrize("column", NUMERIC)
def test_no_cut_lies_among_the_outermost_rows(unchanged: ClientMockProtocol, column: str) -> None:
    data = unchanged.datasets[0]

    cuts = RPC_groups(data, column)["cuts"]

    persons = data[column].sort_values()
    assert persons.iloc[SMALLEST - 1] < min(cuts)
    assert max(cuts) <= persons.iloc[-SMALLEST]


def test_attack_moving_edges_tells_nothing_of_fewer_rows_than_a_group(
    client: ClientMockProtocol,
) -> None:
    """Someone asks a single site for counts with many different edges, and subtracts."""
    below = {}
    for edge in np.linspace(6.5, 28.5, 100):
        histogram = ask(client, column="mean_radius", edges=[edge], organizations=[2])
        lower, upper = (histogram["histogram"][bound][0] for bound in ("lower", "upper"))
        below[edge] = (lower, upper)

    known = sorted({bound for bounds in below.values() for bound in bounds})
    assert min(np.diff(known)) >= SMALLEST
    assert all(lower == upper or upper - lower >= SMALLEST for lower, upper in below.values())


# --- what is refused --------------------------------------------------------------------------


def test_site_with_too_few_rows_refuses(client: ClientMockProtocol) -> None:
    client.datasets[1].loc[9:, "mean_area"] = None

    with pytest.raises(PrivacyThresholdViolation, match="too few rows"):
        ask(client, column="mean_area")


def test_site_with_less_than_a_group_refuses(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIMUM_ROWS", "0")
    client.datasets[1].loc[4:, "mean_area"] = None

    with pytest.raises(PrivacyThresholdViolation, match="single group"):
        ask(client, column="mean_area")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"column": "secret_name"}, "no column of that name"),
        ({"column": "diagnosis"}, "does not hold numbers"),
        ({"column": "mean_area", "edges": [2, 1]}, "edges must rise"),
        ({"column": "mean_area", "edges": []}, "edges must be numbers"),
        ({"column": "mean_area", "edges": ["1"]}, "edges must be numbers"),
        ({"column": "mean_area", "edges": 10}, "edges must be numbers"),
        ({"column": "mean_area", "probabilities": 0.5}, "numbers from 0 to 1"),
        ({"column": "mean_area", "bins": 0}, "bins must be a whole number"),
        ({"column": "mean_area", "probabilities": [1.1]}, "numbers from 0 to 1"),
    ],
)
def test_unusable_question_is_refused_with_a_reason(
    client: ClientMockProtocol, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(AlgorithmError, match=said) as refused:
        ask(client, **arguments)

    assert "secret_name" not in str(refused.value)


def test_infinite_values_are_refused(client: ClientMockProtocol) -> None:
    client.datasets[0].loc[0, "mean_area"] = np.inf

    with pytest.raises(AlgorithmError, match="infinite"):
        ask(client, column="mean_area")


def test_column_that_one_site_lacks_is_named_as_the_reason(client: ClientMockProtocol) -> None:
    del client.datasets[2]["mean_area"]

    with pytest.raises(InputError, match="no column of that name"):
        ask(client, column="mean_area")
