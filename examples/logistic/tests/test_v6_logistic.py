"""The federated model equals the pooled one, and no site gives a person away."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from vantage6.tools.exceptions import (
    ConvergenceError,
    DataTypeError,
    InputError,
    MaxIterationsReached,
    PrivacyThresholdViolation,
)
from vantage6.tools.mock_client import ClientMockProtocol

TESTS = Path(__file__).resolve().parent
FILES = sorted((TESTS.parents[1] / "data").glob("hospital_*.csv"))
REFERENCE = json.loads((TESTS / "pooled.json").read_text("utf-8"))
ARGUMENTS = REFERENCE["arguments"]
TOLERANCE = REFERENCE["tolerance"]


@pytest.fixture
def client() -> ClientMockProtocol:
    return ClientMockProtocol(FILES, "v6_logistic")


def client_of(frames: list[pd.DataFrame], folder: Path) -> ClientMockProtocol:
    """A client of sites with these rows."""
    files = [folder / f"{i}.csv" for i in range(len(frames))]
    for file, frame in zip(files, frames, strict=True):
        frame.to_csv(file, index=False)
    return ClientMockProtocol(files, "v6_logistic")


def fit(client: ClientMockProtocol, **changes: Any) -> Any:
    input_ = {"method": "fit", "master": True, "kwargs": ARGUMENTS | changes}
    return client.get_results(client.create_new_task(input_, [0])["id"])[0]


def likelihood(client: ClientMockProtocol, coefficients: list[float], **changes: Any) -> Any:
    """Ask one site for its part of a step, as somebody might who is not the central function."""
    size = len(coefficients) - 1
    scaling = {"means": [0.0] * size, "scales": [1.0] * size}
    kwargs = ARGUMENTS | {"coefficients": coefficients, "scaling": scaling} | changes
    task = client.create_new_task({"method": "likelihood", "kwargs": kwargs}, [2])
    return client.get_results(task["id"])[0]


def gradient(rows: pd.DataFrame, coefficients: dict[str, float]) -> np.ndarray:
    """Zero at the maximum of the likelihood of the rows."""
    design = np.column_stack([np.ones(len(rows)), rows[ARGUMENTS["predictors"]]])
    score = design @ list(coefficients.values())
    residual = (rows["diagnosis"] == "malignant") - 1 / (1 + np.exp(-score))
    return np.abs(design).T @ residual / (np.abs(design).T @ np.abs(residual))


@pytest.fixture(scope="module")
def answer() -> Any:
    return fit(ClientMockProtocol(FILES, "v6_logistic"))


@pytest.mark.parametrize("key", REFERENCE["answer"])
def test_answer_is_that_of_statsmodels(answer: Any, key: str) -> None:
    assert answer[key] == pytest.approx(REFERENCE["answer"][key], rel=TOLERANCE, abs=TOLERANCE)


@pytest.mark.parametrize("key", ["coefficients", "standard_errors", "log_likelihood"])
def test_answer_about_strong_predictors_is_that_of_statsmodels(
    client: ClientMockProtocol, key: str
) -> None:
    strong = REFERENCE["strong"]

    answer = fit(client, **strong["arguments"])

    assert answer[key] == pytest.approx(strong["answer"][key], rel=TOLERANCE)


def test_coefficients_are_those_of_scikit_learn(answer: Any) -> None:
    expected = REFERENCE["second_opinion"]["coefficients"]

    assert answer["coefficients"] == pytest.approx(expected, rel=TOLERANCE)


def test_scale_of_a_predictor_does_not_matter(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        data["mean_texture"] = data["mean_texture"] * 1e-6 + 3

    answer = fit(client)

    slope = REFERENCE["answer"]["coefficients"]["mean_texture"]
    assert answer["coefficients"]["mean_texture"] == pytest.approx(slope * 1e6, rel=TOLERANCE)
    assert answer["iterations"] < 10


def test_rows_with_a_missing_value_are_dropped_and_counted(client: ClientMockProtocol) -> None:
    client.datasets[0].loc[:6, "mean_texture"] = None
    client.datasets[2].loc[4:9, "diagnosis"] = None

    answer = fit(client)

    rows = pd.concat(client.datasets).dropna()
    assert (answer["rows"], answer["dropped"]) == (569 - 13, 13)
    assert answer["positive"] == (rows["diagnosis"] == "malignant").sum()
    assert gradient(rows, answer["coefficients"]) == pytest.approx([0] * 4, abs=1e-9)


def test_only_the_named_organizations_take_part(client: ClientMockProtocol) -> None:
    answer = fit(client, organizations=[0, 1])

    rows = pd.concat(client.datasets[:2])
    assert answer["rows"] == 285 + 171
    assert gradient(rows, answer["coefficients"]) == pytest.approx([0] * 4, abs=1e-9)


@pytest.mark.parametrize("kind", ["int64", "bool", "Int64", "float64"])
def test_outcome_may_be_coded_with_numbers(client: ClientMockProtocol, kind: str) -> None:
    for data in client.datasets:
        data["diagnosis"] = (data["diagnosis"] == "malignant").astype(kind)

    answer = fit(client, positive=1)

    expected = REFERENCE["answer"]["coefficients"]
    assert answer["coefficients"] == pytest.approx(expected, rel=TOLERANCE)


def test_other_value_as_positive_turns_the_signs(client: ClientMockProtocol) -> None:
    turned = fit(client, positive="benign")["coefficients"]

    expected = {name: -value for name, value in REFERENCE["answer"]["coefficients"].items()}
    assert turned == pytest.approx(expected, rel=TOLERANCE)


def test_site_with_one_outcome_only_takes_part(client: ClientMockProtocol, tmp_path: Path) -> None:
    frames = [*client.datasets[:2], client.datasets[2].query("diagnosis == 'benign'")]

    answer = fit(client_of(frames, tmp_path))

    rows = pd.concat(frames)
    assert answer["rows"] == len(rows) < 569
    assert gradient(rows, answer["coefficients"]) == pytest.approx([0] * 4, abs=1e-9)


@pytest.mark.parametrize("kind", ["perfect", "quasi"])
@pytest.mark.parametrize("count", ["0", "5"])
def test_separation_is_detected_and_said(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch, kind: str, count: str
) -> None:
    monkeypatch.setenv("MINIMUM_CELL_COUNT", count)
    for data in client.datasets:
        is_malignant = (data["diagnosis"] == "malignant").astype(int)
        # Only malignant rows have a mark; in the second kind, not all of them.
        data["mark"] = is_malignant * (1 if kind == "perfect" else np.arange(len(data)) % 2)

    with pytest.raises(ConvergenceError, match="separate the out"):
        fit(client, predictors=["mark"])


def test_separation_by_a_threshold_is_said(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        data["score"] = data["mean_radius"] + 100 * (data["diagnosis"] == "malignant")

    with pytest.raises(ConvergenceError, match="separate the out"):
        fit(client, predictors=["score"])


def test_too_few_steps_are_said(client: ClientMockProtocol) -> None:
    with pytest.raises(MaxIterationsReached, match="after 4 Newton steps"):
        fit(client, max_iterations=4)


def test_only_sums_leave_a_site(
    client: ClientMockProtocol, capsys: pytest.CaptureFixture[str]
) -> None:
    task = client.create_new_task({"method": "moments", "kwargs": ARGUMENTS}, [2])

    moments = client.get_results(task["id"])[0]
    step = likelihood(client, [0.0] * 4)

    assert set(moments) == {"rows", "dropped", "positive", "means", "squares"}
    assert {key: np.shape(value) for key, value in step.items()} == {
        "log_likelihood": (),
        "gradient": (4,),
        "information": (4, 4),
    }
    assert "texture" not in capsys.readouterr().out


def test_coefficients_made_to_single_out_a_row_get_no_answer(client: ClientMockProtocol) -> None:
    radius = client.datasets[2]["mean_radius"].sort_values()
    # The largest value is the only one that is not far below the threshold.
    threshold = radius.iloc[-1]

    with pytest.raises(PrivacyThresholdViolation, match="single it out"):
        likelihood(client, [-1000 * threshold, 1000.0], predictors=["mean_radius"])


def test_owner_who_shows_single_rows_anyway_gets_an_answer(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIMUM_CELL_COUNT", "1")
    threshold = client.datasets[2]["mean_radius"].max()

    step = likelihood(client, [-1000 * threshold, 1000.0], predictors=["mean_radius"])

    assert step["information"][0][0] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("rows", "reason"), [(9, "allows 10 or more"), (11, "3 rows for each parameter")]
)
def test_site_with_too_few_rows_takes_no_part(
    client: ClientMockProtocol, tmp_path: Path, rows: int, reason: str
) -> None:
    client = client_of([client.datasets[0], client.datasets[1].head(rows)], tmp_path)

    with pytest.raises(PrivacyThresholdViolation, match=reason):
        fit(client)


def test_outcome_with_few_positive_rows_at_a_site_is_refused(
    client: ClientMockProtocol, tmp_path: Path
) -> None:
    benign = client.datasets[1].query("diagnosis == 'benign'")
    malignant = client.datasets[1].query("diagnosis == 'malignant'")
    few = pd.concat([benign, malignant.head(4)])
    client = client_of([client.datasets[0], few], tmp_path)

    with pytest.raises(PrivacyThresholdViolation, match="fewer than 5 rows"):
        fit(client)


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"outcome": "no_such"}, InputError, "no column for the outcome"),
        ({"predictors": ["no_such"]}, InputError, "no column for predictor 1"),
        ({"predictors": ["mean_area", "words"]}, DataTypeError, "predictor 2 does not hold"),
        ({"predictors": ["same"]}, InputError, "predictor 1 has the same value"),
        ({"predictors": ["mean_area", "twice"]}, InputError, "collinear"),
        ({"predictors": ["intercept"]}, InputError, "only once"),
        ({"positive": 1}, InputError, "of the same kind"),
        ({"positive": "unknown"}, InputError, "never has the value 'positive'"),
        ({"outcome": "mean_area", "positive": 1}, DataTypeError, "more than two values"),
        ({"max_iterations": "many"}, InputError, "whole number"),
    ],
)
def test_columns_that_make_no_model_are_explained_without_naming_them(
    client: ClientMockProtocol, changes: Any, error: type[Exception], reason: str
) -> None:
    for data in client.datasets:
        data["same"] = 0.1
        data["twice"] = 2 * data["mean_area"] + 1
        data["words"] = "word"

    with pytest.raises(error, match=reason) as caught:
        fit(client, **changes)
    assert not any(name in str(caught.value) for name in ("mean_", "no_such", "twice", "words"))
