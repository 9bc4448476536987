"""Waits until a task has ended, and says what failed.

`Connection.pause` is how it waits between two questions; whoever hears of news earlier, such as a
socket, puts something there that wakes up by itself.
"""

from typing import Any

from vantage6.client.connection import Connection
from vantage6.client.progress import ProgressLine
from vantage6.client.resource.result import NO_RESULT
from vantage6.common.errors import RunFailed, WireError
from vantage6.common.status import FAILURES
from vantage6.common.waiting import wait_until

_FAILED = frozenset(status.value for status in FAILURES)
_ERROR_TAG = "error"


def wait_for_task(
    connection: Connection,
    task_id: int,
    *,
    timeout_s: float | None = None,
    interval_s: float | None = None,
) -> None:
    """Return when all runs of a task have ended.

    Raises
    ------
    WaitTimeout
        When they have not in time; they go on.
    """
    progress = ProgressLine()

    def ask(left_s: float | None) -> dict[str, Any]:
        del left_s
        task: dict[str, Any] = connection.api.get(f"task/{task_id}")
        progress.show(f"waiting for task {task_id}: {task.get('status') or 'running'}")
        return task

    try:
        wait_until(
            ask,
            lambda task: bool(task["complete"]),
            what=f"task {task_id}",
            timeout_s=timeout_s,
            interval_s=interval_s,
            pause=connection.pause,
        )
    finally:
        progress.close()


def refuse_failures(connection: Connection, task_id: int, results: list[dict[str, Any]]) -> None:
    """Raise when a run ended without a result.

    Raises
    ------
    RunFailed
        Naming organization, status and what the log says first about an error.
    """
    failed = [result for result in results if _has_failed(result)]
    if failed:
        told = "; ".join(_told(connection, result) for result in failed)
        raise RunFailed(
            f"{len(failed)} of {len(results)} runs of task {task_id} failed: {told}. "
            f"client.result.from_task({task_id}) gives what there is"
        )


def _has_failed(result: dict[str, Any]) -> bool:
    # Rows of 3.5 servers have no status, and a published wrapper may end well without an output.
    return result.get("status") in _FAILED or result.get("error") == NO_RESULT


def _told(connection: Connection, result: dict[str, Any]) -> str:
    name = _organization_name(connection, result["organization"])
    line = _log_line(result.get("log") or "")
    return f"{name}: {result.get('status') or 'no result'}" + (f" ({line})" if line else "")


def _organization_name(connection: Connection, reference: Any) -> str:
    id_ = reference["id"] if isinstance(reference, dict) else reference
    try:
        return str(connection.api.get(f"organization/{id_}")["name"])
    except WireError:
        return f"organization {id_}"


def _log_line(log: str) -> str:
    """The first line about an error, else the first one; a log starts with what went well."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(_ERROR_TAG)]
    return (errors or lines or [""])[0]
