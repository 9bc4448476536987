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
FILES = sorted((TESTS.parents[1] / "data").glob("survival_*.csv"))
REFERENCE = json.loads((TESTS / "pooled.json").read_text("utf-8"))
ARGUMENTS = REFERENCE["arguments"]
TOLERANCE = REFERENCE["tolerance"]
SMALLEST = 5


@pytest.fixture
def client() -> ClientMockProtocol:
    return ClientMockProtocol(FILES, "v6_cox")


def client_of(frames: list[pd.DataFrame], folder: Path) -> ClientMockProtocol:
    """A client of sites with these rows."""
    files = [folder / f"{i}.csv" for i in range(len(frames))]
    for file, frame in zip(files, frames, strict=True):
        frame.to_csv(file, index=False)
    return ClientMockProtocol(files, "v6_cox")


def fit(client: ClientMockProtocol, **changes: Any) -> Any:
    input_ = {"method": "fit", "master": True, "kwargs": ARGUMENTS | changes}
    return client.get_results(client.create_new_task(input_, [0])["id"])[0]


def ask(client: ClientMockProtocol, method: str, **kwargs: Any) -> list[Any]:
    """What each site answers to a partial function."""
    task = client.create_new_task({"method": method, "kwargs": ARGUMENTS | kwargs}, [0, 1, 2])
    return client.get_results(task["id"])


def risk_sets(client: ClientMockProtocol, predictor: str, coefficient: float) -> list[Any]:
    """What each site answers about one predictor, at each day and at its event times."""
    moments = ask(client, "moments", predictors=[predictor])
    told = {time for part in moments for time in part["event_times"]}
    return ask(
        client,
        "risk_sets",
        predictors=[predictor],
        event_times=sorted({*told, *map(float, range(2700))}),
        coefficients=[coefficient],
        scaling={"means": [0.0], "scales": [1.0]},
    )


@pytest.fixture(scope="module")
def answer() -> Any:
    return fit(ClientMockProtocol(FILES, "v6_cox"))


@pytest.fixture(scope="module")
def exact_answer() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINIMUM_CELL_COUNT", "1")
        return fit(ClientMockProtocol(FILES, "v6_cox"))


@pytest.mark.parametrize("key", REFERENCE["answer"])
def test_answer_is_that_of_lifelines(answer: Any, key: str) -> None:
    assert answer[key] == pytest.approx(REFERENCE["answer"][key], rel=TOLERANCE, abs=TOLERANCE)


@pytest.mark.parametrize("key", REFERENCE["exact"])
def test_answer_about_original_times_is_that_of_lifelines(exact_answer: Any, key: str) -> None:
    expected = REFERENCE["exact"][key]

    assert exact_answer[key] == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE)


def test_answer_about_skewed_predictors_is_that_of_lifelines(client: ClientMockProtocol) -> None:
    skewed = REFERENCE["skewed"]

    answer = fit(client, **skewed["arguments"])

    for key in ("coefficients", "standard_errors", "p_values"):
        assert answer[key] == pytest.approx(skewed["answer"][key], rel=TOLERANCE, abs=TOLERANCE)


def test_shared_times_move_coefficients_by_less_than_an_eighth_of_their_error(
    answer: Any, exact_answer: Any
) -> None:
    for name, error in exact_answer["standard_errors"].items():
        moved = answer["coefficients"][name] - exact_answer["coefficients"][name]
        assert abs(moved) < error / 8
        assert answer["standard_errors"][name] == pytest.approx(error, rel=0.01)


