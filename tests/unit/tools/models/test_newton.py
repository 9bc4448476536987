from typing import Any

import numpy as np
import pytest
from vantage6.tools.exceptions import ConvergenceError, InputError, MaxIterationsReached
from vantage6.tools.models.newton import maximum


def parabola(at: np.ndarray) -> Any:
    """Highest at 1 and 2, where it is 0."""
    away = at - np.array([1.0, 2.0])
    return -float(away @ away) / 2, -away, np.eye(2)


def test_the_top_of_a_parabola_is_one_step_away() -> None:
    at, (height, _, _), start, steps = maximum(parabola, 2, 25, largest_step=5.0)

    assert at == pytest.approx([1, 2])
    assert (height, start, steps) == (pytest.approx(0), -2.5, 1)


def test_a_step_is_nowhere_longer_than_allowed() -> None:
    assert maximum(parabola, 2, 25, largest_step=0.5)[3] > 1


def test_step_that_goes_too_far_is_halved(capsys: pytest.CaptureFixture[str]) -> None:
    def evaluate(at: np.ndarray) -> Any:
        x = at[0] - 3
        return -np.log(np.cosh(x)), -np.tanh([x]), np.cosh([[x]]) ** -2

    at, (height, _, _), start, _ = maximum(evaluate, 1, 25, largest_step=500.0)

    assert at == pytest.approx([3])
    assert height > start
    assert "too long and is halved" in capsys.readouterr().out


def test_likelihood_that_only_falls_is_said() -> None:
    def evaluate(at: np.ndarray) -> Any:
        return -abs(at[0]), np.ones(1), np.eye(1)

    with pytest.raises(ConvergenceError, match="no step of Newton's method"):
        maximum(evaluate, 1, 25, largest_step=5.0)


def test_a_top_that_is_never_reached_is_said() -> None:
    def evaluate(at: np.ndarray) -> Any:
        p = 1 / (1 + np.exp(-at[0]))
        return np.log(p), np.array([1 - p]), np.array([[p * (1 - p)]])

    with pytest.raises(ConvergenceError, match="separate the outcomes"):
        maximum(evaluate, 1, 100, largest_step=5.0)


def test_too_few_steps_are_said() -> None:
    with pytest.raises(MaxIterationsReached, match="after 1 Newton steps"):
        maximum(parabola, 2, 1, largest_step=0.5)


@pytest.mark.parametrize("information", [[[1.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [0.0, 0.0]]])
def test_predictors_that_say_the_same_are_refused(information: list[list[float]]) -> None:
    with pytest.raises(InputError):
        maximum(lambda at: (0.0, at, np.array(information)), 2, 25, largest_step=5.0)


@pytest.mark.parametrize("steps", [0, 1.5, "many"])
def test_a_number_of_steps_that_is_none_is_refused(steps: object) -> None:
    with pytest.raises(InputError, match="max_iterations"):
        maximum(parabola, 2, steps, largest_step=5.0)
