"""Federated averaging gives what scikit-learn's steps give in one place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from v6_fedavg import network
from vantage6.tools.exceptions import AlgorithmError, PrivacyThresholdViolation
from vantage6.tools.mock_client import ClientMockProtocol

FOLDER = Path(__file__).resolve().parents[1]
FILES = sorted((FOLDER.parent / "data").glob("hospital_*.csv"))
REFERENCE = json.loads((FOLDER / "tests" / "pooled.json").read_text("utf-8"))
FEATURES = REFERENCE["arguments"]["features"]
MARGIN = 0.03  # of the accuracy, against scikit-learn's own way of training; stated in the README
SHORT = {"rounds": 1, "epochs": 1}


@pytest.fixture
def client() -> ClientMockProtocol:
    return ClientMockProtocol(FILES, "v6_fedavg")


def train(client: ClientMockProtocol, **changed: Any) -> Any:
    kwargs = {**REFERENCE["arguments"], **changed}
    input_ = {"method": "train", "master": True, "kwargs": kwargs}
    return client.get_results(client.create_new_task(input_, [0])["id"])[0]


def held_out_accuracy(answer: Any) -> float:
    frames = [pd.read_csv(file) for file in FILES]
    rows = pd.concat(frame[np.arange(len(frame)) % 5 == 4] for frame in frames)
    scaling = answer["scaling"]
    scaled = (rows[answer["features"]].to_numpy() - scaling["mean"]) / scaling["scale"]
    _, odds = network.forward(network.as_arrays(answer["weights"]), scaled)
    return float(((odds > 0) == (rows["diagnosis"] == "malignant")).mean())


# --- against the pooled rows --------------------------------------------------------------------


def test_weights_are_those_of_the_same_averaging_in_one_place(client: ClientMockProtocol) -> None:
    answer = train(client)

    expected = REFERENCE["answer"]
    tolerance = {"rel": REFERENCE["tolerance"], "abs": REFERENCE["tolerance"]}
    assert answer["rows"] == expected["rows"]
    assert answer["held_out"]["loss"] == pytest.approx(expected["held_out"]["loss"], **tolerance)
    for group in ("scaling", "weights"):
        for name, values in expected[group].items():
            np.testing.assert_allclose(
                answer[group][name], values, REFERENCE["tolerance"], REFERENCE["tolerance"]
            )


def test_one_epoch_per_round_is_gradient_descent_on_the_pooled_rows(
    client: ClientMockProtocol,
) -> None:
    frames = [pd.read_csv(file) for file in FILES]
    rows = pd.concat(frame[np.arange(len(frame)) % 5 != 4] for frame in frames)
    features = rows[FEATURES].to_numpy()
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    labels = (rows["diagnosis"] == "malignant").to_numpy(dtype=float)
    start = network.initial_weights(len(FEATURES), 4, 1)

    federated = train(client, settings={"rounds": 8, "epochs": 1, "units": 4, "seed": 1})

    pooled = network.descend(start, scaled, labels, 8, 1.0)
    for name, array in pooled.items():
        np.testing.assert_allclose(federated["weights"][name], array, 1e-9, 1e-9)


def test_gradient_is_the_slope_of_the_loss() -> None:
    random = np.random.default_rng(2026)
    rows, labels = random.normal(size=(20, 3)), random.integers(0, 2, 20).astype(float)
    weights = network.initial_weights(3, 2, 5)

    slope = network.gradient(weights, rows, labels)

    for name, array in weights.items():
        for place in np.ndindex(array.shape):
            losses = []
            for step in (1e-5, -1e-5):
                moved = {**weights, name: array.copy()}
                moved[name][place] += step
                losses.append(network.loss(network.forward(moved, rows)[1], labels))
            numeric = (losses[0] - losses[1]) / 2e-5
            assert slope[name][place] == pytest.approx(numeric, rel=1e-6, abs=1e-9)


def test_accuracy_is_near_that_of_scikit_learn_on_pooled_rows(client: ClientMockProtocol) -> None:
    answer = train(client, settings={"rounds": 10})

    accuracy = held_out_accuracy(answer)
    assert accuracy >= REFERENCE["accuracy_of_scikit_learn"] - MARGIN
    bounds = answer["held_out"]["accuracy"]
    assert bounds["lower"] <= accuracy <= bounds["upper"]


def test_accuracy_of_the_reference_is_that_of_scikit_learns_network(
    client: ClientMockProtocol,
) -> None:
    assert held_out_accuracy(train(client)) == REFERENCE["accuracy"]


def test_accuracy_is_exact_where_owners_allow_small_counts(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIMUM_CELL_COUNT", "0")

    answer = train(client, settings=SHORT)

    accuracy = held_out_accuracy(answer)
    assert answer["held_out"]["accuracy"] == {"lower": accuracy, "upper": accuracy}


def test_same_seed_gives_the_same_network_in_whatever_order_sites_answer(
    client: ClientMockProtocol,
) -> None:
    there = train(client, organizations=[0, 1, 2])
    back = train(client, organizations=[2, 0, 1])
    other = train(client, settings={"seed": 2})

    assert there == back
    assert there["weights"] != other["weights"]


def test_rows_with_missing_values_are_left_out_and_counted(client: ClientMockProtocol) -> None:
    client.datasets[0].loc[:9, FEATURES[0]] = None
    client.datasets[1].loc[:4, "diagnosis"] = None

    rows = train(client, settings=SHORT)["rows"]

    assert rows["left_out"] == 15
    assert rows["trained_on"] + rows["held_out"] == 569 - 15


def test_only_the_named_organizations_take_part(client: ClientMockProtocol) -> None:
    rows = train(client, settings=SHORT, organizations=[1, 2])["rows"]

    assert rows["trained_on"] + rows["held_out"] == 171 + 113


def test_target_may_be_a_number_and_a_site_may_have_it_with_a_point(
    client: ClientMockProtocol,
) -> None:
    expected = train(client, settings=SHORT)
    for frame, kind in zip(client.datasets, (int, float, int), strict=True):
        frame["diagnosis"] = (frame["diagnosis"] == "malignant").astype(kind)

    assert train(client, settings=SHORT, positive=1) == expected


# --- what is refused --------------------------------------------------------------------------

Kept = Callable[[pd.DataFrame], Any]


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (lambda frame: frame.index < 11, "too few rows for this answer"),  # 9 to train on
        (lambda frame: frame["diagnosis"] == "benign", "too few rows of one class"),
        (lambda frame: frame["diagnosis"] == "malignant", "too few rows of one class"),
    ],
)
def test_site_with_too_few_rows_refuses(client: ClientMockProtocol, kept: Kept, said: str) -> None:
    frame = client.datasets[1]
    frame.loc[~kept(frame), FEATURES[0]] = None

    with pytest.raises(PrivacyThresholdViolation, match=said):
        train(client)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"features": ["secret_name"]}, "no column of that name"),
        ({"target": "secret_name"}, "no column of that name"),
        ({"features": ["diagnosis"], "target": "mean_area"}, "does not hold numbers"),
        ({"features": ["mean_area", "mean_area"]}, "once each"),
        ({"features": ["diagnosis"]}, "without the target"),
        ({"features": []}, "without the target"),
        ({"positive": "secret_name"}, "too few rows of one class"),
        ({"settings": {"layers": 3}}, "settings can be"),
        ({"settings": {"rounds": 0}}, "rounds must be a whole number"),
        ({"settings": {"rounds": 2.0}}, "rounds must be a whole number"),
        ({"settings": {"learning_rate": -1}}, "learning_rate must be a number above 0"),
        ({"settings": {"units": 10_000}}, "units must be a whole number, up to 1000"),
    ],
)
def test_unusable_question_is_refused_with_a_reason(
    client: ClientMockProtocol, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(AlgorithmError, match=said) as refused:
        train(client, **changed)

    assert "secret_name" not in str(refused.value)


def test_constant_feature_is_refused(client: ClientMockProtocol) -> None:
    for frame in client.datasets:
        frame["constant"] = 7

    with pytest.raises(AlgorithmError, match="same value in all rows"):
        train(client, features=["constant"])


def test_infinite_value_is_refused(client: ClientMockProtocol) -> None:
    client.datasets[0].loc[0, FEATURES[0]] = np.inf

    with pytest.raises(AlgorithmError, match="infinite"):
        train(client)


def partial(client: ClientMockProtocol, **changed: Any) -> Any:
    """Ask one site to train, past the central function."""
    columns = {name: REFERENCE["arguments"][name] for name in ("features", "target", "positive")}
    kwargs = {
        **columns,
        "scaling": REFERENCE["answer"]["scaling"],
        "weights": REFERENCE["answer"]["weights"],
        "schedule": {"epochs": 1, "learning_rate": 1.0},
        **changed,
    }
    task = client.create_new_task({"method": "train_partial", "kwargs": kwargs}, [0])
    return client.get_results(task["id"])[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"weights": {}}, "weights do not fit"),
        ({"weights": {**REFERENCE["answer"]["weights"], "output": [1.0]}}, "weights do not fit"),
        ({"weights": {**REFERENCE["answer"]["weights"], "output": 1.0}}, "weights do not fit"),
        ({"scaling": {"mean": [0] * 6, "scale": [0] * 6}}, "scaling does not fit"),
        ({"scaling": {"mean": [0], "scale": [1]}}, "scaling does not fit"),
        ({"scaling": {"mean": [0] * 6, "scale": [1e-308] * 6}}, "scaling does not fit"),
        ({"scaling": {"mean": [0] * 6, "scale": [float("inf")] * 6}}, "scaling does not fit"),
        ({"weights": {**REFERENCE["answer"]["weights"], "output": [1e7] * 4}}, "do not fit"),
        ({"schedule": {"epochs": 10**9}}, "epochs must be a whole number, up to 10000"),
    ],
)
def test_partial_refuses_what_the_central_function_would_not_send(
    client: ClientMockProtocol, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(AlgorithmError, match=said):
        partial(client, **changed)


def test_training_that_does_not_converge_says_so(client: ClientMockProtocol) -> None:
    zero = {name: np.zeros_like(array) for name, array in REFERENCE["answer"]["weights"].items()}
    weights = {name: array.tolist() for name, array in zero.items()} | {"output": [1.0] * 4}

    with pytest.raises(AlgorithmError, match="use a smaller learning_rate"):
        partial(
            client,
            weights=weights,
            scaling={"mean": [0] * 6, "scale": [1e-4] * 6},
            schedule={"learning_rate": 1000, "epochs": 1},
        )


def test_only_number_of_rows_and_weights_leave_a_site(client: ClientMockProtocol) -> None:
    told = partial(client)

    assert set(told) == {"rows", "weights"}
    assert told["rows"] == 228
    assert [np.shape(values) for values in told["weights"].values()] == [(6, 4), (4,), (4,), (1,)]
