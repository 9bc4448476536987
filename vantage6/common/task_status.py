"""States of a run by the 3.x names of their module; they live in `vantage6.common.status`."""

from vantage6.common.status import FAILURES, FINAL, TaskStatus

__all__ = ["TaskStatus", "has_task_failed", "has_task_finished"]


def has_task_failed(status: TaskStatus | str) -> bool:
    """Whether a run, or a task, ended without a usable result."""
    return status in {failure.value for failure in FAILURES}


def has_task_finished(status: TaskStatus | str) -> bool:
    """Whether a run, or a task, has ended in whatever way."""
    return status in {final.value for final in FINAL}
