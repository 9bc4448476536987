"""Results: what nodes report about their runs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, select

from vantage6.common import rooms
from vantage6.common.encryption import is_envelope
from vantage6.common.errors import InvalidInput, InvalidTransition
from vantage6.common.events import AlgorithmStatusChange, Event, NodeStatusChange, StatusUpdate
from vantage6.common.status import OPEN, TaskStatus, check_transition
from vantage6.server.model import Node, Port, Result, Task
from vantage6.server.model.base import as_utc, now
from vantage6.server.permission.policy import require, visible
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.rules import Op
from vantage6.server.service.filters import equal, given, narrowed, since, until
from vantage6.server.service.loading import with_result
from vantage6.server.session import Announcement, record

_STATE_OPEN = "open"


@dataclass(frozen=True, slots=True)
class ResultQuery:
    """Filters of a list.

    `state` knows ``open`` only; `node_id` means the runs of that node; `port` is the number of a
    port that a run has opened. Of inputs, results and logs only those are shown that have no more
    than `longest_payload` characters.
    """

    task_id: int | None = None
    organization_id: int | None = None
    node_id: int | None = None
    port: int | None = None
    state: str | None = None
    assigned_from: datetime | None = None
    assigned_till: datetime | None = None
    started_from: datetime | None = None
    started_till: datetime | None = None
    finished_from: datetime | None = None
    finished_till: datetime | None = None
    longest_payload: int | None = None
    include_task: bool = False


@dataclass(frozen=True, slots=True)
class ResultBody:
    """What a node says about a run; None leaves a value as it is."""

    status: TaskStatus | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    result: str | None = None
    log: str | None = None


def list_(actor: Principal, query: ResultQuery) -> Select[Result]:
    """Results that the actor may see, newest first."""
    rows = narrowed(
        visible(actor, "result", Op.VIEW, Result),
        equal(Result.task_id, query.task_id),
        equal(Result.organization_id, query.organization_id),
        given(query.node_id, _of_node),
        given(query.port, _with_port),
        Result.status.in_(OPEN) if query.state == _STATE_OPEN else None,
        since(Result.assigned_at, query.assigned_from),
        until(Result.assigned_at, query.assigned_till),
        since(Result.started_at, query.started_from),
        until(Result.started_at, query.started_till),
        since(Result.finished_at, query.finished_from),
        until(Result.finished_at, query.finished_till),
    )
    options = with_result(actor, include_task=query.include_task, longest=query.longest_payload)
    return rows.order_by(Result.id.desc()).options(*options)


def get(actor: Principal, id_: int, *, include_task: bool = False) -> Result:
    """One result."""
    result = Result.by_id(id_, *with_result(actor, include_task=include_task, alone=True))
    require(actor, "result", Op.VIEW, on=result)
    return result


def update(actor: Principal, id_: int, body: ResultBody) -> Result:
    """Store what the node of a run says about it, and tell the collaboration.

    A run that ended never changes again, not even by the same words. A final state without a time
    ends now; a time without a state, as nodes of 3.5 send it, means that it completed.

    Raises
    ------
    Forbidden
        When the run is not the node's.
    InvalidTransition
        When the run has ended, or cannot come into that state from its present one.
    InvalidInput
        When the result is readable in an encrypted collaboration.
    """
    result = Result.held(id_)
    require(actor, "result", Op.EDIT, on=result)
    if result.complete:
        raise InvalidTransition(f"run {id_} is already finished: {result.status.value}")
    status = _next_status(result, body)
    if body.result and result.task.collaboration.encrypted and not is_envelope(body.result):
        raise InvalidInput("this collaboration is encrypted, but the result is not")
    result.status = status
    result.started_at = as_utc(body.started_at) if body.started_at else result.started_at
    # What is left out is not touched: it would be read first, and it can be large.
    if body.result is not None:
        result.result = body.result
    if body.log is not None:
        result.log = body.log
    if status not in OPEN:
        result.finished_at = as_utc(body.finished_at or now())
    _announce(result, StatusUpdate(result.id))
    result.save()
    result.let_go_of_payload()
    return result


def status_changed(actor: Principal, said: NodeStatusChange) -> None:
    """Pass on what a node says about a run of its own; ids are the database's, not the node's.

    Raises
    ------
    Forbidden
        When the run is not the node's.
    InvalidInput
        When there is no such state.
    """
    result = Result.by_id(said.result_id)
    require(actor, "result", Op.EDIT, on=result)
    if said.status not in {status.value for status in TaskStatus}:
        raise InvalidInput(f"there is no state '{said.status}'")
    task = result.task
    event = AlgorithmStatusChange(
        status=said.status,
        result_id=result.id,
        task_id=task.id,
        run_id=task.run_id,
        collaboration_id=task.collaboration_id,
        node_id=actor.id,
        organization_id=result.organization_id,
        parent_id=task.parent_id,
    )
    _announce(result, event)


def _next_status(result: Result, body: ResultBody) -> TaskStatus:
    status = body.status
    if status is None:
        status = TaskStatus.COMPLETED if body.finished_at else result.status
    elif body.finished_at is not None and status in OPEN:
        raise InvalidInput(f"a run that is '{status.value}' has no time of ending")
    check_transition(result.status, status)
    return status


def _announce(result: Result, event: Event) -> None:
    task = result.task
    record(Announcement(event, rooms.of_run(task.collaboration_id, task.initiator_id)))


def _of_node(node_id: int) -> ColumnElement[bool]:
    # Values, not a join: nodes ask every minute, and an index finds the rows of the organization.
    node = select(Node.organization_id).where(Node.id == node_id)
    place = select(Node.collaboration_id).where(Node.id == node_id).scalar_subquery()
    joined = exists().where(Task.id == Result.task_id, Task.collaboration_id == place)
    return and_(Result.organization_id == node.scalar_subquery(), joined)


def _with_port(number: int) -> ColumnElement[bool]:
    return Result.id.in_(select(Port.result_id).where(Port.port == number))
