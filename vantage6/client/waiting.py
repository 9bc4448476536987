"""Waits until a task has ended, and says what failed.

The socket wakes it, see `vantage6.client.news`; in between it asks at growing intervals. One
question is one small request: the task without its payloads.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from vantage6.client.connection import Connection
from vantage6.client.logs import log
from vantage6.client.news import News
from vantage6.client.progress import Progress
from vantage6.client.resource.result import failure, has_failed
from vantage6.common.errors import RunFailed, WireError
from vantage6.common.waiting import FIRST_S, GROWTH, LONGEST_S, wait_until

Entry = dict[str, Any]
_LONGEST_WITH_SOCKET_S = 10.0
_MOST_SUBTASKS = 10
"""Failed sub-tasks that are looked into; one is usually the reason for all others."""
_LONGEST_LOG = 100_000


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
    watch = _Watch(connection, task_id)
    try:
        wait_until(
            watch.ask,
            lambda task: bool(task["complete"]),
            what=f"task {task_id}",
            timeout_s=timeout_s,
            interval_s=watch.intervals() if interval_s is None else interval_s,
            pause=watch.pause,
        )
    except KeyboardInterrupt:
        log.warning(
            "task %s goes on; client.wait_for_results(%s) waits for it again, and"
            " client.task.kill(%s) stops it",
            *[task_id] * 3,
        )
        raise
    finally:
        watch.close()


class _Watch:
    """One waiting: what is asked, and how it pauses in between."""

    def __init__(self, connection: Connection, task_id: int) -> None:
        self._connection, self._task_id = connection, task_id
        self._progress = Progress(task_id)
        self._news: News | None = None
        self._run_ids: frozenset[int] | None = None
        self._interval = FIRST_S

    def ask(self, left_s: float | None) -> Entry:
        """The task as it is now."""
        del left_s
        task: Entry = self._connection.api.get(f"task/{self._task_id}")
        self._run_ids = _ids(task.get("results"))
        if self._progress.is_shown:
            total = len(self._run_ids) if self._run_ids else None
            finished = total if task["complete"] else self._finished(total)
            self._progress.show(task.get("status") or "running", finished, total)
        return task

    def intervals(self) -> Iterator[float]:
        """Seconds between questions: they grow, and begin anew with each news."""
        while True:
            relies_on_socket = self._news is not None and self._news.has_told
            longest = _LONGEST_WITH_SOCKET_S if relies_on_socket else LONGEST_S
            interval = min(self._interval, longest)
            self._interval = interval * GROWTH
            yield interval

    def pause(self, seconds: float) -> None:
        """Wait so long, or until there is news; from the first pause on the socket is heard."""
        if self._news is None:
            self._news = self._connection.listen(
                self._connection.api, self._task_id, self._run_ids
            )
        if self._news.wait(seconds):
            # What was told may not be stored yet, so that it is asked for soon again.
            self._interval = FIRST_S

    def close(self) -> None:
        """Leave nothing behind."""
        self._progress.close()
        if self._news is not None:
            self._news.stop()

    def _finished(self, total: int | None) -> int | None:
        """How many runs have ended, from the number of pages with one open run each."""
        if not total or total == 1:
            return 0 if total else None
        one_by_one = {"page": 1, "per_page": 1, "include": "metadata", "longest_payload": 0}
        query = {"task_id": self._task_id, "state": "open", **one_by_one}
        try:
            answer = self._connection.api.get("result", query)
        except WireError as error:
            log.debug("the runs of task %s cannot be counted: %s", self._task_id, error)
            return None
        if not isinstance(answer, dict) or "links" not in answer:
            return None  # a server that is too old for pages
        last = parse_qs(urlsplit(answer["links"].get("last", "")).query).get("page")
        return max(0, total - (int(last[0]) if last else len(answer["data"])))


def refuse_failures(connection: Connection, task_id: int, results: list[Entry]) -> None:
    """Raise when a run ended without a result.

    Raises
    ------
    RunFailed
        Naming organization, status and what the log says first about an error; and what failed
        below, where runs asked for more.
    """
    failed = [result for result in results if has_failed(result)]
    if failed:
        told = "; ".join(_told(connection, result) for result in failed)
        below = "; ".join(_failed_below(connection, task_id))
        raise RunFailed(
            f"{len(failed)} of {len(results)} runs of task {task_id} failed: {told}. "
            + (f"Of its sub-tasks: {below}. " if below else "")
            + f"client.result.from_task({task_id}) gives what there is"
        )


def _failed_below(connection: Connection, task_id: int) -> Iterator[str]:
    """What failed in the sub-tasks of a task, as far as this user may see it."""
    tasks = {"parent_id": task_id, "status": "failed", "page": 1, "per_page": _MOST_SUBTASKS}
    try:
        for task in connection.api.get("task", tasks):
            runs = {"task_id": task["id"], "longest_payload": _LONGEST_LOG}
            for run in connection.api.get("result", runs):
                if reason := failure(run):
                    name = _organization_name(connection, run["organization"])
                    yield f"task {task['id']} at {name}: {reason}"
    except WireError as error:
        log.debug("the sub-tasks of task %s cannot be seen: %s", task_id, error)


def _told(connection: Connection, result: Mapping[str, Any]) -> str:
    return f"{_organization_name(connection, result['organization'])}: {result['error']}"


def _organization_name(connection: Connection, reference: Any) -> str:
    id_ = reference["id"] if isinstance(reference, dict) else reference
    try:
        return str(connection.api.get(f"organization/{id_}")["name"])
    except WireError:
        return f"organization {id_}"


def _ids(links: Any) -> frozenset[int] | None:
    return frozenset(link["id"] for link in links) if links else None
