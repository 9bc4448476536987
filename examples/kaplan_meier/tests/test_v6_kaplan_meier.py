"""The federated curves equal the pooled ones, and no time points at few persons."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from v6_kaplan_meier.central import curve
from vantage6.tools.exceptions import DataTypeError, InputError, PrivacyThresholdViolation
from vantage6.tools.mock_client import ClientMockProtocol

TESTS = Path(__file__).resolve().parent
FILES = sorted((TESTS.parents[1] / "data").glob("survival_*.csv"))
REFERENCE = json.loads((TESTS / "pooled.json").read_text("utf-8"))
ARGUMENTS = REFERENCE["arguments"]
TOLERANCE = REFERENCE["tolerance"]
SMALLEST = 5


@pytest.fixture
def client() -> ClientMockProtocol:
    return ClientMockProtocol(FILES, "v6_kaplan_meier")


def client_of(frames: list[pd.DataFrame], folder: Path) -> ClientMockProtocol:
    """A client of sites with these rows."""
    files = [folder / f"{i}.csv" for i in range(len(frames))]
    for file, frame in zip(files, frames, strict=True):
        frame.to_csv(file, index=False)
    return ClientMockProtocol(files, "v6_kaplan_meier")


def survival(client: ClientMockProtocol, **changes: Any) -> Any:
    input_ = {"method": "survival", "master": True, "kwargs": ARGUMENTS | changes}
    return client.get_results(client.create_new_task(input_, [0])["id"])[0]


def tables(client: ClientMockProtocol, **changes: Any) -> list[Any]:
    """What leaves each site."""
    task = client.create_new_task({"method": "table", "kwargs": ARGUMENTS | changes}, [0, 1, 2])
    return client.get_results(task["id"])


def same(answer: Any, expected: Any) -> None:
    assert answer["dropped"] == expected["dropped"]
    assert set(answer["groups"]) == set(expected["groups"])
    for name, curve_of_group in expected["groups"].items():
        for key, values in curve_of_group.items():
            found = answer["groups"][name][key]
            assert found == pytest.approx(values, rel=TOLERANCE, abs=TOLERANCE), key


def test_answer_is_that_of_lifelines(client: ClientMockProtocol) -> None:
    same(survival(client), REFERENCE["answer"])


def test_answer_about_original_times_is_that_of_lifelines(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIMUM_CELL_COUNT", "1")

    same(survival(client), REFERENCE["exact"])


def test_shared_times_move_the_curve_little(
    client: ClientMockProtocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = survival(client, group=None)["groups"]["all"]
    monkeypatch.setenv("MINIMUM_CELL_COUNT", "1")
    exact = survival(client, group=None)["groups"]["all"]

    def height(of: Any, day: int) -> float:
        return ([1.0, *of["survival"]])[int(np.searchsorted(of["times"], day, side="right"))]

    differences = [height(told, day) - height(exact, day) for day in range(0, 2200, 5)]
    assert np.abs(differences).max() < 0.04
    assert abs(np.mean(differences)) < 0.001
    assert told["median"] == pytest.approx(exact["median"], abs=5)


def test_no_count_that_leaves_a_site_is_small(client: ClientMockProtocol) -> None:
    counts = [
        count
        for part in tables(client)
        for table in part["groups"].values()
        for count in table["events"] + table["censored"]
    ]

    assert len(counts) > 100
    assert min(count for count in counts if count) == SMALLEST


def test_only_tables_leave_a_site(
    client: ClientMockProtocol, capsys: pytest.CaptureFixture[str]
) -> None:
    part = tables(client)[0]

    assert set(part) == {"dropped", "groups"}
    assert set(part["groups"]["0"]) == {"times", "events", "censored"}
    assert "hormone" not in capsys.readouterr().out


def test_rows_with_a_missing_value_are_dropped_and_counted(
    client: ClientMockProtocol, tmp_path: Path
) -> None:
    whole = survival(client)
    extra = pd.DataFrame(
        {"days": [1, None, 1], "event": [None, 1, 1], "hormone_therapy": [1, 0, None]}
    )
    frames = [client.datasets[0], pd.concat([client.datasets[1], extra]), client.datasets[2]]

    answer = survival(client_of(frames, tmp_path))

    # The group is 0.0 or 1.0 at this site now, and still the same group.
    assert answer["dropped"] == 3
    assert answer["groups"] == whole["groups"]


def test_groups_may_be_words_that_not_every_site_knows(client: ClientMockProtocol) -> None:
    for i, data in enumerate(client.datasets):
        data["site"] = "small" if i == 2 else "large"

    groups = survival(client, group="site")["groups"]

    assert {name: group["rows"] for name, group in groups.items()} == {"large": 550, "small": 136}


def test_only_the_named_organizations_take_part(client: ClientMockProtocol) -> None:
    assert survival(client, organizations=[1], group=None)["groups"]["all"]["rows"] == 205


def test_interval_widens_with_confidence(client: ClientMockProtocol) -> None:
    wide = survival(client, confidence=0.99)["groups"]["1"]
    narrow = survival(client, confidence=0.9)["groups"]["1"]

    keys = (wide["lower"], narrow["lower"], wide["survival"], narrow["upper"], wide["upper"])
    bounds = [each for each in zip(*keys, strict=True) if each[2] < 1]
    assert bounds
    assert all(list(each) == sorted(set(each)) for each in bounds)


def test_curve_of_a_textbook() -> None:
    # Four rows: an event at 1, censored at 2, an event at 3 and one at 4.
    answer = curve([1, 2, 3, 4], [1, 0, 1, 1], [0, 1, 0, 0], 0.95)

    assert answer["at_risk"] == [4, 3, 2, 1]
    assert answer["survival"] == pytest.approx([0.75, 0.75, 0.375, 0])
    assert answer["median"] == 3
    assert (answer["lower"][-1], answer["upper"][-1]) == (0, 0)


def test_curve_that_stays_above_a_half_has_no_median() -> None:
    answer = curve([1, 2], [0, 1], [2, 7], 0.95)

    assert answer["median"] is None
    assert (answer["lower"][0], answer["upper"][0]) == (1, 1)


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        ("index < 9", "allows 10 or more"),
        ("hormone_therapy == 1 or index < 9", "allows 10 or more"),
        ("event == 0 or index < 6", "fewer than 5 rows"),
        ("event == 1 or index < 10", "fewer than 5 rows"),
    ],
)
def test_site_with_few_rows_in_a_group_or_outcome_takes_no_part(
    client: ClientMockProtocol, tmp_path: Path, kept: str, reason: str
) -> None:
    client = client_of([client.datasets[0], client.datasets[2].query(kept)], tmp_path)

    with pytest.raises(PrivacyThresholdViolation, match=reason):
        survival(client)


def test_column_with_a_name_per_row_is_no_group(client: ClientMockProtocol) -> None:
    for data in client.datasets:
        data["person"] = [f"person {i}" for i in range(len(data))]

    with pytest.raises(PrivacyThresholdViolation) as caught:
        survival(client, group="person")
    assert "person" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"time": "no_such"}, InputError, "no column for the time"),
        ({"event": None}, InputError, "no column for the event"),
        ({"group": "no_such"}, InputError, "no column for the group"),
        ({"time": "words"}, DataTypeError, "does not hold numbers"),
        ({"time": "negative"}, DataTypeError, "0 or more"),
        ({"time": "endless"}, DataTypeError, "infinite number"),
        ({"event": "age"}, DataTypeError, "1 where it was seen"),
        ({"confidence": 95}, InputError, "between 0 and 1"),
        ({"confidence": "0.95"}, InputError, "between 0 and 1"),
    ],
)
def test_columns_that_make_no_curve_are_explained_without_naming_them(
    client: ClientMockProtocol, changes: Any, error: type[Exception], reason: str
) -> None:
    for data in client.datasets:
        data["words"] = "word"
        data["negative"] = data["days"] - 100
        data["endless"] = data["days"].replace(data["days"].max(), np.inf)

    with pytest.raises(error, match=reason) as caught:
        survival(client, **changes)
    assert not any(name in str(caught.value) for name in ("no_such", "words", "days", "age "))
