"""States of a run and of a task, exhaustively."""

from itertools import combinations_with_replacement, product

import pytest
from vantage6.common.errors import InvalidTransition
from vantage6.common.status import (
    FAILURES,
    FINAL,
    OPEN,
    UNKNOWN,
    TaskStatus,
    check_transition,
    task_status,
)

PENDING, INITIALIZING, ACTIVE = TaskStatus.PENDING, TaskStatus.INITIALIZING, TaskStatus.ACTIVE
COMPLETED = TaskStatus.COMPLETED


def test_texts_are_those_of_3x() -> None:
    assert {state.value for state in TaskStatus} == {
        "pending",
        "initializing",
        "active",
        "completed",
        "failed",
        "start failed",
        "non-existing Docker image",
        "crashed",
        "killed by user",
        "not allowed",
        "unknown error",
    }


def test_every_state_is_open_or_final() -> None:
    assert set(TaskStatus) == OPEN | FINAL
    assert not OPEN & FINAL
    assert FAILURES | {COMPLETED} == FINAL


def is_legal(old: TaskStatus, new: TaskStatus) -> bool:
    order = [PENDING, INITIALIZING, ACTIVE]
    if old in FINAL:
        return new is old
    return new in FINAL or order.index(new) >= order.index(old)


@pytest.mark.parametrize(("old", "new"), list(product(TaskStatus, TaskStatus)))
def test_change_of_state_is_legal_only_forwards(old: TaskStatus, new: TaskStatus) -> None:
    if is_legal(old, new):
        check_transition(old, new)
        return

    with pytest.raises(InvalidTransition, match=f"'{old.value}' cannot become '{new.value}'"):
        check_transition(old, new)


def expected(runs: tuple[TaskStatus | None, ...]) -> str:
    if all(run is None for run in runs):
        return UNKNOWN
    if any(run is None or run in FAILURES for run in runs):
        return "failed"
    for state in (ACTIVE, INITIALIZING, PENDING):
        if state in runs:
            return state.value
    return "completed"


def test_status_of_a_task_follows_the_precedence_of_3x() -> None:
    states: list[TaskStatus | None] = [*TaskStatus, None]

    for length in range(4):
        for runs in combinations_with_replacement(states, length):
            assert task_status(runs) == expected(runs), runs


def test_task_without_runs_is_unknown() -> None:
    assert task_status([]) == "unknown"


def test_rows_of_3_5_without_a_status_are_unknown_alone_and_failed_among_others() -> None:
    assert task_status([None, None]) == "unknown"
    assert task_status([None, COMPLETED]) == "failed"


def test_states_may_come_from_any_iterable() -> None:
    assert task_status(state for state in (COMPLETED, ACTIVE)) == "active"
