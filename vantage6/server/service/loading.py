"""What lists of tasks and results read along, so that their number of statements is constant."""

from sqlalchemy.orm import joinedload, selectinload, undefer, undefer_group
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.orm.strategy_options import _AbstractLoad

from vantage6.server.model import Node, Result, Task
from vantage6.server.model.result import PAYLOAD


def with_task(*, include_results: bool) -> tuple[ORMOption, ...]:
    """Options of a select of tasks: the state of their runs, or everything about these."""
    runs = selectinload(Task.results)
    if include_results:
        runs = runs.undefer_group(PAYLOAD).options(*_around_result())
    return undefer(Task.child_ids), runs


def with_result(*, include_task: bool) -> tuple[ORMOption, ...]:
    """Options of a select of results: payload, node and ports, and perhaps the whole task."""
    options = (undefer_group(PAYLOAD), *_around_result())
    if not include_task:
        return options
    task = joinedload(Result.task, innerjoin=True)
    return *options, task.undefer(Task.child_ids), task.selectinload(Task.results)


def _around_result() -> tuple[_AbstractLoad, ...]:
    return joinedload(Result.node).undefer(Node.config_ids), selectinload(Result.ports)
