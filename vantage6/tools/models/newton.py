"""Newton's method for a concave log likelihood that is a sum over sites."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from vantage6.tools.exceptions import ConvergenceError, InputError, MaxIterationsReached
from vantage6.tools.util import info

CONVERGED = 1e-8
"""Largest step, in standard deviations of the predictors. The next step would be its square."""
HALVINGS = 10
ROUNDING = 1e-12
"""Relative; a smaller fall of the log likelihood is no fall."""
SMALLEST_EIGENVALUE = 1e-9
"""Of the information, scaled to ones on its diagonal, at the start; below it: collinear."""
FLAT = 1e-6
"""Share of the log likelihood at the start; less than that cannot be gained by a step."""
LONG_STEP = 0.1

Vector: TypeAlias = npt.NDArray[np.float64]
Matrix: TypeAlias = npt.NDArray[np.float64]
Likelihood: TypeAlias = tuple[float, Vector, Matrix]
"""Log likelihood, gradient and information, which is minus the Hessian."""
Evaluate: TypeAlias = Callable[[Vector], Likelihood]


def maximum(
    evaluate: Evaluate, size: int, max_iterations: object, largest_step: float
) -> tuple[Vector, Likelihood, float, int]:
    """Where the log likelihood is largest, and what it is there.

    Parameters
    ----------
    evaluate
        Gives the likelihood at parameters; each call is one round of sub-tasks.
    size
        Number of parameters; the start is 0.
    max_iterations
        Most Newton steps.
    largest_step
        What a parameter may change by in one of them.

    Returns
    -------
    tuple
        Parameters, the three things at them, the log likelihood at the start, number of steps.

    Raises
    ------
    InputError
        When the predictors are collinear, or `max_iterations` is no number of steps.
    ConvergenceError
        When there is no maximum, because the predictors separate the outcomes.
    MaxIterationsReached
        When it is not found in `max_iterations`.
    """
    if not isinstance(max_iterations, int) or max_iterations < 1:
        raise InputError("'max_iterations' must be a whole number of 1 or more")
    here, now = np.zeros(size), evaluate(np.zeros(size))
    start = now
    require_information(start[2])
    for iteration in range(max_iterations + 1):
        step = newton_step(now, start[0], largest_step)
        if np.abs(step).max() < CONVERGED:
            return here, now, start[0], iteration
        if iteration < max_iterations:
            info(f"Newton step {iteration + 1}")
            here, now = climb(evaluate, here, now[0], step)
    raise MaxIterationsReached(
        f"no convergence after {max_iterations} Newton steps; if more do not help either, the "
        "predictors may separate the outcomes"
    )


def require_information(information: Matrix) -> None:
    """Refuse predictors of which one follows from the others.

    Raises
    ------
    InputError
        When there is one.
    """
    scales = np.sqrt(np.diag(information))
    if not (scales > 0).all():
        raise InputError("a predictor has one single value in all rows that count")
    if np.linalg.eigvalsh(information / np.outer(scales, scales))[0] < SMALLEST_EIGENVALUE:
        raise InputError(
            "the predictors are collinear: at least one of them follows from the others"
        )


def newton_step(now: Likelihood, at_start: float, largest_step: float) -> Vector:
    """Step to the top of the parabola that fits here, nowhere longer than `largest_step`.

    Where the predictors separate the outcomes, the likelihood grows towards a bound that it never
    reaches: there is always a long step to go, and ever less to gain from it.

    Raises
    ------
    ConvergenceError
        When that is so.
    """
    _, gradient, information = now
    try:
        step: Vector = np.linalg.solve(information, gradient).astype(float)
    except np.linalg.LinAlgError as error:
        raise separated() from error
    longest = float(np.abs(step).max())
    if longest > LONG_STEP and step @ gradient / 2 < FLAT * abs(at_start):
        raise separated()
    return step * (largest_step / max(longest, largest_step))


def climb(
    evaluate: Evaluate, here: Vector, height: float, step: Vector
) -> tuple[Vector, Likelihood]:
    """The first point along the step that is not lower; the step is halved until there is one.

    Raises
    ------
    ConvergenceError
        When even the shortest step goes down.
    """
    for _ in range(HALVINGS):
        there = here + step
        now = evaluate(there)
        if now[0] >= height - ROUNDING * abs(height):
            return there, now
        info("The step was too long and is halved")
        step = step / 2
    raise ConvergenceError("no step of Newton's method increases the log likelihood")


def separated() -> ConvergenceError:
    """Why there is no maximum."""
    return ConvergenceError(
        "the predictors separate the outcomes (perfect or quasi-perfect separation): the log "
        "likelihood has no maximum, coefficients would grow without end. Leave a predictor out"
    )
