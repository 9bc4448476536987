"""/result: what each organization's run of a task was given, and what came out."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource, Size
from vantage6.server.api.operation import operation
from vantage6.server.model import Result
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.result import (
    ResultChange,
    ResultFilter,
    ResultView,
    ResultWithTaskView,
)
from vantage6.server.service import result as results
from vantage6.server.service.result import ResultBody, ResultQuery


class ResultList(ApiResource):
    """All results."""

    @operation(
        ("result", Op.VIEW),
        query=ResultFilter,
        out=ResultView,
        including={"task": ResultWithTaskView},
        is_paginated=True,
    )
    def get(self, actor: Principal, query: ResultQuery, include_task: bool) -> Select[Any]:
        """List the results of your collaborations, newest first.

        A node finds its open runs with ``state=open&node_id=<its id>&include=task``, without what
        is large with ``longest_payload``: a number of characters.
        """
        return results.list_(actor, replace(query, include_task=include_task))


class ResultItem(ApiResource):
    """One result."""

    @operation(("result", Op.VIEW), out=ResultView, including={"task": ResultWithTaskView})
    def get(self, actor: Principal, result_id: int, include_task: bool) -> Result:
        """Show a result."""
        return results.get(actor, result_id, include_task=include_task)

    @operation(
        ("result", Op.EDIT),
        callers=frozenset({Kind.NODE}),
        body=ResultChange,
        size=Size.PAYLOAD,
        out=ResultView,
        may_be_brief=True,
    )
    def patch(
        self, actor: Principal, result_id: int, body: ResultBody, brief: bool
    ) -> Result | None:
        """Report on a run of your own; what is left out or null stays as it is.

        With the header ``Prefer: return=minimal`` (RFC 7240) the answer is an empty 204.
        """
        result = results.update(actor, result_id, body)
        if brief:
            return None
        result.show_payload()
        return result