def test_split_over_sites_does_not_matter_to_original_times(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINIMUM_CELL_COUNT", "1")
    rows = pd.concat(client.datasets).sort_values("age")

    answer = fit(client_of([rows[:400], rows[400:]], tmp_path))

    expected = REFERENCE["exact"]["coefficients"]
    assert answer["coefficients"] == pytest.approx(expected, rel=TOLERANCE)


def test_scale_of_a_predictor_does_not_matter(client: ClientMockProtocol, answer: Any) -> None:
    for data in client.datasets:
        data["age"] = data["age"] * 1e-6 + 3

    scaled = fit(client)

    slope = answer["coefficients"]["age"]
    assert scaled["coefficients"]["age"] == pytest.approx(slope * 1e6, rel=TOLERANCE)
    assert scaled["log_likelihood"] == pytest.approx(answer["log_likelihood"])


def test_rows_with_a_missing_value_are_dropped_and_counted(
    client: ClientMockProtocol, answer: Any, tmp_path: Path
) -> None:
    missing = client.datasets[0].head(3).astype(float)
    missing.loc[0, "age"] = missing.loc[1, "days"] = missing.loc[2, "event"] = None
    frames = [pd.concat([client.datasets[0], missing]), *client.datasets[1:]]

    with_missing = fit(client_of(frames, tmp_path))

    assert with_missing["dropped"] == 3
    assert with_missing["rows"] == answer["rows"]
    assert with_missing["coefficients"] == pytest.approx(answer["coefficients"], rel=1e-12)


def test_only_the_named_organizations_take_part(client: ClientMockProtocol) -> None:
    assert fit(client, organizations=[0, 1])["rows"] == 345 + 205


def test_predictor_that_orders_the_events_is_said(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        # Of all at risk, the row with the event always has the largest value.
        data["late"] = np.where(data["event"] == 1, -data["days"], -9999.0)

    with pytest.raises(MaxIterationsReached, match="may separate the outcomes"):
        fit(client, predictors=["late"])


def test_mark_without_any_event_is_said(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        data["mark"] = (data["event"] == 0) & (data["age"] > 60)

    with pytest.raises(ConvergenceError, match="separate the out"):
        fit(client, predictors=["mark"])


def test_hazard_ratio_that_no_float_holds_is_left_out(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        data["nodes"] = data["positive_nodes"] * 1e-6

    answer = fit(client, predictors=["nodes"])

    assert answer["coefficients"]["nodes"] > 1000
    assert answer["hazard_ratios"] == {"nodes": None}


def test_too_few_steps_are_said(client: ClientMockProtocol) -> None:
    with pytest.raises(MaxIterationsReached, match="after 2 Newton steps"):
        fit(client, max_iterations=2)


def test_site_without_events_takes_part(client: ClientMockProtocol, tmp_path: Path) -> None:
    frames = [*client.datasets[:2], client.datasets[2].query("event == 0")]

    assert fit(client_of(frames, tmp_path))["events"] == 299 - 62


def test_study_without_events_is_refused(client: ClientMockProtocol, tmp_path: Path) -> None:
    client = client_of([data.query("event == 0") for data in client.datasets], tmp_path)

    with pytest.raises(InputError, match="no row has an event"):
        fit(client)


def test_only_sums_leave_a_site(
    client: ClientMockProtocol, capsys: pytest.CaptureFixture[str]
) -> None:
    moments, step = ask(client, "moments")[0], risk_sets(client, "age", 0.0)[0]

    assert set(moments) == {
        "rows", "dropped", "events", "event_times", "means", "squares", "event_sums",
    }  # fmt: skip
    assert np.shape(moments["means"]) == (4,)
    assert {key: np.shape(value)[1:] for key, value in step.items()} == {
        "at_risk": (3,),
        "tied": (3,),
        "counts": (),
    }
    assert "hormone" not in capsys.readouterr().out


def test_differences_of_risk_sets_are_about_enough_rows(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        data["one"] = 1.0

    for step in risk_sets(client, "one", 0.0):
        at_risk = np.array(step["at_risk"])[:, 0]
        leaving = -np.diff([*at_risk, 0.0])
        assert leaving.sum() == at_risk[0]
        assert min(count for count in leaving if count) >= SMALLEST


def test_event_times_are_those_of_enough_rows(client: ClientMockProtocol) -> None:
    for data, moments in zip(client.datasets, ask(client, "moments"), strict=True):
        original = set(data.query("event == 1")["days"])

        assert len(moments["event_times"]) <= moments["events"] / SMALLEST
        assert len(original & set(moments["event_times"])) < len(original) / 10


def test_coefficients_made_to_single_out_a_row_get_no_answer(client: ClientMockProtocol) -> None:
    with pytest.raises(PrivacyThresholdViolation, match="single it out"):
        risk_sets(client, "positive_nodes", 3.0)


def test_event_times_that_lack_some_of_a_site_are_refused(client: ClientMockProtocol) -> None:
    times = ask(client, "moments")[0]["event_times"]
    scaling = {"means": [0.0] * 4, "scales": [1.0] * 4}

    with pytest.raises(InputError, match="ask for all of them again"):
        ask(client, "risk_sets", event_times=times, coefficients=[0.0] * 4, scaling=scaling)


def test_coefficients_beyond_all_numbers_are_refused(client: ClientMockProtocol) -> None:
    with pytest.raises(InputError, match="too large"):
        risk_sets(client, "positive_nodes", 1e6)


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        ("index < 9", "allows 10 or more"),
        ("index < 11", "3 rows for each parameter"),
        ("event == 0 or index < 6", "fewer than 5 rows"),
        ("event == 1 or index < 5", "fewer than 5 rows"),
        ("hormone_therapy == 0 or index < 10", "fewer than 5 rows"),
    ],
)
def test_site_with_few_rows_takes_no_part(
    client: ClientMockProtocol, tmp_path: Path, kept: str, reason: str
) -> None:
    client = client_of([client.datasets[0], client.datasets[2].query(kept)], tmp_path)

    with pytest.raises(PrivacyThresholdViolation, match=reason):
        fit(client)


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"time": "no_such"}, InputError, "no column for the time"),
        ({"event": "oestrogen_receptor"}, DataTypeError, "1 where it was seen"),
        ({"predictors": ["no_such"]}, InputError, "no column for predictor 1"),
        ({"predictors": ["age", "words"]}, DataTypeError, "predictor 2 does not hold"),
        ({"predictors": ["age", "days"]}, InputError, "only once"),
        ({"predictors": []}, InputError, "at least one predictor"),
        ({"predictors": ["age", "same"]}, InputError, "predictor 2 has the same value"),
        ({"predictors": ["age", "twice"]}, InputError, "collinear"),
        ({"max_iterations": 0}, InputError, "whole number"),
    ],
)
def test_columns_that_make_no_model_are_explained_without_naming_them(
    client: ClientMockProtocol, changes: Any, error: type[Exception], reason: str
) -> None:
    for data in client.datasets:
        data["same"] = 0.1
        data["twice"] = 2 * data["age"] + 1
        data["words"] = "word"

    with pytest.raises(error, match=reason) as caught:
        fit(client, **changes)
    assert not any(
        name in str(caught.value) for name in ("no_such", "twice", "words", "oestrogen")
    )
