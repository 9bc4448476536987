"""Ports that runs open for other runs, and where these find them in the VPN."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select

from vantage6.common.errors import InvalidInput
from vantage6.server.model import Node, Port, Result, Task
from vantage6.server.permission.policy import require, visible
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.rules import Op
from vantage6.server.service.filters import equal, given, narrowed
from vantage6.server.session import current_session


@dataclass(frozen=True, slots=True)
class PortQuery:
    """Filters of a list; `run_id` is that of the tasks."""

    result_id: int | None = None
    task_id: int | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class PortBody:
    """A port that a run has opened."""

    port: int
    result_id: int
    label: str | None = None


@dataclass(frozen=True, slots=True)
class RunOfPorts:
    """The run whose ports are meant."""

    result_id: int


@dataclass(frozen=True, slots=True)
class AddressQuery:
    """Whose addresses a container asks for; its own task's, unless something else is said."""

    only_children: bool = False
    only_parent: bool = False
    include_children: bool = False
    include_parent: bool = False
    label: str | None = None


def list_(actor: Principal, query: PortQuery) -> Select[Port]:
    """Ports that the actor may see, newest first."""
    rows = narrowed(
        visible(actor, "port", Op.VIEW, Port),
        equal(Port.result_id, query.result_id),
        given(query.task_id, lambda id_: _of_tasks(Result.task_id == id_)),
        given(query.run_id, lambda id_: _of_tasks(Result.task_id.in_(_tree(id_)))),
    )
    return rows.order_by(Port.id.desc())


def get(actor: Principal, id_: int) -> Port:
    """One port."""
    port = Port.by_id(id_)
    require(actor, "port", Op.VIEW, on=port)
    return port


def create(actor: Principal, body: PortBody) -> Port:
    """Note that a run of the node has opened a port.

    Raises
    ------
    Forbidden
        When the run is not the node's.
    """
    result = Result.by_id(body.result_id)
    require(actor, "port", Op.CREATE, on=result)
    return Port(port=body.port, label=body.label, result_id=result.id).save()


def delete_of(actor: Principal, result_id: int) -> None:
    """Forget all ports of a run; nodes do so after every run, whether it had any or not.

    Raises
    ------
    Forbidden
        When the run is not the node's.
    """
    result = Result.by_id(result_id)
    require(actor, "port", Op.DELETE, on=result)
    current_session().execute(delete(Port).where(Port.result_id == result.id))


def addresses(actor: Principal, query: AddressQuery) -> list[dict[str, Any]]:
    """Where the ports of related tasks are, as containers read it; in one statement.

    Raises
    ------
    InvalidInput
        When the query contradicts itself.
    """
    _require_sense(query)
    rows = (
        visible(actor, "port", Op.VIEW, Port)
        .join(Result, Result.id == Port.result_id)
        .join(Task, Task.id == Result.task_id)
        .outerjoin(
            Node,
            and_(
                Node.organization_id == Result.organization_id,
                Node.collaboration_id == Task.collaboration_id,
            ),
        )
        .where(_related(actor, query))
        .order_by(Port.id)
        .with_only_columns(
            Port.port, Port.label, Node.ip, Result.organization_id, Task.id, Task.parent_id
        )
    )
    if query.label is not None:
        rows = rows.where(Port.label == query.label)
    names = ("port", "label", "ip", "organization_id", "task_id", "parent_id")
    found = current_session().execute(rows)
    return [dict(zip(names, row, strict=True)) for row in found]


def _require_sense(query: AddressQuery) -> None:
    if query.only_children and (query.only_parent or query.include_parent):
        raise InvalidInput("'only_children' leaves out the parent; do not ask for it as well")
    if query.only_parent and query.include_children:
        raise InvalidInput("'only_parent' leaves out the children; do not ask for them as well")


def _related(actor: Principal, query: AddressQuery) -> ColumnElement[bool]:
    own, children = Task.id == actor.task_id, Task.parent_id == actor.task_id
    above = select(Task.parent_id).where(Task.id == actor.task_id).scalar_subquery()
    parent = Task.id == above
    if query.only_children:
        return children
    if query.only_parent:
        # A task without parent is its own, as in 3.x.
        return or_(parent, and_(own, Task.parent_id.is_(None)))
    wanted = [own]
    if query.include_children:
        wanted.append(children)
    if query.include_parent:
        wanted.append(parent)
    return or_(*wanted)


def _tree(run_id: int) -> Select[int]:
    return select(Task.id).where(Task.run_id == run_id)


def _of_tasks(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Port.result_id.in_(select(Result.id).where(condition))
