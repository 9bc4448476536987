"""The recorded references are what the trusted libraries say, in the versions they name."""

import json
from typing import Any

import pytest
from tests.examples.references import (
    LIBRARIES,
    NAMES,
    compute,
    differences,
    each_example,
    recorded,
    script,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
# Rounding differs between processors.
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def computed() -> dict[str, dict[str, str]]:
    return compute()


@pytest.mark.repeats
@each_example()
def test_reference_is_what_the_library_says(name: str, computed: dict[str, Any]) -> None:
    outcome = computed[str(script(name))]

    assert "error" not in outcome, outcome["error"]
    assert differences(json.loads(outcome["said"]), recorded(name), TOLERANCE) == []


@each_example()
def test_reference_names_its_library_and_a_strict_tolerance(name: str) -> None:
    reference = recorded(name)

    library, version = reference["library"].split()
    assert f"{library}=={version}" in LIBRARIES
    assert 0 < reference["tolerance"] <= 1e-6
    assert reference["answer"]


def test_examples_are_found() -> None:
    assert "average" in NAMES


@pytest.mark.parametrize(
    ("answer", "expected", "places"),
    [
        ({"a": 1.0 + 1e-9}, {"a": 1.0}, []),
        ({"a": 1.0, "more": 3}, {"a": 1.0}, []),
        ({"a": [1, 2.1, None]}, {"a": [1, 2, None]}, [".a[1]: 2.1 != 2"]),
        ({"a": None}, {"a": 0.0}, [".a: None != 0.0"]),
        ({"a": True}, {"a": 1}, [".a: True != 1"]),
        ({"a": [1]}, {"a": [1, 2]}, [".a: [1] != [1, 2]"]),
        ({}, {"a": {"b": 1}}, [".a: missing"]),
        ({"a": float("nan")}, {"a": 1.0}, [".a: nan != 1.0"]),
        ({"a": 1e6 + 0.1}, {"a": 1e6}, []),
    ],
)
def test_differences_are_found_where_they_are(answer: Any, expected: Any, places: Any) -> None:
    assert differences(answer, expected, 1e-6) == places
