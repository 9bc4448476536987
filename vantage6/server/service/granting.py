"""Giving and taking rights: nobody gives or takes what they lack, and somebody keeps them all.

Words
-----
machine role
    `node` or `container`: what programs may do. No user can have it.
almighty
    A user who holds every rule there is, through roles or directly.
"""

from collections.abc import Iterable

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import selectinload

from vantage6.common.errors import Forbidden, InvalidInput, NotFound
from vantage6.server.model import (
    Authenticatable,
    Organization,
    Role,
    RoleRule,
    Rule,
    User,
    UserRole,
    UserRule,
)
from vantage6.server.permission.policy import grantable, require, require_global
from vantage6.server.permission.principal import ALL_RULES, Principal
from vantage6.server.permission.roles import MACHINE_NAMES
from vantage6.server.permission.rules import Op
from vantage6.server.service import principals
from vantage6.server.session import current_session, hold


def owner(actor: Principal, name: str, organization_id: int | None) -> Organization:
    """The organization that a new user or role is for, the actor's own by default.

    Raises
    ------
    Forbidden
        When the actor may not create such a thing there, whether the organization exists or not.
    NotFound
        When somebody who may create it anywhere names one that does not exist.
    """
    if organization_id not in (None, actor.organization_id):
        require_global(actor, name, Op.CREATE)
    organization = Organization.by_id(organization_id or actor.organization_id)
    require(actor, name, Op.CREATE, on=organization)
    return organization


def existing_roles(ids: Iterable[int]) -> list[Role]:
    """Roles by their ids, with their rules.

    Raises
    ------
    NotFound
        When one does not exist.
    """
    wanted = set(ids)
    found = list(
        current_session().scalars(
            select(Role)
            .where(Role.id.in_(wanted))
            .order_by(Role.id)
            .options(selectinload(Role.rules))
        )
    )
    _require_all("role", wanted, {role.id for role in found})
    return found


def existing_rules(ids: Iterable[int]) -> list[Rule]:
    """Rules by their ids.

    Raises
    ------
    NotFound
        When one does not exist.
    """
    wanted = set(ids)
    # There are few rules, and a caller can name any number of ids.
    found = [rule for rule in Rule.get() if rule.id in wanted]
    _require_all("rule", wanted, {rule.id for rule in found})
    return found


def require_held(actor: Principal, *, roles: Iterable[Role] = (), rules: Iterable[Rule]) -> None:
    """Refuse to give or take what the actor lacks; see `grantable`."""
    within = [rule for role in roles for rule in role.rules]
    grantable(actor, (rule.key for rule in (*within, *rules)))


def require_fitting(roles: Iterable[Role], organization_id: int) -> None:
    """Refuse roles that users of an organization cannot have.

    Raises
    ------
    Forbidden
        When a role belongs to another organization.
    InvalidInput
        When it is a machine role.
    """
    for role in roles:
        if role.organization_id not in (None, organization_id):
            raise Forbidden(f"role {role.id} belongs to another organization than the user")
        if role.organization_id is None and role.name in MACHINE_NAMES:
            raise InvalidInput(f"the role '{role.name}' is for programs, not for users")


def require_as_strong(actor: Principal, user: User) -> None:
    """Refuse what would give the actor the rights of a user who may do more.

    Whoever changes the mail address of a user can have a new password sent there.

    Raises
    ------
    Forbidden
        When the user may do something that the actor may not.
    """
    if not principals.rules_of(user.id) <= actor.rules:
        raise Forbidden(f"user {user.id} may do more than you; ask somebody who may do as much")


def require_one_almighty(
    *, without_user: User | None = None, without_role: Role | None = None
) -> None:
    """Refuse to take away the last user who may do everything: nobody could undo that.

    Call it before the change. Where nobody is almighty, nothing is refused.

    Raises
    ------
    InvalidInput
        When nobody would be left.
    """
    hold()
    now_almighty = _almighty()
    if not now_almighty:
        return
    # Two who go at the same time wait here for each other, and the second one is counted again.
    rows = select(Authenticatable.id).where(Authenticatable.id.in_(now_almighty))
    current_session().execute(rows.order_by(Authenticatable.id).with_for_update()).all()
    gone = set() if without_user is None else {without_user.id}
    if not _almighty(without_role) - gone:
        raise InvalidInput("nobody would be left who may do everything")


def _almighty(without_role: Role | None = None) -> set[int]:
    by_role = select(UserRole.c.user_id, RoleRule.c.rule_id).join(
        RoleRule, RoleRule.c.role_id == UserRole.c.role_id
    )
    if without_role is not None:
        by_role = by_role.where(UserRole.c.role_id != without_role.id)
    held = union(by_role, select(UserRule.c.user_id, UserRule.c.rule_id)).subquery()
    known = [rule.id for rule in Rule.get() if rule.key in ALL_RULES]
    rows: Select[int] = (
        select(held.c.user_id)
        .where(held.c.rule_id.in_(known))
        .group_by(held.c.user_id)
        .having(func.count() == len(ALL_RULES))
    )
    return set(current_session().scalars(rows))


def _require_all(noun: str, wanted: set[int], found: set[int]) -> None:
    missing = sorted(wanted - found)
    if missing:
        raise NotFound(f"{noun} {', '.join(map(str, missing[:10]))} does not exist")
