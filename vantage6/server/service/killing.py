"""Stopping runs.

A kill is asked for by a user and confirmed by the node: the row of a run that a node has taken
becomes ``killed by user`` when the node says so, and not before. A run that no node has taken is
killed at once. Either way the nodes hear of every run that was open, because one of them may just
have started it.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager

from vantage6.common import rooms
from vantage6.common.errors import InvalidInput
from vantage6.common.events import KillContainers, KillEntry, StatusUpdate
from vantage6.common.status import OPEN, TaskStatus
from vantage6.server.model import Node, Result, Task
from vantage6.server.model.base import now
from vantage6.server.permission.policy import require
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.rules import Op
from vantage6.server.session import Announcement, current_session, hold, record


def kill_task(actor: Principal, task_id: int) -> None:
    """Stop every open run of a task and of all tasks below it.

    Raises
    ------
    InvalidInput
        When nothing is open.
    """
    task = Task.by_id(task_id)
    require(actor, "event", Op.CREATE, on=task)
    runs = open_runs(Task.id.in_(tree(task_id)))
    if not runs:
        raise InvalidInput(f"task {task_id} has ended already")
    _request(runs)
    announce(task.collaboration_id, runs)


def kill_node_tasks(actor: Principal, node_id: int) -> None:
    """Stop everything that runs at a node.

    Raises
    ------
    InvalidInput
        When the node is not online: nobody would hear it.
    """
    node = Node.by_id(node_id)
    require(actor, "event", Op.CREATE, on=node)
    if node.collaboration_id is None or not node.is_online:
        raise InvalidInput(f"node {node_id} is not online")
    _request(open_runs(*_of_node(node)))
    event = KillContainers(node.collaboration_id, node_id=node.id)
    record(Announcement(event, rooms.collaboration(node.collaboration_id)))


def open_runs(*which: ColumnElement[bool]) -> list[Result]:
    """Open runs that meet conditions on themselves or their tasks, held until the unit ends."""
    hold()
    rows = _open(*which).with_for_update(of=Result).execution_options(populate_existing=True)
    runs: list[Result] = []
    # While we waited for a run, its container may have asked for more: look until nothing is new.
    while len(found := list(current_session().scalars(rows))) > len(runs):
        runs = found
    return runs


def requested(node: Node) -> list[Result]:
    """Open runs of a node for which a kill was asked."""
    rows = _open(*_of_node(node), Result.kill_requested_at.is_not(None))
    return list(current_session().scalars(rows))


def tree(task_id: int) -> Select[int]:
    """Ids of a task and of all tasks below it, for use in a condition."""
    known = select(Task.id).where(Task.id == task_id).cte("tree", recursive=True)
    below = select(Task.id).join(known, Task.parent_id == known.c.id)
    return select(known.union_all(below).c.id)


def announce(collaboration_id: int, runs: Iterable[Result]) -> None:
    """Tell the nodes of a collaboration to stop these runs; without any, nothing is sent."""
    entries = tuple(KillEntry(run.task_id, run.id, run.organization_id) for run in runs)
    if entries:
        event = KillContainers(collaboration_id, entries)
        record(Announcement(event, rooms.collaboration(collaboration_id)))


def end(runs: Iterable[Result]) -> None:
    """Mark open runs as killed, because no node can report on them any more."""
    for run in runs:
        run.status, run.finished_at = TaskStatus.KILLED, now()
        concerned = rooms.of_run(run.task.collaboration_id, run.task.initiator_id)
        record(Announcement(StatusUpdate(run.id), concerned))


def _request(runs: Iterable[Result]) -> None:
    for run in runs:
        if run.status is TaskStatus.PENDING and run.started_at is None:
            end([run])
        else:
            run.kill_requested_at = run.kill_requested_at or now()


def _of_node(node: Node) -> tuple[ColumnElement[bool], ...]:
    return (
        Task.collaboration_id == node.collaboration_id,
        Result.organization_id == node.organization_id,
    )


def _open(*which: ColumnElement[bool]) -> Select[Result]:
    return (
        select(Result)
        .join(Result.task)
        .where(*which, Result.status.in_(OPEN))
        .order_by(Result.id)
        .options(contains_eager(Result.task))
    )
