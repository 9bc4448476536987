"""Rows of runs, as the proxy answers them: which have failed, and what the others returned."""

from typing import Any

from vantage6.common.encoding import base64s_to_bytes
from vantage6.common.errors import PayloadError, RunFailed
from vantage6.common.status import FAILURES
from vantage6.tools.data_format import decode

Row = dict[str, Any]
_FAILED = frozenset(status.value for status in FAILURES)


def refuse_failures(task_id: int, runs: list[Row]) -> None:
    """Do nothing when no run of a task has failed.

    Raises
    ------
    RunFailed
        Says the organization and the status of each.
    """
    failed = [
        f"organization {_id(run['organization'])}: {reason}"
        for run in runs
        if (reason := failure(run)) is not None
    ]
    if failed:
        told = "; ".join(failed)
        raise RunFailed(f"{len(failed)} of {len(runs)} runs of task {task_id} failed: {told}")


def failure(run: Row) -> str | None:
    """Why a run has no result and will have none; None when it has one or goes on."""
    status = run.get("status")
    if status in _FAILED:
        return str(status)
    if run.get("finished_at") and not run.get("result"):
        return f"{status} without a result" if status else "no result"
    return None


def _id(reference: Any) -> Any:
    return reference["id"] if isinstance(reference, dict) else reference


def decoded(origin: str, text: str) -> Any:
    """What a run returned.

    Raises
    ------
    PayloadError
        When it cannot be read; names the origin.
    """
    try:
        return decode(base64s_to_bytes(text))
    except (ValueError, PayloadError) as error:
        raise PayloadError(
            f"a result of {origin} cannot be read; the run may use another version of pandas"
        ) from error
