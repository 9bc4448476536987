"""The federated average equals the pooled one, on the mock clients."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from vantage6.tools.mock_client import ClientMockProtocol

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
FILES = sorted((EXAMPLES / "data").glob("hospital_*.csv"))
NAME = "v6-average-py"
POOLED = pd.concat([pd.read_csv(file) for file in FILES])
NUMERIC = [column for column in POOLED.columns if column != "diagnosis"]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClientMockProtocol]:
    monkeypatch.syspath_prepend(str(EXAMPLES / "average"))
    yield ClientMockProtocol(FILES, NAME)
    sys.modules.pop(NAME, None)


def average(client: ClientMockProtocol, column: str) -> Any:
    input_ = {"method": "master", "master": True, "kwargs": {"column_name": column}}
    task = client.create_new_task(input_=input_, organization_ids=[0])
    return client.get_results(task["id"])[0]["average"]


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


def test_column_without_any_value_is_an_error(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        data["empty"] = float("nan")

    with pytest.raises(ValueError, match="no values"):
        average(client, "empty")


class PublishedClient:
    """The methods that clients of published 3.x tools have, and no others."""

    def __init__(self) -> None:
        self.answers = [{"complete": False}, {"complete": True}]

    def get_organizations_in_my_collaboration(self) -> list[dict[str, int]]:
        return [{"id": 1}]

    def create_new_task(self, input_: Any, organization_ids: list[int]) -> dict[str, int]:
        assert input_["method"] == "average_partial"
        assert organization_ids == [1]
        return {"id": 7}

    def get_task(self, task_id: int) -> dict[str, bool]:
        assert task_id == 7
        return self.answers.pop(0)

    def get_results(self, task_id: int) -> list[dict[str, float]]:
        assert task_id == 7
        return [{"sum": 6.0, "count": 4}]


def test_algorithm_runs_with_clients_of_published_tools(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.lib, "POLL_INTERVAL_S", 0)
    published = PublishedClient()

    assert client.lib.master(published, None, "x") == {"average": 1.5}
    assert published.answers == []
