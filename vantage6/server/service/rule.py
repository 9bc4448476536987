"""Rules: every user may look up what there is to be permitted."""

from dataclasses import dataclass

from sqlalchemy import Select, select

from vantage6.server.model import Role, RoleRule, Rule
from vantage6.server.permission.policy import require, visible
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service.filters import equal, given, narrowed
from vantage6.server.service.holders import of_rules


@dataclass(frozen=True, slots=True)
class RuleQuery:
    """Filters of a list; `name` is what a rule is about, such as ``task``."""

    name: str | None = None
    operation: Op | None = None
    scope: Scope | None = None
    role_id: int | None = None


def list_(actor: Principal, query: RuleQuery) -> Select[Rule]:
    """Rules, of a role that the actor may see when one is given."""
    rows = narrowed(
        visible(actor, "rule", Op.VIEW, Rule),
        equal(Rule.name, query.name),
        equal(Rule.operation, query.operation),
        equal(Rule.scope, query.scope),
        given(query.role_id, lambda id_: Rule.id.in_(_held_by(actor, id_))),
    )
    return rows.order_by(Rule.id).options(of_rules(actor))


def get(actor: Principal, id_: int) -> Rule:
    """One rule."""
    rule = Rule.by_id(id_, of_rules(actor))
    require(actor, "rule", Op.VIEW, on=rule)
    return rule


def _held_by(actor: Principal, role_id: int) -> Select[int]:
    seen = visible(actor, "role", Op.VIEW, Role).with_only_columns(Role.id)
    return select(RoleRule.c.rule_id).where(
        RoleRule.c.role_id == role_id, RoleRule.c.role_id.in_(seen)
    )
