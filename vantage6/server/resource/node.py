"""/node: the stations where algorithms run."""

from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import operation
from vantage6.server.model import Node
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.answer import MessageView
from vantage6.server.schema.node import (
    NodeChange,
    NodeCreate,
    NodeCreatedView,
    NodeFilter,
    NodeView,
)
from vantage6.server.service import node as nodes
from vantage6.server.service.node import NodeBody, NodeQuery

_USER = frozenset({Kind.USER})
_USER_OR_NODE = frozenset({Kind.USER, Kind.NODE})


class NodeList(ApiResource):
    """All nodes."""

    @operation(
        ("node", Op.VIEW),
        callers=_USER_OR_NODE,
        query=NodeFilter,
        out=NodeView,
        is_paginated=True,
    )
    def get(self, actor: Principal, query: NodeQuery) -> Select[Any]:
        """List the nodes that you may see."""
        return nodes.list_(actor, query)

    @operation(
        ("node", Op.CREATE), callers=_USER, body=NodeCreate, out=NodeCreatedView, status=201
    )
    def post(self, actor: Principal, body: NodeBody) -> Node:
        """Create a node.

        The answer shows its API key, this once.
        """
        return nodes.create(actor, body)


class NodeItem(ApiResource):
    """One node."""

    @operation(("node", Op.VIEW), out=NodeView)
    def get(self, actor: Principal, node_id: int) -> Node:
        """Show a node."""
        return nodes.get(actor, node_id)

    @operation(("node", Op.EDIT), callers=_USER_OR_NODE, body=NodeChange, out=NodeView)
    def patch(self, actor: Principal, node_id: int, body: NodeBody) -> Node:
        """Change a node; what is left out or null stays as it is."""
        return nodes.update(actor, node_id, body)

    @operation(("node", Op.DELETE), callers=_USER, out=MessageView)
    def delete(self, actor: Principal, node_id: int) -> dict[str, Any]:
        """Delete a node; its key and tokens end with it."""
        nodes.delete(actor, node_id)
        return {"msg": f"node {node_id} is deleted"}
