"""The federated average equals the pooled one, on the mock client."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from vantage6.tools.exceptions import PrivacyThresholdViolation
from vantage6.tools.mock_client import ClientMockProtocol

TESTS = Path(__file__).resolve().parent
FILES = sorted((TESTS.parents[1] / "data").glob("hospital_*.csv"))
NAME = "v6-average-py"
POOLED = pd.concat([pd.read_csv(file) for file in FILES])
NUMERIC = [column for column in POOLED.columns if column != "diagnosis"]


@pytest.fixture
def client() -> ClientMockProtocol:
    return ClientMockProtocol(FILES, NAME)


def average(client: ClientMockProtocol, column: str) -> Any:
    input_ = {"method": "master", "master": True, "kwargs": {"column_name": column}}
    task = client.create_new_task(input_=input_, organization_ids=[0])
    return client.get_results(task["id"])[0]["average"]


def test_average_equals_the_reference(client: ClientMockProtocol) -> None:
    reference = json.loads((TESTS / "pooled.json").read_text("utf-8"))

    answer = average(client, reference["arguments"]["column_name"])

    expected = reference["answer"]["average"]
    assert answer == pytest.approx(expected, rel=reference["tolerance"], abs=0)


@pytest.mark.parametrize("column", NUMERIC)
def test_average_equals_the_pooled_one(client: ClientMockProtocol, column: str) -> None:
    assert average(client, column) == pytest.approx(POOLED[column].mean(), rel=1e-12, abs=0)


def test_only_sum_and_count_leave_a_hospital(
    client: ClientMockProtocol, capsys: pytest.CaptureFixture[str]
) -> None:
    input_ = {"method": "average_partial", "kwargs": {"column_name": "mean_area"}}
    task = client.create_new_task(input_, [0, 1, 2])

    results = client.get_results(task["id"])

    assert [set(result) for result in results] == [{"sum", "count"}] * 3
    assert [result["count"] for result in results] == [285, 171, 113]
    assert "mean_area" not in capsys.readouterr().out


def test_missing_values_are_left_out(client: ClientMockProtocol) -> None:
    client.datasets[0].loc[0, "mean_area"] = None
    pooled = pd.concat(client.datasets)["mean_area"].mean()

    assert average(client, "mean_area") == pytest.approx(pooled, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("column", "error", "said"),
    [
        ("diagnosis", TypeError, "error > The column does not hold numbers"),
        ("no_such_column", KeyError, "error > The database has no column of that name"),
    ],
)
def test_unusable_column_is_explained_without_naming_it(
    client: ClientMockProtocol,
    capsys: pytest.CaptureFixture[str],
    column: str,
    error: type[Exception],
    said: str,
) -> None:
    with pytest.raises(error):
        average(client, column)

    log = capsys.readouterr().out
    assert log.splitlines()[-1] == said
    assert column not in log


def test_column_without_any_value_is_an_error(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIMUM_ROWS", "0")
    for data in client.datasets:
        data["empty"] = float("nan")

    with pytest.raises(ValueError, match="no values"):
        average(client, "empty")


@pytest.mark.parametrize("limit", [None, "114"])
def test_hospital_with_too_few_values_is_refused(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch, limit: str | None
) -> None:
    column = "mean_area"
    if limit is None:
        client.datasets[2].loc[9:, column] = None
    else:
        monkeypatch.setenv("MINIMUM_ROWS", limit)

    with pytest.raises(PrivacyThresholdViolation, match="too few rows"):
        average(client, column)
