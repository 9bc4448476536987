"""/task: questions that travel to the data."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource, Size
from vantage6.server.api.operation import operation
from vantage6.server.model import Task
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.answer import MessageView
from vantage6.server.schema.result import TaskResultView
from vantage6.server.schema.task import TaskCreate, TaskFilter, TaskView, TaskWithResultsView
from vantage6.server.service import task as tasks
from vantage6.server.service.task import TaskBody, TaskQuery


class TaskList(ApiResource):
    """All tasks."""

    @operation(
        ("task", Op.VIEW),
        query=TaskFilter,
        out=TaskView,
        including={"results": TaskWithResultsView},
        is_paginated=True,
    )
    def get(self, actor: Principal, query: TaskQuery, include_results: bool) -> Select[Any]:
        """List the tasks of your collaborations, newest first."""
        return tasks.list_(actor, replace(query, include_results=include_results))

    @operation(
        ("task", Op.CREATE),
        callers=frozenset({Kind.USER, Kind.CONTAINER}),
        body=TaskCreate,
        size=Size.PAYLOAD,
        out=TaskView,
        status=201,
    )
    def post(self, actor: Principal, body: TaskBody) -> Task:
        """Ask organizations of a collaboration to run an image.

        Each of them gets its own input, encrypted for it when the collaboration is encrypted.
        Their nodes hear of the task at once.
        """
        return tasks.create(actor, body)


class TaskItem(ApiResource):
    """One task."""

    @operation(("task", Op.VIEW), out=TaskView, including={"results": TaskWithResultsView})
    def get(self, actor: Principal, task_id: int, include_results: bool) -> Task:
        """Show a task."""
        return tasks.get(actor, task_id, include_results=include_results)

    @operation(("task", Op.DELETE), callers=frozenset({Kind.USER}), out=MessageView)
    def delete(self, actor: Principal, task_id: int) -> dict[str, Any]:
        """Delete a task with its results; what still runs is stopped."""
        tasks.delete(actor, task_id)
        return {"msg": f"task {task_id} is deleted"}


class TaskResults(ApiResource):
    """The results of one task."""

    @operation(
        ("result", Op.VIEW),
        callers=frozenset({Kind.USER, Kind.CONTAINER}),
        out=TaskResultView,
        is_paginated=True,
    )
    def get(self, actor: Principal, task_id: int) -> Select[Any]:
        """List the results of a task."""
        return tasks.results(actor, task_id)
