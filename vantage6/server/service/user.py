"""Users: who sees them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer_group

from vantage6.server.model import User, UserRole, UserRule
from vantage6.server.model.base import LINKS
from vantage6.server.permission.policy import require, visible
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.rules import Op
from vantage6.server.service.filters import equal, given, like, narrowed, since, until


@dataclass(frozen=True, slots=True)
class UserQuery:
    """Filters of a list; texts are SQL patterns, `rule_id` is about extra rules."""

    username: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    email: str | None = None
    organization_id: int | None = None
    role_id: int | None = None
    rule_id: int | None = None
    last_seen_from: datetime | None = None
    last_seen_till: datetime | None = None


def list_(actor: Principal, query: UserQuery) -> Select[User]:
    """Users that the actor may see."""
    rows = narrowed(
        visible(actor, "user", Op.VIEW, User),
        like(User.username, query.username),
        like(User.firstname, query.firstname),
        like(User.lastname, query.lastname),
        like(User.email, query.email),
        equal(User.organization_id, query.organization_id),
        given(query.role_id, lambda id_: User.id.in_(_with_role(id_))),
        given(query.rule_id, lambda id_: User.id.in_(_with_rule(id_))),
        since(User.last_seen, query.last_seen_from),
        until(User.last_seen, query.last_seen_till),
    )
    return rows.order_by(User.id).options(undefer_group(LINKS))


def get(actor: Principal, id_: int) -> User:
    """One user."""
    user = User.by_id(id_, undefer_group(LINKS))
    require(actor, "user", Op.VIEW, on=user)
    return user


def _with_role(role_id: int) -> Select[int]:
    return select(UserRole.c.user_id).where(UserRole.c.role_id == role_id)


def _with_rule(rule_id: int) -> Select[int]:
    return select(UserRule.c.user_id).where(UserRule.c.rule_id == rule_id)
