"""Roles: named sets of rules, of an organization or shared by all."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import undefer_group

from vantage6.common.errors import InvalidInput, NotFound
from vantage6.server.model import Organization, Role, RoleRule, Rule, User, UserRole
from vantage6.server.model.base import LINKS
from vantage6.server.permission.policy import require, require_global, visible
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.roles import RESERVED_NAMES
from vantage6.server.permission.rules import Op
from vantage6.server.service import granting
from vantage6.server.service.filters import given, like_any, narrowed
from vantage6.server.service.holders import of_roles, of_rules
from vantage6.server.session import current_session


@dataclass(frozen=True, slots=True)
class RoleQuery:
    """Filters of a list; `name` and `description` are SQL patterns, one of which has to fit.

    `include_root` adds the shared roles to those of the organizations.
    """

    organization_id: Sequence[int] | None = None
    include_root: bool | None = None
    name: Sequence[str] | None = None
    description: Sequence[str] | None = None
    rule_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class RoleBody:
    """A role; None leaves a value as it is. `rules` are all that it holds.

    A `shared` role belongs to no organization: users of all of them can have it.
    """

    name: str | None = None
    description: str | None = None
    rules: Sequence[int] | None = None
    organization_id: int | None = None
    shared: bool | None = None


def list_(actor: Principal, query: RoleQuery) -> Select[Role]:
    """Roles that the actor may see."""
    rows = narrowed(
        visible(actor, "role", Op.VIEW, Role),
        given(query.organization_id, lambda ids: _of(ids, query.include_root)),
        like_any(Role.name, query.name),
        like_any(Role.description, query.description),
        given(query.rule_id, lambda id_: Role.id.in_(_with_rule(id_))),
        given(query.user_id, lambda id_: Role.id.in_(_with_user(actor, id_))),
    )
    return rows.order_by(Role.id).options(undefer_group(LINKS), of_roles(actor))


def get(actor: Principal, id_: int) -> Role:
    """One role."""
    role = Role.by_id(id_, undefer_group(LINKS), of_roles(actor))
    require(actor, "role", Op.VIEW, on=role)
    return role


def create(actor: Principal, body: RoleBody) -> Role:
    """A new role, of the actor's organization unless another is given or it is shared.

    Raises
    ------
    Forbidden
        Also when the actor lacks a rule that the role would hold.
    """
    organization = _owner(actor, body)
    name = _own_name(body.name or "")
    rules = granting.existing_rules(body.rules or ())
    granting.require_held(actor, rules=rules)
    return Role(
        name=name, description=body.description, organization=organization, rules=rules
    ).save()


def update(actor: Principal, id_: int, body: RoleBody) -> Role:
    """Change what is given.

    Raises
    ------
    Forbidden
        Also when the actor lacks a rule that is added or taken.
    """
    role = _changeable(actor, id_, Op.EDIT)
    name = role.name if body.name in (None, role.name) else _own_name(body.name or "")
    if body.rules is not None:
        rules = granting.existing_rules(body.rules)
        granting.require_held(actor, rules=set(rules) ^ set(role.rules))
        if set(role.rules) - set(rules):
            granting.require_one_almighty(without_role=role)
        role.rules = rules
    role.name = name
    if body.description is not None:
        role.description = body.description
    return _saved(actor, role)


def delete(actor: Principal, id_: int) -> None:
    """Remove a role; who has it loses it.

    Raises
    ------
    Forbidden
        Also when the actor lacks a rule that the role holds.
    """
    role = _changeable(actor, id_, Op.DELETE)
    granting.require_held(actor, rules=role.rules)
    granting.require_one_almighty(without_role=role)
    role.delete()


def rules(actor: Principal, id_: int) -> Select[Rule]:
    """Rules that a role holds."""
    get(actor, id_)
    held = select(RoleRule.c.rule_id).where(RoleRule.c.role_id == id_)
    return select(Rule).where(Rule.id.in_(held)).order_by(Rule.id).options(of_rules(actor))


def add_rule(actor: Principal, id_: int, rule_id: int) -> None:
    """Let a role hold one rule more; adding it again changes nothing."""
    role = _changeable(actor, id_, Op.EDIT)
    rule = Rule.by_id(rule_id)
    granting.require_held(actor, rules=[rule])
    if rule not in role.rules:
        role.rules.append(rule)
    role.save()


def remove_rule(actor: Principal, id_: int, rule_id: int) -> None:
    """Take one rule from a role.

    Raises
    ------
    NotFound
        When there is no such rule, or the role does not hold it.
    """
    role = _changeable(actor, id_, Op.DELETE)
    rule = Rule.by_id(rule_id)
    granting.require_held(actor, rules=[rule])
    if rule not in role.rules:
        raise NotFound(f"role {id_} does not hold rule {rule_id}")
    granting.require_one_almighty(without_role=role)
    role.rules.remove(rule)
    role.save()


def _owner(actor: Principal, body: RoleBody) -> Organization | None:
    if not body.shared:
        return granting.owner(actor, "role", body.organization_id)
    require_global(actor, "role", Op.CREATE)
    if body.organization_id is not None:
        raise InvalidInput("a shared role belongs to no organization")
    return None


def _own_name(name: str) -> str:
    if not name:
        raise InvalidInput("a role needs a name", fields={"name": "must not be empty"})
    if name in RESERVED_NAMES:
        raise InvalidInput(
            f"'{name}' is the name of a role that every server has",
            fields={"name": "is reserved"},
        )
    return name


def _changeable(actor: Principal, id_: int, op: Op) -> Role:
    role = Role.by_id(id_)
    require(actor, "role", op, on=role)
    if role.organization_id is None and role.name in RESERVED_NAMES:
        raise InvalidInput(f"'{role.name}' is the same on every server and cannot be changed")
    return role


def _saved(actor: Principal, role: Role) -> Role:
    role.save()
    # The ids in its links may have been read before.
    again = select(Role).where(Role.id == role.id).execution_options(populate_existing=True)
    return current_session().scalars(again.options(undefer_group(LINKS), of_roles(actor))).one()


def _of(organization_ids: Sequence[int], include_root: bool | None) -> ColumnElement[bool]:
    own = Role.organization_id.in_(organization_ids)
    return or_(own, Role.organization_id.is_(None)) if include_root else own


def _with_rule(rule_id: int) -> Select[int]:
    return select(RoleRule.c.role_id).where(RoleRule.c.rule_id == rule_id)


def _with_user(actor: Principal, user_id: int) -> Select[int]:
    # Who may not see a user does not learn its roles either.
    seen = visible(actor, "user", Op.VIEW, User).with_only_columns(User.id)
    return select(UserRole.c.role_id).where(
        UserRole.c.user_id == user_id, UserRole.c.user_id.in_(seen)
    )
