"""/rule: what there is to be permitted."""

from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import operation
from vantage6.server.model import Rule
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.rule import RuleFilter, RuleView
from vantage6.server.service import rule as rules
from vantage6.server.service.rule import RuleQuery

_USER = frozenset({Kind.USER})


class RuleList(ApiResource):
    """All rules."""

    @operation(("rule", Op.VIEW), callers=_USER, query=RuleFilter, out=RuleView, is_paginated=True)
    def get(self, actor: Principal, query: RuleQuery) -> Select[Any]:
        """List the rules; those of a role only when you may see the role."""
        return rules.list_(actor, query)


class RuleItem(ApiResource):
    """One rule."""

    @operation(("rule", Op.VIEW), callers=_USER, out=RuleView)
    def get(self, actor: Principal, rule_id: int) -> Rule:
        """Show a rule."""
        return rules.get(actor, rule_id)
