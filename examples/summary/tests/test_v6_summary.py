"""The federated summary is the pooled one, and says nothing of few persons."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from v6_summary.central import extreme
from vantage6.algorithm.tools.mock_client import MockAlgorithmClient as DecoratedMockClient
from vantage6.tools.exceptions import AlgorithmError, PrivacyThresholdViolation
from vantage6.tools.mock_client import MockAlgorithmClient

FOLDER = Path(__file__).resolve().parents[1]
FRAMES = [pd.read_csv(file) for file in sorted((FOLDER.parent / "data").glob("hospital_*.csv"))]
REFERENCE = json.loads((FOLDER / "tests" / "pooled.json").read_text("utf-8"))
Ask = Callable[..., Any]


@pytest.fixture
def frames() -> list[pd.DataFrame]:
    """Data of the sites, for a test to change."""
    return [frame.copy() for frame in FRAMES]


@pytest.fixture
def ask(frames: list[pd.DataFrame]) -> Ask:
    def ask(method: str = "summary", **kwargs: Any) -> Any:
        datasets = [{"database": frame} for frame in frames]
        client = MockAlgorithmClient(datasets, "v6_summary")
        task = client.task.create({"method": method, "kwargs": kwargs}, [0])
        return client.wait_for_results(task["id"])[0]

    return ask


def test_summary_is_that_of_the_pooled_rows(ask: Ask) -> None:
    answer = ask(**REFERENCE["arguments"])

    assert set(answer) == set(REFERENCE["answer"])
    for column, expected in REFERENCE["answer"].items():
        for key, value in expected.items():
            assert same(answer[column][key], value), (column, key)


def test_mock_client_of_4x_gives_the_same_answer(ask: Ask) -> None:
    datasets = [[{"database": frame}] for frame in FRAMES]
    client = DecoratedMockClient(datasets, "v6_summary")

    task = client.task.create({"method": "summary", "kwargs": {}}, organizations=[0])

    assert client.wait_for_results(task_id=task["id"])[0] == ask()


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=REFERENCE["tolerance"])
    return bool(found == expected)


def test_all_columns_are_those_of_pandas_describe(ask: Ask, frames: list[pd.DataFrame]) -> None:
    described = pd.concat(frames).describe()

    answer = ask()

    assert set(answer) == set(FRAMES[0].columns)
    for column in described.columns:
        found = [answer[column][key] for key in ("count", "mean", "standard_deviation")]
        expected = described[column][["count", "mean", "std"]].tolist()
        assert found == pytest.approx(expected, rel=1e-9, abs=0)


def test_variance_survives_a_large_offset(ask: Ask, frames: list[pd.DataFrame]) -> None:
    for frame in frames:
        frame["x"] = frame["mean_smoothness"] + 1e6

    variance = ask(columns=["x"])["x"]["variance"]

    assert variance == pytest.approx(pd.concat(frames)["x"].var(), rel=1e-9, abs=0)


def test_missing_values_are_counted_and_left_out(ask: Ask, frames: list[pd.DataFrame]) -> None:
    frames[0].loc[:29, ["mean_area", "diagnosis"]] = None
    pooled = pd.concat(frames)

    answer = ask(columns=["mean_area", "diagnosis"])

    assert [answer[column]["missing"] for column in answer] == [30, 30]
    assert answer["mean_area"]["mean"] == pytest.approx(pooled["mean_area"].mean(), rel=1e-12)
    assert answer["diagnosis"]["counts"] == pooled["diagnosis"].value_counts().to_dict()


def test_only_the_named_organizations_take_part(ask: Ask) -> None:
    answer = ask(columns=["mean_area"], organizations=[1, 2])

    assert answer["mean_area"]["count"] == 171 + 113


# --- what a site tells of few persons -------------------------------------------------------


def test_extremes_stay_at_the_site(ask: Ask) -> None:
    told = ask("summary_per_site", columns=["mean_area"])["mean_area"]

    assert (told["min"], told["max"]) == (None, None)


def test_extremes_are_told_where_every_owner_allows_them(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUMMARY_ALLOW_MIN", "true")
    monkeypatch.setenv("SUMMARY_ALLOW_MAX", "1")

    answer = ask(columns=["mean_area"])["mean_area"]

    assert (answer["min"], answer["max"]) == (143.5, 2501)


def test_extreme_is_unknown_when_one_site_does_not_tell_its_own() -> None:
    assert extreme(min, [1.0, None, 3.0]) is None
    assert extreme(max, [1.0, 2.0, 3.0]) == 3.0


def test_site_with_too_few_rows_refuses(ask: Ask, frames: list[pd.DataFrame]) -> None:
    frames[1] = frames[1].head(9)

    with pytest.raises(PrivacyThresholdViolation, match="too few rows"):
        ask(columns=["mean_area"])


def test_column_with_too_few_values_is_withheld(ask: Ask, frames: list[pd.DataFrame]) -> None:
    frames[1].loc[9:, "mean_area"] = None

    answer = ask(columns=["mean_area", "mean_radius"])

    assert answer["mean_area"] == {"kind": "withheld", "sites": 1}
    assert answer["mean_radius"]["kind"] == "numbers"


@pytest.mark.parametrize("rare", [{1: 4}, {1: 30, 2: 4}])
def test_attack_solving_mean_and_variance_for_rare_codes_is_withheld(
    ask: Ask, frames: list[pd.DataFrame], rare: dict[int, int]
) -> None:
    """A column of codes: three equations give the number of rows with each of three codes."""
    for frame in frames:
        codes = [code for code, count in rare.items() for _ in range(count)]
        frame["code"] = codes + [0] * (len(frame) - len(codes))

    assert ask(columns=["code"])["code"] == {"kind": "withheld", "sites": 3}


def test_codes_of_many_rows_are_told(ask: Ask, frames: list[pd.DataFrame]) -> None:
    for frame in frames:
        frame["code"] = [1] * 5 + [0] * (len(frame) - 5)

    assert ask(columns=["code"])["code"]["mean"] == pytest.approx(15 / 569)


def with_category(frame: pd.DataFrame, counts: dict[str, int]) -> pd.DataFrame:
    names = [name for name, count in counts.items() for _ in range(count)]
    return frame.head(len(names)).assign(category=names)


@pytest.mark.parametrize(
    ("counts", "shown", "other"),
    [
        ({"a": 50, "b": 5}, {"a": 50, "b": 5}, 0),
        ({"a": 50, "b": 9, "c": 3, "d": 2}, {"a": 50, "b": 9}, 5),
        # Whoever knows all names would subtract: b is hidden for the sake of c.
        ({"a": 50, "b": 9, "c": 3}, {"a": 50}, 12),
        ({"a": 50, "b": 4}, {}, 54),
    ],
)
def test_small_categories_are_counted_together_without_names(
    ask: Ask,
    frames: list[pd.DataFrame],
    counts: dict[str, int],
    shown: dict[str, int],
    other: int,
) -> None:
    frames[0] = with_category(frames[0], counts)

    told = ask("summary_per_site", columns=["category"])["category"]

    assert (told["counts"], told["other"]) == (shown, other)
    assert told["count"] == sum(counts.values())


def test_free_text_does_not_leave(ask: Ask, frames: list[pd.DataFrame]) -> None:
    for number, frame in enumerate(frames):
        frame["name"] = [f"person {number} {row}" for row in range(len(frame))]

    answer = ask(columns=["name"])["name"]

    assert answer["counts"] == {}
    assert (answer["other"], answer["distinct"]) == (569, None)


@pytest.mark.parametrize("seed", range(20))
def test_hidden_rows_are_never_few(ask: Ask, frames: list[pd.DataFrame], seed: int) -> None:
    sizes = np.random.default_rng(seed).integers(1, 12, size=9)
    frames[0] = with_category(frames[0], {f"c{i}": int(n) for i, n in enumerate(sizes)})

    told = ask("summary_per_site", columns=["category"])["category"]

    assert all(count >= 5 for count in told["counts"].values())
    assert told["other"] == 0 or told["other"] >= 5
    assert sum(told["counts"].values()) + told["other"] == told["count"]


# --- what cannot be used ----------------------------------------------------------------------


def test_unknown_column_is_refused_without_naming_it(ask: Ask) -> None:
    with pytest.raises(AlgorithmError, match="no column of that name") as refused:
        ask(columns=["secret_name"])

    assert "secret_name" not in str(refused.value)


def test_columns_must_be_a_list(ask: Ask) -> None:
    with pytest.raises(AlgorithmError, match="must be a list of names"):
        ask(columns="mean_area")


def test_different_columns_must_be_named(ask: Ask, frames: list[pd.DataFrame]) -> None:
    frames[2] = frames[2].drop(columns="mean_area")

    with pytest.raises(AlgorithmError, match="name those to summarise"):
        ask()


def test_numbers_at_one_site_and_text_at_another_is_an_error(
    ask: Ask, frames: list[pd.DataFrame]
) -> None:
    frames[2]["mean_area"] = "large"

    with pytest.raises(AlgorithmError, match="numbers at one site and text at another"):
        ask(columns=["mean_area"])


@pytest.mark.parametrize("value", [np.inf, 1e300])
def test_values_without_a_variance_are_refused(
    ask: Ask, frames: list[pd.DataFrame], value: float
) -> None:
    frames[0].loc[0, "mean_area"] = value

    with pytest.raises(AlgorithmError, match="infinite or too large"):
        ask(columns=["mean_area"])


def test_constant_column_has_no_variance(ask: Ask, frames: list[pd.DataFrame]) -> None:
    for frame in frames:
        frame["x"] = 7

    assert ask(columns=["x"])["x"]["variance"] == 0
