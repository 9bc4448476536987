"""The federated regression equals the pooled one, and no site gives a person away."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from vantage6.tools.exceptions import DataTypeError, InputError, PrivacyThresholdViolation
from vantage6.tools.mock_client import ClientMockProtocol

TESTS = Path(__file__).resolve().parent
FILES = sorted((TESTS.parents[1] / "data").glob("hospital_*.csv"))
REFERENCE = json.loads((TESTS / "pooled.json").read_text("utf-8"))
ARGUMENTS = REFERENCE["arguments"]
TOLERANCE = REFERENCE["tolerance"]


@pytest.fixture
def client() -> ClientMockProtocol:
    return ClientMockProtocol(FILES, "v6_linear")


def client_of(frames: list[pd.DataFrame], folder: Path) -> ClientMockProtocol:
    """A client of sites with these rows."""
    files = [folder / f"{i}.csv" for i in range(len(frames))]
    for file, frame in zip(files, frames, strict=True):
        frame.to_csv(file, index=False)
    return ClientMockProtocol(files, "v6_linear")


def fit(client: ClientMockProtocol, **changes: Any) -> Any:
    input_ = {"method": "fit", "master": True, "kwargs": ARGUMENTS | changes}
    return client.get_results(client.create_new_task(input_, [0])["id"])[0]


def least_squares(rows: pd.DataFrame) -> np.ndarray:
    """Another way to the coefficients: by an orthogonal decomposition, on the rows."""
    design = np.column_stack([np.ones(len(rows)), rows[ARGUMENTS["predictors"]]])
    return np.linalg.lstsq(design, rows[ARGUMENTS["outcome"]], rcond=None)[0]


@pytest.fixture(scope="module")
def answer() -> Any:
    return fit(ClientMockProtocol(FILES, "v6_linear"))


@pytest.mark.parametrize("key", REFERENCE["answer"])
def test_answer_is_that_of_statsmodels(answer: Any, key: str) -> None:
    assert answer[key] == pytest.approx(REFERENCE["answer"][key], rel=TOLERANCE, abs=TOLERANCE)


def test_digits_are_kept_far_from_zero(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        data["mean_radius"] += 1e6

    answer = fit(client)

    slope = REFERENCE["answer"]["coefficients"]["mean_radius"]
    assert answer["coefficients"]["mean_radius"] == pytest.approx(slope, rel=1e-7)
    assert answer["r_squared"] == pytest.approx(REFERENCE["answer"]["r_squared"], rel=1e-8)


def test_rows_with_a_missing_value_are_dropped_and_counted(client: ClientMockProtocol) -> None:
    client.datasets[0].loc[:6, "mean_radius"] = None
    client.datasets[2].loc[4:9, "worst_radius"] = None
    client.datasets[1]["area_of_no_interest"] = None

    answer = fit(client)

    columns = [ARGUMENTS["outcome"], *ARGUMENTS["predictors"]]
    rows = pd.concat(client.datasets).dropna(subset=columns)
    assert (answer["rows"], answer["dropped"]) == (569 - 13, 13)
    assert list(answer["coefficients"].values()) == pytest.approx(least_squares(rows), rel=1e-8)


def test_only_the_named_organizations_take_part(client: ClientMockProtocol) -> None:
    answer = fit(client, organizations=[0, 2])

    rows = pd.concat([client.datasets[0], client.datasets[2]])
    assert answer["rows"] == 285 + 113
    assert list(answer["coefficients"].values()) == pytest.approx(least_squares(rows), rel=1e-8)


def test_columns_of_zeros_and_ones_and_truth_values_are_predictors(
    client: ClientMockProtocol,
) -> None:
    for data in client.datasets:
        data["is_large"] = data["mean_area"] > 600
        data["code"] = data["is_large"].astype("Int64")

    truth = fit(client, predictors=["is_large"])["coefficients"]["is_large"]
    code = fit(client, predictors=["code"])["coefficients"]["code"]

    assert truth == code
    means = pd.concat(client.datasets).groupby("is_large")["worst_radius"].mean()
    assert truth == pytest.approx(means[True] - means[False], rel=1e-10)


def test_exact_relation_is_found(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        data["exact"] = 3 * data["mean_radius"] - 2

    answer = fit(client, outcome="exact", predictors=["mean_radius"])

    assert answer["coefficients"] == pytest.approx({"intercept": -2, "mean_radius": 3})
    assert answer["r_squared"] == pytest.approx(1)


def test_only_sums_leave_a_site(
    client: ClientMockProtocol, capsys: pytest.CaptureFixture[str]
) -> None:
    task = client.create_new_task({"method": "moments", "kwargs": ARGUMENTS}, [1])

    part = client.get_results(task["id"])[0]

    assert set(part) == {"rows", "dropped", "means", "cross"}
    assert np.shape(part["means"]) == (4,)
    assert np.shape(part["cross"]) == (4, 4)
    assert "radius" not in capsys.readouterr().out


def test_site_with_too_few_rows_takes_no_part(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIMUM_ROWS", "114")

    with pytest.raises(PrivacyThresholdViolation, match="allows 114 or more"):
        fit(client)


def test_rows_cannot_be_solved_for_from_the_sums(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINIMUM_ROWS", "0")
    client = client_of([*client.datasets[:2], client.datasets[2].head(11)], tmp_path)

    with pytest.raises(PrivacyThresholdViolation, match="3 rows for each parameter"):
        fit(client)


@pytest.mark.parametrize(("marked", "is_refused"), [(1, True), (4, True), (5, False), (0, False)])
def test_column_that_marks_few_rows_is_refused(
    client: ClientMockProtocol, marked: int, is_refused: bool
) -> None:
    for i, data in enumerate(client.datasets):
        data["marked"] = (np.arange(len(data)) < (marked if i == 1 else 50)).astype(int)

    if is_refused:
        with pytest.raises(PrivacyThresholdViolation, match="fewer than 5 rows"):
            fit(client, predictors=["marked"])
    else:
        assert fit(client, predictors=["marked"])["rows"] == 569


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"outcome": "no_such"}, InputError, "no column for the outcome"),
        ({"predictors": ["mean_area", "no_such"]}, InputError, "no column for predictor 2"),
        ({"predictors": ["mean_area", "diagnosis"]}, DataTypeError, "predictor 2 does not hold"),
        ({"predictors": []}, InputError, "at least one predictor"),
        ({"predictors": "mean_area"}, InputError, "list of column names"),
        ({"predictors": ["mean_area", "mean_area"]}, InputError, "only once"),
        ({"predictors": ["worst_radius"]}, InputError, "only once"),
        ({"predictors": ["same"]}, InputError, "predictor 1 has the same value"),
        ({"outcome": "same"}, InputError, "the outcome has the same value"),
        ({"predictors": ["mean_area", "twice", "mean_texture"]}, InputError, "collinear"),
        ({"predictors": ["endless"]}, DataTypeError, "infinite"),
        ({"predictors": ["empty"]}, PrivacyThresholdViolation, "too few rows"),
        ({"outcome": ["mean_area"]}, InputError, "given by its name"),
    ],
)
def test_columns_that_make_no_model_are_explained_without_naming_them(
    client: ClientMockProtocol, changes: Any, error: type[Exception], reason: str
) -> None:
    for data in client.datasets:
        data["same"] = 0.1
        data["twice"] = 2 * data["mean_area"] + data["mean_texture"]
        data["endless"] = data["mean_area"].replace(data["mean_area"].max(), np.inf)
        data["empty"] = np.nan

    with pytest.raises(error, match=reason) as caught:
        fit(client, **changes)
    assert not any(name in str(caught.value) for name in ("mean_", "no_such", "twice", "worst"))
