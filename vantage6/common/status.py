"""States of a run, which of them are final, and which changes are legal.

A run is one organization's execution of a task (a *result* row on the 3.x wire).

===========================  ==================================================================
``pending``                  stored at the server, no node has taken it
``initializing``             the node has taken it and prepares the container
``active``                   the container runs
``completed``                the container ended with exit code 0; the result is stored
``failed``                   the node could not get the image for another reason than its name
``start failed``             the container could not be started
``non-existing Docker image``  the registry does not know the image
``crashed``                  the container ended with another exit code, or without an output
``killed by user``           stopped on request
``not allowed``              the policy of the node refuses it
``unknown error``            the node lost the container
===========================  ==================================================================
"""

from collections.abc import Iterable
from enum import Enum

from vantage6.common.errors import InvalidTransition


class TaskStatus(str, Enum):
    """State of a run, with the text that travels on the wire."""

    PENDING = "pending"
    INITIALIZING = "initializing"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    START_FAILED = "start failed"
    NO_DOCKER_IMAGE = "non-existing Docker image"
    CRASHED = "crashed"
    KILLED = "killed by user"
    NOT_ALLOWED = "not allowed"
    UNKNOWN_ERROR = "unknown error"


OPEN = frozenset({TaskStatus.PENDING, TaskStatus.INITIALIZING, TaskStatus.ACTIVE})
"""States of a run that has not ended."""

FINAL = frozenset(TaskStatus) - OPEN
"""States that never change again."""

FAILURES = FINAL - {TaskStatus.COMPLETED}
"""Final states without a usable result."""

_ORDER = (TaskStatus.PENDING, TaskStatus.INITIALIZING, TaskStatus.ACTIVE)

TRANSITIONS: dict[TaskStatus, frozenset[TaskStatus]] = {
    state: FINAL | frozenset(_ORDER[i:]) for i, state in enumerate(_ORDER)
} | {state: frozenset({state}) for state in FINAL}
"""Legal next states. Saying the present state again is legal: a repetition changes nothing."""

UNKNOWN = "unknown"
"""Status of a task without runs; 3.x has no member for it."""


def check_transition(old: TaskStatus, new: TaskStatus) -> None:
    """Refuse a change of state that is not in `TRANSITIONS`.

    Raises
    ------
    InvalidTransition
        When a run in state `old` cannot become `new`.
    """
    if new not in TRANSITIONS[old]:
        raise InvalidTransition(f"a run that is '{old.value}' cannot become '{new.value}'")


def task_status(runs: Iterable[TaskStatus | None]) -> str:
    """Status of a task from the states of its runs.

    Notes
    -----
    The order of precedence is 3.x's: any failure, then active, initializing, pending, completed.
    Rows of 3.5 and earlier carry no status; among others they count as failed.
    """
    states = set(runs)
    if not states - {None}:
        return UNKNOWN
    if None in states or states & FAILURES:
        return TaskStatus.FAILED.value
    for state in reversed(_ORDER):
        if state in states:
            return state.value
    return TaskStatus.COMPLETED.value
