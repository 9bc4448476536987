"""Tasks: asking organizations to run an image."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, select

from vantage6.common import rooms
from vantage6.common.errors import Forbidden, InvalidInput
from vantage6.common.events import Event, NewTask, TaskCreated
from vantage6.common.status import FAILURES, UNKNOWN, TaskStatus
from vantage6.server.model import Collaboration, Result, Task
from vantage6.server.permission.policy import require, visible
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.service import killing
from vantage6.server.service.filters import equal, given, like, narrowed
from vantage6.server.service.loading import with_result, with_task
from vantage6.server.service.recipients import (
    TaskOrganization,
    members_of,
    require_allowed,
    require_encrypted,
    require_reachable,
)
from vantage6.server.session import Announcement, record

__all__ = [
    "TaskBody",
    "TaskOrganization",
    "TaskQuery",
    "create",
    "delete",
    "get",
    "list_",
    "listed",
    "results",
]

_PRECEDENCE: tuple[tuple[str, frozenset[TaskStatus]], ...] = (
    (TaskStatus.FAILED.value, FAILURES),
    (TaskStatus.ACTIVE.value, frozenset({TaskStatus.ACTIVE})),
    (TaskStatus.INITIALIZING.value, frozenset({TaskStatus.INITIALIZING})),
    (TaskStatus.PENDING.value, frozenset({TaskStatus.PENDING})),
    (TaskStatus.COMPLETED.value, frozenset({TaskStatus.COMPLETED})),
    (UNKNOWN, frozenset()),
)
"""States of a task: that of the first group in which one of its runs is (`common.status`)."""


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Filters of a list; texts are SQL patterns, except for `status`."""

    name: str | None = None
    description: str | None = None
    image: str | None = None
    database: str | None = None
    status: str | None = None
    initiator_id: int | None = None
    init_user_id: int | None = None
    collaboration_id: int | None = None
    parent_id: int | None = None
    run_id: int | None = None
    result_id: int | None = None
    include_results: bool = False


@dataclass(frozen=True, slots=True)
class TaskBody:
    """What is to be run, and where."""

    collaboration_id: int
    organizations: Sequence[TaskOrganization]
    image: str
    name: str | None = None
    description: str | None = None
    database: str | None = None


def list_(actor: Principal, query: TaskQuery) -> Select[Task]:
    """Tasks that the actor may see, newest first."""
    rows = narrowed(
        visible(actor, "task", Op.VIEW, Task),
        like(Task.name, query.name),
        like(Task.description, query.description),
        like(Task.image, query.image),
        like(Task.database, query.database),
        given(query.status, _has_status),
        equal(Task.initiator_id, query.initiator_id),
        equal(Task.init_user_id, query.init_user_id),
        equal(Task.collaboration_id, query.collaboration_id),
        equal(Task.parent_id, query.parent_id),
        equal(Task.run_id, query.run_id),
        given(query.result_id, _with_result),
    )
    return listed(actor, rows, include_results=query.include_results)


def get(actor: Principal, id_: int, *, include_results: bool = False) -> Task:
    """One task."""
    task = Task.by_id(id_, *with_task(actor, include_results=include_results))
    require(actor, "task", Op.VIEW, on=task)
    return task


def results(actor: Principal, task_id: int) -> Select[Result]:
    """Runs of a task, in the order of the organizations that were asked."""
    task = Task.by_id(task_id)
    require(actor, "result", Op.VIEW, on=task)
    rows = visible(actor, "result", Op.VIEW, Result).where(Result.task_id == task_id)
    return rows.order_by(Result.id).options(*with_result(actor, include_task=False))


def create(actor: Principal, body: TaskBody) -> Task:
    """Store a task with a run for each organization, and tell the nodes.

    Everything is checked before anything is stored.

    Raises
    ------
    NotFound
        When the collaboration does not exist.
    Forbidden
        When the actor may not ask this collaboration, or, as a container, for this image.
    InvalidInput
        When one of the organizations cannot be asked, or not like this.
    """
    collaboration = Collaboration.by_id(body.collaboration_id)
    members = members_of(collaboration.id)
    if actor.organization_id not in members:
        raise Forbidden("your organization does not take part in this collaboration")
    require(actor, "task", Op.CREATE, on=collaboration)
    parent = _require_parent(actor, body) if actor.kind is Kind.CONTAINER else None
    if not body.image.strip():
        raise InvalidInput("say which image is to be run")
    require_reachable(members, body.organizations)
    if actor.kind is Kind.USER:
        require_allowed(actor, members, [organization.id for organization in body.organizations])
    if collaboration.encrypted:
        require_encrypted(body.organizations)
    task = _stored(actor, body, parent)
    _announce(task, TaskCreated(task.id, task.run_id, collaboration.id, task.initiator_id))
    _announce(task, NewTask(task.id))
    return task


def delete(actor: Principal, id_: int) -> None:
    """Remove a task and all tasks below it, with their runs; what still runs is stopped."""
    task = Task.by_id(id_)
    require(actor, "task", Op.DELETE, on=task)
    killing.announce(task.collaboration_id, killing.open_runs(Task.id.in_(killing.tree(id_))))
    task.delete()


def listed(actor: Principal, rows: Select[Task], *, include_results: bool = False) -> Select[Task]:
    """A selection of tasks as lists show it: newest first, with what belongs to it."""
    options = with_task(actor, include_results=include_results)
    return rows.order_by(Task.id.desc()).options(*options)


def _require_parent(actor: Principal, body: TaskBody) -> Task:
    """The task that the container belongs to, whose run goes on."""
    # Held, so that a kill either sees the sub-task or comes first.
    run = Result.held(actor.result_id or 0)
    if run.complete:
        raise Forbidden("the run that asks has ended")
    if run.kill_requested_at is not None:
        raise Forbidden("this task is being killed")
    if body.image != actor.image:
        raise Forbidden("a container can only ask for its own image")
    return run.task


def _stored(actor: Principal, body: TaskBody, parent: Task | None) -> Task:
    task = Task(
        name=body.name or "",
        description=body.description or "",
        image=body.image,
        database=body.database or "",
        collaboration_id=body.collaboration_id,
        initiator_id=actor.organization_id,
        init_user_id=actor.id if parent is None else parent.init_user_id,
        parent_id=parent.id if parent else None,
        run_id=parent.run_id if parent else 0,
        results=[
            Result(organization_id=organization.id, input=organization.input)
            for organization in body.organizations
        ],
    ).save()
    if parent is None:
        # The id of the root is a number that no other tree has or ever will have, without a lock.
        task.run_id = task.id
    task.save()
    for result in task.results:
        result.let_go_of_payload()
    return task


def _announce(task: Task, event: Event) -> None:
    record(Announcement(event, rooms.collaboration(task.collaboration_id)))


def _with_result(result_id: int) -> ColumnElement[bool]:
    return Task.id == select(Result.task_id).where(Result.id == result_id).scalar_subquery()


def _has_status(status: str) -> ColumnElement[bool]:
    above: set[TaskStatus] = set()
    for name, group in _PRECEDENCE:
        if name == status:
            present = _has_run(group) if group else not_(_has_run(frozenset(TaskStatus)))
            return and_(present, not_(_has_run(frozenset(above))))
        above |= group
    return false()


def _has_run(states: frozenset[TaskStatus]) -> ColumnElement[bool]:
    return exists().where(Result.task_id == Task.id, Result.status.in_(states))
