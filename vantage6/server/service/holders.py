"""Who has a role or a rule, as far as who asks may see these users."""

from sqlalchemy import ScalarSelect, Table
from sqlalchemy.orm import InstrumentedAttribute, with_expression
from sqlalchemy.orm.interfaces import ORMOption

from vantage6.server.model import Role, Rule, User, UserRole, UserRule
from vantage6.server.model.base import joined
from vantage6.server.permission.policy import visible
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.rules import Op


def of_roles(actor: Principal) -> ORMOption:
    """Option of a select of roles."""
    return with_expression(Role.user_ids, _seen(actor, UserRole, "role_id", Role.id))


def of_rules(actor: Principal) -> ORMOption:
    """Option of a select of rules; users who have it through a role are not among them."""
    return with_expression(Rule.user_ids, _seen(actor, UserRule, "rule_id", Rule.id))


def _seen(
    actor: Principal, links: Table, by: str, own: InstrumentedAttribute[int]
) -> ScalarSelect[tuple[int, ...]]:
    other = links.alias()
    seen = visible(actor, "user", Op.VIEW, User).with_only_columns(User.id)
    statement = joined(other.c.user_id).where(other.c[by] == own, other.c.user_id.in_(seen))
    return statement.correlate(own.class_).scalar_subquery()
