"""/collaboration: which organizations work together, and with which nodes."""

from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import operation
from vantage6.server.model import Collaboration
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.answer import MessageView
from vantage6.server.schema.collaboration import (
    CollaborationChange,
    CollaborationCreate,
    CollaborationFilter,
    CollaborationView,
    Member,
)
from vantage6.server.schema.node import NodeSimpleView
from vantage6.server.schema.organization import OrganizationView
from vantage6.server.schema.task import TaskView
from vantage6.server.service import collaboration as collaborations
from vantage6.server.service.collaboration import (
    CollaborationBody,
    CollaborationQuery,
    MemberBody,
)

_USER = frozenset({Kind.USER})


class CollaborationList(ApiResource):
    """All collaborations."""

    @operation(
        ("collaboration", Op.VIEW),
        callers=_USER,
        query=CollaborationFilter,
        out=CollaborationView,
        is_paginated=True,
    )
    def get(self, actor: Principal, query: CollaborationQuery) -> Select[Any]:
        """List the collaborations that you may see."""
        return collaborations.list_(actor, query)

    # 3.x answers 200 here, not 201, and its clients compare.
    @operation(
        ("collaboration", Op.CREATE),
        callers=_USER,
        body=CollaborationCreate,
        out=CollaborationView,
    )
    def post(self, actor: Principal, body: CollaborationBody) -> Collaboration:
        """Create a collaboration."""
        return collaborations.create(actor, body)


class CollaborationItem(ApiResource):
    """One collaboration."""

    @operation(("collaboration", Op.VIEW), out=CollaborationView)
    def get(self, actor: Principal, collaboration_id: int) -> Collaboration:
        """Show a collaboration."""
        return collaborations.get(actor, collaboration_id)

    @operation(
        ("collaboration", Op.EDIT), callers=_USER, body=CollaborationChange, out=CollaborationView
    )
    def patch(
        self, actor: Principal, collaboration_id: int, body: CollaborationBody
    ) -> Collaboration:
        """Change a collaboration; what is left out or null stays as it is."""
        return collaborations.update(actor, collaboration_id, body)

    @operation(("collaboration", Op.DELETE), callers=_USER, out=MessageView)
    def delete(self, actor: Principal, collaboration_id: int) -> dict[str, Any]:
        """Delete a collaboration with its nodes and tasks."""
        collaborations.delete(actor, collaboration_id)
        return {"msg": f"collaboration {collaboration_id} is deleted"}


class CollaborationOrganizations(ApiResource):
    """The organizations of one collaboration."""

    @operation(("collaboration", Op.VIEW), out=OrganizationView, is_paginated=True)
    def get(self, actor: Principal, collaboration_id: int) -> Select[Any]:
        """List the organizations of a collaboration."""
        return collaborations.organizations(actor, collaboration_id)

    @operation(
        ("collaboration", Op.EDIT),
        callers=_USER,
        body=Member,
        out=OrganizationView,
        is_list=True,
    )
    def post(self, actor: Principal, collaboration_id: int, body: MemberBody) -> Select[Any]:
        """Add an organization; the answer lists all members."""
        return collaborations.add_organization(actor, collaboration_id, body)

    @operation(
        ("collaboration", Op.DELETE),
        callers=_USER,
        body=Member,
        out=OrganizationView,
        is_list=True,
    )
    def delete(self, actor: Principal, collaboration_id: int, body: MemberBody) -> Select[Any]:
        """Remove an organization; the answer lists the members that are left."""
        return collaborations.remove_organization(actor, collaboration_id, body)


class CollaborationNodes(ApiResource):
    """The nodes of one collaboration."""

    @operation(("collaboration", Op.VIEW), callers=_USER, out=NodeSimpleView, is_paginated=True)
    def get(self, actor: Principal, collaboration_id: int) -> Select[Any]:
        """List the nodes of a collaboration."""
        return collaborations.nodes(actor, collaboration_id)

    @operation(
        ("collaboration", Op.EDIT),
        callers=_USER,
        body=Member,
        out=NodeSimpleView,
        is_list=True,
        status=201,
    )
    def post(self, actor: Principal, collaboration_id: int, body: MemberBody) -> Select[Any]:
        """Move a node to a collaboration; the answer lists all nodes there."""
        return collaborations.add_node(actor, collaboration_id, body)

    @operation(("collaboration", Op.EDIT), callers=_USER, body=Member, out=MessageView)
    def delete(self, actor: Principal, collaboration_id: int, body: MemberBody) -> dict[str, Any]:
        """Take a node out of a collaboration."""
        collaborations.remove_node(actor, collaboration_id, body)
        return {"msg": f"node {body.id} is no longer in collaboration {collaboration_id}"}


class CollaborationTasks(ApiResource):
    """The tasks of one collaboration."""

    @operation(
        ("task", Op.VIEW),
        callers=frozenset({Kind.USER, Kind.NODE}),
        out=TaskView,
        is_paginated=True,
    )
    def get(self, actor: Principal, collaboration_id: int) -> Select[Any]:
        """List the tasks of a collaboration."""
        return collaborations.tasks(actor, collaboration_id)
