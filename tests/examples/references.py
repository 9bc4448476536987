"""Answers of trusted libraries, and how an answer is compared with one."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from tests.environments import InstallFailed, find_python, make_environment, run, unavailable
from vantage6.cli.vdev.algorithms import EXAMPLES

LIBRARIES = (
    "lifelines==0.30.3",
    "numpy==2.4.6",
    "pandas==2.3.3",
    "scikit-learn==1.9.1",
    "scipy==1.17.1",
    "statsmodels==0.15.0",
)
PYTHONS = ("3.11", "3.12", "3.13")  # those that these versions are for
NAMES = sorted(file.parent.name for file in EXAMPLES.glob("*/Dockerfile"))
"""The examples, by their folders."""
ITERATIVE = frozenset({"cox", "fedavg", "logistic"})

# One process for all: importing the libraries takes longer than computing the answers.
_RUN_ALL = """
import contextlib, io, json, runpy, sys, traceback

answers = {}
for script in sys.argv[1:]:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_path(script, run_name="__main__")
    except BaseException:
        answers[script] = {"error": traceback.format_exc()}
    else:
        answers[script] = {"said": said.getvalue()}
print(json.dumps(answers))
"""


def script(name: str) -> Path:
    """The script that computes the reference of an example."""
    return EXAMPLES / name / "tests" / "pooled.py"


def recorded(name: str) -> dict[str, Any]:
    """The reference of an example: arguments, answer, tolerance and library."""
    found: dict[str, Any] = json.loads(script(name).with_suffix(".json").read_text("utf-8"))
    return found


def compute() -> dict[str, dict[str, str]]:
    """What each script prints now (`said`), or its traceback (`error`), by script."""
    version = next((each for each in PYTHONS if find_python(each)), None)
    if version is None:
        unavailable(f"the trusted libraries need a Python of {', '.join(PYTHONS)}")
    try:
        python = make_environment("references", version, LIBRARIES)
    except InstallFailed as error:
        unavailable(f"the trusted libraries cannot be had: {str(error)[-300:]}")
    printed = run(python, "-c", _RUN_ALL, *(script(name) for name in NAMES))
    answers: dict[str, dict[str, str]] = json.loads(printed)
    return answers


def differences(answer: Any, expected: Any, tolerance: float, place: str = "") -> list[str]:
    """Where an answer is not the expected one.

    Parameters
    ----------
    answer, expected
        Values as JSON has them.
    tolerance
        Greatest difference of two numbers, relative to the expected one where that is above 1.
    place
        How messages call where the values are.
    """
    if isinstance(expected, dict) and isinstance(answer, dict):
        missing = [f"{place}.{key}: missing" for key in expected if key not in answer]
        found = (
            differences(answer[key], expected[key], tolerance, f"{place}.{key}")
            for key in expected
            if key in answer
        )
        return missing + [line for lines in found for line in lines]
    if isinstance(expected, list) and isinstance(answer, list) and len(expected) == len(answer):
        pairs = enumerate(zip(answer, expected, strict=True))
        found = (differences(a, e, tolerance, f"{place}[{i}]") for i, (a, e) in pairs)
        return [line for lines in found for line in lines]
    return (
        [] if _is_same(answer, expected, tolerance) else [f"{place}: {answer!r} != {expected!r}"]
    )


def _is_same(answer: Any, expected: Any, tolerance: float) -> bool:
    if not _is_number(answer) or not _is_number(expected):
        return type(answer) is type(expected) and bool(answer == expected)
    return math.isclose(answer, expected, rel_tol=tolerance, abs_tol=tolerance)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def each_example() -> pytest.MarkDecorator:
    """Run a test once for each example."""
    return pytest.mark.parametrize("name", NAMES)


def examples_as(runtime: str) -> pytest.MarkDecorator:
    """Run a test once for each example that is shown on a runtime.

    `make everything` shows all of them on both. `make test` shows each on one: those that ask the
    sites again and again, which takes a hundred containers, as processes.
    """
    is_process = runtime == "processes"
    return pytest.mark.parametrize(
        "name",
        [
            name
            if name == "average" or (name in ITERATIVE) is is_process
            else pytest.param(name, marks=pytest.mark.repeats)
            for name in NAMES
        ],
    )
