"""What lists of tasks and results read along, so that their number of statements is constant."""

from sqlalchemy import ColumnElement, and_, case, func, null
from sqlalchemy.orm import (
    InstrumentedAttribute,
    joinedload,
    selectinload,
    undefer,
    with_expression,
)
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.orm.strategy_options import _AbstractLoad

from vantage6.server.model import Node, Result, Task
from vantage6.server.permission.payload import readable
from vantage6.server.permission.principal import Principal


def with_task(actor: Principal, *, include_results: bool) -> tuple[ORMOption, ...]:
    """Options of a select of tasks: the state of their runs, or everything about these."""
    runs = selectinload(Task.results)
    if not include_results:
        return undefer(Task.child_ids), _states(runs)
    # Ports are few, and read along with their runs instead of in one more statement.
    around = (*_payload(actor), _node(), joinedload(Result.ports))
    return undefer(Task.child_ids), runs.options(*around)


def with_result(
    actor: Principal, *, include_task: bool, alone: bool = False, longest: int | None = None
) -> tuple[ORMOption, ...]:
    """Options of a select of results: payload, node and ports, and perhaps the whole task.

    Parameters
    ----------
    actor
        Who asks; of the payload it gets what it may read.
    include_task
        Whether the task is read along.
    alone
        Whether it is about one result. Of several, the database could not tell which are on a
        page if ports were read in the same statement.
    longest
        Inputs, results and logs with more characters are not read; None reads all.
    """
    ports = joinedload(Result.ports) if alone else selectinload(Result.ports)
    options = (*_payload(actor, longest), _node(), ports)
    if not include_task:
        return options
    task = joinedload(Result.task, innerjoin=True)
    return *options, task.undefer(Task.child_ids), _states(task.selectinload(Task.results))


def _payload(actor: Principal, longest: int | None = None) -> tuple[_AbstractLoad, ...]:
    may_read = readable(actor)
    pairs = (
        (Result.shown_input, Result.input),
        (Result.shown_result, Result.result),
        (Result.shown_log, Result.log),
    )
    if longest == 0:
        # Not even their length is read, which takes SQLite as long as reading them.
        return tuple(with_expression(shown, null()) for shown, _ in pairs)

    def is_shown(column: InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
        return may_read if longest is None else and_(may_read, func.length(column) <= longest)

    return tuple(
        with_expression(shown, case((is_shown(column), column))) for shown, column in pairs
    )


def _node() -> _AbstractLoad:
    return joinedload(Result.node).undefer(Node.config_ids)


def _states(runs: _AbstractLoad) -> _AbstractLoad:
    """No more of the runs than the state of their task needs."""
    return runs.load_only(Result.status, Result.finished_at)
