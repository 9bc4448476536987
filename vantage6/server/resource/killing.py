"""/kill: stop what runs."""

from typing import Any

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import operation
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.answer import MessageView
from vantage6.server.schema.reference import Reference, ReferenceBody
from vantage6.server.service import killing

_USER = frozenset({Kind.USER})


class KillTask(ApiResource):
    """Stopping a task."""

    @operation(("event", Op.CREATE), callers=_USER, body=Reference, out=MessageView)
    def post(self, actor: Principal, body: ReferenceBody) -> dict[str, Any]:
        """Stop every run of a task and of its sub-tasks.

        A run is killed when its node says so.
        """
        killing.kill_task(actor, body.id)
        return {"msg": f"the nodes are asked to stop task {body.id}"}


class KillNodeTasks(ApiResource):
    """Stopping a node's tasks."""

    @operation(("event", Op.CREATE), callers=_USER, body=Reference, out=MessageView)
    def post(self, actor: Principal, body: ReferenceBody) -> dict[str, Any]:
        """Stop every run at a node."""
        killing.kill_node_tasks(actor, body.id)
        return {"msg": f"node {body.id} is asked to stop all its runs"}
