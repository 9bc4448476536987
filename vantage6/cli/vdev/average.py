"""The average of a column: as a federated task, and by pandas with all rows in one place."""

import csv
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vantage6.cli.vdev.files import IMAGE
from vantage6.cli.vdev.progress import Progress
from vantage6.common.errors import InvalidInput, RunFailed, WaitTimeout
from vantage6.common.status import OPEN

if TYPE_CHECKING:
    from vantage6.client import Client

_POLL_S = 0.1
_LIMIT_S = 120
_LOG_LINES = 15


def federated_average(client: "Client", column: str, progress: Progress) -> float:
    """Average over all organizations of the client's collaboration, by a task of its own one.

    Parameters
    ----------
    client
        Logged in, with its key set up in an encrypted collaboration.
    column
        Name of a column with numbers.
    progress
        Is told how it goes.

    Raises
    ------
    RunFailed
        With the log of the algorithm.
    WaitTimeout
        When it takes longer than two minutes.
    """
    task = create_task(client, column)
    progress.step(f"task {task['id']} is at the server: {IMAGE}")
    deadline = time.monotonic() + _LIMIT_S
    while True:
        runs = _runs(client, task)
        progress.live(_summary(runs))
        if all(status not in OPEN for status in runs.values()):
            break
        if time.monotonic() > deadline:
            raise WaitTimeout(f"no answer within {_LIMIT_S} s; {_summary(runs)}")
        time.sleep(_POLL_S)
    (result,) = client.result.from_task(task["id"])
    if result["status"] != "completed" or "error" in result:
        raise RunFailed(_reason(result))
    return float(result["result"]["average"])


def create_task(client: "Client", column: str) -> Any:
    """Ask for the average of a column; gives the task as the server stored it."""
    (collaboration,) = client.collaboration.list()
    return client.task.create(
        collaboration=collaboration["id"],
        organizations=[client.organization.get()["id"]],
        name="average",
        image=IMAGE,
        description=f"average of {column}",
        input={"master": True, "method": "master", "kwargs": {"column_name": column}},
    )


def check_column(files: Sequence[Path], column: str) -> None:
    """Refuse a column that is not in every file.

    Raises
    ------
    InvalidInput
        With the columns that there are.
    """
    for file in files:
        with file.open(encoding="utf-8", newline="") as stream:
            columns = next(csv.reader(stream), [])
        if column not in columns:
            known = ", ".join(columns)
            raise InvalidInput(f"{file} has no column '{column}'; it has: {known}")


def pooled_average(files: Sequence[Path], column: str) -> float:
    """What pandas says when all rows are in one place."""
    import pandas

    tables = [pandas.read_csv(file, usecols=[column]) for file in files]
    return float(pandas.concat(tables)[column].mean())


def _runs(client: "Client", task: Any) -> dict[int, str]:
    """Status by result id of the task and of all its sub-tasks."""
    tasks = client.task.list(run=task["run_id"], include_results=True, include_metadata=False)
    return {run["id"]: run["status"] for each in tasks for run in each["results"]}


def _summary(runs: dict[int, str]) -> str:
    counts = Counter(runs.values())
    return f"{len(runs)} runs: " + ", ".join(f"{n} {status}" for status, n in counts.items())


def _reason(result: Any) -> str:
    lines = (result.get("log") or "").splitlines()[-_LOG_LINES:]
    words = "".join(f"\n    {line}" for line in lines)
    return f"the run is '{result['status']}'; {result.get('error', 'its log ends with:')}{words}"
