"""How the end-to-end tests ask a federation for something and wait for it."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from vantage6.client import Client


def ask(client: Client, image: str, method: str, organizations: list[int], **kwargs: Any) -> int:
    """Send a task; its id."""
    master = method == "master"
    task = client.task.create(
        collaboration=1,
        organizations=organizations,
        name=method,
        image=image,
        description="",
        input={"method": method, "master": master, "kwargs": kwargs},
    )
    return int(task["id"])


def own_organization(client: Client) -> int:
    whoami = client.whoami
    assert whoami is not None
    return whoami.organization_id


def until(condition: Callable[[], Any], limit_s: float = 60) -> Any:
    """Wait until something is true, and give it."""
    deadline = time.monotonic() + limit_s
    while True:
        # A folder may be removed while somebody looks through it.
        with suppress(FileNotFoundError):
            if value := condition():
                return value
        assert time.monotonic() < deadline, f"not true within {limit_s} s: {condition}"
        time.sleep(0.05)


def only_result(client: Client, task_id: int) -> dict[str, Any]:
    """Row of the only run of a task, without the node: that one lives on."""
    (result,) = client.result.from_task(task_id)
    return {key: value for key, value in result.items() if key != "node"}


def wait_for_status(client: Client, task_id: int, status: str) -> dict[str, Any]:
    """Wait until the only run of a task has a status; its row."""

    def reached() -> dict[str, Any] | None:
        row = only_result(client, task_id)
        return row if row["status"] == status else None

    return dict(until(reached))
