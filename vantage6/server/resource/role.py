"""/role: named sets of rules."""

from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import operation
from vantage6.server.model import Role
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.answer import EmptyView, MessageView
from vantage6.server.schema.role import RoleChange, RoleCreate, RoleFilter, RoleView
from vantage6.server.schema.rule import RuleView
from vantage6.server.service import role as roles
from vantage6.server.service.role import RoleBody, RoleQuery

_USER = frozenset({Kind.USER})


class RoleList(ApiResource):
    """All roles."""

    @operation(("role", Op.VIEW), callers=_USER, query=RoleFilter, out=RoleView, is_paginated=True)
    def get(self, actor: Principal, query: RoleQuery) -> Select[Any]:
        """List the roles that you may see; everybody sees their own."""
        return roles.list_(actor, query)

    @operation(("role", Op.CREATE), callers=_USER, body=RoleCreate, out=RoleView, status=201)
    def post(self, actor: Principal, body: RoleBody) -> Role:
        """Create a role from rules that you have yourself.

        It belongs to your organization, unless you give another one. With the global permission
        and `shared` it belongs to none, and users of every organization can have it.
        """
        return roles.create(actor, body)


class RoleItem(ApiResource):
    """One role."""

    @operation(("role", Op.VIEW), callers=_USER, out=RoleView)
    def get(self, actor: Principal, role_id: int) -> Role:
        """Show a role."""
        return roles.get(actor, role_id)

    @operation(("role", Op.EDIT), callers=_USER, body=RoleChange, out=RoleView)
    def patch(self, actor: Principal, role_id: int, body: RoleBody) -> Role:
        """Change a role; what is left out or null stays as it is."""
        return roles.update(actor, role_id, body)

    @operation(("role", Op.DELETE), callers=_USER, out=MessageView)
    def delete(self, actor: Principal, role_id: int) -> dict[str, Any]:
        """Delete a role; who has it loses it."""
        roles.delete(actor, role_id)
        return {"msg": f"role {role_id} is deleted"}


class RoleRules(ApiResource):
    """The rules of one role."""

    @operation(("role", Op.VIEW), callers=_USER, out=RuleView, is_paginated=True)
    def get(self, actor: Principal, role_id: int) -> Select[Any]:
        """List the rules of a role."""
        return roles.rules(actor, role_id)


class RoleRuleItem(ApiResource):
    """One rule of one role."""

    # The empty answers are those of 3.x.
    @operation(("role", Op.EDIT), callers=_USER, out=EmptyView, status=201)
    def post(self, actor: Principal, role_id: int, rule_id: int) -> dict[str, Any]:
        """Add a rule to a role; you can give only what you have yourself."""
        roles.add_rule(actor, role_id, rule_id)
        return {}

    @operation(("role", Op.DELETE), callers=_USER, out=EmptyView)
    def delete(self, actor: Principal, role_id: int, rule_id: int) -> dict[str, Any]:
        """Take a rule from a role; you can take only what you have yourself."""
        roles.remove_rule(actor, role_id, rule_id)
        return {}
