"""/organization: who takes part."""

from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import operation
from vantage6.server.model import Organization
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.collaboration import CollaborationView
from vantage6.server.schema.node import NodeView
from vantage6.server.schema.organization import (
    OrganizationChange,
    OrganizationCreate,
    OrganizationFilter,
    OrganizationView,
)
from vantage6.server.service import organization as organizations
from vantage6.server.service.organization import OrganizationBody, OrganizationQuery

_USER = frozenset({Kind.USER})
_USER_OR_NODE = frozenset({Kind.USER, Kind.NODE})


class OrganizationList(ApiResource):
    """All organizations."""

    @operation(
        ("organization", Op.VIEW),
        query=OrganizationFilter,
        out=OrganizationView,
        is_paginated=True,
    )
    def get(self, actor: Principal, query: OrganizationQuery) -> Select[Any]:
        """List the organizations that you may see."""
        return organizations.list_(actor, query)

    @operation(
        ("organization", Op.CREATE),
        callers=_USER,
        body=OrganizationCreate,
        out=OrganizationView,
        status=201,
    )
    def post(self, actor: Principal, body: OrganizationBody) -> Organization:
        """Create an organization."""
        return organizations.create(actor, body)


class OrganizationItem(ApiResource):
    """One organization."""

    @operation(("organization", Op.VIEW), out=OrganizationView)
    def get(self, actor: Principal, organization_id: int) -> Organization:
        """Show an organization."""
        return organizations.get(actor, organization_id)

    @operation(
        ("organization", Op.EDIT),
        callers=_USER_OR_NODE,
        body=OrganizationChange,
        out=OrganizationView,
    )
    def patch(
        self, actor: Principal, organization_id: int, body: OrganizationBody
    ) -> Organization:
        """Change an organization; what is left out or null stays as it is."""
        return organizations.update(actor, organization_id, body)


class OrganizationCollaborations(ApiResource):
    """The collaborations of one organization."""

    @operation(
        ("collaboration", Op.VIEW), callers=_USER_OR_NODE, out=CollaborationView, is_list=True
    )
    def get(self, actor: Principal, organization_id: int) -> Select[Any]:
        """List the collaborations of an organization."""
        return organizations.collaborations(actor, organization_id)


class OrganizationNodes(ApiResource):
    """The nodes of one organization."""

    @operation(("node", Op.VIEW), callers=_USER_OR_NODE, out=NodeView, is_list=True)
    def get(self, actor: Principal, organization_id: int) -> Select[Any]:
        """List the nodes of an organization."""
        return organizations.nodes(actor, organization_id)
